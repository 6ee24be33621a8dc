/* Ids carry their moment, sort by it, and have one written form. */
#include "engine/base/id.h"

#include "tests/support/unit.h"

static const uint8_t dice[10] = {0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9};

static void an_id_is_a_uuid_of_version_7(void)
{
    char out[ID_TEXT_BYTES];
    /* The example of RFC 9562, appendix A.6: 2022-02-22T19:22:22Z */
    struct id id = id_make(INT64_C(1645557742000) * 1000, dice);
    CHECK_TEXT(id_print(id, out), "017f22e2-79b0-7000-bf01-020304050607");
}

static void later_ids_are_larger(void)
{
    struct id last = id_make(0, dice);
    for (int64_t t = 1; t < 3000; t++) {
        struct id next = id_make(INT64_C(1700000000000000) + t, (const uint8_t[10]){0});
        CHECK(memcmp(last.bytes, next.bytes, 16) < 0);
        last = next;
    }
}

static void a_time_before_the_epoch_is_the_epoch(void)
{
    char out[ID_TEXT_BYTES];
    CHECK(text_starts(id_print(id_make(-5, dice), out), TEXT("00000000-0000-7000-")));
}

static void what_is_printed_is_read(void)
{
    char out[ID_TEXT_BYTES];
    struct id id = id_make(1645557742000123, dice), back;
    CHECK(id_parse(id_print(id, out), &back));
    CHECK(id_is(id, back));
    CHECK(id_parse(TEXT("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"), &back));
    CHECK_TEXT(id_print(back, out), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

static void other_forms_are_refused(void)
{
    struct id id;
    CHECK(!id_parse(TEXT(""), &id));
    CHECK(!id_parse(TEXT("017f22e2-79b0-7cc3-98c4-dc0c0c07398"), &id));
    CHECK(!id_parse(TEXT("017f22e2-79b0-7cc3-98c4-dc0c0c07398fa"), &id));
    CHECK(!id_parse(TEXT("017f22e2079b0-7cc3-98c4-dc0c0c07398f"), &id));
    CHECK(!id_parse(TEXT("017f22e-279b0-7cc3-98c4-dc0c0c07398f"), &id));
    CHECK(!id_parse(TEXT("017f22e2-79b0-7cc3-98c4-dc0c0c07398g"), &id));
    CHECK(!id_parse(TEXT("{17f22e2-79b0-7cc3-98c4-dc0c0c07398}"), &id));
}

static void none_is_all_zero(void)
{
    CHECK(id_is_none((struct id){0}));
    CHECK(!id_is_none(id_make(0, dice)));
}

const struct unit_test suite_id[] = {
    TEST(an_id_is_a_uuid_of_version_7),
    TEST(later_ids_are_larger),
    TEST(a_time_before_the_epoch_is_the_epoch),
    TEST(what_is_printed_is_read),
    TEST(other_forms_are_refused),
    TEST(none_is_all_zero),
    {0},
};
