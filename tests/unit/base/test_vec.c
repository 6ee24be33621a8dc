/* Arrays grow and keep what they hold. */
#include "engine/base/vec.h"

#include "tests/support/unit.h"

static void items_stay_where_they_were_pushed(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 22);
    VEC(uint64_t) numbers = {0};
    VEC(char) other = {0};
    for (uint32_t i = 0; i < 10000; i++) {
        CHECK_INT(vec_push(arena, &numbers, i * 3), i);
        vec_push(arena, &other, 'x');
    }
    CHECK_INT(numbers.n, 10000);
    CHECK_INT(vec_last(&numbers), 9999 * 3);
    for (uint32_t i = 0; i < 10000; i++)
        REQUIRE(numbers.at[i] == i * 3 && other.at[i] == 'x');
}

static void room_is_eight_then_doubles_and_is_zero(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    uint32_t room = 0;
    int *items = vec_grow(arena, NULL, &room, sizeof *items);
    CHECK_INT(room, 8);
    for (int i = 0; i < 8; i++)
        items[i] = 7;
    items = vec_grow(arena, items, &room, sizeof *items);
    CHECK_INT(room, 16);
    CHECK(items[7] == 7 && items[8] == 0 && items[15] == 0);
}

const struct unit_test suite_vec[] = {
    TEST(items_stay_where_they_were_pushed),
    TEST(room_is_eight_then_doubles_and_is_zero),
    {0},
};
