/* Slices are compared, cut and measured by their bytes. */
#include "engine/base/text.h"

#include <string.h>

#include "engine/base/arena.h"
#include "tests/support/unit.h"

static void texts_are_equal_by_their_bytes(void)
{
    CHECK(text_is(TEXT("ab"), (struct text){"abc", 2}));
    CHECK(!text_is(TEXT("ab"), TEXT("abc")));
    CHECK(text_is((struct text){0}, TEXT("")));
    CHECK(text_is((struct text){"a\0b", 3}, (struct text){"a\0b", 3}));
    CHECK(!text_is((struct text){"a\0b", 3}, (struct text){"a\0c", 3}));
    CHECK(text_is(text_of(NULL), TEXT("")));
}

static void order_is_by_code_point(void)
{
    CHECK(text_cmp(TEXT("a"), TEXT("b")) < 0);
    CHECK(text_cmp(TEXT("a"), TEXT("ab")) < 0);
    CHECK(text_cmp(TEXT("b"), TEXT("ab")) > 0);
    CHECK(text_cmp(TEXT("é"), TEXT("z")) > 0);
    CHECK_INT(text_cmp((struct text){0}, TEXT("")), 0);
}

static void a_text_starts_and_ends(void)
{
    CHECK(text_starts(TEXT("order"), TEXT("or")));
    CHECK(text_starts(TEXT("or"), TEXT("or")));
    CHECK(!text_starts(TEXT("o"), TEXT("or")));
    CHECK(text_ends(TEXT("order"), TEXT("er")));
    CHECK(text_ends(TEXT("order"), TEXT("")));
    CHECK(!text_ends(TEXT("r"), TEXT("er")));
}

static void a_cut_is_clamped(void)
{
    CHECK_TEXT(text_cut(TEXT("order"), 1, 3), "rde");
    CHECK_TEXT(text_cut(TEXT("order"), 3, 99), "er");
    CHECK_TEXT(text_cut(TEXT("order"), 3, SIZE_MAX), "er");
    CHECK_TEXT(text_cut(TEXT("order"), 5, 1), "");
    CHECK_TEXT(text_cut(TEXT("order"), 99, 1), "");
    CHECK_TEXT(text_cut((struct text){0}, 0, 1), "");
}

static void blanks_are_trimmed(void)
{
    CHECK_TEXT(text_trim(TEXT(" \t\r\n a b \n")), "a b");
    CHECK_TEXT(text_trim(TEXT("  \n ")), "");
    CHECK_TEXT(text_trim((struct text){0}), "");
}

static void a_split_takes_the_mark_with_it(void)
{
    struct text rest = TEXT("a,,b");
    CHECK_TEXT(text_split(&rest, ','), "a");
    CHECK_TEXT(text_split(&rest, ','), "");
    CHECK_TEXT(text_split(&rest, ','), "b");
    CHECK_TEXT(rest, "");
    CHECK_TEXT(text_split(&rest, ','), "");
}

static void copies_end_in_a_nul(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 16);
    struct text copy = text_dup(arena, (struct text){"abcdef", 3});
    CHECK_TEXT(copy, "abc");
    CHECK(copy.chars[3] == '\0');
    CHECK_INT(strlen(text_chars(arena, (struct text){"abcdef", 2})), 2);
    CHECK_INT(text_dup(arena, (struct text){0}).n, 0);
}

static void whole_numbers_are_read_to_both_ends(void)
{
    static const struct {
        const char *chars;
        bool is_fine;
        int64_t x;
    } rows[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"+7", true, 7},
        {"007", true, 7},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"99999999999999999999", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"+", false, 0},
        {"1 ", false, 0},
        {" 1", false, 0},
        {"1.0", false, 0},
        {"--1", false, 0},
        {"1_000", false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t x = 99;
        CHECK(text_to_i64(text_of(rows[i].chars), &x) == rows[i].is_fine);
        CHECK_INT(x, rows[i].is_fine ? rows[i].x : 99);
    }
}

static void the_hash_is_fnv_1a(void)
{
    CHECK(text_hash(TEXT("")) == UINT64_C(0xcbf29ce484222325));
    CHECK(text_hash(TEXT("a")) == UINT64_C(0xaf63dc4c8601ec8c));
    CHECK(text_hash(TEXT("foobar")) == UINT64_C(0x85944171f73967e8));
}

static void distance_counts_slips(void)
{
    CHECK_INT(text_distance(TEXT("order"), TEXT("order"), 3), 0);
    CHECK_INT(text_distance(TEXT("order"), TEXT("ordre"), 3), 1);
    CHECK_INT(text_distance(TEXT("order"), TEXT("oder"), 3), 1);
    CHECK_INT(text_distance(TEXT("order"), TEXT("orders"), 3), 1);
    CHECK_INT(text_distance(TEXT("order"), TEXT("0rdar"), 3), 2);
    CHECK_INT(text_distance(TEXT("kitten"), TEXT("sitting"), 9), 3);
    CHECK_INT(text_distance(TEXT("ca"), TEXT("abc"), 9),
              3); /* optimal string alignment */
    CHECK_INT(text_distance(TEXT(""), TEXT("abc"), 9), 3);
    CHECK_INT(text_distance(TEXT("abc"), TEXT("xyz"), 2), 3);
    CHECK_INT(text_distance(TEXT("abc"), TEXT("abcdefgh"), 2), 3);
}

static void distance_of_long_texts_does_not_overrun(void)
{
    char a[300], b[300];
    memset(a, 'a', sizeof a);
    memset(b, 'b', sizeof b);
    CHECK_INT(text_distance((struct text){a, 128}, (struct text){b, 128}, 200), 128);
    CHECK_INT(text_distance((struct text){a, 129}, (struct text){b, 129}, 200), 201);
    CHECK_INT(text_distance((struct text){a, 300}, (struct text){a, 300}, 2), 0);
}

const struct unit_test suite_text[] = {
    TEST(texts_are_equal_by_their_bytes),
    TEST(order_is_by_code_point),
    TEST(a_text_starts_and_ends),
    TEST(a_cut_is_clamped),
    TEST(blanks_are_trimmed),
    TEST(a_split_takes_the_mark_with_it),
    TEST(copies_end_in_a_nul),
    TEST(whole_numbers_are_read_to_both_ends),
    TEST(the_hash_is_fnv_1a),
    TEST(distance_counts_slips),
    TEST(distance_of_long_texts_does_not_overrun),
    {0},
};
