/* Environments: what is deployed, and what is missing. */
#include "dsl/catalog.h"
#include "engine/base/arena.h"
#include "tests/support/unit.h"
#include "tests/unit/lower/compiled.h"

static const char flow[] =
    "adapter erp { read look(id: text) gives text }\n"
    "type Kind = plain | wrapped(paper: text)\n"
    "type Box { kind: Kind  sizes: list of int  tags: map of text to money }\n"
    "setting grace: duration\n"
    "setting most: money = 5.00 USD\n"
    "setting box: Box = (kind: plain, sizes: [], tags: map(\"a\" => 1.00 USD))\n"
    "flow f version 1 (id: text) {\n"
    "    call erp.look(id: id) as x\n"
    "    ask desk \"Is {x} right, {most}, {box.sizes}?\" within grace\n"
    "        when yes { }\n"
    "        when late { }\n"
    "}\n";

static const struct catalog_option http_options[] = {
    {"url", CATALOG_TEXT, true, 0, 0},
    {"header", CATALOG_TABLE, false, 0, 0},
    {"calls", CATALOG_NUMBER, false, 1, 100},
};
static const struct catalog_option process_options[] = {
    {"command", CATALOG_WORDS, true, 0, 0},
};
static const struct catalog_transport transports[] = {
    {.name = "http", .options = http_options, .options_n = 3, .maps = true},
    {.name = "process", .options = process_options, .options_n = 1},
    {.name = "fake"},
};
static const struct catalog catalog = {transports, 3};

static bool has(struct text all, const char *part)
{
    if (memmem(all.chars, all.n, part, strlen(part)) != NULL)
        return true;
    fprintf(stderr, "\n    not there: %s\n    in         " TEXT_FMT "\n", part,
            TEXT_ARG(all));
    return false;
}

static struct text document(struct arena *arena, const char *bind)
{
    struct compiled *compiled = compiled_bound(arena, flow, bind, &catalog);
    CHECK_TEXT(compiled_says(arena, compiled), "");
    REQUIRE(compiled->environments_n == 1);
    return compiled->environments[0].json;
}

static struct text complaints(struct arena *arena, const char *bind)
{
    return compiled_says(arena, compiled_bound(arena, flow, bind, &catalog));
}

#define WHOLE                                                                            \
    "    setting grace = 2h\n"                                                           \
    "    role desk \"desk@example.com\"\n"

static void an_environment_is_one_json_document(void)
{
    scoped_arena struct arena *arena = arena_new("test", 256 << 20);
    CHECK_TEXT(document(arena,
                        "use t\n"
                        "environment dev {\n" WHOLE
                        "    calendar us { zone \"America/Chicago\" open monday to "
                        "friday from \"08:00\" to \"17:00\" closed 2026-12-25 }\n"
                        "    adapter erp over fake { }\n"
                        "}\n"),
               "{\"name\":\"dev\",\"settings\":{\"grace\":\"PT2H\"},"
               "\"roles\":{\"desk\":\"desk@example.com\"},"
               "\"calendars\":{\"us\":{\"zone\":\"America/"
               "Chicago\",\"open\":[{\"first_day\":\"monday\","
               "\"last_day\":\"friday\",\"from\":\"08:00\",\"to\":\"17:00\"}],\"closed\":"
               "[\"2026-12-25\"]}},"
               "\"adapters\":{\"erp\":{\"over\":\"fake\",\"options\":{}}}}");
}

static void secrets_stay_references(void)
{
    scoped_arena struct arena *arena = arena_new("test", 256 << 20);
    struct text json = document(
        arena, "use t\n"
               "environment dev {\n" WHOLE "    adapter erp over http {\n"
               "        url \"http://127.0.0.1:9001/erp\"\n"
               "        header \"Authorization\": \"Bearer {secret(\"erp_token\")}\"\n"
               "        header \"Accept\": \"*/*\"\n"
               "    }\n"
               "}\n");
    CHECK(has(json,
              "\"header\":{\"Authorization\":[\"Bearer \",{\"secret\":\"erp_token\"}],"
              "\"Accept\":\"*/*\"}"));
}

static void words_are_a_list_even_when_there_is_one(void)
{
    scoped_arena struct arena *arena = arena_new("test", 256 << 20);
    struct text json =
        document(arena, "use t\nenvironment dev {\n" WHOLE
                        "    adapter erp over process { command \"erp.py\" }\n}\n");
    CHECK(has(json, "\"command\":[\"erp.py\"]"));
}

static void settings_travel_by_their_type(void)
{
    scoped_arena struct arena *arena = arena_new("test", 256 << 20);
    struct text json = document(
        arena, "use t\nenvironment dev {\n" WHOLE "    adapter erp over fake { }\n"
               "    setting most = 1_000.50 USD + 0.50 USD\n"
               "    setting box = (kind: wrapped(paper: \"red\"), sizes: [1, 2 * 3], "
               "tags: map(\"b\" => 2.00 EUR))\n"
               "}\n");
    CHECK(has(json, "\"most\":{\"amount\":\"1001.00\",\"currency\":\"USD\"}"));
    static const char box[] =
        "\"box\":{\"kind\":{\"wrapped\":{\"paper\":\"red\"}},\"sizes\":[1,6],"
        "\"tags\":{\"b\":{\"amount\":\"2.00\",\"currency\":\"EUR\"}}}";
    CHECK(has(json, box));
}

static void what_a_flow_needs_must_be_there(void)
{
    scoped_arena struct arena *arena = arena_new("test", 256 << 20);
    /* erp is not bound, grace has no value; nobody is `desk` (a warning, at the ask) */
    CHECK_TEXT(complaints(arena, "use t\nenvironment dev {\n}\n"),
               "F0605 2, F0606 2, F0603 9");
}

static void what_no_adapter_knows_is_refused(void)
{
    scoped_arena struct arena *arena = arena_new("test", 256 << 20);
    CHECK_TEXT(complaints(arena, "use t\nenvironment dev {\n" WHOLE
                                 "    adapter erp over carrier_pigeon { }\n}\n"),
               "F0607 5");
    CHECK_TEXT(complaints(arena, "use t\nenvironment dev {\n" WHOLE
                                 "    adapter erp over http { uri \"x\" }\n}\n"),
               "F0607 5, F0607 5");
    CHECK_TEXT(complaints(arena, "use t\nenvironment dev {\n" WHOLE
                                 "    adapter erp over http { url \"x\"\n"
                                 "        calls \"many\" }\n}\n"),
               "F0607 6");
    CHECK_TEXT(complaints(arena, "use t\nenvironment dev {\n" WHOLE
                                 "    adapter erp over http { url \"x\"\n"
                                 "        header \"y\" }\n}\n"),
               "F0607 6");
}

static void an_environment_computes_nothing(void)
{
    scoped_arena struct arena *arena = arena_new("test", 256 << 20);
    CHECK_TEXT(complaints(arena,
                          "use t\nenvironment dev {\n" WHOLE
                          "    adapter erp over fake { }\n"
                          "    setting most = if true then 1.00 USD else 2.00 USD\n}\n"),
               "F0604 6");
}

const struct unit_test suite_bind[] = {
    TEST(an_environment_is_one_json_document),     TEST(secrets_stay_references),
    TEST(words_are_a_list_even_when_there_is_one), TEST(settings_travel_by_their_type),
    TEST(what_a_flow_needs_must_be_there),         TEST(what_no_adapter_knows_is_refused),
    TEST(an_environment_computes_nothing),         {0},
};
