/* Cells are as wide as they look, and nothing from outside reaches the terminal raw. */
#include "tools/print.h"

#include <locale.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/when.h"
#include "tests/support/unit.h"

static const struct print_column columns[] = {
    {"key", "KEY", PRINT_PLAIN},       {"n", "N", PRINT_PLAIN},
    {"at", "FOR", PRINT_SINCE},        {"who", "WHO", PRINT_NAMES},
    {"more", "MORE", PRINT_WIDE_ONLY}, {0},
};

/* What a list of these rows prints in that form. */
static struct text printed(struct arena *arena, enum print_form form, const char *rows)
{
    static const struct cli_program program = {.name = "prog"};
    struct cli cli = {.program = &program, .arena = arena};
    struct printer printer;
    size_t i;
    json_t *row;
    char *all = NULL;
    size_t all_n = 0;
    scoped_json json_t *list = json_loads(rows, 0, NULL);
    REQUIRE(list != NULL);
    FILE *aside = stdout;
    stdout = open_memstream(&all, &all_n);
    printer_open(&printer, &cli, form, columns, 10 * WHEN_HOUR);
    json_array_foreach(list, i, row)
    {
        printer_row(&printer, json_incref(row));
    }
    printer_close(&printer, NULL);
    fclose(stdout);
    stdout = aside;
    struct text out = text_dup(arena, (struct text){all, all_n});
    free(all);
    return out;
}

static const char rows[] = "[{\"key\":\"O-1\",\"n\":1,\"at\":\"1970-01-01T08:30:00Z\","
                           "\"who\":[{\"name\":\"a\"},{\"name\":\"b\"}],"
                           "\"more\":\"x\"},{\"key\":\"日本 "
                           "€\",\"n\":null,\"at\":null,\"who\":[],\"more\":{\"y\":1}}]";

static void columns_stand_below_each_other_whatever_the_script(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    setlocale(LC_CTYPE, "C.UTF-8");
    CHECK_TEXT(printed(arena, PRINT_TABLE, rows), "KEY     N  FOR    WHO\n"
                                                  "O-1     1  1h30m  a, b\n"
                                                  "日本 €            \n");
}

static void the_wide_table_has_every_column_and_whole_instants(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct text out = printed(arena, PRINT_WIDE, rows);
    CHECK(text_starts(out, TEXT("KEY     N  FOR                   WHO   MORE\n")));
    CHECK(strstr(out.chars, "1970-01-01T08:30:00Z  a, b  x\n") != NULL);
}

static void programs_get_json(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    CHECK_TEXT(printed(arena, PRINT_JSON, "[{\"key\":1},{\"key\":2}]"),
               "[{\"key\":1},\n {\"key\":2}]\n");
    CHECK_TEXT(printed(arena, PRINT_JSON, "[]"), "[]\n");
    CHECK_TEXT(printed(arena, PRINT_JSONL, "[{\"key\":1},{\"key\":2}]"),
               "{\"key\":1}\n{\"key\":2}\n");
    CHECK_TEXT(printed(arena, PRINT_JSONL, "[]"), "");
    CHECK_TEXT(printed(arena, PRINT_NAME, rows), "O-1\n日本 €\n");
}

static void csv_is_quoted_where_it_must_be(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    CHECK_TEXT(printed(arena, PRINT_CSV,
                       "[{\"key\":\"a,b\",\"n\":\"say \\\"hi\\\"\",\"more\":\"1\\n2\"}]"),
               "key,n,at,who,more\r\n\"a,b\",\"say \"\"hi\"\"\",,,\"1\n2\"\r\n");
    CHECK_TEXT(printed(arena, PRINT_CSV, "[]"), "key,n,at,who,more\r\n");
}

static void more_than_a_page_is_printed_whole(void)
{
    scoped_arena struct arena *arena = arena_new("test", 64 << 20);
    scoped_json json_t *list = json_array();
    for (int i = 0; i < 2500; i++)
        json_array_append_new(list, json_pack("{s:i}", "key", i));
    struct text out = printed(arena, PRINT_NAME, json_write(arena, list).chars);
    size_t lines = 0;
    for (size_t i = 0; i < out.n; i++)
        lines += out.chars[i] == '\n';
    CHECK_INT(lines, 2500);
    CHECK(text_ends(out, TEXT("\n2499\n")));
}

static void a_terminal_obeys_nobody_outside(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    CHECK_TEXT(print_safe(arena, TEXT("a\x1b[2Jb\nc\x7f")), "a [2Jb c ");
    CHECK_TEXT(print_safe(arena, TEXT("a\xff")), "a?");
    CHECK_TEXT(print_safe(arena, TEXT("日本")), "日本");
    scoped_json json_t *text = json_string("x\ty");
    CHECK_TEXT(print_cell(arena, text), "x y");
    CHECK_TEXT(print_cell(arena, NULL), "");
}

static void spans_have_two_units(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    CHECK_TEXT(print_span(arena, 1234567), "1s200ms");
    CHECK_TEXT(print_span(arena, 75 * WHEN_SECOND + 1), "1m15s");
    CHECK_TEXT(print_span(arena, 3 * WHEN_HOUR + 25 * WHEN_MINUTE + 7), "3h25m");
    CHECK_TEXT(print_span(arena, 3 * WHEN_DAY + 25 * WHEN_MINUTE), "3d");
    CHECK_TEXT(print_span(arena, -5), "0s");
}

const struct unit_test suite_print[] = {
    TEST(columns_stand_below_each_other_whatever_the_script),
    TEST(the_wide_table_has_every_column_and_whole_instants),
    TEST(programs_get_json),
    TEST(csv_is_quoted_where_it_must_be),
    TEST(more_than_a_page_is_printed_whole),
    TEST(a_terminal_obeys_nobody_outside),
    TEST(spans_have_two_units),
    {0},
};
