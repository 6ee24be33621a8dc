/* UTF-8 is taken strictly, and the first wrong byte is found. */
#include "engine/base/utf8.h"

#include <string.h>

#include "tests/support/unit.h"

static void check_bad(const char *chars, size_t n, size_t want)
{
    size_t bad_at = 99;
    CHECK(!utf8_valid((struct text){chars, n}, &bad_at));
    CHECK_INT(bad_at, want);
    CHECK(!utf8_valid((struct text){chars, n}, NULL));
}

static void both_ends_of_each_length_are_valid(void)
{
    CHECK(utf8_valid(TEXT("\x01\x7f"), NULL));
    CHECK(utf8_valid(TEXT("\xc2\x80\xdf\xbf"), NULL));
    CHECK(utf8_valid(TEXT("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"), NULL));
    CHECK(utf8_valid(TEXT("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), NULL));
    CHECK(utf8_valid((struct text){"a\0b", 3}, NULL));
    CHECK(utf8_valid((struct text){0}, NULL));
}

static void what_is_just_outside_is_not(void)
{
    check_bad("\x80", 1, 0);
    check_bad("a\xbf", 2, 1);
    check_bad("\xc0\x80", 2, 0);         /* an overlong NUL */
    check_bad("\xc1\xbf", 2, 0);         /* overlong */
    check_bad("\xe0\x9f\xbf", 3, 0);     /* overlong */
    check_bad("\xed\xa0\x80", 3, 0);     /* a surrogate */
    check_bad("\xf0\x8f\xbf\xbf", 4, 0); /* overlong */
    check_bad("\xf4\x90\x80\x80", 4, 0); /* U+110000 */
    check_bad("\xf5\x80\x80\x80", 4, 0);
    check_bad("\xff", 1, 0);
}

static void a_text_that_ends_too_early_is_bad_where_the_code_point_begins(void)
{
    check_bad("ab\xe2\x82", 4, 2);
    check_bad("ab\xc3", 3, 2);
    check_bad("\xf0\x9f\x92", 3, 0);
    check_bad("\xe2\x28\xa1", 3, 0);
    check_bad("\xf0\x9f\x28\x80", 4, 0);
}

static void a_wrong_byte_is_found_wherever_it_stands(void)
{
    char chars[64];
    for (size_t n = 1; n <= sizeof chars; n++)
        for (size_t at = 0; at < n; at++) {
            memset(chars, 'x', n);
            chars[at] = '\xff';
            check_bad(chars, n, at);
        }
}

static void code_points_are_counted(void)
{
    CHECK_INT(utf8_count(TEXT("")), 0);
    CHECK_INT(utf8_count(TEXT("a€é😀")), 4);
}

const struct unit_test suite_utf8[] = {
    TEST(both_ends_of_each_length_are_valid),
    TEST(what_is_just_outside_is_not),
    TEST(a_text_that_ends_too_early_is_bad_where_the_code_point_begins),
    TEST(a_wrong_byte_is_found_wherever_it_stands),
    TEST(code_points_are_counted),
    {0},
};
