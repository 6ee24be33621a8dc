/* The outside world: adapters and operations, events, errors, policies, settings, and the
 * functions that all of them may call. Each is drawn in when it is first mentioned. */
#include "dsl/fold.h"
#include "dsl/lower_in.h"
#include "engine/base/arena.h"
#include "engine/base/map.h"
#include "engine/base/must.h"
#include "engine/base/when.h"

int64_t lower_duration(struct lower *l, const struct node *expr)
{
    struct fold f;
    if (!fold_scalar(l->compile, expr, &f) || f.kind != TYPE_DURATION) {
        lower_cannot(l, expr, "a duration that is not known here");
        return 0;
    }
    return f.whole;
}

/* ---- errors ---- */

uint32_t lower_error(struct lower *l, struct symbol *symbol)
{
    const struct type *record = symbol->type;
    uint32_t type =
        record != NULL ? lower_type(l, record) : ir_add_record(l->b, NULL, NULL, 0);
    struct buf key;
    buf_init(&key, l->compile);
    buf_u32(&key, type);
    buf_text(&key, symbol->name);
    uint32_t known = lower_known_text(l->errors, buf_done(&key));
    if (known != IR_NONE)
        return known;
    uint32_t error = ir_new(l->b, errors);
    l->b->errors.at[error] = (struct ir_error){lower_text(l, symbol->name), type};
    lower_remember_text(l, l->errors, buf_done(&key), error);
    return error;
}

struct ir_range lower_error_uses(struct lower *l, struct symbol *const *errors,
                                 uint32_t n)
{
    uint32_t *indices = arena_array(l->compile, uint32_t, n + 1);
    for (uint32_t i = 0; i < n; i++)
        indices[i] = lower_error(l, errors[i]);
    struct ir_range range = {l->b->error_uses.n, n};
    for (uint32_t i = 0; i < n; i++)
        vec_push(l->compile, &l->b->error_uses, indices[i]);
    return range;
}

/* ---- policies ---- */

static uint32_t built_in_policy(struct lower *l, struct text name)
{
    uint32_t policy = ir_new(l->b, policies);
    struct ir_policy *row = &l->b->policies.at[policy];
    row->name = lower_text(l, name);
    row->only = IR_ONLY_UNAVAILABLE | IR_ONLY_IN_DOUBT;
    row->tries = 1;
    if (text_is_chars(name, "steady")) {
        row->tries = 6;
        row->within = 30 * WHEN_MINUTE;
        row->each_within = 20 * WHEN_SECOND;
        row->pause = WHEN_SECOND;
        row->pause_max = 2 * WHEN_MINUTE;
        row->doubling = true;
        row->spread = 200;
    }
    return policy;
}

static uint32_t per_mille(struct lower *l, const struct node *percent)
{
    struct fold f;
    struct decimal scaled;
    int64_t whole;
    if (!fold_scalar(l->compile, percent, &f) ||
        !decimal_mul(f.decimal, decimal_from_i64(1000), &scaled) ||
        !decimal_round(scaled, 0, DECIMAL_HALF_EVEN, &scaled) ||
        !decimal_to_i64(scaled, &whole) || whole < 0 || whole > 1000) {
        lower_cannot(l, percent, "a spread outside 0% to 100%");
        return 0;
    }
    return (uint32_t)whole;
}

static uint32_t only_mask(const struct node *clause)
{
    uint32_t mask = 0;
    node_each(name, clause->items)
    {
        if (text_is_chars(name->name, "unavailable"))
            mask |= IR_ONLY_UNAVAILABLE;
        if (text_is_chars(name->name, "in_doubt"))
            mask |= IR_ONLY_IN_DOUBT;
    }
    return mask;
}

static void read_policy_clause(struct lower *l, struct ir_policy *row,
                               const struct node *clause)
{
    switch ((int)clause->kind) {
    case NODE_TRY:
        row->tries = clause->number < 1 ? 1 : (uint32_t)clause->number;
        return;
    case NODE_WITHIN:
        row->within = lower_duration(l, clause->value);
        return;
    case NODE_EACH_WITHIN:
        row->each_within = lower_duration(l, clause->value);
        return;
    case NODE_PAUSE:
        row->pause = row->pause_max = lower_duration(l, clause->value);
        row->doubling = clause->other != NULL;
        if (clause->other != NULL)
            row->pause_max = lower_duration(l, clause->other);
        if (row->pause_max < row->pause)
            row->pause_max = row->pause;
        return;
    case NODE_SPREAD:
        row->spread = per_mille(l, clause->value);
        return;
    case NODE_ONLY:
        row->only = only_mask(clause);
        return;
    }
}

uint32_t lower_policy(struct lower *l, const struct module *module, struct text name)
{
    const struct node *node = program_policy(l->program, module, name);
    uint32_t known = node != NULL ? lower_known(l->policies, node)
                                  : lower_known_text(l->policies, name);
    if (known != IR_NONE)
        return known;
    if (node == NULL) {
        uint32_t built_in = built_in_policy(l, name);
        lower_remember_text(l, l->policies, name, built_in);
        return built_in;
    }
    struct ir_policy row = {.name = lower_text(l, name),
                            .tries = 1,
                            .only = IR_ONLY_UNAVAILABLE | IR_ONLY_IN_DOUBT};
    node_each(clause, node->clauses)
    {
        read_policy_clause(l, &row, clause);
    }
    uint32_t policy = ir_new(l->b, policies);
    l->b->policies.at[policy] = row;
    lower_remember(l, l->policies, node, policy);
    return policy;
}

/* ---- adapters ---- */

static void read_rate(struct lower *l, struct ir_adapter *row, const struct node *item)
{
    struct fold f;
    if (fold_scalar(l->compile, item->value, &f) && f.kind == TYPE_INT && f.whole > 0 &&
        f.whole <= UINT32_MAX)
        row->rate = (uint32_t)f.whole;
    else
        lower_cannot(l, item->value, "a rate that is not a plain whole number");
    row->rate_per = lower_duration(l, item->other);
}

static uint32_t lower_adapter(struct lower *l, const struct symbol *symbol)
{
    uint32_t known = lower_known(l->adapters, symbol->node);
    if (known != IR_NONE)
        return known;
    struct ir_adapter row = {.name = lower_text(l, symbol->name)};
    node_each(item, symbol->node->items)
    {
        if (item->kind == NODE_LIMIT_RATE)
            read_rate(l, &row, item);
        if (item->kind == NODE_LIMIT_AT_ONCE)
            row.at_once = (uint32_t)item->number;
        if (item->kind == NODE_REST) {
            row.rest = lower_duration(l, item->value);
            row.rest_after = (uint32_t)item->number;
        }
    }
    uint32_t adapter = ir_new(l->b, adapters);
    l->b->adapters.at[adapter] = row;
    lower_remember(l, l->adapters, symbol->node, adapter);
    return adapter;
}

/* ---- operations ---- */

/* A block over an operation's parameters, and its result where there is one. */
static uint32_t text_over_params(struct lower *l, const struct node *expr,
                                 uint32_t params)
{
    lower_line(l, expr);
    ir_open_block(l->b, params);
    lower_expr_as_text(l, expr);
    return ir_close(l->b);
}

static uint32_t block_over_params(struct lower *l, const struct node *expr,
                                  uint32_t params)
{
    lower_line(l, expr);
    ir_open_block(l->b, params);
    lower_expr(l, expr);
    return ir_close(l->b);
}

/* `undone by f(…)`, `found by f(…)`: a record of the parameters of f. */
static uint32_t args_block(struct lower *l, const struct node *clause,
                           const struct symbol *target, uint32_t operation,
                           uint32_t given)
{
    uint32_t type = lower_record_over(l, l->b->operations.at[operation].params);
    lower_line(l, clause);
    ir_open_block(l->b, given);
    lower_params_of(l, target->node->params, clause->args);
    ir_emit(l->b, IR_RECORD, target->node->params.n, type);
    return ir_close(l->b);
}

static enum ir_class class_of(const struct node *node)
{
    if (!node->flag)
        return IR_CLASS_READ;
    if (node_clause(node, NODE_UNDONE_BY_OP) != NULL)
        return IR_CLASS_UNDONE;
    if (node_clause(node, NODE_IRREVERSIBLE) != NULL)
        return IR_CLASS_IRREVERSIBLE;
    return node_clause(node, NODE_HARMLESS) != NULL ? IR_CLASS_HARMLESS : IR_CLASS_UNSAID;
}

static void lower_key(struct lower *l, struct ir_operation *row, const struct node *node)
{
    const struct node *once = node_clause(node, NODE_ONCE_PER);
    if (once == NULL)
        return;
    row->key_kind = once->flag ? IR_KEY_STEP : IR_KEY_VALUE;
    if (!once->flag)
        row->key = text_over_params(l, once->value, row->params.n);
}

static struct symbol *sibling(const struct symbol *operation, struct text name)
{
    struct symbol *found = operation->owner != NULL && operation->owner->members != NULL
                               ? map_get(operation->owner->members, name)
                               : NULL;
    must(found != NULL);
    return found;
}

static void lower_partners(struct lower *l, struct ir_operation *row,
                           const struct symbol *symbol)
{
    const struct node *undo = node_clause(symbol->node, NODE_UNDONE_BY_OP),
                      *find = node_clause(symbol->node, NODE_FOUND_BY);
    uint32_t params = row->params.n;
    if (undo != NULL) {
        struct symbol *target = sibling(symbol, undo->name);
        row->undone_by = lower_operation(l, target);
        row->undone_args =
            args_block(l, undo, target, row->undone_by, params + (row->gives != IR_NONE));
    }
    if (find != NULL) {
        struct symbol *target = sibling(symbol, find->name);
        row->found_by = lower_operation(l, target);
        row->found_args = args_block(l, find, target, row->found_by, params);
    }
}

static void fill_operation(struct lower *l, struct ir_operation *row,
                           const struct symbol *symbol)
{
    const struct node *node = symbol->node;
    const struct node *within = node_clause(node, NODE_WITHIN),
                      *policy = node_clause(node, NODE_USING);
    row->name = lower_text(l, symbol->name);
    row->class_of = class_of(node);
    row->gives = node->type_of != NULL ? lower_type(l, node->type_of->type) : IR_NONE;
    row->errors = lower_error_uses(l, symbol->errors, symbol->errors_n);
    l->now.result = row->params.n;
    lower_key(l, row, node);
    lower_partners(l, row, symbol);
    if (within != NULL)
        row->within = block_over_params(l, within->value, row->params.n);
    if (policy != NULL)
        row->policy = lower_policy(l, lower_module_of(l, node), policy->name);
}

uint32_t lower_operation(struct lower *l, struct symbol *symbol)
{
    uint32_t known = lower_known(l->operations, symbol->node);
    if (known != IR_NONE)
        return known;
    struct lower_context before = lower_enter(l, LOWER_OPERATION, symbol->node);
    uint32_t operation = ir_new(l->b, operations);
    lower_remember(l, l->operations, symbol->node, operation);
    /* Its parameters first: another operation may be undone by it while it is made. */
    struct ir_range params = lower_params(l, symbol->node->params);
    uint32_t adapter = lower_adapter(l, symbol->owner);
    struct ir_operation row = l->b->operations.at[operation];
    row.params = params;
    row.adapter = adapter;
    l->b->operations.at[operation] = row;
    fill_operation(l, &row, symbol);
    l->b->operations.at[operation] = row;
    lower_leave(l, before);
    return operation;
}

/* ---- events, settings, functions ---- */

static struct ir_range positions_of(struct lower *l, const struct type *record,
                                    const struct node *clause)
{
    struct ir_range range = {l->b->positions.n, 0};
    if (clause == NULL)
        return (struct ir_range){0, 0};
    node_each(name, clause->items)
    {
        int32_t position = type_field_find(record, name->name);
        must(position >= 0);
        vec_push(l->compile, &l->b->positions, (uint32_t)position);
        range.n++;
    }
    return range;
}

uint32_t lower_event(struct lower *l, struct symbol *symbol)
{
    uint32_t known = lower_known(l->events, symbol->node);
    if (known != IR_NONE)
        return known;
    uint32_t event = ir_new(l->b, events);
    lower_remember(l, l->events, symbol->node, event);
    const struct node *held = node_clause(symbol->node, NODE_EVENT_HELD);
    struct ir_event row = {.name = lower_text(l, symbol->name)};
    row.record = lower_type(l, symbol->type);
    row.keys = positions_of(l, symbol->type, node_clause(symbol->node, NODE_EVENT_KEY));
    row.unique =
        positions_of(l, symbol->type, node_clause(symbol->node, NODE_EVENT_UNIQUE));
    row.held = held != NULL ? lower_duration(l, held->value) : 0;
    l->b->events.at[event] = row;
    return event;
}

uint32_t lower_setting(struct lower *l, struct symbol *symbol)
{
    uint32_t known = lower_known(l->settings, symbol->node);
    if (known != IR_NONE)
        return known;
    uint32_t setting = ir_new(l->b, settings);
    lower_remember(l, l->settings, symbol->node, setting);
    struct lower_context before = lower_enter(l, LOWER_FUNCTION, symbol->node);
    struct ir_setting row = {.name = lower_text(l, symbol->name), .standard = IR_NONE};
    row.type = lower_type(l, symbol->type);
    if (symbol->node->value != NULL)
        row.standard = lower_block(l, symbol->node->value);
    l->b->settings.at[setting] = row;
    lower_leave(l, before);
    return setting;
}

uint32_t lower_function(struct lower *l, struct symbol *symbol)
{
    uint32_t known = lower_known(l->functions, symbol->node);
    if (known != IR_NONE)
        return known;
    uint32_t function = ir_new(l->b, functions);
    lower_remember(l, l->functions, symbol->node, function);
    struct lower_context before = lower_enter(l, LOWER_FUNCTION, symbol->node);
    uint32_t params = symbol->node->params.n;
    struct ir_function row = {.name = lower_text(l, symbol->name), .params = params};
    row.gives = lower_type(l, symbol->type);
    row.block = block_over_params(l, symbol->node->value, params);
    l->b->functions.at[function] = row;
    lower_leave(l, before);
    return function;
}
