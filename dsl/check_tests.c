/* Tests and explorations: do they speak of things that are there? */
#include "dsl/check_in.h"

static void check_item(struct check *c, struct node *item);

static void see_variables(struct check *c, const struct node *node)
{
    if (node == NULL)
        return;
    if (node->kind == NODE_VAR && node->declares != NULL &&
        scope_find_kind_here(c->scope, SYMBOL_VARIABLE, node->name) == NULL)
        scope_put(c->scope, node->declares);
    if (node->kind == NODE_FLOW || node->kind == NODE_STATE)
        node_each(item, node->items) see_variables(c, item);
}

static void say_does_not_fail(struct check *c, const struct node *error,
                              const struct symbol *operation)
{
    struct diag *diag = diag_add(c->diags, DIAG_F0101, error->span,
                                 "`" TEXT_FMT "` does not fail with `" TEXT_FMT "`",
                                 TEXT_ARG(operation->name), TEXT_ARG(error->name));
    struct near near = near_to(error->name);
    for (uint32_t i = 0; i < operation->errors_n; i++)
        near_try(&near, operation->errors[i]->name, operation->errors[i]->node);
    near_say(c, diag, error->span, &near);
}

/* A call has no other end than these; a flow that is run may have been cancelled too. */
static void check_failing(struct check *c, const struct node *error, bool is_flow)
{
    static const char *const of_calls[] = {"unavailable", "in_doubt",  "broken",
                                           "late",        "cancelled", "failed"};
    for (size_t i = 0; i < (is_flow ? 6 : 4); i++)
        if (text_is_chars(error->name, of_calls[i]))
            return;
    struct diag *diag =
        diag_add(c->diags, DIAG_F0101, error->span, "no %s ends with `" TEXT_FMT "`",
                 is_flow ? "flow" : "call", TEXT_ARG(error->name));
    diag_why(c->diags, diag, "It is an error of the flow's own steps.");
}

static void check_mock(struct check *c, struct node *mock)
{
    struct symbol *operation = mock->target->items.n == 1
                                   ? check_find_flow(c, mock->target)
                                   : check_find_operation(c, mock->target);
    node_each(one, mock->items)
    {
        if (one->kind == NODE_MOCK_GIVES && one->flag && mock->target->items.n != 1)
            diag_help(
                c->diags,
                diag_add(c->diags, DIAG_F0001, one->span,
                         "an operation is answered: only a flow that is run `waits`"),
                "fails late · fails in_doubt");
        if (one->kind == NODE_MOCK_GIVES && one->value == NULL)
            continue; /* succeeds, waits */
        if (one->kind == NODE_MOCK_GIVES) {
            if (operation != NULL && operation->type != NULL)
                check_want(c, one->value, operation->type);
            else
                check_expr(c, one->value, NULL);
            continue;
        }
        if (operation == NULL)
            continue;
        if (check_is_builtin_error(one->target->name)) {
            check_failing(c, one->target, mock->target->items.n == 1);
            continue;
        }
        struct symbol *error =
            check_find_error(c, one->target, operation->errors, operation->errors_n);
        one->target->symbol = one->symbol = error;
        if (error == NULL)
            say_does_not_fail(c, one->target, operation);
        else
            check_args(c, one->args, error->type, one->target->span,
                       arena_printf(c->compile, "`" TEXT_FMT "`", TEXT_ARG(error->name)),
                       false, false);
    }
}

static void check_sent(struct check *c, struct node *construct, bool whole)
{
    struct symbol *event = check_find_event(c, construct->target, true);
    construct->symbol = event;
    if (event == NULL)
        return;
    construct->type = event->type;
    check_args(c, construct->args, event->type, construct->span,
               arena_printf(c->compile, "`" TEXT_FMT "`", TEXT_ARG(event->name)), false,
               whole);
}

/* Does it ask for just what the test answers? */
static bool asks_for(const struct type *form, struct nodes args)
{
    uint32_t given = 0;
    if (form == NULL || form->kind != TYPE_RECORD)
        return false;
    node_each(arg, args)
    {
        if (arg->name.n > 0 && type_field_find(form, arg->name) < 0)
            return false;
    }
    for (uint32_t i = 0; i < form->fields_n; i++) {
        const struct type_field *field = &form->fields[i];
        bool is_given = false;
        node_each(arg, args) is_given |= text_is(arg->name, field->name);
        given += is_given;
        if (!is_given && field->standard == NULL && field->type->kind != TYPE_OPTIONAL)
            return false;
    }
    return given == args.n;
}

/* The first choice of that name; `any`, or the first that asks for what is answered. */
static struct node *find_answer(struct node *node, const struct node *item, bool any)
{
    if (node == NULL)
        return NULL;
    if ((node->kind == NODE_ASK || node->kind == NODE_DEAD_LETTER))
        node_each(when,
                  node->whens) if (text_is(when->name, item->name) &&
                                   (any || asks_for(when->type, item->args))) return when;
    struct node *found = find_answer(node->block, item, any);
    if (found == NULL)
        found = find_answer(node->otherwise, item, any);
    for (struct node *inner = node->items.first; inner != NULL && found == NULL;
         inner = inner->next)
        found = find_answer(inner, item, any);
    for (struct node *when = node->whens.first; when != NULL && found == NULL;
         when = when->next)
        found = find_answer(when, item, any);
    return found;
}

static void check_answer(struct check *c, struct node *item)
{
    struct node *flow = (struct node *)c->flow->node;
    const struct node *when = find_answer(flow, item, false);
    if (when == NULL)
        when = find_answer(flow, item, true);
    if (when == NULL)
        diag_add(c->diags, DIAG_F0101, item->name_span,
                 "nobody is asked anything that `" TEXT_FMT "` answers",
                 TEXT_ARG(item->name));
    if (when != NULL && when->type != NULL && when->type->kind == TYPE_RECORD)
        item->type = when->type;
    if (item->type != NULL)
        check_args(c, item->args, when->type, item->span, "the answer", false, true);
    else
        node_each(arg, item->args) check_expr(c, arg->value, NULL);
}

static void check_called(struct check *c, struct node *item)
{
    struct symbol *operation = item->target->items.n == 1
                                   ? check_find_flow(c, item->target)
                                   : check_find_operation(c, item->target);
    if (operation != NULL)
        check_args(c, item->args, check_params_type(c, operation), item->span,
                   arena_printf(c->compile, "`" TEXT_FMT "`", TEXT_ARG(operation->name)),
                   false, false);
}

static void check_mark(struct check *c, struct node *item)
{
    if (scope_find_kind_here(c->flow->names, SYMBOL_MARK, item->name) == NULL)
        check_unknown(c, item->name_span, "mark", item->name, c->flow->names,
                      1U << SYMBOL_MARK);
    if (item->limit != NULL)
        check_limit(c, item->limit);
}

/* A state by its bare name. */
static struct symbol *check_named_state(struct check *c, struct text name,
                                        struct span span)
{
    struct symbol *state = scope_find_kind_here(c->flow->names, SYMBOL_STATE, name);
    if (state == NULL)
        check_unknown(c, span, "state", name, c->flow->names, 1U << SYMBOL_STATE);
    return state;
}

static void check_expect_at(struct check *c, struct node *item)
{
    item->symbol = check_named_state(c, item->name, item->name_span);
    if (item->value != NULL)
        check_condition(c, item->value);
}

static void check_finals(struct check *c, struct node *item)
{
    node_each(name, item->items)
    {
        name->symbol = check_named_state(c, name->name, name->span);
        if (name->symbol != NULL && name->symbol->node != NULL &&
            name->symbol->node->kind != NODE_FINAL)
            diag_add(c->diags, DIAG_F0101, name->span,
                     "`" TEXT_FMT "` is a state, and no final", TEXT_ARG(name->name));
    }
}

static void check_item(struct check *c, struct node *item)
{
    switch ((int)item->kind) {
    case NODE_LET:
        item->declares = check_bind(c, SYMBOL_LOCAL, item->name, item->name_span, item,
                                    check_expr(c, item->value, NULL));
        return;
    case NODE_MOCK:
        check_mock(c, item);
        return;
    case NODE_TEST_START:
        check_args(c, item->args, check_params_type(c, c->flow->symbol), item->span,
                   "the flow", false, true);
        return;
    case NODE_SEND:
    case NODE_ALLOW_EVENT:
        check_sent(c, item->target, true);
        return;
    case NODE_EXPECT_EMITTED:
        check_sent(c, item->target, false);
        return;
    case NODE_ANSWER:
        check_answer(c, item);
        return;
    case NODE_ADVANCE:
        check_duration(c, item->value, true);
        return;
    case NODE_EXPECT_STATE:
        check_find_state(c, item->target);
        return;
    case NODE_EXPECT_CALLED:
    case NODE_EXPECT_UNDONE:
        check_called(c, item);
        return;
    case NODE_EXPECT_MARK:
        check_mark(c, item);
        return;
    case NODE_EXPECT:
        check_condition(c, item->value);
        return;
    case NODE_EXPECT_AT:
        check_expect_at(c, item);
        return;
    case NODE_EXPECT_FINAL:
        check_finals(c, item);
        return;
    }
}

void check_test(struct check *c, struct node *test)
{
    struct symbol *flow =
        scope_find_kind(c->module->scope, SYMBOL_FLOW, test->target->name);
    test->symbol = flow;
    if (flow == NULL || flow->inside == NULL) {
        check_unknown(c, test->target->span, "flow", test->target->name, c->module->scope,
                      1U << SYMBOL_FLOW);
        return;
    }
    struct flow_in in = {
        .node = flow->node, .symbol = flow, .names = flow->inside, .has_calendar = true};
    struct scope *outer = c->scope;
    c->flow = &in;
    c->facts = NULL;
    c->is_dead = false;
    c->scope = scope_new(c->compile, c->module->scope);
    struct scope *own = c->scope;
    for (uint32_t i = 0; i < flow->params_n; i++)
        scope_put(own, flow->params[i]);
    see_variables(c, flow->node);
    c->scope = scope_new(c->compile, own);
    node_each(item, test->items) check_item(c, item);
    c->flow = NULL;
    c->scope = outer;
}
