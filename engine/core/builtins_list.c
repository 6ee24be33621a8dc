/* The functions of the library that work on lists and maps. */
#include "engine/core/builtins.h"

bool builtin_SUM(struct eval_machine *m, const struct value *args, uint32_t n,
                 struct value *out)
{
    if (args[0].kind != VALUE_LIST)
        return builtin_refuse(m, "sum of", args[0]);
    *out = args[0].n > 0 ? args[0].items[0] : n > 1 ? args[1] : value_int(0);
    if (!eval_burn(m, args[0].n))
        return false;
    for (uint32_t i = 1; i < args[0].n; i++)
        if (!eval_add(m, *out, args[0].items[i], out))
            return false;
    return true;
}

bool builtin_COUNT(struct eval_machine *m, const struct value *args, uint32_t n,
                   struct value *out)
{
    (void)n;
    if (args[0].kind != VALUE_LIST && args[0].kind != VALUE_MAP)
        return builtin_refuse(m, "count of", args[0]);
    *out = value_int(args[0].kind == VALUE_MAP ? args[0].n / 2 : args[0].n);
    return true;
}

/* Does one of the truths say `yes`? */
static bool has_truth(struct eval_machine *m, const char *name, struct value list,
                      bool yes, bool *has)
{
    *has = false;
    if (list.kind != VALUE_LIST)
        return builtin_refuse(m, name, list);
    if (!eval_burn(m, list.n))
        return false;
    for (uint32_t i = 0; i < list.n && !*has; i++) {
        if (list.items[i].kind != VALUE_BOOL)
            return builtin_refuse(m, name, list.items[i]);
        *has = list.items[i].yes == yes;
    }
    return true;
}

bool builtin_ANY(struct eval_machine *m, const struct value *args, uint32_t n,
                 struct value *out)
{
    (void)n;
    bool has;
    if (!has_truth(m, "any of", args[0], true, &has))
        return false;
    *out = value_bool(has);
    return true;
}

bool builtin_ALL(struct eval_machine *m, const struct value *args, uint32_t n,
                 struct value *out)
{
    (void)n;
    bool has;
    if (!has_truth(m, "all of", args[0], false, &has))
        return false;
    *out = value_bool(!has);
    return true;
}

bool builtin_FIRST(struct eval_machine *m, const struct value *args, uint32_t n,
                   struct value *out)
{
    (void)n;
    if (args[0].kind != VALUE_LIST)
        return builtin_refuse(m, "first of", args[0]);
    *out = args[0].n > 0 ? args[0].items[0] : value_none();
    return true;
}

bool builtin_LAST(struct eval_machine *m, const struct value *args, uint32_t n,
                  struct value *out)
{
    (void)n;
    if (args[0].kind != VALUE_LIST)
        return builtin_refuse(m, "last of", args[0]);
    *out = args[0].n > 0 ? args[0].items[args[0].n - 1] : value_none();
    return true;
}

/* What sorting costs, in operations. */
static uint64_t sort_cost(uint64_t n)
{
    uint64_t cost = n;
    for (uint64_t half = n; half > 1; half /= 2)
        cost += n / 4;
    return cost;
}

static struct value *copy_of(struct eval_machine *m, struct value list)
{
    struct value *items = eval_array(m, struct value, list.n);
    if (items != NULL && list.n > 0)
        memcpy(items, list.items, list.n * sizeof *items);
    return items;
}

bool builtin_SORT(struct eval_machine *m, const struct value *args, uint32_t n,
                  struct value *out)
{
    (void)n;
    if (args[0].kind != VALUE_LIST)
        return builtin_refuse(m, "sort of", args[0]);
    struct value *items = copy_of(m, args[0]);
    struct value *scratch = items != NULL ? eval_array(m, struct value, args[0].n) : NULL;
    if (scratch == NULL || !eval_burn(m, sort_cost(args[0].n)))
        return false;
    for (uint32_t i = 1; i < args[0].n; i++) {
        int order;
        if (!value_order(items[i - 1], items[i], &order))
            return eval_fail_two(m, items[i - 1], " and ", items[i],
                                 items[i].kind == VALUE_MONEY
                                     ? "currencies differ"
                                     : "they have no order to sort by");
    }
    value_sort(items, args[0].n, 1, scratch);
    return eval_made(m, value_list(items, args[0].n), out);
}

/* Pairs (value, place) are sorted by value, of equal ones the first is kept, and what is
 * kept goes back to its place. */
bool builtin_DISTINCT(struct eval_machine *m, const struct value *args, uint32_t n,
                      struct value *out)
{
    (void)n;
    uint32_t count = args[0].n, kept = 0;
    if (args[0].kind != VALUE_LIST)
        return builtin_refuse(m, "distinct of", args[0]);
    struct value *pairs = eval_array(m, struct value, (size_t)count * 4 + 1);
    struct value *items = pairs != NULL ? eval_array(m, struct value, count) : NULL;
    if (items == NULL || !eval_burn(m, sort_cost(count)))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        pairs[2 * i] = args[0].items[i];
        pairs[2 * i + 1] = value_bool(true);
        pairs[2 * i + 1].n = i;
    }
    value_sort(pairs, count * 2, 2, pairs + (size_t)count * 2);
    for (uint32_t i = 0; i < count; i++) {
        bool is_first = i == 0 || !value_is(pairs[2 * i], pairs[2 * i - 2]);
        items[pairs[2 * i + 1].n] = is_first ? pairs[2 * i] : (struct value){0};
    }
    for (uint32_t i = 0; i < count; i++)
        if (items[i].kind != VALUE_UNSET)
            items[kept++] = items[i];
    return eval_made(m, value_list(items, kept), out);
}

bool builtin_GROUP(struct eval_machine *m, const struct value *args, uint32_t n,
                   struct value *out)
{
    (void)n;
    uint32_t count = args[0].n, groups = 0;
    if (args[0].kind != VALUE_LIST)
        return builtin_refuse(m, "group of", args[0]);
    struct value *pairs = eval_array(m, struct value, (size_t)count * 4 + 1);
    struct value *values = pairs != NULL ? eval_array(m, struct value, count) : NULL;
    struct value *made =
        values != NULL ? eval_array(m, struct value, (size_t)count * 2 + 1) : NULL;
    if (made == NULL || !eval_burn(m, sort_cost(count)))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        struct value pair = args[0].items[i];
        if (pair.kind != VALUE_RECORD || pair.n != 2)
            return builtin_refuse(m, "group of", pair);
        pairs[2 * i] = pair.items[0];
        pairs[2 * i + 1] = pair.items[1];
    }
    value_sort(pairs, count * 2, 2, pairs + (size_t)count * 2);
    for (uint32_t i = 0; i < count; i++)
        values[i] = pairs[2 * i + 1];
    for (uint32_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && value_is(pairs[2 * from], pairs[2 * to]);)
            to++;
        made[groups++] = pairs[2 * from];
        made[groups++] = value_list(values + from, to - from);
    }
    return eval_made(m, value_map(made, groups), out);
}

bool builtin_MAP_OF(struct eval_machine *m, const struct value *args, uint32_t n,
                    struct value *out)
{
    (void)n;
    if (args[0].kind != VALUE_LIST)
        return builtin_refuse(m, "map of", args[0]);
    uint32_t items_n = args[0].n * 2;
    struct value *items = eval_array(m, struct value, (size_t)items_n * 2 + 1);
    if (items == NULL || !eval_burn(m, sort_cost(args[0].n)))
        return false;
    for (uint32_t i = 0; i < args[0].n; i++) {
        struct value pair = args[0].items[i];
        if (pair.kind != VALUE_RECORD || pair.n != 2)
            return builtin_refuse(m, "map of", pair);
        items[2 * i] = pair.items[0];
        items[2 * i + 1] = pair.items[1];
    }
    items_n = value_map_sort(items, items_n, items + items_n);
    return eval_made(m, value_map(items, items_n), out);
}

bool builtin_ZIP(struct eval_machine *m, const struct value *args, uint32_t n,
                 struct value *out)
{
    (void)n;
    for (int i = 0; i < 2; i++)
        if (args[i].kind != VALUE_LIST)
            return builtin_refuse(m, "zip of", args[i]);
    uint32_t count = args[0].n < args[1].n ? args[0].n : args[1].n;
    struct value *pairs = eval_array(m, struct value, (size_t)count * 2 + 1);
    struct value *items = pairs != NULL ? eval_array(m, struct value, count) : NULL;
    if (items == NULL || !eval_burn(m, count))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        pairs[2 * i] = args[0].items[i];
        pairs[2 * i + 1] = args[1].items[i];
        items[i] = value_record(pairs + 2 * (size_t)i, 2);
    }
    return eval_made(m, value_list(items, count), out);
}

bool builtin_REVERSE(struct eval_machine *m, const struct value *args, uint32_t n,
                     struct value *out)
{
    (void)n;
    if (args[0].kind != VALUE_LIST)
        return builtin_refuse(m, "reverse of", args[0]);
    struct value *items = eval_array(m, struct value, args[0].n);
    if (items == NULL || !eval_burn(m, args[0].n / 8))
        return false;
    for (uint32_t i = 0; i < args[0].n; i++)
        items[i] = args[0].items[args[0].n - 1 - i];
    return eval_made(m, value_list(items, args[0].n), out);
}
