/* Tests and explorations: the flow's image once more, with their expressions in it as
 * functions, and what each of them does as a list of steps. */
#include "dsl/lower_in.h"
#include "engine/base/arena.h"
#include "engine/base/must.h"

/* One test in the making. */
struct testing {
    struct lower *l;
    struct compiled_test *test;
    VEC(struct symbol *) lets;
    VEC(struct test_step) steps;
};

/* ---- expressions ---- */

static uint32_t add_function(struct testing *t, const struct node *expr, uint32_t block,
                             uint32_t gives)
{
    uint32_t function = ir_new(t->l->b, functions);
    t->l->b->functions.at[function] =
        (struct ir_function){.name = lower_text(t->l, span_text(expr->span)),
                             .params = t->lets.n,
                             .block = block,
                             .gives = gives};
    return function;
}

static uint32_t lower_value(struct testing *t, const struct node *expr)
{
    struct lower *l = t->l;
    uint32_t gives = lower_type(l, expr->wanted != NULL ? expr->wanted : expr->type);
    lower_line(l, expr);
    ir_open_block(l->b, t->lets.n);
    for (uint32_t i = 0; i < t->lets.n; i++)
        lower_declare_temp(l, t->lets.at[i], i);
    lower_expr(l, expr);
    return add_function(t, expr, ir_close(l->b), gives);
}

/* `names`: the record that is made; its fields' names stand where an argument has none.
 * NULL: only arguments with names are said. */
static struct test_fields lower_args(struct testing *t, struct nodes args,
                                     const struct type *names)
{
    struct test_fields fields = {
        arena_array(t->l->compile, struct test_field, args.n + 1), 0};
    node_each(arg, args)
    {
        struct test_field field = {.name = arg->name,
                                   .position = (uint32_t)arg->position};
        if (names != NULL && arg->position >= 0 &&
            (uint32_t)arg->position < names->fields_n)
            field.name = names->fields[arg->position].name;
        field.value = lower_value(t, arg->value);
        fields.at[fields.n++] = field;
    }
    return fields;
}

/* The same, where an operation's or a flow's parameters give the names. */
static struct test_fields lower_params_args(struct testing *t, struct nodes args,
                                            const struct symbol *of)
{
    struct test_fields fields = lower_args(t, args, NULL);
    for (uint32_t i = 0; i < fields.n; i++)
        if (fields.at[i].position < of->params_n)
            fields.at[i].name = of->params[fields.at[i].position]->name;
    return fields;
}

/* Both sides of a comparison, so that a failing one can show them. */
static struct test_fields lower_sides(struct testing *t, const struct node *expr)
{
    struct test_fields sides = {NULL, 0};
    while (expr->kind == NODE_PARENS)
        expr = expr->value;
    if (expr->kind != NODE_IS && expr->kind != NODE_IS_NOT && expr->kind != NODE_LESS &&
        expr->kind != NODE_LESS_EQ && expr->kind != NODE_MORE &&
        expr->kind != NODE_MORE_EQ)
        return sides;
    const struct node *both[] = {expr->value, expr->other};
    sides.at = arena_array(t->l->compile, struct test_field, 2);
    for (uint32_t i = 0; i < 2; i++) {
        bool is_literal = both[i]->kind == NODE_NONE ||
                          both[i]->type->kind == TYPE_NONE ||
                          span_text(both[i]->span).n == 0;
        if (!is_literal && both[i]->kind != NODE_INT && both[i]->kind != NODE_MONEY &&
            both[i]->kind != NODE_TEXT && both[i]->kind != NODE_DURATION)
            sides.at[sides.n++] = (struct test_field){.name = span_text(both[i]->span),
                                                      .value = lower_value(t, both[i])};
    }
    return sides;
}

/* ---- mocks ---- */

static struct test_answer lower_fails(struct testing *t, const struct node *one,
                                      bool is_flow)
{
    struct test_answer answer = {.fails = true,
                                 .span = one->span,
                                 .name = one->target->name,
                                 .value = IR_NONE,
                                 .record = IR_NONE,
                                 .times = one->number};
    if (one->symbol != NULL) {
        answer.record = t->l->b->errors.at[lower_error(t->l, one->symbol)].record;
        answer.fields = lower_args(t, one->args, one->symbol->type);
    } else if (!text_is_chars(answer.name, "unavailable") &&
               !text_is_chars(answer.name, "in_doubt") &&
               !text_is_chars(answer.name, "broken") &&
               !text_is_chars(answer.name, "late") &&
               !(is_flow && (text_is_chars(answer.name, "cancelled") ||
                             text_is_chars(answer.name, "failed")))) {
        lower_cannot(t->l, one,
                     arena_printf(t->l->compile, "a mock that fails with `" TEXT_FMT "`",
                                  TEXT_ARG(answer.name)));
    }
    return answer;
}

static void lower_mock(struct testing *t, const struct node *item, struct test_step *step)
{
    step->answers = arena_array(t->l->compile, struct test_answer, item->items.n + 1);
    node_each(one, item->items)
    {
        struct test_answer answer = {.waits = one->flag,
                                     .span = one->span,
                                     .value = IR_NONE,
                                     .times = one->number};
        if (one->kind == NODE_MOCK_FAILS)
            answer = lower_fails(t, one, step->flow.n > 0);
        else if (one->value != NULL)
            answer.value = lower_value(t, one->value);
        if (one->next != NULL && answer.times == 0)
            answer.times = 1; /* "gives A then gives B": A once */
        step->answers[step->answers_n++] = answer;
    }
}

/* ---- steps ---- */

/* An operation, or a flow that is run. */
static void lower_what(struct testing *t, const struct node *path, struct test_step *step)
{
    if (path->symbol->kind == SYMBOL_OPERATION)
        step->what = lower_operation(t->l, path->symbol);
    else
        step->flow = path->symbol->name;
}

/* `failed` is no state of the flow's. */
static uint32_t lower_named_state(struct testing *t, const struct symbol *state)
{
    return state->node != NULL ? lower_known(t->l->states, state->node) : IR_NONE;
}

static void lower_finals(struct testing *t, const struct node *item,
                         struct test_step *step)
{
    step->finals = arena_array(t->l->compile, uint32_t, item->items.n + 1);
    node_each(name, item->items) step->finals[step->finals_n++] =
        lower_named_state(t, name->symbol);
}

/* What only explorations say; false: it is none of that. */
static bool lower_exploring(struct testing *t, const struct node *item,
                            struct test_step *step)
{
    switch ((int)item->kind) {
    case NODE_ALLOW_FAILURES:
        step->kind = TEST_ALLOW_FAILURES;
        return true;
    case NODE_ALLOW_LATENESS:
        step->kind = TEST_ALLOW_LATENESS;
        return true;
    case NODE_ALLOW_EVENT:
        step->kind = TEST_ALLOW;
        step->what = lower_event(t->l, item->target->symbol);
        step->fields = lower_args(t, item->target->args, item->target->symbol->type);
        return true;
    case NODE_FAULTS:
        step->kind = TEST_FAULTS;
        return true;
    case NODE_EXPECT_AT:
        step->kind = TEST_EXPECT_AT;
        step->what = lower_named_state(t, item->symbol);
        if (item->value == NULL)
            return true;
        step->value = lower_value(t, item->value);
        step->fields = lower_sides(t, item->value);
        return true;
    case NODE_EXPECT_FINAL:
        step->kind = TEST_EXPECT_FINAL;
        lower_finals(t, item, step);
        return true;
    case NODE_EXPECT_NO_LETTER:
        step->kind = TEST_EXPECT_NO_LETTER;
        return true;
    }
    return false;
}

static void lower_step(struct testing *t, const struct node *item, struct test_step *step)
{
    struct lower *l = t->l;
    if (lower_exploring(t, item, step))
        return;
    switch ((int)item->kind) {
    case NODE_LET:
        step->kind = TEST_LET;
        step->value = lower_value(t, item->value);
        vec_push(l->compile, &t->lets, item->declares);
        return;
    case NODE_MOCK:
        step->kind = TEST_MOCK;
        lower_what(t, item->target, step);
        lower_mock(t, item, step);
        return;
    case NODE_TEST_START:
        step->kind = TEST_START;
        step->fields = lower_params_args(t, item->args, l->flow->declares);
        return;
    case NODE_SEND:
    case NODE_EXPECT_EMITTED:
        step->kind = item->kind == NODE_SEND ? TEST_SEND : TEST_EXPECT_EMITTED;
        step->what = lower_event(l, item->target->symbol);
        step->fields = lower_args(t, item->target->args, item->target->symbol->type);
        return;
    case NODE_ANSWER:
        step->kind = TEST_ANSWER;
        step->role = item->target->name;
        step->fields = lower_args(t, item->args, item->type);
        return;
    case NODE_ADVANCE:
        step->kind = TEST_ADVANCE;
        step->value = lower_value(t, item->value);
        return;
    case NODE_PAUSES:
        step->kind = TEST_PAUSES;
        return;
    case NODE_CANCEL:
        step->kind = TEST_CANCEL;
        return;
    case NODE_EXPECT_STATE:
        step->kind = TEST_EXPECT_STATE;
        step->what = lower_named_state(t, item->target->symbol);
        return;
    case NODE_EXPECT_CALLED:
        step->kind = TEST_EXPECT_CALLED;
        lower_what(t, item->target, step);
        step->fields = lower_params_args(t, item->args, item->target->symbol);
        return;
    case NODE_EXPECT_UNDONE:
        step->kind = TEST_EXPECT_UNDONE;
        lower_what(t, item->target, step);
        return;
    case NODE_EXPECT_MARK:
        step->kind = TEST_EXPECT_MARK;
        if (item->limit != NULL)
            step->value = lower_value(t, item->limit->value);
        step->is_moment = item->limit != NULL && item->limit->flag;
        return;
    case NODE_EXPECT_STANDING:
        step->kind = TEST_EXPECT_STANDING;
        return;
    case NODE_EXPECT:
        step->kind = TEST_EXPECT;
        step->value = lower_value(t, item->value);
        step->fields = lower_sides(t, item->value);
        return;
    }
    must(!"a test holds something that is no step of tests");
}

static void lower_test(struct lower *l, const struct node *node,
                       struct compiled_test *test)
{
    struct testing t = {.l = l, .test = test};
    struct lower_context before = lower_enter(l, LOWER_FLOW, node);
    *test = (struct compiled_test){.name = node->value->name, .span = node->value->span};
    node_each(item, node->items)
    {
        struct test_step step = {.span = item->span,
                                 .name = item->name,
                                 .what = IR_NONE,
                                 .value = IR_NONE,
                                 .times = item->number};
        lower_step(&t, item, &step);
        vec_push(l->compile, &t.steps, step);
    }
    test->lets = t.lets.n;
    test->steps = t.steps.at;
    test->steps_n = t.steps.n;
    lower_leave(l, before);
}

struct ir *lower_tests(struct program *program, const struct module *module,
                       const struct node *flow, struct compiled_tests *tests,
                       const struct node *const *nodes, uint32_t nodes_n)
{
    struct lower *l = lower_flow_open(program, module, flow);
    tests->tests = arena_array(program->compile, struct compiled_test, nodes_n + 1);
    tests->explorations =
        arena_array(program->compile, struct compiled_test, nodes_n + 1);
    for (uint32_t i = 0; i < nodes_n; i++)
        lower_test(l, nodes[i],
                   nodes[i]->kind == NODE_EXPLORE
                       ? &tests->explorations[tests->explorations_n++]
                       : &tests->tests[tests->tests_n++]);
    tests->image = lower_flow_close(l);
    return tests->image;
}
