/* Fibres: what one does between two waits, one move at a time. */
#include "engine/core/advance_turn.h"

static void move(struct turn *turn, struct fibre *f, const struct eval_run *run);

/* ---- a fibre's life ---- */

struct fibre *fibre_add(struct turn *turn, enum fibre_kind kind, uint32_t owner,
                        uint32_t pc)
{
    struct fibre f = {.number = turn->inst->next_number++,
                      .kind = kind,
                      .owner = owner,
                      .pc = pc,
                      .wait = FIBRE_READY,
                      .since = turn->now,
                      .dead_letter = IR_NONE};
    if (turn->ir->flow.frame_slots > 0)
        f.frame = arena_array(turn->arena, struct value, turn->ir->flow.frame_slots);
    vec_push(turn->arena, &turn->inst->fibres, f);
    return &vec_last(&turn->inst->fibres);
}

bool fibre_has_room(const struct turn *turn)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++)
        n += turn->inst->fibres.at[i].number != 0;
    return n < LIMIT_FIBRES;
}

struct fibre *fibre_find(const struct turn *turn, uint32_t number)
{
    for (uint32_t i = 0; number != 0 && i < turn->inst->fibres.n; i++)
        if (turn->inst->fibres.at[i].number == number)
            return &turn->inst->fibres.at[i];
    return NULL;
}

void fibre_end(struct turn *turn, struct fibre *f)
{
    if (f->task != 0)
        people_task_drop(turn, f->task);
    if (turn->inst->unwinding == f->number)
        turn->inst->unwinding = 0;
    if (f->wait == FIBRE_EVENT || f->kind == FIBRE_HANDLER)
        turn->listens_anew = true;
    fork_fibre_ends(turn, f);
    f->number = 0;
}

void fibre_go_on(struct turn *turn, struct fibre *f, uint32_t pc)
{
    if (f->wait == FIBRE_EVENT)
        turn->listens_anew = true;
    f->wait = FIBRE_READY;
    f->until = 0;
    f->problem_kind = f->problem_message = TEXT("");
    f->problem_attempts = 0;
    f->problem_data = (struct value){.kind = VALUE_UNSET};
    f->since = turn->now;
    f->pc = pc;
}

void fibre_again(struct turn *turn, struct fibre *f)
{
    bool pops = fibre_is_at(turn, f, IR_CALL) || fibre_is_at(turn, f, IR_SET) ||
                fibre_is_at(turn, f, IR_ADD_TO) || fibre_is_at(turn, f, IR_RUN) ||
                fibre_is_at(turn, f, IR_START);
    fibre_go_on(turn, f, pops ? f->target : f->pc);
}

/* ---- where it is ---- */

uint32_t fibre_home(const struct turn *turn, const struct fibre *f)
{
    switch ((enum fibre_kind)f->kind) {
    case FIBRE_STATE:
    case FIBRE_CHOICE:
    case FIBRE_PART:
        return f->owner;
    case FIBRE_HANDLER:
        return turn->ir->handlers[f->owner].state;
    case FIBRE_FLOW:
    case FIBRE_UNDO:
        return IR_NONE;
    }
    return IR_NONE;
}

bool fibre_is_at(const struct turn *turn, const struct fibre *f, enum ir_op_code code)
{
    return f->pc < turn->ir->code_n && turn->ir->code[f->pc].code == code;
}

const struct ir_op *fibre_first_op(const struct ir *ir, uint32_t pc)
{
    return &ir->code[ir->code[pc].code == IR_ENTER ? pc + 1 : pc];
}

static struct text with_which(const struct turn *turn, uint32_t step, struct text which)
{
    struct text plain = ir_text(turn->ir, step);
    if (which.n == 0)
        return plain;
    return say(turn, TEXT_FMT TEXT_FMT, TEXT_ARG(plain), TEXT_ARG(which));
}

struct text fibre_step(const struct turn *turn, const struct fibre *f)
{
    const struct ir *ir = turn->ir;
    struct undo_record *undone =
        f->wait == FIBRE_PARKED ? undo_stuck_record(turn, f) : NULL;
    if (f->wait == FIBRE_UNDOING)
        undone = undo_find(turn, f->call.record);
    if (undone != NULL) /* the step that is being undone */
        return with_which(turn,
                          record_is_child(undone) ? ir->children[undone->site].step
                                                  : ir->sites[undone->site].step,
                          undone->which);
    uint32_t home = fibre_home(turn, f), step = IR_NONE;
    if (f->pc < ir->code_n) {
        const struct ir_op *op = &ir->code[f->pc];
        if (op->code == IR_CALL)
            step = ir->sites[op->b].step;
        else if (op->code == IR_RUN || op->code == IR_START)
            step = ir->children[op->b].step;
        else if (op->code == IR_WAIT)
            step = ir->waits[op->b].step;
        else if (op->code == IR_ASK)
            step = ir->questions[op->b].step;
        else if (op->code == IR_UNDO)
            step = ir->undos[op->b].step;
        else if (op->code == IR_ATTEMPT)
            step = ir->attempts[op->b].step;
        else if (op->code == IR_FORK)
            step = ir->forks[op->b].step;
    }
    if (step == IR_NONE)
        step = home != IR_NONE ? ir->states[home].path : ir->flow.name;
    return with_which(turn, step, fibre_which(turn->arena, ir, turn->inst, f));
}

uint32_t fibre_line(const struct turn *turn, const struct fibre *f)
{
    uint32_t home = fibre_home(turn, f);
    if (f->pc < turn->ir->lines_n)
        return turn->ir->lines[f->pc];
    return home != IR_NONE ? turn->ir->states[home].line : 0;
}

/* ---- values ---- */

static struct digest id_seed(const struct eval_scope *scope)
{
    return key_seed(scope->asked.of, scope->asked.by);
}

/* What `problem` is to a parked fibre, and to the choice made for one. */
static bool choice_problem(const struct eval_scope *scope, struct value *out)
{
    struct turn *turn = scope->asked.of;
    const struct fibre *f = scope->asked.by, *parked = f;
    if (f->wait != FIBRE_PARKED)
        parked = f->kind == FIBRE_CHOICE ? fibre_find(turn, f->parked) : NULL;
    if (parked == NULL || turn->ir->flow.problem == IR_NONE)
        return false;
    *out = people_problem(turn, turn->ir->flow.problem, parked, NULL);
    return true;
}

struct eval_scope turn_scope(struct turn *turn, const struct fibre *f)
{
    struct eval_scope scope = {.ir = turn->ir,
                               .places = turn->inst->places,
                               .frame = f != NULL ? f->frame : NULL,
                               .settings = turn->settings,
                               .calendar = turn->calendar,
                               .now = turn->now};
    if (f == NULL)
        return scope;
    scope.asked.of = turn;
    scope.asked.by = f;
    scope.id_seed = id_seed;
    scope.problem = choice_problem;
    return scope;
}

bool turn_eval(struct turn *turn, const struct fibre *f, uint32_t block,
               const struct value *given, uint32_t given_n, struct value *out)
{
    struct eval_scope scope = turn_scope(turn, f);
    return eval_block(turn->arena, &scope, block, given, given_n, out, &turn->problem);
}

void place_set(struct turn *turn, struct fibre *f, uint32_t place, struct value v)
{
    if (place == IR_NONE)
        return;
    if ((place & IR_FRAME) != 0) {
        must(f != NULL && f->frame != NULL);
        f->frame[place & ~IR_FRAME] = v;
        fork_share(turn, f, place & ~IR_FRAME, v);
    } else {
        turn->inst->places[place] = v;
    }
    turn->places_changed = true;
    turn->listens_anew = true;
}

struct value place_get(const struct turn *turn, const struct fibre *f, uint32_t place)
{
    if (place == IR_NONE)
        return (struct value){.kind = VALUE_UNSET};
    return (place & IR_FRAME) != 0 ? f->frame[place & ~IR_FRAME]
                                   : turn->inst->places[place];
}

bool moment_from(struct turn *turn, int64_t since, struct value v, int64_t *at)
{
    const char *why = "";
    if (v.kind == VALUE_WORK_DAYS || v.kind == VALUE_WORK_HOURS) {
        if (eval_work_from(turn->calendar, since, v, at, &why))
            return true;
        snprintf(turn->problem.message, sizeof turn->problem.message, "%s", why);
        turn->problem.pc = IR_NONE;
        return false;
    }
    if (v.kind == VALUE_INSTANT)
        *at = v.whole;
    else if (v.kind == VALUE_DATE)
        *at = v.whole * WHEN_DAY;
    else if (__builtin_add_overflow(since, v.whole, at))
        *at = v.whole < 0 ? since : INT64_MAX;
    return true;
}

bool moment_of(struct turn *turn, struct value v, int64_t *at)
{
    return moment_from(turn, turn->now, v, at);
}

bool limit_of(struct turn *turn, const struct fibre *f, uint32_t block, int64_t *until)
{
    struct value v;
    *until = 0;
    if (block == IR_NONE)
        return true;
    return turn_eval(turn, f, block, NULL, 0, &v) && moment_of(turn, v, until);
}

/* ---- running ---- */

/* The first steps of a part that then waits do not count: several hundred may begin in
 * one transition, each once. */
static void forgive(struct turn *turn, const struct fibre *f, uint32_t steps)
{
    if (f != NULL && (f->wait == FIBRE_CALL || f->wait == FIBRE_EVENT ||
                      f->wait == FIBRE_TIME || f->wait == FIBRE_PERSON))
        turn->steps = steps;
}

void fibre_run(struct turn *turn, struct fibre *f)
{
    const uint32_t number = f->number, steps = turn->steps;
    const bool begins = f->kind == FIBRE_PART && turn->ir->code[f->pc].code == IR_ENTER;
    while (f != NULL && f->wait == FIBRE_READY && !turn->inst->is_paused &&
           !instance_status_is_ended(turn->inst->status)) {
        struct eval_run run;
        struct eval_scope scope = turn_scope(turn, f);
        f->target = f->pc;
        if (++turn->steps > LIMIT_STEPS_PER_TRANSITION)
            raise_trouble(turn, f,
                          trouble_of("bad_value", say(turn, "%d steps without a wait",
                                                      LIMIT_STEPS_PER_TRANSITION)));
        else if (!eval_until_move(turn->arena, &scope, f->pc, &run, &turn->problem))
            raise_problem(turn, f);
        else
            move(turn, f, &run);
        f = fibre_find(turn, number);
    }
    if (begins)
        forgive(turn, f, steps);
}

static void do_each(struct turn *turn, struct fibre *f, const struct ir_op *op)
{
    const struct ir_loop *loop = &turn->ir->loops[op->a];
    struct value list = place_get(turn, f, loop->list);
    struct value index = place_get(turn, f, loop->index);
    int64_t at = index.kind == VALUE_INT ? index.whole : 0;
    if (list.kind != VALUE_LIST || at >= (int64_t)list.n) {
        f->pc = op->b;
        return;
    }
    place_set(turn, f, loop->item, list.items[at]);
    place_set(turn, f, loop->index, value_int(at + 1));
    f->pc++;
}

static void do_round(struct turn *turn, struct fibre *f, const struct ir_op *op)
{
    const struct ir_loop *loop = &turn->ir->loops[op->a];
    struct value most = place_get(turn, f, loop->list);
    struct value index = place_get(turn, f, loop->index);
    int64_t begun = index.kind == VALUE_INT ? index.whole : 0;
    if (most.kind != VALUE_INT || begun >= most.whole) {
        f->pc = op->b;
        return;
    }
    place_set(turn, f, loop->index, value_int(begun + 1));
    f->pc++;
}

/* A variable takes a value, if the instance may hold so much. */
static void do_set(struct turn *turn, struct fibre *f, uint32_t place, struct value v)
{
    if (!turn_has_room(turn, place_get(turn, f, place), v)) {
        raise_trouble(turn, f, trouble_of("bad_value", turn_too_large(turn)));
        return;
    }
    place_set(turn, f, place, v);
    f->pc++;
}

static void do_add(struct turn *turn, struct fibre *f, uint32_t place, struct value item)
{
    struct value list = place_get(turn, f, place);
    uint32_t n = list.kind == VALUE_LIST ? list.n : 0;
    struct value *items = arena_array(turn->arena, struct value, n + 1);
    if (n > 0)
        memcpy(items, list.items, n * sizeof *items);
    items[n] = item;
    do_set(turn, f, place, value_list(items, n + 1));
}

static void do_emit(struct turn *turn, const struct fibre *f, uint32_t event,
                    struct value body)
{
    const struct ir_event *e = &turn->ir->events[event];
    struct event_out out = {.event = event, .body = body};
    vec_push(turn->arena, &turn->decision->events, out);
    struct entry *entry = turn_entry(turn, ENTRY_EMITTED, f, ir_text(turn->ir, e->name));
    if (turn_is_read(turn))
        entry->data = wire_write(turn->ir, e->record, body, WIRE_MASK_PRIVATE);
}

static void do_mark(struct turn *turn, const struct fibre *f, struct text name)
{
    struct instance *inst = turn->inst;
    struct mark_stamp stamp = {.name = name, .at = turn->now};
    uint32_t i = 0;
    while (i < inst->marks.n && !text_is(inst->marks.at[i].name, name))
        i++;
    bool is_first = i == inst->marks.n;
    if (is_first)
        vec_push(turn->arena, &inst->marks, stamp);
    else
        inst->marks.at[i] = stamp;
    turn_entry(turn, ENTRY_MARKED, f, name);
    if (is_first)
        measure_marked(turn, name);
}

/* One operation that moves the flow. It either sets the pc, or makes the fibre wait, or
 * ends it. */
static void move(struct turn *turn, struct fibre *f, const struct eval_run *run)
{
    const struct ir *ir = turn->ir;
    const struct ir_op *op = &ir->code[run->pc];
    const struct value *top =
        run->stack_n > 0 ? &run->stack[run->stack_n - 1] : run->stack;
    f->pc = run->pc;
    switch (op->code) {
    case IR_SET:
        do_set(turn, f, op->b, *top);
        return;
    case IR_UNSET:
        place_set(turn, f, op->b, value_none());
        f->pc++;
        return;
    case IR_ADD_TO:
        do_add(turn, f, op->b, *top);
        return;
    case IR_EACH:
        do_each(turn, f, op);
        return;
    case IR_ROUND:
        do_round(turn, f, op);
        return;
    case IR_FORK:
        fork_begin(turn, f);
        return;
    case IR_PART:
        if (f->kind == FIBRE_PART)
            fork_part_ended(turn, f, top);
        else
            state_body_ended(turn, f);
        return;
    case IR_CALL:
        must(run->stack_n >= op->a);
        call_begin(turn, f, run->stack + run->stack_n - op->a);
        return;
    case IR_RUN:
    case IR_START:
        must(run->stack_n >= op->a);
        kin_begin(turn, f, run->stack + run->stack_n - op->a);
        return;
    case IR_WAIT_TIME:
        wait_time(turn, f, *top);
        return;
    case IR_WAIT:
        wait_begin(turn, f);
        return;
    case IR_WAIT_UNTIL:
        f->wait = FIBRE_CONDITION;
        f->since = turn->now;
        turn->places_changed = true;
        return;
    case IR_ASK:
        people_ask(turn, f);
        return;
    case IR_ATTEMPT:
        place_set(turn, f, ir->attempts[op->b].mark, value_int(turn->inst->next_number));
        f->pc++;
        return;
    case IR_ATTEMPT_END:
        f->pc++;
        return;
    case IR_UNDO:
        undo_begin(turn, f);
        return;
    case IR_KEEP_ALL:
        undo_keep(turn, f, NULL);
        f->pc++;
        return;
    case IR_KEEP:
        undo_keep(turn, f, &ir->undos[op->b]);
        f->pc++;
        return;
    case IR_EMIT:
        do_emit(turn, f, op->b, *top);
        f->pc++;
        return;
    case IR_MARK:
        do_mark(turn, f, ir_text(ir, op->b));
        f->pc++;
        return;
    case IR_NOTE:
        turn_entry(
            turn, ENTRY_NOTED, f,
            text_dup(turn->arena, text_cut(value_text_of(*top), 0, LIMIT_PROBLEM_BYTES)));
        f->pc++;
        return;
    case IR_GIVE:
        turn->inst->result = *top;
        f->pc++;
        return;
    case IR_FAIL:
        raise_fail(turn, f, op->b, *top);
        return;
    case IR_GO_TO:
        state_go_to(turn, f, op->b);
        return;
    case IR_REFER:
        people_park(turn, f, op->b, NULL);
        return;
    case IR_RETRY:
        if (f->kind == FIBRE_PART)
            fork_leave(turn, f, IR_RETRY);
        else
            people_choice_ended(turn, f, IR_RETRY);
        return;
    case IR_STAY:
        state_stay(turn, f);
        return;
    case IR_END:
        state_body_ended(turn, f);
        return;
    }
    must(op->code == IR_OP_COUNT); /* anything else was computed by eval */
}
