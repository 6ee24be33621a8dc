/* An adapter is not asked for more than it may take. */
#include "dsl/ir.h"
#include "engine/run/slots.h"
#include "tests/support/unit.h"

static void there_is_no_limit_unless_it_is_said(void)
{
    struct slots slots = {0};
    const struct ir_adapter limits = {0};
    int64_t again;
    for (int i = 0; i < 1000; i++) {
        CHECK(slots_ask(&slots, &limits, 0, &again) == SLOTS_FREE);
        slots_take(&slots, &limits, 0);
    }
    slots_deinit(&slots);
}

static void a_rate_is_a_window_that_slides(void)
{
    struct slots slots = {0};
    const struct ir_adapter limits = {.rate = 3, .rate_per = 100};
    int64_t again = 0;
    for (int i = 0; i < 3; i++) {
        CHECK(slots_ask(&slots, &limits, 10 * i, &again) == SLOTS_FREE);
        slots_take(&slots, &limits, 10 * i);
        slots_give_back(&slots);
    }
    CHECK(slots_ask(&slots, &limits, 99, &again) == SLOTS_LATER);
    CHECK_INT(again, 100);
    CHECK(slots_ask(&slots, &limits, 100, &again) == SLOTS_FREE);
    slots_take(&slots, &limits, 100);
    CHECK(slots_ask(&slots, &limits, 105, &again) == SLOTS_LATER);
    CHECK_INT(again, 110);
    slots_deinit(&slots);
}

static void nodes_share_what_an_adapter_may_have(void)
{
    const struct ir_adapter all = {.rate = 10, .rate_per = 1000, .at_once = 8, .rest = 5};
    const struct ir_adapter few = {.rate = 2, .rate_per = 1000, .at_once = 2};
    struct ir_adapter share = slots_share(&all, 1);
    CHECK_INT(share.rate, 10);
    CHECK_INT(share.at_once, 8);
    share = slots_share(&all, 3);
    CHECK_INT(share.rate, 3);
    CHECK_INT(share.rate_per, 1000);
    CHECK_INT(share.at_once, 2);
    CHECK_INT(share.rest, 5);
    share = slots_share(&few, 3); /* on average two in three of its windows */
    CHECK_INT(share.rate, 1);
    CHECK_INT(share.rate_per, 2000);
    CHECK_INT(share.at_once, 1);
    share = slots_share(&(struct ir_adapter){0}, 3);
    CHECK_INT(share.rate, 0);
    CHECK_INT(share.at_once, 0);
}

static void a_larger_rate_forgets_nothing(void)
{
    struct slots slots = {0};
    const struct ir_adapter few = {.rate = 2, .rate_per = 100};
    const struct ir_adapter many = {.rate = 3, .rate_per = 100};
    int64_t again = 0;
    slots_take(&slots, &few, 1);
    slots_take(&slots, &few, 2);
    slots_take(&slots, &few, 3);
    slots_take(&slots, &many, 4);
    CHECK(slots_ask(&slots, &many, 50, &again) == SLOTS_LATER);
    CHECK_INT(again, 102);
    slots_deinit(&slots);
}

static void so_many_at_once_and_no_more(void)
{
    struct slots slots = {0};
    const struct ir_adapter limits = {.at_once = 2};
    int64_t again;
    slots_take(&slots, &limits, 0);
    CHECK(slots_ask(&slots, &limits, 0, &again) == SLOTS_FREE);
    slots_take(&slots, &limits, 0);
    CHECK(slots_ask(&slots, &limits, 0, &again) == SLOTS_FULL);
    slots_give_back(&slots);
    CHECK(slots_ask(&slots, &limits, 0, &again) == SLOTS_FREE);
}

const struct unit_test suite_slots[] = {
    TEST(there_is_no_limit_unless_it_is_said),  TEST(a_rate_is_a_window_that_slides),
    TEST(nodes_share_what_an_adapter_may_have), TEST(a_larger_rate_forgets_nothing),
    TEST(so_many_at_once_and_no_more),          {0}};
