/* A flow: its parameters, variables, handlers and states. */
#include "dsl/check_in.h"
#include "dsl/fold.h"
#include "engine/base/limits.h"
#include "engine/base/when.h"

static void check_items(struct check *c, struct node *owner);

static bool is_step(const struct node *node)
{
    return (node->kind >= NODE_BLOCK && node->kind <= NODE_STAY) ||
           node->kind == NODE_ERROR;
}

static void begin_body(struct check *c)
{
    c->facts = NULL;
    c->is_dead = false;
}

/* ---- variables of the flow and of states can be seen by all that is beside them ---- */

static void bind_variables(struct check *c, struct nodes items)
{
    node_each(item, items)
    {
        if (item->kind != NODE_VAR)
            continue;
        const struct type *type = check_type(c, item->type_of);
        item->declares =
            check_bind(c, SYMBOL_VARIABLE, item->name, item->name_span, item, type);
        item->declares->is_assigned_later = item->value == NULL;
        item->declares->owner = c->state == NULL ? NULL : c->state->symbol;
    }
}

/* True: they may come to their end. */
static bool check_own_steps(struct check *c, struct nodes items)
{
    struct scope *outer = c->scope;
    begin_body(c);
    c->scope = scope_new(c->compile, outer);
    const struct node *left_by = NULL;
    node_each(item, items)
    {
        if (!is_step(item))
            continue;
        if (c->is_dead && left_by != NULL && item->kind != NODE_ERROR) {
            struct diag *diag =
                diag_add(c->diags, DIAG_F0205, item->span, "this is never reached");
            diag_also(c->diags, diag, left_by->span, "leaves here");
            left_by = NULL;
        }
        bool was_dead = c->is_dead;
        check_step(c, item);
        if (c->is_dead && !was_dead)
            left_by = item;
        c->is_dead |= was_dead;
    }
    c->scope = outer;
    return !c->is_dead;
}

/* ---- handlers ---- */

static void check_handler_body(struct check *c, struct node *handler)
{
    bool was = c->in_handler;
    struct giving *giving = c->giving;
    c->in_handler = true;
    c->giving = NULL;
    check_action(c, handler->block);
    c->in_handler = was;
    c->giving = giving;
}

static const struct type *record_of_cancel(struct check *c)
{
    struct type_field *fields = arena_array(c->compile, struct type_field, 2);
    fields[0] = (struct type_field){TEXT("by"), &type_text, NULL};
    fields[1] = (struct type_field){TEXT("reason"), &type_text, NULL};
    return type_record(c->compile, TEXT(""), fields, 2);
}

static const struct type *what_is_handled(struct check *c, struct node *handler)
{
    if (handler->kind == NODE_ON) {
        check_pattern(c, handler->target);
        handler->symbol = handler->target->symbol;
        return handler->target->type;
    }
    if (handler->kind == NODE_ON_CANCEL)
        return record_of_cancel(c);
    if (handler->target == NULL || check_is_builtin_error(handler->target->name))
        return c->program->problem;
    struct symbol *error = check_find_error(c, handler->target, NULL, 0);
    handler->symbol = handler->target->symbol = error;
    if (error != NULL)
        return error->type;
    diag_add(c->diags, DIAG_F0101, handler->target->span,
             "nothing here fails with `" TEXT_FMT "`", TEXT_ARG(handler->target->name));
    return &type_poison;
}

static void check_handler(struct check *c, struct node *handler)
{
    struct scope *outer = c->scope;
    c->scope = scope_new(c->compile, outer);
    begin_body(c);
    if (handler->kind == NODE_AFTER || handler->kind == NODE_EVERY)
        check_duration(c, handler->value, true);
    else if (handler->kind != NODE_ON_LATE)
        handler->type = what_is_handled(c, handler);
    if (handler->as.n > 0)
        handler->declares = check_bind(c, SYMBOL_LOCAL, handler->as, handler->as_span,
                                       handler, handler->type);
    if (handler->where != NULL) {
        check_condition(c, handler->where);
        facts_learn(c, handler->where, true);
    }
    check_handler_body(c, handler);
    c->scope = outer;
}

static void check_ignore(struct check *c, struct node *node)
{
    node->symbol = scope_find_kind(c->scope, SYMBOL_EVENT, node->name);
    if (node->symbol == NULL || node->symbol->kind != SYMBOL_EVENT)
        node->symbol = check_unknown(c, node->name_span, "event", node->name, c->scope,
                                     1U << SYMBOL_EVENT);
}

/* ---- states ---- */

static void check_state(struct check *c, struct node *node)
{
    struct state_in state = {c->state, node->declares};
    struct scope *outer = c->scope;
    begin_body(c);
    check_limit(c, node->limit);
    check_policy(c, node->policy, node->policy_span);
    c->state = &state;
    c->scope = scope_new(c->compile, outer);
    check_items(c, node);
    c->scope = outer;
    c->state = state.outer;
}

static void check_final(struct check *c, struct node *node)
{
    struct giving giving = {.wanted = c->flow->symbol->type}, *outer = c->giving;
    struct state_in state = {c->state, node->declares};
    begin_body(c);
    c->state = &state;
    c->giving = giving.wanted == NULL ? NULL : &giving;
    check_action(c, node->block);
    c->giving = outer;
    c->state = state.outer;
}

static void check_dead_letter(struct check *c, struct node *node)
{
    bool was = c->in_dead_letter;
    begin_body(c);
    c->in_dead_letter = true;
    check_want(c, node->value, &type_text);
    check_limit(c, node->limit);
    node_each(shown, node->showing) check_expr(c, shown, NULL);
    node_each(when, node->whens)
    {
        begin_body(c);
        if (when->kind == NODE_DL_AFTER) {
            check_duration(c, when->value, true);
            check_action(c, when->block);
        }
    }
    begin_body(c);
    check_whens(c, node->whens, NULL, false, true);
    c->in_dead_letter = was;
}

/* ---- the rest ---- */

static void check_key(struct check *c, struct node *node)
{
    begin_body(c);
    const struct type *type = check_expr(c, node->value, &type_text);
    if (type->kind != TYPE_INT)
        check_fit(c, node->value, &type_text);
}

static void check_starts_on(struct check *c, struct node *node)
{
    struct scope *outer = c->scope;
    begin_body(c);
    c->scope =
        scope_new(c->compile, c->module->scope); /* a scope of its own, the one line */
    check_pattern(c, node->target);
    if (node->as.n > 0)
        node->declares = check_bind(c, SYMBOL_LOCAL, node->as, node->as_span, node,
                                    node->target->type);
    node->type = node->target->type;
    if (node->where != NULL)
        check_condition(c, node->where);
    check_args(
        c, node->args, check_params_type(c, c->flow->symbol), node->span,
        arena_printf(c->compile, "`" TEXT_FMT "`", TEXT_ARG(c->flow->symbol->name)),
        false, true);
    c->scope = outer;
}

static void say_schedule(struct check *c, struct span at, const char *what,
                         const char *why)
{
    diag_why(c->diags, diag_add(c->diags, DIAG_F0508, at, "%s", what), "%s", why);
}

/* `at` is a time of a day: it wants whole days. What is known only when it runs is looked
 * at there. */
static void check_moments(struct check *c, const struct node *node)
{
    struct fold f;
    bool is_known = fold_scalar(c->compile, node->value, &f);
    if (node->other != NULL && fold_time_of_day(node->other->name) < 0)
        diag_add(c->diags, DIAG_F0102, node->other->span,
                 "a time of day is wanted, as \"08:00\"");
    else if (is_known && (f.kind == TYPE_DURATION ? f.whole < LIMIT_SCHEDULE_LEAST_US
                                                  : f.whole < 1 && f.hours < 1))
        say_schedule(c, node->value->span, "that is too often",
                     "A flow begins by itself once a second at most.");
    else if (is_known && node->other != NULL &&
             (f.kind == TYPE_DURATION ? f.whole % WHEN_DAY != 0 : f.whole < 1))
        say_schedule(c, node->other->span, "only whole days have a time of day",
                     "Say `1d` or `1bd` before `at`, or leave `at` out.");
}

/* There is no order yet: no parameter, no variable. */
static void check_starts_every(struct check *c, struct node *node)
{
    struct scope *outer = c->scope;
    begin_body(c);
    c->scope = scope_new(c->compile, c->module->scope);
    check_duration(c, node->value, true);
    check_args(c, (struct nodes){0}, check_params_type(c, c->flow->symbol), node->span,
               arena_printf(c->compile, "`" TEXT_FMT "` begins by itself, and",
                            TEXT_ARG(c->flow->symbol->name)),
               false, true);
    c->scope = outer;
    check_moments(c, node);
}

static void check_mark(struct check *c, struct node *name)
{
    name->symbol = scope_find_kind_here(c->flow->names, SYMBOL_MARK, name->name);
    if (name->symbol == NULL)
        name->symbol = check_unknown(c, name->span, "mark", name->name, c->flow->names,
                                     1U << SYMBOL_MARK);
}

/* What is added up: a number, money, a duration; where it is absent nothing is. */
static void check_amount(struct check *c, struct node *node)
{
    const struct type *type = type_present(check_expr(c, node->value, NULL));
    bool is_amount = type->kind == TYPE_INT || type->kind == TYPE_DECIMAL ||
                     type->kind == TYPE_MONEY || type->kind == TYPE_DURATION ||
                     type->kind == TYPE_POISON;
    if (!is_amount)
        diag_add(c->diags, DIAG_F0102, node->value->span,
                 "a number, money or a duration is wanted, and this is " TEXT_FMT,
                 TEXT_ARG(type_text_of(c->compile, type)));
    else if (node->third != NULL)
        check_want(c, node->third, type);
}

static void check_measure(struct check *c, struct node *node)
{
    begin_body(c);
    if (node->kind == NODE_MEASURE_FROM) {
        check_mark(c, node->target);
        check_mark(c, node->other);
        if (node->third != NULL)
            check_duration(c, node->third, true);
    } else if (node->kind == NODE_MEASURE_SHARE) {
        check_condition(c, node->value);
        if (node->third != NULL)
            check_want(c, node->third, &type_decimal);
    } else {
        check_amount(c, node);
    }
}

static void check_migrate_set(struct check *c, struct node *item)
{
    struct symbol *symbol = scope_find_kind(c->scope, SYMBOL_VARIABLE, item->name);
    if (symbol != NULL && symbol->kind != SYMBOL_VARIABLE)
        symbol = NULL;
    if (symbol == NULL)
        symbol = check_unknown(c, item->name_span, "variable", item->name, c->scope,
                               1U << SYMBOL_VARIABLE);
    item->symbol = symbol;
    check_want(c, item->value, symbol == NULL ? &type_poison : symbol->type);
}

static bool is_again(struct check *c, const struct node *a, const struct node *b)
{
    if (a == b || a->kind != b->kind)
        return false;
    if (a->kind == NODE_MIGRATE)
        return a->number == b->number;
    return a->kind == NODE_MIGRATE_SET ? text_is(a->name, b->name)
                                       : text_is(path_text(c->compile, a->target),
                                                 path_text(c->compile, b->target));
}

static void say_again(struct check *c, struct nodes items, const struct node *item)
{
    node_each(other, items)
    {
        if (other == item)
            return;
        if (!is_again(c, other, item))
            continue;
        struct diag *diag = diag_add(c->diags, DIAG_F0009, item->span,
                                     item->kind == NODE_MIGRATE_SET
                                         ? "this variable is set twice"
                                         : "what comes from there is told twice");
        diag_also(c->diags, diag, other->span, "here first");
        return;
    }
}

/* What `state` there names is of the old version, which is not here. */
static void check_migrate(struct check *c, struct node *node)
{
    begin_body(c);
    say_again(c, c->flow->node->items, node);
    if (node->number >= c->flow->node->number) {
        struct diag *diag =
            diag_add(c->diags, DIAG_F0111, node->span,
                     "version %lld cannot take over from version %lld",
                     (long long)c->flow->node->number, (long long)node->number);
        diag_why(c->diags, diag, "Orders move from an older version to a newer one.");
    }
    node_each(item, node->items)
    {
        say_again(c, node->items, item);
        if (item->kind == NODE_MIGRATE_SET)
            check_migrate_set(c, item);
        else if (item->other != NULL)
            check_find_state(c, item->other);
    }
}

static void check_item(struct check *c, struct node *item)
{
    switch ((int)item->kind) {
    case NODE_KEY:
        check_key(c, item);
        return;
    case NODE_STARTS_ON:
        check_starts_on(c, item);
        return;
    case NODE_STARTS_EVERY:
        check_starts_every(c, item);
        return;
    case NODE_MEASURE_FROM:
    case NODE_MEASURE_SHARE:
    case NODE_MEASURE_OF:
        check_measure(c, item);
        return;
    case NODE_MIGRATE:
        check_migrate(c, item);
        return;
    case NODE_ON:
    case NODE_ON_ERROR:
    case NODE_ON_LATE:
    case NODE_ON_CANCEL:
    case NODE_AFTER:
    case NODE_EVERY:
        check_handler(c, item);
        return;
    case NODE_IGNORE:
        check_ignore(c, item);
        return;
    case NODE_STATE:
        check_state(c, item);
        return;
    case NODE_FINAL:
        check_final(c, item);
        return;
    case NODE_DEAD_LETTER:
        check_dead_letter(c, item);
        return;
    }
}

static void say_flow_only(struct check *c, const struct node *item)
{
    bool is_flows = item->kind == NODE_KEY || item->kind == NODE_CALENDAR_USE ||
                    item->kind == NODE_STARTS_ON || item->kind == NODE_STARTS_EVERY ||
                    item->kind == NODE_MEASURE_FROM || item->kind == NODE_MEASURE_SHARE ||
                    item->kind == NODE_MEASURE_OF || item->kind == NODE_MIGRATE;
    if (is_flows && c->state != NULL)
        diag_add(c->diags, DIAG_F0111, item->span,
                 "`%s` belongs to the flow, not to a state", node_word(item->kind));
}

static void check_items(struct check *c, struct node *owner)
{
    bind_variables(c, owner->items);
    owner->position = check_own_steps(c, owner->items) ? 1 : 0;
    node_each(item, owner->items)
    {
        if (is_step(item))
            continue;
        say_flow_only(c, item);
        check_item(c, item);
    }
}

static bool has_states(const struct node *flow)
{
    node_each(item, flow->items) if (item->kind == NODE_STATE ||
                                     item->kind == NODE_FINAL) return true;
    return false;
}

void check_flow(struct check *c, struct node *flow)
{
    struct flow_in in = {.node = flow, .symbol = flow->declares};
    struct giving giving = {.wanted = flow->declares->type};
    struct scope *outer = c->scope;
    node_each(item, flow->items) in.has_calendar |= item->kind == NODE_CALENDAR_USE;
    c->flow = &in;
    c->scope = scope_new(c->compile, c->module->scope);
    check_collect_names(c, flow);
    flow->declares->inside = in.names;
    for (uint32_t i = 0; i < flow->declares->params_n; i++)
        scope_put(c->scope, flow->declares->params[i]);
    check_policy(c, flow->policy, flow->policy_span);
    node_each(param, flow->params) if (param->value != NULL)
        check_want(c, param->value, param->declares->type);
    c->giving = giving.wanted != NULL && !has_states(flow) ? &giving : NULL;
    check_items(c, flow);
    c->giving = NULL;
    c->flow = NULL;
    c->scope = outer;
}
