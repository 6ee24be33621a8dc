/* Finding things in an image by name. */
#include "dsl/ir.h"

uint32_t ir_find_event(const struct ir *ir, struct text name)
{
    for (uint32_t i = 0; i < ir->events_n; i++)
        if (text_is(ir_text(ir, ir->events[i].name), name))
            return i;
    return IR_NONE;
}

uint32_t ir_find_state(const struct ir *ir, struct text path)
{
    uint32_t named = IR_NONE, names = 0;
    for (uint32_t i = 0; i < ir->states_n; i++) {
        if (text_is(ir_text(ir, ir->states[i].path), path))
            return i;
        if (text_is(ir_text(ir, ir->states[i].name), path)) {
            named = i;
            names++;
        }
    }
    return names == 1 ? named : IR_NONE;
}

uint32_t ir_find_operation(const struct ir *ir, struct text adapter, struct text name)
{
    for (uint32_t i = 0; i < ir->operations_n; i++) {
        const struct ir_operation *op = &ir->operations[i];
        if (text_is(ir_text(ir, op->name), name) &&
            text_is(ir_text(ir, ir->adapters[op->adapter].name), adapter))
            return i;
    }
    return IR_NONE;
}

uint32_t ir_find_slot(const struct ir *ir, struct text name)
{
    for (uint32_t i = 0; i < ir->slots_n; i++)
        if (ir->slots[i].name != IR_NONE && text_is(ir_text(ir, ir->slots[i].name), name))
            return i;
    return IR_NONE;
}

uint32_t ir_find_dead_letter(const struct ir *ir, struct text name)
{
    for (uint32_t i = 0; i < ir->dead_letters_n; i++)
        if (text_is(ir_text(ir, ir->dead_letters[i].name), name))
            return i;
    return IR_NONE;
}

bool ir_says_go_to(const struct ir *ir, uint32_t pc)
{
    if (pc >= ir->code_n)
        return false;
    do {
        if (ir->code[pc].code == IR_GO_TO)
            return true;
        pc++;
    } while (pc < ir->code_n && ir->code[pc].code != IR_ENTER);
    return false;
}
