/* Ways that may not be there, limits that nobody hears, dead letters that nobody refers
 * to. (F0206, F0502, F0601) */
#include "dsl/check_answers.h"

/* ---- F0206: ways out of what only puts back, or is the end ---- */

struct leading {
    struct check *c;
    const struct flow_graph *graph;
    uint32_t strand; /* out of which nothing may lead */
};

/* What it is that nothing may lead out of, and why not. */
static struct diag *say_away(struct leading *l, struct span at)
{
    struct diags *diags = l->c->diags;
    const struct node *owner = l->graph->strands.at[l->strand].node;
    const char *what = owner->kind == NODE_UNDONE_BY ? "an undo may not go anywhere"
                       : owner->kind == NODE_ON_CANCEL
                           ? "`on cancel` may not go anywhere"
                           : "nothing leads out of a final state";
    const char *why =
        owner->kind == NODE_UNDONE_BY
            ? "Undoing only puts things back; what comes next is said after `undo all`."
        : owner->kind == NODE_ON_CANCEL
            ? "After it everything is undone, and the order is cancelled."
            : "It is the end: its steps are done, and then the flow is over.";
    struct diag *diag = diag_add(diags, DIAG_F0206, at, "%s", what);
    diag_why(diags, diag, "%s", why);
    return diag;
}

static void check_in_undo(struct leading *l, const struct node *step)
{
    if (step->kind != NODE_ASK && !node_is_undo(step))
        return;
    struct diag *diag = diag_add(l->c->diags, DIAG_F0206, step->span,
                                 "an undo may not say `%s`", node_word(step->kind));
    diag_why(l->c->diags, diag,
             "Undoing only puts things back; what comes next is said after `undo all`.");
}

/* What happens by itself, and what somebody may choose. */
static bool pass_itself(void *context, const struct flow_graph *graph,
                        const struct flow_edge *edge, uint64_t *facts)
{
    (void)context;
    (void)graph;
    (void)facts;
    return edge->cause != FLOW_GO && edge->cause != FLOW_HANDLED &&
           edge->cause != FLOW_MEANWHILE && edge->cause != FLOW_HAPPENS;
}

/* The `go to` that somebody may choose who gets it referred. */
static const struct node *way_chosen(struct leading *l, uint32_t letter)
{
    struct flow_reading reading = {1, false, pass_itself, NULL};
    struct flow_facts there = flow_solve(l->c->compile, l->graph, &reading, letter, NULL);
    for (uint32_t i = 0; i < l->graph->points.n; i++)
        if (there.is_reached[i] && l->graph->points.at[i].kind == FLOW_STEP &&
            l->graph->points.at[i].node->kind == NODE_GO_TO)
            return l->graph->points.at[i].node;
    return NULL;
}

static void check_referred_away(struct leading *l, const struct flow_edge *edge)
{
    const struct node *way = way_chosen(l, edge->to);
    if (way == NULL)
        return;
    struct diag *diag = say_away(l, edge->why->span);
    diag_also(l->c->diags, diag, way->span, "this choice does");
}

static void check_leading(struct leading *l)
{
    const struct flow_graph *graph = l->graph;
    const struct node *owner = graph->strands.at[l->strand].node;
    struct flow_reading reading = {1, false, pass_itself, NULL};
    struct flow_facts there = flow_solve(l->c->compile, graph, &reading,
                                         graph->strands.at[l->strand].start, NULL);
    for (uint32_t i = 0; i < graph->points.n; i++) {
        const struct node *step = graph->points.at[i].node;
        if (graph->points.at[i].kind != FLOW_STEP || !there.is_reached[i] ||
            !flow_is_in_strand(graph, i, l->strand))
            continue;
        if (step->kind == NODE_GO_TO)
            (void)say_away(l, step->span);
        else if (owner->kind == NODE_UNDONE_BY)
            check_in_undo(l, step);
    }
    for (uint32_t i = 0; i < graph->edges.n; i++)
        if (graph->edges.at[i].cause == FLOW_REFERS && owner->kind != NODE_FINAL &&
            flow_is_in_strand(graph, graph->edges.at[i].from, l->strand))
            check_referred_away(l, &graph->edges.at[i]);
}

static void check_ways(struct check *c, const struct flow_graph *graph)
{
    for (uint32_t i = 0; i < graph->strands.n; i++) {
        enum node_kind kind = graph->strands.at[i].node->kind;
        if (kind == NODE_UNDONE_BY || kind == NODE_ON_CANCEL || kind == NODE_FINAL)
            check_leading(&(struct leading){c, graph, i});
    }
}

/* ---- F0502: a limit that nobody hears ---- */

static const struct text late = {"late", 4};

/* An `on late` of the state or around it: it hears what the state's own limit says. */
static bool has_on_late(const struct flow_graph *graph, const struct symbol *state)
{
    for (;; state = state->owner) {
        struct nodes items = state == NULL ? graph->flow->items : state->node->items;
        node_each(item, items) if (item->kind == NODE_ON_LATE ||
                                   (item->kind == NODE_ERROR &&
                                    mistake_says(item, TEXT("on late")))) return true;
        if (state == NULL)
            return false;
    }
}

static void say_unheard(struct check *c, const struct node *node)
{
    bool is_state = node->kind == NODE_STATE;
    struct diag *diag = is_state ? diag_add(c->diags, DIAG_F0502, node->limit->span,
                                            "nobody hears that `" TEXT_FMT "` is late",
                                            TEXT_ARG(node->name))
                                 : diag_add(c->diags, DIAG_F0502, node->limit->span,
                                            "nobody hears that this is late");
    diag_label(c->diags, diag,
               is_state ? "and there is no `on late` here or outside"
                        : "and there is no `when late`");
    diag_help(c->diags, diag, is_state ? "on late go to …" : "when late go to …");
}

static void say_heard_elsewhere(struct check *c, const struct node *step)
{
    struct diag *diag = diag_add(c->diags, DIAG_F0502, step->limit->span,
                                 "nobody hears that this is late");
    diag->severity = DIAG_WARNING;
    diag_label(c->diags, diag, "and there is no `when late`");
    diag_why(c->diags, diag,
             "`on late` hears the limit of a state, and `on error` would hear this one.");
    diag_help(c->diags, diag, "when late go to …");
}

static void check_limit_of_step(struct check *c, const struct flow_graph *graph,
                                uint32_t point)
{
    const struct node *step = graph->points.at[point].node;
    bool is_own = step->kind == NODE_WAIT_FOR ? step->otherwise != NULL
                                              : answers_by_way(step->whens, late);
    if (step->limit == NULL || is_own || answered_around(graph, point, late) != BY_NOBODY)
        return;
    if (has_on_late(graph, graph->points.at[point].state) &&
        !flow_is_undo(graph, graph->points.at[point].strand))
        say_heard_elsewhere(c, step);
    else
        say_unheard(c, step);
}

/* A dead letter's limit is when its task is due; somebody has it before them anyway. */
static void check_limits_heard(struct check *c, const struct flow_graph *graph)
{
    for (uint32_t i = 0; i < graph->points.n; i++)
        if (graph->points.at[i].kind == FLOW_STEP)
            check_limit_of_step(c, graph, i);
    for (uint32_t i = 0; i < graph->states.n; i++) {
        const struct node *state = graph->states.at[i];
        if (state->kind == NODE_STATE && state->limit != NULL &&
            !has_on_late(graph, state->declares) &&
            answered_in(graph, state->declares, late) == BY_NOBODY)
            say_unheard(c, state);
    }
}

/* ---- F0601 ---- */

static void check_referred(struct check *c, const struct node *flow)
{
    node_each(item, flow->items)
    {
        if (item->kind != NODE_DEAD_LETTER || item->declares->uses > 0)
            continue;
        struct diag *diag =
            diag_add(c->diags, DIAG_F0601, item->name_span,
                     "nobody refers to dead letter `" TEXT_FMT "`", TEXT_ARG(item->name));
        diag_help(c->diags, diag,
                  "on error refer to " TEXT_FMT "     in the state it is meant for",
                  TEXT_ARG(item->name));
    }
}

void check_paths(struct check *c, const struct flow_graph *graph)
{
    check_referred(c, graph->flow);
    check_ways(c, graph);
    check_limits_heard(c, graph);
}
