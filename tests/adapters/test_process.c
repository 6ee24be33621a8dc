/* What only a child process can get wrong: its life, its environment, its pipes. */
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <unistd.h>

#include "engine/base/limits.h"
#include "tests/adapters/bed.h"

static struct order *told(struct bed *bed, const char *operation, bool is_effect)
{
    struct order *order = order_new(bed, operation, is_effect);
    order_begin(order);
    CHECK(order_ends(order));
    return order;
}

static void the_request_is_as_the_contract_says(void)
{
    struct bed *bed = bed_open("process", NULL);
    struct order *order = told(bed, "echo", true);
    json_t *said = order->data;
    CHECK(json_is_integer(json_object_get(said, "id")));
    json_object_del(said, "id");
    json_t *want = json_pack("{s:s,s:{s:s,s:i},s:s,s:s,s:i}", "op", "echo", "args", "sku",
                             "BRG-6204", "qty", 4, "key", "a0b1c2d3", "instance",
                             "0193c0de-0000-7000-8000-000000000001", "attempt", 2);
    CHECK(json_equal(said, want));
    json_decref(want);
    order_free(order);
    order = told(bed, "echo", false);
    CHECK(json_object_get(order->data, "key") == NULL);
    order_free(order);
    bed_close(bed);
}

static void a_declared_error_brings_its_arguments(void)
{
    struct bed *bed = bed_open("process", NULL);
    struct order *order = told(bed, "refused", true);
    CHECK_TEXT(text_of(order->name), "Refused");
    CHECK_TEXT(text_of(json_string_value(json_object_get(order->data, "why"))), "no");
    order_free(order);
    bed_close(bed);
}

static void answers_may_come_in_any_order(void)
{
    struct bed *bed = bed_open("process", NULL);
    struct order *late = order_new(bed, "late", true);
    struct order *next = order_new(bed, "value", true);
    order_begin(late);
    order_begin(next);
    struct order *both[] = {next, late};
    CHECK(orders_end(both, 2));
    CHECK_TEXT(text_of(json_string_value(json_object_get(next->data, "said"))), "value");
    CHECK_TEXT(text_of(json_string_value(json_object_get(late->data, "said"))), "late");
    order_free(late);
    order_free(next);
    bed_close(bed);
}

/* The child stops reading, the pipe fills, it dies: what was still with us surely did not
 * happen. */
static void what_the_dead_child_was_never_given_did_not_happen(void)
{
    struct bed *bed = bed_open("process", NULL);
    enum { CROWD = 60 };
    struct order *orders[CROWD];
    char sku[4096];
    memset(sku, 'x', sizeof sku);
    for (int i = 0; i < CROWD; i++) {
        orders[i] = order_new(bed, i == 0 ? "deaf" : "value", true);
        json_object_set_new((json_t *)orders[i]->call.args, "sku",
                            json_stringn(sku, sizeof sku));
        order_begin(orders[i]);
    }
    CHECK(orders_end(orders, CROWD));
    CHECK_INT(orders[0]->kind, CALL_IN_DOUBT);
    CHECK_INT(orders[CROWD - 1]->kind, CALL_UNAVAILABLE);
    for (int i = 1; i < CROWD; i++) /* first those that may have happened, then these */
        CHECK(orders[i]->kind == CALL_UNAVAILABLE ||
              (orders[i]->kind == CALL_IN_DOUBT && orders[i - 1]->kind == CALL_IN_DOUBT));
    for (int i = 0; i < CROWD; i++)
        order_free(orders[i]);
    bed_close(bed);
}

static void a_program_that_cannot_be_started_is_unavailable(void)
{
    struct bed *bed = bed_open("process", "{\"command\":[\"/no/such/program\"]}");
    struct order *order = told(bed, "value", true);
    CHECK_INT(order->kind, CALL_UNAVAILABLE);
    order_free(order);
    bed_turn(bed, 50); /* it is tried again, with rests */
    order = told(bed, "value", true);
    CHECK_INT(order->kind, CALL_UNAVAILABLE);
    order_free(order);
    bed_close(bed);
}

static void a_child_that_dies_at_once_is_not_started_in_a_frenzy(void)
{
    char path[] = "/tmp/orderly_starts_XXXXXX";
    int fd = mkstemp(path);
    REQUIRE(fd >= 0);
    char options[256];
    snprintf(options, sizeof options, "{\"command\":[\"/bin/sh\",\"-c\",\"echo >> %s\"]}",
             path);
    struct bed *bed = bed_open("process", options);
    bed_turn(bed, 350); /* at 0, 0, 100 and 300 ms */
    off_t starts = lseek(fd, 0, SEEK_END);
    CHECK(starts <= 5);
    for (int i = 0; i < 100 && starts < 2; i++) {
        bed_turn(bed, 50);
        starts = lseek(fd, 0, SEEK_END);
    }
    CHECK(starts >= 2);
    bed_close(bed);
    close(fd);
    unlink(path);
}

static void nothing_of_our_environment_leaks(void)
{
    setenv("FLOW_SECRET_ERP", "hush", 1);
    char options[1024];
    snprintf(options, sizeof options,
             "{\"command\":[\"%s\",\"a b; exit 1\"],\"env\":{\"SHOP\":\"7\"}}",
             bed_child());
    struct bed *bed = bed_open("process", options);
    struct order *order = told(bed, "env", false);
    bool has_shop = false;
    size_t i;
    json_t *name;
    REQUIRE(json_is_array(order->data));
    json_array_foreach(order->data, i, name)
    {
        const char *chars = json_string_value(name);
        has_shop |= strcmp(chars, "SHOP") == 0;
        CHECK(strncmp(chars, "FLOW_", 5) != 0);
    }
    CHECK(has_shop);
    order_free(order);
    bed_close(bed);
}

static void too_many_calls_in_flight_are_unavailable(void)
{
    struct bed *bed = bed_open("process", NULL);
    enum { CROWD = LIMIT_PROCESS_CALLS + 1 };
    static struct order *orders[CROWD];
    for (int i = 0; i < CROWD; i++) {
        orders[i] = order_new(bed, "silent", true);
        order_begin(orders[i]);
    }
    CHECK_INT(orders[CROWD - 2]->done_n, 0);
    CHECK_INT(orders[CROWD - 1]->done_n, 1);
    CHECK_INT(orders[CROWD - 1]->kind, CALL_UNAVAILABLE);
    bed_close(bed);
    for (int i = 0; i < CROWD; i++) {
        CHECK_INT(orders[i]->done_n, 1);
        order_free(orders[i]);
    }
}

const struct unit_test suite_process[] = {
    TEST(the_request_is_as_the_contract_says),
    TEST(a_declared_error_brings_its_arguments),
    TEST(answers_may_come_in_any_order),
    TEST(what_the_dead_child_was_never_given_did_not_happen),
    TEST(a_program_that_cannot_be_started_is_unavailable),
    TEST(a_child_that_dies_at_once_is_not_started_in_a_frenzy),
    TEST(nothing_of_our_environment_leaks),
    TEST(too_many_calls_in_flight_are_unavailable),
    {0}};
