/* A value of the language at run time: immutable, on an arena, no names inside. */
#ifndef ENGINE_CORE_VALUE_H
#define ENGINE_CORE_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "dsl/ir.h"
#include "engine/base/buf.h"
#include "engine/base/decimal.h"

struct arena;
struct shelf;

/* Levels a value may nest: what is deeper could not be sent (LIMIT_JSON_DEPTH), and is
 * refused where it would be made. The slack is for what is wrapped once more before
 * anybody looks. */
enum { VALUE_DEPTH_MAX = 64, VALUE_DEPTH_SLACK = 8 };

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
    uint8_t scale;    /* DECIMAL, MONEY. LIST, MAP, RECORD, VARIANT: levels below, set by
                         the makers below */
    uint16_t tag;     /* VARIANT. LIST in a temporary: 1 while eval may append in place */
    char currency[4]; /* MONEY: ISO 4217, NUL-terminated; "" is the zero of `sum` of no
                         money, fits any */
    uint32_t n;       /* TEXT bytes; LIST, RECORD, MAP (pairs twice), VARIANT items */
    bool is_private;  /* it, or what it was made from, is of a private type: messages do
                         not show it */
    union {
        bool yes;
        int64_t
            whole; /* INT; DATE days; INSTANT, DURATION, WORK_HOURS µs; WORK_DAYS days */
        __int128 units; /* DECIMAL, MONEY */
        const char *chars;
        struct {
            const struct value *items;
            uint64_t weight; /* bytes of all below, shared parts counted each time: what a
                                copy takes */
        };
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
struct value value_map(const struct value *items,
                       uint32_t n); /* n: twice the pairs; keys ascend */
struct value value_variant(uint32_t position, const struct value *data); /* NULL: plain */
struct text value_text_of(struct value v);
struct decimal value_decimal_of(struct value v); /* INT, DECIMAL and MONEY */
struct value value_from_const(const struct ir *ir, const struct ir_const *c);

bool value_is(struct value a, struct value b); /* equal by value: 1.50 is 1.5 */
/* The very same text, list, map, record or variant in memory, not an equal one. (Values
 * never change.) */
bool value_is_same(struct value a, struct value b);
/* Bytes of a value beside its own: its characters, or all below it. */
uint64_t value_weight(struct value v);
/* Order of two values of one kind that has one (numbers, money of one currency, text,
 * date, instant, duration); false: they have none. */
bool value_order(struct value a, struct value b, int *order);

/* A total order of any two values: numbers by what they say, else by kind, then by value.
 * What maps are sorted by. */
int value_cmp(struct value a, struct value b);

/* A deep copy onto another lifetime. */
struct value value_copy(struct arena *arena, struct value v);

/* Binary, self-describing: what snapshots hold. Depth and lengths are bounded; bad bytes
 * set cut->bad. */
void value_pack(struct buf *out, struct value v);
struct value value_unpack(struct arena *arena, struct cut *cut);

/* The same with what is large on a shelf (shelf.h), and its hash in its place. NULL:
 * there is no shelf. */
void value_pack_beside(struct buf *out, struct value v, struct shelf *shelf);
struct value value_unpack_beside(struct arena *arena, struct cut *cut,
                                 const struct shelf *shelf);

#endif
