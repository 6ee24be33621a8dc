/* Flows that this one has begun.
 *
 * A child is born in the transition of its parent: both are committed, or neither. What
 * `run` begins is owned: the parent waits for its end, an undo record stands for it, and
 * undoing that record is the child's own unwinding. The two talk by mail, each word
 * written in the transition that means it: the child says once that it has ended
 * (CHILD_END), the parent says once that it is to be undone (UNWIND), whether the child
 * still lives or has completed. Who was asked to unwind and says that it has completed
 * has crossed the question: it will say again when it has unwound. */
#include "engine/base/mutant.h"
#include "engine/core/advance_turn.h"

/* ---- beginning ---- */

static const struct ir_child *child_at(const struct turn *turn, const struct fibre *f)
{
    return &turn->ir->children[turn->ir->code[f->pc].b];
}

/* The same parent, moment and number give the same id; it lies where the parent lies. */
static struct id id_of(const struct turn *turn, uint32_t number)
{
    uint8_t bytes[sizeof turn->inst->id.bytes + sizeof number];
    memcpy(bytes, turn->inst->id.bytes, sizeof turn->inst->id.bytes);
    memcpy(bytes + sizeof turn->inst->id.bytes, &number, sizeof number);
    struct digest dice = digest_of((struct text){(const char *)bytes, sizeof bytes});
    return id_beside(id_make(turn->now, dice.bytes), turn->inst->id);
}

static bool key_of(struct turn *turn, struct fibre *f, const struct ir_child *c,
                   struct value args, struct text *key)
{
    struct value v;
    *key = TEXT("");
    if (c->key == IR_NONE)
        return true;
    if (!turn_eval(turn, f, c->key, args.items, args.n, &v)) {
        raise_problem(turn, f);
        return false;
    }
    *key = value_text_of(v);
    if (key->n <= LIMIT_KEY_BYTES)
        return true;
    raise_trouble(turn, f,
                  trouble_of("bad_value", say(turn, "its key has more than %d bytes",
                                              LIMIT_KEY_BYTES)));
    return false;
}

/* A record for what is owned; 0: there are too many. */
static uint32_t own(struct turn *turn, struct fibre *f, const struct ir_child *c)
{
    struct undo_record *record =
        undo_add(turn, f,
                 (struct undo_record){.operation = IR_NONE,
                                      .site = turn->ir->code[f->pc].b,
                                      .name = ir_text(turn->ir, c->name),
                                      .stays = c->never_undone});
    if (record == NULL)
        return 0;
    record->child = id_of(turn, record->number);
    return record->number;
}

static void entry_child(struct turn *turn, const struct fibre *f, enum entry_kind kind,
                        uint32_t child, struct id id, struct text how)
{
    char chars[ID_TEXT_BYTES];
    struct entry *entry =
        turn_entry(turn, kind, f,
                   note(turn, TEXT_FMT "%s" TEXT_FMT,
                        TEXT_ARG(ir_text(turn->ir, turn->ir->children[child].flow)),
                        how.n > 0 ? ": " : "", TEXT_ARG(how)));
    if (!turn_is_read(turn))
        return;
    entry->data = json_object();
    json_object_set_new(entry->data, "child", json_text(id_print(id, chars)));
}

void kin_begin(struct turn *turn, struct fibre *f, const struct value *args)
{
    const struct ir_child *c = child_at(turn, f);
    struct child_order order = {.child = turn->ir->code[f->pc].b};
    char chars[ID_TEXT_BYTES];
    order.args = value_record(
        arena_copy(turn->arena, args, c->params.n * sizeof *args + 1), c->params.n);
    if (!key_of(turn, f, c, order.args, &order.key))
        return;
    if (!limit_of(turn, f, c->limit, &f->until)) {
        raise_problem(turn, f);
        return;
    }
    uint32_t number = c->is_owned ? own(turn, f, c) : turn->inst->next_number++;
    if (number == 0) {
        raise_trouble(
            turn, f,
            trouble_of("bad_value", TEXT("more effects than an instance may remember")));
        return;
    }
    order.id = id_of(turn, number);
    vec_push(turn->arena, &turn->decision->children, order);
    entry_child(turn, f, ENTRY_BEGAN, order.child, order.id, order.key);
    if (!c->is_owned) {
        place_set(turn, f, c->place,
                  value_text(text_dup(turn->arena, id_print(order.id, chars))));
        f->pc++;
        return;
    }
    f->call =
        (struct wait_call){.operation = IR_NONE, .policy = IR_NONE, .record = number};
    f->wait = FIBRE_CHILD;
    f->since = turn->now;
}

/* ---- undoing ---- */

void kin_unwind(struct turn *turn, struct undo_record *record)
{
    if (record->is_asked)
        return;
    record->is_asked = true;
    vec_push(turn->arena, &turn->decision->unwinds, record->child);
}

/* It is stopped: what it has begun is undone, and then it is gone. */
void kin_stop(struct turn *turn, struct fibre *f)
{
    struct undo_record *record = undo_find(turn, f->call.record);
    f->stopping = true;
    f->until = 0;
    if (record != NULL)
        kin_unwind(turn, record);
    else
        fibre_end(turn, f);
}

void kin_late(struct turn *turn, struct fibre *f)
{
    struct undo_record *record = undo_find(turn, f->call.record);
    f->until = 0;
    f->call.limit_passed = true;
    turn_entry(turn, ENTRY_LATE, f, TEXT("the limit of the run ran out"));
    if (record != NULL)
        kin_unwind(turn, record);
}

/* ---- its end ---- */

static void failed(struct turn *turn, struct fibre *f, struct trouble trouble)
{
    const struct ir_child *c = child_at(turn, f);
    turn_entry(turn, ENTRY_FAILED_STEP, f,
               trouble.message.n > 0
                   ? note(turn, TEXT_FMT ": " TEXT_FMT, TEXT_ARG(trouble.name),
                          TEXT_ARG(trouble.message))
                   : trouble.name);
    if (!raise_to_whens(turn, f, c->whens, &trouble))
        raise_trouble(turn, f, trouble);
}

static struct text text_at(struct turn *turn, const json_t *data, const char *name)
{
    struct text t = json_text_of(json_object_get(data, name));
    return text_dup(turn->arena, text_cut(t, 0, LIMIT_PROBLEM_BYTES));
}

/* The error that it declares and has ended with; anything else is `failed`. */
static struct trouble failure(struct turn *turn, struct fibre *f)
{
    const struct ir *ir = turn->ir;
    const struct ir_child *c = child_at(turn, f);
    const json_t *told = turn->stimulus->data, *data = json_object_get(told, "data");
    struct text name = text_at(turn, told, "error");
    struct trouble trouble = {.name = TEXT("failed"),
                              .message = text_at(turn, told, "message")};
    struct eval_scope scope = turn_scope(turn, f);
    scoped_json json_t *empty = json_object();
    struct err err = {0};
    for (uint32_t i = 0; i < c->errors.n; i++) {
        const struct ir_error *error = &ir->errors[ir->error_uses[c->errors.first + i]];
        if (text_is(ir_text(ir, error->name), name) &&
            wire_read(turn->arena, &scope, error->record, data != NULL ? data : empty,
                      WIRE_IGNORE_UNKNOWN, &trouble.data, &err)) {
            trouble.name = ir_text(ir, error->name);
            return trouble;
        }
    }
    if (name.n > 0)
        trouble.message = trouble.message.n > 0
                              ? say(turn, TEXT_FMT ": " TEXT_FMT, TEXT_ARG(name),
                                    TEXT_ARG(trouble.message))
                              : name;
    return trouble;
}

/* False: what it gives is not what this flow knows of it. */
static bool result(struct turn *turn, struct fibre *f, struct value *v)
{
    const struct ir_child *c = child_at(turn, f);
    struct eval_scope scope = turn_scope(turn, f);
    struct err err = {0};
    scoped_json json_t *null = json_null();
    const json_t *given = json_object_get(turn->stimulus->data, "result");
    *v = value_none();
    return c->gives == IR_NONE ||
           (wire_read(turn->arena, &scope, c->gives, given != NULL ? given : null,
                      WIRE_IGNORE_UNKNOWN, v, &err) &&
            turn_has_room(turn, value_none(), *v));
}

static bool is_of(const struct fibre *f, const struct undo_record *record)
{
    return f->number != 0 && f->call.record == record->number &&
           (f->wait == FIBRE_CHILD || f->wait == FIBRE_UNDOING);
}

static void completed(struct turn *turn, struct fibre *f, struct undo_record *record)
{
    struct value v;
    undo_happened(turn, record);
    if (!result(turn, f, &v)) {
        failed(turn, f, trouble_of("failed", TEXT("what it gave does not fit")));
        return;
    }
    place_set(turn, f, child_at(turn, f)->place, v);
    f->call = (struct wait_call){0};
    fibre_go_on(turn, f, f->pc + 1);
}

/* It is gone, and nothing of it stands: whoever waited for that goes on. */
static void gone(struct turn *turn, struct fibre *f, struct undo_record *record,
                 struct text how)
{
    bool was_done = record->state == UNDO_DONE;
    if (was_done) {
        turn_entry(turn, ENTRY_UNDONE, f, undo_words(turn, record));
        undo_mark_undone(turn, record);
    }
    if (!was_done)
        undo_drop(turn, record->number);
    if (f == NULL)
        return;
    if (f->stopping) {
        fibre_end(turn, f);
    } else if (f->wait == FIBRE_UNDOING) {
        f->call = (struct wait_call){0};
    } else if (f->call.limit_passed) {
        failed(turn, f, trouble_of("late", TEXT("the limit of the run ran out")));
    } else if (text_is_chars(how, "cancelled")) {
        failed(turn, f,
               trouble_of("cancelled", TEXT("the flow that was run was cancelled")));
    } else {
        failed(turn, f, failure(turn, f));
    }
}

bool kin_ended(struct turn *turn)
{
    struct text how = turn->stimulus->verb;
    struct undo_record *record = NULL;
    struct fibre *f = NULL;
    for (uint32_t i = 0; i < turn->inst->undo.n; i++)
        if (record_is_child(&turn->inst->undo.at[i]) &&
            id_is(turn->inst->undo.at[i].child, turn->stimulus->child))
            record = &turn->inst->undo.at[i];
    bool is_completed = text_is_chars(how, "completed");
    if (record == NULL ||
        (is_completed && record->is_asked && !MUTANT(CROSSING_BELIEVED)))
        return false;
    for (uint32_t i = 0; i < turn->inst->fibres.n && f == NULL; i++)
        if (is_of(&turn->inst->fibres.at[i], record))
            f = &turn->inst->fibres.at[i];
    entry_child(turn, f, ENTRY_CHILD_ENDED, record->site, record->child, how);
    if (is_completed && f != NULL)
        completed(turn, f, record);
    else
        gone(turn, f, record, how);
    return true;
}

/* ---- being a child ---- */

/* `cause`: the fibre that knows what it failed with; NULL: it has not failed. Private
 * values go to the parent as they are. */
void kin_tell(struct turn *turn, const struct fibre *cause)
{
    const struct ir *ir = turn->ir;
    struct decision *d = turn->decision;
    const struct instance *inst = turn->inst;
    if (!inst->is_owned)
        return;
    d->tells_parent = true;
    d->told = json_object();
    if (cause != NULL) {
        json_object_set_new(d->told, "error", json_text(cause->cause_kind));
        if (cause->cause_message.n > 0)
            json_object_set_new(d->told, "message", json_text(cause->cause_message));
        for (uint32_t i = 0; i < ir->errors_n && cause->cause_data.kind == VALUE_RECORD;
             i++)
            if (text_is(ir_text(ir, ir->errors[i].name), cause->cause_kind))
                json_object_set_new(
                    d->told, "data",
                    wire_write(ir, ir->errors[i].record, cause->cause_data, WIRE_WHOLE));
    } else if (inst->status == STATUS_COMPLETED && ir->flow.gives != IR_NONE) {
        json_object_set_new(d->told, "result",
                            wire_write(ir, ir->flow.gives, inst->result, WIRE_WHOLE));
    }
}

static void entry_unwinds(struct turn *turn)
{
    char chars[ID_TEXT_BYTES];
    struct entry *entry = turn_entry(turn, ENTRY_COMMANDED, NULL,
                                     TEXT("unwind, says the flow that ran it"));
    entry->data = json_object();
    json_object_set_new(entry->data, "parent",
                        json_text(id_print(turn->inst->parent, chars)));
}

/* Its parent wants it undone: a living one is cancelled; one that had completed lives
 * again until all it did is put back. Nothing of a failed or cancelled one stands. */
bool kin_unwinds(struct turn *turn)
{
    struct instance *inst = turn->inst;
    if (!inst->is_owned || inst->rev == 0)
        return false;
    if (inst->status == STATUS_FAILED || inst->status == STATUS_CANCELLED)
        return false;
    entry_unwinds(turn);
    if (!instance_status_is_ended(inst->status))
        return command_cancel(turn);
    inst->status = STATUS_UNDOING;
    inst->ended_at = 0;
    inst->since = turn->now;
    inst->is_cancelling = true;
    inst->is_paused = false;
    command_cancel_now(turn, fibre_add(turn, FIBRE_FLOW, IR_NONE, IR_NONE));
    return true;
}
