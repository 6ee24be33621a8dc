/* What runs side by side: iterations at once, branches; and how `undo x` and `keep x`
 * find what is named among them. */
#include "dsl/lower_in.h"
#include "engine/base/must.h"

bool lower_is_fork(const struct node *for_each)
{
    return node_clause(for_each, NODE_AT_ONCE) != NULL ||
           node_clause(for_each, NODE_DESPITE) != NULL;
}

/* ---- parts ---- */

/* The body of a part, in the frame that is open. */
static uint32_t lower_part(struct lower *l, const struct node *part)
{
    struct lower_loop loop = {.outer = l->now.loop, .is_part = true, .collect = IR_NONE};
    lower_line(l, part);
    ir_open_body(l->b);
    uint32_t end = ir_label(l->b);
    if (part->where != NULL) {
        lower_expr(l, part->where);
        ir_emit(l->b, IR_JUMP_FALSE, 0, end);
    }
    l->now.loop = &loop;
    lower_action(l, part->block);
    l->now.loop = loop.outer;
    lower_join(l, end);
    return ir_close(l->b);
}

static uint32_t fork_row(struct lower *l, const struct node *node, enum ir_fork_kind kind,
                         uint32_t branches_n)
{
    const struct node *as = node_clause(node, NODE_AS);
    uint32_t fork = ir_new(l->b, forks);
    struct ir_fork row = {.kind = kind,
                          .first_wins = node_clause(node, NODE_FIRST_WINS) != NULL,
                          .despite = node_clause(node, NODE_DESPITE) != NULL,
                          .list = IR_NONE,
                          .window = IR_NONE,
                          .item = IR_NONE};
    row.gifts = lower_hidden(l);
    row.place = as != NULL ? lower_as(l, as) : IR_NONE;
    row.branches = (struct ir_range){ir_new_many(l->b, branches, branches_n), branches_n};
    row.step = lower_step_name(l, as != NULL             ? as->name
                                  : kind == IR_FORK_EACH ? TEXT("for_each")
                                                         : TEXT("together"));
    l->b->forks.at[fork] = row;
    return fork;
}

void lower_for_each_at_once(struct lower *l, const struct node *node)
{
    const struct node *at_once = node_clause(node, NODE_AT_ONCE);
    struct lower_frame frame;
    uint32_t list = lower_hidden(l);
    lower_expr(l, node->value);
    ir_emit(l->b, IR_SET, 0, list);
    uint32_t fork = fork_row(l, node, IR_FORK_EACH, 1);
    uint32_t window = at_once != NULL ? lower_block(l, at_once->value) : IR_NONE;
    lower_frame_open(l, &frame, false);
    struct ir_branch branch = {
        .name = IR_NONE, .frame = *frame.n, .gives = node->block->type != NULL};
    uint32_t item = lower_declare(l, node->declares);
    branch.body = lower_part(l, node);
    lower_frame_close(l);
    struct ir_fork *row = &l->b->forks.at[fork];
    row->list = list;
    row->window = window;
    row->item = item;
    l->b->branches.at[row->branches.first] = branch;
    lower_line(l, node);
    ir_emit(l->b, IR_FORK, 0, fork);
}

void lower_together(struct lower *l, const struct node *node)
{
    uint32_t fork = fork_row(l, node, IR_FORK_BRANCHES, node->items.n);
    uint32_t at = l->b->forks.at[fork].branches.first;
    node_each(part, node->items)
    {
        struct lower_frame frame;
        lower_frame_open(l, &frame, false);
        struct ir_branch branch = {.name = lower_text(l, part->name),
                                   .frame = *frame.n,
                                   .gives = part->block->type != NULL};
        branch.body = lower_part(l, part);
        lower_frame_close(l);
        l->b->branches.at[at++] = branch;
    }
    lower_line(l, node);
    ir_emit(l->b, IR_FORK, 0, fork);
}

/* ---- what is named ---- */

/* What lies around `said` and not around `named`. */
struct between {
    const struct node *said;
    const struct node *named;
    uint32_t parts;  /* around `said` only */
    bool goes_round; /* around `named` only: it may have happened several times */
};

static void look(struct between *b, const struct node *node)
{
    bool is_each = node->kind == NODE_FOR_EACH;
    bool around_said = node_is_in(b->said, node),
         around_named = node_is_in(b->named, node);
    if (!around_said && !around_named)
        return;
    if (around_said && !around_named)
        b->parts += node->kind == NODE_BRANCH || (is_each && lower_is_fork(node));
    if (around_named && !around_said)
        b->goes_round |= is_each || node->kind == NODE_REPEAT;
    node_each(item, node->items) look(b, item);
    node_each(clause, node->clauses) look(b, clause);
    node_each(when, node->whens) look(b, when);
    if (node->block != NULL)
        look(b, node->block);
    if (node->otherwise != NULL)
        look(b, node->otherwise);
}

void lower_named(struct lower *l, const struct node *node, struct ir_undo *row)
{
    must(node->symbol != NULL && node->symbol->node != NULL);
    struct between between = {.said = node, .named = node->symbol->node};
    look(&between, l->flow);
    row->name = lower_text(l, node->name);
    row->outside = between.parts;
    row->every = between.goes_round;
}
