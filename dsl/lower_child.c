/* Flows that begin flows: `run` and `start`. The image knows of the other flow what
 * travels between the two, and how its key is made. */
#include "dsl/lower_in.h"
#include "engine/base/must.h"

/* The key's expression reads the other flow's parameters: here they are temps. */
static uint32_t lower_child_key(struct lower *l, const struct node *flow)
{
    node_each(item, flow->items)
    {
        if (item->kind != NODE_KEY)
            continue;
        struct lower_context before = lower_enter(l, LOWER_OPERATION, flow);
        lower_line(l, item);
        ir_open_block(l->b, flow->params.n);
        lower_expr_as_text(l, item->value);
        uint32_t block = ir_close(l->b);
        lower_leave(l, before);
        return block;
    }
    return IR_NONE;
}

static uint32_t child_row(struct lower *l, const struct node *step,
                          const struct symbol *flow)
{
    struct ir_child row = {.is_owned = step->kind == NODE_RUN, .gives = IR_NONE};
    struct lower_context before = lower_enter(l, LOWER_FUNCTION, flow->node);
    row.params = lower_params(l, flow->node->params);
    if (flow->node->type_of != NULL)
        row.gives = lower_type(l, flow->node->type_of->type);
    row.errors = lower_error_uses(l, flow->errors, flow->errors_n);
    lower_leave(l, before);
    row.key = lower_child_key(l, flow->node);
    row.flow = lower_text(l, flow->name);
    row.name = step->as.n > 0 ? lower_text(l, step->as) : row.flow;
    row.never_undone = node_clause(step, NODE_NEVER_UNDONE) != NULL;
    row.limit = lower_limit(l, step->limit, &row.limit_is_moment);
    row.whens = (struct ir_range){ir_new_many(l->b, whens, step->whens.n), step->whens.n};
    row.place = lower_as(l, step);
    row.step = lower_step_name(l, flow->name);
    uint32_t child = ir_new(l->b, children);
    l->b->children.at[child] = row;
    return child;
}

void lower_run(struct lower *l, const struct node *step)
{
    const struct symbol *flow = step->target->symbol;
    must(flow != NULL && flow->kind == SYMBOL_FLOW);
    uint32_t child = child_row(l, step, flow);
    struct ir_range whens = l->b->children.at[child].whens;
    uint32_t place = l->b->children.at[child].place;
    lower_line(l, step);
    lower_params_of(l, flow->node->params, step->args);
    ir_emit(l->b, step->kind == NODE_RUN ? IR_RUN : IR_START, flow->node->params.n,
            child);
    lower_ways(l, step->whens, whens.first, step->declares != NULL ? place : IR_NONE);
}
