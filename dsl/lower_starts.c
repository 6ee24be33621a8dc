/* How a flow begins without being asked to: by an event, or when a moment comes. */
#include "dsl/fold.h"
#include "dsl/lower_in.h"
#include "dsl/outline.h"
#include "engine/base/arena.h"
#include "engine/base/when.h"

/* Its `as` is a scope of its own: one line, one frame place. */
static void lower_starts_on(struct lower *l, const struct node *node)
{
    struct lower_frame frame;
    uint32_t start = ir_new(l->b, starts_on);
    lower_frame_open(l, &frame, true);
    struct ir_match match = lower_match(l, node->target, node->where, lower_as(l, node));
    struct ir_start_on row = {.match = lower_match_row(l, match)};
    lower_line(l, node);
    ir_open_block(l->b, 0);
    lower_params_of(l, l->flow->params, node->args);
    ir_emit(l->b, IR_RECORD, l->flow->params.n, l->b->flow.params);
    row.args = ir_close(l->b);
    l->b->starts_on.at[start] = row;
    lower_frame_close(l);
}

/* "1d at \"02:00\"" */
static struct text said(struct lower *l, const struct node *node)
{
    struct text every = outline_source(l->compile, node->value->span);
    if (node->other == NULL)
        return every;
    return text_of(arena_printf(l->compile, TEXT_FMT " at " TEXT_FMT, TEXT_ARG(every),
                                TEXT_ARG(outline_source(l->compile, node->other->span))));
}

static void lower_starts_every(struct lower *l, const struct node *node)
{
    int64_t minutes = node->other != NULL ? fold_time_of_day(node->other->name) : -1;
    uint32_t start = ir_new(l->b, starts_every);
    struct lower_context before = lower_enter(l, LOWER_FUNCTION, node);
    lower_line(l, node);
    struct ir_start_every row = {.every = lower_block(l, node->value),
                                 .at = minutes * WHEN_MINUTE,
                                 .said = lower_text(l, said(l, node))};
    l->b->starts_every.at[start] = row;
    lower_leave(l, before);
}

void lower_starts(struct lower *l)
{
    node_each(item, l->flow->items)
    {
        if (item->kind == NODE_STARTS_ON)
            lower_starts_on(l, item);
        else if (item->kind == NODE_STARTS_EVERY)
            lower_starts_every(l, item);
    }
}
