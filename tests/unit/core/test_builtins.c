/* The library of functions, each on what it takes and on what it does not. */
#include "engine/base/limits.h"
#include "tests/unit/core/kit.h"

struct application {
    enum ir_builtin builtin;
    const char *args[4];
    const char *want;
};

static void check_all(const struct application *rows, size_t n)
{
    struct kit k = kit_new();
    uint32_t functions[IR_BUILTINS_N][5] = {0};
    for (size_t i = 0; i < n; i++) {
        uint32_t args = 0;
        while (args < 4 && rows[i].args[args] != NULL)
            args++;
        functions[rows[i].builtin][args] =
            kit_op(&k, IR_BUILTIN, args, rows[i].builtin, args);
    }
    kit_done(&k);
    for (size_t i = 0; i < n; i++) {
        struct value given[4];
        uint32_t args = 0;
        for (; args < 4 && rows[i].args[args] != NULL; args++)
            given[args] = kit_value(&k, rows[i].args[args]);
        CHECK_SAYS(kit_run(&k, functions[rows[i].builtin][args], given, args),
                   rows[i].want);
    }
    kit_free(&k);
}
#define CHECK_ALL(rows) check_all(rows, sizeof(rows) / sizeof *(rows))
#define B(name)         IR_BUILTIN_##name

static void lists_are_added_up_counted_and_searched(void)
{
    static const struct application rows[] = {
        {B(SUM), {"[1, 2, 3]"}, "6"},
        {B(SUM), {"[]"}, "0"},
        {B(SUM), {"[]", "0.00 USD"}, "0.00 USD"},
        {B(SUM), {"[1h]", "0s"}, "PT1H"},
        {B(SUM), {"[1.50, 2]"}, "3.50"},
        {B(SUM), {"[1.00 USD, 2.50 USD]"}, "3.50 USD"},
        {B(SUM), {"[1.00 USD, 2.50 EUR]"}, "! 1.00 USD + 2.50 EUR: currencies differ"},
        {B(SUM), {"[1h, 30m]"}, "PT1H30M"},
        {B(SUM), {"5"}, "! sum of 5: that is not what it takes"},
        {B(COUNT), {"[1, 2, 3]"}, "3"},
        {B(COUNT), {"[]"}, "0"},
        {B(MIN_OF), {"3", "1", "2"}, "1"},
        {B(MAX_OF), {"3", "1", "4.5"}, "4.5"},
        {B(MIN_IN), {"[]"}, "none"},
        {B(MIN_IN), {"[2026-05-12, 2026-05-11]"}, "2026-05-11"},
        {B(MAX_IN), {"['a, 'c, 'b]"}, "c"},
        {B(MAX_IN), {"['a, 1]"}, "! \"a\" max 1: they have no order"},
        {B(ANY), {"[false, true]"}, "true"},
        {B(ANY), {"[]"}, "false"},
        {B(ALL), {"[true, true]"}, "true"},
        {B(ALL), {"[]"}, "true"},
        {B(ALL), {"[true, 1]"}, "! all of 1: that is not what it takes"},
        {B(FIRST), {"[7, 8]"}, "7"},
        {B(FIRST), {"[]"}, "none"},
        {B(LAST), {"[7, 8]"}, "8"},
    };
    CHECK_ALL(rows);
}

static void lists_are_sorted_and_rearranged(void)
{
    static const struct application rows[] = {
        {B(SORT), {"[3, 1, 2]"}, "[1, 2, 3]"},
        {B(SORT), {"[1.0, 2, 1, 1.00]"}, "[1.0, 1, 1.00, 2]"}, /* stable */
        {B(SORT), {"[]"}, "[]"},
        {B(SORT), {"['b, 1]"}, "! \"b\" and 1: they have no order to sort by"},
        {B(SORT), {"[9, 8, 7, 6, 5, 4, 3, 2, 1]"}, "[1, 2, 3, 4, 5, 6, 7, 8, 9]"},
        {B(DISTINCT), {"['b, 'a, 'b, 'c, 'a]"}, "[b, a, c]"},
        {B(DISTINCT), {"[1.50, 1.5, 2]"}, "[1.50, 2]"},
        {B(DISTINCT), {"[]"}, "[]"},
        {B(ZIP), {"[1, 2, 3]", "['a, 'b]"}, "[(1, a), (2, b)]"},
        {B(REVERSE), {"[1, 2, 3]"}, "[3, 2, 1]"},
        {B(GROUP), {"[1]"}, "! group of 1: that is not what it takes"},
    };
    CHECK_ALL(rows);
}

static void groups_keep_the_order_of_their_values(void)
{
    struct kit k = kit_new();
    uint32_t group = kit_op(&k, IR_BUILTIN, 1, IR_BUILTIN_GROUP, 1);
    uint32_t map = kit_op(&k, IR_BUILTIN, 1, IR_BUILTIN_MAP_OF, 1);
    kit_done(&k);
    static const char *const pairs[][2] = {
        {"'b", "1"}, {"'a", "2"}, {"'b", "3"}, {"'a", "4"}};
    struct value items[4][2], records[4];
    for (int i = 0; i < 4; i++) {
        items[i][0] = kit_value(&k, pairs[i][0]);
        items[i][1] = kit_value(&k, pairs[i][1]);
        records[i] = value_record(items[i], 2);
    }
    struct value given = value_list(records, 4);
    CHECK_SAYS(kit_run(&k, group, &given, 1), "{a: [2, 4], b: [1, 3]}");
    CHECK_SAYS(kit_run(&k, map, &given, 1), "{a: 4, b: 3}");
    given = value_list(records, 0);
    CHECK_SAYS(kit_run(&k, group, &given, 1), "{}");
    kit_free(&k);
}

static void texts_are_taken_apart_and_put_together(void)
{
    static const struct application rows[] = {
        {B(SPLIT), {"'a,b,,c", "',"}, "[a, b, , c]"},
        {B(SPLIT), {"'", "',"}, "[]"}, /* one empty piece prints as nothing */
        {B(SPLIT), {"'abc", "'"}, "[abc]"},
        {B(SPLIT), {"'a--b--", "'--"}, "[a, b, ]"},
        {B(JOIN), {"['a, 'b]", "'-"}, "a-b"},
        {B(JOIN), {"[]", "'-"}, ""},
        {B(JOIN), {"[1]", "'-"}, "! join of 1: that is not what it takes"},
        {B(UPPER), {"'abc é"}, "ABC é"},
        {B(LOWER), {"'ABC É"}, "abc É"},
        {B(TRIM), {"'  a b \t"}, "a b"},
        {B(REPLACE), {"'a-b-c", "'-", "'+++"}, "a+++b+++c"},
        {B(REPLACE), {"'abc", "'", "'x"}, "abc"},
        {B(REPLACE), {"'aaa", "'aa", "'b"}, "ba"},
        {B(STARTS_WITH), {"'abc", "'ab"}, "true"},
        {B(STARTS_WITH), {"'abc", "'b"}, "false"},
        {B(LENGTH), {"'aé€"}, "3"},
        {B(PARSE_INT), {"'42"}, "42"},
        {B(PARSE_INT), {"'4x"}, "none"},
        {B(PARSE_INT), {"'9223372036854775808"}, "none"},
        {B(PARSE_DECIMAL), {"'-1.50"}, "-1.50"},
        {B(PARSE_DECIMAL), {"'1.5.0"}, "none"},
        {B(PARSE_DATE), {"'2026-02-29"}, "none"},
        {B(PARSE_DATE), {"'2028-02-29"}, "2028-02-29"},
    };
    CHECK_ALL(rows);
}

static void patterns_fit_the_whole_text_or_nothing(void)
{
    static const struct application rows[] = {
        {B(MATCHES), {"'C000042", "'C[0-9]{6}"}, "true"},
        {B(MATCHES), {"'C0000421", "'C[0-9]{6}"}, "false"},
        {B(MATCHES), {"'xC000042", "'C[0-9]{6}"}, "false"},
        {B(MATCHES), {"'", "'C[0-9]{6}"}, "false"},
        {B(MATCHES), {"'", "'x*"}, "true"},
        {B(MATCHES), {"'abcd", "'ab|abcd"}, "true"},
        {B(MATCHES), {"'a)b", "'a[)]b"}, "true"},
        {B(MATCHES), {"'a", "'a("}, "! 'a(' is no pattern: Unmatched ( or \\("},
        {B(MATCHES),
         {"'a", "'((a{1,100}){1,100}){1,100}"},
         "! the pattern '((a{1,100}){1,100}){1,100}' repeats too much"},
        {B(MATCHES), {"'a", "'a)|(b"}, "! 'a)|(b' is no pattern: Unmatched ) or \\)"},
        {B(MATCHES), {"'b", "'a|b"}, "true"},
        {B(MATCHES), {"'ab", "'a|b"}, "false"},
        {B(MATCHES), {"'aa", "'(a)\\1"}, "! the pattern '(a)\\1' looks back (\\1 … \\9)"},
        {B(MATCHES), {"'a{2}", "'a[{]2}"}, "true"},
        {B(MATCHES), {"'a@b.example", "'[a-z]{1,64}@[a-z.]{1,200}"}, "true"},
    };
    CHECK_ALL(rows);
}

static void repeat(char *out, size_t n, const char *piece)
{
    for (size_t i = 0; i < n; i++)
        out[i] = piece[i % strlen(piece)];
    out[n] = '\0';
}

static void patterns_are_bounded_in_length_and_repetition(void)
{
    struct kit k = kit_new();
    uint32_t matches = kit_op(&k, IR_BUILTIN, 2, IR_BUILTIN_MATCHES, 2);
    kit_done(&k);
    static char text[LIMIT_MATCH_BYTES + 2], pattern[LIMIT_PATTERN_BYTES + 2];
    struct value given[] = {kit_value(&k, "'x"), kit_value(&k, "'x*")};
    repeat(text, LIMIT_MATCH_BYTES, "x");
    given[0] = value_text(text_of(text));
    CHECK_SAYS(kit_run(&k, matches, given, 2), "true");
    repeat(text, LIMIT_MATCH_BYTES + 1, "x");
    given[0] = value_text(text_of(text));
    CHECK_SAYS(kit_run(&k, matches, given, 2),
               "! a text of 8193 bytes is too long for a pattern");
    repeat(pattern, LIMIT_PATTERN_BYTES, "[aaaaaaa]?{1,1}0"); /* 16 bytes, 2 nodes */
    given[0] = kit_value(&k, "'x");
    given[1] = value_text(text_of(pattern));
    CHECK_SAYS(kit_run(&k, matches, given, 2), "false");
    repeat(pattern, LIMIT_PATTERN_BYTES + 1, "a");
    given[1] = value_text(text_of(pattern));
    CHECK_SAYS(kit_run(&k, matches, given, 2), "! a pattern is longer than 1024 bytes");
    given[1] = kit_value(&k, "'(x{0,19}){1,19}"); /* (1 + 19) * 19 + 1 nodes */
    CHECK_SAYS(kit_run(&k, matches, given, 2), "true");
    given[1] = kit_value(&k, "'(x{0,19}){1,20}"); /* 401 */
    CHECK_SAYS(kit_run(&k, matches, given, 2),
               "! the pattern '(x{0,19}){1,20}' repeats too much");
    kit_free(&k);
}

static void numbers_are_rounded_half_to_even(void)
{
    static const struct application rows[] = {
        {B(ROUND_TO), {"2.345", "2"}, "2.34"},
        {B(ROUND_TO), {"2.355", "2"}, "2.36"},
        {B(ROUND_TO), {"2.5", "39"}, "! round: 39 places; 0 to 38 are possible"},
        {B(ROUND), {"2.5"}, "2"},
        {B(ROUND), {"3.5"}, "4"},
        {B(ROUND), {"7"}, "7"},
        {B(ROUND), {"10.005 USD"}, "10.00 USD"},
        {B(ROUND), {"10.5 JPY"}, "10 JPY"},
        {B(FLOOR), {"-1.5"}, "-2"},
        {B(CEIL), {"-1.5"}, "-1"},
        {B(ABS), {"-1.50 USD"}, "1.50 USD"},
        {B(ABS),
         {"-9223372036854775808"},
         "! - -9223372036854775808: the result is too large"},
        {B(MOD), {"-7", "3"}, "2"},
        {B(MOD), {"7", "-3"}, "-2"},
        {B(MOD), {"7", "0"}, "none"},
        {B(MOD), {"7.5", "2"}, "1.5"},
        {B(MOD), {"-9223372036854775808", "-1"}, "0"},
    };
    CHECK_ALL(rows);
}

static void dates_count_in_days_and_months(void)
{
    static const struct application rows[] = {
        {B(DAYS_BETWEEN), {"2026-05-12", "2026-05-10"}, "-2"},
        {B(ADD_MONTHS), {"2026-01-31", "1"}, "2026-02-28"},
        {B(ADD_MONTHS), {"2026-03-31", "-1"}, "2026-02-28"},
        {B(ADD_MONTHS),
         {"2026-03-31", "9000000000"},
         "! 2026-03-31 add_months 9000000000: the result is too large"},
        {B(ADD_MONTHS),
         {"9999-12-01", "1"},
         "! 9999-12-01 add_months 1: the result is too large"},
    };
    CHECK_ALL(rows);
}

/* Of bindings: JSON travels as its text. */
static void json_is_looked_into_and_money_taken_apart(void)
{
    static const struct application rows[] = {
        {B(JSON_AT), {"'{\"a\":{\"b/c\":[1,\"x\"]}}", "'/a/b~1c/1"}, "\"x\""},
        {B(JSON_AT), {"'{\"a\":1}", "'/a"}, "1"},
        {B(JSON_AT), {"'{\"a\":1}", "'"}, "{\"a\":1}"},
        {B(JSON_AT), {"'{\"a\":1}", "'/b"}, "null"},
        {B(JSON_AT), {"'[1]", "'/1"}, "null"},
        {B(JSON_AT), {"'7", "'/a/b"}, "null"},
        {B(JSON_AT), {"'{", "'/a"}, "! a value of type json is none"},
        {B(JSON_AT), {"5", "'/a"}, "! looking into 5: it is no JSON"},
        {B(MONEY), {"12.5", "'USD"}, "12.5 USD"},
        {B(MONEY), {"3", "'EUR"}, "3 EUR"},
        {B(MONEY), {"3", "'eur"}, "! money in \"eur\": a currency is three capitals"},
        {B(MONEY), {"3", "'EURO"}, "! money in \"EURO\": a currency is three capitals"},
        {B(MONEY), {"'3", "'EUR"}, "! money of \"3\": that is not what it takes"},
        {B(AMOUNT), {"12.50 USD"}, "12.50"},
        {B(CURRENCY), {"12.50 USD"}, "USD"},
        {B(CURRENCY), {"12"}, "! currency of 12: that is not what it takes"},
        {B(NUMBER), {"12.50"}, "12.50"},
        {B(NUMBER), {"0.000000000000001"}, "0.000000000000001"},
        {B(NUMBER), {"123456789012345"}, "123456789012345"},
        {B(NUMBER),
         {"1234567890.123456"},
         "! number of 1234567890.123456: JSON numbers keep 15 digits: send it as text"},
    };
    CHECK_ALL(rows);
}

const struct unit_test suite_builtins[] = {
    TEST(json_is_looked_into_and_money_taken_apart),
    TEST(lists_are_added_up_counted_and_searched),
    TEST(lists_are_sorted_and_rearranged),
    TEST(groups_keep_the_order_of_their_values),
    TEST(texts_are_taken_apart_and_put_together),
    TEST(patterns_fit_the_whole_text_or_nothing),
    TEST(patterns_are_bounded_in_length_and_repetition),
    TEST(numbers_are_rounded_half_to_even),
    TEST(dates_count_in_days_and_months),
    {0},
};
