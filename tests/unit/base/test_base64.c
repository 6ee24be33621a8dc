/* Base64 is RFC 4648's, and nothing else is taken for it. */
#include "engine/base/base64.h"

#include "engine/base/arena.h"
#include "tests/support/unit.h"

static void both_ways_are_as_rfc_4648_has_it(void)
{
    static const char *const rows[][2] = {{"", ""},
                                          {"f", "Zg=="},
                                          {"fo", "Zm8="},
                                          {"foo", "Zm9v"},
                                          {"foob", "Zm9vYg=="},
                                          {"fooba", "Zm9vYmE="},
                                          {"foobar", "Zm9vYmFy"},
                                          {"\xff\xfe\xfd", "//79"}};
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text bytes;
        CHECK_TEXT(base64_write(arena, text_of(rows[i][0])), rows[i][1]);
        REQUIRE(base64_read(arena, text_of(rows[i][1]), &bytes));
        CHECK_TEXT(bytes, rows[i][0]);
    }
}

static void what_is_no_base64_is_refused(void)
{
    static const char *const wrong[] = {
        "Z",    "Zg",   "Zg=",  "Zg===",  "=",    "====",
        "Z===", "Zh==", "Zm9=", "Zm9v\n", "Zm9-", "Zg==Zg=="};
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct text bytes;
        CHECK(!base64_read(arena, text_of(wrong[i]), &bytes));
    }
    CHECK(!base64_read(arena, (struct text){"Zm\0v", 4}, &(struct text){0}));
}

const struct unit_test suite_base64[] = {
    TEST(both_ways_are_as_rfc_4648_has_it),
    TEST(what_is_no_base64_is_refused),
    {0},
};
