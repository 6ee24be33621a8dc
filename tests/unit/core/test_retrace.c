/* A journal read as a state: it agrees with what was stored, and says where it does not.
 */
#include "engine/base/when.h"
#include "engine/core/retrace.h"
#include "tests/unit/core/advance_flow.h"

static struct sample s;
static struct retrace *r;
static uint32_t rows;

/* What the latest transition wrote. */
static void wrote(void)
{
    struct retrace_row row = {.rev = ++rows,
                              .at = s.play->now,
                              .entries =
                                  decision_entries_json(s.arena, s.ir, s.play->decision)};
    retrace_row(r, &row);
}

static void given(void)
{
    sample_open(&s);
    r = retrace_new(s.arena);
    rows = 0;
}

static void given_resting(void)
{
    given();
    sample_begin(&s);
    wrote();
    sample_answer(&s, "create", OUTCOME_VALUE, NULL, "42");
    wrote();
}

/* As the engine stores it. */
static struct retrace_stored stored(void)
{
    const struct instance *inst = sample_inst(&s);
    bool has_ended = instance_status_is_ended(inst->status);
    return (struct retrace_stored){.version = s.ir->flow.version,
                                   .rev = inst->rev,
                                   .status = inst->status,
                                   .in_flight = instance_has_calls(inst),
                                   .key = inst->key,
                                   .state = instance_state_path(s.ir, inst),
                                   .since = inst->since,
                                   .started_at = inst->started_at,
                                   .ended_at = inst->ended_at,
                                   .timer_at = instance_wake_at(inst),
                                   .has_timer = true,
                                   .has_key = !has_ended,
                                   .tasks = inst->tasks.n,
                                   .subscriptions = inst->subscriptions.n};
}

/* "where it is: a, b; …" */
static struct text said(struct retrace_stored stored)
{
    const struct retrace_difference *d;
    struct buf out;
    buf_init(&out, s.arena);
    uint32_t n = retrace_compare(r, s.ir, sample_inst(&s), &stored, &d);
    for (uint32_t i = 0; i < n; i++)
        buf_printf(&out, "%s%s: " TEXT_FMT ", " TEXT_FMT, i > 0 ? "; " : "", d[i].what,
                   TEXT_ARG(d[i].journal), TEXT_ARG(d[i].stored));
    return buf_done(&out);
}

static void what_was_written_agrees(void)
{
    given();
    sample_begin(&s);
    wrote();
    CHECK_TEXT(said(stored()), "");
    sample_answer(&s, "create", OUTCOME_VALUE, NULL, "42");
    wrote();
    CHECK_TEXT(said(stored()), "");
    REQUIRE(sample_command(&s, "pause", ""));
    wrote();
    CHECK_TEXT(said(stored()), "");
    REQUIRE(sample_command(&s, "resume", ""));
    wrote();
    sample_event(&s, "{\"order\": 7}");
    wrote();
    CHECK_TEXT(said(stored()), "");
    sample_answer(&s, "cancel", OUTCOME_VALUE, NULL, NULL);
    wrote();
    REQUIRE(sample_is_in(&s, "given_up"));
    CHECK_TEXT(said(stored()), "");
    sample_close(&s);
}

static void a_missing_row_is_named(void)
{
    given();
    sample_begin(&s);
    wrote();
    sample_answer(&s, "create", OUTCOME_VALUE, NULL, "42");
    rows++;
    REQUIRE(sample_command(&s, "pause", ""));
    wrote();
    CHECK_TEXT(said(stored()), "its transitions: number 2 is missing, 3");
    sample_close(&s);
}

static void a_row_too_few_is_counted(void)
{
    given_resting();
    struct retrace_stored row = stored();
    REQUIRE(sample_command(&s, "pause", ""));
    row.rev = 3;
    row.status = STATUS_PAUSED;
    CHECK_TEXT(said(row), "its transitions: 2, 3; how it is: living, living, paused");
    sample_close(&s);
}

static void a_snapshot_of_before_is_seen(void)
{
    given_resting();
    struct retrace_row ended = {.rev = 3,
                                .at = s.play->now,
                                .entries = TEXT("[[\"entered\",\"completed\",null,9,null,"
                                                "\"completed\",null],[\"completed\","
                                                "\"completed\",null,null,null,null,null]"
                                                "]")};
    retrace_row(r, &ended);
    CHECK_TEXT(
        said(stored()),
        "its transitions: 3, 2; how it is: completed, living; when it ended: "
        "2026-05-12T15:00:00Z, none; where it is: completed, resting; how often it "
        "was in a state: completed: 1, 0");
    sample_close(&s);
}

static void a_column_that_was_changed_is_seen(void)
{
    given_resting();
    struct retrace_stored row = stored();
    row.state = TEXT("ordering");
    row.in_flight = true;
    row.key = TEXT("8");
    CHECK_TEXT(said(row),
               "its key: 7, 8; its state: resting, ordering; its calls: none in "
               "flight, in flight; its key: 7, 8");
    sample_close(&s);
}

static void nothing_sleeps_without_an_alarm(void)
{
    given_resting();
    struct retrace_stored row = stored();
    row.timer_at += WHEN_SECOND;
    CHECK_TEXT(said(row), "when it is woken: 2026-05-12T16:00:00Z, 2026-05-12T16:00:01Z");
    sample_close(&s);
    given_resting();
    row = stored();
    row.has_timer = false;
    CHECK_TEXT(said(row), "its timer: 2026-05-12T16:00:00Z, no row");
    sample_close(&s);
    given_resting();
    row = stored();
    row.subscriptions = 0;
    CHECK_TEXT(said(row), "what it waits for: 1, 0");
    sample_close(&s);
}

static void an_early_timer_is_fine(void)
{
    given_resting();
    struct retrace_stored row = stored();
    row.timer_at -= WHEN_SECOND;
    CHECK_TEXT(said(row), "");
    sample_close(&s);
}

static void the_key_of_what_lives_is_taken(void)
{
    given_resting();
    struct retrace_stored row = stored();
    row.has_key = false;
    CHECK_TEXT(said(row), "its key's row: taken, free");
    sample_close(&s);
}

static void entries_that_are_no_list_are_said(void)
{
    given_resting();
    struct retrace_row broken = {.rev = 3, .at = s.play->now, .entries = TEXT("{]")};
    retrace_row(r, &broken);
    struct retrace_stored row = stored();
    row.rev = 3;
    CHECK_TEXT(said(row),
               "its entries: some cannot be read, all are lists; its revision: "
               "2, 3");
    sample_close(&s);
}

const struct unit_test suite_retrace[] = {TEST(what_was_written_agrees),
                                          TEST(a_missing_row_is_named),
                                          TEST(a_row_too_few_is_counted),
                                          TEST(a_snapshot_of_before_is_seen),
                                          TEST(a_column_that_was_changed_is_seen),
                                          TEST(nothing_sleeps_without_an_alarm),
                                          TEST(an_early_timer_is_fine),
                                          TEST(the_key_of_what_lives_is_taken),
                                          TEST(entries_that_are_no_list_are_said),
                                          {0}};
