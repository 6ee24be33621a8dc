/* Business time: days, hours, holidays, and clocks that are put forward and back. */
#include "engine/base/when.h"
#include "engine/core/calendar.h"
#include "tests/unit/core/kit.h"

/* Chicago in 2026: clocks go forward on March 8 and back on November 1, at 02:00. */
static const struct zone_shift chicago[] = {
    {INT64_MIN, -6 * WHEN_HOUR},
    {INT64_C(1772956800) * WHEN_SECOND, -5 * WHEN_HOUR},
    {INT64_C(1793516400) * WHEN_SECOND, -6 * WHEN_HOUR}};

static const char *branch =
    "{'zone':'America/Chicago','open':[{'first_day':'monday','last_day':'friday',"
    "'from':'08:00','to':'12:00'},{'first_day':'monday','last_day':'friday',"
    "'from':'13:00','to':'17:00'}],'closed':['2026-11-26','2026-11-26','2026-12-25']}";

static struct calendar given(struct kit *k, const char *json)
{
    struct calendar made;
    scoped_json json_t *read = kit_json(k, json);
    if (!calendar_read(k->arena, TEXT("branch"), read, (struct zone){chicago, 3}, &made,
                       &k->err))
        made.problem = text_dup(k->arena, text_of(k->err.what));
    return made;
}

static int64_t at(const char *text)
{
    int64_t instant = 0;
    CU_ASSERT(when_instant_parse(text_of(text), &instant));
    return instant;
}

static int32_t on(const char *text)
{
    int32_t date = 0;
    CU_ASSERT(when_date_parse(text_of(text), &date));
    return date;
}

static const char *shown(struct kit *k, bool ok, int64_t instant, const char *why)
{
    char out[WHEN_TEXT_BYTES];
    return ok ? text_dup(k->arena, when_instant_print(instant, out)).chars : why;
}

static const char *days(struct kit *k, const struct calendar *c, const char *from,
                        int64_t n)
{
    const char *why = "";
    int64_t out = 0;
    bool ok = calendar_add_days(c, at(from), n, &out, &why);
    return shown(k, ok, out, why);
}

static const char *hours(struct kit *k, const struct calendar *c, const char *from,
                         int64_t n)
{
    const char *why = "";
    int64_t out = 0;
    bool ok = calendar_add_hours(c, at(from), n * WHEN_HOUR, &out, &why);
    return shown(k, ok, out, why);
}

static void without_bindings_it_is_monday_to_friday_eight_to_five_in_utc(void)
{
    struct kit k = kit_new();
    const struct calendar *c = calendar_standard();
    CHECK_SAYS(days(&k, c, "2026-05-12T15:00:00Z", 2), "2026-05-14T15:00:00Z");
    CHECK_SAYS(days(&k, c, "2026-05-15T15:00:00Z", 1), "2026-05-18T15:00:00Z");
    CHECK_SAYS(days(&k, c, "2026-05-12T20:00:00Z", 1), "2026-05-14T08:00:00Z");
    CHECK_SAYS(days(&k, c, "2026-05-12T06:00:00Z", 1), "2026-05-13T08:00:00Z");
    CHECK_SAYS(days(&k, c, "2026-05-16T10:00:00Z", 1), "2026-05-19T10:00:00Z");
    CHECK_SAYS(hours(&k, c, "2026-05-12T15:00:00Z", 4), "2026-05-13T10:00:00Z");
    CHECK_SAYS(hours(&k, c, "2026-05-15T16:00:00Z", 1), "2026-05-15T17:00:00Z");
    CHECK_SAYS(hours(&k, c, "2026-05-16T10:00:00Z", 9), "2026-05-18T17:00:00Z");
    kit_free(&k);
}

static void what_cannot_be_counted_is_said(void)
{
    struct kit k = kit_new();
    const struct calendar *c = calendar_standard();
    CHECK_SAYS(days(&k, c, "2026-05-12T15:00:00Z", -1),
               "business time does not run backwards");
    CHECK_SAYS(hours(&k, c, "2026-05-12T15:00:00Z", -1),
               "business time does not run backwards");
    CHECK_SAYS(days(&k, c, "2026-05-12T15:00:00Z", LIMIT_CALENDAR_DAYS + 1),
               "that is too far ahead for business time");
    CHECK_SAYS(hours(&k, c, "2026-05-12T15:00:00Z", 1000000),
               "that is too far ahead for business time");
    struct calendar never = given(&k, "{'open':[]}");
    CHECK_SAYS(days(&k, &never, "2026-05-12T15:00:00Z", 1), "it is never open");
    kit_free(&k);
}

static void holidays_are_no_business_days(void)
{
    struct kit k = kit_new();
    struct calendar c = given(&k, branch);
    const char *why = "";
    int64_t close = 0;
    CHECK_INT(c.closed_n, 2);
    CHECK_SAYS(days(&k, &c, "2026-11-25T16:00:00Z", 1), "2026-11-27T16:00:00Z");
    CHECK(calendar_close(&c, on("2026-11-25"), 1, &close, &why));
    CHECK_SAYS(shown(&k, true, close, why), "2026-11-27T23:00:00Z");
    CHECK_INT(calendar_days_between(&c, on("2026-11-23"), on("2026-11-30")), 4);
    CHECK_INT(calendar_days_between(&c, on("2026-11-26"), on("2026-11-27")), 0);
    CHECK_INT(calendar_days_between(&c, on("2026-12-28"), on("2026-12-21")), -4);
    CHECK_INT(calendar_days_between(&c, on("2026-11-26"), on("2026-11-26")), 0);
    kit_free(&k);
}

static void a_pause_at_noon_does_not_count(void)
{
    struct kit k = kit_new();
    struct calendar c = given(&k, branch);
    CHECK_SAYS(hours(&k, &c, "2026-05-12T16:00:00Z", 3), "2026-05-12T20:00:00Z");
    CHECK_SAYS(days(&k, &c, "2026-05-12T17:30:00Z", 1), "2026-05-13T18:00:00Z");
    kit_free(&k);
}

static void the_same_local_time_is_another_instant_when_clocks_have_moved(void)
{
    struct kit k = kit_new();
    struct calendar c = given(&k, branch);
    CHECK_SAYS(days(&k, &c, "2026-03-06T15:00:00Z", 1), "2026-03-09T14:00:00Z");
    CHECK_SAYS(days(&k, &c, "2026-10-30T14:00:00Z", 1), "2026-11-02T15:00:00Z");
    CHECK_SAYS(hours(&k, &c, "2026-03-06T22:00:00Z", 2), "2026-03-09T14:00:00Z");
    CHECK_SAYS(hours(&k, &c, "2026-10-30T21:00:00Z", 2), "2026-11-02T15:00:00Z");
    CHECK_SAYS(shown(&k, true, calendar_day_start(&c, at("2026-03-09T03:00:00Z")), ""),
               "2026-03-08T06:00:00Z");
    CHECK_SAYS(shown(&k, true, calendar_day_start(&c, at("2026-03-09T06:00:00Z")), ""),
               "2026-03-09T05:00:00Z");
    kit_free(&k);
}

static void an_hour_that_clocks_skip_or_repeat_counts_as_long_as_it_takes(void)
{
    struct kit k = kit_new();
    struct calendar c = given(&k, "{'open':[{'first_day':'saturday','last_day':'sunday',"
                                  "'from':'00:00','to':'24:00'}]}");
    CHECK_SAYS(hours(&k, &c, "2026-03-08T06:00:00Z", 23), "2026-03-09T05:00:00Z");
    CHECK_SAYS(hours(&k, &c, "2026-11-01T05:00:00Z", 25), "2026-11-02T06:00:00Z");
    CHECK_SAYS(days(&k, &c, "2026-03-07T08:30:00Z", 1), "2026-03-08T08:30:00Z");
    CHECK_SAYS(days(&k, &c, "2026-10-31T06:30:00Z", 1), "2026-11-01T06:30:00Z");
    kit_free(&k);
}

static void hours_said_twice_are_one(void)
{
    struct kit k = kit_new();
    struct calendar c = given(
        &k, "{'open':[{'first_day':'friday','last_day':'monday','from':'10:00',"
            "'to':'12:00'},{'first_day':'monday','last_day':'monday','from':'08:00',"
            "'to':'11:00'}]}");
    CHECK_INT(c.days[0].n, 1);
    CHECK(c.days[0].spans[0].from == 8 * WHEN_HOUR);
    CHECK(c.days[0].spans[0].to == 12 * WHEN_HOUR);
    CHECK_INT(c.days[1].n, 0);
    CHECK_INT(c.days[6].n, 1);
    kit_free(&k);
}

static void a_moment_and_business_time_add_up(void)
{
    struct kit k = kit_new();
    uint32_t sum = kit_op(&k, IR_ADD, 0, 0, 2);
    uint32_t between = kit_op(&k, IR_BUILTIN, 2, IR_BUILTIN_WORKDAYS_BETWEEN, 2);
    kit_done(&k);
    struct value day = kit_value(&k, "2026-05-15"),
                 now = value_instant(at("2026-05-12T15:00:00Z"));
    struct value two[2] = {day, {.kind = VALUE_WORK_DAYS, .whole = 2}};
    CHECK_SAYS(kit_run(&k, sum, two, 2), "2026-05-19T17:00:00Z");
    two[1] = (struct value){.kind = VALUE_WORK_HOURS, .whole = 2 * WHEN_HOUR};
    CHECK_SAYS(kit_run(&k, sum, two, 2), "2026-05-15T10:00:00Z");
    two[0] = now;
    CHECK_SAYS(kit_run(&k, sum, two, 2), "2026-05-12T17:00:00Z");
    two[0] = (struct value){.kind = VALUE_DURATION, .whole = WHEN_HOUR};
    two[1] = now;
    CHECK_SAYS(kit_run(&k, sum, two, 2), "2026-05-12T16:00:00Z");
    two[0] = kit_value(&k, "2026-05-12");
    two[1] = kit_value(&k, "2026-05-19");
    CHECK_SAYS(kit_run(&k, between, two, 2), "5");
    kit_free(&k);
}

const struct unit_test suite_calendar[] = {
    TEST(without_bindings_it_is_monday_to_friday_eight_to_five_in_utc),
    TEST(what_cannot_be_counted_is_said),
    TEST(holidays_are_no_business_days),
    TEST(a_pause_at_noon_does_not_count),
    TEST(the_same_local_time_is_another_instant_when_clocks_have_moved),
    TEST(an_hour_that_clocks_skip_or_repeat_counts_as_long_as_it_takes),
    TEST(hours_said_twice_are_one),
    TEST(a_moment_and_business_time_add_up),
    {0},
};
