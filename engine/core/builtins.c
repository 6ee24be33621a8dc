/* The library of functions: which is which, and the ones over numbers and dates. */
#include "engine/core/builtins.h"

#include "engine/base/when.h"

static const struct {
    const char *name;
    uint32_t fewest;
    uint32_t most;
    builtin_function *function;
} library[] = {
#define BUILTIN(NAME, name, fewest, most, sentence) {name, fewest, most, builtin_##NAME},
#include "dsl/ir_builtins.def"
#undef BUILTIN
};

bool eval_builtin(struct eval_machine *m, uint32_t builtin, const struct value *args,
                  uint32_t n, struct value *out)
{
    struct value result;
    bool is_private = false;
    if (builtin >= IR_BUILTINS_N || n < library[builtin].fewest ||
        n > library[builtin].most)
        return eval_fail(m, "there is no such function with %u arguments", n);
    for (uint32_t i = 0; i < n; i++)
        is_private |= args[i].is_private;
    if (!library[builtin].function(m, args, n, &result))
        return false;
    result.is_private |= is_private;
    *out = result;
    return true;
}

bool builtin_refuse(struct eval_machine *m, const char *name, struct value v)
{
    return eval_fail_one(m, name, v, "that is not what it takes");
}

static bool least(struct eval_machine *m, const char *name, const struct value *items,
                  uint32_t n, int wanted, struct value *out)
{
    if (!eval_burn(m, n))
        return false;
    *out = n > 0 ? items[0] : value_none();
    for (uint32_t i = 1; i < n; i++) {
        int order;
        if (!value_order(items[i], *out, &order))
            return eval_fail_two(m, *out, name, items[i], "they have no order");
        if (order == wanted)
            *out = items[i];
    }
    return true;
}

bool builtin_MIN_OF(struct eval_machine *m, const struct value *args, uint32_t n,
                    struct value *out)
{
    return least(m, " min ", args, n, -1, out);
}

bool builtin_MAX_OF(struct eval_machine *m, const struct value *args, uint32_t n,
                    struct value *out)
{
    return least(m, " max ", args, n, 1, out);
}

bool builtin_MIN_IN(struct eval_machine *m, const struct value *args, uint32_t n,
                    struct value *out)
{
    (void)n;
    return args[0].kind == VALUE_LIST
               ? least(m, " min ", args[0].items, args[0].n, -1, out)
               : builtin_refuse(m, "min of", args[0]);
}

bool builtin_MAX_IN(struct eval_machine *m, const struct value *args, uint32_t n,
                    struct value *out)
{
    (void)n;
    return args[0].kind == VALUE_LIST
               ? least(m, " max ", args[0].items, args[0].n, 1, out)
               : builtin_refuse(m, "max of", args[0]);
}

/* The same value with another number in it: money stays money; a decimal without places
 * stays a decimal. */
static bool rounded(struct eval_machine *m, const char *name, struct value v,
                    int64_t places, enum decimal_rounding how, struct value *out)
{
    struct decimal d;
    *out = v;
    if (v.kind == VALUE_INT && places >= 0)
        return true;
    if (v.kind != VALUE_INT && v.kind != VALUE_DECIMAL && v.kind != VALUE_MONEY)
        return builtin_refuse(m, name, v);
    if (places < 0 || places > DECIMAL_DIGITS_MAX)
        return eval_fail(m, "%s: %lld places; 0 to %d are possible", name,
                         (long long)places, DECIMAL_DIGITS_MAX);
    if (!decimal_round(value_decimal_of(v), (uint8_t)places, how, &d))
        return eval_fail_one(m, name, v, "the result is too large");
    out->scale = d.scale;
    out->units = d.units;
    return true;
}

bool builtin_ROUND_TO(struct eval_machine *m, const struct value *args, uint32_t n,
                      struct value *out)
{
    (void)n;
    return args[1].kind == VALUE_INT
               ? rounded(m, "round", args[0], args[1].whole, DECIMAL_HALF_EVEN, out)
               : builtin_refuse(m, "round to", args[1]);
}

bool builtin_ROUND(struct eval_machine *m, const struct value *args, uint32_t n,
                   struct value *out)
{
    (void)n;
    bool has_currency = args[0].kind == VALUE_MONEY && args[0].currency[0] != '\0';
    return rounded(m, "round", args[0],
                   has_currency ? currency_scale(args[0].currency) : 0, DECIMAL_HALF_EVEN,
                   out);
}

bool builtin_FLOOR(struct eval_machine *m, const struct value *args, uint32_t n,
                   struct value *out)
{
    (void)n;
    return rounded(m, "floor", args[0], 0, DECIMAL_FLOOR, out);
}

bool builtin_CEIL(struct eval_machine *m, const struct value *args, uint32_t n,
                  struct value *out)
{
    (void)n;
    return rounded(m, "ceil", args[0], 0, DECIMAL_CEIL, out);
}

bool builtin_ABS(struct eval_machine *m, const struct value *args, uint32_t n,
                 struct value *out)
{
    (void)n;
    bool is_whole = args[0].kind == VALUE_INT || args[0].kind == VALUE_DURATION;
    bool is_amount = args[0].kind == VALUE_DECIMAL || args[0].kind == VALUE_MONEY;
    *out = args[0];
    if ((is_whole && args[0].whole < 0) || (is_amount && args[0].units < 0))
        return eval_neg(m, args[0], out);
    return is_whole || is_amount || builtin_refuse(m, "abs of", args[0]);
}

static bool mod_whole(struct value a, struct value b, struct value *out)
{
    int64_t rest = b.whole == -1 ? 0 : a.whole % b.whole;
    if (rest != 0 && (rest < 0) != (b.whole < 0))
        rest += b.whole;
    *out = value_int(rest);
    return true;
}

bool builtin_MOD(struct eval_machine *m, const struct value *args, uint32_t n,
                 struct value *out)
{
    (void)n;
    struct decimal d;
    for (int i = 0; i < 2; i++)
        if (args[i].kind != VALUE_INT && args[i].kind != VALUE_DECIMAL)
            return builtin_refuse(m, "mod of", args[i]);
    *out = value_none();
    if (decimal_cmp(value_decimal_of(args[1]), decimal_from_i64(0)) == 0)
        return true;
    if (args[0].kind == VALUE_INT && args[1].kind == VALUE_INT)
        return mod_whole(args[0], args[1], out);
    if (!decimal_mod(value_decimal_of(args[0]), value_decimal_of(args[1]), &d))
        return eval_fail_two(m, args[0], " mod ", args[1], "the result is too large");
    *out = value_decimal(d);
    return true;
}

bool builtin_DAYS_BETWEEN(struct eval_machine *m, const struct value *args, uint32_t n,
                          struct value *out)
{
    (void)n;
    for (int i = 0; i < 2; i++)
        if (args[i].kind != VALUE_DATE)
            return builtin_refuse(m, "days_between of", args[i]);
    *out = value_int(args[1].whole - args[0].whole);
    return true;
}

bool builtin_ADD_MONTHS(struct eval_machine *m, const struct value *args, uint32_t n,
                        struct value *out)
{
    (void)n;
    enum { MONTHS_MAX = 12 * 10000 }; /* from year 1 to year 9999 */
    int year, month, day;
    int32_t checked;
    if (args[0].kind != VALUE_DATE || args[1].kind != VALUE_INT)
        return eval_fail_two(m, args[0], " add_months ", args[1],
                             "it takes a date and a whole number");
    int64_t months = args[1].whole;
    if (months < -MONTHS_MAX || months > MONTHS_MAX)
        return eval_fail_two(m, args[0], " add_months ", args[1],
                             "the result is too large");
    when_date_split((int32_t)args[0].whole, &year, &month, &day);
    int64_t total = (int64_t)year * 12 + (month - 1) + months;
    if (total < 12 || total >= 12 * 10000)
        return eval_fail_two(m, args[0], " add_months ", args[1],
                             "the result is too large");
    checked = when_add_months((int32_t)args[0].whole, months);
    *out = (struct value){.kind = VALUE_DATE, .whole = checked};
    return true;
}

bool builtin_PARSE_INT(struct eval_machine *m, const struct value *args, uint32_t n,
                       struct value *out)
{
    (void)n;
    int64_t whole;
    if (args[0].kind != VALUE_TEXT)
        return builtin_refuse(m, "parse_int of", args[0]);
    *out = text_to_i64(value_text_of(args[0]), &whole) ? value_int(whole) : value_none();
    return true;
}

bool builtin_PARSE_DECIMAL(struct eval_machine *m, const struct value *args, uint32_t n,
                           struct value *out)
{
    (void)n;
    struct decimal d;
    if (args[0].kind != VALUE_TEXT)
        return builtin_refuse(m, "parse_decimal of", args[0]);
    *out = decimal_parse(value_text_of(args[0]), &d) ? value_decimal(d) : value_none();
    return true;
}

bool builtin_PARSE_DATE(struct eval_machine *m, const struct value *args, uint32_t n,
                        struct value *out)
{
    (void)n;
    int32_t date;
    if (args[0].kind != VALUE_TEXT)
        return builtin_refuse(m, "parse_date of", args[0]);
    *out = when_date_parse(value_text_of(args[0]), &date)
               ? (struct value){.kind = VALUE_DATE, .whole = date}
               : value_none();
    return true;
}
