/* Limits within limits: is one longer than the one around it? (F0506) */
#include "dsl/check_in.h"
#include "dsl/flow_graph.h"
#include "dsl/fold.h"

/* Microseconds of a constant `within`; 0: not known now, or in business time. */
static int64_t length_of(struct check *c, const struct node *expr)
{
    struct fold fold;
    return expr != NULL && fold_scalar(c->compile, expr, &fold) &&
                   fold.kind == TYPE_DURATION
               ? fold.whole
               : 0;
}

static int64_t limit_of(struct check *c, const struct node *limited)
{
    return limited->limit == NULL || limited->limit->flag
               ? 0
               : length_of(c, limited->limit->value);
}

static void say_longer(struct check *c, struct span at, const struct node *around)
{
    struct diag *diag =
        diag_add(c->diags, DIAG_F0506, at, "this limit can never be reached");
    diag_label(c->diags, diag, "longer than `" TEXT_FMT "` lasts",
               TEXT_ARG(around->name));
    diag_also(c->diags, diag, around->limit->span, "over before that");
}

/* The policy that the step or its state names for itself. */
static void check_policy_within(struct check *c, const struct node *step,
                                const struct node *state, int64_t most)
{
    const struct node *who = step->policy.n > 0 ? step : state;
    const struct symbol *policy =
        who->policy.n == 0
            ? NULL
            : scope_find_kind(c->module->scope, SYMBOL_POLICY, who->policy);
    const struct node *within = policy == NULL || policy->node == NULL
                                    ? NULL
                                    : node_clause(policy->node, NODE_WITHIN);
    if (within == NULL || length_of(c, within->value) <= most)
        return;
    struct diag *diag = diag_add(c->diags, DIAG_F0506, who->policy_span,
                                 "this limit can never be reached");
    diag_label(c->diags, diag,
               "tries for " TEXT_FMT ", but `" TEXT_FMT "` is over before",
               TEXT_ARG(span_text(within->value->span)), TEXT_ARG(state->name));
    diag_also(c->diags, diag, state->limit->span, "over after this");
}

void check_limits(struct check *c, const struct flow_graph *graph)
{
    for (uint32_t i = 0; i < graph->states.n; i++) {
        const struct node *state = graph->states.at[i];
        const struct symbol *outer = state->declares->owner;
        int64_t most = outer == NULL ? 0 : limit_of(c, outer->node);
        if (most > 0 && limit_of(c, state) > most)
            say_longer(c, state->limit->span, outer->node);
    }
    for (uint32_t i = 0; i < graph->points.n; i++) {
        const struct flow_point *point = &graph->points.at[i];
        uint32_t root = flow_strand_root(graph, point->strand);
        const struct node *state = graph->strands.at[root].node;
        int64_t most = state->kind == NODE_STATE ? limit_of(c, state) : 0;
        if (point->kind != FLOW_STEP || most == 0)
            continue;
        if (limit_of(c, point->node) > most)
            say_longer(c, point->node->limit->span, state);
        else if (point->node->kind == NODE_WAIT &&
                 length_of(c, point->node->value) > most)
            say_longer(c, point->node->value->span, state);
        if (point->node->kind == NODE_CALL)
            check_policy_within(c, point->node, state, most);
    }
}
