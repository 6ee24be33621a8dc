/* Leaving: `go to`, stopping and settling, and the end of the flow.
 *
 * Said by the steps, `go to` waits for the handlers of the states it leaves: those that
 * run, and what they have queued. Said by a handler or by a dead letter's choice, it
 * stops the steps, and other handlers that run finish. A call in flight settles first in
 * either case: the attempt completes, its outcome and its undo are recorded, and no other
 * attempt begins. What lies in a dead letter because it failed counts as running; what
 * was only referred there (nothing failed) is withdrawn. The first `go to` wins, except
 * that one said further out beats one said further in.
 *
 * A final state is entered once and never left. Before it is entered everything else that
 * runs comes to its end, the flow's own handlers included (and what they have queued,
 * where the steps said `go to`), so that one of them may still lead elsewhere. In it no
 * limit runs, no event is taken, and no `go to` is obeyed: an answer that leads out is no
 * answer there. When nothing of it is left, the flow has ended. */
#include "engine/base/mutant.h"
#include "engine/core/advance_turn.h"

/* ---- stopping ---- */

static void stop_undo_block(struct turn *turn, uint32_t record)
{
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        struct fibre *f = &turn->inst->fibres.at[i];
        if (f->number != 0 && f->kind == FIBRE_UNDO && f->owner == record)
            state_stop(turn, f);
    }
}

void state_stop(struct turn *turn, struct fibre *f)
{
    bool is_active = f->wait == FIBRE_UNDOING && turn->inst->unwinding == f->number;
    if (is_active && f->call.record != 0)
        stop_undo_block(turn, f->call.record);
    if (f->wait == FIBRE_JOINING)
        fork_stop_parts(turn, f, NULL);
    f->call.limit_passed = true; /* no moment of it counts any more */
    if (f->wait == FIBRE_CHILD)
        kin_stop(turn, f);
    else if (call_is_in_flight(f) && f->call.phase == CALL_SENT &&
             !MUTANT(STOPPED_WHILE_IN_FLIGHT))
        f->stopping = true;
    else if (is_active && undo_block_runs(turn))
        f->stopping = true;
    else if (f->wait == FIBRE_JOINING && fork_has_parts(turn, f))
        f->stopping = true; /* fork_pump() ends it with the last of them */
    else
        fibre_end(turn, f);
}

/* What a part says holds for those around it: they wait for it, and begin no other. */
static bool is_spared(const struct turn *turn, struct fibre *f, const struct fibre *spare)
{
    if (spare == NULL || !fork_is_around(turn, f, spare))
        return false;
    if (f->wait == FIBRE_JOINING)
        f->window = 0;
    return true;
}

/* A choice spares what it was made for; that may be a choice itself, which got stuck. */
static bool is_decided_by(const struct turn *turn, struct fibre *f,
                          const struct fibre *choice)
{
    while (choice != NULL && (choice = people_decided(turn, choice)) != NULL)
        if (is_spared(turn, f, choice))
            return true;
    return false;
}

void state_stop_others(struct turn *turn, const struct fibre *spare, uint32_t around)
{
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        struct fibre *f = &turn->inst->fibres.at[i];
        if (f->number == 0 || f->kind == FIBRE_UNDO || f->stopping ||
            is_spared(turn, f, spare) || is_decided_by(turn, f, spare))
            continue;
        if (around == IR_NONE || state_is_within(turn->ir, fibre_home(turn, f), around))
            state_stop(turn, f);
    }
}

/* ---- go to ---- */

/* A state that is active and not around `target` is left; so is `target` itself. */
static bool is_left(const struct turn *turn, uint32_t state, uint32_t target)
{
    return state != IR_NONE && state_is_active(turn, state) &&
           (state == target || !state_is_within(turn->ir, target, state));
}

static struct fibre *going(const struct turn *turn)
{
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        struct fibre *f = &turn->inst->fibres.at[i];
        if (f->number != 0 && f->wait == FIBRE_SETTLING && f->target < TARGET_BODY)
            return f;
    }
    return NULL;
}

static bool is_further_out(const struct turn *turn, const struct fibre *a,
                           const struct fibre *b)
{
    uint32_t outer = fibre_home(turn, a), inner = fibre_home(turn, b);
    return outer != inner && state_is_within(turn->ir, inner, outer);
}

/* The steps of states that are left, and whatever runs beside `f` in what it is in. */
static bool is_stopped_by(const struct turn *turn, struct fibre *f, struct fibre *other,
                          uint32_t target)
{
    if (fork_root(turn, other) == fork_root(turn, f))
        return other->kind == FIBRE_PART;
    return fork_root_kind(other) == FIBRE_STATE && is_left(turn, other->owner, target);
}

static void stop_steps(struct turn *turn, struct fibre *f, uint32_t target)
{
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        struct fibre *other = &turn->inst->fibres.at[i];
        if (other->number != 0 && !other->stopping && !is_spared(turn, other, f) &&
            is_stopped_by(turn, f, other, target))
            state_stop(turn, other);
    }
}

void state_go_to(struct turn *turn, struct fibre *f, uint32_t target)
{
    struct fibre *first = going(turn);
    uint32_t too_often = state_too_often(turn, target);
    if (turn->inst->is_cancelling || state_is_final(turn, turn->inst->state) ||
        (first != NULL && !is_further_out(turn, f, first))) {
        state_stop(turn, fork_root(turn, f)); /* it comes too late */
        return;
    }
    if (too_often != IR_NONE) {
        const struct ir_state *s = &turn->ir->states[too_often];
        raise_trouble(turn, f,
                      trouble_of("too_often", say(turn, TEXT_FMT " up to %u times",
                                                  TEXT_ARG(ir_text(turn->ir, s->path)),
                                                  s->visits_max)));
        return;
    }
    if (first != NULL)
        state_stop(turn, fork_root(turn, first));
    struct fibre *root = fork_root(turn, f);
    if (root->kind == FIBRE_CHOICE)
        people_choice_ended(turn, root, IR_GO_TO);
    stop_steps(turn, f, target);
    f->wait = FIBRE_SETTLING;
    f->target = target;
    f->since = turn->now;
}

bool state_forbids(const struct turn *turn, uint32_t pc)
{
    return state_is_final(turn, turn->inst->state) && ir_says_go_to(turn->ir, pc);
}

/* ---- settled? ---- */

static bool enters_final(const struct turn *turn, uint32_t target)
{
    return state_is_final(turn, state_inmost(turn->ir, target));
}

static bool is_only_referred(const struct fibre *f)
{
    return f->wait == FIBRE_PARKED && f->problem_kind.n == 0;
}

static bool has_left_queue(const struct turn *turn, uint32_t target)
{
    bool is_last = enters_final(turn, target);
    for (uint32_t i = 0; i < turn->ir->handlers_n; i++)
        if ((is_last || is_left(turn, turn->ir->handlers[i].state, target)) &&
            state_handler_is_armed(turn, i) && !wait_queue_is_empty(turn, i))
            return true;
    return false;
}

static bool can_leave(const struct turn *turn, struct fibre *f)
{
    bool is_last = enters_final(turn, f->target);
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        struct fibre *other = &turn->inst->fibres.at[i];
        if (other->number == 0 || other->number == f->number ||
            fork_is_around(turn, other, f) ||
            (!is_last && !is_left(turn, fibre_home(turn, other), f->target) &&
             fork_root(turn, other) != fork_root(turn, f)))
            continue;
        if (!is_only_referred(other))
            return false;
    }
    bool is_steps = fork_root_kind(f) == FIBRE_STATE || fork_root_kind(f) == FIBRE_FLOW;
    return !is_steps || !has_left_queue(turn, f->target);
}

/* Handlers of the flow that run, and what they have queued, come before its end. */
static bool can_end(const struct turn *turn, const struct fibre *f)
{
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        const struct fibre *other = &turn->inst->fibres.at[i];
        if (other->number != 0 && other->number != f->number && !is_only_referred(other))
            return false;
    }
    for (uint32_t i = 0; i < turn->ir->handlers_n; i++)
        if (state_handler_is_armed(turn, i) && !wait_queue_is_empty(turn, i))
            return false;
    return true;
}

static bool have_stopped(const struct turn *turn, const struct fibre *f, uint32_t around)
{
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        const struct fibre *other = &turn->inst->fibres.at[i];
        if (other->number != 0 && other->number != f->number && other->stopping &&
            (around == IR_NONE ||
             state_is_within(turn->ir, fibre_home(turn, other), around)))
            return false;
    }
    return true;
}

static bool has_settled(const struct turn *turn, struct fibre *f)
{
    if (f->target < TARGET_BODY)
        return can_leave(turn, f);
    if (f->target == TARGET_END)
        return can_end(turn, f);
    /* An answer to an error waits for what it has stopped, an undoing of all for all. */
    bool is_answer = f->target == TARGET_BODY && f->kind == FIBRE_HANDLER &&
                     turn->ir->handlers[f->owner].kind == IR_HANDLER_ERROR;
    return have_stopped(turn, f, is_answer ? fibre_home(turn, f) : IR_NONE);
}

/* ---- going on ---- */

static void leave_one(struct turn *turn, uint32_t state)
{
    turn->inst->visits[state].entered_at = 0;
    turn->inst->visits[state].limit_at = 0;
    for (uint32_t i = 0; i < turn->ir->handlers_n; i++)
        if (turn->ir->handlers[i].state == state)
            turn->inst->timers[i].due = 0;
    turn->inst->state = turn->ir->states[state].parent;
    turn->listens_anew = true;
}

static void leave(struct turn *turn, struct fibre *f)
{
    uint32_t target = f->target;
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        struct fibre *other = &turn->inst->fibres.at[i];
        if (other->number != 0 && other->number != f->number &&
            (enters_final(turn, target) ||
             is_left(turn, fibre_home(turn, other), target)))
            fibre_end(turn, other);
    }
    fibre_end(turn, fork_root(turn, f));
    while (is_left(turn, turn->inst->state, target))
        leave_one(turn, turn->inst->state);
    state_enter(turn, target);
}

static void go_on(struct turn *turn, struct fibre *f)
{
    if (f->target < TARGET_BODY) {
        leave(turn, f);
    } else if (f->target == TARGET_BODY) {
        f->wait = FIBRE_READY;
    } else if (f->target == TARGET_END) {
        state_end_flow(turn, STATUS_COMPLETED);
    } else {
        f->wait = FIBRE_UNDOING; /* undo_pump() takes it from here */
        f->call = (struct wait_call){0};
    }
}

/* Nothing of a final state is left: what ended it was no step of its own. */
static bool final_is_over(const struct turn *turn)
{
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++)
        if (turn->inst->fibres.at[i].number != 0)
            return false;
    return state_is_final(turn, turn->inst->state);
}

bool state_settle(struct turn *turn)
{
    if (final_is_over(turn)) {
        state_end_flow(turn, STATUS_COMPLETED);
        return true;
    }
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        struct fibre *f = &turn->inst->fibres.at[i];
        if (f->number == 0 || f->wait != FIBRE_SETTLING || !has_settled(turn, f))
            continue;
        go_on(turn, f);
        return true;
    }
    return false;
}

/* ---- the end ---- */

/* What was taken and not answered is handed back: it goes to the unclaimed ones. */
static void hand_back(struct turn *turn, const struct handler_queue *q)
{
    const struct ir *ir = turn->ir;
    uint32_t event = ir->matches[ir->handlers[q->handler].match].event;
    turn_entry(turn, ENTRY_NOTED, NULL,
               say(turn, "%u " TEXT_FMT " came too late to be answered", q->events.n,
                   TEXT_ARG(ir_text(ir, ir->events[event].name))));
    for (uint32_t i = 0; i < q->events.n; i++) {
        struct event_out back = {.event = event, .body = q->events.at[i]};
        vec_push(turn->arena, &turn->decision->unanswered, back);
    }
}

static void drop_queues(struct turn *turn)
{
    for (uint32_t i = 0; i < turn->inst->queues.n; i++) {
        const struct handler_queue *q = &turn->inst->queues.at[i];
        if (q->events.n > 0 && turn->ir->handlers[q->handler].kind == IR_HANDLER_EVENT)
            hand_back(turn, q);
    }
    turn->inst->queues.n = 0;
}

void state_end_flow(struct turn *turn, enum instance_status status)
{
    struct instance *inst = turn->inst;
    for (uint32_t i = 0; i < inst->fibres.n; i++)
        if (inst->fibres.at[i].number != 0)
            fibre_end(turn, &inst->fibres.at[i]);
    while (inst->tasks.n > 0)
        people_task_drop(turn, inst->tasks.at[0].number);
    for (uint32_t i = 0; i < turn->ir->states_n; i++)
        inst->visits[i].entered_at = inst->visits[i].limit_at = 0;
    for (uint32_t i = 0; i < turn->ir->handlers_n; i++)
        inst->timers[i].due = 0;
    drop_queues(turn);
    inst->status = status;
    inst->since = inst->ended_at = turn->now;
    inst->unwinding = 0;
    inst->is_cancelling = false;
    turn->listens_anew = true;
    enum entry_kind kind = status == STATUS_COMPLETED ? ENTRY_COMPLETED
                           : status == STATUS_FAILED  ? ENTRY_FAILED
                                                      : ENTRY_CANCELLED;
    turn_entry(turn, kind, NULL, inst->error);
    measure_ended(turn);
    if (!turn->decision->tells_parent)
        kin_tell(turn, NULL);
}
