/* It goes round between kinds, and within a kind the first to come is the first to go. */
#include "engine/run/turns.h"
#include "tests/support/unit.h"

struct thing {
    int n;
    struct turn turn;
};

static int take(struct turns *turns)
{
    struct turn *first = turns_first(turns);
    if (first == NULL)
        return -1;
    turns_pass(turns);
    turns_remove(turns, first);
    return turn_item(first, struct thing, turn)->n;
}

static void ten_do_not_wait_for_the_thousands_before_them(void)
{
    static struct thing crowd[5000], few[10];
    struct turns turns;
    int taken = 0, found = 0;
    turns_init(&turns);
    for (int i = 0; i < 5000; i++) {
        crowd[i].n = i;
        turns_add(&turns, &crowd[i].turn, 1);
    }
    for (int i = 0; i < 10; i++) {
        few[i].n = 10000 + i;
        turns_add(&turns, &few[i].turn, 2);
    }
    for (; found < 10; taken++)
        found += take(&turns) >= 10000;
    CHECK_INT(taken, 20);
    while (take(&turns) >= 0)
        taken++;
    CHECK_INT(taken, 5010);
    turns_deinit(&turns);
}

static void within_a_kind_the_first_goes_first(void)
{
    struct thing things[6];
    struct turns turns;
    turns_init(&turns);
    for (int i = 0; i < 6; i++) {
        things[i].n = i;
        turns_add(&turns, &things[i].turn, i % 2 ? 7 : 8);
    }
    turns_remove(&turns, &things[2].turn);
    CHECK_INT(take(&turns), 0);
    CHECK_INT(take(&turns), 1);
    turns_add(&turns, &things[0].turn, 7); /* it comes again, as another kind */
    CHECK_INT(take(&turns), 4);
    CHECK_INT(take(&turns), 3);
    CHECK_INT(take(&turns), 5);
    CHECK_INT(take(&turns), 0);
    CHECK_INT(take(&turns), -1);
    turns_deinit(&turns);
}

struct leavers {
    struct turns *turns;
    int seen;
};

static void leaves_if_odd(struct turn *turn, void *owner)
{
    struct leavers *leavers = owner;
    leavers->seen++;
    if (turn_item(turn, struct thing, turn)->n % 2)
        turns_remove(leavers->turns, turn);
}

static void whoever_is_walked_over_may_leave(void)
{
    struct thing things[9];
    struct turns turns;
    struct leavers leavers = {&turns, 0};
    turns_init(&turns);
    for (int i = 0; i < 9; i++) {
        things[i].n = i;
        turns_add(&turns, &things[i].turn, (uint64_t)(i / 2 % 3));
    }
    turns_walk(&turns, leaves_if_odd, &leavers);
    CHECK_INT(leavers.seen, 9);
    int left = 0, n;
    while ((n = take(&turns)) >= 0) {
        CHECK_INT(n % 2, 0);
        left++;
    }
    CHECK_INT(left, 5);
    turns_deinit(&turns);
}

static void kinds_that_are_gone_are_forgotten(void)
{
    static struct thing things[1000];
    struct turns turns;
    turns_init(&turns);
    for (int i = 0; i < 1000; i++)
        turns_add(&turns, &things[i].turn, (uint64_t)i);
    CHECK_INT(turns.kinds.n, 1000);
    while (take(&turns) >= 0)
        ;
    CHECK(turns.kinds.n < 100);
    turns_deinit(&turns);
}

const struct unit_test suite_turns[] = {
    TEST(ten_do_not_wait_for_the_thousands_before_them),
    TEST(within_a_kind_the_first_goes_first),
    TEST(whoever_is_walked_over_may_leave),
    TEST(kinds_that_are_gone_are_forgotten),
    {0}};
