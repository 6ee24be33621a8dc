/* The one layout. */
#include "dsl/fmt.h"

#include "engine/base/arena.h"
#include "tests/support/unit.h"
#include "tests/unit/dsl/dsl_text.h"

static struct text laid_out(struct arena *arena, const char *text)
{
    struct diags diags;
    struct module *module = dsl_parse(arena, &diags, "t.flow", text);
    must(diags.n == 0);
    return fmt_module(arena, module);
}

static void check_layout(const char *from, const char *to)
{
    scoped_arena struct arena *arena = arena_new("test", 16 << 20);
    CHECK_TEXT(laid_out(arena, from), to);
    CHECK_TEXT(laid_out(arena, to), to);
}

static void a_step_has_its_line(void)
{
    check_layout("flow f version 1 (a:int) {\nlet b=a+1   note \"{ b }\"\n state s{\ngo  "
                 " to t\n}\nfinal t }",
                 "flow f version 1 (a: int) {\n    let b = a + 1\n    note \"{b}\"\n    "
                 "state s {\n"
                 "        go to t\n    }\n    final t\n}\n");
}

static void short_blocks_that_were_short_stay_so(void)
{
    check_layout(
        "flow f version 1 () {\n    if true {note \"a\" go to b}\n    final b\n}\n",
        "flow f version 1 () {\n    if true { note \"a\"  go to b }\n    final b\n}\n");
}

static void comments_stay_with_what_they_precede(void)
{
    check_layout("# top\nflow f version 1 () {\n  # first\n  note \"a\"   # behind\n\n\n "
                 " # last\n}\n# end\n",
                 "# top\nflow f version 1 () {\n    # first\n    note \"a\"  # behind\n  "
                 "  # last\n}\n# end\n");
}

static void ways_out_stand_in_columns_under_their_step(void)
{
    check_layout("flow f version 1 () {\n    ask a \"?\" when yes go to b when perhaps "
                 "stay\n    final b\n}\n",
                 "flow f version 1 () {\n    ask a \"?\"\n        when yes     go to b\n"
                 "        when perhaps stay\n    final b\n}\n");
}

static void what_goes_on_in_brackets_stands_under_what_is_inside(void)
{
    check_layout("function f(): int = g(1,\n  2)\n",
                 "function f(): int = g(1,\n                      2)\n");
}

static void signs_stick_and_operators_do_not(void)
{
    check_layout("function f(): int = -1 - -2*( - 3)\n",
                 "function f(): int = -1 - -2 * (-3)\n");
}

const struct unit_test suite_fmt[] = {
    TEST(a_step_has_its_line),
    TEST(short_blocks_that_were_short_stay_so),
    TEST(comments_stay_with_what_they_precede),
    TEST(ways_out_stand_in_columns_under_their_step),
    TEST(what_goes_on_in_brackets_stands_under_what_is_inside),
    TEST(signs_stick_and_operators_do_not),
    {0}};
