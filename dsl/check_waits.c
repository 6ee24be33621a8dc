/* Waits: does each end some day? (F0501) */
#include "dsl/check_in.h"
#include "dsl/flow_graph.h"

struct waiting {
    struct check *c;
    const struct flow_graph *graph;
};

static bool moves(const struct node *node)
{
    return node_find(node, NODE_GO_TO) != NULL || node_find(node, NODE_FAIL) != NULL ||
           node_find(node, NODE_REFER_TO) != NULL;
}

/* Time alone moves it: by its limit, or by a handler of its own. */
static bool is_moved_by_time(const struct node *owner)
{
    if (owner->limit != NULL)
        return true;
    node_each(item,
              owner->items) if ((item->kind == NODE_AFTER || item->kind == NODE_EVERY) &&
                                moves(item->block)) return true;
    return false;
}

static bool is_bounded(const struct waiting *w, const struct symbol *state)
{
    for (; state != NULL; state = state->owner)
        if (is_moved_by_time(state->node))
            return true;
    return is_moved_by_time(w->graph->flow);
}

/* What a handler of lateness waits for is not ended by the limit that has passed. */
static bool is_after_the_limit(const struct waiting *w, const struct flow_point *point)
{
    uint32_t root = flow_strand_root(w->graph, point->strand);
    return w->graph->strands.at[root].node->kind == NODE_ON_LATE;
}

static uint32_t words_of_wait(const struct node *step)
{
    return step->kind == NODE_WAIT_FOR ? 8 : step->kind == NODE_WAIT_ANY ? 4 : 3;
}

static void check_wait_step(struct waiting *w, const struct flow_point *point)
{
    const struct node *step = point->node;
    if (step->kind != NODE_WAIT_FOR && step->kind != NODE_WAIT_ANY &&
        step->kind != NODE_ASK && step->kind != NODE_RUN)
        return;
    if (step->limit != NULL ||
        (is_bounded(w, point->state) && !is_after_the_limit(w, point) &&
         !flow_is_undo(w->graph, point->strand)))
        return;
    struct span at = source_span(step->span.source, step->span.from,
                                 step->span.from + words_of_wait(step));
    struct diag *diag = diag_add(w->c->diags, DIAG_F0501, at, "this can wait for ever");
    diag_label(w->c->diags, diag,
               step->kind == NODE_ASK   ? "people do not always answer"
               : step->kind == NODE_RUN ? "the other flow may take as long as it likes"
                                        : "what is awaited does not always come");
    struct text target = step->target == NULL     ? (struct text){"", 0}
                         : step->kind == NODE_RUN ? path_text(w->c->compile, step->target)
                                                  : span_text(step->target->span);
    diag_help(w->c->diags, diag,
              TEXT_FMT " " TEXT_FMT "%s" TEXT_FMT
                       " within 1d when late go to …     or a limit of the state",
              TEXT_ARG(span_text(at)), TEXT_ARG(target),
              step->kind != NODE_WAIT_FOR ? " …"
              : step->as.n > 0            ? " as "
                                          : "",
              TEXT_ARG(step->kind == NODE_WAIT_FOR ? step->as : TEXT("")));
}

/* A state that rests, and only what others do can move it. */
static void check_rest(struct waiting *w, const struct node *state)
{
    bool is_stuck = true, has_inner = false;
    node_each(item, state->items)
    {
        has_inner |= item->kind == NODE_STATE || item->kind == NODE_FINAL;
        if (item->kind >= NODE_ON && item->kind <= NODE_EVERY && moves(item->block))
            is_stuck = false;
    }
    if (state->kind != NODE_STATE || state->position != 1 || has_inner || is_stuck ||
        is_bounded(w, state->declares) ||
        mistake_may_answer_in(w->graph->flow, state->declares))
        return;
    struct diag *diag =
        diag_add(w->c->diags, DIAG_F0501, state->name_span,
                 "`" TEXT_FMT "` can wait for ever", TEXT_ARG(state->name));
    diag_label(w->c->diags, diag, "it rests, and only an event can move it");
    diag_help(w->c->diags, diag, "state " TEXT_FMT " within 30d { …  on late go to … }",
              TEXT_ARG(state->name));
}

void check_waits(struct check *c, const struct flow_graph *graph)
{
    struct waiting w = {c, graph};
    for (uint32_t i = 0; i < graph->points.n; i++)
        if (graph->points.at[i].kind == FLOW_STEP)
            check_wait_step(&w, &graph->points.at[i]);
    for (uint32_t i = 0; i < graph->states.n; i++)
        check_rest(&w, graph->states.at[i]);
}
