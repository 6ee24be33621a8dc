/* The promise every adapter is held to: a call begun ends once, whatever the other side
 * does, and the next one is none the worse for it. */
#include <string.h>

#include "tests/adapters/bed.h"

static const struct {
    const char *adapter, *operation;
    enum call_outcome_kind effect, read;
    const char *sentence;
} scenarios[] = {
#define SCENARIO(adapter, operation, effect, read, sentence)                             \
    {#adapter, #operation, effect, read, sentence},
#include "tests/adapters/scenarios.def"
#undef SCENARIO
};

static const char *const remote[] = {"http", "process"}; /* those that can be in doubt */
enum { REMOTE = sizeof remote / sizeof *remote };

static bool is_one_of(const char *word, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

enum { TRIES = 2000 }; /* of some milliseconds each: what has not come then never does */

/* Where only the time ends the call, it is short. */
static int64_t time_for(const char *adapter, const char *operation)
{
    static const char *const endless[] = {"silent", "late", "drip", "garbage"};
    bool is_dropped = strcmp(adapter, "process") == 0 && strcmp(operation, "huge") == 0;
    return is_dropped || is_one_of(operation, endless, 4) ? 150000 : 5000000;
}

/* The other side is up, and connected: from here on, time is its own. */
static void warm_up(struct bed *bed)
{
    struct order *order = order_new(bed, "value", false);
    order_begin(order);
    CHECK(order_ends(order));
    CHECK_INT(order->kind, CALL_VALUE);
    order_free(order);
}

static void every_scenario_ends_once_as_it_must(void)
{
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
        for (int is_effect = 0; is_effect < 2; is_effect++) {
            struct bed *bed = bed_open(scenarios[i].adapter, NULL);
            warm_up(bed);
            struct order *order = order_new(bed, scenarios[i].operation, is_effect);
            order->call.within_us =
                time_for(scenarios[i].adapter, scenarios[i].operation);
            order_begin(order);
            CHECK(order_ends(order));
            enum call_outcome_kind want =
                is_effect ? scenarios[i].effect : scenarios[i].read;
            if (order->done_n != 1 || order->kind != want) {
                fprintf(stderr, "\n    %s, %s, %s: ended %u times, as %d: %s\n",
                        scenarios[i].adapter, scenarios[i].sentence,
                        is_effect ? "effect" : "read", order->done_n, order->kind,
                        order->message);
                CHECK(false);
            }
            CHECK((order->kind == CALL_VALUE) == (order->message[0] == '\0'));
            order_free(order);
            bed_close(bed);
        }
}

/* A child that has died is down for a moment. */
static struct order *next_value(struct bed *bed, bool may_be_down)
{
    for (int tries = 1;; tries++) {
        struct order *next = order_new(bed, "value", true);
        order_begin(next);
        CHECK(order_ends(next));
        if (!may_be_down || next->kind != CALL_UNAVAILABLE || tries == TRIES)
            return next;
        order_free(next);
        bed_turn(bed, 5);
    }
}

/* A child that trickles has its line open, and cannot say another. */
static void the_next_call_is_none_the_worse(void)
{
    static const char *const final[] = {"drip", "closed"};
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        bool is_process = strcmp(scenarios[i].adapter, "process") == 0;
        if (is_process && is_one_of(scenarios[i].operation, final, 2))
            continue;
        struct bed *bed = bed_open(scenarios[i].adapter, NULL);
        struct order *order = order_new(bed, scenarios[i].operation, true);
        order->call.within_us = time_for(scenarios[i].adapter, scenarios[i].operation);
        order_begin(order);
        CHECK(order_ends(order));
        struct order *next = next_value(bed, is_process);
        if (next->kind != CALL_VALUE || next->done_n != 1) {
            fprintf(stderr, "\n    after %s, %s: %d %s\n", scenarios[i].adapter,
                    scenarios[i].sentence, next->kind, next->message);
            CHECK(false);
        }
        CHECK_TEXT(text_of(json_string_value(json_object_get(next->data, "said"))),
                   "value");
        CHECK_INT(order->done_n, 1);
        order_free(order);
        order_free(next);
        bed_close(bed);
    }
}

static void a_cancelled_call_ends_in_cancel(void)
{
    for (size_t i = 0; i < REMOTE; i++)
        for (int is_effect = 0; is_effect < 2; is_effect++) {
            struct bed *bed = bed_open(remote[i], NULL);
            warm_up(bed);
            unsigned before = peer_requests(bed->peer);
            struct order *order = order_new(bed, "late", is_effect);
            order_begin(order);
            int tries = 0;
            do /* until it is with the other side */
                bed_turn(bed, 30);
            while (i == 0 && peer_requests(bed->peer) == before && ++tries < TRIES);
            CHECK_INT(order->done_n, 0);
            bed->ops->cancel(bed->adapter, &order->call);
            CHECK_INT(order->done_n, 1);
            CHECK_INT(order->kind, is_effect ? CALL_IN_DOUBT : CALL_UNAVAILABLE);

            peer_release(bed->peer); /* the late answer changes nothing */
            struct order *next = order_new(bed, "value", true);
            order_begin(next);
            CHECK(order_ends(next));
            bed_turn(bed, 10);
            CHECK_INT(order->done_n, 1);
            CHECK_INT(next->kind, CALL_VALUE);
            order_free(order);
            order_free(next);
            bed_close(bed);
        }
}

static void closing_ends_what_is_under_way(void)
{
    for (size_t i = 0; i < REMOTE; i++) {
        struct bed *bed = bed_open(remote[i], NULL);
        struct order *orders[100];
        for (int k = 0; k < 100; k++) {
            orders[k] = order_new(bed, "silent", true);
            order_begin(orders[k]);
        }
        bed_turn(bed, 30);
        bed_close(bed);
        for (int k = 0; k < 100; k++) {
            CHECK_INT(orders[k]->done_n, 1);
            CHECK(orders[k]->kind == CALL_IN_DOUBT ||
                  orders[k]->kind == CALL_UNAVAILABLE);
            order_free(orders[k]);
        }
    }
}

static void a_crowd_of_calls_ends_each_once(void)
{
    static const char *const adapters[] = {"http", "process", "fake"};
    enum { CROWD = 500 };
    for (size_t i = 0; i < 3; i++) {
        struct bed *bed = bed_open(adapters[i], NULL);
        struct order *orders[CROWD];
        for (int k = 0; k < CROWD; k++) {
            orders[k] = order_new(bed, "value", k % 2 == 0);
            order_begin(orders[k]);
        }
        CHECK(orders_end(orders, CROWD));
        bed_turn(bed, 10);
        for (int k = 0; k < CROWD; k++) {
            CHECK_INT(orders[k]->done_n, 1);
            CHECK_INT(orders[k]->kind, CALL_VALUE);
            order_free(orders[k]);
        }
        bed_close(bed);
    }
}

static void a_call_may_be_begun_where_another_ends(void)
{
    static const char *const adapters[] = {"http", "process", "fake"};
    enum { CHAIN = 50 };
    for (size_t i = 0; i < 3; i++) {
        struct bed *bed = bed_open(adapters[i], NULL);
        struct order *orders[CHAIN];
        for (int k = CHAIN - 1; k >= 0; k--) {
            orders[k] = order_new(bed, "value", true);
            orders[k]->then = k + 1 < CHAIN ? orders[k + 1] : NULL;
        }
        order_begin(orders[0]);
        CHECK(orders_end(orders, CHAIN));
        for (int k = 0; k < CHAIN; k++) {
            CHECK_INT(orders[k]->kind, CALL_VALUE);
            order_free(orders[k]);
        }
        bed_close(bed);
    }
}

static void without_time_nothing_is_sent(void)
{
    for (size_t i = 0; i < REMOTE; i++) {
        struct bed *bed = bed_open(remote[i], NULL);
        struct order *order = order_new(bed, "value", true);
        order->call.within_us = 0;
        order_begin(order);
        CHECK_INT(order->done_n, 1);
        CHECK_INT(order->kind, CALL_UNAVAILABLE);
        bed_turn(bed, 10);
        CHECK_INT(peer_requests(bed->peer), 0);
        order_free(order);
        bed_close(bed);
    }
}

static void wrong_options_are_refused_when_it_opens(void)
{
    static const char *const wrong[][2] = {
        {"http", "{}"},
        {"http", "{\"url\":\"ftp://x\"}"},
        {"http", "{\"url\":\"http://x\",\"connections\":\"0\"}"},
        {"process", "{}"},
        {"process", "{\"command\":[]}"},
        {"fake", "{\"url\":\"http://x\"}"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        json_t *options = json_loads(wrong[i][1], 0, NULL);
        struct err err = {0};
        CHECK(adapter_ops_find(text_of(wrong[i][0]))
                  ->open(&(struct adapter_setup){.name = TEXT("x"), .options = options},
                         &err) == NULL);
        CHECK(err.what[0] != '\0');
        json_decref(options);
    }
}

const struct unit_test suite_conformance[] = {
    TEST(every_scenario_ends_once_as_it_must),
    TEST(the_next_call_is_none_the_worse),
    TEST(a_cancelled_call_ends_in_cancel),
    TEST(closing_ends_what_is_under_way),
    TEST(a_crowd_of_calls_ends_each_once),
    TEST(a_call_may_be_begun_where_another_ends),
    TEST(without_time_nothing_is_sent),
    TEST(wrong_options_are_refused_when_it_opens),
    {0}};
