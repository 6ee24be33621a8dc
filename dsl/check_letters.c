/* Dead letters: can each honour what it offers? (F0602) */
#include "dsl/check_in.h"
#include "dsl/flow_graph.h"

struct offering {
    struct check *c;
    const struct flow_graph *graph;
    const struct node *letter;
    uint32_t point;
    bool is_referred_to;
    bool is_failure; /* some step may have failed, and waits here */
};

/* The innermost way out that the `refer to` stands in; NULL: it is an ordinary step. */
static const struct flow_edge *out_around(const struct flow_graph *graph,
                                          const struct node *refer)
{
    const struct flow_edge *innermost = NULL;
    const struct node *around = NULL;
    for (uint32_t i = 0; i < graph->edges.n; i++) {
        const struct flow_edge *edge = &graph->edges.at[i];
        const struct node *step = graph->points.at[edge->from].node;
        if ((edge->cause != FLOW_OUT && edge->cause != FLOW_UNDONE) || step == NULL ||
            !node_is_in(refer, step) || (around != NULL && !node_is_in(step, around)))
            continue;
        bool is_its_when = edge->why != NULL && node_is_in(refer, edge->why);
        if (step != around || is_its_when)
            innermost = edge;
        around = step;
    }
    return innermost;
}

static bool has_failed(const struct offering *o, const struct flow_edge *refers)
{
    const struct flow_point *from = &o->graph->points.at[refers->from];
    uint32_t root = flow_strand_root(o->graph, from->strand);
    if (o->graph->strands.at[root].node->kind == NODE_ON_ERROR)
        return true;
    const struct flow_edge *out = out_around(o->graph, refers->why);
    if (out == NULL)
        return false;
    return o->graph->points.at[out->from].node->kind != NODE_ASK || out->why == NULL ||
           text_is_chars(out->why->name, "late");
}

static void say_nothing_failed(struct offering *o, const struct node *retry)
{
    struct diag *diag =
        diag_add(o->c->diags, DIAG_F0602, retry->span, "nothing to `retry`");
    diag_label(o->c->diags, diag, "`" TEXT_FMT "` is never reached by a failed step",
               TEXT_ARG(o->letter->name));
    diag_help(o->c->diags, diag, "stay");
}

/* A step that waits in this dead letter for its way out, and whose result has a name. */
static const struct node *needed_result(const struct offering *o)
{
    for (uint32_t i = 0; i < o->graph->edges.n; i++) {
        const struct flow_edge *edge = &o->graph->edges.at[i];
        if (edge->cause != FLOW_REFERS || edge->to != o->point)
            continue;
        const struct flow_edge *out = out_around(o->graph, edge->why);
        const struct node *step =
            out == NULL ? NULL : o->graph->points.at[out->from].node;
        if (step != NULL && step->as.n > 0)
            return step;
    }
    return NULL;
}

static void check_going_on(struct offering *o, const struct node *when)
{
    const struct node *step = needed_result(o);
    if (when->kind != NODE_WHEN || when->position != 1 || step == NULL ||
        text_is_chars(when->name, "late"))
        return;
    struct diag *diag = diag_add(o->c->diags, DIAG_F0602, when->name_span,
                                 "the flow cannot go on behind a step that gave nothing");
    diag_also(o->c->diags, diag, step->as_span, "its result is needed behind it");
    diag_help(o->c->diags, diag, "end with   retry,   go to …   or   fail …");
}

/* Whoever was sent there by something that failed can only leave it as it is. */
static void check_leads_somewhere(struct offering *o)
{
    node_each(when,
              o->letter->whens) if (when->position == 1 || when->kind == NODE_ERROR ||
                                    node_find(when->block, NODE_RETRY) != NULL ||
                                    node_find(when->block, NODE_GO_TO) != NULL ||
                                    node_find(when->block, NODE_FAIL) != NULL) return;
    struct diag *diag =
        diag_add(o->c->diags, DIAG_F0601, o->letter->name_span,
                 "dead letter `" TEXT_FMT "` leads nowhere", TEXT_ARG(o->letter->name));
    diag_label(o->c->diags, diag, "every choice leaves the failed step as it is");
    diag_help(o->c->diags, diag, "when again retry   or   when … go to …");
}

static void check_letter(struct check *c, const struct flow_graph *graph, uint32_t point)
{
    struct offering o = {.c = c, .graph = graph, .point = point};
    o.letter = graph->points.at[point].node;
    for (uint32_t i = 0; i < graph->edges.n; i++) {
        const struct flow_edge *edge = &graph->edges.at[i];
        if (edge->cause != FLOW_REFERS || edge->to != point)
            continue;
        o.is_referred_to = true;
        o.is_failure |= has_failed(&o, edge);
    }
    node_each(when, o.letter->whens)
    {
        const struct node *retry = node_find(when->block, NODE_RETRY);
        if (retry != NULL && o.is_referred_to && !o.is_failure)
            say_nothing_failed(&o, retry);
        check_going_on(&o, when);
    }
    if (o.is_failure)
        check_leads_somewhere(&o);
}

void check_letters(struct check *c, const struct flow_graph *graph)
{
    for (uint32_t i = 0; i < graph->points.n; i++)
        if (graph->points.at[i].kind == FLOW_LETTER)
            check_letter(c, graph, i);
}
