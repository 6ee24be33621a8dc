/* Which values fit where. */
#include "dsl/type.h"

#include "engine/base/arena.h"
#include "tests/support/unit.h"

static const struct type *record_of(struct arena *arena, const char *a,
                                    const struct type *x, const char *b,
                                    const struct type *y)
{
    struct type_field *fields = arena_array(arena, struct type_field, 2);
    fields[0] = (struct type_field){text_of(a), x, NULL};
    fields[1] = (struct type_field){text_of(b), y, NULL};
    return type_record(arena, TEXT(""), fields, b[0] == 0 ? 1 : 2);
}

static void whole_numbers_widen_and_decimals_do_not_narrow(void)
{
    CHECK(type_fits(&type_int, &type_decimal));
    CHECK(type_converts(&type_int, &type_decimal));
    CHECK(!type_fits(&type_decimal, &type_int));
}

static void a_value_fits_its_optional_and_not_the_other_way(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    const struct type *maybe = type_optional(arena, &type_text);
    CHECK(type_fits(&type_text, maybe) && type_fits(&type_none, maybe));
    CHECK(!type_fits(maybe, &type_text) && !type_fits(&type_none, &type_text));
    CHECK(!type_converts(&type_text, maybe));
    CHECK(type_optional(arena, maybe) == maybe);
}

static void a_record_fits_one_with_fewer_fields(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    const struct type *two = record_of(arena, "a", &type_int, "b", &type_text);
    const struct type *one = record_of(arena, "b", &type_text, "", NULL);
    CHECK(type_fits(two, one) && type_converts(two, one));
    CHECK(!type_fits(one, two));
    CHECK(type_fits(record_of(arena, "b", &type_text, "a", &type_int), two));
}

static void lists_of_none_and_of_numbers_join(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    CHECK(type_join(arena, &type_nothing, &type_int) == &type_int);
    CHECK(type_join(arena, &type_int, &type_decimal) == &type_decimal);
    CHECK(type_join(arena, &type_int, &type_none)->kind == TYPE_OPTIONAL);
    CHECK(type_join(arena, &type_int, &type_text) == NULL);
}

static void types_are_said_in_words(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    CHECK_TEXT(type_words(arena, &type_int), "a whole number");
    CHECK_TEXT(type_words(arena, type_optional(arena, &type_money)), "money or none");
    CHECK_TEXT(type_text_of(arena, type_optional(arena, type_list(arena, &type_text))),
               "(list of text)?");
    CHECK_TEXT(type_text_of(arena, type_map(arena, &type_text, &type_int)),
               "map of text to int");
}

const struct unit_test suite_type[] = {
    TEST(whole_numbers_widen_and_decimals_do_not_narrow),
    TEST(a_value_fits_its_optional_and_not_the_other_way),
    TEST(a_record_fits_one_with_fewer_fields),
    TEST(lists_of_none_and_of_numbers_join),
    TEST(types_are_said_in_words),
    {0}};
