/* The undo log: what is remembered of effects, and how they are put back.
 *
 * One unwinding at a time, strictly newest first: by the order in which completion was
 * recorded, which where nothing runs side by side is the order of beginning. What is in
 * doubt is resolved before it is undone. An undo that fails, and that no `when` of the
 * undo answers, stops the unwinding there: the record is stuck, the instance is parked,
 * and what is older stays as it is until a person has decided. */
#include "engine/base/mutant.h"
#include "engine/core/advance_turn.h"

/* ---- records ---- */

struct undo_record *undo_find(const struct turn *turn, uint32_t number)
{
    for (uint32_t i = 0; number != 0 && i < turn->inst->undo.n; i++)
        if (turn->inst->undo.at[i].number == number)
            return &turn->inst->undo.at[i];
    return NULL;
}

static uint32_t next_order(const struct instance *inst)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < inst->undo.n; i++)
        most = inst->undo.at[i].order > most ? inst->undo.at[i].order : most;
    return most + 1;
}

void undo_in_doubt(struct turn *turn, struct undo_record *record)
{
    record->state = UNDO_IN_DOUBT;
    record->order = next_order(turn->inst);
}

static bool stays(const struct ir *ir, const struct ir_site *site)
{
    const struct ir_operation *op = &ir->operations[site->operation];
    if (site->never_undone)
        return true;
    return site->undo_block == IR_NONE &&
           (op->class_of == IR_CLASS_IRREVERSIBLE || op->undone_by == IR_NONE);
}

/* Room for one more. Of those that are only shown the older half goes: a loop over
 * thousands does not write thousands at each step. */
static bool make_room(struct turn *turn)
{
    struct instance *inst = turn->inst;
    uint32_t n = 0, shown = 0;
    if (inst->undo.n < LIMIT_SHOWN_RECORDS)
        return true;
    for (uint32_t i = 0; i < inst->undo.n; i++)
        shown += record_is_for_show(&inst->undo.at[i]);
    if (shown >= LIMIT_SHOWN_RECORDS) {
        uint32_t goes = shown / 2;
        for (uint32_t i = 0; i < inst->undo.n; i++)
            if (goes > 0 && record_is_for_show(&inst->undo.at[i]))
                goes--;
            else
                inst->undo.at[n++] = inst->undo.at[i];
        inst->undo.n = n;
    }
    return inst->undo.n < LIMIT_UNDO_RECORDS;
}

struct undo_record *undo_add(struct turn *turn, const struct fibre *f,
                             struct undo_record record)
{
    if (!make_room(turn))
        return NULL;
    record.number = turn->inst->next_number++;
    record.state = UNDO_ARMED;
    record.undo_by = IR_NONE;
    record.at = turn->now;
    record.order = next_order(turn->inst);
    record.fibre = f->number;
    record.which = fibre_which(turn->arena, turn->ir, turn->inst, f);
    vec_push(turn->arena, &turn->inst->undo, record);
    return &vec_last(&turn->inst->undo);
}

struct undo_record *undo_arm(struct turn *turn, struct fibre *f)
{
    const struct ir *ir = turn->ir;
    uint32_t site = ir->code[f->pc].b;
    if (!turn_has_room(turn, value_none(), f->call.args))
        return NULL;
    struct undo_record *record =
        undo_add(turn, f,
                 (struct undo_record){.operation = f->call.operation,
                                      .site = site,
                                      .name = ir_text(ir, ir->sites[site].name),
                                      .stays = stays(ir, &ir->sites[site]),
                                      .args = f->call.args,
                                      .key = f->call.key});
    if (record != NULL)
        f->call.record = record->number;
    return record;
}

void undo_happened(struct turn *turn, struct undo_record *record)
{
    record->state = UNDO_DONE;
    record->order = next_order(turn->inst);
    record->at = turn->now;
}

void undo_drop(struct turn *turn, uint32_t number)
{
    struct instance *inst = turn->inst;
    struct undo_record *record = undo_find(turn, number);
    if (record == NULL || (record->state != UNDO_ARMED && record->state != UNDO_IN_DOUBT))
        return;
    uint32_t i = (uint32_t)(record - inst->undo.at);
    inst->undo.n--;
    memmove(record, record + 1, (inst->undo.n - i) * sizeof *record);
}

/* What a call-site undo block will see: values as they are now. */
static void freeze(struct turn *turn, struct fibre *f, struct undo_record *record,
                   struct value result)
{
    const struct ir *ir = turn->ir;
    const struct ir_site *site = &ir->sites[record->site];
    const struct ir_undo_block *block = &ir->undo_blocks[site->undo_block];
    record->frame = arena_array(turn->arena, struct value, ir->flow.frame_slots + 1);
    for (uint32_t i = 0; i < block->captures.n; i++) {
        const struct ir_capture *c = &ir->captures[block->captures.first + i];
        record->frame[c->to & ~IR_FRAME] =
            c->from == site->place ? result : place_get(turn, f, c->from);
    }
}

static void forget_values(struct undo_record *record)
{
    record->args = record->undo_args = (struct value){.kind = VALUE_UNSET};
    record->frame = NULL;
    record->key = (struct digest){{0}};
}

void undo_settle_done(struct turn *turn, struct fibre *f, struct undo_record *record,
                      struct value result)
{
    const struct ir *ir = turn->ir;
    const struct ir_operation *op = &ir->operations[record->operation];
    undo_happened(turn, record);
    if (record->stays) {
        forget_values(record);
        return;
    }
    if (ir->sites[record->site].undo_block != IR_NONE) {
        freeze(turn, f, record, result);
        return;
    }
    struct value *given = arena_array(turn->arena, struct value, op->params.n + 1);
    if (op->params.n > 0)
        memcpy(given, record->args.items, op->params.n * sizeof *given);
    given[op->params.n] = result;
    if (!turn_eval(turn, NULL, op->undone_args, given,
                   op->params.n + (op->gives != IR_NONE), &record->undo_args))
        record->undo_args = (struct value){.kind = VALUE_UNSET};
}

void undo_mark_undone(struct turn *turn, struct undo_record *record)
{
    record->state = UNDO_UNDONE;
    if (!record_is_child(record) &&
        turn->ir->operations[record->operation].key_kind == IR_KEY_VALUE)
        vec_push(turn->arena, &turn->decision->generations, record->key);
    forget_values(record);
}

/* "erp.create_order", "run drop_ship" */
struct text undo_words(struct turn *turn, const struct undo_record *record)
{
    if (!record_is_child(record))
        return call_noted(turn, record->operation);
    return note(turn, "run " TEXT_FMT,
                TEXT_ARG(ir_text(turn->ir, turn->ir->children[record->site].flow)));
}

/* ---- what is named ---- */

/* The part to which `undo x` said by `f` is confined; NULL: to none. */
static const struct fibre *confines(const struct turn *turn, const struct fibre *f,
                                    const struct ir_undo *undo)
{
    for (uint32_t i = 0; i < undo->outside && f != NULL; i++)
        f = fork_parent(turn, f);
    return f != NULL && f->kind == FIBRE_PART ? f : NULL;
}

static bool is_inside(const struct turn *turn, const struct undo_record *record,
                      const struct fibre *part)
{
    const struct fibre *made_by = fibre_find(turn, record->fibre);
    return part == NULL || (made_by != NULL && fork_is_around(turn, part, made_by));
}

static struct undo_record *newest_named(const struct turn *turn, const struct fibre *part,
                                        struct text name)
{
    struct undo_record *newest = NULL;
    for (uint32_t i = 0; i < turn->inst->undo.n; i++) {
        struct undo_record *record = &turn->inst->undo.at[i];
        if (text_is(record->name, name) && is_inside(turn, record, part) &&
            (newest == NULL || record->order > newest->order))
            newest = record;
    }
    return newest;
}

/* Bodies of parts lie elsewhere: what is between is also what is between in them. */
static bool is_between(const struct ir *ir, const struct undo_record *record,
                       uint32_t from, uint32_t to);

static bool is_in_parts(const struct ir *ir, const struct undo_record *record,
                        uint32_t fork)
{
    struct ir_range parts = ir->forks[fork].branches;
    for (uint32_t i = 0; i < parts.n; i++) {
        uint32_t from = ir->branches[parts.first + i].body, to = from + 1;
        while (to < ir->code_n && ir->code[to].code != IR_ENTER)
            to++;
        if (is_between(ir, record, from, to))
            return true;
    }
    return false;
}

static bool is_between(const struct ir *ir, const struct undo_record *record,
                       uint32_t from, uint32_t to)
{
    const enum ir_op_code code = record_is_child(record) ? IR_RUN : IR_CALL;
    for (uint32_t pc = from; pc < to; pc++)
        if ((ir->code[pc].code == code && ir->code[pc].b == record->site) ||
            (ir->code[pc].code == IR_FORK && is_in_parts(ir, record, ir->code[pc].b)))
            return true;
    return false;
}

static const struct ir_attempt *attempt_named(const struct ir *ir, struct text name)
{
    for (uint32_t i = 0; i < ir->attempts_n; i++)
        if (text_is(ir_text(ir, ir->attempts[i].name), name))
            return &ir->attempts[i];
    return NULL;
}

/* Made in its latest round; where that cannot be told from here, or all are meant, in
 * any. */
static bool is_of_named_attempt(const struct turn *turn, const struct fibre *f,
                                const struct ir_undo *undo, const struct ir_attempt *a,
                                const struct undo_record *record)
{
    const struct fibre *part = confines(turn, f, undo);
    struct value mark = {.kind = VALUE_UNSET};
    if (!undo->every && ((a->mark & IR_FRAME) == 0 || part != NULL))
        mark = place_get(turn, part, a->mark);
    return (mark.kind != VALUE_INT || record->number >= mark.whole) &&
           is_inside(turn, record, part) &&
           is_between(turn->ir, record, a->from_pc, a->to_pc);
}

static bool is_named(const struct turn *turn, const struct fibre *f,
                     const struct ir_undo *undo, const struct undo_record *record)
{
    struct text name = ir_text(turn->ir, undo->name);
    const struct ir_attempt *attempt = attempt_named(turn->ir, name);
    const struct fibre *part = confines(turn, f, undo);
    if (attempt != NULL)
        return is_of_named_attempt(turn, f, undo, attempt, record);
    if (undo->every)
        return text_is(record->name, name) && is_inside(turn, record, part);
    return record == newest_named(turn, part, name);
}

/* ---- keep ---- */

void undo_keep(struct turn *turn, struct fibre *f, const struct ir_undo *named)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < turn->inst->undo.n; i++) {
        struct undo_record *record = &turn->inst->undo.at[i];
        if (record->state != UNDO_DONE ||
            (named != NULL && !is_named(turn, f, named, record)))
            continue;
        record->state = UNDO_KEPT;
        n++;
    }
    if (n > 0)
        turn_entry(turn, ENTRY_KEPT, f,
                   named != NULL ? ir_text(turn->ir, named->name)
                                 : note(turn, n == 1 ? "%u effect" : "%u effects", n));
}

/* ---- what is to be undone ---- */

/* What the fibre itself has done since, its parts included, which are over. */
static bool is_of_attempt(const struct turn *turn, const struct fibre *f,
                          const struct ir_attempt *a, const struct undo_record *record)
{
    struct value mark = place_get(turn, f, a->mark);
    return mark.kind == VALUE_INT && record->number >= mark.whole &&
           record->fibre == f->number;
}

static bool is_in_scope(const struct turn *turn, const struct fibre *f,
                        const struct undo_record *record)
{
    const struct ir_op *op = f->pc < turn->ir->code_n ? &turn->ir->code[f->pc] : NULL;
    if (record->stays || (MUTANT(CHILD_IS_NOT_UNDONE) && record_is_child(record)))
        return false;
    if (f->target == TARGET_FAIL || f->target == TARGET_CANCEL)
        return true;
    must(op != NULL);
    if (op->code == IR_ATTEMPT)
        return is_of_attempt(turn, f, &turn->ir->attempts[op->b], record);
    if (op->code == IR_FORK)
        return record->is_lost && record->fibre == f->number;
    must(op->code == IR_UNDO);
    const struct ir_undo *undo = &turn->ir->undos[op->b];
    switch ((enum ir_undo_mode)undo->mode) {
    case IR_UNDO_ALL:
        return true;
    case IR_UNDO_SINCE:
        return turn->inst->visits[undo->state].visits > 0 &&
               record->number >= turn->inst->visits[undo->state].mark;
    case IR_UNDO_NAMED: /* nothing was stopped: a child under way has not happened */
        return !(record_is_child(record) && record->state == UNDO_ARMED) &&
               is_named(turn, f, undo, record);
    }
    return false;
}

static bool is_standing(const struct undo_record *record)
{
    return record->state == UNDO_ARMED || record->state == UNDO_DONE ||
           (record->state == UNDO_IN_DOUBT && !MUTANT(DOUBT_IS_NOT_UNDONE)) ||
           record->state == UNDO_STUCK;
}

static struct undo_record *newest_in_scope(const struct turn *turn, const struct fibre *f)
{
    struct undo_record *newest = NULL;
    for (uint32_t i = 0; i < turn->inst->undo.n; i++) {
        struct undo_record *record = &turn->inst->undo.at[i];
        if ((newest == NULL || (record->order > newest->order) != MUTANT(UNDO_FORWARD)) &&
            is_standing(record) && is_in_scope(turn, f, record))
            newest = record;
    }
    return newest;
}

struct undo_record *undo_stuck_record(const struct turn *turn, const struct fibre *f)
{
    if (f->wait != FIBRE_PARKED || turn->inst->unwinding != f->number)
        return NULL;
    for (uint32_t i = turn->inst->undo.n; i-- > 0;)
        if (turn->inst->undo.at[i].state == UNDO_STUCK)
            return &turn->inst->undo.at[i];
    return newest_in_scope(turn, f); /* in doubt, and nobody can tell */
}

/* ---- unwinding ---- */

bool undo_block_runs(const struct turn *turn)
{
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++)
        if (turn->inst->fibres.at[i].number != 0 &&
            turn->inst->fibres.at[i].kind == FIBRE_UNDO)
            return true;
    return false;
}

void undo_begin(struct turn *turn, struct fibre *f)
{
    const struct ir *ir = turn->ir;
    const struct ir_undo *undo = &ir->undos[ir->code[f->pc].b];
    f->call = (struct wait_call){0};
    f->target = TARGET_UNDO;
    f->since = turn->now;
    switch ((enum ir_undo_mode)undo->mode) {
    case IR_UNDO_ALL:
        turn_entry(turn, ENTRY_UNDO_BEGAN, f, TEXT("all"));
        break;
    case IR_UNDO_SINCE:
        turn_entry(turn, ENTRY_UNDO_BEGAN, f,
                   note(turn, "since " TEXT_FMT,
                        TEXT_ARG(ir_text(ir, ir->states[undo->state].path))));
        break;
    case IR_UNDO_NAMED:
        turn_entry(turn, ENTRY_UNDO_BEGAN, f, ir_text(ir, undo->name));
        f->wait = FIBRE_UNDOING;
        return;
    }
    state_stop_others(turn, f, IR_NONE);
    f->wait = FIBRE_SETTLING;
}

static void failed_undo(struct turn *turn, struct fibre *f, struct undo_record *record,
                        struct trouble trouble)
{
    const struct ir *ir = turn->ir;
    turn_entry(turn, ENTRY_UNDO_FAILED, f,
               note(turn, TEXT_FMT ": " TEXT_FMT, TEXT_ARG(record->name),
                    TEXT_ARG(trouble.name)));
    trouble.attempts = f->call.attempt;
    f->call = (struct wait_call){0};
    if (f->target == TARGET_UNDO && fibre_is_at(turn, f, IR_UNDO) &&
        raise_to_whens(turn, f, ir->undos[ir->code[f->pc].b].whens, &trouble)) {
        if (record->state == UNDO_STUCK)
            record->state = UNDO_DONE;
        turn->inst->unwinding = 0;
        return;
    }
    if (MUTANT(STUCK_UNDO_IS_SKIPPED)) {
        record->state = UNDO_LEFT;
        return;
    }
    if (record->state != UNDO_IN_DOUBT)
        record->state = UNDO_STUCK;
    people_park(turn, f, ir->flow.error_dead_letter, &trouble);
}

static void undo_one(struct turn *turn, struct fibre *f, struct undo_record *record)
{
    const struct ir *ir = turn->ir;
    const struct ir_site *site = &ir->sites[record->site];
    record->state = UNDO_DONE;
    f->call = (struct wait_call){.record = record->number};
    if (site->undo_block != IR_NONE) {
        struct fibre *g = fibre_add(turn, FIBRE_UNDO, record->number,
                                    ir->undo_blocks[site->undo_block].body);
        if (ir->flow.frame_slots > 0 && record->frame != NULL)
            memcpy(g->frame, record->frame, ir->flow.frame_slots * sizeof *g->frame);
    } else if (record->undo_args.kind == VALUE_RECORD) {
        call_undo(turn, f, record);
    } else {
        failed_undo(
            turn, f, record,
            trouble_of("bad_value", TEXT("what its undo needs could not be told")));
    }
}

static void resolve(struct turn *turn, struct fibre *f, struct undo_record *record)
{
    const struct ir_operation *op = &turn->ir->operations[record->operation];
    if (op->found_by != IR_NONE || op->key_kind != IR_KEY_NONE)
        call_resolve(turn, f, record);
    else
        failed_undo(turn, f, record,
                    trouble_of("in_doubt", TEXT("nobody can tell whether it happened")));
}

static void unwind_child(struct turn *turn, struct fibre *f, struct undo_record *record)
{
    f->call = (struct wait_call){
        .operation = IR_NONE, .policy = IR_NONE, .record = record->number};
    kin_unwind(turn, record);
}

static struct text error_json(struct turn *turn, const struct fibre *f)
{
    const struct ir *ir = turn->ir;
    scoped_json json_t *error = json_object();
    json_object_set_new(error, "error", json_text(f->cause_kind));
    if (f->cause_message.n > 0)
        json_object_set_new(error, "message", json_text(f->cause_message));
    for (uint32_t i = 0; i < ir->errors_n && f->cause_data.kind == VALUE_RECORD; i++)
        if (text_is(ir_text(ir, ir->errors[i].name), f->cause_kind))
            json_object_set_new(
                error, "data",
                wire_write(ir, ir->errors[i].record, f->cause_data, WIRE_MASK_PRIVATE));
    return json_write(turn->arena, error);
}

static void attempt_unwound(struct turn *turn, struct fibre *f)
{
    const struct ir_attempt *a = &turn->ir->attempts[turn->ir->code[f->pc].b];
    struct trouble trouble = {
        .name = f->cause_kind, .message = f->cause_message, .data = f->cause_data};
    f->cause_kind = f->cause_message = TEXT("");
    f->cause_data = (struct value){.kind = VALUE_UNSET};
    f->target = 0;
    if (!raise_to_whens(turn, f, a->whens, &trouble))
        raise_trouble(turn, f, trouble);
}

static void finish(struct turn *turn, struct fibre *f)
{
    turn->inst->unwinding = 0;
    f->call = (struct wait_call){0};
    if (f->target == TARGET_FAIL) {
        turn->inst->error = error_json(turn, f);
        kin_tell(turn, f);
        state_end_flow(turn, STATUS_FAILED);
    } else if (f->target == TARGET_CANCEL) {
        state_end_flow(turn, STATUS_CANCELLED);
    } else if (fibre_is_at(turn, f, IR_ATTEMPT)) {
        attempt_unwound(turn, f);
    } else if (fibre_is_at(turn, f, IR_FORK)) {
        fork_join(turn, f);
    } else {
        f->target = 0;
        fibre_go_on(turn, f, f->pc + 1);
    }
}

static bool is_choice_for(const struct turn *turn, const struct fibre *choice,
                          const struct fibre *stuck)
{
    while (choice != NULL && choice != stuck)
        choice = people_decided(turn, choice);
    return choice != NULL;
}

/* Who unwinds now: the one that does, a choice made for it while it is stuck (or for such
 * a choice that got stuck itself), or the first in line. */
static struct fibre *unwinder(struct turn *turn)
{
    struct instance *inst = turn->inst;
    struct fibre *f = fibre_find(turn, inst->unwinding);
    if (f != NULL && f->wait == FIBRE_UNDOING)
        return f;
    for (uint32_t i = 0; i < inst->fibres.n; i++) {
        struct fibre *next = &inst->fibres.at[i];
        if (next->number == 0 || next->wait != FIBRE_UNDOING ||
            (f != NULL && !is_choice_for(turn, next, f)))
            continue;
        inst->unwinding = next->number;
        return next;
    }
    if (f == NULL)
        inst->unwinding = 0;
    return NULL;
}

/* Its step still tries: it will learn what became of the effect. One asks, not two. */
static bool is_tried(const struct turn *turn, const struct undo_record *record)
{
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        const struct fibre *f = &turn->inst->fibres.at[i];
        if (f->number != 0 && f->wait == FIBRE_CALL && f->call.record == record->number)
            return true;
    }
    return false;
}

bool undo_pump(struct turn *turn)
{
    struct fibre *f = unwinder(turn);
    if (f == NULL || call_is_in_flight(f) || f->call.number != 0 || undo_block_runs(turn))
        return false;
    if (f->stopping) {
        fibre_end(turn, f);
        return true;
    }
    struct undo_record *record = newest_in_scope(turn, f);
    if (record == NULL)
        finish(turn, f);
    else if (record->state == UNDO_ARMED || is_tried(turn, record) ||
             (record->is_asked && f->call.record != 0))
        return false; /* its call settles first, the child ends first */
    else if (record_is_child(record))
        unwind_child(turn, f, record);
    else if (record->state == UNDO_IN_DOUBT)
        resolve(turn, f, record);
    else
        undo_one(turn, f, record);
    return true;
}

/* ---- what comes of an undo ---- */

static void undone(struct turn *turn, struct fibre *f, struct undo_record *record)
{
    turn_entry(turn, ENTRY_UNDONE, f, undo_words(turn, record));
    undo_mark_undone(turn, record);
}

void undo_call_ended(struct turn *turn, struct fibre *f, struct call_end end)
{
    struct undo_record *record = undo_find(turn, f->call.record);
    bool resolving = call_is_resolving(f, record);
    bool settled = record == NULL || (resolving && record->state != UNDO_IN_DOUBT);
    f->call.number = 0;
    if (resolving && (end.kind == CALL_ABSENT || end.kind == CALL_DECLARED)) {
        undo_drop(turn, record->number);
    } else if (end.kind == CALL_HAPPENED && !settled && !resolving) {
        undone(turn, f, record);
    } else if (!settled && !f->stopping) {
        failed_undo(turn, f, record, end.trouble);
        return;
    } /* else its step has learned it meanwhile */
    if (f->stopping)
        fibre_end(turn, f);
    else
        f->call = (struct wait_call){0};
}

void undo_block_ended(struct turn *turn, struct fibre *f)
{
    struct undo_record *record = undo_find(turn, f->owner);
    struct fibre *by = fibre_find(turn, turn->inst->unwinding);
    must(record != NULL && by != NULL);
    undone(turn, by, record);
    fibre_end(turn, f);
    by->call = (struct wait_call){0};
}

void undo_block_failed(struct turn *turn, struct fibre *f, struct trouble trouble)
{
    struct undo_record *record = undo_find(turn, f->owner);
    struct fibre *by = fibre_find(turn, turn->inst->unwinding);
    must(record != NULL && by != NULL);
    fibre_end(turn, f);
    if (by->stopping)
        fibre_end(turn, by);
    else
        failed_undo(turn, by, record, trouble);
}
