/* Functions may not go in circles. (F0106) */
#include "dsl/check_in.h"
#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "engine/base/map.h"
#include "engine/base/vec.h"

struct function {
    const struct node *node;
    uint32_t first, n;   /* of `calls` */
    uint32_t order, low; /* Tarjan: when it was met, the earliest that it leads back to */
    uint32_t group;      /* those that lead to each other; NOWHERE: not known yet */
    uint32_t came_from;  /* the one before it on the shortest way; NOWHERE */
};

struct visit {
    uint32_t function, next; /* the next of its calls */
};

struct circles {
    struct check *c;
    struct map *index; /* node → which function, + 1 */
    VEC(struct function) functions;
    VEC(uint32_t) calls;
    VEC(struct visit) visits; /* being looked at, each called by the one before */
    VEC(uint32_t) pending;    /* met, and of no group yet */
    uint32_t met, groups;
};

enum { NOWHERE = UINT32_MAX };

static struct function *at(struct circles *k, uint32_t i)
{
    return &k->functions.at[i];
}

static uint32_t function_of(struct circles *k, const struct node *node)
{
    struct text key = {(const char *)&node, sizeof node};
    uintptr_t known = (uintptr_t)map_get(k->index, key);
    if (known != 0)
        return (uint32_t)known - 1;
    struct function function = {
        .node = node, .order = NOWHERE, .group = NOWHERE, .came_from = NOWHERE};
    vec_push(k->c->compile, &k->functions, function);
    map_put(k->index, text_dup(k->c->compile, key), (void *)(uintptr_t)k->functions.n);
    return k->functions.n - 1;
}

static void note_list(struct circles *k, struct nodes list);

static void note_calls(struct circles *k, const struct node *node)
{
    if (node == NULL)
        return;
    if (node->symbol != NULL && node->symbol->kind == SYMBOL_FUNCTION &&
        node->symbol->node != NULL)
        vec_push(k->c->compile, &k->calls, function_of(k, node->symbol->node));
    note_calls(k, node->value);
    note_calls(k, node->other);
    note_calls(k, node->third);
    note_calls(k, node->where);
    note_list(k, node->args);
    note_list(k, node->items);
}

static void note_list(struct circles *k, struct nodes list)
{
    node_each(item, list) note_calls(k, item);
}

/* ---- who leads to whom: Tarjan's strong components ---- */

static void meet(struct circles *k, uint32_t i)
{
    uint32_t first = k->calls.n;
    note_calls(k, at(k, i)->node->value);
    struct function *function = at(k, i);
    function->first = first;
    function->n = k->calls.n - first;
    function->order = function->low = k->met++;
    vec_push(k->c->compile, &k->pending, i);
    struct visit visit = {i, 0};
    vec_push(k->c->compile, &k->visits, visit);
}

static void close_group(struct circles *k, uint32_t i)
{
    uint32_t last;
    do {
        last = k->pending.at[--k->pending.n];
        at(k, last)->group = k->groups;
    } while (last != i);
    k->groups++;
}

static void leave(struct circles *k)
{
    uint32_t i = k->visits.at[--k->visits.n].function;
    if (at(k, i)->low == at(k, i)->order)
        close_group(k, i);
    if (k->visits.n == 0)
        return;
    struct function *caller = at(k, vec_last(&k->visits).function);
    caller->low = at(k, i)->low < caller->low ? at(k, i)->low : caller->low;
}

static void group_from(struct circles *k, uint32_t start)
{
    meet(k, start);
    while (k->visits.n > 0) {
        struct visit *visit = &vec_last(&k->visits);
        struct function *function = at(k, visit->function);
        if (visit->next == function->n) {
            leave(k);
            continue;
        }
        uint32_t to = k->calls.at[function->first + visit->next++];
        if (at(k, to)->order == NOWHERE)
            meet(k, to);
        else if (at(k, to)->group == NOWHERE && at(k, to)->order < function->low)
            function->low = at(k, to)->order;
    }
}

/* ---- the shortest way back ---- */

/* Fills came_from up to the one that calls `start`, and gives that; NOWHERE: none does.
 */
static uint32_t way_back(struct circles *k, uint32_t start)
{
    VEC(uint32_t) queue = {0};
    vec_push(k->c->compile, &queue, start);
    for (uint32_t next = 0; next < queue.n; next++) {
        const struct function *function = at(k, queue.at[next]);
        for (uint32_t i = 0; i < function->n; i++) {
            uint32_t to = k->calls.at[function->first + i];
            if (to == start)
                return queue.at[next];
            if (at(k, to)->group != function->group || at(k, to)->came_from != NOWHERE)
                continue;
            at(k, to)->came_from = queue.at[next];
            vec_push(k->c->compile, &queue, to);
        }
    }
    return NOWHERE;
}

static const char *words_of_circle(struct circles *k, const struct node *start,
                                   const struct node *other, uint32_t others)
{
    if (others == 0)
        return arena_printf(k->c->compile, "`" TEXT_FMT "` calls itself",
                            TEXT_ARG(start->name));
    if (others == 1)
        return arena_printf(k->c->compile,
                            "`" TEXT_FMT "` and `" TEXT_FMT "` call each other",
                            TEXT_ARG(start->name), TEXT_ARG(other->name));
    return arena_printf(k->c->compile, "`" TEXT_FMT "` comes back to itself",
                        TEXT_ARG(start->name));
}

static void say_circle(struct circles *k, uint32_t start, uint32_t last)
{
    enum { SHOWN_MAX = 10 }; /* nobody follows a longer one */
    VEC(const struct node *) others = {0};
    for (uint32_t i = last; i != start; i = at(k, i)->came_from)
        vec_push(k->c->compile, &others, at(k, i)->node);
    const struct node *node = at(k, start)->node;
    struct diags *diags = k->c->diags;
    struct diag *diag =
        diag_add(diags, DIAG_F0106, node->name_span, "%s",
                 words_of_circle(k, node, others.n > 0 ? others.at[0] : NULL, others.n));
    for (uint32_t i = 0; i < others.n && i < SHOWN_MAX; i++)
        diag_also(diags, diag, others.at[others.n - 1 - i]->name_span, "by way of this");
    diag_why(diags, diag, "Functions may not go in circles; every expression must end.");
    diag_help(diags, diag, "use a comprehension:   sum(l.price * l.qty for l in lines)");
}

/* A circle is said once, at its first function. */
void check_cycles(struct check *c)
{
    struct circles k = {.c = c, .index = map_new(c->compile)};
    node_each(node, c->module->file->items)
    {
        if (node->kind == NODE_FUNCTION &&
            at(&k, function_of(&k, node))->order == NOWHERE)
            group_from(&k, function_of(&k, node));
    }
    bool *is_said = arena_array(c->compile, bool, k.groups + 1);
    node_each(node, c->module->file->items)
    {
        if (node->kind != NODE_FUNCTION)
            continue;
        uint32_t start = function_of(&k, node), group = at(&k, start)->group;
        uint32_t last = is_said[group] ? NOWHERE : way_back(&k, start);
        is_said[group] = true;
        if (last != NOWHERE)
            say_circle(&k, start, last);
    }
}
