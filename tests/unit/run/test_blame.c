/* What stands against flow versions: how many of their instances are worked on beside
 * each other, and what clears them. */
#include "engine/run/blame.h"

#include "tests/support/unit.h"

static const struct digest one = {{1}}, other = {{2}};

static void learn(struct blame *blame, uint32_t shard, struct digest version,
                  uint32_t deaths, bool is_set_aside)
{
    const struct store_blame said = {shard, version, deaths, is_set_aside};
    blame_learn(blame, &(struct store_claim){.blames = &said, .blames_n = 1});
}

static void the_more_deaths_in_a_row_the_fewer_beside_each_other(void)
{
    struct blame blame;
    blame_init(&blame);
    CHECK_INT(blame_level(&blame, &one), 0);
    learn(&blame, 3, one, 1, false); /* it may be anybody's fault */
    CHECK_INT(blame_level(&blame, &one), 0);
    learn(&blame, 3, one, 2, false);
    CHECK_INT(blame_level(&blame, &one), 1);
    learn(&blame, 3, one, LIMIT_VERSION_DEATHS, false);
    CHECK_INT(blame_level(&blame, &one), SUSPECT_ALONE);
    learn(&blame, 3, one, 100, false);
    CHECK_INT(blame_level(&blame, &one), SUSPECT_ALONE);
    CHECK_INT(blame_level(&blame, &other), 0);
    blame_deinit(&blame);
}

static void the_worst_shard_counts_for_all(void)
{
    struct blame blame;
    blame_init(&blame);
    learn(&blame, 3, one, 1, false);
    learn(&blame, 31, one, LIMIT_VERSION_DEATHS, false);
    learn(&blame, 31, other, 2, false);
    CHECK_INT(blame_level(&blame, &one), SUSPECT_ALONE);
    CHECK_INT(blame_level(&blame, &other), 1);
    blame_forget_shard(&blame, 31);
    CHECK_INT(blame_level(&blame, &one), 0);
    CHECK_INT(blame_level(&blame, &other), 0);
    blame_deinit(&blame);
}

static void one_that_is_known_to_kill_comes_last(void)
{
    struct blame blame;
    blame_init(&blame);
    learn(&blame, 3, one, 1, false);
    blame_set_aside(&blame, &one);
    CHECK_INT(blame_level(&blame, &one), SUSPECT_LAST);
    learn(&blame, 3, other, 1, true);
    CHECK_INT(blame_level(&blame, &other), SUSPECT_LAST);
    learn(&blame, 3, other, 0, true); /* who died of it came back */
    CHECK_INT(blame_level(&blame, &other), 0);
    blame_deinit(&blame);
}

static void one_that_ends_well_clears_it_in_its_shard(void)
{
    struct blame blame;
    blame_init(&blame);
    learn(&blame, 3, one, 2, false);
    learn(&blame, 4, one, 2, false);
    CHECK(!blame_clear(&blame, 5, &one, false));
    CHECK(blame_clear(&blame, 3, &one, true));
    CHECK(blame_find(&blame, 3, &one) == NULL && blame_find(&blame, 4, &one) != NULL);
    CHECK_INT(blame_level(&blame, &one), 1);
    blame_forget_version(&blame, &one);
    CHECK_INT(blame_level(&blame, &one), 0);
    blame_deinit(&blame);
}

static void alone_it_is_cleared_by_the_last_that_is_suspected(void)
{
    struct blame blame;
    blame_init(&blame);
    learn(&blame, 3, one, LIMIT_VERSION_DEATHS, false);
    CHECK(!blame_clear(&blame, 3, &one, true));
    CHECK_INT(blame_level(&blame, &one), SUSPECT_ALONE);
    CHECK(blame_clear(&blame, 3, &one, false));
    CHECK_INT(blame_level(&blame, &one), 0);
    blame_deinit(&blame);
}

const struct unit_test suite_blame[] = {
    TEST(the_more_deaths_in_a_row_the_fewer_beside_each_other),
    TEST(the_worst_shard_counts_for_all),
    TEST(one_that_is_known_to_kill_comes_last),
    TEST(one_that_ends_well_clears_it_in_its_shard),
    TEST(alone_it_is_cleared_by_the_last_that_is_suspected),
    {0}};
