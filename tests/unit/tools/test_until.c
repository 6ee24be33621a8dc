/* What can be waited for is said in three ways. */
#include "tools/flowctl/until.h"

#include "tests/support/unit.h"

static void the_three_ways_are_read(void)
{
    struct err err = {0};
    struct until until;
    CHECK(until_parse("ended", &until, &err) && until.ended);
    CHECK(until_parse("status=waiting", &until, &err) && !until.ended);
    CHECK_TEXT(until.status, "waiting");
    CHECK(until_parse("state=shipping.picking", &until, &err));
    CHECK_TEXT(until.state, "shipping.picking");
}

static void nothing_else_is(void)
{
    static const char *const bad[] = {
        "",       "end",   "status",  "status=", "status=asleep",
        "state=", "state", "ended=1", "key=x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err err = {0};
        struct until until;
        CHECK(!until_parse(bad[i], &until, &err));
        CHECK_INT(err.code, ERR_USAGE);
    }
}

const struct unit_test suite_until[] = {
    TEST(the_three_ways_are_read),
    TEST(nothing_else_is),
    {0},
};
