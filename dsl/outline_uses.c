/* Who reads and writes what: the parameters, variables and settings of a flow, by place.
 */
#include "dsl/outline_in.h"

static void see(struct outlining *o, const struct node *node);

static bool is_among(const struct nodes *items, const struct node *node)
{
    for (const struct node *item = items->first; item != NULL; item = item->next)
        if (item == node)
            return true;
    return false;
}

/* What only a block knows is nobody's business. */
static bool is_shown(const struct outlining *o, const struct symbol *symbol)
{
    if (symbol->kind == SYMBOL_SETTING)
        return true;
    if (symbol->kind == SYMBOL_PARAMETER)
        return is_among(&o->outline->flow->params, symbol->node);
    if (symbol->kind != SYMBOL_VARIABLE)
        return false;
    bool is_shown = is_among(&o->outline->flow->items, symbol->node);
    for (uint32_t i = 0; i < o->outline->places.n && !is_shown; i++)
        is_shown = is_among(&o->outline->places.at[i].node->items, symbol->node);
    return is_shown;
}

static struct outline_use *use_of(struct outlining *o, const struct symbol *symbol)
{
    for (uint32_t i = 0; i < o->outline->uses.n; i++)
        if (o->outline->uses.at[i].symbol == symbol &&
            o->outline->uses.at[i].place == o->place)
            return &o->outline->uses.at[i];
    struct outline_use new = {.symbol = symbol, .place = o->place};
    vec_push(o->compile, &o->outline->uses, new);
    return &vec_last(&o->outline->uses);
}

static void note(struct outlining *o, const struct symbol *symbol, bool is_written)
{
    if (symbol == NULL || !is_shown(o, symbol))
        return;
    struct outline_use *use = use_of(o, symbol);
    use->is_written |= is_written;
    use->is_read |= !is_written;
}

static void see_list(struct outlining *o, struct nodes list)
{
    node_each(item, list) see(o, item);
}

/* States and dead letters are places of their own. */
static void see(struct outlining *o, const struct node *node)
{
    if (node == NULL || node->kind == NODE_STATE || node->kind == NODE_FINAL ||
        node->kind == NODE_DEAD_LETTER)
        return;
    if (node->kind == NODE_VAR)
        note(o, node->declares, node->value != NULL);
    else
        note(o, node->symbol, node->kind != NODE_NAME);
    if (node->kind == NODE_ADD)
        note(o, node->symbol, false);
    const struct node *parts[] = {node->target, node->value,    node->other,
                                  node->third,  node->where,    node->limit,
                                  node->block,  node->otherwise};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        see(o, parts[i]);
    see_list(o, node->args);
    see_list(o, node->items);
    see_list(o, node->clauses);
    see_list(o, node->whens);
    see_list(o, node->showing);
}

static void see_place(struct outlining *o, uint32_t place)
{
    const struct node *node = o->outline->places.at[place].node;
    o->place = place;
    see(o, node->value);
    see(o, node->limit);
    see(o, node->block);
    see_list(o, node->items);
    see_list(o, node->whens);
    see_list(o, node->showing);
}

/* By symbol in the order they are met, then by place: written in that order once more. */
static void sort_uses(struct outlining *o)
{
    struct outline *outline = o->outline;
    struct outline_use *sorted =
        arena_array(o->compile, struct outline_use, outline->uses.n + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < outline->uses.n; i++) {
        const struct symbol *symbol = outline->uses.at[i].symbol;
        bool was_met = false;
        for (uint32_t k = 0; k < n; k++)
            was_met |= sorted[k].symbol == symbol;
        for (uint32_t k = i; k < outline->uses.n && !was_met; k++)
            if (outline->uses.at[k].symbol == symbol)
                sorted[n++] = outline->uses.at[k];
    }
    outline->uses.at = sorted;
}

void outline_fill_uses(struct outlining *o)
{
    const struct node *flow = o->outline->flow;
    o->place = OUTLINE_FLOW;
    node_each(param, flow->params) note(o, param->declares, true);
    see_list(o, flow->items);
    for (uint32_t i = 0; i < o->outline->places.n; i++)
        see_place(o, i);
    sort_uses(o);
}
