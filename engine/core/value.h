/* A value of the language at run time: immutable, on an arena, no names inside. */
#ifndef ENGINE_CORE_VALUE_H
#define ENGINE_CORE_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "dsl/ir.h"
#include "engine/base/buf.h"
#include "engine/base/decimal.h"

struct arena;

enum value_kind {
    VALUE_UNSET, /* a place that was never set */
    VALUE_NONE,
    VALUE_BOOL,
    VALUE_INT,
    VALUE_DECIMAL,
    VALUE_MONEY,
    VALUE_TEXT,
    VALUE_DATE,
    VALUE_INSTANT,
    VALUE_DURATION,
    VALUE_WORK_DAYS,
    VALUE_WORK_HOURS,
    VALUE_LIST,
    VALUE_MAP,    /* items: key, value, key, value …, keys ascending */
    VALUE_RECORD, /* items in the order of its type's fields */
    VALUE_VARIANT /* tag: the case's position; items[0] is its data record when n is 1 */
};

struct value {
    uint8_t kind;     /* enum value_kind */
    uint8_t scale;    /* DECIMAL, MONEY */
    uint16_t tag;     /* VARIANT */
    char currency[4]; /* MONEY: ISO 4217, NUL-terminated; "" is the zero of `sum` of no
                         money, fits any */
    uint32_t n;       /* TEXT bytes; LIST, RECORD, MAP (pairs twice), VARIANT items */
    union {
        bool yes;
        int64_t
            whole; /* INT; DATE days; INSTANT, DURATION, WORK_HOURS µs; WORK_DAYS days */
        __int128 units; /* DECIMAL, MONEY */
        const char *chars;
        const struct value *items;
    };
};

struct value value_none(void);
struct value value_bool(bool yes);
struct value value_int(int64_t whole);
struct value value_text(struct text t); /* points at it */
struct value value_decimal(struct decimal d);
struct value value_money(struct decimal d, const char currency[3]);
struct value value_instant(int64_t instant);
struct value value_list(const struct value *items, uint32_t n);
struct value value_record(const struct value *items, uint32_t n);
struct text value_text_of(struct value v);
struct decimal value_decimal_of(struct value v); /* INT, DECIMAL and MONEY */
struct value value_from_const(const struct ir *ir, const struct ir_const *c);

bool value_is(struct value a, struct value b); /* equal by value: 1.50 is 1.5 */
/* Order of two values of one kind that has one (numbers, money of one currency, text,
 * date, instant, duration); false: they have none. */
bool value_order(struct value a, struct value b, int *order);

/* A deep copy onto another lifetime. */
struct value value_copy(struct arena *arena, struct value v);

/* Binary, self-describing: what snapshots hold. Depth and lengths are bounded; bad bytes
 * set cut->bad. */
void value_pack(struct buf *out, struct value v);
struct value value_unpack(struct arena *arena, struct cut *cut);

#endif
