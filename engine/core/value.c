/* A value of the language at run time: made, compared, copied. */
#include "engine/core/value.h"

#include "engine/base/arena.h"
#include "engine/base/limits.h"

_Static_assert((int)VALUE_DEPTH_MAX <= (int)LIMIT_JSON_DEPTH,
               "what is deeper cannot be sent");

static struct value nest(enum value_kind kind, const struct value *items, uint32_t n);
static int sign(int64_t a, int64_t b);

struct value value_none(void)
{
    return (struct value){.kind = VALUE_NONE};
}

struct value value_bool(bool yes)
{
    return (struct value){.kind = VALUE_BOOL, .yes = yes};
}

struct value value_int(int64_t whole)
{
    return (struct value){.kind = VALUE_INT, .whole = whole};
}

struct value value_text(struct text t)
{
    return (struct value){.kind = VALUE_TEXT, .n = (uint32_t)t.n, .chars = t.chars};
}

struct value value_decimal(struct decimal d)
{
    return (struct value){.kind = VALUE_DECIMAL, .scale = d.scale, .units = d.units};
}

struct value value_money(struct decimal d, const char currency[3])
{
    struct value v = {.kind = VALUE_MONEY, .scale = d.scale, .units = d.units};
    memcpy(v.currency, currency, 3);
    return v;
}

struct value value_instant(int64_t instant)
{
    return (struct value){.kind = VALUE_INSTANT, .whole = instant};
}

struct value value_list(const struct value *items, uint32_t n)
{
    return nest(VALUE_LIST, items, n);
}

struct value value_map(const struct value *items, uint32_t n)
{
    return nest(VALUE_MAP, items, n);
}

struct value value_record(const struct value *items, uint32_t n)
{
    return nest(VALUE_RECORD, items, n);
}

struct value value_variant(uint32_t position, const struct value *data)
{
    struct value v = nest(VALUE_VARIANT, data, data != NULL);
    v.tag = (uint16_t)position;
    return v;
}

static bool is_nest(struct value v)
{
    return v.kind >= VALUE_LIST;
}

static struct value nest(enum value_kind kind, const struct value *items, uint32_t n)
{
    struct value v = {.kind = (uint8_t)kind, .n = n, .items = items};
    uint8_t below = 0;
    v.weight = (uint64_t)n * sizeof(struct value);
    for (uint32_t i = 0; i < n; i++) {
        if (items[i].kind == VALUE_TEXT)
            v.weight += items[i].n;
        if (!is_nest(items[i]))
            continue;
        below = items[i].scale > below ? items[i].scale : below;
        if (__builtin_add_overflow(v.weight, items[i].weight, &v.weight))
            v.weight = UINT64_MAX / 2;
    }
    v.scale = below < UINT8_MAX ? (uint8_t)(below + 1) : below;
    return v;
}

struct text value_text_of(struct value v)
{
    return v.kind == VALUE_TEXT ? (struct text){v.chars, v.n} : (struct text){"", 0};
}

struct decimal value_decimal_of(struct value v)
{
    if (v.kind == VALUE_INT)
        return decimal_from_i64(v.whole);
    if (v.kind == VALUE_DECIMAL || v.kind == VALUE_MONEY)
        return (struct decimal){v.units, v.scale};
    return decimal_from_i64(0);
}

struct value value_from_const(const struct ir *ir, const struct ir_const *c)
{
    static const uint8_t kinds[] = {
        [IR_CONST_BOOL] = VALUE_BOOL,           [IR_CONST_INT] = VALUE_INT,
        [IR_CONST_DECIMAL] = VALUE_DECIMAL,     [IR_CONST_MONEY] = VALUE_MONEY,
        [IR_CONST_TEXT] = VALUE_TEXT,           [IR_CONST_DATE] = VALUE_DATE,
        [IR_CONST_INSTANT] = VALUE_INSTANT,     [IR_CONST_DURATION] = VALUE_DURATION,
        [IR_CONST_WORK_DAYS] = VALUE_WORK_DAYS, [IR_CONST_WORK_HOURS] = VALUE_WORK_HOURS,
    };
    switch ((enum ir_const_kind)c->kind) {
    case IR_CONST_BOOL:
        return value_bool(c->whole != 0);
    case IR_CONST_DECIMAL:
        return value_decimal(c->decimal);
    case IR_CONST_MONEY: {
        struct text code = ir_text(ir, c->text);
        return value_money(c->decimal, code.n == 3 ? code.chars : "\0\0");
    }
    case IR_CONST_TEXT:
        return value_text(ir_text(ir, c->text));
    case IR_CONST_INT:
    case IR_CONST_DATE:
    case IR_CONST_INSTANT:
    case IR_CONST_DURATION:
    case IR_CONST_WORK_DAYS:
    case IR_CONST_WORK_HOURS:
        return (struct value){.kind = kinds[c->kind], .whole = c->whole};
    }
    return value_none();
}

static bool is_number(struct value v)
{
    return v.kind == VALUE_INT || v.kind == VALUE_DECIMAL;
}

/* The zero of `sum` of no money fits any currency. */
static bool same_currency(struct value a, struct value b)
{
    return memcmp(a.currency, b.currency, 3) == 0 ||
           (a.currency[0] == '\0' && a.units == 0) ||
           (b.currency[0] == '\0' && b.units == 0);
}

static bool items_are(struct value a, struct value b)
{
    if (a.n != b.n)
        return false;
    for (uint32_t i = 0; i < a.n; i++)
        if (!value_is(a.items[i], b.items[i]))
            return false;
    return true;
}

bool value_is_same(struct value a, struct value b)
{
    return a.kind == b.kind && a.n == b.n && a.is_private == b.is_private &&
           (a.kind == VALUE_TEXT ? a.chars == b.chars : a.items == b.items) &&
           (a.kind != VALUE_VARIANT || a.tag == b.tag);
}

uint64_t value_weight(struct value v)
{
    return v.kind == VALUE_TEXT ? v.n : v.kind >= VALUE_LIST ? v.weight : 0;
}

bool value_is(struct value a, struct value b)
{
    if (is_number(a) && is_number(b))
        return a.kind == VALUE_INT && b.kind == VALUE_INT
                   ? a.whole == b.whole
                   : decimal_cmp(value_decimal_of(a), value_decimal_of(b)) == 0;
    if (a.kind != b.kind)
        return false;
    switch ((enum value_kind)a.kind) {
    case VALUE_UNSET:
    case VALUE_NONE:
        return true;
    case VALUE_BOOL:
        return a.yes == b.yes;
    case VALUE_INT:
    case VALUE_DATE:
    case VALUE_INSTANT:
    case VALUE_DURATION:
    case VALUE_WORK_DAYS:
    case VALUE_WORK_HOURS:
        return a.whole == b.whole;
    case VALUE_DECIMAL:
        return decimal_cmp(value_decimal_of(a), value_decimal_of(b)) == 0;
    case VALUE_MONEY:
        return same_currency(a, b) &&
               decimal_cmp(value_decimal_of(a), value_decimal_of(b)) == 0;
    case VALUE_TEXT:
        return text_is(value_text_of(a), value_text_of(b));
    case VALUE_LIST:
    case VALUE_MAP:
    case VALUE_RECORD:
        return items_are(a, b);
    case VALUE_VARIANT:
        return a.tag == b.tag && items_are(a, b);
    }
    return false;
}

bool value_order(struct value a, struct value b, int *order)
{
    if (is_number(a) && is_number(b)) {
        *order = a.kind == VALUE_INT && b.kind == VALUE_INT
                     ? sign(a.whole, b.whole)
                     : decimal_cmp(value_decimal_of(a), value_decimal_of(b));
        return true;
    }
    if (a.kind != b.kind)
        return false;
    switch ((enum value_kind)a.kind) {
    case VALUE_MONEY:
        *order = decimal_cmp(value_decimal_of(a), value_decimal_of(b));
        return same_currency(a, b);
    case VALUE_TEXT:
        *order = sign(text_cmp(value_text_of(a), value_text_of(b)), 0);
        return true;
    case VALUE_DATE:
    case VALUE_INSTANT:
    case VALUE_DURATION:
        *order = sign(a.whole, b.whole);
        return true;
    case VALUE_UNSET:
    case VALUE_NONE:
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_DECIMAL:
    case VALUE_WORK_DAYS:
    case VALUE_WORK_HOURS:
    case VALUE_LIST:
    case VALUE_MAP:
    case VALUE_RECORD:
    case VALUE_VARIANT:
        return false;
    }
    return false;
}

static int sign(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int items_cmp(struct value a, struct value b)
{
    uint32_t n = a.n < b.n ? a.n : b.n;
    for (uint32_t i = 0; i < n; i++) {
        int order = value_cmp(a.items[i], b.items[i]);
        if (order != 0)
            return order;
    }
    return sign(a.n, b.n);
}

int value_cmp(struct value a, struct value b)
{
    int order;
    if (value_order(a, b, &order))
        return order;
    if (a.kind != b.kind)
        return sign(a.kind, b.kind);
    switch ((enum value_kind)a.kind) {
    case VALUE_BOOL:
        return sign(a.yes, b.yes);
    case VALUE_WORK_DAYS:
    case VALUE_WORK_HOURS:
        return sign(a.whole, b.whole);
    case VALUE_MONEY:
        return memcmp(a.currency, b.currency, 3);
    case VALUE_LIST:
    case VALUE_MAP:
    case VALUE_RECORD:
        return items_cmp(a, b);
    case VALUE_VARIANT:
        return a.tag != b.tag ? sign(a.tag, b.tag) : items_cmp(a, b);
    case VALUE_UNSET:
    case VALUE_NONE:
    case VALUE_INT:
    case VALUE_DECIMAL:
    case VALUE_TEXT:
    case VALUE_DATE:
    case VALUE_INSTANT:
    case VALUE_DURATION:
        return 0;
    }
    return 0;
}

struct value value_copy(struct arena *arena, struct value v)
{
    if (v.kind == VALUE_TEXT) {
        v.chars = v.n > 0 ? arena_copy(arena, v.chars, v.n) : "";
        return v;
    }
    if (!is_nest(v) || v.n == 0)
        return v;
    struct value *items = arena_copy(arena, v.items, v.n * sizeof *items);
    for (uint32_t i = 0; i < v.n; i++)
        if (items[i].kind >= VALUE_LIST || items[i].kind == VALUE_TEXT)
            items[i] = value_copy(arena, items[i]);
    v.items = items;
    if (v.kind == VALUE_LIST)
        v.tag = 0;
    return v;
}
