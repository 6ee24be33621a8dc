/* Reading: words, nodes, and going on after mistakes. */
#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "tests/support/unit.h"
#include "tests/unit/dsl/dsl_text.h"

#define SETUP                                                                            \
    scoped_arena struct arena *arena = arena_new("test", 64 << 20);                      \
    struct diags diags

static void words_are_names_where_only_names_can_stand(void)
{
    SETUP;
    struct module *module =
        dsl_parse(arena, &diags, "t.flow",
                  "flow state version 1 (x: T) { let y = x.state  final key }");
    CHECK_INT(diags.n, 0);
    CHECK_TEXT(module->file->items.first->name, "state");
}

static void each_independent_mistake_is_said_once(void)
{
    SETUP;
    dsl_parse(arena, &diags, "t.flow",
              "flow f version 1 () {\n"
              "    set = 1\n"
              "    if a == 2 { go to b }\n"
              "    note \"open\n"
              "    state x {\n        let y = \n        go to z\n    }\n"
              "    wait ;\n"
              "    final done\n}\n");
    diags_sort(&diags);
    CHECK_TEXT(dsl_codes(arena, &diags), "F0001 F0004 F0002 F0001 F0005");
}

static void a_block_inside_a_mistake_does_not_end_the_block_around_it(void)
{
    SETUP;
    dsl_parse(arena, &diags, "t.flow",
              "flow f version 1 () {\n    state a {\n        if { go to b }\n        go "
              "to b\n    }\n    final b\n}\n");
    CHECK_INT(diags.n, 1);
}

static void nesting_is_bounded(void)
{
    SETUP;
    char text[LIMIT_EXPR_DEPTH * 2 + 100] = "function f(): int = ";
    size_t n = strlen(text);
    for (int i = 0; i < LIMIT_EXPR_DEPTH + 1; i++)
        text[n++] = '(';
    text[n] = 0;
    dsl_parse(arena, &diags, "t.flow", text);
    REQUIRE(diags.n > 0);
    CHECK_INT(diags.at[0]->code, DIAG_F0007);
}

static void as_deep_as_the_bound_is_fine(void)
{
    SETUP;
    struct buf out;
    buf_init(&out, arena);
    buf_chars(&out, "function f(): int = ");
    for (int i = 0; i < LIMIT_EXPR_DEPTH - 1; i++)
        buf_char(&out, '(');
    buf_char(&out, '1');
    for (int i = 0; i < LIMIT_EXPR_DEPTH - 1; i++)
        buf_char(&out, ')');
    dsl_parse(arena, &diags, "t.flow", buf_done(&out).chars);
    CHECK_INT(diags.n, 0);
}

static void a_long_sum_is_bounded_too(void)
{
    SETUP;
    struct buf out;
    buf_init(&out, arena);
    buf_chars(&out, "function f(): int = 1");
    for (int i = 0; i < LIMIT_EXPR_DEPTH + 1; i++)
        buf_chars(&out, " + 1");
    dsl_parse(arena, &diags, "t.flow", buf_done(&out).chars);
    CHECK_TEXT(dsl_codes(arena, &diags), "F0007");
}

static void what_is_no_utf8_is_refused(void)
{
    SETUP;
    dsl_parse(arena, &diags, "t.flow", "# \xff\n");
    CHECK_TEXT(dsl_codes(arena, &diags), "F0005");
}

static void names_are_bounded(void)
{
    SETUP;
    char text[200];
    snprintf(text, sizeof text, "function %.*s(): int = 1", LIMIT_NAME_BYTES + 1,
             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
             "aaaaa");
    dsl_parse(arena, &diags, "t.flow", text);
    CHECK_TEXT(dsl_codes(arena, &diags), "F0007");
    snprintf(text, sizeof text, "function %.*s(): int = 1", LIMIT_NAME_BYTES,
             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
             "aaaaa");
    dsl_parse(arena, &diags, "t.flow", text);
    CHECK_INT(diags.n, 0);
}

static void documentation_belongs_to_what_follows_it(void)
{
    SETUP;
    struct module *module = dsl_parse(arena, &diags, "t.flow",
                                      "## One.\n## Two.\nfunction f(): int = 1\n\n## Not "
                                      "this.\n\nfunction g(): int = 1\n");
    CHECK_TEXT(module->file->items.first->doc, "One.\nTwo.");
    CHECK_TEXT(module->file->items.last->doc, "");
}

static void binding_words_are_names_in_flows(void)
{
    SETUP;
    dsl_parse(arena, &diags, "t.flow",
              "function open(zone: int, role: int): int = zone + role");
    CHECK_INT(diags.n, 0);
}

static void secrets_stand_inside_the_texts_of_bindings(void)
{
    SETUP;
    struct module *module =
        dsl_parse(arena, &diags, "t.bind",
                  "environment dev { adapter erp over http { header \"Authorization\": "
                  "\"Bearer {secret(\"erp\")}\" } }");
    CHECK_INT(diags.n, 0);
    const struct node *option = module->file->items.first->items.first->items.first;
    CHECK_INT(option->items.first->kind, NODE_TEMPLATE);
}

static void an_unfinished_file_ends_in_one_mistake(void)
{
    static const char *const texts[] = {"flow",
                                        "flow f version 1 (",
                                        "flow f version 1 () {",
                                        "type A {",
                                        "note \"",
                                        "\"\"\"",
                                        "{",
                                        "}",
                                        "environment"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        SETUP;
        dsl_parse(arena, &diags, "t.flow", texts[i]);
        CHECK_INT(diags.n, 1);
    }
}

const struct unit_test suite_parse[] = {
    TEST(words_are_names_where_only_names_can_stand),
    TEST(each_independent_mistake_is_said_once),
    TEST(a_block_inside_a_mistake_does_not_end_the_block_around_it),
    TEST(nesting_is_bounded),
    TEST(as_deep_as_the_bound_is_fine),
    TEST(a_long_sum_is_bounded_too),
    TEST(what_is_no_utf8_is_refused),
    TEST(names_are_bounded),
    TEST(documentation_belongs_to_what_follows_it),
    TEST(binding_words_are_names_in_flows),
    TEST(secrets_stand_inside_the_texts_of_bindings),
    TEST(an_unfinished_file_ends_in_one_mistake),
    {0}};
