/* JSON is let in only as the contract has it; what is refused is refused with its place.
 */
#include "engine/base/json.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/json_plain.h"
#include "engine/base/limits.h"
#include "tests/support/unit.h"

static void check_round(const char *chars)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 22);
    struct err err = {0};
    scoped_json json_t *json = json_read(text_of(chars), &err);
    REQUIRE(json != NULL);
    CHECK_TEXT(json_write(arena, json), chars);
}

static void check_refused(struct text t, const char *pointer, const char *part_of_what)
{
    struct err err = {0};
    scoped_json json_t *json = json_read(t, &err);
    CHECK(json == NULL);
    CHECK_INT(err.code, ERR_BAD_DATA);
    CHECK_TEXT(text_of(err.pointer), pointer);
    if (strstr(err.what, part_of_what) == NULL)
        fprintf(stderr, "\n    got  \"%s\"\n    want \"…%s…\"\n", err.what, part_of_what);
    CHECK(strstr(err.what, part_of_what) != NULL);
}

static struct text nested(struct arena *arena, int levels)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (int i = 0; i < levels; i++)
        buf_chars(&buf, i % 2 == 0 ? "[" : "{\"a\":");
    buf_chars(&buf, "1");
    for (int i = levels - 1; i >= 0; i--)
        buf_chars(&buf, i % 2 == 0 ? "]" : "}");
    return buf_done(&buf);
}

static void values_come_back_as_they_were(void)
{
    check_round("{\"b\":1,\"a\":[true,false,null,\"x\"]}");
    check_round("\"é€😀\\n\\\"\\\\\"");
    check_round("0");
    check_round("0.1");
    check_round("[12.5,-0.001,123456789012345.0,1e20]");
    check_round("[9223372036854775807,-9223372036854775808]");
}

static void members_are_sorted_when_asked(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct err err;
    scoped_json json_t *json =
        json_read(TEXT("{\"b\": {\"d\":1, \"c\":2}, \"a\":3}"), &err);
    CHECK_TEXT(json_write_sorted(arena, json), "{\"a\":3,\"b\":{\"c\":2,\"d\":1}}");
    CHECK_TEXT(json_write(arena, json), "{\"b\":{\"d\":1,\"c\":2},\"a\":3}");
    CHECK(strchr(json_write_pretty(arena, json).chars, '\n') != NULL);
}

static void just_the_depth_is_read_and_one_more_is_not(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct err err = {0};
    scoped_json json_t *json = json_read(nested(arena, LIMIT_JSON_DEPTH), &err);
    CHECK(json != NULL);
    CHECK(json_read(nested(arena, LIMIT_JSON_DEPTH + 1), &err) == NULL);
    CHECK(strstr(err.what, "deeper than 64") != NULL);
    CHECK(text_starts(text_of(err.pointer), TEXT("/0/a/0/a/")));
    CHECK(json_read(nested(arena, 10000), &err) == NULL);
}

static void just_the_size_is_read_and_one_byte_more_is_not(void)
{
    scoped_arena struct arena *arena = arena_new("test", 8 << 20);
    struct err err = {0};
    char *chars = arena_alloc(arena, LIMIT_JSON_BYTES + 1);
    memset(chars, 'x', LIMIT_JSON_BYTES + 1);
    chars[0] = chars[LIMIT_JSON_BYTES - 1] = '"';
    scoped_json json_t *json = json_read((struct text){chars, LIMIT_JSON_BYTES}, &err);
    CHECK_INT(json_text_of(json).n, LIMIT_JSON_BYTES - 2);
    chars[LIMIT_JSON_BYTES - 1] = 'x';
    chars[LIMIT_JSON_BYTES] = '"';
    CHECK(json_read((struct text){chars, LIMIT_JSON_BYTES + 1}, &err) == NULL);
    CHECK_INT(err.code, ERR_TOO_LARGE);
}

static void a_member_may_not_come_twice(void)
{
    check_refused(TEXT("{\"a\":[0,{\"b\":1,\"b\":2}]}"), "/a/1/b", "twice");
    check_refused(TEXT("{\"a\":1,\"\\u0061\":2}"), "/a", "twice");
}

static void a_nul_is_refused_in_every_form(void)
{
    check_refused(TEXT("{\"a\":\"x\\u0000y\"}"), "/a", "NUL");
    check_refused(TEXT("{\"a\":{\"\\u0000\":1}}"), "/a", "NUL");
    check_refused((struct text){"[\"a\0b\"]", 7}, "/0", "NUL");
    check_refused((struct text){"[1]\0", 4}, "", "not JSON");
    struct err err;
    scoped_json json_t *fine = json_read(TEXT("\"\\\\u0000\""), &err);
    CHECK_TEXT(json_text_of(fine), "\\u0000");
}

static void digits_that_would_be_lost_are_refused_with_the_hint(void)
{
    struct err err = {0};
    CHECK(json_read(TEXT("{\"sum\":[0.1234567890123456]}"), &err) == NULL);
    CHECK_TEXT(text_of(err.pointer), "/sum/0");
    CHECK(strstr(err.hint, "as text") != NULL);
    check_refused(TEXT("{\"n\":9223372036854775808}"), "/n", "9223372036854775808");
    check_refused(TEXT("[-9223372036854775809]"), "/0", "digits");
    check_refused(TEXT("1234567890123456.5"), "", "digits");
    check_refused(TEXT("[1,1e301]"), "/1", "digits");
    check_refused(TEXT("1e-301"), "", "digits");
    check_refused(TEXT("1e99999999999999999999"), "", "digits");
    check_refused(TEXT("0.000000000000001234567890123456"), "", "digits");
}

static void check_decimal(const char *chars, const char *want)
{
    char out[JSON_DECIMAL_BYTES];
    struct err err = {0};
    scoped_json json_t *json = json_read(text_of(chars), &err);
    REQUIRE(json != NULL);
    REQUIRE(json_decimal_text(json, out));
    CHECK_TEXT(text_of(out), want);
}

static void fifteen_digits_survive_exactly(void)
{
    check_decimal("0.1", "0.1");
    check_decimal("0.10", "0.1");
    check_decimal("-12.50", "-12.5");
    check_decimal("0.123456789012345", "0.123456789012345");
    check_decimal("123456789012345e-3", "123456789012.345");
    check_decimal("999999999999.999", "999999999999.999");
    check_decimal("0.00000000000000123456789012345", "0.00000000000000123456789012345");
    check_decimal("1.5e3", "1500");
    check_decimal("1E+20", "100000000000000000000");
    check_decimal("-0.0", "0");
    check_decimal("0e9999", "0");
    check_decimal("1.000000000000000000000", "1");
    check_decimal("9223372036854775807", "9223372036854775807");
    check_decimal("-7", "-7");
}

static void what_is_no_decimal_is_not_printed_as_one(void)
{
    char out[JSON_DECIMAL_BYTES];
    struct err err = {0};
    scoped_json json_t *large = json_read(TEXT("1e38"), &err);
    CHECK(!json_decimal_text(large, out));
    scoped_json json_t *small = json_read(TEXT("1e-39"), &err);
    CHECK(!json_decimal_text(small, out));
    scoped_json json_t *text = json_text(TEXT("1"));
    CHECK(!json_decimal_text(text, out));
    scoped_json json_t *inexact = json_real(0.1 + 0.2);
    CHECK(!json_decimal_text(inexact, out));
}

static void what_is_not_json_is_refused_with_its_line(void)
{
    check_refused(TEXT(""), "", "empty");
    check_refused(TEXT("  \n"), "", "empty");
    check_refused(TEXT("{\"a\":1,\n\"b\":tru}"), "/b", "line 2");
    check_refused(TEXT("[1,2"), "/1", "not JSON");
    check_refused(TEXT("[1,2,]"), "/2", "not JSON");
    check_refused(TEXT("{} {}"), "", "not JSON");
    check_refused(TEXT("{'a':1}"), "", "not JSON");
    check_refused(TEXT("01"), "", "not JSON");
    check_refused(TEXT("1e"), "", "not JSON");
    check_refused(TEXT("-"), "", "");
    check_refused(TEXT("NaN"), "", "not JSON");
    check_refused(TEXT("\"\\ud800\""), "", "not JSON");
    check_refused(TEXT("\"a\nb\""), "", "not JSON");
    check_refused(TEXT("\"abc"), "", "not JSON");
    check_refused(TEXT("\"abc\\"), "", "not JSON");
    check_refused(TEXT("]]]]}}}}"), "", "not JSON");
    check_refused(TEXT("\xff"), "", "UTF-8");
}

/* No text, however cut or spoiled, may be read past its end. */
static void any_part_of_a_text_is_safe_to_read(void)
{
    static const char whole[] =
        "{\"a\\\"\\u0041\":[1.25e-3,-7,\"\\u20ac\",{\"~/\":null}],\"b\":tru}";
    struct err err;
    for (size_t from = 0; from < sizeof whole; from++)
        for (size_t n = 0; from + n < sizeof whole; n++) {
            scoped_arena struct arena *arena = arena_new("test", 1 << 12);
            char *exact = n == 0 ? NULL : arena_copy(arena, whole + from, n);
            scoped_json json_t *json = json_read((struct text){exact, n}, &err);
            (void)json;
        }
}

static uint32_t chance(uint32_t *seed, uint32_t n)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % n;
}

/* JSON with all that is usual in it, and some that is not. */
static void make_json(struct buf *out, uint32_t *seed, int depth)
{
    static const char *const leaves[] = {
        "true",       "false",      "null",        "0",    "-0",   "-7",
        "12.5",       "-0.001",     "\"a\"",       "\"\"", "1e5",  "123456789012345",
        "0.1",        "-0.0",       "\"é€😀\"",     "[]",   "{}",   "1234567890123456789",
        "\"\\n\\/\"", "\"a\\\"b\"", "\"\\u20ac\"", "0.50", " 1\n", "\"\\\\ \\t\""};
    static const char *const keys[] = {"a", "b", "a b", "\\\"", "\\u0041", "é", ""};
    uint32_t what = depth == 0 ? 0 : chance(seed, 4), n = chance(seed, 4);
    if (what < 2) {
        buf_chars(out, leaves[chance(seed, sizeof leaves / sizeof *leaves)]);
        return;
    }
    buf_chars(out, what == 2 ? "[" : "{ ");
    for (uint32_t i = 0; i < n; i++) {
        buf_chars(out, i == 0 ? "" : ",");
        if (what == 3)
            buf_printf(out, "\"%s%u\":", keys[chance(seed, 7)], chance(seed, 9));
        make_json(out, seed, depth - 1);
    }
    buf_chars(out, what == 2 ? "]" : "}");
}

/* Read quickly or slowly: the same value, and the same bytes again. */
static void what_is_plain_is_what_jansson_reads(void)
{
    static const char odd[] = "\"\\{}[]:,0123.-eE+tfn \n\x01\x7f/u";
    uint32_t seed = 7, plain_n = 0;
    for (int round = 0; round < 30000; round++) {
        scoped_arena struct arena *arena = arena_new("test", 1 << 20);
        struct buf made;
        buf_init(&made, arena);
        make_json(&made, &seed, 4);
        struct text t = buf_done(&made);
        for (uint32_t i = chance(&seed, 3); i > 0 && t.n > 0; i--)
            ((char *)t.chars)[chance(&seed, (uint32_t)t.n)] =
                odd[chance(&seed, sizeof odd - 1)];
        struct err err = {0};
        scoped_json json_t *plain = json_plain_read(t);
        scoped_json json_t *read = json_read(t, &err);
        if (plain == NULL || read == NULL)
            continue; /* a broken character is json_read's business */
        scoped_json json_t *slow =
            json_loadb(t.chars, t.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
        plain_n++;
        CHECK(slow != NULL && json_equal(plain, slow));
        char *bytes = json_dumps(slow, JSON_COMPACT | JSON_ENCODE_ANY |
                                           JSON_REAL_PRECISION(JSON_REAL_DIGITS));
        CHECK_TEXT(json_write(arena, plain), bytes);
        free(bytes);
    }
    CHECK(plain_n > 5000);
}

static void a_pointer_finds_its_value(void)
{
    struct err err;
    scoped_json json_t *json =
        json_read(TEXT("{\"a\":[10,{\"b/c\":1,\"d~e\":2,\"\":3}],\"0\":4}"), &err);
    CHECK(json_at(json, TEXT("")) == json);
    CHECK_INT(json_integer_value(json_at(json, TEXT("/a/0"))), 10);
    CHECK_INT(json_integer_value(json_at(json, TEXT("/a/1/b~1c"))), 1);
    CHECK_INT(json_integer_value(json_at(json, TEXT("/a/1/d~0e"))), 2);
    CHECK_INT(json_integer_value(json_at(json, TEXT("/a/1/"))), 3);
    CHECK_INT(json_integer_value(json_at(json, TEXT("/0"))), 4);
}

static void a_pointer_to_nothing_finds_nothing(void)
{
    struct err err;
    scoped_json json_t *json = json_read(TEXT("{\"a\":[10],\"~\":1}"), &err);
    CHECK(json_at(json, TEXT("a")) == NULL);
    CHECK(json_at(json, TEXT("/b")) == NULL);
    CHECK(json_at(json, TEXT("/a/1")) == NULL);
    CHECK(json_at(json, TEXT("/a/-")) == NULL);
    CHECK(json_at(json, TEXT("/a/00")) == NULL);
    CHECK(json_at(json, TEXT("/a/+0")) == NULL);
    CHECK(json_at(json, TEXT("/a/99999999999999999999")) == NULL);
    CHECK(json_at(json, TEXT("/a/0/x")) == NULL);
    CHECK(json_at(json, TEXT("/~")) == NULL);
    CHECK(json_at(json, TEXT("/~2")) == NULL);
}

static void a_pointer_is_built_and_cut(void)
{
    char pointer[20] = "";
    json_pointer_add(pointer, sizeof pointer, TEXT("a/b~c"));
    CHECK_TEXT(text_of(pointer), "/a~1b~0c");
    json_pointer_add(pointer, sizeof pointer, TEXT("€€€€€€"));
    CHECK_TEXT(text_of(pointer), "/a~1b~0c/€€…");
    json_pointer_add(pointer, sizeof pointer, TEXT("more"));
    CHECK(strlen(pointer) < sizeof pointer);
}

static void texts_cross_with_their_length(void)
{
    scoped_json json_t *json = json_text(TEXT("abc"));
    CHECK_TEXT(json_text_of(json), "abc");
    scoped_json json_t *empty = json_text((struct text){0});
    CHECK_INT(json_text_of(empty).n, 0);
    CHECK_INT(json_text_of(NULL).n, 0);
}

const struct unit_test suite_json[] = {
    TEST(values_come_back_as_they_were),
    TEST(members_are_sorted_when_asked),
    TEST(just_the_depth_is_read_and_one_more_is_not),
    TEST(just_the_size_is_read_and_one_byte_more_is_not),
    TEST(a_member_may_not_come_twice),
    TEST(a_nul_is_refused_in_every_form),
    TEST(digits_that_would_be_lost_are_refused_with_the_hint),
    TEST(fifteen_digits_survive_exactly),
    TEST(what_is_no_decimal_is_not_printed_as_one),
    TEST(what_is_not_json_is_refused_with_its_line),
    TEST(any_part_of_a_text_is_safe_to_read),
    TEST(what_is_plain_is_what_jansson_reads),
    TEST(a_pointer_finds_its_value),
    TEST(a_pointer_to_nothing_finds_nothing),
    TEST(a_pointer_is_built_and_cut),
    TEST(texts_cross_with_their_length),
    {0},
};
