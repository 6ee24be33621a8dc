/* One event is one line, whatever stands in its values. */
#include <unistd.h>

#include "engine/base/json.h"
#include "engine/base/scoped.h"
#include "engine/sys/clock.h"
#include "engine/sys/log.h"
#include "tests/support/unit.h"

static char said[4096];

/* What was written to the pipe by `log_…` since. */
static struct text hear(int fds[2])
{
    close(fds[1]);
    ssize_t n = read(fds[0], said, sizeof said);
    close(fds[0]);
    log_open(-1, LOG_FORMAT_TEXT, LOG_LEVEL_INFO);
    clock_release();
    return (struct text){said, n < 0 ? 0 : (size_t)n};
}

static void listen_to(int fds[2], enum log_format format)
{
    REQUIRE(pipe(fds) == 0);
    log_open(fds[1], format, LOG_LEVEL_INFO);
    clock_hold(INT64_C(1778580000000000));
}

static void a_line_is_phrase_then_pairs(void)
{
    int fds[2];
    listen_to(fds, LOG_FORMAT_TEXT);
    log_info("shard taken", LOG_INT("shard", 7), LOG_CHARS("node", "a b"));
    CHECK_TEXT(hear(fds), "2026-05-12T10:00:00Z info shard taken shard=7 node=\"a b\"\n");
}

static void a_line_end_in_a_value_stays_in_the_line(void)
{
    int fds[2];
    listen_to(fds, LOG_FORMAT_TEXT);
    log_warn("odd", LOG_CHARS("what", "one\ntwo\x01"));
    CHECK_TEXT(hear(fds), "2026-05-12T10:00:00Z warn odd what=\"one\\ntwo\\u0001\"\n");
}

static void a_json_line_is_json(void)
{
    int fds[2];
    listen_to(fds, LOG_FORMAT_JSON);
    struct err err = {0};
    err_set(&err, ERR_FAILED, "no \"luck\"");
    log_error("went wrong", LOG_INT("n", -1), LOG_ERR(&err));
    scoped_json json_t *line = json_loadb(said, hear(fds).n, 0, NULL);
    REQUIRE(line != NULL);
    CHECK_TEXT(json_text_of(json_object_get(line, "event")), "went wrong");
    CHECK_TEXT(json_text_of(json_object_get(line, "error")), "no \"luck\"");
    CHECK_INT(json_integer_value(json_object_get(line, "n")), -1);
}

static void what_is_less_important_is_not_written_but_remembered(void)
{
    int fds[2];
    listen_to(fds, LOG_FORMAT_TEXT);
    log_level_set(LOG_LEVEL_WARN);
    log_info("quiet");
    CHECK_INT(hear(fds).n, 0);
    REQUIRE(pipe(fds) == 0);
    log_ring_write(fds[1]);
    struct text ring = hear(fds);
    CHECK(text_ends(ring, TEXT("info quiet\n")));
}

static void a_line_that_is_too_long_is_cut_and_still_ends(void)
{
    int fds[2];
    static char lots[3000];
    memset(lots, 'x', sizeof lots - 1);
    listen_to(fds, LOG_FORMAT_TEXT);
    log_info("long", LOG_CHARS("x", lots));
    struct text line = hear(fds);
    CHECK_INT(line.n, LOG_LINE_BYTES);
    CHECK(line.chars[line.n - 1] == '\n');
}

const struct unit_test suite_log[] = {
    TEST(a_line_is_phrase_then_pairs),
    TEST(a_line_end_in_a_value_stays_in_the_line),
    TEST(a_json_line_is_json),
    TEST(what_is_less_important_is_not_written_but_remembered),
    TEST(a_line_that_is_too_long_is_cut_and_still_ends),
    {0}};
