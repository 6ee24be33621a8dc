/* The checker: names of all files, then types of all files, then how things follow. */
#include "dsl/check_in.h"
#include "dsl/flow_graph.h"
#include "dsl/fold.h"
#include "engine/base/utf8.h"

static void check_once_per(struct check *c, struct node *clause, const struct type *args)
{
    (void)args;
    if (clause->value == NULL)
        return;
    const struct type *type = check_expr(c, clause->value, &type_text);
    if (type->kind == TYPE_OPTIONAL)
        check_fit(c, clause->value, type->of);
}

/* Undo and settling are operations of the same adapter; what they are given is checked
 * against their parameters. */
static void check_partner(struct check *c, struct node *operation, struct node *clause)
{
    struct symbol *adapter = operation->declares->owner;
    struct symbol *partner = map_get(adapter->members, clause->name);
    clause->symbol = partner;
    if (partner == NULL) {
        const struct scope members = {.names = adapter->members};
        check_unknown(c, clause->name_span, "operation", clause->name, &members,
                      1U << SYMBOL_OPERATION);
        return;
    }
    check_args(c, clause->args, check_params_type(c, partner), clause->name_span,
               arena_printf(c->compile, "`" TEXT_FMT "`", TEXT_ARG(partner->name)), false,
               true);
}

static void check_operation(struct check *c, struct node *operation)
{
    struct scope *outer = c->scope;
    c->facts = NULL;
    c->scope = scope_new(c->compile, outer);
    for (uint32_t i = 0; i < operation->declares->params_n; i++)
        scope_put(c->scope, operation->declares->params[i]);
    struct scope *with_params = c->scope;
    struct scope *with_result = scope_new(c->compile, with_params);
    if (operation->declares->type != NULL) {
        struct symbol *result = check_symbol(c, SYMBOL_LOCAL, TEXT("result"), operation);
        result->type = operation->declares->type;
        scope_put(with_result, result);
    }
    node_each(param, operation->params) if (param->value != NULL)
        check_want(c, param->value, param->declares->type);
    node_each(clause, operation->clauses)
    {
        c->scope = clause->kind == NODE_UNDONE_BY_OP ? with_result : with_params;
        if (clause->kind == NODE_ONCE_PER)
            check_once_per(c, clause, NULL);
        else if (clause->kind == NODE_UNDONE_BY_OP || clause->kind == NODE_FOUND_BY)
            check_partner(c, operation, clause);
        else if (clause->kind == NODE_WITHIN)
            check_duration(c, clause->value, false);
        else if (clause->kind == NODE_USING)
            check_policy(c, clause->name, clause->name_span);
    }
    c->scope = outer;
}

/* The same in every environment: it is known now. `least` is the smallest it may be. */
static void check_written(struct check *c, const struct node *expr, int64_t least)
{
    struct fold f;
    if (expr->type == NULL || expr->type->kind == TYPE_POISON)
        return;
    if (fold_scalar(c->compile, expr, &f)) {
        if ((f.kind == TYPE_INT || f.kind == TYPE_DURATION) && f.whole < least)
            diag_add(c->diags, DIAG_F0107, expr->span,
                     least > 0 ? "more than nothing is wanted" : "time does not go back");
        return;
    }
    struct diag *diag = diag_add(c->diags, DIAG_F0115, expr->span,
                                 "this is not known before the flow runs");
    diag_why(c->diags, diag,
             "It is said once, for all orders and environments: written out, as `30s` or "
             "`2 * 30s`.");
}

static void check_span(struct check *c, struct node *expr)
{
    check_duration(c, expr, false);
    check_written(c, expr, 0);
}

static void check_rate(struct check *c, struct node *limit)
{
    check_want(c, limit->value, &type_int);
    check_written(c, limit->value, 1);
    check_duration(c, limit->other, false);
    check_written(c, limit->other, 1);
}

static void check_adapter(struct check *c, struct node *adapter)
{
    node_each(item, adapter->items)
    {
        if (item->kind == NODE_OPERATION) {
            check_operation(c, item);
        } else if (item->kind == NODE_LIMIT_RATE) {
            check_rate(c, item);
        } else if (item->kind == NODE_REST) {
            check_span(c, item->value);
        }
    }
    check_operations(c, adapter);
}

static void check_function(struct check *c, struct node *function)
{
    struct scope *outer = c->scope;
    c->facts = NULL;
    c->scope = scope_new(c->compile, outer);
    for (uint32_t i = 0; i < function->declares->params_n; i++)
        scope_put(c->scope, function->declares->params[i]);
    node_each(param, function->params) if (param->value != NULL)
        check_want(c, param->value, param->declares->type);
    check_want(c, function->value, function->declares->type);
    c->scope = outer;
}

static bool is_spread(struct check *c, const struct node *percent)
{
    struct fold f;
    return fold_scalar(c->compile, percent, &f) &&
           decimal_cmp(f.decimal, decimal_from_i64(0)) >= 0 &&
           decimal_cmp(f.decimal, decimal_from_i64(1)) <= 0;
}

static void check_policy_decl(struct check *c, struct node *policy)
{
    c->facts = NULL;
    node_each(clause, policy->clauses)
    {
        if (clause->kind == NODE_WITHIN || clause->kind == NODE_EACH_WITHIN ||
            clause->kind == NODE_PAUSE)
            check_span(c, clause->value);
        if (clause->kind == NODE_PAUSE && clause->other != NULL)
            check_span(c, clause->other);
        if (clause->kind == NODE_SPREAD && !is_spread(c, clause->value))
            diag_add(c->diags, DIAG_F0107, clause->value->span,
                     "a spread is from 0%% to 100%%");
        if (clause->kind == NODE_TRY && clause->number < 1)
            diag_add(c->diags, DIAG_F0107, clause->span, "a call is tried at least once");
        if (clause->kind == NODE_ONLY)
            node_each(name,
                      clause->items) if (!text_is_chars(name->name, "unavailable") &&
                                         !text_is_chars(name->name, "in_doubt"))
                diag_add(c->diags, DIAG_F0101, name->span,
                         "only `unavailable` and `in_doubt` are tried again");
    }
}

static void check_fields(struct check *c, struct node *node)
{
    c->facts = NULL;
    node_each(field, node->items)
    {
        if (field->kind == NODE_FIELD && field->value != NULL)
            check_want(c, field->value, field->type_of->type);
        node_each(param, field->params) if (param->value != NULL)
            check_want(c, param->value, param->type_of->type);
    }
}

static void check_event(struct check *c, struct node *event)
{
    check_fields(c, event);
    node_each(clause, event->clauses)
    {
        if (clause->kind == NODE_EVENT_HELD)
            check_span(c, clause->value);
        node_each(name, clause->items)
        {
            name->position = type_field_find(event->declares->type, name->name);
            if (name->position < 0)
                diag_add(c->diags, DIAG_F0101, name->span,
                         "`" TEXT_FMT "` has no field `" TEXT_FMT "`",
                         TEXT_ARG(event->name), TEXT_ARG(name->name));
        }
    }
}

static void check_one(struct check *c, struct node *node)
{
    switch ((int)node->kind) {
    case NODE_RECORD_DECL:
    case NODE_VARIANT_DECL:
        check_fields(c, node);
        return;
    case NODE_EVENT:
        check_event(c, node);
        return;
    case NODE_ALIAS_DECL:
        check_refinement(c, node);
        return;
    case NODE_ADAPTER:
        check_adapter(c, node);
        return;
    case NODE_POLICY:
        check_policy_decl(c, node);
        return;
    case NODE_SETTING:
        c->facts = NULL;
        if (node->value != NULL)
            check_want(c, node->value, node->declares->type);
        return;
    case NODE_FUNCTION:
        check_function(c, node);
        return;
    case NODE_FLOW:
        check_flow(c, node);
        return;
    case NODE_ENVIRONMENT:
        check_environment(c, node);
        return;
    }
}

static const struct type *problem_record(struct check *c)
{
    static const struct {
        const char *name;
        const struct type *type;
        bool is_optional;
    } fields[] = {{"kind", &type_text, false},    {"message", &type_text, false},
                  {"step", &type_text, false},    {"operation", &type_text, true},
                  {"attempts", &type_int, false}, {"since", &type_instant, false},
                  {"in_doubt", &type_bool, false}};
    enum { N = sizeof fields / sizeof *fields };
    struct type_field *made = arena_array(c->compile, struct type_field, N);
    for (size_t i = 0; i < N; i++)
        made[i] = (struct type_field){text_of(fields[i].name),
                                      fields[i].is_optional
                                          ? type_optional(c->compile, fields[i].type)
                                          : fields[i].type,
                                      NULL};
    return type_record(c->compile, TEXT("problem"), made, N);
}

static struct scope *make_builtins(struct check *c)
{
    struct scope *builtins = scope_new(c->compile, NULL);
    c->program->builtins = builtins;
    check_library(c, builtins);
    struct symbol *now = check_symbol(c, SYMBOL_NOW, TEXT("now"), NULL);
    now->type = &type_instant;
    scope_put(builtins, now);
    c->program->problem = problem_record(c);
    struct symbol *problem = check_symbol(c, SYMBOL_PROBLEM, TEXT("problem"), NULL);
    problem->type = c->program->problem;
    scope_put(builtins, problem);
    return builtins;
}

static void each_module(struct check *c, void (*step)(struct check *c))
{
    for (uint32_t i = 0; i < c->program->modules_n; i++) {
        c->module = c->program->modules[i];
        c->scope = c->module->scope;
        step(c);
    }
}

static void check_bodies(struct check *c)
{
    node_each(node, c->module->file->items) if (node->kind != NODE_FLOW)
        check_one(c, node);
    node_each(node, c->module->file->items) if (node->kind == NODE_FLOW)
        check_one(c, node);
}

static void check_tests(struct check *c)
{
    node_each(node, c->module->file->items) if (node->kind == NODE_TEST ||
                                                node->kind == NODE_EXPLORE)
        check_test(c, node);
}

/* Lines that do not fit beside another file in a review. */
static void check_lines(struct check *c)
{
    enum { LINE_CHARS_MAX = 120 };
    const struct source *source = c->module->source;
    for (uint32_t line = 1; line <= source->lines; line++) {
        size_t chars = utf8_count(source_line(source, line));
        if (chars > LINE_CHARS_MAX)
            diag_add(c->diags, DIAG_F0902,
                     source_span(source, source->line_from[line - 1],
                                 source->line_from[line - 1]),
                     "a line of %zu characters", chars);
    }
}

/* Names and types may be wrong: what is not known is left out (check_mistakes.c). */
static void check_following(struct check *c)
{
    node_each(node, c->module->file->items)
    {
        if (node->kind != NODE_FLOW)
            continue;
        const struct flow_graph *graph = flow_graph_of(c->compile, node);
        check_paths(c, graph);
        check_effects(c, graph);
        check_assigned(c, node);
        check_secrecy(c, node);
        check_states(c, graph);
        check_stale(c, graph);
        check_circles(c, graph);
        check_waits(c, graph);
        check_undoing(c, graph);
        check_writers(c, graph);
        check_letters(c, graph);
        check_events(c, graph);
        check_limits(c, graph);
        if (c->program->lints && diags_count(c->diags, DIAG_ERROR) == 0)
            check_style(c, node);
    }
}

void check_program(struct program *program)
{
    struct check c = {
        .program = program, .compile = program->compile, .diags = program->diags};
    struct scope *builtins = make_builtins(&c);
    for (uint32_t i = 0; i < program->modules_n; i++)
        program->modules[i]->scope = scope_new(c.compile, scope_new(c.compile, builtins));
    each_module(&c, check_declare);
    each_module(&c, check_use);
    each_module(&c, check_declarations);
    each_module(&c, check_bodies);
    each_module(&c, check_tests);
    each_module(&c, check_cycles);
    each_module(&c, check_type_circles);
    each_module(&c, check_following);
    if (program->lints)
        each_module(&c, check_lines);
    check_followers(&c);
    check_allowed(&c);
}

struct symbol *program_find(const struct program *program, const struct module *module,
                            struct text name)
{
    (void)program;
    return scope_find(module->scope, name);
}

const struct node *program_policy(const struct program *program,
                                  const struct module *module, struct text name)
{
    (void)program;
    const struct symbol *policy = scope_find_kind(module->scope, SYMBOL_POLICY, name);
    return policy == NULL ? NULL : policy->node;
}
