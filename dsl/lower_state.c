/* States and what belongs to them: handlers, dead letters. */
#include "dsl/lower_in.h"
#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/map.h"
#include "engine/base/must.h"

/* ---- rows first ---- */

static bool is_state(const struct node *node)
{
    return node->kind == NODE_STATE || node->kind == NODE_FINAL;
}

/* States in source order, each before those inside it. */
static uint32_t reserve_states(struct lower *l, struct nodes items, uint32_t parent)
{
    uint32_t first = IR_NONE;
    node_each(item, items)
    {
        if (!is_state(item))
            continue;
        uint32_t state = ir_new(l->b, states);
        first = first == IR_NONE ? state : first;
        lower_remember(l, l->states, item, state);
        struct buf path;
        buf_init(&path, l->compile);
        if (parent != IR_NONE) {
            buf_text(&path, l->b->texts.at[l->b->states.at[parent].path]);
            buf_char(&path, '.');
        }
        buf_text(&path, item->name);
        uint32_t name = lower_text(l, item->name);
        uint32_t path_text = lower_text(l, buf_done(&path));
        struct ir_state *row = &l->b->states.at[state];
        row->name = name;
        row->path = path_text;
        row->parent = parent;
        row->is_final = item->kind == NODE_FINAL;
        uint32_t inner = reserve_states(l, item->items, state);
        l->b->states.at[state].first_inner = inner;
    }
    return first;
}

void lower_reserve(struct lower *l)
{
    l->b->flow.first_state = reserve_states(l, l->flow->items, IR_NONE);
    node_each(item, l->flow->items)
    {
        if (item->kind == NODE_DEAD_LETTER)
            lower_remember_text(l, l->letters, item->name, ir_new(l->b, dead_letters));
    }
}

/* ---- handlers ---- */

static bool is_handler(const struct node *node)
{
    return node->kind >= NODE_ON && node->kind <= NODE_IGNORE;
}

uint32_t lower_match_row(struct lower *l, struct ir_match match)
{
    uint32_t row = ir_new(l->b, matches);
    l->b->matches.at[row] = match;
    return row;
}

static struct ir_handler on_event(struct lower *l, const struct node *node)
{
    struct ir_match match = lower_match(l, node->target, node->where, lower_as(l, node));
    struct ir_handler row = {.kind = IR_HANDLER_EVENT};
    row.body = match.pc = lower_body(l, node->block);
    row.match = lower_match_row(l, match);
    row.error = row.place = row.period = IR_NONE;
    return row;
}

static struct ir_handler on_trouble(struct lower *l, const struct node *node,
                                    enum ir_handler_kind kind)
{
    struct ir_handler row = {
        .kind = kind, .match = IR_NONE, .error = IR_NONE, .period = IR_NONE};
    if (node->target != NULL)
        row.error = lower_text(l, node->target->name);
    row.place = lower_as(l, node);
    row.body = lower_body(l, node->block);
    return row;
}

static struct ir_handler on_time(struct lower *l, const struct node *node,
                                 enum ir_handler_kind kind)
{
    struct ir_handler row = {
        .kind = kind, .match = IR_NONE, .error = IR_NONE, .place = IR_NONE};
    row.period = lower_block(l, node->value);
    row.body = lower_body(l, node->block);
    return row;
}

static struct ir_handler ignoring(struct lower *l, const struct node *node)
{
    must(node->symbol != NULL && node->symbol->kind == SYMBOL_EVENT);
    struct ir_match match = {.event = lower_event(l, node->symbol),
                             .place = IR_NONE,
                             .where = IR_NONE,
                             .pc = IR_NONE};
    return (struct ir_handler){.kind = IR_HANDLER_IGNORE,
                               .match = lower_match_row(l, match),
                               .error = IR_NONE,
                               .place = IR_NONE,
                               .period = IR_NONE,
                               .body = IR_NONE};
}

static struct ir_handler lower_handler(struct lower *l, const struct node *node)
{
    switch ((int)node->kind) {
    case NODE_ON:
        return on_event(l, node);
    case NODE_ON_ERROR:
        return on_trouble(l, node, IR_HANDLER_ERROR);
    case NODE_ON_LATE:
        return on_trouble(l, node, IR_HANDLER_LATE);
    case NODE_ON_CANCEL:
        return on_trouble(l, node, IR_HANDLER_CANCEL);
    case NODE_AFTER:
        return on_time(l, node, IR_HANDLER_AFTER);
    case NODE_EVERY:
        return on_time(l, node, IR_HANDLER_EVERY);
    }
    return ignoring(l, node);
}

static struct ir_range lower_handlers(struct lower *l, struct nodes items, uint32_t state)
{
    VEC(struct ir_handler) made = {0};
    node_each(item, items)
    {
        if (!is_handler(item))
            continue;
        lower_line(l, item);
        struct ir_handler row = lower_handler(l, item);
        row.state = state;
        row.line = item->span.line;
        vec_push(l->compile, &made, row);
    }
    struct ir_range range = {ir_new_many(l->b, handlers, made.n), made.n};
    for (uint32_t i = 0; i < made.n; i++)
        l->b->handlers.at[range.first + i] = made.at[i];
    return range;
}

/* ---- states ---- */

static bool has_steps(struct nodes items)
{
    node_each(item, items)
    {
        if (lower_is_step(item))
            return true;
    }
    return false;
}

static uint32_t lower_state_body(struct lower *l, const struct node *node)
{
    if (node->kind == NODE_FINAL)
        return node->block != NULL ? lower_body(l, node->block) : IR_NONE;
    if (!has_steps(node->items))
        return IR_NONE;
    lower_line(l, node);
    ir_open_body(l->b);
    lower_steps(l, node->items);
    return ir_close(l->b);
}

static void lower_state(struct lower *l, const struct node *node)
{
    uint32_t state = lower_known(l->states, node);
    struct lower_context before = l->now;
    l->now.state = state;
    l->now.path = l->b->texts.at[l->b->states.at[state].path];
    if (node->policy.n > 0)
        l->now.policy = node->policy;
    struct ir_state row = l->b->states.at[state];
    row.line = node->span.line;
    row.doc = lower_doc(l, node->doc);
    row.visits_max = node->number > 0 ? (uint32_t)node->number : 0;
    row.limit = lower_limit(l, node->limit, &row.limit_is_moment);
    row.body = lower_state_body(l, node);
    row.handlers = lower_handlers(l, node->items, state);
    l->b->states.at[state] = row;
    node_each(item, node->items)
    {
        if (is_state(item))
            lower_state(l, item);
    }
    l->now = before;
}

/* The dead letter that `on error refer to` of the flow names. */
static uint32_t error_letter(struct lower *l)
{
    node_each(item, l->flow->items)
    {
        if (item->kind != NODE_ON_ERROR || item->target != NULL || item->block == NULL)
            continue;
        const struct node *action = item->block;
        if (action->kind == NODE_BLOCK && action->items.n == 1)
            action = action->items.first;
        if (action->kind == NODE_REFER_TO)
            return lower_known_text(l->letters, action->name);
    }
    return IR_NONE;
}

/* The flow's own handlers come last: rows are sorted by state, and IR_NONE is the
 * largest. */
void lower_states(struct lower *l)
{
    node_each(item, l->flow->items)
    {
        if (is_state(item))
            lower_state(l, item);
    }
    (void)lower_handlers(l, l->flow->items, IR_NONE);
    l->b->flow.error_dead_letter = error_letter(l);
}

/* ---- dead letters ---- */

static void lower_choices(struct lower *l, const struct node *node,
                          struct ir_dead_letter *row)
{
    uint32_t choices = 0, afters = 0;
    node_each(item, node->whens)
    {
        *(item->kind == NODE_WHEN ? &choices : &afters) += 1;
    }
    row->whens = (struct ir_range){ir_new_many(l->b, whens, choices), choices};
    row->afters = (struct ir_range){ir_new_many(l->b, escalations, afters), afters};
    uint32_t when = row->whens.first, after = row->afters.first;
    uint32_t *bodies = arena_array(l->compile, uint32_t, afters + 1);
    node_each(item, node->whens)
    {
        struct lower_frame frame; /* several may lie here: what each is told is its own */
        lower_line(l, item);
        lower_frame_open(l, &frame, false);
        if (item->kind == NODE_WHEN) {
            uint32_t spot = when++;
            (void)lower_when_row(l, spot, item, IR_NONE);
            uint32_t body = lower_body(l, item->block);
            l->b->whens.at[spot].pc = body;
        } else {
            uint32_t block = lower_block(l, item->value);
            l->b->escalations.at[after] = (struct ir_escalation){IR_NONE, block};
            bodies[after++ - row->afters.first] = lower_body(l, item->block);
        }
        lower_frame_close(l);
    }
    row->after_bodies = (struct ir_range){l->b->positions.n, afters};
    for (uint32_t i = 0; i < afters; i++)
        vec_push(l->compile, &l->b->positions, bodies[i]);
}

static void lower_dead_letter(struct lower *l, const struct node *node)
{
    struct lower_context before = l->now;
    l->now.path = node->name;
    struct ir_dead_letter row = {.name = lower_text(l, node->name)};
    row.role = lower_text(l, node->target->name);
    row.line = node->span.line;
    row.question = lower_text_block(l, node->value);
    row.showing = lower_showing(l, node->showing);
    row.limit = lower_limit(l, node->limit, &row.limit_is_moment);
    lower_choices(l, node, &row);
    l->b->dead_letters.at[lower_known_text(l->letters, node->name)] = row;
    l->now = before;
}

void lower_dead_letters(struct lower *l)
{
    node_each(item, l->flow->items)
    {
        if (item->kind == NODE_DEAD_LETTER)
            lower_dead_letter(l, item);
    }
}
