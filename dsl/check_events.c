/* Events: may one come where nobody will ever hear it, or before anybody listens? (F0504,
 * F0507) */
#include "dsl/check_in.h"
#include "dsl/flow_graph.h"
#include "engine/base/arena.h"
#include "engine/base/map.h"

struct hearing {
    struct check *c;
    const struct flow_graph *graph;
    const struct symbol *event;
    bool *hears; /* for each state */
};

static bool is_for(const struct node *pattern, const struct symbol *event)
{
    return pattern != NULL && pattern->kind == NODE_PATTERN && pattern->symbol == event;
}

static bool waits_for(const struct node *step, const struct symbol *event)
{
    if (step->kind == NODE_WAIT_FOR)
        return is_for(step->target, event);
    if (step->kind == NODE_WAIT_ANY)
        node_each(when, step->whens) if (is_for(when->target, event)) return true;
    return false;
}

/* A handler or an `ignore` that is in force. */
static bool is_answered(const struct node *owner, const struct symbol *event)
{
    node_each(item,
              owner->items) if ((item->kind == NODE_ON && is_for(item->target, event)) ||
                                (item->kind == NODE_IGNORE &&
                                 item->symbol == event)) return true;
    return false;
}

static bool hears(const struct hearing *h, const struct node *state)
{
    for (const struct symbol *at = state->declares; at != NULL; at = at->owner)
        if (is_answered(at->node, h->event))
            return true;
    for (uint32_t i = 0; i < h->graph->points.n; i++)
        if (h->graph->points.at[i].kind == FLOW_STEP &&
            !flow_is_undo(h->graph, h->graph->points.at[i].strand) &&
            h->graph->points.at[i].state == state->declares &&
            waits_for(h->graph->points.at[i].node, h->event))
            return true;
    return is_answered(h->graph->flow, h->event);
}

static bool pass_states(void *context, const struct flow_graph *graph,
                        const struct flow_edge *edge, uint64_t *facts)
{
    (void)context;
    (void)graph;
    (void)facts;
    return edge->cause != FLOW_REFERS && edge->cause != FLOW_CHOOSES;
}

static struct flow_facts behind(const struct hearing *h, const struct node *state)
{
    struct flow_reading reading = {1, false, pass_states, NULL};
    return flow_solve(h->c->compile, h->graph, &reading,
                      flow_point_of(h->graph, FLOW_ENTRY, state), NULL);
}

static bool reaches(const struct hearing *h, const struct flow_facts *facts,
                    const struct node *state)
{
    return facts->is_reached[flow_point_of(h->graph, FLOW_ENTRY, state)];
}

static void say_deaf(struct hearing *h, const struct node *state,
                     const struct node *listener)
{
    struct diag *diag =
        diag_add(h->c->diags, DIAG_F0504, state->name_span,
                 "%s " TEXT_FMT " that comes in `" TEXT_FMT "` will never be heard",
                 strchr("AEIOU", h->event->name.chars[0]) != NULL ? "an" : "a",
                 TEXT_ARG(h->event->name), TEXT_ARG(state->name));
    diag_label(h->c->diags, diag,
               "it is listened for in `" TEXT_FMT "`, and no way leads back there",
               TEXT_ARG(listener->name));
    const struct node *held = node_clause(h->event->node, NODE_EVENT_HELD);
    diag_why(h->c->diags, diag,
             "It would be held " TEXT_FMT ", then listed as unclaimed.",
             TEXT_ARG(span_text(held->value->span)));
    diag_help(h->c->diags, diag, "on " TEXT_FMT "(…) go to …   or   ignore " TEXT_FMT,
              TEXT_ARG(h->event->name), TEXT_ARG(h->event->name));
}

/* Behind a state that hears it, and before none that does. */
static void check_deaf(struct hearing *h, const struct node *state)
{
    const struct flow_graph *graph = h->graph;
    struct flow_facts after = behind(h, state);
    const struct node *listener = NULL;
    for (uint32_t i = 0; i < graph->states.n; i++) {
        if (!h->hears[i])
            continue;
        if (reaches(h, &after, graph->states.at[i]))
            return;
        struct flow_facts there = behind(h, graph->states.at[i]);
        if (listener == NULL && reaches(h, &there, state))
            listener = graph->states.at[i];
    }
    if (listener != NULL)
        say_deaf(h, state, listener);
}

static void check_heard(struct hearing *h)
{
    if (node_clause(h->event->node, NODE_EVENT_HELD) == NULL)
        return;
    const struct flow_graph *graph = h->graph;
    h->hears = arena_array(h->c->compile, bool, graph->states.n + 1);
    for (uint32_t i = 0; i < graph->states.n; i++)
        h->hears[i] =
            graph->states.at[i]->kind == NODE_STATE && hears(h, graph->states.at[i]);
    for (uint32_t i = 0; i < graph->states.n; i++)
        if (graph->states.at[i]->kind == NODE_STATE && !h->hears[i])
            check_deaf(h, graph->states.at[i]);
}

/* ---- F0507 ---- */

static bool pass_called(void *context, const struct flow_graph *graph,
                        const struct flow_edge *edge, uint64_t *facts)
{
    (void)context;
    const struct flow_point *from = &graph->points.at[edge->from];
    if (from->kind == FLOW_STEP && from->node->kind == NODE_CALL &&
        from->node->target->symbol != NULL && from->node->target->symbol->node->flag)
        facts[0] |= 1;
    return true;
}

static void check_early(struct check *c, const struct node *pattern)
{
    const struct symbol *event = pattern == NULL ? NULL : pattern->symbol;
    if (event == NULL || event->node == NULL ||
        node_clause(event->node, NODE_EVENT_HELD) != NULL)
        return;
    struct diag *diag = diag_add(c->diags, DIAG_F0507, event->node->name_span,
                                 "the answer may come before the question");
    diag_label(c->diags, diag, "no `held`");
    diag_also(c->diags, diag, pattern->span,
              "waited for only after something was done that may cause it");
    diag_help(c->diags, diag, "held 7d");
}

void check_events(struct check *c, const struct flow_graph *graph)
{
    struct flow_reading reading = {1, false, pass_called, NULL};
    struct flow_facts called = flow_solve(c->compile, graph, &reading, 0, NULL);
    struct map *done = map_new(c->compile);
    for (uint32_t i = 0; i < graph->points.n; i++) {
        const struct node *node = graph->points.at[i].node;
        const struct node *pattern =
            graph->points.at[i].kind == FLOW_HANDLER && node->kind == NODE_ON
                ? node->target
            : graph->points.at[i].kind == FLOW_STEP && node->kind == NODE_WAIT_FOR
                ? node->target
                : NULL;
        if (pattern == NULL || pattern->symbol == NULL || pattern->symbol->node == NULL)
            continue;
        struct hearing h = {c, graph, pattern->symbol, NULL};
        if (map_get(done, pattern->symbol->name) == NULL)
            check_heard(&h);
        map_put(done, pattern->symbol->name, pattern->symbol);
        if (node->kind == NODE_WAIT_FOR && called.is_reached[i] &&
            (*flow_facts_at(&called, i) & 1) != 0)
            check_early(c, pattern);
    }
}
