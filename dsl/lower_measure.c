/* What is measured of a flow: the moments between two marks, shares, amounts. */
#include "dsl/lower_in.h"
#include "dsl/outline.h"

static void lower_measure(struct lower *l, const struct node *node)
{
    uint32_t measure = ir_new(l->b, measures);
    lower_line(l, node);
    struct ir_measure row = {.name = lower_text(l, node->name),
                             .kind = node->kind == NODE_MEASURE_FROM ? IR_MEASURE_FROM_TO
                                     : node->kind == NODE_MEASURE_SHARE ? IR_MEASURE_SHARE
                                                                        : IR_MEASURE_OF,
                             .from = IR_NONE,
                             .to = IR_NONE,
                             .block = IR_NONE,
                             .goal = IR_NONE,
                             .goal_said = IR_NONE};
    if (node->kind == NODE_MEASURE_FROM) {
        row.from = lower_text(l, node->target->name);
        row.to = lower_text(l, node->other->name);
    } else {
        row.block = lower_block(l, node->value);
    }
    if (node->third != NULL) {
        row.goal = lower_block(l, node->third);
        row.goal_said = lower_text(l, outline_source(l->compile, node->third->span));
    }
    l->b->measures.at[measure] = row;
}

void lower_measures(struct lower *l)
{
    node_each(item, l->flow->items)
    {
        if (item->kind == NODE_MEASURE_FROM || item->kind == NODE_MEASURE_SHARE ||
            item->kind == NODE_MEASURE_OF)
            lower_measure(l, item);
    }
}
