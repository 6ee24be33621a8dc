/* An adapter that fails is left alone for a while, and one call finds out whether it
 * works again. */
#include "engine/run/breaker.h"
#include "tests/support/unit.h"

enum { SECOND = 1000000 };

static const struct breaker_rules rules = {
    .failures_max = 3, .pause_first = SECOND, .pause_max = 10 * SECOND};

/* What was wished is written, and all nodes learn it. */
static void granted(struct breaker *breaker, struct breaker_wish wish, int64_t now)
{
    bool tries = wish.row.state == STORE_BREAKER_TRYING;
    wish.row.rev++;
    wish.row.next_at = wish.wait > 0 ? now + wish.wait : 0;
    breaker_learn(breaker, &wish.row, tries, now);
}

/* A call that tries nothing. */
static bool call(struct breaker *breaker, bool failed, struct breaker_wish *wish)
{
    CHECK(!breaker_sent(breaker));
    return breaker_ended(breaker, &rules, false, failed, 0, 0, wish);
}

static void open_it(struct breaker *breaker, int64_t now)
{
    struct breaker_wish wish;
    breaker_begin(breaker, now);
    CHECK(!call(breaker, true, &wish));
    CHECK(!call(breaker, true, &wish));
    CHECK(call(breaker, true, &wish));
    granted(breaker, wish, now);
}

static void failures_in_a_row_open_it(void)
{
    struct breaker breaker;
    struct breaker_wish wish;
    breaker_begin(&breaker, 0);
    CHECK(breaker_ask(&breaker, 0) == BREAKER_GO);
    CHECK(!call(&breaker, true, &wish));
    CHECK(!call(&breaker, true, &wish));
    CHECK(call(&breaker, true, &wish));
    CHECK(wish.row.state == STORE_BREAKER_OPEN);
    CHECK_INT(wish.row.failures, 3);
    CHECK_INT(wish.wait, SECOND);
    CHECK(breaker_ask(&breaker, 0) == BREAKER_LATER); /* at once, and here */
    CHECK(!call(&breaker, true, &wish));              /* it is said once */
    granted(&breaker, wish, 0);
    CHECK(breaker_is_shut(&breaker));
}

static void a_success_between_begins_the_count_anew(void)
{
    struct breaker breaker;
    struct breaker_wish wish;
    breaker_begin(&breaker, 0);
    for (int i = 0; i < 10; i++)
        CHECK(!call(&breaker, i % 3 != 2, &wish));
    CHECK(!breaker_is_shut(&breaker));
}

static void no_bound_never_opens(void)
{
    struct breaker breaker;
    struct breaker_wish wish;
    breaker_begin(&breaker, 0);
    for (int i = 0; i < 1000; i++)
        CHECK(!breaker_ended(&breaker, &(struct breaker_rules){0, SECOND, SECOND}, false,
                             true, 0, 0, &wish));
}

static void after_the_pause_one_call_tries_it(void)
{
    struct breaker breaker;
    open_it(&breaker, 0);
    CHECK(breaker_ask(&breaker, SECOND - 1) == BREAKER_LATER);
    CHECK(breaker_ask(&breaker, SECOND) == BREAKER_TRY);
    granted(&breaker, breaker_try(&breaker, 5 * SECOND), SECOND);
    CHECK(breaker_ask(&breaker, SECOND) == BREAKER_GO);
    CHECK(breaker_sent(&breaker));
    CHECK(breaker_ask(&breaker, SECOND) == BREAKER_LATER); /* and only one */
}

static void another_node_that_tries_is_waited_for_and_may_die(void)
{
    struct breaker breaker;
    open_it(&breaker, 0);
    struct breaker_wish theirs = breaker_try(&breaker, 5 * SECOND);
    theirs.row.rev++;
    theirs.row.next_at = 6 * SECOND;
    breaker_learn(&breaker, &theirs.row, false, SECOND);
    CHECK(breaker_ask(&breaker, 6 * SECOND - 1) == BREAKER_LATER);
    CHECK(breaker_ask(&breaker, 6 * SECOND) == BREAKER_TRY);
}

static void its_success_closes_it_and_calls_begin_slowly(void)
{
    struct breaker breaker;
    struct breaker_wish wish;
    open_it(&breaker, 0);
    granted(&breaker, breaker_try(&breaker, SECOND), SECOND);
    CHECK(breaker_sent(&breaker));
    CHECK(breaker_ended(&breaker, &rules, true, false, 0, SECOND, &wish));
    CHECK(wish.row.state == STORE_BREAKER_CLOSED);
    granted(&breaker, wish, SECOND);
    CHECK(breaker_ask(&breaker, SECOND) == BREAKER_GO);
    CHECK_INT(breaker_window(&breaker, 100, SECOND), 1);
    CHECK(!call(&breaker, false, &wish));
    CHECK_INT(breaker_window(&breaker, 100, SECOND), 2);
    CHECK_INT(breaker_window(&breaker, 100, 2 * SECOND), 4);
    CHECK_INT(breaker_window(&breaker, 100, 20 * SECOND), 0); /* no bound any more */
}

static void its_failure_opens_it_for_longer(void)
{
    struct breaker breaker;
    struct breaker_wish wish;
    static const int64_t pauses[] = {2, 4, 8, 10, 10};
    int64_t now = SECOND;
    open_it(&breaker, 0);
    for (int i = 0; i < 5; i++) {
        now = breaker.row.next_at;
        granted(&breaker, breaker_try(&breaker, SECOND), now);
        CHECK(breaker_sent(&breaker));
        CHECK(breaker_ended(&breaker, &rules, true, true, 0, now, &wish));
        CHECK_INT(wish.wait, pauses[i] * SECOND);
        granted(&breaker, wish, now);
    }
    CHECK_INT(breaker.row.failures, 8);
    granted(&breaker, breaker_try(&breaker, SECOND), now);
    CHECK(breaker_sent(&breaker));
    CHECK(breaker_ended(&breaker, &rules, true, true, 1000, now, &wish));
    CHECK_INT(wish.wait, 10 * SECOND + 10 * SECOND / 4); /* spread by the dice */
}

static void calls_sent_before_it_opened_change_nothing(void)
{
    struct breaker breaker;
    struct breaker_wish wish;
    open_it(&breaker, 0);
    CHECK(!call(&breaker, false, &wish));
    CHECK(!call(&breaker, true, &wish));
    CHECK(breaker_ask(&breaker, 0) == BREAKER_LATER);
}

static void an_operators_pause_is_over_when_he_says_so(void)
{
    struct breaker breaker;
    breaker_begin(&breaker, 0);
    struct store_breaker row = {.rev = 1, .is_paused = true};
    breaker_learn(&breaker, &row, false, 0);
    CHECK(breaker_ask(&breaker, 1000 * SECOND) == BREAKER_SHUT);
    row.rev = 2;
    row.is_paused = false;
    breaker_learn(&breaker, &row, false, 0);
    CHECK(breaker_ask(&breaker, 0) == BREAKER_GO);
    CHECK_INT(breaker_window(&breaker, 100, 0), 1);
}

static void what_was_read_before_is_not_learned(void)
{
    struct breaker breaker;
    open_it(&breaker, 0);
    breaker_learn(&breaker, &(struct store_breaker){.rev = 0}, false, 0);
    CHECK(breaker_is_shut(&breaker));
}

static void a_few_failures_open_it_again_while_it_begins_slowly(void)
{
    struct breaker breaker;
    struct breaker_wish wish;
    struct breaker_rules patient = {20, SECOND, SECOND};
    open_it(&breaker, 0);
    struct store_breaker row = {.rev = 9};
    breaker_learn(&breaker, &row, false, 0);
    CHECK(!breaker_ended(&breaker, &patient, false, true, 0, 0, &wish));
    CHECK(!breaker_ended(&breaker, &patient, false, true, 0, 0, &wish));
    CHECK(breaker_ended(&breaker, &patient, false, true, 0, 0, &wish));
}

const struct unit_test suite_breaker[] = {
    TEST(failures_in_a_row_open_it),
    TEST(a_success_between_begins_the_count_anew),
    TEST(no_bound_never_opens),
    TEST(after_the_pause_one_call_tries_it),
    TEST(another_node_that_tries_is_waited_for_and_may_die),
    TEST(its_success_closes_it_and_calls_begin_slowly),
    TEST(its_failure_opens_it_for_longer),
    TEST(calls_sent_before_it_opened_change_nothing),
    TEST(an_operators_pause_is_over_when_he_says_so),
    TEST(what_was_read_before_is_not_learned),
    TEST(a_few_failures_open_it_again_while_it_begins_slowly),
    {0}};
