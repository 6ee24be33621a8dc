/* Lines of a `migrate from` block. */
#include "dsl/diff_stub.h"

#include "dsl/ir_shift.h"
#include "dsl/ir_text.h"
#include "engine/base/arena.h"

/* `var x: T = CONST` is CONST, SET in the flow's own steps. */
static bool own_initial(struct buf *out, const struct ir *ir, uint32_t slot)
{
    if (ir->flow.body == IR_NONE)
        return false;
    for (uint32_t pc = ir->flow.body + 2;
         pc < ir->code_n && ir->code[pc].code != IR_ENTER; pc++)
        if (ir->code[pc].code == IR_SET && ir->code[pc].b == slot)
            return ir_text_const(out, ir, pc - 1);
    return false;
}

static bool plainest(struct buf *out, const struct ir *ir, uint32_t type)
{
    const struct ir_type *t = &ir->types[type];
    if (t->refined != IR_NONE)
        return false;
    switch ((enum ir_type_kind)t->kind) {
    case IR_TYPE_TEXT:
        buf_chars(out, "\"\"");
        return true;
    case IR_TYPE_BOOL:
        buf_chars(out, "false");
        return true;
    case IR_TYPE_INT:
        buf_chars(out, "0");
        return true;
    case IR_TYPE_DECIMAL:
        buf_chars(out, "0.0");
        return true;
    case IR_TYPE_MONEY:
        if (t->scale == IR_NONE)
            return false;
        buf_printf(out, "0.00 " TEXT_FMT, TEXT_ARG(ir_text(ir, t->scale)));
        return true;
    case IR_TYPE_OPTIONAL:
        buf_chars(out, "none");
        return true;
    case IR_TYPE_LIST:
        buf_chars(out, "[]");
        return true;
    case IR_TYPE_DATE:
    case IR_TYPE_INSTANT:
    case IR_TYPE_DURATION:
    case IR_TYPE_WORKDAYS:
    case IR_TYPE_MAP:
    case IR_TYPE_RECORD:
    case IR_TYPE_VARIANT:
    case IR_TYPE_JSON:
        return false;
    }
    return false;
}

bool diff_initial(struct buf *out, const struct ir *ir, uint32_t slot)
{
    return own_initial(out, ir, slot) || plainest(out, ir, ir->slots[slot].type);
}

/* ---- the block ---- */

static struct text now_called(const struct diff *diff, const struct text *places,
                              uint32_t state)
{
    const struct text path = ir_text(diff->old, diff->old->states[state].path);
    return text_is(places[state], path) ? TEXT("stays") : places[state];
}

static bool is_inside_told(const struct ir *old, const bool *told, uint32_t state)
{
    for (uint32_t s = old->states[state].parent; s != IR_NONE; s = old->states[s].parent)
        if (told[s])
            return true;
    return false;
}

/* A line for each that has no state of its path: the inner ones go with the outer. */
static void stub_states(struct arena *arena, struct buf *out, struct diff *diff,
                        const struct ir_shift *shift, const struct text *places)
{
    const struct ir *old = diff->old;
    bool *told = arena_array(arena, bool, old->states_n + 1);
    for (uint32_t i = 0; i < old->states_n; i++) {
        bool is_outer = old->states[i].first_inner != IR_NONE,
             is_called = !text_is(places[i], ir_text(old, old->states[i].path));
        if (shift->states[i].how != IR_SHIFT_GAP || old->states[i].is_final ||
            (is_outer && !is_called) || is_inside_told(old, told, i))
            continue;
        told[i] = true;
        diff->is_told = true;
        buf_printf(out, "    state " TEXT_FMT " -> " TEXT_FMT "\n",
                   TEXT_ARG(ir_text(old, old->states[i].path)),
                   TEXT_ARG(now_called(diff, places, i)));
    }
}

static void stub_variables(struct buf *out, struct diff *diff,
                           const struct ir_shift *shift)
{
    const struct ir *now = diff->now;
    for (uint32_t i = 0; i < now->slots_n; i++) {
        const struct ir_slot *slot = &now->slots[i];
        if (slot->kind != IR_SLOT_VAR || slot->state != IR_NONE ||
            (shift->slots[i].how != IR_SHIFT_UNSET &&
             shift->slots[i].how != IR_SHIFT_OTHER))
            continue;
        struct text name = ir_text(now, slot->name);
        size_t before = out->n;
        diff->is_told = true;
        buf_printf(out, "    set " TEXT_FMT " = ", TEXT_ARG(name));
        if (diff_initial(out, now, i)) {
            buf_char(out, '\n');
            continue;
        }
        out->n = before;
        buf_printf(out, "    # set " TEXT_FMT " = …\n", TEXT_ARG(name));
    }
}

void diff_stub(struct arena *arena, struct diff *diff, const struct text *places)
{
    struct buf out;
    const struct ir_shift *shift = ir_shift_new(arena, diff->old, diff->now);
    buf_init(&out, arena);
    buf_printf(&out, "migrate from %u {\n", diff->old->flow.version);
    stub_states(arena, &out, diff, shift, places);
    stub_variables(&out, diff, shift);
    if (!diff->is_told)
        out.n -= 1;
    buf_chars(&out, diff->is_told ? "}" : " }");
    diff->stub = buf_done(&out);
}
