/* Chance is chance unless it is seeded. */
#include <string.h>

#include "engine/sys/dice.h"
#include "tests/support/unit.h"

static void two_throws_of_many_bytes_differ(void)
{
    uint8_t a[5000] = {0}, b[5000] = {0};
    dice_bytes(a, sizeof a);
    dice_bytes(b, sizeof b);
    CHECK(memcmp(a, b, sizeof a) != 0);
    CHECK(memcmp(a, a + 2500, 2500) != 0);
}

static void an_id_sorts_by_its_moment(void)
{
    struct id early = dice_id(INT64_C(1700000000000000));
    struct id late = dice_id(INT64_C(1800000000000000));
    CHECK(memcmp(early.bytes, late.bytes, sizeof early.bytes) < 0);
    CHECK(!id_is(late, dice_id(INT64_C(1800000000000000))));
}

static void one_seed_gives_one_sequence(void)
{
    dice_seed(42);
    uint64_t first = dice_u64(), second = dice_u64();
    dice_seed(42);
    CHECK(dice_u64() == first);
    CHECK(dice_u64() == second);
    dice_seed(43);
    CHECK(dice_u64() != first);
}

const struct unit_test suite_dice[] = {TEST(two_throws_of_many_bytes_differ),
                                       TEST(an_id_sorts_by_its_moment),
                                       TEST(one_seed_gives_one_sequence),
                                       {0}};
