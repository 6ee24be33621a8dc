/* What was multiplied is divided again; every carry and both shapes of divisor. */
#include "engine/base/wide.h"

#include <stdint.h>

#include "tests/support/unit.h"

static uint64_t dice = 0x9E3779B97F4A7C15;

static uint64_t thrown(void)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return dice;
}

/* Numbers of every length, with many at the edges of limbs. */
static wide_half some_half(void)
{
    wide_half x = (wide_half)thrown() << 64 | thrown();
    switch (thrown() % 4) {
    case 0:
        return ((wide_half)1 << (thrown() % 128)) - (thrown() & 1);
    case 1:
        return ~(x >> (thrown() % 128));
    default:
        return x >> (thrown() % 128);
    }
}

static void quotient_times_divisor_and_rest_is_the_number(void)
{
    for (int i = 0; i < 300000; i++) {
        wide_half q = some_half(), by = some_half(), rest;
        if (by == 0)
            continue;
        wide_half want = some_half() % by;
        struct wide a = wide_mul(q, by);
        a.high += a.low + want < a.low;
        a.low += want;
        struct wide got = wide_div(a, by, &rest);
        REQUIRE(got.high == 0 && got.low == q && rest == want);
    }
}

static void a_wide_quotient_is_whole(void)
{
    wide_half rest;
    struct wide most = {~(wide_half)0, ~(wide_half)0};
    struct wide got = wide_div(most, 1, &rest);
    CHECK(got.high == most.high && got.low == most.low && rest == 0);
    got = wide_div(most, 2, &rest);
    CHECK(got.high == most.high >> 1 && got.low == most.low && rest == 1);
    got = wide_div(most, ~(wide_half)0, &rest); /* (x² - 1) / (x - 1) = x + 1 */
    CHECK(got.high == 1 && got.low == 1 && rest == 0);
    got = wide_div(most, (wide_half)1 << 64, &rest);
    CHECK(got.high == UINT64_MAX && got.low == ~(wide_half)0 && rest == UINT64_MAX);
}

static void a_product_has_all_its_bits(void)
{
    wide_half most = ~(wide_half)0;
    struct wide got = wide_mul(most, most);
    CHECK(got.high == most - 1 && got.low == 1);
    got = wide_mul((wide_half)1 << 127, 2);
    CHECK(got.high == 1 && got.low == 0);
    got = wide_mul(0, most);
    CHECK(got.high == 0 && got.low == 0);
}

static void order_is_by_the_upper_half_first(void)
{
    CHECK(wide_cmp((struct wide){1, 0}, (struct wide){0, 5}) > 0);
    CHECK(wide_cmp((struct wide){1, 4}, (struct wide){1, 5}) < 0);
    CHECK(wide_cmp((struct wide){1, 5}, (struct wide){1, 5}) == 0);
}

const struct unit_test suite_wide[] = {
    TEST(quotient_times_divisor_and_rest_is_the_number),
    TEST(a_wide_quotient_is_whole),
    TEST(a_product_has_all_its_bits),
    TEST(order_is_by_the_upper_half_first),
    {0},
};
