/* The clock can be held, and follows the database without going back. */
#include "engine/sys/clock.h"
#include "tests/support/unit.h"

static void a_held_clock_moves_only_when_told(void)
{
    clock_hold(1000000);
    CHECK_INT(clock_now(), 1000000);
    CHECK_INT(clock_monotonic(), 1000000);
    clock_advance(500);
    CHECK_INT(clock_now(), 1000500);
    CHECK_INT(clock_wall(), 1000500);
    clock_release();
    CHECK(clock_now() > 1000500);
}

static void the_monotonic_clock_never_goes_back(void)
{
    int64_t before = clock_monotonic();
    CHECK(clock_monotonic() >= before);
}

static void the_database_s_clock_is_carried_forward(void)
{
    int64_t there = INT64_C(4000000000000000);
    clock_follow(there, clock_monotonic());
    int64_t now = clock_now();
    CHECK(now >= there && now < there + 1000000);
}

static void a_database_clock_that_jumps_back_does_not_take_us_along(void)
{
    int64_t there = INT64_C(4000000000000000);
    clock_follow(there, clock_monotonic());
    int64_t told = clock_now();
    clock_follow(there - 5000000, clock_monotonic());
    CHECK(clock_now() >= told);
}

const struct unit_test suite_clock[] = {
    TEST(a_held_clock_moves_only_when_told),
    TEST(the_monotonic_clock_never_goes_back),
    TEST(the_database_s_clock_is_carried_forward),
    TEST(a_database_clock_that_jumps_back_does_not_take_us_along),
    {0}};
