/* Sources of events: whose signature is taken, and what is not opened. */
#include "engine/run/hooks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/base64.h"
#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/base/when.h"
#include "tests/support/unit.h"
#include "tests/unit/lower/compiled.h"

static const char flow[] =
    "event Paid key order { order: text  amount: int }\n"
    "flow f version 1 (order: text) {\n"
    "    wait for Paid(order: order) as p within 1h when late { note \"late\" }\n"
    "}\n";

static const char bind[] =
    "use t\n"
    "environment dev {\n"
    "    events from http \"/plain\" {\n"
    "        signed hmac sha256 header \"X-Sign\" secret(\"key\")\n"
    "        event Paid(order: body at \"/o\", amount: body at \"/n\")\n"
    "            where body at \"/kind\" is \"paid\" message id headers at \"/x-id\"\n"
    "    }\n"
    "    events from http \"/timed\" {\n"
    "        signed hmac sha256 header \"X-Sign\" secret(\"key\") prefix \"v0=\"\n"
    "            timestamp header \"X-Time\" within 5m\n"
    "        event Paid\n"
    "    }\n"
    "    events from http \"/b64\" {\n"
    "        signed hmac sha256 header \"X-Sign\" secret(\"key\") written \"base64\"\n"
    "        event Paid\n"
    "    }\n"
    "    events from http \"/open\" { event Paid }\n"
    "}\n";

static const int64_t NOW = INT64_C(1780000000) * WHEN_SECOND;

struct bed {
    struct arena *arena;
    json_t *events;
    char folder[64];
    struct hooks hooks;
};

static void write_key(const struct bed *bed, const char *key)
{
    char path[96];
    snprintf(path, sizeof path, "%s/key", bed->folder);
    FILE *file = fopen(path, "w");
    REQUIRE(file != NULL);
    fputs(key, file);
    fclose(file);
}

static void bed_init(struct bed *bed, const char *key)
{
    struct err err = {0};
    *bed = (struct bed){.arena = arena_new("test", 512 << 20),
                        .folder = "/tmp/hooks-XXXXXX"};
    REQUIRE(mkdtemp(bed->folder) != NULL);
    if (key != NULL)
        write_key(bed, key);
    struct compiled *compiled = compiled_bound(bed->arena, flow, bind, NULL);
    CHECK_TEXT(compiled_says(bed->arena, compiled), "");
    REQUIRE(compiled->environments_n == 1);
    scoped_json json_t *whole = json_read(compiled->environments[0].json, &err);
    bed->events = json_incref(json_object_get(whole, "events"));
    hooks_init(&bed->hooks);
    hooks_use(&bed->hooks, bed->events, bed->folder);
}

static void bed_deinit(struct bed *bed)
{
    char path[96];
    hooks_deinit(&bed->hooks);
    json_decref(bed->events);
    snprintf(path, sizeof path, "%s/key", bed->folder);
    unlink(path);
    rmdir(bed->folder);
    arena_free(bed->arena);
}

struct headers {
    const char *sign, *time;
};

static struct text header(void *owner, const char *name)
{
    const struct headers *headers = owner;
    return text_of(strcmp(name, "X-Sign") == 0 ? headers->sign : headers->time);
}

static enum err_code verify(struct bed *bed, const char *path, const char *body,
                            const char *sign, const char *time)
{
    struct headers headers = {sign, time};
    struct hook_arrival arrival = {text_of(body), NOW, header, &headers};
    struct err err = {0};
    const struct hook *hook = hooks_find(&bed->hooks, text_of(path));
    REQUIRE(hook != NULL);
    bool ok = hook_verify(hook, bed->arena, &arrival, &err);
    CHECK(ok == (err.code == ERR_OK));
    return err.code;
}

static const char *sign(struct bed *bed, const char *key, const char *prefix,
                        const char *data)
{
    char hex[DIGEST_HEX_BYTES];
    struct digest digest = digest_hmac(text_of(key), text_of(data));
    return arena_printf(bed->arena, "%s" TEXT_FMT, prefix,
                        TEXT_ARG(digest_hex(&digest, hex)));
}

static void only_the_keys_own_signature_is_taken(void)
{
    struct bed bed;
    bed_init(&bed, "Jefe");
    /* RFC 4231, case 2 */
    CHECK_INT(verify(&bed, "/plain", "what do ya want for nothing?",
                     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
                     ""),
              ERR_OK);
    CHECK_INT(verify(&bed, "/plain", "what do ya want for nothing?",
                     "5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843",
                     ""),
              ERR_OK);
    CHECK_INT(verify(&bed, "/plain", "what do ya want for nothing!",
                     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
                     ""),
              ERR_NO_TOKEN);
    CHECK_INT(verify(&bed, "/plain", "a", sign(&bed, "Jefe", "", "a"), ""), ERR_OK);
    CHECK_INT(verify(&bed, "/plain", "a", sign(&bed, "other", "", "a"), ""),
              ERR_NO_TOKEN);
    CHECK_INT(verify(&bed, "/plain", "a", sign(&bed, "", "", "a"), ""), ERR_NO_TOKEN);
    CHECK_INT(verify(&bed, "/plain", "a", "", ""), ERR_NO_TOKEN);
    CHECK_INT(verify(&bed, "/plain", "a", sign(&bed, "Jefe", "0", "a"), ""),
              ERR_NO_TOKEN);
    struct digest digest = digest_hmac(TEXT("Jefe"), TEXT("a"));
    struct text bytes = {(const char *)digest.bytes, sizeof digest.bytes};
    CHECK_INT(verify(&bed, "/b64", "a",
                     text_chars(bed.arena, base64_write(bed.arena, bytes)), ""),
              ERR_OK);
    CHECK_INT(verify(&bed, "/b64", "a", sign(&bed, "Jefe", "", "a"), ""), ERR_NO_TOKEN);
    CHECK_INT(verify(&bed, "/open", "a", "", ""), ERR_OK);
    CHECK(!hook_is_signed(hooks_find(&bed.hooks, TEXT("/open"))));
    CHECK(hooks_find(&bed.hooks, TEXT("/ope")) == NULL);
    bed_deinit(&bed);
}

static void a_time_is_taken_within_its_limit_on_both_sides(void)
{
    static const struct {
        int64_t seconds;
        enum err_code want;
    } rows[] = {{0, ERR_OK},          {-300, ERR_OK},      {300, ERR_OK},
                {-301, ERR_NO_TOKEN}, {301, ERR_NO_TOKEN}, {-1780000000, ERR_NO_TOKEN}};
    struct bed bed;
    bed_init(&bed, "k");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *at = arena_printf(bed.arena, "%lld",
                                      (long long)(NOW / WHEN_SECOND + rows[i].seconds));
        const char *said = sign(&bed, "k", "v0=", arena_printf(bed.arena, "%s.body", at));
        CHECK_INT(verify(&bed, "/timed", "body", said, at), rows[i].want);
        CHECK_INT(verify(&bed, "/timed", "body", said, "1780000001"), ERR_NO_TOKEN);
    }
    static const char *const wrong[] = {"", "x", "-1", "99999999999999999999", "1e9"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_INT(
            verify(&bed, "/timed", "body",
                   sign(&bed, "k", "v0=", arena_printf(bed.arena, "%s.body", wrong[i])),
                   wrong[i]),
            ERR_NO_TOKEN);
    bed_deinit(&bed);
}

static void a_source_without_its_secret_is_closed(void)
{
    static const char *const keys[] = {NULL, "", "\n"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct bed bed;
        bed_init(&bed, keys[i]);
        CHECK_INT(verify(&bed, "/plain", "a", sign(&bed, "", "", "a"), ""),
                  ERR_UNAVAILABLE);
        CHECK_INT(verify(&bed, "/open", "a", "", ""), ERR_OK);
        bed_deinit(&bed);
    }
}

static const char *reading_of(struct bed *bed, const char *body, const char *headers)
{
    struct hook_event event;
    struct err err = {0};
    scoped_json json_t *json = json_loads(body, JSON_DECODE_ANY, NULL);
    scoped_json json_t *named = json_loads(headers, 0, NULL);
    const struct hook *hook = hooks_find(&bed->hooks, TEXT("/plain"));
    if (!hook_read(hook, bed->arena, NULL, NOW, json, json_write(bed->arena, named),
                   &event, &err)) {
        json_decref(event.data);
        return arena_printf(bed->arena, "%s | %s", err.what, err.pointer);
    }
    const char *said = arena_printf(bed->arena, TEXT_FMT " " TEXT_FMT " " TEXT_FMT,
                                    TEXT_ARG(event.event), TEXT_ARG(event.message),
                                    TEXT_ARG(json_write_sorted(bed->arena, event.data)));
    json_decref(event.data);
    return said;
}

static void what_comes_is_an_event_or_is_told_its_place(void)
{
    static const struct {
        const char *body, *headers, *want;
    } rows[] = {
        {"{\"kind\":\"paid\",\"o\":\"A\",\"n\":7}", "{\"x-id\":\"m1\"}",
         "Paid m1 {\"amount\":7,\"order\":\"A\"}"},
        {"{\"kind\":\"paid\",\"o\":\"A\"}", "{\"x-id\":\"m1\"}",
         "it does not fit the mapping: /n: a whole number is wanted, and is missing | "
         "/n"},
        {"{\"kind\":\"paid\",\"o\":7,\"n\":7}", "{\"x-id\":\"m1\"}",
         "it does not fit the mapping: /o: text is wanted, the number 7 was found | /o"},
        {"{\"kind\":\"other\"}", "{}", "this is none of the events that come in here | "},
        {"[]", "{}", "this is none of the events that come in here | "},
        {"{\"kind\":\"paid\",\"o\":\"A\",\"n\":7}", "{}", "the message has no id | "},
    };
    struct bed bed;
    bed_init(&bed, "k");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_TEXT(text_of(reading_of(&bed, rows[i].body, rows[i].headers)),
                   rows[i].want);
    bed_deinit(&bed);
}

static void a_source_that_is_not_sound_is_closed(void)
{
    static const char *const wrong[][2] = {
        {"image", "\"AAAA\""},
        {"events", "[{\"event\":\"Paid\",\"where\":99999}]"},
        {"events", "[{\"where\":0}]"},
        {"events", "7"}};
    struct bed bed;
    bed_init(&bed, "k");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        scoped_json json_t *copy = json_deep_copy(bed.events);
        json_object_set_new(json_object_get(copy, "/open"), wrong[i][0],
                            json_loads(wrong[i][1], JSON_DECODE_ANY, NULL));
        hooks_use(&bed.hooks, copy, bed.folder);
        CHECK_INT(verify(&bed, "/open", "a", "", ""), ERR_UNAVAILABLE);
        CHECK_INT(verify(&bed, "/plain", "a", sign(&bed, "k", "", "a"), ""), ERR_OK);
    }
    bed_deinit(&bed);
}

const struct unit_test suite_hooks[] = {
    TEST(only_the_keys_own_signature_is_taken),
    TEST(a_time_is_taken_within_its_limit_on_both_sides),
    TEST(a_source_without_its_secret_is_closed),
    TEST(what_comes_is_an_event_or_is_told_its_place),
    TEST(a_source_that_is_not_sound_is_closed),
    {0},
};
