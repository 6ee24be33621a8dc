/* Places in texts. */
#include "dsl/source.h"

#include "engine/base/arena.h"
#include "tests/support/unit.h"

static void columns_count_characters_not_bytes(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct source *source = source_new(arena, TEXT("t.flow"), TEXT("a\nä€x\n"));
    struct span span = source_span(source, 7, 8); /* the x: behind two and three bytes */
    CHECK_INT(span.line, 2);
    CHECK_INT(span.column, 3);
    CHECK_TEXT(span_text(span), "x");
}

static void lines_end_without_their_line_end(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct source *source = source_new(arena, TEXT("t.flow"), TEXT("one\r\ntwo"));
    CHECK_TEXT(source_line(source, 1), "one");
    CHECK_TEXT(source_line(source, 2), "two");
    CHECK_TEXT(source_line(source, 3), "");
    CHECK_TEXT(source_line(source, 0), "");
}

static void a_span_past_the_end_is_clamped(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct source *source = source_new(arena, TEXT("t.flow"), TEXT("ab"));
    struct span span = source_span(source, 1, 99);
    CHECK_TEXT(span_text(span), "b");
    CHECK_INT(source_span(source, 99, 3).from, 2);
}

static void two_spans_make_the_least_around_both(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct source *source = source_new(arena, TEXT("t.flow"), TEXT("a b c"));
    struct span both = span_join(source_span(source, 4, 5), source_span(source, 2, 3));
    CHECK_TEXT(span_text(both), "b c");
    CHECK_TEXT(span_text(span_join(both, (struct span){0})), "b c");
}

const struct unit_test suite_source[] = {TEST(columns_count_characters_not_bytes),
                                         TEST(lines_end_without_their_line_end),
                                         TEST(a_span_past_the_end_is_clamped),
                                         TEST(two_spans_make_the_least_around_both),
                                         {0}};
