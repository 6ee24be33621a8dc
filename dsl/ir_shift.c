/* The correspondence of two versions, array by array. */
#include "dsl/ir_shift.h"

#include "dsl/ir_columns.h"
#include "dsl/ir_fit.h"
#include "dsl/ir_meaning.h"
#include "engine/base/arena.h"
#include "engine/base/buf.h"

static void shift_states(struct arena *arena, struct ir_shift *shift);
static void shift_slots(struct arena *arena, struct ir_shift *shift);

const struct ir_migration *ir_migration_from(const struct ir *now, uint32_t version)
{
    for (uint32_t i = 0; i < now->migrations_n; i++)
        if (now->migrations[i].from == version)
            return &now->migrations[i];
    return NULL;
}

struct ir_shift *ir_shift_new(struct arena *arena, const struct ir *old,
                              const struct ir *now)
{
    struct ir_shift *shift = arena_new_of(arena, struct ir_shift);
    shift->old = old;
    shift->now = now;
    shift->migration = ir_migration_from(now, old->flow.version);
    shift_states(arena, shift);
    shift_slots(arena, shift);
    shift->operations = arena_array(arena, uint32_t, old->operations_n + 1);
    for (uint32_t i = 0; i < old->operations_n; i++) {
        const struct ir_operation *op = &old->operations[i];
        shift->operations[i] = ir_find_operation(
            now, ir_text(old, old->adapters[op->adapter].name), ir_text(old, op->name));
    }
    shift->events = arena_array(arena, uint32_t, old->events_n + 1);
    for (uint32_t i = 0; i < old->events_n; i++)
        shift->events[i] = ir_find_event(now, ir_text(old, old->events[i].name));
    shift->dead_letters = arena_array(arena, uint32_t, old->dead_letters_n + 1);
    for (uint32_t i = 0; i < old->dead_letters_n; i++)
        shift->dead_letters[i] =
            ir_find_dead_letter(now, ir_text(old, old->dead_letters[i].name));
    return shift;
}

/* ---- states ---- */

bool ir_state_is_lived_in(const struct ir *ir, uint32_t state)
{
    return !ir->states[state].is_final && ir->states[state].first_inner == IR_NONE;
}

static const struct ir_move *move_of(const struct ir_shift *shift, uint32_t state)
{
    const struct ir_migration *m = shift->migration;
    for (uint32_t i = 0; m != NULL && i < m->moves.n; i++) {
        const struct ir_move *move = &shift->now->moves[m->moves.first + i];
        if (ir_find_state(shift->old, ir_text(shift->now, move->state)) == state)
            return move;
    }
    return NULL;
}

static uint32_t state_of_path(const struct ir *ir, struct text path)
{
    for (uint32_t i = 0; i < ir->states_n; i++)
        if (text_is(ir_text(ir, ir->states[i].path), path))
            return i;
    return IR_NONE;
}

/* The state of that name inside another. */
static uint32_t state_inside(const struct ir *ir, uint32_t parent, struct text name)
{
    for (uint32_t i = 0; i < ir->states_n; i++)
        if (ir->states[i].parent == parent &&
            text_is(ir_text(ir, ir->states[i].name), name))
            return i;
    return IR_NONE;
}

/* What is said of the states around holds for what lies inside. */
static struct ir_shift_state inherited(const struct ir_shift *shift, uint32_t state)
{
    const struct ir *old = shift->old;
    uint32_t parent = old->states[state].parent;
    struct ir_shift_state around = shift->states[parent];
    uint32_t inside =
        around.to == IR_NONE
            ? IR_NONE
            : state_inside(shift->now, around.to, ir_text(old, old->states[state].name));
    if (inside != IR_NONE)
        return (struct ir_shift_state){IR_SHIFT_SAME, inside};
    return around.how == IR_SHIFT_SAME ? (struct ir_shift_state){IR_SHIFT_GAP, IR_NONE}
                                       : around;
}

static void shift_states(struct arena *arena, struct ir_shift *shift)
{
    const struct ir *old = shift->old, *now = shift->now;
    shift->states = arena_array(arena, struct ir_shift_state, old->states_n + 1);
    for (uint32_t i = 0; i < old->states_n; i++) { /* parents come before */
        const struct ir_move *move = move_of(shift, i);
        struct ir_shift_state *to = &shift->states[i];
        uint32_t same = state_of_path(now, ir_text(old, old->states[i].path));
        bool is_said_around = old->states[i].parent != IR_NONE &&
                              shift->states[old->states[i].parent].how != IR_SHIFT_SAME;
        if (move != NULL)
            *to = (struct ir_shift_state){
                move->to == IR_NONE ? IR_SHIFT_STAYS : IR_SHIFT_SAID, move->to};
        else if (is_said_around)
            *to = inherited(shift, i);
        else if (same != IR_NONE)
            *to = (struct ir_shift_state){IR_SHIFT_SAME, same};
        else
            *to = (struct ir_shift_state){IR_SHIFT_GAP, IR_NONE};
    }
}

/* ---- parameters and variables ---- */

static uint32_t read_at(const struct ir *ir, uint32_t slot)
{
    for (uint32_t pc = 0; pc < ir->code_n; pc++)
        if ((ir->code[pc].code == IR_LOAD || ir->code[pc].code == IR_ADD_TO) &&
            ir->code[pc].b == slot)
            return pc;
    return IR_NONE;
}

static bool is_set(const struct ir_shift *shift, uint32_t slot)
{
    const struct ir_migration *m = shift->migration;
    for (uint32_t i = 0; m != NULL && i < m->initials.n; i++)
        if (shift->now->initials[m->initials.first + i].place == slot)
            return true;
    return false;
}

/* Where they are declared must correspond too: a local of one state is none of another.
 */
static bool is_same_home(const struct ir_shift *shift, uint32_t old_state,
                         uint32_t now_state)
{
    if (old_state == IR_NONE || now_state == IR_NONE)
        return old_state == now_state;
    return shift->states[old_state].to == now_state;
}

/* How many of that name and home there are before it: the n-th goes with the n-th. */
static uint32_t rank_of(const struct ir *ir, uint32_t slot)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < slot; i++)
        n += ir->slots[i].name == ir->slots[slot].name &&
             ir->slots[i].kind == ir->slots[slot].kind &&
             ir->slots[i].state == ir->slots[slot].state;
    return n;
}

static bool corresponds(const struct ir_shift *shift, uint32_t slot, uint32_t old_slot)
{
    const struct ir_slot *is = &shift->now->slots[slot],
                         *was = &shift->old->slots[old_slot];
    bool is_kept = is->kind == IR_SLOT_PARAM || is->kind == IR_SLOT_VAR,
         was_kept = was->kind == IR_SLOT_PARAM || was->kind == IR_SLOT_VAR;
    return was->name != IR_NONE && is_kept == was_kept &&
           text_is(ir_text(shift->now, is->name), ir_text(shift->old, was->name)) &&
           is_same_home(shift, was->state, is->state) &&
           rank_of(shift->now, slot) == rank_of(shift->old, old_slot);
}

static struct ir_shift_slot shift_slot(const struct ir_shift *shift, uint32_t slot)
{
    const struct ir *old = shift->old, *now = shift->now;
    struct ir_shift_slot to = {.how = IR_SHIFT_NEW, .from = IR_NONE, .read_at = IR_NONE};
    if (now->slots[slot].name == IR_NONE)
        return to;
    to.read_at = read_at(now, slot);
    for (uint32_t i = 0; i < old->slots_n && to.from == IR_NONE; i++)
        if (corresponds(shift, slot, i))
            to.from = i;
    uint32_t type = now->slots[slot].type;
    if (is_set(shift, slot))
        to.how = IR_SHIFT_SET;
    else if (to.from == IR_NONE)
        to.how = to.read_at == IR_NONE ? IR_SHIFT_NEW : IR_SHIFT_UNSET;
    else if (ir_type_fits(old, old->slots[to.from].type, now, type))
        to.how = IR_SHIFT_CARRIED;
    else
        to.how = IR_SHIFT_OTHER;
    if (to.from != IR_NONE)
        to.is_same = ir_type_is_same(old, old->slots[to.from].type, now, type);
    return to;
}

static void shift_slots(struct arena *arena, struct ir_shift *shift)
{
    shift->slots = arena_array(arena, struct ir_shift_slot, shift->now->slots_n + 1);
    for (uint32_t i = 0; i < shift->now->slots_n; i++)
        shift->slots[i] = shift_slot(shift, i);
}

/* ---- undo ---- */

enum ir_shift_undo ir_shift_undo_of(const struct ir_shift *shift, uint32_t operation)
{
    const struct ir *old = shift->old, *now = shift->now;
    const struct ir_operation *was = &old->operations[operation];
    uint32_t effect = shift->operations[operation];
    if (effect == IR_NONE ||
        !ir_fields_fit(old, was->params, now, now->operations[effect].params))
        return IR_UNDO_NO_EFFECT;
    if (was->undone_by == IR_NONE)
        return IR_UNDO_FITS;
    uint32_t undo = shift->operations[was->undone_by];
    if (undo == IR_NONE || !ir_fields_fit(old, old->operations[was->undone_by].params,
                                          now, now->operations[undo].params))
        return IR_UNDO_NO_WAY;
    return IR_UNDO_FITS;
}

/* What it captures must be the same too, one by one and by type. */
static bool captures_are_same(const struct ir_shift *shift, struct ir_range was,
                              struct ir_range is)
{
    for (uint32_t i = 0; i < was.n && was.n == is.n; i++) {
        const struct ir_capture *a = &shift->old->captures[was.first + i],
                                *b = &shift->now->captures[is.first + i];
        bool a_is_slot = (a->from & IR_FRAME) == 0, b_is_slot = (b->from & IR_FRAME) == 0;
        if (a->to != b->to || a_is_slot != b_is_slot ||
            (a_is_slot && !ir_type_is_same(shift->old, shift->old->slots[a->from].type,
                                           shift->now, shift->now->slots[b->from].type)))
            return false;
    }
    return was.n == is.n;
}

uint32_t ir_shift_site(struct arena *arena, const struct ir_shift *shift, uint32_t site)
{
    const struct ir *old = shift->old, *now = shift->now;
    const struct ir_undo_block *was = &old->undo_blocks[old->sites[site].undo_block];
    struct digest wanted = ir_meaning_code(ir_meaning_new(arena, old), was->body);
    struct ir_meaning *meaning = ir_meaning_new(arena, now);
    for (uint32_t i = 0; i < now->sites_n; i++) {
        const struct ir_site *s = &now->sites[i];
        if (s->undo_block == IR_NONE ||
            s->operation != shift->operations[old->sites[site].operation])
            continue;
        const struct ir_undo_block *is = &now->undo_blocks[s->undo_block];
        struct digest digest = ir_meaning_code(meaning, is->body);
        if (digest_is(&digest, &wanted) &&
            captures_are_same(shift, was->captures, is->captures))
            return i;
    }
    return IR_NONE;
}
