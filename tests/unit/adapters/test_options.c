/* Options are checked by the adapter's table, and refused without showing their values.
 */
#include <string.h>

#include "adapters/kit/options.h"
#include "engine/base/json.h"
#include "tests/support/unit.h"

static const struct adapter_option table[] = {
    {.name = "url",
     .kind = ADAPTER_OPTION_TEXT,
     .is_needed = true,
     .most = 20,
     .sentence = "where"},
    {.name = "most",
     .kind = ADAPTER_OPTION_NUMBER,
     .standard = "7",
     .least = 1,
     .most = 9,
     .sentence = "how many"},
    {.name = "command", .kind = ADAPTER_OPTION_WORDS, .most = 2, .sentence = "what"},
    {.name = "header", .kind = ADAPTER_OPTION_TABLE, .most = 1, .sentence = "which"},
    {0}};

static bool accepts(const char *options, struct err *err)
{
    scoped_json json_t *json = json_loads(options, JSON_ALLOW_NUL, NULL);
    REQUIRE(json != NULL);
    *err = (struct err){0};
    return options_check(table, json, err);
}

static void what_the_table_allows_is_accepted(void)
{
    struct err err;
    CHECK(accepts("{\"url\":\"http://a\"}", &err));
    CHECK(accepts("{\"url\":\"\",\"most\":\"1\",\"command\":[\"a\",\"b\"],"
                  "\"header\":{\"A\":\"x\"}}",
                  &err));
    CHECK(accepts("{\"url\":\"12345678901234567890\",\"most\":\"9\"}", &err));
}

static void a_missing_option_is_named_with_its_meaning(void)
{
    struct err err;
    CHECK(!accepts("{}", &err));
    CHECK_INT(err.code, ERR_BAD_DATA);
    CHECK_TEXT(text_of(err.what), "the option \"url\" is missing");
    CHECK_TEXT(text_of(err.hint), "url: where");
}

static void an_unknown_option_is_refused_with_those_that_exist(void)
{
    struct err err;
    CHECK(!accepts("{\"url\":\"u\",\"uri\":\"v\"}", &err));
    CHECK_TEXT(text_of(err.what), "there is no option \"uri\"");
    CHECK_TEXT(text_of(err.hint), "its options are url, most, command, header");
}

static void wrong_kinds_and_bounds_are_refused(void)
{
    static const char *const wrong[] = {
        "{\"url\":7}",
        "{\"url\":\"123456789012345678901\"}",
        "{\"url\":\"a\\u0000b\"}",
        "{\"url\":\"u\",\"most\":\"0\"}",
        "{\"url\":\"u\",\"most\":\"10\"}",
        "{\"url\":\"u\",\"most\":\"7x\"}",
        "{\"url\":\"u\",\"most\":7}",
        "{\"url\":\"u\",\"command\":\"a b\"}",
        "{\"url\":\"u\",\"command\":[]}",
        "{\"url\":\"u\",\"command\":[\"a\",\"b\",\"c\"]}",
        "{\"url\":\"u\",\"command\":[7]}",
        "{\"url\":\"u\",\"header\":[]}",
        "{\"url\":\"u\",\"header\":{\"A\":\"x\",\"B\":\"y\"}}",
        "{\"url\":\"u\",\"header\":{\"A\":7}}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct err err;
        if (accepts(wrong[i], &err))
            fprintf(stderr, "\n    accepted: %s\n", wrong[i]);
        CHECK(err.code == ERR_BAD_DATA);
    }
}

static void a_refused_value_is_not_shown(void)
{
    struct err err;
    CHECK(!accepts("{\"url\":\"u\",\"most\":\"hush-hush\"}", &err));
    CHECK(strstr(err.what, "hush") == NULL && strstr(err.hint, "hush") == NULL);
}

static void the_standard_holds_where_nothing_is_said(void)
{
    scoped_json json_t *json = json_loads("{\"url\":\"u\"}", 0, NULL);
    CHECK_INT(options_number(table, json, "most"), 7);
    CHECK_TEXT(options_text(table, json, "url"), "u");
    CHECK(options_words(json, "command") == NULL);
    CHECK(options_table(json, "header") == NULL);
}

const struct unit_test suite_options[] = {
    TEST(what_the_table_allows_is_accepted),
    TEST(a_missing_option_is_named_with_its_meaning),
    TEST(an_unknown_option_is_refused_with_those_that_exist),
    TEST(wrong_kinds_and_bounds_are_refused),
    TEST(a_refused_value_is_not_shown),
    TEST(the_standard_holds_where_nothing_is_said),
    {0}};
