/* Every row of the contract's table: status × what is said × effect or read. */
#include <string.h>

#include "adapters/http/http_outcome.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "tests/support/unit.h"

static const struct text errors[] = {{"CreditBlocked", 13}, {"PriceChanged", 12}};
static const struct text hidden[] = {{"Bearer s3cret", 13}, {"s3cret", 6}};

struct row {
    const char *name;
    struct curl_answer answer;
    const char *body;
    enum call_outcome_kind effect, read;
};

#define SAID(status_, body_, effect_, read_)                                             \
    {                                                                                    \
#status_ " " body_, {.status = status_ }, body_, CALL_##effect_, CALL_##read_    \
    }

static const struct row rows[] = {
    SAID(200, "{\"number\":\"SO-9\"}", VALUE, VALUE),
    SAID(201, "7", VALUE, VALUE),
    SAID(200, "null", VALUE, VALUE),
    SAID(299, "[]", VALUE, VALUE),
    SAID(204, "", VALUE, VALUE),
    SAID(200, "  \r\n", VALUE, VALUE),
    SAID(200, "<html>", IN_DOUBT, BROKEN),
    SAID(200, "{\"a\":1,\"a\":2}", IN_DOUBT, BROKEN),
    SAID(200, "{\"number\":\"SO-9\"", IN_DOUBT, BROKEN),
    SAID(400, "{\"error\":\"CreditBlocked\"}", REFUSED, REFUSED),
    SAID(409, "{\"error\":\"PriceChanged\",\"lines\":[1]}", REFUSED, REFUSED),
    SAID(422, "{\"type\":\"https://erp/errors/CreditBlocked\",\"detail\":\"no\"}",
         REFUSED, REFUSED),
    SAID(429, "{\"error\":\"CreditBlocked\"}", REFUSED, REFUSED),
    SAID(409, "{\"error\":\"Unheard\"}", BROKEN, BROKEN),
    SAID(409, "{\"type\":\"CreditBlocked\"}", BROKEN, BROKEN),
    SAID(409, "{\"type\":\"https://erp/XCreditBlocked\"}", BROKEN, BROKEN),
    SAID(409, "[\"CreditBlocked\"]", BROKEN, BROKEN),
    SAID(409, "{\"error\":", BROKEN, BROKEN),
    SAID(500, "{\"error\":\"CreditBlocked\"}", IN_DOUBT, UNAVAILABLE),
    SAID(429, "", UNAVAILABLE, UNAVAILABLE),
    SAID(503, "", UNAVAILABLE, UNAVAILABLE),
    SAID(400, "", BROKEN, BROKEN),
    SAID(401, "", BROKEN, BROKEN),
    SAID(404, "", BROKEN, BROKEN),
    SAID(499, "", BROKEN, BROKEN),
    SAID(300, "", BROKEN, BROKEN),
    SAID(302, "{}", BROKEN, BROKEN),
    SAID(399, "", BROKEN, BROKEN),
    SAID(500, "", IN_DOUBT, UNAVAILABLE),
    SAID(502, "", IN_DOUBT, UNAVAILABLE),
    SAID(504, "", IN_DOUBT, UNAVAILABLE),
    SAID(599, "", IN_DOUBT, UNAVAILABLE),
    SAID(600, "", IN_DOUBT, BROKEN),
    SAID(101, "", IN_DOUBT, BROKEN),
    SAID(0, "", IN_DOUBT, BROKEN),
    {"too large 200",
     {.status = 200, .body_is_too_large = true},
     "",
     CALL_IN_DOUBT,
     CALL_BROKEN},
    {"too large 409",
     {.status = 409, .body_is_too_large = true},
     "",
     CALL_BROKEN,
     CALL_BROKEN},
    {"too large 503",
     {.status = 503, .body_is_too_large = true},
     "",
     CALL_UNAVAILABLE,
     CALL_UNAVAILABLE},
    {"not sent",
     {.end = CURL_END_NOT_SENT, .why = "no name"},
     "",
     CALL_UNAVAILABLE,
     CALL_UNAVAILABLE},
    {"cut", {.end = CURL_END_CUT, .why = "reset"}, "", CALL_IN_DOUBT, CALL_UNAVAILABLE},
};

static struct call order(bool is_effect)
{
    return (struct call){
        .is_effect = is_effect, .has_result = true, .errors = errors, .errors_n = 2};
}

static struct call_outcome outcome_of(struct arena *arena, struct call *call,
                                      struct curl_answer answer, const char *body)
{
    struct call_outcome outcome;
    answer.body = text_of(body);
    http_outcome(arena, call, &answer, hidden, 2, &outcome);
    return outcome;
}

static void every_row_of_the_contract_holds(void)
{
    scoped_arena struct arena *arena = arena_new("call", 1 << 22);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int is_effect = 0; is_effect < 2; is_effect++) {
            struct call call = order(is_effect);
            struct call_outcome outcome =
                outcome_of(arena, &call, rows[i].answer, rows[i].body);
            if (outcome.kind != (is_effect ? rows[i].effect : rows[i].read)) {
                fprintf(stderr, "\n    %s, %s: got %d (" TEXT_FMT ")\n", rows[i].name,
                        is_effect ? "effect" : "read", outcome.kind,
                        TEXT_ARG(outcome.message));
                CHECK(false);
            }
            CHECK((outcome.kind == CALL_VALUE) == (outcome.message.n == 0));
            json_decref(outcome.data);
        }
}

static void an_operation_without_a_result_accepts_any_yes(void)
{
    scoped_arena struct arena *arena = arena_new("call", 1 << 20);
    struct call call = order(true);
    call.has_result = false;
    struct call_outcome outcome =
        outcome_of(arena, &call, (struct curl_answer){.status = 202}, "<ok/>");
    CHECK_INT(outcome.kind, CALL_VALUE);
    CHECK(outcome.data == NULL);
    outcome = outcome_of(
        arena, &call, (struct curl_answer){.status = 200, .body_is_too_large = true}, "");
    CHECK_INT(outcome.kind, CALL_VALUE);
}

static void the_value_is_the_body(void)
{
    scoped_arena struct arena *arena = arena_new("call", 1 << 20);
    struct call call = order(true);
    struct call_outcome outcome = outcome_of(
        arena, &call, (struct curl_answer){.status = 200}, "{\"number\":\"SO-9\"}");
    CHECK_TEXT(json_text_of(json_object_get(outcome.data, "number")), "SO-9");
    json_decref(outcome.data);
}

static void a_declared_error_brings_its_parameters_only(void)
{
    scoped_arena struct arena *arena = arena_new("call", 1 << 20);
    struct call call = order(true);
    struct call_outcome outcome =
        outcome_of(arena, &call, (struct curl_answer){.status = 409},
                   "{\"error\":\"PriceChanged\",\"lines\":[1],\"title\":\"t\"}");
    CHECK_TEXT(outcome.name, "PriceChanged");
    CHECK_TEXT(json_write_sorted(arena, outcome.data), "{\"lines\":[1],\"title\":\"t\"}");
    json_decref(outcome.data);
    outcome =
        outcome_of(arena, &call, (struct curl_answer){.status = 409},
                   "{\"type\":\"urn:x/CreditBlocked\",\"title\":\"t\",\"status\":409,"
                   "\"detail\":\"d\",\"by\":\"1.00\"}");
    CHECK_TEXT(outcome.name, "CreditBlocked");
    CHECK_TEXT(json_write(arena, outcome.data), "{\"by\":\"1.00\"}");
    json_decref(outcome.data);
}

static void the_other_side_may_ask_for_time(void)
{
    scoped_arena struct arena *arena = arena_new("call", 1 << 20);
    struct call call = order(true);
    struct curl_answer answer = {.status = 503, .retry_after_us = 2000000};
    CHECK_INT(outcome_of(arena, &call, answer, "").retry_after_us, 2000000);
    answer.status = 500;
    CHECK_INT(outcome_of(arena, &call, answer, "").retry_after_us, 0);
}

static void the_message_carries_what_the_other_side_says(void)
{
    scoped_arena struct arena *arena = arena_new("call", 1 << 20);
    struct call call = order(true);
    struct call_outcome outcome =
        outcome_of(arena, &call, (struct curl_answer){.status = 400},
                   "{\"title\":\"Bad line\",\"detail\":\"line 2 has no sku\"}");
    CHECK(memmem(outcome.message.chars, outcome.message.n, "HTTP 400", 8) != NULL);
    CHECK(memmem(outcome.message.chars, outcome.message.n, "line 2 has no sku", 17) !=
          NULL);
}

static void a_secret_that_is_echoed_is_not_shown(void)
{
    scoped_arena struct arena *arena = arena_new("call", 1 << 20);
    struct call call = order(true);
    struct call_outcome outcome =
        outcome_of(arena, &call, (struct curl_answer){.status = 401},
                   "{\"detail\":\"token s3cret is not known\",\"title\":\"Who?\"}");
    CHECK(memmem(outcome.message.chars, outcome.message.n, "s3cret", 6) == NULL);
    CHECK(memmem(outcome.message.chars, outcome.message.n, "Who?", 4) != NULL);
}

static void a_message_is_one_bounded_line(void)
{
    scoped_arena struct arena *arena = arena_new("call", 1 << 20);
    struct call call = order(true);
    char body[2000] = "{\"detail\":\"";
    for (size_t n = strlen(body); n < 1900; n += 2)
        memcpy(body + n, "\xc3\xa9", 3);
    memcpy(body + strlen(body), "\"}", 3);
    struct call_outcome outcome =
        outcome_of(arena, &call, (struct curl_answer){.status = 500}, body);
    CHECK(outcome.message.n < LIMIT_CALL_MESSAGE_BYTES);
    CHECK((outcome.message.chars[outcome.message.n - 1] & 0xff) == 0xa9);
    outcome = outcome_of(arena, &call, (struct curl_answer){.status = 500},
                         "{\"detail\":\"two\\nlines\"}");
    CHECK(memchr(outcome.message.chars, '\n', outcome.message.n) == NULL);
}

static enum call_means says;

static void means(struct call *call, const struct call_reply *reply,
                  struct call_meaning *meaning)
{
    (void)call;
    (void)reply;
    *meaning = (struct call_meaning){.means = says, .name = errors[0]};
    if (says == CALL_MEANS_VALUE || says == CALL_MEANS_ERROR)
        meaning->data = json_integer(7);
    if (says == CALL_MEANS_MISFIT)
        snprintf(meaning->message, sizeof meaning->message, "/a is hush");
}

/* The mapping says what an answer means; the status says whether that may be. */
static void the_law_of_the_statuses_holds_for_mapped_operations(void)
{
    static const struct {
        long status;
        enum call_means means;
        enum call_outcome_kind effect, read;
    } laws[] = {
        {200, CALL_MEANS_VALUE, CALL_VALUE, CALL_VALUE},
        {200, CALL_MEANS_UNSAID, CALL_VALUE, CALL_VALUE},
        {200, CALL_MEANS_MISFIT, CALL_IN_DOUBT, CALL_BROKEN},
        {200, CALL_MEANS_ERROR, CALL_REFUSED, CALL_REFUSED},
        {404, CALL_MEANS_ERROR, CALL_REFUSED, CALL_REFUSED},
        {404, CALL_MEANS_MISFIT, CALL_BROKEN, CALL_BROKEN},
        {404, CALL_MEANS_UNSAID, CALL_BROKEN, CALL_BROKEN},
        {429, CALL_MEANS_ERROR, CALL_REFUSED, CALL_REFUSED},
        {429, CALL_MEANS_UNSAID, CALL_UNAVAILABLE, CALL_UNAVAILABLE},
        {500, CALL_MEANS_ERROR, CALL_IN_DOUBT, CALL_UNAVAILABLE},
        {500, CALL_MEANS_VALUE, CALL_IN_DOUBT, CALL_UNAVAILABLE},
        {503, CALL_MEANS_ERROR, CALL_UNAVAILABLE, CALL_UNAVAILABLE},
        {302, CALL_MEANS_VALUE, CALL_BROKEN, CALL_BROKEN},
    };
    scoped_arena struct arena *arena = arena_new("call", 1 << 20);
    for (size_t i = 0; i < 2 * sizeof laws / sizeof *laws; i++) {
        struct call call = order(i % 2 == 0);
        call.read = means;
        says = laws[i / 2].means;
        struct call_outcome outcome =
            outcome_of(arena, &call, (struct curl_answer){.status = laws[i / 2].status},
                       "{\"a\":1}");
        CHECK_INT(outcome.kind, i % 2 == 0 ? laws[i / 2].effect : laws[i / 2].read);
        if (says == CALL_MEANS_VALUE && outcome.kind == CALL_VALUE)
            CHECK_INT(json_integer_value(outcome.data), 7);
        json_decref(outcome.data);
    }
}

static void what_does_not_fit_is_said_unless_it_repeats_a_secret(void)
{
    scoped_arena struct arena *arena = arena_new("call", 1 << 20);
    struct call call = order(true);
    call.read = means;
    says = CALL_MEANS_MISFIT;
    struct curl_answer answer = {.status = 200, .body = TEXT("{}")};
    struct text secret = TEXT("hush");
    struct call_outcome outcome;
    http_outcome(arena, &call, &answer, &secret, 1, &outcome);
    CHECK(memmem(outcome.message.chars, outcome.message.n, "hush", 4) == NULL);
    http_outcome(arena, &call, &answer, NULL, 0, &outcome);
    CHECK(memmem(outcome.message.chars, outcome.message.n, "/a is", 5) != NULL);
}

const struct unit_test suite_http_outcome[] = {
    TEST(the_law_of_the_statuses_holds_for_mapped_operations),
    TEST(what_does_not_fit_is_said_unless_it_repeats_a_secret),
    TEST(every_row_of_the_contract_holds),
    TEST(an_operation_without_a_result_accepts_any_yes),
    TEST(the_value_is_the_body),
    TEST(a_declared_error_brings_its_parameters_only),
    TEST(the_other_side_may_ask_for_time),
    TEST(the_message_carries_what_the_other_side_says),
    TEST(a_secret_that_is_echoed_is_not_shown),
    TEST(a_message_is_one_bounded_line),
    {0}};
