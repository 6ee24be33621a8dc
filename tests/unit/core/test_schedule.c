/* When flows begin by themselves: over clocks that jump, ends of months and years, and
 * closed days. */
#include "engine/base/when.h"
#include "engine/core/calendar.h"
#include "engine/core/schedule.h"
#include "tests/unit/core/kit.h"

/* 2026: Chicago forward on March 8 and back on November 1 at 02:00; Berlin forward on
 * March 29 at 02:00 and back on October 25 at 03:00; Lord Howe by half an hour, back on
 * April 5 and forward on October 4 at 02:00. */
static const struct zone_shift chicago[] = {
    {INT64_MIN, -6 * WHEN_HOUR},
    {INT64_C(1772956800) * WHEN_SECOND, -5 * WHEN_HOUR},
    {INT64_C(1793516400) * WHEN_SECOND, -6 * WHEN_HOUR}};
static const struct zone_shift berlin[] = {
    {INT64_MIN, 1 * WHEN_HOUR},
    {INT64_C(1774746000) * WHEN_SECOND, 2 * WHEN_HOUR},
    {INT64_C(1792890000) * WHEN_SECOND, 1 * WHEN_HOUR}};
static const struct zone_shift lord_howe[] = {
    {INT64_MIN, 11 * WHEN_HOUR},
    {INT64_C(1775314800) * WHEN_SECOND, 10 * WHEN_HOUR + WHEN_HOUR / 2},
    {INT64_C(1791041400) * WHEN_SECOND, 11 * WHEN_HOUR}};
static const struct zone in_chicago = {chicago, 3}, in_berlin = {berlin, 3},
                         on_lord_howe = {lord_howe, 3}, in_utc = {NULL, 0};

static const char *weekdays =
    "{'zone':'UTC','open':[{'first_day':'monday','last_day':'friday','from':'08:00',"
    "'to':'17:00'}],'closed':['2026-12-25','2027-01-01']}";

static struct schedule given(struct kit *k, enum schedule_kind kind, int64_t every,
                             int64_t at, struct zone zone)
{
    struct calendar *made = arena_array(k->arena, struct calendar, 1);
    scoped_json json_t *read = kit_json(k, weekdays);
    CU_ASSERT(calendar_read(k->arena, TEXT("branch"), read, zone, made, &k->err));
    return (struct schedule){.kind = kind, .every = every, .at = at, .calendar = made};
}

static int64_t at(const char *text)
{
    int64_t instant = 0;
    CU_ASSERT(when_instant_parse(text_of(text), &instant));
    return instant;
}

static const char *shown(struct kit *k, bool ok, int64_t instant)
{
    char out[WHEN_TEXT_BYTES];
    return ok ? text_dup(k->arena, when_instant_print(instant, out)).chars : k->err.what;
}

/* What is due at `now`, or comes next, when all up to `over` is over. */
static const char *due(struct kit *k, const struct schedule *s, const char *over,
                       const char *now)
{
    int64_t out = 0;
    bool ok = schedule_due(s, at(over), at(now), &out, &k->err);
    return shown(k, ok, out);
}

static const char *next(struct kit *k, const struct schedule *s, const char *after)
{
    int64_t out = 0;
    bool ok = schedule_next(s, at(after), at(after), &out, &k->err);
    return shown(k, ok, out);
}

static const char *key(struct kit *k, const struct schedule *s, const char *moment)
{
    char out[WHEN_TEXT_BYTES];
    return text_dup(k->arena, schedule_key(s, at(moment), out)).chars;
}

static void spans_are_whole_since_1970(void)
{
    struct kit k = kit_new();
    struct schedule s = given(&k, SCHEDULE_SPANS, 15 * WHEN_MINUTE, 0, in_chicago);
    CHECK_SAYS(next(&k, &s, "2026-03-08T07:59:59Z"), "2026-03-08T08:00:00Z");
    CHECK_SAYS(next(&k, &s, "2026-03-08T08:00:00Z"), "2026-03-08T08:15:00Z");
    CHECK_SAYS(next(&k, &s, "1969-12-31T23:50:00Z"), "1970-01-01T00:00:00Z");
    CHECK_SAYS(key(&k, &s, "2026-03-08T08:15:00Z"), "2026-03-08T08:15:00Z");
    kit_free(&k);
}

static void of_the_moments_that_were_missed_the_newest_begins(void)
{
    struct kit k = kit_new();
    struct schedule s = given(&k, SCHEDULE_SPANS, 15 * WHEN_MINUTE, 0, in_utc);
    CHECK_SAYS(due(&k, &s, "2026-05-12T08:00:00Z", "2026-05-12T08:14:59Z"),
               "2026-05-12T08:15:00Z");
    CHECK_SAYS(due(&k, &s, "2026-05-12T08:00:00Z", "2026-05-12T08:15:00Z"),
               "2026-05-12T08:15:00Z");
    CHECK_SAYS(due(&k, &s, "2026-05-12T08:00:00Z", "2026-05-14T10:07:00Z"),
               "2026-05-14T10:00:00Z");
    s = given(&k, SCHEDULE_WORK_DAYS, 1, 2 * WHEN_HOUR, in_utc);
    CHECK_SAYS(due(&k, &s, "2026-05-11T02:00:00Z", "2026-05-17T12:00:00Z"),
               "2026-05-15T02:00:00Z");
    kit_free(&k);
}

static void clocks_turned_back_do_not_bring_the_same_moment_again(void)
{
    struct kit k = kit_new();
    struct schedule s = given(&k, SCHEDULE_SPANS, 15 * WHEN_MINUTE, 0, in_utc);
    CHECK_SAYS(due(&k, &s, "2026-05-12T08:15:00Z", "2026-05-12T07:00:00Z"),
               "2026-05-12T08:30:00Z");
    kit_free(&k);
}

static void a_time_that_is_skipped_begins_behind_the_gap(void)
{
    struct kit k = kit_new();
    int64_t half_past_two = 2 * WHEN_HOUR + 30 * WHEN_MINUTE;
    struct schedule s = given(&k, SCHEDULE_DAYS, 1, half_past_two, in_chicago);
    CHECK_SAYS(next(&k, &s, "2026-03-06T12:00:00Z"), "2026-03-07T08:30:00Z");
    CHECK_SAYS(next(&k, &s, "2026-03-07T08:30:00Z"), "2026-03-08T08:00:00Z");
    CHECK_SAYS(next(&k, &s, "2026-03-08T08:00:00Z"), "2026-03-09T07:30:00Z");
    s = given(&k, SCHEDULE_DAYS, 1, half_past_two, in_berlin);
    CHECK_SAYS(next(&k, &s, "2026-03-28T01:30:00Z"), "2026-03-29T01:00:00Z");
    CHECK_SAYS(next(&k, &s, "2026-03-29T01:00:00Z"), "2026-03-30T00:30:00Z");
    s = given(&k, SCHEDULE_DAYS, 1, 2 * WHEN_HOUR + 15 * WHEN_MINUTE, on_lord_howe);
    CHECK_SAYS(next(&k, &s, "2026-10-02T15:45:00Z"), "2026-10-03T15:30:00Z");
    CHECK_SAYS(next(&k, &s, "2026-10-03T15:30:00Z"), "2026-10-04T15:15:00Z");
    kit_free(&k);
}

static void a_time_that_comes_twice_begins_the_first_time_only(void)
{
    struct kit k = kit_new();
    struct schedule s =
        given(&k, SCHEDULE_DAYS, 1, WHEN_HOUR + 30 * WHEN_MINUTE, in_chicago);
    CHECK_SAYS(next(&k, &s, "2026-10-31T06:30:00Z"), "2026-11-01T06:30:00Z");
    CHECK_SAYS(next(&k, &s, "2026-11-01T06:30:00Z"), "2026-11-02T07:30:00Z");
    CHECK_SAYS(due(&k, &s, "2026-11-01T06:30:00Z", "2026-11-01T07:30:00Z"),
               "2026-11-02T07:30:00Z");
    CHECK_SAYS(key(&k, &s, "2026-11-01T06:30:00Z"), "2026-11-01T01:30");
    s = given(&k, SCHEDULE_DAYS, 1, 2 * WHEN_HOUR + 30 * WHEN_MINUTE, in_berlin);
    CHECK_SAYS(next(&k, &s, "2026-10-24T00:30:00Z"), "2026-10-25T00:30:00Z");
    CHECK_SAYS(next(&k, &s, "2026-10-25T00:30:00Z"), "2026-10-26T01:30:00Z");
    s = given(&k, SCHEDULE_DAYS, 1, WHEN_HOUR + 45 * WHEN_MINUTE, on_lord_howe);
    CHECK_SAYS(next(&k, &s, "2026-04-03T14:45:00Z"), "2026-04-04T14:45:00Z");
    CHECK_SAYS(next(&k, &s, "2026-04-04T14:45:00Z"), "2026-04-05T15:15:00Z");
    kit_free(&k);
}

static void weeks_begin_on_monday_over_months_and_years(void)
{
    struct kit k = kit_new();
    struct schedule s = given(&k, SCHEDULE_DAYS, 7, 2 * WHEN_HOUR, in_utc);
    CHECK_SAYS(next(&k, &s, "2026-12-28T02:00:00Z"), "2027-01-04T02:00:00Z");
    CHECK_SAYS(next(&k, &s, "2028-02-28T02:00:00Z"), "2028-03-06T02:00:00Z");
    s = given(&k, SCHEDULE_DAYS, 1, 0, in_utc);
    CHECK_SAYS(next(&k, &s, "2028-02-28T00:00:00Z"), "2028-02-29T00:00:00Z");
    CHECK_SAYS(next(&k, &s, "2027-02-28T00:00:00Z"), "2027-03-01T00:00:00Z");
    CHECK_SAYS(next(&k, &s, "2026-12-31T00:00:00Z"), "2027-01-01T00:00:00Z");
    kit_free(&k);
}

static void business_days_leave_out_what_is_closed(void)
{
    struct kit k = kit_new();
    struct schedule s = given(&k, SCHEDULE_WORK_DAYS, 1, 2 * WHEN_HOUR, in_utc);
    CHECK_SAYS(next(&k, &s, "2026-05-15T02:00:00Z"), "2026-05-18T02:00:00Z");
    CHECK_SAYS(next(&k, &s, "2026-12-24T02:00:00Z"), "2026-12-28T02:00:00Z");
    CHECK_SAYS(next(&k, &s, "2026-12-31T02:00:00Z"), "2027-01-04T02:00:00Z");
    s = given(&k, SCHEDULE_WORK_DAYS, 2, 2 * WHEN_HOUR, in_utc);
    CHECK_SAYS(next(&k, &s, "2026-12-24T02:00:00Z"), "2026-12-29T02:00:00Z");
    s = given(&k, SCHEDULE_WORK_DAYS, 1, 8 * WHEN_HOUR, in_berlin);
    CHECK_SAYS(next(&k, &s, "2026-03-27T07:00:00Z"), "2026-03-30T06:00:00Z");
    CHECK_SAYS(key(&k, &s, "2026-03-30T06:00:00Z"), "2026-03-30T08:00");
    kit_free(&k);
}

static void opening_hours_go_on_in_the_next_day(void)
{
    struct kit k = kit_new();
    struct schedule s = given(&k, SCHEDULE_WORK_HOURS, 4 * WHEN_HOUR, 0, in_utc);
    CHECK_SAYS(next(&k, &s, "2026-05-15T08:00:00Z"), "2026-05-15T12:00:00Z");
    CHECK_SAYS(next(&k, &s, "2026-05-15T16:00:00Z"), "2026-05-18T11:00:00Z");
    CHECK_SAYS(key(&k, &s, "2026-05-18T11:00:00Z"), "2026-05-18T11:00:00Z");
    kit_free(&k);
}

static void too_many_missed_ones_are_said(void)
{
    struct kit k = kit_new();
    struct schedule s = given(&k, SCHEDULE_WORK_HOURS, WHEN_MINUTE, 0, in_utc);
    CHECK_SAYS(due(&k, &s, "2026-05-15T08:00:00Z", "2030-05-15T08:00:00Z"),
               "more moments were missed than are looked through");
    kit_free(&k);
}

const struct unit_test suite_schedule[] = {
    TEST(spans_are_whole_since_1970),
    TEST(of_the_moments_that_were_missed_the_newest_begins),
    TEST(clocks_turned_back_do_not_bring_the_same_moment_again),
    TEST(a_time_that_is_skipped_begins_behind_the_gap),
    TEST(a_time_that_comes_twice_begins_the_first_time_only),
    TEST(weeks_begin_on_monday_over_months_and_years),
    TEST(business_days_leave_out_what_is_closed),
    TEST(opening_hours_go_on_in_the_next_day),
    TEST(too_many_missed_ones_are_said),
    {0},
};
