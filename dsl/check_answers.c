/* Who answers what goes wrong: outward from the step, as far as it takes. */
#include "dsl/check_answers.h"

bool answers_by_way(struct nodes whens, struct text name)
{
    node_each(when, whens)
    {
        if (when->kind == NODE_WHEN && when->where == NULL &&
            (text_is(when->name, name) ||
             (when->symbol != NULL && text_is(when->symbol->name, name))))
            return true;
        if (when->kind == NODE_ERROR && mistake_says(when, name))
            return true;
    }
    return false;
}

static bool may_be_meant(const struct node *mistake, struct text name)
{
    return mistake_says(mistake, name) || mistake_says(mistake, TEXT("on error")) ||
           mistake_says(mistake, TEXT("on"));
}

/* ---- handlers ---- */

/* A named one comes before one for anything. In a final state nothing leads away. */
static enum answered at_level(struct nodes items, struct text name, bool in_final)
{
    enum answered best = BY_NOBODY;
    node_each(item, items)
    {
        if (item->kind == NODE_ERROR && may_be_meant(item, name))
            return BY_NAME;
        if (item->kind != NODE_ON_ERROR ||
            (in_final && node_find(item->block, NODE_GO_TO) != NULL))
            continue;
        if (item->target != NULL && text_is(item->target->name, name))
            return BY_NAME;
        if (item->target == NULL)
            best = BY_ANY;
    }
    return best;
}

static enum answered outward(const struct flow_graph *graph, const struct symbol *state,
                             struct text name, bool skips_first)
{
    bool in_final = state != NULL && state->node->kind == NODE_FINAL;
    for (;; state = state->owner, skips_first = false) {
        struct nodes items = state == NULL ? graph->flow->items : state->node->items;
        enum answered how = skips_first ? BY_NOBODY : at_level(items, name, in_final);
        if (how != BY_NOBODY || state == NULL)
            return how;
    }
}

enum answered answered_in(const struct flow_graph *graph, const struct symbol *state,
                          struct text name)
{
    return outward(graph, state, name, false);
}

/* ---- dead letters: what they are laid over answers ---- */

static enum answered worse(enum answered a, enum answered b)
{
    return a < b ? a : b;
}

/* A handler refers what has failed in any state in which it is on duty. */
static enum answered below_reference(const struct flow_graph *graph,
                                     const struct flow_point *from, struct text name)
{
    uint32_t root = flow_strand_root(graph, from->strand);
    enum answered how = outward(graph, from->state, name, false);
    for (uint32_t i = 0; i < graph->duties.n; i++)
        if (graph->duties.at[i].strand == root &&
            graph->strands.at[root].node->kind == NODE_ON_ERROR)
            how = worse(how, outward(graph, graph->duties.at[i].state, name, false));
    return how;
}

static enum answered below_letter(const struct flow_graph *graph, uint32_t strand,
                                  struct text name)
{
    uint32_t letter = graph->strands.at[strand].start;
    enum answered how = BY_NAME;
    bool is_referred_to = false;
    for (uint32_t i = graph->in_from[letter]; i < graph->in_from[letter + 1]; i++) {
        const struct flow_edge *edge = &graph->edges.at[graph->ins[i]];
        is_referred_to = true;
        how = worse(how, below_reference(graph, &graph->points.at[edge->from], name));
    }
    return is_referred_to ? how
                          : outward(graph, graph->strands.at[strand].state, name, false);
}

/* An undo that fails is not an error of the steps: it waits where the flow sends what it
 * cannot answer. */
static enum answered below_undo(const struct flow_graph *graph)
{
    node_each(item, graph->flow->items) if (item->kind == NODE_ON_ERROR &&
                                            node_find(item->block, NODE_REFER_TO) !=
                                                NULL) return BY_DESK;
    return BY_NOBODY;
}

/* ---- the step ---- */

static bool may_fail(const struct node *step)
{
    return step->kind == NODE_CALL || step->kind == NODE_RUN || step->kind == NODE_FAIL ||
           step->limit != NULL;
}

/* Does a branch beside this one come to its end whatever happens? */
static bool another_wins(const struct flow_graph *graph, uint32_t strand,
                         const struct node *race)
{
    node_each(branch, race->items)
    {
        uint32_t begin = flow_point_of(graph, FLOW_BRANCH, branch);
        bool fails = begin == FLOW_NOWHERE || graph->points.at[begin].strand == strand;
        for (uint32_t i = 0; i < graph->points.n && !fails; i++)
            fails = graph->points.at[i].kind == FLOW_STEP &&
                    flow_is_in_strand(graph, i, graph->points.at[begin].strand) &&
                    may_fail(graph->points.at[i].node);
        if (!fails)
            return true;
    }
    return false;
}

static bool is_tried(const struct flow_graph *graph, uint32_t point, struct text name)
{
    const struct node *attempt = graph->points.at[point].tried;
    while (attempt != NULL && !answers_by_way(attempt->whens, name))
        attempt = graph->points.at[flow_point_of(graph, FLOW_STEP, attempt)].tried;
    return attempt != NULL;
}

enum answered answered_around(const struct flow_graph *graph, uint32_t point,
                              struct text name)
{
    const struct flow_strand *strand;
    for (;;) {
        if (is_tried(graph, point, name))
            return BY_NAME;
        uint32_t at = graph->points.at[point].strand;
        strand = &graph->strands.at[at];
        if (strand->joins == NULL)
            break;
        if (node_clause(strand->joins, NODE_DESPITE) != NULL)
            return BY_NAME;
        if (node_clause(strand->joins, NODE_FIRST_WINS) != NULL &&
            another_wins(graph, at, strand->joins))
            return BY_RACE;
        point = flow_point_of(graph, FLOW_STEP, strand->joins);
    }
    if (strand->node->kind == NODE_UNDONE_BY)
        return below_undo(graph);
    if (strand->node->kind == NODE_DEAD_LETTER)
        return below_letter(graph, graph->points.at[point].strand, name);
    return outward(graph, strand->state, name, strand->node->kind == NODE_ON_ERROR);
}
