/* Steps are the same by their STEP name within their state; waits without a name by their
 * number; and then all that was computed on the way to them must be there. */
#include "engine/core/migrate_point.h"

#include "dsl/ir_columns.h"

static uint32_t home_of(const struct ir *ir, const struct fibre *f, uint32_t owner)
{
    if (f->kind == FIBRE_STATE)
        return owner;
    return f->kind == FIBRE_HANDLER ? ir->handlers[owner].state : IR_NONE;
}

static uint32_t body_of(const struct ir *ir, const struct fibre *f, uint32_t owner)
{
    if (f->kind == FIBRE_STATE)
        return ir->states[owner].body;
    return f->kind == FIBRE_HANDLER ? ir->handlers[owner].body : ir->flow.body;
}

/* ---- handlers ---- */

static struct text listens_for(const struct ir *ir, const struct ir_handler *h)
{
    return h->match == IR_NONE
               ? ir_text(ir, h->error)
               : ir_text(ir, ir->events[ir->matches[h->match].event].name);
}

static bool is_same_handler(const struct ir_shift *shift, const struct ir_handler *was,
                            const struct ir_handler *is)
{
    uint32_t state = was->state == IR_NONE ? IR_NONE : shift->states[was->state].to;
    return was->kind == is->kind && is->state == state &&
           (was->state == IR_NONE || state != IR_NONE) &&
           text_is(listens_for(shift->old, was), listens_for(shift->now, is));
}

/* The n-th of those that are alike is the n-th. */
uint32_t migrate_handler(const struct ir_shift *shift, uint32_t handler)
{
    uint32_t rank = 0;
    const struct ir *old = shift->old;
    const struct ir_handler *was = &old->handlers[handler];
    for (uint32_t i = 0; i < handler; i++)
        rank += old->handlers[i].kind == was->kind &&
                old->handlers[i].state == was->state &&
                text_is(listens_for(old, &old->handlers[i]), listens_for(old, was));
    for (uint32_t i = 0; i < shift->now->handlers_n; i++)
        if (is_same_handler(shift, was, &shift->now->handlers[i]) && rank-- == 0)
            return i;
    return IR_NONE;
}

/* ---- which operation ---- */

static struct text step_of(const struct ir *ir, uint32_t pc)
{
    const struct ir_op *op = &ir->code[pc];
    switch ((int)op->code) {
    case IR_CALL:
        return ir_text(ir, ir->sites[op->b].step);
    case IR_RUN:
        return ir_text(ir, ir->children[op->b].step);
    case IR_WAIT:
        return ir_text(ir, ir->waits[op->b].step);
    case IR_ASK:
        return ir_text(ir, ir->questions[op->b].step);
    }
    return TEXT("");
}

/* "create_order" of "booking.create_order" in the state booking. */
static struct text in_state(const struct ir *ir, uint32_t state, struct text step)
{
    struct text path = state == IR_NONE ? TEXT("") : ir_text(ir, ir->states[state].path);
    if (path.n == 0 || !text_starts(step, path) || step.n <= path.n ||
        step.chars[path.n] != '.')
        return step;
    return text_cut(step, path.n + 1, step.n);
}

static uint32_t end_of(const struct ir *ir, uint32_t body)
{
    uint32_t pc = body + 1;
    while (pc < ir->code_n && ir->code[pc].code != IR_ENTER)
        pc++;
    return pc;
}

static uint32_t count_of(const struct ir *ir, uint32_t from, uint32_t to, uint16_t code)
{
    uint32_t n = 0;
    for (uint32_t pc = from; pc < to; pc++)
        n += ir->code[pc].code == code;
    return n;
}

static uint32_t same_op(const struct ir_shift *shift, const struct fibre *f,
                        uint32_t body, uint32_t now_owner, uint32_t now_body)
{
    const struct ir *old = shift->old, *now = shift->now;
    uint16_t code = old->code[f->pc].code;
    struct text step = in_state(old, home_of(old, f, f->owner), step_of(old, f->pc));
    uint32_t end = end_of(now, now_body), rank = count_of(old, body, f->pc, code);
    if (step.n == 0 && count_of(old, body, end_of(old, body), code) !=
                           count_of(now, now_body, end, code))
        return IR_NONE;
    for (uint32_t pc = now_body; pc < end; pc++) {
        if (now->code[pc].code != code)
            continue;
        if (step.n == 0 ? rank-- == 0
                        : text_is(step, in_state(now, home_of(now, f, now_owner),
                                                 step_of(now, pc))))
            return pc;
    }
    return IR_NONE;
}

/* ---- what the way there has left behind ---- */

static bool is_hidden(const struct ir *ir, uint32_t place)
{
    return place != IR_NONE && (place & IR_FRAME) == 0 &&
           ir->slots[place].name == IR_NONE;
}

struct trail {
    VEC(uint32_t) places;
};

static void follow(struct arena *arena, const struct ir *ir, uint32_t body, uint32_t pc,
                   struct trail *trail)
{
    for (uint32_t i = body; i < pc; i++) {
        const struct ir_op *op = &ir->code[i];
        uint32_t places[3] = {IR_NONE, IR_NONE, IR_NONE};
        if (op->code == IR_SET || op->code == IR_LOAD || op->code == IR_ADD_TO ||
            op->code == IR_UNSET) {
            places[0] = op->b;
        } else if (op->code == IR_EACH || op->code == IR_ROUND) {
            places[0] = ir->loops[op->a].list;
            places[1] = ir->loops[op->a].index;
        } else if (op->code == IR_ATTEMPT) {
            places[0] = ir->attempts[op->b].mark;
        } else if (op->code == IR_FORK) {
            places[0] = ir->forks[op->b].gifts;
            places[1] = ir->forks[op->b].list;
        }
        for (uint32_t k = 0; k < 3; k++)
            if (is_hidden(ir, places[k]))
                vec_push(arena, &trail->places, places[k]);
    }
}

static bool trails_match(struct arena *arena, const struct ir_shift *shift, uint32_t body,
                         uint32_t old_pc, uint32_t now_body, struct migrate_point *point)
{
    struct trail was = {0}, is = {0};
    follow(arena, shift->old, body, old_pc, &was);
    follow(arena, shift->now, now_body, point->pc, &is);
    for (uint32_t i = 0; i < was.places.n && was.places.n == is.places.n; i++) {
        struct migrate_place place = {was.places.at[i], is.places.at[i]};
        vec_push(arena, &point->hidden, place);
    }
    return was.places.n == is.places.n;
}

static bool is_missing(const struct ir_shift *shift, uint32_t place)
{
    if (place == IR_NONE || (place & IR_FRAME) != 0)
        return false;
    const struct ir_shift_slot *slot = &shift->slots[place];
    return shift->now->slots[place].kind == IR_SLOT_LOCAL &&
           slot->how != IR_SHIFT_CARRIED && slot->read_at != IR_NONE;
}

/* A value that was computed before the step, and is read. */
static bool lacks_something(const struct ir_shift *shift, uint32_t body, uint32_t pc)
{
    const struct ir *now = shift->now;
    for (uint32_t i = body; i < pc; i++) {
        const struct ir_op *op = &now->code[i];
        if (op->code == IR_SET && is_missing(shift, op->b))
            return true;
        if (op->code == IR_CALL && is_missing(shift, now->sites[op->b].place))
            return true;
        if (op->code == IR_EACH && is_missing(shift, now->loops[op->a].item))
            return true;
        for (uint32_t m = 0; op->code == IR_WAIT && m < now->waits[op->b].matches.n; m++)
            if (is_missing(shift,
                           now->matches[now->waits[op->b].matches.first + m].place))
                return true;
    }
    return false;
}

static uint32_t start_of(const struct ir *ir, uint32_t pc)
{
    while (pc > 0 && !ir_op_moves(ir->code[pc - 1].code) &&
           !ir_op_leaves(ir->code[pc - 1].code) && ir->code[pc - 1].code != IR_ENTER)
        pc--;
    return pc;
}

struct migrate_point migrate_point_of(struct arena *arena, const struct ir_shift *shift,
                                      const struct fibre *f)
{
    struct migrate_point none = {.pc = IR_NONE}, point = {.owner = f->owner};
    uint32_t body = body_of(shift->old, f, f->owner);
    if (f->kind == FIBRE_STATE)
        point.owner = shift->states[f->owner].to;
    else if (f->kind == FIBRE_HANDLER)
        point.owner = migrate_handler(shift, f->owner);
    if (body == IR_NONE || f->pc < body || f->pc >= end_of(shift->old, body) ||
        (f->kind != FIBRE_FLOW && point.owner == IR_NONE))
        return none;
    uint32_t now_body = body_of(shift->now, f, point.owner);
    if (now_body == IR_NONE)
        return none;
    point.pc = same_op(shift, f, body, point.owner, now_body);
    if (point.pc == IR_NONE ||
        !trails_match(arena, shift, body, f->pc, now_body, &point) ||
        lacks_something(shift, now_body, point.pc))
        return none;
    point.target = start_of(shift->now, point.pc);
    return point;
}
