/* The fake answers at once, by itself. */
#include "tests/adapters/bed.h"

static void it_answers_at_once_with_a_sample(void)
{
    struct bed *bed = bed_open("fake", NULL);
    struct order *order = order_new(bed, "anything", true);
    order_begin(order);
    CHECK_INT(order->done_n, 1);
    CHECK_INT(order->kind, CALL_VALUE);
    CHECK(order->is_sample);
    CHECK(order->data == NULL);
    order_free(order);
    bed_close(bed);
}

static void the_argument_reply_is_given_back(void)
{
    struct bed *bed = bed_open("fake", NULL);
    struct order *order = order_new(bed, "anything", true);
    json_object_set_new((json_t *)order->call.args, "reply", json_integer(7));
    order_begin(order);
    CHECK_INT(json_integer_value(order->data), 7);
    CHECK(order->is_sample); /* where it is not of the result's type */
    order_free(order);
    bed_close(bed);
}

const struct unit_test suite_fake[] = {
    TEST(it_answers_at_once_with_a_sample), TEST(the_argument_reply_is_given_back), {0}};
