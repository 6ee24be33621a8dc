/* Steps that go round: `for each`, `repeat`, and where `give` leads in them. */
#include "dsl/lower_in.h"

/* ---- one after the other ---- */

static uint32_t loop_row(struct lower *l, const struct node *node)
{
    uint32_t list = lower_hidden(l), index = lower_hidden(l),
             item = lower_declare(l, node->declares), loop = ir_new(l->b, loops);
    l->b->loops.at[loop] = (struct ir_loop){list, index, item};
    lower_expr(l, node->value);
    ir_emit(l->b, IR_SET, 0, list);
    ir_push_int(l->b, 0);
    ir_emit(l->b, IR_SET, 0, index);
    return loop;
}

static void lower_iteration(struct lower *l, const struct node *node, uint32_t row,
                            struct lower_loop *loop)
{
    uint32_t end = ir_label(l->b);
    ir_here(l->b, loop->again);
    ir_emit(l->b, IR_EACH, row, end);
    if (node->where != NULL) {
        lower_expr(l, node->where);
        ir_emit(l->b, IR_JUMP_FALSE, 0, loop->again);
    }
    l->now.loop = loop;
    lower_action(l, node->block);
    l->now.loop = loop->outer;
    lower_jump(l, loop->again);
    ir_here(l->b, end);
}

void lower_for_each(struct lower *l, const struct node *node)
{
    const struct node *as = node_clause(node, NODE_AS);
    if (lower_is_fork(node)) {
        lower_for_each_at_once(l, node);
        return;
    }
    struct lower_loop loop = {
        .outer = l->now.loop, .again = ir_label(l->b), .collect = IR_NONE};
    if (as != NULL) {
        loop.collect = lower_hidden(l);
        ir_emit(l->b, IR_LIST, 0, 0);
        ir_emit(l->b, IR_SET, 0, loop.collect);
    }
    uint32_t row = loop_row(l, node);
    lower_iteration(l, node, row, &loop);
    if (as == NULL)
        return;
    uint32_t place = lower_as(l, as);
    ir_emit(l->b, IR_LOAD, 0, loop.collect);
    if (place == IR_NONE)
        ir_emit(l->b, IR_DROP, 0, 0);
    else
        ir_emit(l->b, IR_SET, 0, place);
}

/* ---- so many times ---- */

/* Ends the loop when what `until` says holds. */
static void lower_until(struct lower *l, const struct node *until, uint32_t end)
{
    uint32_t on = ir_label(l->b);
    if (until == NULL)
        return;
    lower_expr(l, until->value);
    ir_emit(l->b, IR_JUMP_FALSE, 0, on);
    ir_emit(l->b, IR_JUMP, 0, end);
    ir_here(l->b, on);
}

/* From the second round on it waits first, and looks at `until` once more: much may have
 * happened meanwhile. */
static void lower_pause(struct lower *l, const struct node *node, uint32_t row,
                        uint32_t end)
{
    const struct node *every = node_clause(node, NODE_EVERY_ROUND);
    uint32_t on = ir_label(l->b);
    if (every == NULL)
        return;
    ir_emit(l->b, IR_LOAD, 0, l->b->loops.at[row].index);
    ir_push_int(l->b, 1);
    ir_emit(l->b, IR_GT, 0, 0);
    ir_emit(l->b, IR_JUMP_FALSE, 0, on);
    lower_expr(l, every->value);
    ir_emit(l->b, IR_WAIT_TIME, 0, 0);
    lower_until(l, node_clause(node, NODE_UNTIL), end);
    ir_here(l->b, on);
}

void lower_repeat(struct lower *l, const struct node *node)
{
    uint32_t row = ir_new(l->b, loops), again = ir_label(l->b), end = ir_label(l->b),
             exhausted = ir_label(l->b);
    struct ir_loop loop = {lower_hidden(l), lower_hidden(l), IR_NONE};
    l->b->loops.at[row] = loop;
    lower_expr(l, node->value);
    ir_emit(l->b, IR_SET, 0, loop.list);
    ir_push_int(l->b, 0);
    ir_emit(l->b, IR_SET, 0, loop.index);
    ir_here(l->b, again);
    lower_until(l, node_clause(node, NODE_UNTIL), end);
    ir_emit(l->b, IR_ROUND, row, exhausted);
    lower_pause(l, node, row, end);
    lower_action(l, node->block);
    lower_jump(l, again);
    ir_here(l->b, exhausted);
    lower_action(l, node->otherwise);
    lower_join(l, end);
}

/* ---- giving ---- */

void lower_give(struct lower *l, const struct node *node)
{
    lower_expr(l, node->value);
    if (l->now.loop == NULL) {
        ir_emit(l->b, IR_GIVE, 0, 0);
        return;
    }
    if (l->now.loop->is_part) {
        ir_emit(l->b, IR_PART, 0, 0);
        return;
    }
    if (l->now.loop->collect != IR_NONE)
        ir_emit(l->b, IR_ADD_TO, 0, l->now.loop->collect);
    else
        ir_emit(l->b, IR_DROP, 0, 0);
    ir_emit(l->b, IR_JUMP, 0, l->now.loop->again);
}
