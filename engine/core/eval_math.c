/* The operators + - * / and the sign, for every kind of value that has them. */
#include <stdio.h>

#include "engine/base/when.h"
#include "engine/core/eval_machine.h"

static const char too_large[] = "the result is too large";
static const char unlike[] = "currencies differ";
static const char no_such[] = "these have no such operation";

static bool is_number(struct value v)
{
    return v.kind == VALUE_INT || v.kind == VALUE_DECIMAL;
}

static struct value with_privacy(struct value v, struct value a, struct value b)
{
    v.is_private = a.is_private || b.is_private;
    return v;
}

/* The one currency of two amounts; NULL: they differ. The zero of a `sum` of no money
 * takes the other's. */
static const char *one_currency(const struct value *a, const struct value *b)
{
    if (a->currency[0] == '\0' && a->units == 0)
        return b->currency;
    if (b->currency[0] == '\0' && b->units == 0)
        return a->currency;
    return memcmp(a->currency, b->currency, 3) == 0 ? a->currency : NULL;
}

typedef bool decimal_operation(struct decimal a, struct decimal b, struct decimal *out);

/* Numbers, or money of one currency: what + and - have in common. */
static bool amounts(struct eval_machine *m, struct value a, const char *sign,
                    struct value b, decimal_operation *operation, struct value *out)
{
    struct decimal d;
    const char *currency = NULL;
    if (a.kind == VALUE_MONEY && (currency = one_currency(&a, &b)) == NULL)
        return eval_fail_two(m, a, sign, b, unlike);
    if (!operation(value_decimal_of(a), value_decimal_of(b), &d))
        return eval_fail_two(m, a, sign, b, too_large);
    *out = with_privacy(currency != NULL ? value_money(d, currency) : value_decimal(d), a,
                        b);
    return true;
}

static bool whole(struct eval_machine *m, struct value a, const char *sign,
                  struct value b, enum value_kind kind, bool overflows, int64_t result,
                  struct value *out)
{
    if (overflows || (kind == VALUE_INSTANT &&
                      (result < EVAL_INSTANT_MIN || result > EVAL_INSTANT_MAX)))
        return eval_fail_two(m, a, sign, b, too_large);
    *out = with_privacy((struct value){.kind = (uint8_t)kind, .whole = result}, a, b);
    return true;
}

static bool add_whole(struct eval_machine *m, struct value a, struct value b,
                      enum value_kind kind, struct value *out)
{
    int64_t sum;
    bool overflows = __builtin_add_overflow(a.whole, b.whole, &sum);
    return whole(m, a, " + ", b, kind, overflows, sum, out);
}

static bool sub_whole(struct eval_machine *m, struct value a, struct value b,
                      enum value_kind kind, struct value *out)
{
    int64_t difference;
    bool overflows = __builtin_sub_overflow(a.whole, b.whole, &difference);
    return whole(m, a, " - ", b, kind, overflows, difference, out);
}

static bool add_text(struct eval_machine *m, struct value a, struct value b,
                     struct value *out)
{
    char *chars = eval_room(m, (size_t)a.n + b.n + 1);
    if (chars == NULL)
        return false;
    if (a.n > 0)
        memcpy(chars, a.chars, a.n);
    if (b.n > 0)
        memcpy(chars + a.n, b.chars, b.n);
    *out = with_privacy(value_text((struct text){chars, (size_t)a.n + b.n}), a, b);
    return true;
}

static bool add_lists(struct eval_machine *m, struct value a, struct value b,
                      struct value *out)
{
    struct value *items = eval_array(m, struct value, (size_t)a.n + b.n);
    if (items == NULL || !eval_burn(m, ((uint64_t)a.n + b.n) / 8))
        return false;
    if (a.n > 0)
        memcpy(items, a.items, a.n * sizeof *items);
    if (b.n > 0)
        memcpy(items + a.n, b.items, b.n * sizeof *items);
    if (!eval_made(m, value_list(items, a.n + b.n), out))
        return false;
    *out = with_privacy(*out, a, b);
    return true;
}

bool eval_add(struct eval_machine *m, struct value a, struct value b, struct value *out)
{
    if (a.kind == VALUE_INT && b.kind == VALUE_INT)
        return add_whole(m, a, b, VALUE_INT, out);
    if ((is_number(a) && is_number(b)) ||
        (a.kind == VALUE_MONEY && b.kind == VALUE_MONEY))
        return amounts(m, a, " + ", b, decimal_add, out);
    if (a.kind == VALUE_TEXT && b.kind == VALUE_TEXT)
        return add_text(m, a, b, out);
    if (a.kind == VALUE_LIST && b.kind == VALUE_LIST)
        return add_lists(m, a, b, out);
    if (b.kind == VALUE_DURATION && (a.kind == VALUE_INSTANT || a.kind == VALUE_DURATION))
        return add_whole(m, a, b, (enum value_kind)a.kind, out);
    if (a.kind == VALUE_DURATION && b.kind == VALUE_INSTANT)
        return add_whole(m, a, b, VALUE_INSTANT, out);
    if ((a.kind == VALUE_INSTANT || a.kind == VALUE_DATE) &&
        (b.kind == VALUE_WORK_DAYS || b.kind == VALUE_WORK_HOURS))
        return eval_add_work(m, a, b, out);
    return eval_fail_two(m, a, " + ", b, no_such);
}

bool eval_sub(struct eval_machine *m, struct value a, struct value b, struct value *out)
{
    if ((a.kind == VALUE_INT && b.kind == VALUE_INT) ||
        (a.kind == VALUE_DATE && b.kind == VALUE_DATE))
        return sub_whole(m, a, b, VALUE_INT, out);
    if ((is_number(a) && is_number(b)) ||
        (a.kind == VALUE_MONEY && b.kind == VALUE_MONEY))
        return amounts(m, a, " - ", b, decimal_sub, out);
    if (a.kind == VALUE_INSTANT && b.kind == VALUE_INSTANT)
        return sub_whole(m, a, b, VALUE_DURATION, out);
    if (b.kind == VALUE_DURATION && (a.kind == VALUE_INSTANT || a.kind == VALUE_DURATION))
        return sub_whole(m, a, b, (enum value_kind)a.kind, out);
    return eval_fail_two(m, a, " - ", b, no_such);
}

/* A duration stretched or divided by a number, to the microsecond, half-even. */
static bool stretch(struct eval_machine *m, struct value a, const char *sign,
                    struct value b, decimal_operation *operation, struct value *out)
{
    struct decimal d;
    struct value duration = a.kind == VALUE_DURATION ? a : b;
    struct value number = a.kind == VALUE_DURATION ? b : a;
    int64_t us = 0;
    bool fits =
        operation(decimal_from_i64(duration.whole), value_decimal_of(number), &d) &&
        decimal_round(d, 0, DECIMAL_HALF_EVEN, &d) && decimal_to_i64(d, &us);
    return whole(m, a, sign, b, VALUE_DURATION, !fits, us, out);
}

bool eval_mul(struct eval_machine *m, struct value a, struct value b, struct value *out)
{
    struct decimal d;
    if (a.kind == VALUE_INT && b.kind == VALUE_INT) {
        int64_t product;
        bool overflows = __builtin_mul_overflow(a.whole, b.whole, &product);
        return whole(m, a, " * ", b, VALUE_INT, overflows, product, out);
    }
    bool is_money = (a.kind == VALUE_MONEY && is_number(b)) ||
                    (is_number(a) && b.kind == VALUE_MONEY);
    if (is_money || (is_number(a) && is_number(b))) {
        if (!decimal_mul(value_decimal_of(a), value_decimal_of(b), &d))
            return eval_fail_two(m, a, " * ", b, too_large);
        *out = is_money ? value_money(d, a.kind == VALUE_MONEY ? a.currency : b.currency)
                        : value_decimal(d);
        *out = with_privacy(*out, a, b);
        return true;
    }
    if ((a.kind == VALUE_DURATION && is_number(b)) ||
        (is_number(a) && b.kind == VALUE_DURATION))
        return stretch(m, a, " * ", b, decimal_mul, out);
    return eval_fail_two(m, a, " * ", b, no_such);
}

bool eval_div(struct eval_machine *m, struct value a, struct value b, struct value *out)
{
    struct decimal d;
    bool both_money = a.kind == VALUE_MONEY && b.kind == VALUE_MONEY;
    bool stretches = a.kind == VALUE_DURATION && is_number(b);
    if (!both_money && !stretches &&
        !((is_number(a) || a.kind == VALUE_MONEY) && is_number(b)))
        return eval_fail_two(m, a, " / ", b, no_such);
    if (both_money && one_currency(&a, &b) == NULL)
        return eval_fail_two(m, a, " / ", b, unlike);
    if (decimal_cmp(value_decimal_of(b), decimal_from_i64(0)) == 0) {
        *out = with_privacy(value_none(), a, b);
        return true;
    }
    if (stretches)
        return stretch(m, a, " / ", b, decimal_div, out);
    if (!decimal_div(value_decimal_of(a), value_decimal_of(b), &d))
        return eval_fail_two(m, a, " / ", b, too_large);
    bool is_money = a.kind == VALUE_MONEY && !both_money;
    *out = with_privacy(is_money ? value_money(d, a.currency) : value_decimal(d), a, b);
    return true;
}

bool eval_neg(struct eval_machine *m, struct value a, struct value *out)
{
    *out = a;
    if (a.kind == VALUE_DECIMAL || a.kind == VALUE_MONEY) {
        out->units = -a.units;
        return true;
    }
    if (a.kind != VALUE_INT && a.kind != VALUE_DURATION)
        return eval_fail_one(m, "-", a, no_such);
    if (a.whole == INT64_MIN)
        return eval_fail_one(m, "-", a, too_large);
    out->whole = -a.whole;
    return true;
}

/* At most 24 bytes of a text, cut where a code point begins. */
static void show_text(struct text t, char out[EVAL_SHOWN_BYTES])
{
    enum { SHOWN = 24 };
    size_t n = t.n;
    if (n > SHOWN)
        for (n = SHOWN; n > 0 && ((unsigned char)t.chars[n] & 0xc0) == 0x80;)
            n--;
    snprintf(out, EVAL_SHOWN_BYTES, "\"%.*s%s\"", (int)n, t.chars, n < t.n ? "…" : "");
}

void eval_show(struct value v, char out[EVAL_SHOWN_BYTES])
{
    char digits[DECIMAL_TEXT_BYTES], when[WHEN_TEXT_BYTES];
    struct text t = TEXT("nothing");
    out[0] = '\0';
    if (v.is_private) {
        snprintf(out, EVAL_SHOWN_BYTES, "(private)");
        return;
    }
    switch ((enum value_kind)v.kind) {
    case VALUE_UNSET:
    case VALUE_NONE:
        break;
    case VALUE_BOOL:
        t = v.yes ? TEXT("true") : TEXT("false");
        break;
    case VALUE_INT:
    case VALUE_DECIMAL:
        t = decimal_print(value_decimal_of(v), digits);
        break;
    case VALUE_MONEY:
        t = decimal_print(value_decimal_of(v), digits);
        snprintf(out, EVAL_SHOWN_BYTES, TEXT_FMT "%s%.3s", TEXT_ARG(t),
                 v.currency[0] != '\0' ? " " : "", v.currency);
        return;
    case VALUE_TEXT:
        show_text(value_text_of(v), out);
        return;
    case VALUE_DATE:
        t = when_date_print((int32_t)v.whole, when);
        break;
    case VALUE_INSTANT:
        t = when_instant_print(v.whole, when);
        break;
    case VALUE_DURATION:
        t = when_duration_print_short(v.whole, when);
        break;
    case VALUE_WORK_DAYS:
        snprintf(out, EVAL_SHOWN_BYTES, "%lldbd", (long long)v.whole);
        return;
    case VALUE_WORK_HOURS:
        snprintf(out, EVAL_SHOWN_BYTES, "%lldbh", (long long)(v.whole / WHEN_HOUR));
        return;
    case VALUE_LIST:
        snprintf(out, EVAL_SHOWN_BYTES, "a list of %u", v.n);
        return;
    case VALUE_MAP:
        snprintf(out, EVAL_SHOWN_BYTES, "a map of %u", v.n / 2);
        return;
    case VALUE_RECORD:
        t = TEXT("a record");
        break;
    case VALUE_VARIANT:
        t = TEXT("one of several");
        break;
    }
    snprintf(out, EVAL_SHOWN_BYTES, TEXT_FMT, TEXT_ARG(t));
}
