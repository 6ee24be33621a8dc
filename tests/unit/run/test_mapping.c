/* Mapped operations: what is asked, what an answer means, and what is not taken. */
#include "engine/run/mapping.h"

#include <string.h>

#include "dsl/catalog.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "tests/support/unit.h"
#include "tests/unit/lower/compiled.h"

static const char flow[] =
    "type Line { sku: text  qty: int }\n"
    "type Placed { number: text  total: money?  lines: list of Line }\n"
    "setting tenant: text = \"t-0\"\n"
    "adapter shop {\n"
    "    read find(name: text, day: date?) gives int? fails with Gone\n"
    "    effect place(id: text, lines: list of Line) gives Placed once per id harmless\n"
    "        fails with Gone, Blocked(limit: decimal)\n"
    "}\n"
    "flow f version 1 (id: text) {\n"
    "    call shop.find(name: id) as n when Gone { note \"gone\" }\n"
    "}\n";

static const char bind[] =
    "use t\n"
    "environment dev { adapter shop over http {\n"
    "    find {\n"
    "        get \"/names/{name}\"\n"
    "        query \"day\": day\n"
    "        query \"tenant\": tenant\n"
    "        gives reply at \"/n\"\n"
    "        fails Gone where status is 404\n"
    "    }\n"
    "    place {\n"
    "        post \"/orders\"\n"
    "        header \"X-Key\": idempotency_key\n"
    "        body map(\"id\" => id, \"rows\" => [map(\"s\" => l.sku, \"q\" => l.qty) for "
    "l in "
    "lines])\n"
    "        gives (number: reply at \"/no\", total: reply at \"/total\",\n"
    "               lines: [(sku: l at \"/s\", qty: l at \"/q\") for l in reply at "
    "\"/rows\"])\n"
    "        fails Blocked(limit: reply at \"/limit\") where reply at \"/code\" is 17\n"
    "        fails Gone where reply at \"/deep/er\" > 3\n"
    "    }\n"
    "} }\n";

static const struct catalog_option options[] = {{"url", CATALOG_TEXT, false, 0, 0}};
static const struct catalog_transport http = {
    .name = "http", .options = options, .options_n = 1, .maps = true};
static const struct catalog catalog = {&http, 1};
static const struct text errors[] = {{"Gone", 4}, {"Blocked", 7}};

struct bed {
    struct arena *arena;
    json_t *document; /* the adapter's mapping */
    struct mapping *mapping;
    struct environment environment;
    struct mapping_moment moment;
    json_t *args;
    struct call call;
};

static void bed_init(struct bed *bed, const char *operation, const char *args)
{
    struct err err = {0};
    *bed = (struct bed){.arena = arena_new("test", 512 << 20)};
    struct compiled *compiled = compiled_bound(bed->arena, flow, bind, &catalog);
    CHECK_TEXT(compiled_says(bed->arena, compiled), "");
    REQUIRE(compiled->environments_n == 1);
    scoped_json json_t *whole = json_read(compiled->environments[0].json, &err);
    bed->document = json_incref(json_at(whole, TEXT("/adapters/shop/mapping")));
    bed->mapping = mapping_open(bed->document, &err);
    REQUIRE(bed->mapping != NULL);
    bed->args = json_loads(args, 0, NULL);
    bed->moment = (struct mapping_moment){&bed->environment, 0};
    bed->call = (struct call){.operation = text_of(operation),
                              .is_effect = true,
                              .has_result = true,
                              .args = bed->args,
                              .errors = errors,
                              .errors_n = 2,
                              .key = TEXT("abc"),
                              .correlation = TEXT("O-1")};
}

static void bed_deinit(struct bed *bed)
{
    mapping_close(bed->mapping);
    json_decref(bed->document);
    json_decref(bed->args);
    arena_free(bed->arena);
}

static const char *target_of(const char *args)
{
    static char said[ERR_WHAT_BYTES];
    struct bed bed;
    struct call_request request;
    struct err err = {0};
    bed_init(&bed, "find", args);
    bool ok =
        mapping_request(bed.mapping, bed.arena, &bed.moment, &bed.call, &request, &err);
    snprintf(said, sizeof said, "%.*s", (int)(ok ? request.target.n : strlen(err.what)),
             ok ? request.target.chars : err.what);
    bed_deinit(&bed);
    return said;
}

static void a_value_stays_in_its_place_of_the_path(void)
{
    CHECK_TEXT(text_of(target_of("{\"name\":\"a\"}")), "/names/a?tenant=t-0");
    CHECK_TEXT(text_of(target_of("{\"name\":\"a/../b?c#d %\"}")),
               "/names/a%2F..%2Fb%3Fc%23d%20%25?tenant=t-0");
    CHECK_TEXT(text_of(target_of("{\"name\":\"\xc3\xa9\",\"day\":\"2026-05-12\"}")),
               "/names/%C3%A9?day=2026-05-12&tenant=t-0");
    static const char *const wrong[] = {"{\"name\":\"\"}", "{\"name\":\".\"}",
                                        "{\"name\":\"..\"}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_TEXT(text_of(target_of(wrong[i])),
                   "the path has an empty part where a name is due");
}

static void arguments_of_another_version_are_not_sent(void)
{
    CHECK_TEXT(text_of(target_of("{\"name\":7}")),
               "/name: text is wanted, the number 7 was found");
    CHECK_TEXT(text_of(target_of("{\"name\":\"a\",\"more\":1}")), "/names/a?tenant=t-0");
}

static void a_setting_is_the_environments(void)
{
    struct bed bed;
    struct call_request request;
    struct err err = {0};
    bed_init(&bed, "find", "{\"name\":\"a\"}");
    scoped_json json_t *settings = json_loads("{\"tenant\":\"t&9\"}", 0, NULL);
    bed.environment.settings = settings;
    REQUIRE(
        mapping_request(bed.mapping, bed.arena, &bed.moment, &bed.call, &request, &err));
    CHECK_TEXT(request.target, "/names/a?tenant=t%269");
    CHECK_TEXT(request.method, "GET");
    CHECK(!request.has_body);
    bed_deinit(&bed);
}

static void a_body_is_shaped(void)
{
    struct bed bed;
    struct call_request request;
    struct err err = {0};
    bed_init(&bed, "place",
             "{\"id\":\"O-1\",\"lines\":[{\"sku\":\"A\",\"qty\":2},{\"sku\":\"B\","
             "\"qty\":3}]}");
    REQUIRE(
        mapping_request(bed.mapping, bed.arena, &bed.moment, &bed.call, &request, &err));
    scoped_json json_t *body = json_read(request.body, &err);
    CHECK_TEXT(json_write_sorted(bed.arena, body),
               "{\"id\":\"O-1\",\"rows\":[{\"q\":2,\"s\":\"A\"},{\"q\":3,\"s\":\"B\"}]}");
    REQUIRE(request.headers_n == 1);
    CHECK_TEXT(request.headers[0].value, "abc");
    CHECK(!mapping_has(bed.mapping, TEXT("other")));
    CHECK(!mapping_has(NULL, TEXT("place")));
    bed_deinit(&bed);
}

static const char *meaning_of(const char *operation, long status, const char *body)
{
    static char said[4096];
    static const char *const words[] = {[CALL_MEANS_UNSAID] = "unsaid",
                                        [CALL_MEANS_VALUE] = "value",
                                        [CALL_MEANS_ERROR] = "error",
                                        [CALL_MEANS_MISFIT] = "misfit"};
    struct bed bed;
    struct call_meaning meaning;
    bed_init(&bed, operation,
             operation[0] == 'f' ? "{\"name\":\"a\"}" : "{\"id\":\"O-1\",\"lines\":[]}");
    scoped_json json_t *json = json_loads(body, JSON_DECODE_ANY, NULL);
    struct call_reply reply = {
        .status = status, .body = json, .is_unread = json == NULL && body[0] != '\0'};
    mapping_read(bed.mapping, bed.arena, &bed.moment, &bed.call, &reply, &meaning);
    struct text data =
        meaning.data != NULL ? json_write_sorted(bed.arena, meaning.data) : TEXT("");
    snprintf(said, sizeof said, "%s " TEXT_FMT TEXT_FMT "%s", words[meaning.means],
             TEXT_ARG(meaning.name), TEXT_ARG(data), meaning.message);
    json_decref(meaning.data);
    bed_deinit(&bed);
    return said;
}

static void an_answer_is_a_value_an_error_or_a_misfit(void)
{
    static const struct {
        const char *operation;
        long status;
        const char *body, *want;
    } rows[] = {
        {"find", 200, "{\"n\":7}", "value 7"},
        {"find", 200, "{\"n\":null}", "value null"},
        {"find", 200, "{}", "value null"},
        {"find", 200, "", "value null"},
        {"find", 200, "[1]", "value null"},
        {"find", 200, "<html>", "misfit it cannot be read: it is no JSON"},
        {"find", 200, "{\"n\":\"x\"}",
         "misfit it does not fit the mapping: /n: a whole number is wanted, the text "
         "\"x\" was found"},
        {"find", 404, "{\"n\":7}", "error Gone{}"},
        {"find", 404, "<html>", "error Gone{}"},
        {"find", 400, "{\"n\":7}", "unsaid "},
        {"place", 201, "{\"no\":\"7\",\"total\":null,\"rows\":[{\"s\":\"A\",\"q\":1}]}",
         "value {\"lines\":[{\"qty\":1,\"sku\":\"A\"}],\"number\":\"7\",\"total\":null}"},
        {"place", 201, "{\"rows\":[]}",
         "misfit it does not fit the mapping: /no: text is wanted, and is missing"},
        {"place", 201, "{\"no\":\"7\",\"rows\":[{\"s\":\"A\"}]}",
         "misfit it does not fit the mapping: /q: a whole number is wanted, and is "
         "missing"},
        {"place", 201, "{\"no\":\"7\",\"rows\":{}}",
         "misfit it does not fit the mapping: /rows: a list of any JSON is wanted, an "
         "object was found"},
        {"place", 422, "{\"code\":17,\"limit\":12.5}",
         "error Blocked{\"limit\":\"12.5\"}"},
        {"place", 200, "{\"code\":17,\"limit\":\"9\"}", "error Blocked{\"limit\":\"9\"}"},
        {"place", 422, "{\"code\":17}",
         "misfit it means Blocked, and cannot be read: /limit: a decimal number is "
         "wanted, and is missing"},
        {"place", 422, "{\"code\":\"17\",\"limit\":12.5}", "unsaid "},
        {"place", 422, "{\"deep\":{\"er\":4}}", "error Gone{}"},
        {"place", 422, "{\"deep\":{\"er\":\"4\"}}", "unsaid "},
        {"place", 422, "{\"deep\":[]}", "unsaid "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_TEXT(text_of(meaning_of(rows[i].operation, rows[i].status, rows[i].body)),
                   rows[i].want);
}

static void an_error_of_another_version_is_not_said(void)
{
    struct bed bed;
    struct call_meaning meaning;
    bed_init(&bed, "find", "{\"name\":\"a\"}");
    bed.call.errors_n = 0;
    struct call_reply reply = {.status = 404};
    mapping_read(bed.mapping, bed.arena, &bed.moment, &bed.call, &reply, &meaning);
    CHECK_INT(meaning.means, CALL_MEANS_UNSAID);
    bed_deinit(&bed);
}

/* A document that was tampered with is refused, not followed. */
static void a_mapping_that_is_not_sound_is_not_opened(void)
{
    static const char *const wrong[][2] = {
        {"/image", "\"AAAA\""},
        {"/image", "\"%\""},
        {"/operations/find/args", "0"},
        {"/operations/find/args", "99999"},
        {"/operations/find/gives", "99999"},
        {"/operations/find/gives", "-1"},
        {"/operations/find/path", "[99999]"},
        {"/operations/find/query", "[[1, 2]]"},
        {"/operations/find/fails", "[{\"error\":\"Gone\"}]"},
        {"/operations/place/body", "\"x\""},
    };
    struct bed bed;
    bed_init(&bed, "find", "{\"name\":\"a\"}");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct err err = {0};
        scoped_json json_t *copy = json_deep_copy(bed.document);
        char *last = strrchr(wrong[i][0], '/');
        struct text above = {wrong[i][0], (size_t)(last - wrong[i][0])};
        json_object_set_new(json_at(copy, above), last + 1,
                            json_loads(wrong[i][1], JSON_DECODE_ANY, NULL));
        struct mapping *mapping = mapping_open(copy, &err);
        CHECK(mapping == NULL);
        CHECK(err.code != ERR_OK);
        mapping_close(mapping);
    }
    bed_deinit(&bed);
}

/* What comes in is bounded, and so is what is done with it. */
static void a_large_answer_costs_no_more_than_is_set_aside(void)
{
    struct bed bed;
    struct call_meaning meaning;
    bed_init(&bed, "place", "{\"id\":\"O-1\",\"lines\":[]}");
    scoped_json json_t *body = json_object(), *rows = json_array();
    for (int i = 0; i < 400000; i++)
        json_array_append_new(rows, json_integer(0));
    json_object_set(body, "rows", rows);
    json_object_set_new(body, "no", json_string("7"));
    struct call_reply reply = {.status = 201, .body = body};
    mapping_read(bed.mapping, bed.arena, &bed.moment, &bed.call, &reply, &meaning);
    CHECK_INT(meaning.means, CALL_MEANS_MISFIT);
    CHECK(strstr(meaning.message, "MiB") != NULL);
    bed_deinit(&bed);
}

const struct unit_test suite_mapping[] = {
    TEST(a_value_stays_in_its_place_of_the_path),
    TEST(arguments_of_another_version_are_not_sent),
    TEST(a_setting_is_the_environments),
    TEST(a_body_is_shaped),
    TEST(an_answer_is_a_value_an_error_or_a_misfit),
    TEST(an_error_of_another_version_is_not_said),
    TEST(a_mapping_that_is_not_sound_is_not_opened),
    TEST(a_large_answer_costs_no_more_than_is_set_aside),
    {0},
};
