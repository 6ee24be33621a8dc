/* A line is known while somebody is of it, or some of its mail was left lying. */
#include "engine/run/crowd.h"
#include "tests/support/unit.h"

static void a_line_is_forgotten_with_its_last_resident(void)
{
    struct crowd crowd;
    crowd_init(&crowd);
    struct line *a = crowd_enter(&crowd, TEXT("order/acme"));
    CHECK(crowd_enter(&crowd, TEXT("order/acme")) == a);
    CHECK(crowd_find(&crowd, TEXT("order")) == NULL);
    crowd_leave(&crowd, a);
    CHECK(crowd_find(&crowd, TEXT("order/acme")) == a);
    crowd_leave(&crowd, a);
    CHECK(crowd_find(&crowd, TEXT("order/acme")) == NULL);
    crowd_deinit(&crowd);
}

static void who_is_behind_is_so_until_the_last_of_it_was_met(void)
{
    struct crowd crowd;
    crowd_init(&crowd);
    crowd_left(&crowd, TEXT("order/acme"), 10);
    crowd_left(&crowd, TEXT("order/acme"), 30);
    crowd_left(&crowd, TEXT("refund"), 20);
    CHECK(crowd_is_behind(&crowd, TEXT("order/acme")));
    CHECK(!crowd_is_behind(&crowd, TEXT("order/bolt")));
    CHECK(!crowd_is_behind(&crowd, TEXT("order")));
    CHECK(crowd_is_flow_behind(&crowd, TEXT("order")));
    CHECK(!crowd_is_flow_behind(&crowd, TEXT("ord")));
    crowd_caught_up(&crowd, 29);
    CHECK(crowd_is_behind(&crowd, TEXT("order/acme")));
    CHECK(!crowd_is_behind(&crowd, TEXT("refund")));
    crowd_caught_up(&crowd, 30);
    CHECK_INT(crowd.behind_n, 0);
    CHECK_INT(crowd.lines.n, 0);
    crowd_deinit(&crowd);
}

static void who_is_behind_is_known_without_residents(void)
{
    struct crowd crowd;
    crowd_init(&crowd);
    struct line *line = crowd_enter(&crowd, TEXT("order"));
    crowd_left(&crowd, TEXT("order"), 5);
    crowd_leave(&crowd, line);
    CHECK(crowd_is_behind(&crowd, TEXT("order")));
    crowd_deinit(&crowd);
}

const struct unit_test suite_crowd[] = {
    TEST(a_line_is_forgotten_with_its_last_resident),
    TEST(who_is_behind_is_so_until_the_last_of_it_was_met),
    TEST(who_is_behind_is_known_without_residents),
    {0}};
