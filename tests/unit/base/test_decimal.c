/* Exact numbers: against python's, and at every edge of 38 digits. */
#include "engine/base/decimal.h"

#include "tests/support/unit.h"

#define NINES_38 "99999999999999999999999999999999999999"

static char out[DECIMAL_TEXT_BYTES];

static struct decimal dec(const char *chars)
{
    struct decimal d = {0};
    REQUIRE(decimal_parse(text_of(chars), &d));
    return d;
}

static void check(bool is_fine, struct decimal d, const char *want)
{
    CHECK(is_fine == (want != NULL));
    if (is_fine && want != NULL)
        CHECK_TEXT(decimal_print(d, out), want);
}

static void six_hundred_pairs_agree_with_python(void)
{
    static const struct {
        const char *a, *b, *sum, *difference, *product, *quotient, *rest;
        int order;
    } rows[] = {
#define VECTOR(a, b, sum, difference, product, quotient, rest, order)                    \
    {a, b, sum, difference, product, quotient, rest, order},
#include "tests/unit/base/decimal_vectors.def"
#undef VECTOR
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct decimal a = dec(rows[i].a), b = dec(rows[i].b), d;
        check(decimal_add(a, b, &d), d, rows[i].sum);
        check(decimal_add(b, a, &d), d, rows[i].sum);
        check(decimal_sub(a, b, &d), d, rows[i].difference);
        check(decimal_mul(a, b, &d), d, rows[i].product);
        check(decimal_mul(b, a, &d), d, rows[i].product);
        check(decimal_div(a, b, &d), d, rows[i].quotient);
        check(decimal_mod(a, b, &d), d, rows[i].rest);
        CHECK_INT(decimal_cmp(a, b), rows[i].order);
        CHECK_INT(decimal_cmp(b, a), -rows[i].order);
    }
}

static void what_is_written_is_kept(void)
{
    static const char *const same[] = {
        "0",
        "-1",
        "1.50",
        "0.00",
        "12.50",
        "0.05",
        "-0.5",
        "1000",
        NINES_38,
        "-" NINES_38,
        "0.00000000000000000000000000000000000001",
        "0." NINES_38,
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        CHECK_TEXT(decimal_print(dec(same[i]), out), same[i]);
    CHECK_TEXT(decimal_print(dec("007.10"), out), "7.10");
    CHECK_TEXT(decimal_print(dec("-0"), out), "0");
    CHECK_TEXT(decimal_print(dec("0000000000000000000000000000000000000000001"), out),
               "1");
}

static void other_forms_are_refused(void)
{
    static const char *const bad[] = {
        "",
        "-",
        ".",
        "1.",
        ".5",
        "-.5",
        "1e3",
        "+1",
        " 1",
        "1 ",
        "1.2.3",
        "1..2",
        "0x1",
        "1,5",
        "1_000",
        "--1",
        "NaN",
        "1" NINES_38,
        "100000000000000000000000000000000000000",
        "0.000000000000000000000000000000000000001",
        NINES_38 ".0",
    };
    struct decimal d;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!decimal_parse(text_of(bad[i]), &d));
}

static void json_has_exponents(void)
{
    static const struct {
        const char *chars, *want;
    } rows[] = {
        {"1.5e3", "1500"},
        {"1.5E+0", "1.5"},
        {"15e-3", "0.015"},
        {"1.50e1", "15.0"},
        {"0e9999", "0"},
        {"1e37", "10000000000000000000000000000000000000"},
        {"1e38", NULL},
        {"1e-38", "0.00000000000000000000000000000000000001"},
        {"1e-39", NULL},
        {"10e-39", "0.00000000000000000000000000000000000001"},
        {"1e", NULL},
        {"1e+", NULL},
        {"1e99999", NULL},
        {"1ee1", NULL},
        {"1e1.5", NULL},
        {"-2e1", "-20"},
        {"0.00e-50", "0.00000000000000000000000000000000000000"},
        {"1e-99999999999999999999", NULL},
        {"7", "7"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct decimal d;
        check(decimal_parse_json(text_of(rows[i].chars), &d), d, rows[i].want);
    }
}

static void whole_numbers_cross_both_ways(void)
{
    int64_t x;
    CHECK(decimal_to_i64(decimal_from_i64(INT64_MIN), &x) && x == INT64_MIN);
    CHECK(decimal_to_i64(decimal_from_i64(INT64_MAX), &x) && x == INT64_MAX);
    CHECK(decimal_to_i64(dec("12.00"), &x) && x == 12);
    CHECK(decimal_to_i64(dec("-12.00"), &x) && x == -12);
    CHECK(!decimal_to_i64(dec("12.01"), &x));
    CHECK(!decimal_to_i64(dec("9223372036854775808"), &x));
    CHECK(decimal_to_i64(dec("-9223372036854775808.0"), &x) && x == INT64_MIN);
    CHECK(!decimal_to_i64(dec("-9223372036854775809"), &x));
}

static void thirty_eight_digits_are_the_end(void)
{
    struct decimal d;
    check(decimal_add(dec(NINES_38), dec("0"), &d), d, NINES_38);
    check(decimal_add(dec(NINES_38), dec("1"), &d), d, NULL);
    check(decimal_add(dec(NINES_38), dec("0.0"), &d), d, NULL);
    check(decimal_sub(dec("-" NINES_38), dec("1"), &d), d, NULL);
    check(decimal_mul(dec(NINES_38), dec("1.0"), &d), d, NINES_38);
    check(decimal_mul(dec(NINES_38), dec("1.1"), &d), d, NULL);
    check(decimal_div(dec(NINES_38), dec("0.1"), &d), d, NULL);
    check(decimal_div(dec("0.00000000000000000000000000000000000001"), dec("2"), &d), d,
          "0.00000000000000000000000000000000000000");
    check(decimal_div(dec("0.00000000000000000000000000000000000003"), dec("2"), &d), d,
          "0.00000000000000000000000000000000000002");
}

/* 9.5e37 with one more place is past 38 digits, and yet the difference is not. */
static void an_operand_may_pass_the_end_when_the_result_does_not(void)
{
    struct decimal d;
    check(decimal_sub(dec("15000000000000000000000000000000000000"),
                      dec("9000000000000000000000000000000000000.5"), &d),
          d, "5999999999999999999999999999999999999.5");
}

static void division_is_rounded_once_half_even(void)
{
    struct decimal d;
    check(decimal_div(dec("1"), dec("3"), &d), d,
          "0.33333333333333333333333333333333333333");
    check(decimal_div(dec("2"), dec("3"), &d), d,
          "0.66666666666666666666666666666666666667");
    check(decimal_div(dec("-2"), dec("3"), &d), d,
          "-0.66666666666666666666666666666666666667");
    check(decimal_div(dec("10"), dec("4"), &d), d, "2.5");
    check(decimal_div(dec("10.00"), dec("4"), &d), d, "2.50");
    check(decimal_div(dec("100"), dec("5"), &d), d, "20");
    check(decimal_div(dec("0"), dec("5.00"), &d), d, "0.00");
    check(decimal_div(dec("5"), dec("0.00"), &d), d, NULL);
    check(decimal_div(dec(NINES_38), dec(NINES_38), &d), d, "1");
}

static void mod_has_the_sign_of_its_divisor(void)
{
    struct decimal d;
    check(decimal_mod(dec("7"), dec("3"), &d), d, "1");
    check(decimal_mod(dec("-7"), dec("3"), &d), d, "2");
    check(decimal_mod(dec("7"), dec("-3"), &d), d, "-2");
    check(decimal_mod(dec("-7"), dec("-3"), &d), d, "-1");
    check(decimal_mod(dec("6"), dec("-3"), &d), d, "0");
    check(decimal_mod(dec("1.25"), dec("0.5"), &d), d, "0.25");
    check(decimal_mod(dec("1"), dec("0"), &d), d, NULL);
}

static void equal_is_equal_whatever_the_scale(void)
{
    CHECK_INT(decimal_cmp(dec("1.50"), dec("1.5")), 0);
    CHECK_INT(decimal_cmp(dec("-1.50"), dec("1.5")), -1);
    CHECK_INT(decimal_cmp(dec("0.00"), dec("0")), 0);
    CHECK_INT(decimal_cmp(dec(NINES_38), dec("0." NINES_38)), 1);
    CHECK_TEXT(decimal_print(decimal_normal(dec("1.500")), out), "1.5");
    CHECK_TEXT(decimal_print(decimal_normal(dec("100")), out), "100");
    CHECK_TEXT(decimal_print(
                   decimal_normal(dec("0.00000000000000000000000000000000000000")), out),
               "0");
    CHECK_TEXT(decimal_print(decimal_neg(dec("-1.50")), out), "1.50");
}

static void check_round(const char *from, uint8_t scale, const char *half_even,
                        const char *down, const char *floor, const char *ceil)
{
    struct decimal d;
    check(decimal_round(dec(from), scale, DECIMAL_HALF_EVEN, &d), d, half_even);
    check(decimal_round(dec(from), scale, DECIMAL_DOWN, &d), d, down);
    check(decimal_round(dec(from), scale, DECIMAL_FLOOR, &d), d, floor);
    check(decimal_round(dec(from), scale, DECIMAL_CEIL, &d), d, ceil);
}

static void rounding_goes_four_ways(void)
{
    check_round("2.5", 0, "2", "2", "2", "3");
    check_round("3.5", 0, "4", "3", "3", "4");
    check_round("-2.5", 0, "-2", "-2", "-3", "-2");
    check_round("-2.51", 0, "-3", "-2", "-3", "-2");
    check_round("2.501", 0, "3", "2", "2", "3");
    check_round("0.005", 2, "0.00", "0.00", "0.00", "0.01");
    check_round("-0.001", 2, "0.00", "0.00", "-0.01", "0.00");
    check_round("1.5", 3, "1.500", "1.500", "1.500", "1.500");
    check_round("2", 0, "2", "2", "2", "2");
    check_round("9.99", 1, "10.0", "9.9", "9.9", "10.0");
    check_round(NINES_38, 1, NULL, NULL, NULL, NULL);
    check_round("1", 39, NULL, NULL, NULL, NULL);
    check_round("0." NINES_38, 37, "1.0000000000000000000000000000000000000",
                "0.9999999999999999999999999999999999999",
                "0.9999999999999999999999999999999999999",
                "1.0000000000000000000000000000000000000");
}

static void currencies_have_their_minor_unit(void)
{
    CHECK_INT(currency_scale("USD"), 2);
    CHECK_INT(currency_scale("JPY"), 0);
    CHECK_INT(currency_scale("KWD"), 3);
    CHECK_INT(currency_scale("CLF"), 4);
    CHECK_INT(currency_scale("XXX"), 2);
}

const struct unit_test suite_decimal[] = {
    TEST(six_hundred_pairs_agree_with_python),
    TEST(what_is_written_is_kept),
    TEST(other_forms_are_refused),
    TEST(json_has_exponents),
    TEST(whole_numbers_cross_both_ways),
    TEST(thirty_eight_digits_are_the_end),
    TEST(an_operand_may_pass_the_end_when_the_result_does_not),
    TEST(division_is_rounded_once_half_even),
    TEST(mod_has_the_sign_of_its_divisor),
    TEST(equal_is_equal_whatever_the_scale),
    TEST(rounding_goes_four_ways),
    TEST(currencies_have_their_minor_unit),
    {0},
};
