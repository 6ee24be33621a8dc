/* Steps that come out in more than one way. The code of such a step is
 *
 *     its operation          CALL, WAIT, ASK, UNDO …
 *     JUMP end               where it comes out the usual way
 *     way 1 … JUMP end       each at the pc its row names
 *     end:
 */
#include "dsl/lower_in.h"
#include "engine/base/arena.h"
#include "engine/base/map.h"
#include "engine/base/must.h"

/* ---- rows ---- */

uint32_t lower_limit(struct lower *l, const struct node *limit, bool *is_moment)
{
    *is_moment = limit != NULL && limit->flag;
    if (limit == NULL)
        return IR_NONE;
    return lower_block(l, limit->value);
}

/* Fills a row of whens; `pc` is a label. Returns the place of `as`. */
uint32_t lower_when_row(struct lower *l, uint32_t row, const struct node *when,
                        uint32_t pc)
{
    struct text name = when->target == NULL ? TEXT("late") : when->name;
    struct ir_when made = {.name = lower_text(l, name), .form = IR_NONE, .pc = pc};
    made.place = lower_as(l, when);
    if (when->params.n > 0)
        made.form = lower_type(l, when->type);
    made.where = when->where != NULL ? lower_block(l, when->where) : IR_NONE;
    l->b->whens.at[row] = made;
    return made.place;
}

/* What `as` would have bound stays absent on a way that falls through. */
static void lower_way(struct lower *l, const struct node *action, uint32_t pc,
                      uint32_t absent)
{
    ir_here(l->b, pc);
    lower_action(l, action);
    if (ir_goes_on(l->b) && absent != IR_NONE)
        ir_emit(l->b, IR_UNSET, 0, absent);
}

/* A way of an `ask`: what falls through it is the choice's name, where `as` wants it. */
static void lower_answer(struct lower *l, const struct node *when, uint32_t pc,
                         uint32_t place)
{
    lower_way(l, when->block, pc, IR_NONE);
    if (!ir_goes_on(l->b) || place == IR_NONE)
        return;
    lower_push_text(l, when->target == NULL ? TEXT("late") : when->name);
    ir_emit(l->b, IR_SET, 0, place);
}

/* `is_ask`: `as` names which way it was; else what the usual way gave. */
static void lower_ways_as(struct lower *l, struct nodes whens, uint32_t first,
                          uint32_t place, bool is_ask)
{
    if (whens.n == 0)
        return;
    uint32_t end = ir_label(l->b);
    lower_jump(l, end);
    node_each(when, whens)
    {
        lower_line(l, when);
        uint32_t pc = ir_label(l->b);
        (void)lower_when_row(l, first++, when, pc);
        if (is_ask)
            lower_answer(l, when, pc, place);
        else
            lower_way(l, when->block, pc, place);
        if (when->next != NULL)
            lower_jump(l, end);
    }
    lower_join(l, end);
}

void lower_ways(struct lower *l, struct nodes whens, uint32_t first, uint32_t absent)
{
    lower_ways_as(l, whens, first, absent, false);
}

/* ---- call ---- */

static uint32_t policy_of(struct lower *l, const struct node *call, uint32_t operation)
{
    static const struct text steady = {"steady", 6};
    if (call->policy.n > 0)
        return lower_policy(l, l->now.module, call->policy);
    if (l->now.policy.n > 0)
        return lower_policy(l, l->now.module, l->now.policy);
    if (l->flow->policy.n > 0)
        return lower_policy(l, l->now.module, l->flow->policy);
    uint32_t said = l->b->operations.at[operation].policy;
    return said != IR_NONE ? said : lower_policy(l, l->now.module, steady);
}

/* `undone by { … }`: what it reads of the flow is frozen when the effect happens. */
static uint32_t lower_undo_block(struct lower *l, const struct node *clause)
{
    struct lower_frame undo;
    struct lower_loop *loop = l->now.loop;
    lower_frame_open(l, &undo, true);
    l->now.loop = NULL;
    uint32_t row = ir_new(l->b, undo_blocks);
    uint32_t body = lower_body(l, clause->block);
    struct ir_range captures = {ir_new_many(l->b, captures, undo.captures.n),
                                undo.captures.n};
    for (uint32_t i = 0; i < captures.n; i++)
        l->b->captures.at[captures.first + i] = undo.captures.at[i];
    l->b->undo_blocks.at[row] = (struct ir_undo_block){body, captures};
    lower_frame_close(l);
    l->now.loop = loop;
    return row;
}

static void fill_site(struct lower *l, const struct node *node, struct ir_site *row)
{
    const struct node *undone_by = node_clause(node, NODE_UNDONE_BY);
    row->place = lower_as(l, node);
    row->name = node->as.n > 0 ? lower_text(l, node->as)
                               : l->b->operations.at[row->operation].name;
    row->policy = policy_of(l, node, row->operation);
    row->limit = lower_limit(l, node->limit, &row->limit_is_moment);
    row->never_undone = node_clause(node, NODE_NEVER_UNDONE) != NULL;
    row->undo_block = undone_by != NULL ? lower_undo_block(l, undone_by) : IR_NONE;
    row->step = lower_step_name(l, node->target->name);
}

void lower_call(struct lower *l, const struct node *node)
{
    struct symbol *symbol = node->target->symbol;
    must(symbol != NULL && symbol->kind == SYMBOL_OPERATION);
    struct ir_site row = {.operation = lower_operation(l, symbol)};
    uint32_t site = ir_new(l->b, sites);
    row.whens = (struct ir_range){ir_new_many(l->b, whens, node->whens.n), node->whens.n};
    fill_site(l, node, &row);
    l->b->sites.at[site] = row;
    lower_line(l, node);
    lower_params_of(l, symbol->node->params, node->args);
    ir_emit(l->b, IR_CALL, symbol->node->params.n, site);
    lower_ways(l, node->whens, row.whens.first,
               node->declares != NULL ? row.place : IR_NONE);
}

/* ---- wait ---- */

static const struct node *key_arg(const struct node *pattern, uint32_t field)
{
    node_each(arg, pattern->args)
    {
        if (arg->position == (int32_t)field)
            return arg;
    }
    return NULL;
}

/* The keys in the order of the event's own. */
static struct ir_range lower_match_keys(struct lower *l, const struct node *pattern,
                                        uint32_t event)
{
    struct ir_range keys = l->b->events.at[event].keys;
    struct ir_range made = {ir_new_many(l->b, match_keys, pattern->args.n), 0};
    for (uint32_t i = 0; i < keys.n; i++) {
        uint32_t field = l->b->positions.at[keys.first + i];
        const struct node *arg = key_arg(pattern, field);
        if (arg == NULL)
            continue;
        const struct type *type =
            arg->value->wanted != NULL ? arg->value->wanted : arg->value->type;
        struct ir_match_key row = {.field = field, .is_list = type->kind == TYPE_LIST};
        row.block = lower_block(l, arg->value);
        l->b->match_keys.at[made.first + made.n++] = row;
    }
    return made;
}

struct ir_match lower_match(struct lower *l, const struct node *pattern,
                            const struct node *where, uint32_t place)
{
    struct symbol *symbol =
        pattern->symbol != NULL ? pattern->symbol : pattern->target->symbol;
    must(symbol != NULL && symbol->kind == SYMBOL_EVENT);
    struct ir_match row = {
        .event = lower_event(l, symbol), .place = place, .where = IR_NONE, .pc = IR_NONE};
    row.keys = lower_match_keys(l, pattern, row.event);
    if (where != NULL)
        row.where = lower_block(l, where);
    return row;
}

void lower_wait_for(struct lower *l, const struct node *node)
{
    uint32_t wait = ir_new(l->b, waits), came = ir_label(l->b), end = ir_label(l->b);
    uint32_t place = lower_as(l, node);
    struct ir_match match = lower_match(l, node->target, node->where, place);
    match.pc = came;
    struct ir_wait row = {.matches = {ir_new(l->b, matches), 1}, .late_pc = IR_NONE};
    l->b->matches.at[row.matches.first] = match;
    row.limit = lower_limit(l, node->limit, &row.limit_is_moment);
    row.step = lower_step_name(l, l->b->texts.at[l->b->events.at[match.event].name]);
    lower_line(l, node);
    ir_emit(l->b, IR_WAIT, 0, wait);
    ir_here(l->b, came);
    if (node->otherwise != NULL && row.limit != IR_NONE) {
        row.late_pc = ir_label(l->b);
        lower_jump(l, end);
        lower_way(l, node->otherwise, row.late_pc,
                  node->declares != NULL ? place : IR_NONE);
        lower_join(l, end);
    }
    l->b->waits.at[wait] = row;
}

static uint32_t count_patterns(struct nodes whens)
{
    uint32_t n = 0;
    node_each(when, whens)
    {
        n += when->target != NULL;
    }
    return n;
}

void lower_wait_any(struct lower *l, const struct node *node)
{
    uint32_t wait = ir_new(l->b, waits), end = ir_label(l->b);
    uint32_t n = count_patterns(node->whens), match = ir_new_many(l->b, matches, n);
    struct ir_wait row = {.matches = {match, n}, .late_pc = IR_NONE};
    row.limit = lower_limit(l, node->limit, &row.limit_is_moment);
    row.step = lower_step_name(l, TEXT("wait"));
    lower_line(l, node);
    ir_emit(l->b, IR_WAIT, 0, wait);
    lower_jump(l, end);
    node_each(when, node->whens)
    {
        uint32_t pc = ir_label(l->b);
        lower_line(l, when);
        if (when->target == NULL) {
            row.late_pc = pc;
        } else {
            struct ir_match made =
                lower_match(l, when->target, when->where, lower_as(l, when));
            made.pc = pc;
            l->b->matches.at[match++] = made;
        }
        lower_way(l, when->block, pc, IR_NONE);
        if (when->next != NULL)
            lower_jump(l, end);
    }
    lower_join(l, end);
    l->b->waits.at[wait] = row;
}

/* ---- ask ---- */

static struct text shown_name(struct lower *l, const struct node *expr, uint32_t i)
{
    while (expr->kind == NODE_PARENS)
        expr = expr->value;
    if (expr->kind == NODE_NAME || expr->kind == NODE_MEMBER || expr->kind == NODE_APPLY)
        return expr->name;
    return text_of(arena_printf(l->compile, "shown_%u", i + 1));
}

/* The name, numbered where something else is shown under it already. */
static uint32_t unique_name(struct lower *l, struct map *names, struct text name)
{
    uint32_t before = lower_known_text(names, name);
    uint32_t which = before == IR_NONE ? 1 : before + 1;
    lower_remember_text(l, names, name, which);
    return which == 1 ? lower_text(l, name)
                      : lower_text(l, text_of(arena_printf(l->compile, TEXT_FMT "_%u",
                                                           TEXT_ARG(name), which)));
}

uint32_t lower_showing(struct lower *l, struct nodes showing)
{
    if (showing.n == 0)
        return IR_NONE;
    struct ir_range fields = {ir_new_many(l->b, fields, showing.n), showing.n};
    struct map *names = map_new(l->compile);
    uint32_t i = 0;
    lower_line(l, showing.first);
    ir_open_block(l->b, 0);
    node_each(expr, showing)
    {
        lower_expr(l, expr);
        const struct type *type = expr->wanted != NULL ? expr->wanted : expr->type;
        struct ir_field field = {.name = unique_name(l, names, shown_name(l, expr, i)),
                                 .standard = IR_NONE};
        field.type = lower_type(l, type);
        l->b->fields.at[fields.first + i++] = field;
    }
    ir_emit(l->b, IR_RECORD, showing.n, lower_record_over(l, fields));
    return ir_close(l->b);
}

static struct ir_range lower_escalations(struct lower *l, const struct node *node)
{
    uint32_t n = 0;
    for (const struct node *c = node_clause(node, NODE_ESCALATE); c != NULL;
         c = node_clause_next(c, NODE_ESCALATE))
        n++;
    struct ir_range range = {ir_new_many(l->b, escalations, n), n};
    uint32_t i = range.first;
    for (const struct node *c = node_clause(node, NODE_ESCALATE); c != NULL;
         c = node_clause_next(c, NODE_ESCALATE)) {
        uint32_t role = lower_text(l, c->name), after = lower_block(l, c->value);
        l->b->escalations.at[i++] = (struct ir_escalation){role, after};
    }
    return range;
}

void lower_ask(struct lower *l, const struct node *node)
{
    uint32_t question = ir_new(l->b, questions);
    struct ir_question row = {.role = lower_text(l, node->target->name)};
    row.whens = (struct ir_range){ir_new_many(l->b, whens, node->whens.n), node->whens.n};
    row.question = lower_text_block(l, node->value);
    row.showing = lower_showing(l, node->showing);
    row.limit = lower_limit(l, node->limit, &row.limit_is_moment);
    row.escalations = lower_escalations(l, node);
    row.step = lower_step_name(l, node->target->name);
    l->b->questions.at[question] = row;
    uint32_t place = lower_as(l, node);
    lower_line(l, node);
    ir_emit(l->b, IR_ASK, 0, question);
    lower_ways_as(l, node->whens, row.whens.first, place, true);
}

/* ---- attempt, undo ---- */

void lower_attempt(struct lower *l, const struct node *node)
{
    uint32_t attempt = ir_new(l->b, attempts);
    struct ir_attempt row = {.from_pc = ir_label(l->b), .to_pc = ir_label(l->b)};
    row.name = node->name.n > 0 ? lower_text(l, node->name) : IR_NONE;
    row.mark = lower_hidden(l);
    row.step = lower_step_name(l, node->name.n > 0 ? node->name : TEXT("attempt"));
    row.whens = (struct ir_range){ir_new_many(l->b, whens, node->whens.n), node->whens.n};
    l->b->attempts.at[attempt] = row;
    ir_here(l->b, row.from_pc);
    ir_emit(l->b, IR_ATTEMPT, 0, attempt);
    lower_action(l, node->block);
    ir_here(l->b, row.to_pc);
    ir_emit(l->b, IR_ATTEMPT_END, 0, attempt);
    lower_ways(l, node->whens, row.whens.first, IR_NONE);
}

static uint32_t undo_row(struct lower *l, const struct node *node, enum ir_undo_mode mode,
                         struct text step)
{
    uint32_t undo = ir_new(l->b, undos);
    struct ir_undo row = {.mode = mode, .state = IR_NONE, .name = IR_NONE};
    if (mode == IR_UNDO_SINCE)
        row.state = lower_known(l->states, node->symbol->node);
    if (mode == IR_UNDO_NAMED)
        lower_named(l, node, &row);
    row.step = lower_step_name(l, step);
    row.whens = (struct ir_range){ir_new_many(l->b, whens, node->whens.n), node->whens.n};
    l->b->undos.at[undo] = row;
    return undo;
}

void lower_undo(struct lower *l, const struct node *node, enum ir_undo_mode mode)
{
    struct text step = TEXT("undo");
    if (mode == IR_UNDO_NAMED)
        step = text_of(arena_printf(l->compile, "undo_" TEXT_FMT, TEXT_ARG(node->name)));
    uint32_t undo = undo_row(l, node, mode, step);
    ir_emit(l->b, IR_UNDO, 0, undo);
    lower_ways(l, node->whens, l->b->undos.at[undo].whens.first, IR_NONE);
}

void lower_keep(struct lower *l, const struct node *node)
{
    struct text step =
        text_of(arena_printf(l->compile, "keep_" TEXT_FMT, TEXT_ARG(node->name)));
    ir_emit(l->b, IR_KEEP, 0, undo_row(l, node, IR_UNDO_NAMED, step));
}
