/* What a child's reply means, for an effect and for a read. */
#include "adapters/process/process_reply.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "tests/support/unit.h"

static const struct text errors[] = {{"Short", 5}};

static const struct {
    const char *reply;
    enum call_outcome_kind effect, read;
} rows[] = {
    {"{\"id\":7,\"ok\":{\"id\":\"R-1\"}}", CALL_VALUE, CALL_VALUE},
    {"{\"id\":7,\"ok\":null}", CALL_VALUE, CALL_VALUE},
    {"{\"id\":7,\"error\":\"Short\",\"args\":{\"available\":\"3\"}}", CALL_REFUSED,
     CALL_REFUSED},
    {"{\"id\":7,\"error\":\"Short\"}", CALL_REFUSED, CALL_REFUSED},
    {"{\"id\":7,\"error\":\"Long\"}", CALL_BROKEN, CALL_BROKEN},
    {"{\"id\":7,\"error\":7}", CALL_BROKEN, CALL_BROKEN},
    {"{\"id\":7,\"unavailable\":\"busy\"}", CALL_UNAVAILABLE, CALL_UNAVAILABLE},
    {"{\"id\":7,\"in_doubt\":\"who knows\"}", CALL_IN_DOUBT, CALL_UNAVAILABLE},
    {"{\"id\":7,\"broken\":\"no such thing\"}", CALL_BROKEN, CALL_BROKEN},
    {"{\"id\":7}", CALL_IN_DOUBT, CALL_BROKEN},
    {"{\"id\":7,\"result\":1}", CALL_IN_DOUBT, CALL_BROKEN},
};

static void every_kind_of_reply_has_its_outcome(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int is_effect = 0; is_effect < 2; is_effect++) {
            scoped_json json_t *reply = json_loads(rows[i].reply, 0, NULL);
            struct call call = {.is_effect = is_effect, .errors = errors, .errors_n = 1};
            struct call_outcome outcome;
            process_reply(&call, reply, &outcome);
            if (outcome.kind != (is_effect ? rows[i].effect : rows[i].read)) {
                fprintf(stderr, "\n    %s: got %d\n", rows[i].reply, outcome.kind);
                CHECK(false);
            }
            CHECK((outcome.kind == CALL_VALUE) == (outcome.message.n == 0));
        }
}

static void an_error_brings_its_arguments(void)
{
    scoped_json json_t *reply = json_loads(
        "{\"id\":7,\"error\":\"Short\",\"args\":{\"available\":\"3\"}}", 0, NULL);
    struct call call = {.is_effect = true, .errors = errors, .errors_n = 1};
    struct call_outcome outcome;
    process_reply(&call, reply, &outcome);
    CHECK_TEXT(outcome.name, "Short");
    CHECK_TEXT(json_text_of(json_object_get(outcome.data, "available")), "3");
}

static void a_reason_is_one_bounded_line(void)
{
    scoped_json json_t *reply = json_object();
    char many[3000];
    for (size_t i = 0; i < sizeof many; i += 2)
        memcpy(many + i, "\xc3\xa9", 2);
    json_object_set_new(reply, "unavailable",
                        json_text((struct text){many, sizeof many}));
    struct call call = {.is_effect = true};
    struct call_outcome outcome;
    process_reply(&call, reply, &outcome);
    CHECK(outcome.message.n <= LIMIT_CALL_MESSAGE_BYTES && outcome.message.n > 1000);
    json_object_set_new(reply, "unavailable", json_string("one\ntwo"));
    process_reply(&call, reply, &outcome);
    CHECK_TEXT(outcome.message, "one");
}

const struct unit_test suite_process_reply[] = {TEST(every_kind_of_reply_has_its_outcome),
                                                TEST(an_error_brings_its_arguments),
                                                TEST(a_reason_is_one_bounded_line),
                                                {0}};
