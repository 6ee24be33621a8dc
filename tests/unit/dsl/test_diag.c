/* How mistakes are shown. */
#include "dsl/diag.h"

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "tests/support/unit.h"

static void the_mark_stands_under_its_word_behind_other_alphabets(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct source *source = source_new(arena, TEXT("t.flow"), TEXT("note \"äé\" bad\n"));
    struct diags diags;
    struct buf out;
    diags_init(&diags, arena);
    buf_init(&out, arena);
    struct diag *diag =
        diag_add(&diags, DIAG_F0001, source_span(source, 12, 15), "it is bad");
    diag_label(&diags, diag, "here");
    diag_why(&diags, diag, "Because.");
    diag_help(&diags, diag, "good");
    diag_draw(&out, diag, false);
    CHECK_TEXT(buf_done(&out), "error[F0001]: it is bad\n"
                               " ┌─ t.flow:1:11\n"
                               "1│ note \"äé\" bad\n"
                               " │           ^^^ here\n"
                               " │ Because.\n"
                               " help: good\n");
}

static void tabs_stay_tabs_under_the_line(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct source *source = source_new(arena, TEXT("t.flow"), TEXT("\tbad\n"));
    struct diags diags;
    struct buf out;
    diags_init(&diags, arena);
    buf_init(&out, arena);
    diag_draw(&out, diag_add(&diags, DIAG_F0001, source_span(source, 1, 4), "it is bad"),
              false);
    CHECK_TEXT(buf_done(&out),
               "error[F0001]: it is bad\n ┌─ t.flow:1:2\n1│ \tbad\n │ \t^^^\n");
}

static void the_same_is_said_once(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct source *source = source_new(arena, TEXT("t.flow"), TEXT("ab"));
    struct diags diags;
    diags_init(&diags, arena);
    diag_add(&diags, DIAG_F0001, source_span(source, 0, 1), "x");
    diag_add(&diags, DIAG_F0001, source_span(source, 0, 1), "x");
    diag_add(&diags, DIAG_F0001, source_span(source, 1, 2), "x");
    CHECK_INT(diags.n, 2);
}

static void more_than_the_bound_is_counted_only(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct source *source = source_new(arena, TEXT("t.flow"), TEXT("ab"));
    struct diags diags;
    diags_init(&diags, arena);
    for (int i = 0; i < LIMIT_DIAGNOSTICS + 3; i++)
        diag_add(&diags, DIAG_F0001, source_span(source, 0, 1), "number %d", i);
    CHECK_INT(diags.n, LIMIT_DIAGNOSTICS);
    CHECK_INT(diags.dropped, 3);
}

static void order_is_that_of_the_source(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct source *source = source_new(arena, TEXT("t.flow"), TEXT("abc"));
    struct diags diags;
    diags_init(&diags, arena);
    diag_add(&diags, DIAG_F0001, source_span(source, 2, 3), "last");
    diag_add(&diags, DIAG_F0002, source_span(source, 0, 1), "first");
    diags_sort(&diags);
    CHECK_TEXT(diags.at[0]->message, "first");
    CHECK_TEXT(diags.at[1]->message, "last");
}

static void programs_get_json(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct source *source = source_new(arena, TEXT("t.flow"), TEXT("ab\n"));
    struct diags diags;
    struct buf out;
    struct err err = {0};
    diags_init(&diags, arena);
    buf_init(&out, arena);
    struct diag *diag =
        diag_add(&diags, DIAG_F0101, source_span(source, 0, 2), "a \"quoted\" name");
    diag_also(&diags, diag, source_span(source, 1, 2), "there");
    diags_json(&out, &diags, false);
    scoped_json json_t *json = json_read(buf_done(&out), &err);
    REQUIRE(json != NULL);
    CHECK_INT(json_array_size(json), 1);
    CHECK_TEXT(json_text_of(json_at(json, TEXT("/0/code"))), "F0101");
    CHECK_TEXT(json_text_of(json_at(json, TEXT("/0/message"))), "a \"quoted\" name");
    CHECK_INT(json_integer_value(json_at(json, TEXT("/0/end_column"))), 3);
    CHECK_INT(json_integer_value(json_at(json, TEXT("/0/related/0/column"))), 2);
}

static void sure_edits_are_done_in_their_order_and_offered_ones_are_not(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct source *source = source_new(arena, TEXT("t.flow"), TEXT("a == b != c ;\n"));
    struct diags diags;
    uint32_t done;
    diags_init(&diags, arena);
    diag_fix(&diags, diag_add(&diags, DIAG_F0004, source_span(source, 7, 9), "later"),
             source_span(source, 7, 9), "is %s", "not");
    diag_fix(&diags, diag_add(&diags, DIAG_F0004, source_span(source, 2, 4), "earlier"),
             source_span(source, 2, 4), "is");
    diag_offer(&diags, diag_add(&diags, DIAG_F0101, source_span(source, 0, 1), "maybe"),
               source_span(source, 0, 1), "z");
    CHECK_TEXT(diags_fixed(&diags, source, &done), "a is b is not c ;\n");
    CHECK_INT(done, 2);
}

static void of_edits_that_touch_each_other_the_first_is_done(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct source *source = source_new(arena, TEXT("t.flow"), TEXT("abcd"));
    struct diags diags;
    uint32_t done;
    diags_init(&diags, arena);
    diag_fix(&diags, diag_add(&diags, DIAG_F0001, source_span(source, 0, 2), "one"),
             source_span(source, 0, 2), "x");
    diag_fix(&diags, diag_add(&diags, DIAG_F0001, source_span(source, 1, 3), "two"),
             source_span(source, 1, 3), "y");
    diag_fix(&diags, diag_add(&diags, DIAG_F0001, source_span(source, 2, 2), "three"),
             source_span(source, 2, 2), "z");
    CHECK_TEXT(diags_fixed(&diags, source, &done), "xzcd");
    CHECK_INT(done, 2);
}

static void every_code_is_found_by_its_name_and_has_an_essay(void)
{
    for (int i = 0; i < DIAG_CODES; i++) {
        enum diag_code code;
        CHECK(diag_find(text_of(diag_name((enum diag_code)i)), &code) && (int)code == i);
        CHECK(strlen(diag_essay((enum diag_code)i)) > 0);
    }
    enum diag_code code;
    CHECK(!diag_find(TEXT("F9999"), &code));
}

const struct unit_test suite_diag[] = {
    TEST(the_mark_stands_under_its_word_behind_other_alphabets),
    TEST(tabs_stay_tabs_under_the_line),
    TEST(the_same_is_said_once),
    TEST(more_than_the_bound_is_counted_only),
    TEST(order_is_that_of_the_source),
    TEST(programs_get_json),
    TEST(sure_edits_are_done_in_their_order_and_offered_ones_are_not),
    TEST(of_edits_that_touch_each_other_the_first_is_done),
    TEST(every_code_is_found_by_its_name_and_has_an_essay),
    {0}};
