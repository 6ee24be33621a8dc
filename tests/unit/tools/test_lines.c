/* Lines come one by one, with their numbers, and none is longer than may be. */
#include "tools/lines.h"

#include <stdlib.h>
#include <unistd.h>

#include "tests/support/unit.h"

static char path[] = "/tmp/lines.XXXXXX";

static void written(const char *chars, size_t n)
{
    snprintf(path, sizeof path, "/tmp/lines.XXXXXX");
    int fd = mkstemp(path);
    REQUIRE(fd >= 0);
    REQUIRE(write(fd, chars, n) == (ssize_t)n);
    close(fd);
}

static void check_next(struct lines *lines, const char *want, uint64_t number,
                       bool is_long)
{
    struct text line;
    bool too_long;
    REQUIRE(lines_next(lines, &line, &too_long));
    CHECK_TEXT(line, want);
    CHECK_INT(lines->number, number);
    CHECK(too_long == is_long);
}

static void blank_lines_count_and_are_passed_over(void)
{
    struct text line;
    bool too_long;
    struct err err = {0};
    scoped_arena struct arena *arena = arena_new("test", 1 << 16);
    scoped_lines struct lines lines = {0};
    written("a\n\n  \nb\r\nlast", 13);
    REQUIRE(lines_open(&lines, arena, path, 100, &err));
    check_next(&lines, "a", 1, false);
    check_next(&lines, "b", 4, false);
    check_next(&lines, "last", 5, false);
    CHECK(!lines_next(&lines, &line, &too_long));
    unlink(path);
}

static void a_line_of_just_the_length_is_whole_and_one_byte_more_is_too_long(void)
{
    struct err err = {0};
    scoped_arena struct arena *arena = arena_new("test", 1 << 16);
    scoped_lines struct lines lines = {0};
    written("12345\n123456\n123456789\nx\n", 25);
    REQUIRE(lines_open(&lines, arena, path, 5, &err));
    check_next(&lines, "12345", 1, false);
    check_next(&lines, "12345", 2, true);
    check_next(&lines, "12345", 3, true);
    check_next(&lines, "x", 4, false);
    unlink(path);
}

static void a_file_that_is_not_there_is_said(void)
{
    struct err err = {0};
    scoped_arena struct arena *arena = arena_new("test", 1 << 16);
    scoped_lines struct lines lines = {0};
    CHECK(!lines_open(&lines, arena, "/nowhere/at/all", 5, &err));
    CHECK(err.what[0] != '\0');
}

const struct unit_test suite_lines[] = {
    TEST(blank_lines_count_and_are_passed_over),
    TEST(a_line_of_just_the_length_is_whole_and_one_byte_more_is_too_long),
    TEST(a_file_that_is_not_there_is_said),
    {0},
};
