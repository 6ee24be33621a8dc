/* What the checker leaves on nodes, and what lets mistakes through nowhere. */
#include "engine/base/arena.h"
#include "tests/support/unit.h"
#include "tests/unit/dsl/dsl_text.h"

#define CHECKED(text)                                                                    \
    scoped_arena struct arena *arena = arena_new("test", 64 << 20);                      \
    struct compiled *compiled = dsl_check(arena, text);                                  \
    const struct node *first = compiled->asked_modules[0]->file->items.first

static void an_int_where_a_decimal_is_wanted_says_so(void)
{
    CHECKED("function f(): decimal = 1");
    CHECK_INT(compiled->diags.n, 0);
    CHECK(first->value->type == &type_int);
    CHECK(first->value->wanted == &type_decimal);
}

static void a_bare_case_takes_the_type_that_is_wanted(void)
{
    CHECKED("type A = yes | no\ntype B = no | maybe\nfunction f(): B = no\n");
    CHECK_INT(compiled->diags.n, 0);
    const struct node *function = first->next->next;
    CHECK_INT(function->value->position, 0);
    CHECK_TEXT(function->value->type->name, "B");
}

static void arguments_know_their_positions(void)
{
    CHECKED("type P { a: int  b: text? }\nfunction f(): P = P(b: \"x\", a: 1)\n");
    CHECK_INT(compiled->diags.n, 0);
    const struct node *make = first->next->value;
    CHECK_INT(make->args.first->position, 1);
    CHECK_INT(make->args.last->position, 0);
}

static void a_test_narrows_both_ways(void)
{
    CHECKED("function f(a: int?): int = if a is none then 0 else a\n"
            "function g(a: int?): bool = a is not none and a > 1\n"
            "function h(a: int?): bool = a is none or a > 1\n"
            "function i(a: int?): int = a ?? 0\n");
    (void)first;
    CHECK_INT(compiled->diags.n, 0);
}

static void without_a_test_it_may_be_absent(void)
{
    CHECKED("function f(a: int?): bool = a > 1\nfunction g(a: int?): bool = a is not "
            "none or a > 1\n");
    (void)first;
    CHECK_TEXT(dsl_codes(arena, &compiled->diags), "F0103 F0103");
}

static void one_cause_is_said_once(void)
{
    CHECKED("function f(): int = nowhere.thing.other + 1 * nowhere2[1]\n");
    (void)first;
    CHECK_TEXT(dsl_codes(arena, &compiled->diags), "F0101 F0101");
}

static void division_by_what_may_be_zero_is_optional(void)
{
    CHECKED("function f(a: int): decimal = a / 2\nfunction g(a: int, b: int): decimal = "
            "a / b\n");
    (void)first;
    CHECK_TEXT(dsl_codes(arena, &compiled->diags), "F0103");
}

static void files_that_use_each_other_are_read_once(void)
{
    scoped_arena struct arena *arena = arena_new("test", 64 << 20);
    struct compile_input inputs[] = {
        {TEXT("a.flow"), TEXT("use b\nfunction f(): int = g()")},
        {TEXT("b.flow"), TEXT("use a\nfunction g(): int = 1")}};
    struct compile_request request = {.inputs = inputs, .inputs_n = 2};
    struct compiled *compiled = compile_check(arena, &request);
    CHECK_INT(compiled->program.modules_n, 2);
    CHECK_INT(compiled->diags.n, 0);
}

static void a_variable_set_on_every_way_is_known(void)
{
    CHECKED("flow f version 1 (a: bool) {\n    var n: int\n    state s {\n        if a { "
            "set n = 1 } else { set n = 2 }\n"
            "        go to t\n    }\n    state t { note \"{n}\"  go to done }\n    final "
            "done\n}\n");
    (void)first;
    CHECK_TEXT(dsl_codes(arena, &compiled->diags), "");
}

static void a_variable_set_on_one_way_is_not(void)
{
    CHECKED("flow f version 1 (a: bool) {\n    var n: int\n    state s {\n        if a { "
            "set n = 1 }\n"
            "        go to t\n    }\n    state t { note \"{n}\"  go to done }\n    final "
            "done\n}\n");
    (void)first;
    CHECK_TEXT(dsl_codes(arena, &compiled->diags), "F0105");
}

const struct unit_test suite_check[] = {TEST(an_int_where_a_decimal_is_wanted_says_so),
                                        TEST(a_bare_case_takes_the_type_that_is_wanted),
                                        TEST(arguments_know_their_positions),
                                        TEST(a_test_narrows_both_ways),
                                        TEST(without_a_test_it_may_be_absent),
                                        TEST(one_cause_is_said_once),
                                        TEST(division_by_what_may_be_zero_is_optional),
                                        TEST(files_that_use_each_other_are_read_once),
                                        TEST(a_variable_set_on_every_way_is_known),
                                        TEST(a_variable_set_on_one_way_is_not),
                                        {0}};
