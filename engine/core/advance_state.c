/* States: entering them, their limits, what their handlers listen for, and how a body
 * ends. Leaving is in advance_leave.c. */
#include "engine/base/mutant.h"
#include "engine/core/advance_turn.h"

/* ---- where it is ---- */

bool state_is_active(const struct turn *turn, uint32_t state)
{
    return turn->inst->visits[state].entered_at != 0;
}

bool state_is_within(const struct ir *ir, uint32_t state, uint32_t around)
{
    if (around == IR_NONE)
        return true;
    while (state != IR_NONE && state != around)
        state = ir->states[state].parent;
    return state == around;
}

bool state_is_final(const struct turn *turn, uint32_t state)
{
    return state != IR_NONE && turn->ir->states[state].is_final;
}

uint32_t state_inmost(const struct ir *ir, uint32_t state)
{
    while (ir->states[state].first_inner != IR_NONE)
        state = ir->states[state].first_inner;
    return state;
}

/* On duty. In a final state nothing is taken any more; errors still find their answer. */
bool state_handler_is_armed(const struct turn *turn, uint32_t handler)
{
    const struct ir_handler *h = &turn->ir->handlers[handler];
    if (state_is_final(turn, turn->inst->state) && h->kind != IR_HANDLER_ERROR &&
        h->kind != IR_HANDLER_CANCEL)
        return false;
    return h->state == IR_NONE || state_is_active(turn, h->state);
}

static bool unwinds_everything(const struct turn *turn, const struct fibre *f)
{
    if (f->target == TARGET_FAIL || f->target == TARGET_CANCEL)
        return true;
    return f->target == TARGET_UNDO && fibre_is_at(turn, f, IR_UNDO) &&
           turn->ir->undos[turn->ir->code[f->pc].b].mode != IR_UNDO_NAMED;
}

/* While everything is being stopped or undone, handlers take nothing; what comes for them
 * is queued. */
bool state_is_deaf(const struct turn *turn)
{
    const struct fibre *unwinder = fibre_find(turn, turn->inst->unwinding);
    if (turn->inst->is_cancelling ||
        (unwinder != NULL && unwinds_everything(turn, unwinder)))
        return true;
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        const struct fibre *f = &turn->inst->fibres.at[i];
        if (f->number != 0 && f->wait == FIBRE_SETTLING && unwinds_everything(turn, f))
            return true;
    }
    return false;
}

/* ---- entering ---- */

void state_arm_handlers(struct turn *turn, uint32_t state)
{
    for (uint32_t i = 0; i < turn->ir->handlers_n; i++) {
        const struct ir_handler *h = &turn->ir->handlers[i];
        struct value period;
        if (h->state != state ||
            (h->kind != IR_HANDLER_AFTER && h->kind != IR_HANDLER_EVERY))
            continue;
        if (!turn_eval(turn, NULL, h->period, NULL, 0, &period) ||
            !moment_of(turn, period, &turn->inst->timers[i].due))
            raise_in_state(
                turn, state,
                trouble_of("bad_value", say(turn, "%s", turn->problem.message)));
    }
    turn->listens_anew = true;
}

static void arm_limit(struct turn *turn, uint32_t state)
{
    struct state_visit *visit = &turn->inst->visits[state];
    if (MUTANT(LIMIT_NOT_ARMED))
        return;
    if (!limit_of(turn, NULL, turn->ir->states[state].limit, &visit->limit_at))
        raise_in_state(turn, state,
                       trouble_of("bad_value", say(turn, "%s", turn->problem.message)));
}

static void enter_one(struct turn *turn, uint32_t state)
{
    struct instance *inst = turn->inst;
    struct state_visit *visit = &inst->visits[state];
    visit->visits++;
    visit->mark = inst->next_number;
    visit->entered_at = turn->now;
    inst->state = state;
    inst->since = turn->now;
    struct entry *entry = turn_entry(turn, ENTRY_ENTERED, NULL,
                                     ir_text(turn->ir, turn->ir->states[state].path));
    entry->line = turn->ir->states[state].line;
    arm_limit(turn, state);
    state_arm_handlers(turn, state);
}

/* At the end nothing that belongs to a state, or to the flow, comes due any more. */
static void forget_limits(struct turn *turn)
{
    for (uint32_t i = 0; i < turn->ir->states_n; i++)
        turn->inst->visits[i].limit_at = 0;
    for (uint32_t i = 0; i < turn->ir->handlers_n; i++)
        turn->inst->timers[i].due = 0;
}

static void begin_steps(struct turn *turn, uint32_t state)
{
    const struct ir_state *s = &turn->ir->states[state];
    if (s->is_final)
        forget_limits(turn);
    if (s->body != IR_NONE) {
        fibre_add(turn, FIBRE_STATE, state, s->body);
    } else if (s->is_final) {
        struct fibre *f = fibre_add(turn, FIBRE_STATE, state, IR_NONE);
        f->wait = FIBRE_SETTLING;
        f->target = TARGET_END;
    }
}

/* From the outermost that is not active yet, down to `state`. */
static void enter_down_to(struct turn *turn, uint32_t state)
{
    if (state == IR_NONE || state_is_active(turn, state))
        return;
    enter_down_to(turn, turn->ir->states[state].parent);
    enter_one(turn, state);
}

void state_enter(struct turn *turn, uint32_t target)
{
    const struct ir *ir = turn->ir;
    uint32_t outer = target, inner = state_inmost(ir, target);
    while (ir->states[outer].parent != IR_NONE &&
           !state_is_active(turn, ir->states[outer].parent))
        outer = ir->states[outer].parent;
    enter_down_to(turn, inner);
    for (uint32_t depth = 0, s; depth < ir->states_n; depth++) {
        for (s = inner; s != IR_NONE && state_depth(ir, s) != depth;)
            s = ir->states[s].parent;
        if (s != IR_NONE && state_is_within(ir, s, outer))
            begin_steps(turn, s);
    }
}

uint32_t state_depth(const struct ir *ir, uint32_t state)
{
    uint32_t depth = 0;
    for (; ir->states[state].parent != IR_NONE; state = ir->states[state].parent)
        depth++;
    return depth;
}

/* The first state on the way in that has been entered as often as it may; IR_NONE. */
uint32_t state_too_often(const struct turn *turn, uint32_t target)
{
    const struct ir *ir = turn->ir;
    for (uint32_t s = state_inmost(ir, target); s != IR_NONE; s = ir->states[s].parent) {
        bool is_entered = state_is_within(ir, s, target) || !state_is_active(turn, s);
        uint32_t most = ir->states[s].visits_max;
        if (is_entered && most > 0 && turn->inst->visits[s].visits >= most)
            return s;
    }
    return IR_NONE;
}

void state_begin_flow(struct turn *turn)
{
    const struct ir_flow *flow = &turn->ir->flow;
    state_arm_handlers(turn, IR_NONE);
    if (flow->body != IR_NONE) {
        fibre_add(turn, FIBRE_FLOW, IR_NONE, flow->body);
    } else if (flow->first_state != IR_NONE) {
        state_enter(turn, flow->first_state);
    } else {
        struct fibre *f = fibre_add(turn, FIBRE_FLOW, IR_NONE, IR_NONE);
        f->wait = FIBRE_SETTLING;
        f->target = TARGET_END;
    }
}

/* ---- handlers ---- */

struct fibre *state_handler_fibre(const struct turn *turn, uint32_t handler)
{
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        struct fibre *f = &turn->inst->fibres.at[i];
        if (f->number != 0 && f->kind == FIBRE_HANDLER && f->owner == handler)
            return f;
    }
    return NULL;
}

void state_start_handler(struct turn *turn, uint32_t handler, struct value body)
{
    const struct ir_handler *h = &turn->ir->handlers[handler];
    struct fibre *f = fibre_add(turn, FIBRE_HANDLER, handler, h->body);
    turn->inst->timers[handler].runs++;
    if (h->kind == IR_HANDLER_EVENT)
        place_set(turn, f, turn->ir->matches[h->match].place, body);
}

/* ---- limits and timers ---- */

static uint32_t late_handler(const struct turn *turn, uint32_t state)
{
    for (;; state = turn->ir->states[state].parent) {
        for (uint32_t i = 0; i < turn->ir->handlers_n; i++)
            if (turn->ir->handlers[i].kind == IR_HANDLER_LATE &&
                turn->ir->handlers[i].state == state)
                return i;
        if (state == IR_NONE)
            return IR_NONE;
    }
}

void state_limit_passed(struct turn *turn, uint32_t state)
{
    struct state_visit *visit = &turn->inst->visits[state];
    uint32_t handler = late_handler(turn, state);
    if (handler == IR_NONE && state_is_deaf(turn)) {
        visit->limit_at = turn->now + WHEN_MINUTE; /* nobody would hear it now */
        return;
    }
    visit->limit_at = 0;
    struct entry *entry =
        turn_entry(turn, ENTRY_LATE, NULL, TEXT("the limit of the state ran out"));
    entry->state = state;
    entry->line = turn->ir->states[state].line;
    if (handler == IR_NONE)
        raise_in_state(turn, state,
                       trouble_of("late", TEXT("the limit of the state ran out")));
    else if (!wait_queue_push(turn, handler, value_none()))
        must(!"a limit fires once until it is armed again");
}

/* Another full period, for the inmost state around which the limit has run out. */
void state_rearm_limit(struct turn *turn, uint32_t around)
{
    const struct ir *ir = turn->ir;
    for (uint32_t s = turn->inst->state; s != IR_NONE; s = ir->states[s].parent)
        if (ir->states[s].limit != IR_NONE && turn->inst->visits[s].limit_at == 0 &&
            state_is_within(ir, s, around)) {
            arm_limit(turn, s);
            if (turn->inst->visits[s].limit_at <= turn->now)
                turn->inst->visits[s].limit_at = 0; /* `by` a moment: it is over */
            return;
        }
}

void state_timer_due(struct turn *turn, uint32_t handler)
{
    const struct ir_handler *h = &turn->ir->handlers[handler];
    struct handler_timer *timer = &turn->inst->timers[handler];
    struct value period;
    timer->due = 0;
    if (h->kind == IR_HANDLER_EVERY) {
        if (turn_eval(turn, NULL, h->period, NULL, 0, &period) && period.whole > 0 &&
            !moment_of(turn, period, &timer->due))
            timer->due = 0;
        if (!wait_queue_is_empty(turn, handler))
            return; /* it has not got to the round before */
    }
    if (state_handler_is_armed(turn, handler))
        must(wait_queue_push(turn, handler, value_none()));
}

/* ---- the end of a body ---- */

static void wait_for_end(struct fibre *f)
{
    f->wait = FIBRE_SETTLING;
    f->target = TARGET_END;
}

void state_body_ended(struct turn *turn, struct fibre *f)
{
    switch ((enum fibre_kind)f->kind) {
    case FIBRE_FLOW:
        if (turn->ir->flow.first_state == IR_NONE) {
            wait_for_end(f);
            return;
        }
        fibre_end(turn, f);
        state_enter(turn, turn->ir->flow.first_state);
        return;
    case FIBRE_STATE:
        if (turn->ir->states[f->owner].is_final)
            wait_for_end(f);
        else
            fibre_end(turn, f); /* the state rests */
        return;
    case FIBRE_HANDLER:
        if (turn->ir->handlers[f->owner].kind == IR_HANDLER_CANCEL)
            command_cancel_now(turn, f);
        else
            fibre_end(turn, f);
        return;
    case FIBRE_CHOICE:
        people_choice_ended(turn, f, IR_END);
        return;
    case FIBRE_UNDO:
        undo_block_ended(turn, f);
        return;
    case FIBRE_PART:
        fork_part_ended(turn, f, NULL);
        return;
    }
}

void state_stay(struct turn *turn, struct fibre *f)
{
    if (f->kind == FIBRE_CHOICE) {
        people_choice_ended(turn, f, IR_STAY);
        return;
    }
    if (f->kind == FIBRE_PART) {
        fork_leave(turn, f, IR_STAY);
        return;
    }
    if (f->kind == FIBRE_HANDLER && turn->ir->handlers[f->owner].kind == IR_HANDLER_LATE)
        state_rearm_limit(turn, turn->ir->handlers[f->owner].state);
    state_body_ended(turn, f);
}
