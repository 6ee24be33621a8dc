/* A plan says what happens at which point, and when. */
#include "engine/sys/fault.h"
#include "tests/support/unit.h"

static void a_point_without_a_plan_does_nothing(void)
{
    CHECK(fault_plan(""));
    CHECK(fault_reach(FAULT_COMMIT_AFTER, TEXT("")) == FAULT_GO);
    CHECK_INT(fault_hits(FAULT_COMMIT_AFTER), 1);
}

static void it_happens_at_the_hit_that_was_named(void)
{
    CHECK(fault_plan("commit.after=fail@2, store.send=drop"));
    CHECK(fault_reach(FAULT_COMMIT_AFTER, TEXT("")) == FAULT_GO);
    CHECK(fault_reach(FAULT_COMMIT_AFTER, TEXT("")) == FAULT_FAIL);
    CHECK(fault_reach(FAULT_COMMIT_AFTER, TEXT("")) == FAULT_GO);
    CHECK(fault_reach(FAULT_STORE_SEND, TEXT("")) == FAULT_DROP);
}

static void a_plus_means_from_then_on(void)
{
    CHECK(fault_plan("commit.before=fail@2+"));
    CHECK(fault_reach(FAULT_COMMIT_BEFORE, TEXT("")) == FAULT_GO);
    CHECK(fault_reach(FAULT_COMMIT_BEFORE, TEXT("")) == FAULT_FAIL);
    CHECK(fault_reach(FAULT_COMMIT_BEFORE, TEXT("")) == FAULT_FAIL);
}

static void a_name_means_that_one_only(void)
{
    CHECK(fault_plan("decide.before=fail@2+~A-7"));
    CHECK(fault_reach(FAULT_DECIDE_BEFORE, TEXT("A-7")) == FAULT_GO);
    CHECK(fault_reach(FAULT_DECIDE_BEFORE, TEXT("A-70")) == FAULT_GO);
    CHECK(fault_reach(FAULT_DECIDE_BEFORE, TEXT("A-7")) == FAULT_FAIL);
    CHECK(fault_reach(FAULT_DECIDE_BEFORE, TEXT("A-70")) == FAULT_GO);
}

static void a_star_means_all_whose_name_begins_so(void)
{
    CHECK(fault_plan("decide.before=fail@2~A-*"));
    CHECK(fault_reach(FAULT_DECIDE_BEFORE, TEXT("A-7")) == FAULT_GO);
    CHECK(fault_reach(FAULT_DECIDE_BEFORE, TEXT("B-7")) == FAULT_GO);
    CHECK(fault_reach(FAULT_DECIDE_BEFORE, TEXT("A-8")) == FAULT_FAIL);
    CHECK(fault_plan("decide.before=fail~*"));
    CHECK(fault_reach(FAULT_DECIDE_BEFORE, TEXT("")) == FAULT_FAIL);
}

static void nonsense_is_not_understood(void)
{
    CHECK(!fault_plan("commit.never=fail"));
    CHECK(!fault_plan("commit.after=explode"));
    CHECK(!fault_plan("commit.after=fail@0"));
    CHECK(!fault_plan("commit.after"));
    CHECK(fault_plan(""));
}

const struct unit_test suite_fault[] = {TEST(a_point_without_a_plan_does_nothing),
                                        TEST(it_happens_at_the_hit_that_was_named),
                                        TEST(a_plus_means_from_then_on),
                                        TEST(a_name_means_that_one_only),
                                        TEST(a_star_means_all_whose_name_begins_so),
                                        TEST(nonsense_is_not_understood),
                                        {0}};
