/* Errors and who answers them.
 *
 * In this order: the step's own `when`; the attempt around it, which first undoes what it
 * did; `on error` of the state, of the states around it, of the flow, a named one before
 * an unnamed one; the built-in dead letter. An answer that is `refer to` stops nothing:
 * the step waits where it is. Any other first stops its siblings and lets them settle.
 * `fail` goes past every `on error` to the edge of the flow.
 *
 * Around a part, the attempt, `despite failures` and `first wins` of those that join it
 * come before any `on error`: what is not answered inside goes outward, part by part. */
#include "engine/core/advance_turn.h"

/* ---- what `as` gets ---- */

static struct value problem_value(struct turn *turn, const struct fibre *f,
                                  uint32_t place, const struct trouble *trouble)
{
    const struct ir *ir = turn->ir;
    uint32_t type = (place & IR_FRAME) != 0 ? IR_NONE : ir->slots[place].type;
    if (trouble->data.kind != VALUE_UNSET &&
        (type == IR_NONE || type != ir->flow.problem))
        return trouble->data;
    if (type == IR_NONE)
        type = ir->flow.problem;
    return people_problem(turn, type, f, trouble);
}

static bool when_holds(struct turn *turn, struct fibre *f, const struct ir_when *when)
{
    struct value holds;
    if (when->where == IR_NONE)
        return true;
    return turn_eval(turn, f, when->where, NULL, 0, &holds) && holds.yes;
}

bool raise_to_whens(struct turn *turn, struct fibre *f, struct ir_range whens,
                    const struct trouble *trouble)
{
    const struct ir *ir = turn->ir;
    for (uint32_t i = 0; i < whens.n; i++) {
        const struct ir_when *when = &ir->whens[whens.first + i];
        if (!text_is(ir_text(ir, when->name), trouble->name))
            continue;
        if (when->place != IR_NONE)
            place_set(turn, f, when->place, problem_value(turn, f, when->place, trouble));
        if (!when_holds(turn, f, when))
            continue;
        if (fibre_first_op(ir, when->pc)->code == IR_REFER)
            people_park(turn, f, fibre_first_op(ir, when->pc)->b, trouble);
        else {
            f->call = (struct wait_call){0};
            fibre_go_on(turn, f, when->pc);
        }
        return true;
    }
    return false;
}

/* ---- the attempt around a step ---- */

static const struct ir_attempt *attempt_around(const struct ir *ir, uint32_t pc)
{
    const struct ir_attempt *inmost = NULL;
    for (uint32_t i = 0; i < ir->attempts_n; i++) {
        const struct ir_attempt *a = &ir->attempts[i];
        if (a->from_pc < pc && pc < a->to_pc &&
            (inmost == NULL || a->from_pc > inmost->from_pc))
            inmost = a;
    }
    return inmost;
}

void raise_remember(struct fibre *f, const struct trouble *trouble)
{
    f->problem_kind = trouble->name;
    f->problem_message = trouble->message;
    f->problem_data = trouble->data;
    f->problem_attempts = trouble->attempts;
}

/* Why an attempt, or all of the flow, is unwound: said when that is done. */
static void remember_cause(struct fibre *f, const struct trouble *trouble)
{
    f->cause_kind = trouble->name;
    f->cause_message = trouble->message;
    f->cause_data = trouble->data;
}

/* It unwinds what the attempt did; undo_pump() then offers the error to its whens. */
static bool to_attempt(struct turn *turn, struct fibre *f, const struct trouble *trouble)
{
    const struct ir_attempt *a = attempt_around(turn->ir, f->pc);
    if (a == NULL || f->pc == IR_NONE)
        return false;
    remember_cause(f, trouble);
    f->pc = a->from_pc;
    f->wait = FIBRE_UNDOING;
    f->target = TARGET_UNDO;
    f->until = 0;
    f->call = (struct wait_call){0};
    return true;
}

/* ---- on error ---- */

static uint32_t handler_at(const struct turn *turn, uint32_t state, struct text name)
{
    const struct ir *ir = turn->ir;
    uint32_t any = IR_NONE;
    for (uint32_t i = 0; i < ir->handlers_n; i++) {
        const struct ir_handler *h = &ir->handlers[i];
        if (h->kind != IR_HANDLER_ERROR || h->state != state ||
            state_forbids(turn, h->body))
            continue;
        if (h->error != IR_NONE && text_is(ir_text(ir, h->error), name))
            return i;
        if (h->error == IR_NONE && any == IR_NONE)
            any = i;
    }
    return any;
}

/* An error in the body of `on error` is not for that level any more. */
static uint32_t handler_for(const struct turn *turn, const struct fibre *f,
                            struct text name)
{
    uint32_t state = fibre_home(turn, f);
    bool skip =
        f->kind == FIBRE_HANDLER && turn->ir->handlers[f->owner].kind == IR_HANDLER_ERROR;
    for (;; state = turn->ir->states[state].parent) {
        uint32_t handler = skip ? IR_NONE : handler_at(turn, state, name);
        if (handler != IR_NONE || state == IR_NONE)
            return handler;
        skip = false;
    }
}

static void answer(struct turn *turn, struct fibre *f, uint32_t handler,
                   const struct trouble *trouble)
{
    const struct ir_handler *h = &turn->ir->handlers[handler];
    const struct ir_op *first = fibre_first_op(turn->ir, h->body);
    if (first->code == IR_REFER) {
        people_park(turn, f, first->b, trouble);
        return;
    }
    struct value problem = {.kind = VALUE_UNSET};
    if (h->place != IR_NONE)
        problem = problem_value(turn, f, h->place, trouble);
    fibre_end(turn, f);
    struct fibre *g = fibre_add(turn, FIBRE_HANDLER, handler, h->body);
    turn->inst->timers[handler].runs++;
    if (h->place != IR_NONE)
        place_set(turn, g, h->place, problem);
    state_stop_others(turn, g, h->state);
    g->wait = FIBRE_SETTLING;
    g->target = TARGET_BODY;
}

static bool is_in_attempt(const struct turn *turn, const struct fibre *f)
{
    return f->pc != IR_NONE && attempt_around(turn->ir, f->pc) != NULL;
}

/* Is there somebody around a part, short of `on error`, who takes its errors? */
static bool is_caught(const struct turn *turn, const struct fibre *f)
{
    for (const struct fibre *parent; (parent = fork_parent(turn, f)) != NULL;
         f = parent) {
        const struct ir_fork *fork = fork_of(turn, parent);
        if (is_in_attempt(turn, parent) ||
            (fork != NULL && (fork->despite || fork->first_wins)))
            return true;
    }
    return f->kind == FIBRE_UNDO;
}

/* The answer to what a part could not answer: it waits where it is, and its siblings go
 * on; or it is over, and so are they. */
static void part_raises(struct turn *turn, struct fibre *f, struct trouble trouble)
{
    const struct fibre *root = fork_root(turn, f);
    uint32_t handler = handler_for(turn, root, trouble.name);
    const struct ir_op *first =
        handler != IR_NONE ? fibre_first_op(turn->ir, turn->ir->handlers[handler].body)
                           : NULL;
    if (is_caught(turn, f) || (first != NULL && first->code != IR_REFER))
        fork_part_failed(turn, f, trouble);
    else
        people_park(turn, f, first != NULL ? first->b : IR_NONE, &trouble);
}

void raise_trouble(struct turn *turn, struct fibre *f, struct trouble trouble)
{
    if (f->kind == FIBRE_UNDO) {
        undo_block_failed(turn, f, trouble);
        return;
    }
    if (to_attempt(turn, f, &trouble))
        return;
    if (fork_parent(turn, f) != NULL) {
        part_raises(turn, f, trouble);
        return;
    }
    uint32_t handler = handler_for(turn, f, trouble.name);
    if (handler != IR_NONE)
        answer(turn, f, handler, &trouble);
    else
        people_park(turn, f, IR_NONE, &trouble);
}

void raise_problem(struct turn *turn, struct fibre *f)
{
    struct trouble trouble =
        trouble_of("bad_value", say(turn, "%s", turn->problem.message));
    struct entry *entry = turn_entry(turn, ENTRY_FAILED_STEP, f,
                                     say(turn, "bad_value: %s", turn->problem.message));
    if (turn->problem.pc < turn->ir->lines_n)
        entry->line = turn->ir->lines[turn->problem.pc];
    raise_trouble(turn, f, trouble);
}

/* Something that no step did: a state's limit, the period of a handler. */
static struct fibre *in_state(struct turn *turn, uint32_t state)
{
    return fibre_add(turn, state == IR_NONE ? FIBRE_FLOW : FIBRE_STATE, state, IR_NONE);
}

void raise_in_state(struct turn *turn, uint32_t state, struct trouble trouble)
{
    raise_trouble(turn, in_state(turn, state), trouble);
}

void raise_to_person(struct turn *turn, uint32_t state, struct trouble trouble)
{
    people_park(turn, in_state(turn, state), IR_NONE, &trouble);
}

/* ---- the edge of the flow ---- */

void raise_fail(struct turn *turn, struct fibre *f, uint32_t error, struct value data)
{
    struct trouble trouble = {.name = ir_text(turn->ir, turn->ir->errors[error].name),
                              .data = data};
    turn_entry(turn, ENTRY_FAILED_STEP, f, trouble.name);
    if (f->kind == FIBRE_UNDO)
        undo_block_failed(turn, f, trouble);
    else if (to_attempt(turn, f, &trouble))
        return;
    else if (is_caught(turn, f))
        fork_part_failed(turn, f, trouble);
    else
        raise_to_edge(turn, f, trouble);
}

/* Everything else stops, all is undone, then the flow has failed. */
void raise_to_edge(struct turn *turn, struct fibre *f, struct trouble trouble)
{
    struct fibre *root = fork_root(turn, f);
    remember_cause(f, &trouble);
    if (root->kind == FIBRE_CHOICE)
        people_choice_ended(turn, root, IR_FAIL);
    state_stop_others(turn, f, IR_NONE);
    f->wait = FIBRE_SETTLING;
    f->target = TARGET_FAIL;
    turn_entry(turn, ENTRY_UNDO_BEGAN, f, TEXT("all, since the flow fails"));
}
