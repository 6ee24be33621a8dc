/* The calendar and the clock face, at both ends and around every odd day. */
#include "engine/base/when.h"

#include "tests/support/unit.h"

static char out[WHEN_TEXT_BYTES];

static void check_instant(const char *chars, const char *want)
{
    int64_t instant;
    bool is_fine = when_instant_parse(text_of(chars), &instant);
    CHECK(is_fine == (want != NULL));
    if (is_fine && want != NULL)
        CHECK_TEXT(when_instant_print(instant, out), want);
}

static void instants_are_kept_in_utc(void)
{
    check_instant("2026-05-12T10:00:00Z", "2026-05-12T10:00:00Z");
    check_instant("2026-05-12T10:00:00+02:00", "2026-05-12T08:00:00Z");
    check_instant("2026-05-12T23:30:00-05:30", "2026-05-13T05:00:00Z");
    check_instant("2026-05-12t10:00:00z", "2026-05-12T10:00:00Z");
    check_instant("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z");
    check_instant("2026-05-12T10:00:00.5Z", "2026-05-12T10:00:00.5Z");
    check_instant("2026-05-12T10:00:00.123456789Z", "2026-05-12T10:00:00.123456Z");
    check_instant("2024-02-29T00:00:00-00:00", "2024-02-29T00:00:00Z");
}

static void the_years_have_two_ends(void)
{
    check_instant("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z");
    check_instant("0001-01-01T00:00:00+00:01", NULL);
    check_instant("0000-12-31T23:59:59Z", NULL);
    check_instant("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z");
    check_instant("9999-12-31T23:59:59-00:01", NULL);
}

static void other_forms_of_instants_are_refused(void)
{
    static const char *const bad[] = {
        "",
        "2026-05-12",
        "2026-05-12 10:00:00Z",
        "2026-05-12T10:00Z",
        "2026-05-12T10:00:00",
        "2026-05-12T10:00:00.Z",
        "2026-05-12T10:00:00+0200",
        "2026-05-12T10:00:00+02",
        "2026-05-12T10:00:00+24:00",
        "2026-05-12T10:00:00+02:60",
        "2026-05-12T24:00:00Z",
        "2026-05-12T10:60:00Z",
        "2026-12-31T23:59:60Z",
        "2026-02-29T10:00:00Z",
        "1900-02-29T10:00:00Z",
        "2026-13-01T10:00:00Z",
        "2026-00-01T10:00:00Z",
        "2026-04-31T10:00:00Z",
        "2026-05-00T10:00:00Z",
        "26-05-12T10:00:00Z",
        "+2026-05-12T10:00:00Z",
        "2026-05-12T10:00:00Z ",
        "2026-5-12T10:00:00Z",
        "2026-05-12T1a:00:00Z",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_instant(bad[i], NULL);
}

static void every_day_of_five_centuries_comes_back(void)
{
    int32_t from, back;
    int year, month, day, last_day = 31;
    REQUIRE(when_date_join(1600, 1, 1, &from));
    CHECK_INT(from, -135140);
    for (int32_t date = from; date < from + 500 * 366; date++) {
        when_date_split(date, &year, &month, &day);
        REQUIRE(when_date_join(year, month, day, &back) && back == date);
        REQUIRE(day == last_day + 1 || day == 1);
        last_day = day;
    }
}

static void dates_are_read_and_printed(void)
{
    int32_t date;
    CHECK(when_date_parse(TEXT("1970-01-01"), &date) && date == 0);
    CHECK(when_date_parse(TEXT("2000-02-29"), &date) && date == 11016);
    CHECK_TEXT(when_date_print(11016, out), "2000-02-29");
    CHECK(when_date_parse(TEXT("0001-01-01"), &date) && date == -719162);
    CHECK(when_date_parse(TEXT("9999-12-31"), &date) && date == 2932896);
    CHECK(!when_date_parse(TEXT("2026-05-12T"), &date));
    CHECK(!when_date_parse(TEXT("2026-5-12"), &date));
    CHECK(!when_date_parse(TEXT("0000-01-01"), &date));
    CHECK(!when_date_join(2026, 2, 29, &date));
    CHECK(!when_date_join(10000, 1, 1, &date));
}

static void a_date_of_an_instant_is_the_day_it_falls_in(void)
{
    CHECK_INT(when_date_of(0), 0);
    CHECK_INT(when_date_of(-1), -1);
    CHECK_INT(when_date_of(WHEN_DAY - 1), 0);
    CHECK_INT(when_date_of(WHEN_DAY), 1);
    CHECK_INT(when_date_of(INT64_MIN), -106751992);
}

static void check_months(const char *from, int64_t months, const char *want)
{
    int32_t date;
    REQUIRE(when_date_parse(text_of(from), &date));
    CHECK_TEXT(when_date_print(when_add_months(date, months), out), want);
}

static void months_clamp_to_their_end(void)
{
    check_months("2026-01-31", 1, "2026-02-28");
    check_months("2024-01-31", 1, "2024-02-29");
    check_months("2026-03-31", -1, "2026-02-28");
    check_months("2026-05-12", 0, "2026-05-12");
    check_months("2026-05-12", 12, "2027-05-12");
    check_months("2026-01-15", -1, "2025-12-15");
    check_months("2026-12-15", -12 * 2025, "0001-12-15");
    check_months("9999-11-30", 1, "9999-12-30");
    check_months("9999-12-30", 1, "9999-12-31");
    check_months("0001-01-30", -1, "0001-01-01");
    check_months("2026-05-12", INT64_MAX, "9999-12-31");
    check_months("2026-05-12", INT64_MIN, "0001-01-01");
}

static void check_duration(const char *chars, int64_t want, const char *printed)
{
    int64_t duration = 0;
    CHECK(when_duration_parse(text_of(chars), &duration));
    CHECK_INT(duration, want);
    CHECK_TEXT(when_duration_print(want, out), printed);
}

static void durations_are_read_and_printed(void)
{
    check_duration("PT1H30M", 90 * WHEN_MINUTE, "PT1H30M");
    check_duration("P2DT3S", 2 * WHEN_DAY + 3 * WHEN_SECOND, "P2DT3S");
    check_duration("PT0.5S", WHEN_SECOND / 2, "PT0.5S");
    check_duration("PT36H", 36 * WHEN_HOUR, "P1DT12H");
    check_duration("P2W", 14 * WHEN_DAY, "P14D");
    check_duration("P1W1DT1H1M1.000001S",
                   8 * WHEN_DAY + WHEN_HOUR + WHEN_MINUTE + WHEN_SECOND + 1,
                   "P8DT1H1M1.000001S");
    check_duration("PT0S", 0, "PT0S");
    check_duration("-PT5M", -5 * WHEN_MINUTE, "-PT5M");
    check_duration("PT90S", 90 * WHEN_SECOND, "PT1M30S");
}

static void the_longest_durations_fit_and_longer_ones_do_not(void)
{
    int64_t duration;
    CHECK(when_duration_parse(when_duration_print(INT64_MAX, out), &duration));
    CHECK(duration == INT64_MAX);
    CHECK_TEXT(when_duration_print(INT64_MIN, out), "-P106751991DT4H54.775808S");
    CHECK(!when_duration_parse(TEXT("P106751991DT4H54.775808S"), &duration));
    CHECK(!when_duration_parse(TEXT("P106751992D"), &duration));
    CHECK(!when_duration_parse(TEXT("PT99999999999999999999S"), &duration));
}

static void other_forms_of_durations_are_refused(void)
{
    static const char *const bad[] = {
        "",       "P",      "PT",     "1H",    "P1Y",   "P1M",    "PT1D", "P1H",
        "PT1M1H", "PT1H1H", "PT1.5H", "P1DT",  "PT.5S", "PT1.S",  "PT1",  "PT1H ",
        "+PT1H",  "--PT1H", "PT-1H",  "P1D1W", "pt1h",  "PT1S1S", "P2BD", "PTT1H",
    };
    int64_t duration;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!when_duration_parse(text_of(bad[i]), &duration));
}

static void check_short(const char *chars, int64_t want, const char *printed)
{
    int64_t duration = 0;
    CHECK(when_duration_parse_short(text_of(chars), &duration));
    CHECK_INT(duration, want);
    CHECK_TEXT(when_duration_print_short(want, out), printed);
}

static void the_short_form_is_read_and_printed(void)
{
    check_short("1h30m", 90 * WHEN_MINUTE, "1h30m");
    check_short("500ms", WHEN_SECOND / 2, "500ms");
    check_short("2w", 14 * WHEN_DAY, "2w");
    check_short("90s", 90 * WHEN_SECOND, "1m30s");
    check_short("1w1d1h1m1s1ms",
                8 * WHEN_DAY + WHEN_HOUR + WHEN_MINUTE + WHEN_SECOND + 1000,
                "8d1h1m1s1ms");
    check_short("0s", 0, "0s");
    CHECK_TEXT(when_duration_print_short(-5 * WHEN_MINUTE, out), "-5m");
    CHECK_TEXT(when_duration_print_short(999, out), "0s");
    CHECK_TEXT(when_duration_print_short(-999, out), "0s");
}

static void other_short_forms_are_refused(void)
{
    static const char *const bad[] = {
        "",         "1",    "h",    "1y",  "1h ",
        " 1h",      "1m1h", "1h1h", "-1h", "1.5h",
        "1bd",      "1H",   "1hx",  "1 h", "99999999999999999999s",
        "15250285w"};
    int64_t duration;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!when_duration_parse_short(text_of(bad[i]), &duration));
    CHECK(when_duration_parse_short(TEXT("15250284w"), &duration));
}

const struct unit_test suite_when[] = {
    TEST(instants_are_kept_in_utc),
    TEST(the_years_have_two_ends),
    TEST(other_forms_of_instants_are_refused),
    TEST(every_day_of_five_centuries_comes_back),
    TEST(dates_are_read_and_printed),
    TEST(a_date_of_an_instant_is_the_day_it_falls_in),
    TEST(months_clamp_to_their_end),
    TEST(durations_are_read_and_printed),
    TEST(the_longest_durations_fit_and_longer_ones_do_not),
    TEST(other_forms_of_durations_are_refused),
    TEST(the_short_form_is_read_and_printed),
    TEST(other_short_forms_are_refused),
    {0},
};
