/* text(x): as on the wire, money as "12.50 USD", texts bare. */
#include <stdio.h>

#include "engine/base/arena.h"
#include "engine/base/when.h"
#include "engine/core/eval_machine.h"
#include "engine/core/wire_types.h"

/* A plain case by its name; what holds something, as compact JSON. Private parts are
 * masked: the text may be shown where they may not. */
static struct text text_of_nest(struct arena *turn, const struct ir *ir, uint32_t type,
                                struct value v)
{
    if (type == IR_NONE)
        return TEXT("…");
    while (ir->types[type].kind == IR_TYPE_OPTIONAL)
        type = ir->types[type].of;
    scoped_json json_t *json = wire_write(ir, type, v, WIRE_MASK_PRIVATE);
    if (json_is_string(json))
        return text_dup(turn, json_text_of(json));
    return json_write(turn, json);
}

static struct text money_text(struct arena *turn, struct value v)
{
    char digits[DECIMAL_TEXT_BYTES];
    struct text amount = decimal_print(value_decimal_of(v), digits);
    if (v.currency[0] == '\0')
        return text_dup(turn, amount);
    return text_of(arena_printf(turn, TEXT_FMT " %.3s", TEXT_ARG(amount), v.currency));
}

struct text eval_to_text(struct arena *turn, const struct ir *ir, uint32_t type,
                         struct value v)
{
    char digits[DECIMAL_TEXT_BYTES], when[WHEN_TEXT_BYTES], work[WIRE_WORK_BYTES];
    switch ((enum value_kind)v.kind) {
    case VALUE_UNSET:
    case VALUE_NONE:
        return TEXT("none");
    case VALUE_BOOL:
        return v.yes ? TEXT("true") : TEXT("false");
    case VALUE_INT:
    case VALUE_DECIMAL:
        return text_dup(turn, decimal_print(value_decimal_of(v), digits));
    case VALUE_MONEY:
        return money_text(turn, v);
    case VALUE_TEXT:
        return type != IR_NONE && ir->types[type].kind == IR_TYPE_JSON
                   ? eval_json_text(turn, value_text_of(v))
                   : value_text_of(v);
    case VALUE_DATE:
        return text_dup(turn, when_date_print((int32_t)v.whole, when));
    case VALUE_INSTANT:
        return text_dup(turn, when_instant_print(v.whole, when));
    case VALUE_DURATION:
        return text_dup(turn, when_duration_print(v.whole, when));
    case VALUE_WORK_DAYS:
    case VALUE_WORK_HOURS:
        return text_dup(turn, wire_work_print(v, work));
    case VALUE_LIST:
    case VALUE_MAP:
    case VALUE_RECORD:
    case VALUE_VARIANT:
        return text_of_nest(turn, ir, type, v);
    }
    return TEXT("none");
}
