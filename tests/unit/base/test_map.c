/* What was put under a key is found under it, in the order it came. */
#include "engine/base/map.h"

#include "engine/base/arena.h"
#include "tests/support/unit.h"

static void an_empty_map_has_nothing(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct map *map = map_new(arena);
    CHECK(map_get(map, TEXT("a")) == NULL);
    CHECK_INT(map_count(map), 0);
}

static void ten_thousand_keys_are_found_in_order(void)
{
    scoped_arena struct arena *arena = arena_new("test", 32 << 20);
    struct map *map = map_new(arena);
    static int items[10000];
    for (int i = 0; i < 10000; i++)
        CHECK(map_put(map, text_of(arena_printf(arena, "key %d", i)), &items[i]));
    CHECK_INT(map_count(map), 10000);
    for (int i = 0; i < 10000; i++) {
        struct text key = text_of(arena_printf(arena, "key %d", i));
        REQUIRE(map_get(map, key) == &items[i]);
        REQUIRE(map_item_at(map, (uint32_t)i) == &items[i]);
        REQUIRE(text_is(map_key_at(map, (uint32_t)i), key));
    }
    CHECK(map_get(map, TEXT("key 10000")) == NULL);
    CHECK(map_get(map, TEXT("")) == NULL);
}

static void a_second_put_replaces_and_says_so(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct map *map = map_new(arena);
    int a, b;
    CHECK(map_put(map, TEXT("x"), &a));
    CHECK(map_put(map, TEXT("y"), &a));
    CHECK(!map_put(map, TEXT("x"), &b));
    CHECK(map_get(map, TEXT("x")) == &b);
    CHECK_INT(map_count(map), 2);
    CHECK_TEXT(map_key_at(map, 0), "x");
}

static void keys_are_bytes(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct map *map = map_new(arena);
    int a, b, c;
    CHECK(map_put(map, (struct text){"a\0b", 3}, &a));
    CHECK(map_put(map, (struct text){"a\0c", 3}, &b));
    CHECK(map_put(map, (struct text){0}, &c));
    CHECK(map_get(map, (struct text){"a\0b", 3}) == &a);
    CHECK(map_get(map, TEXT("")) == &c);
    CHECK(map_get(map, TEXT("a")) == NULL);
}

const struct unit_test suite_map[] = {
    TEST(an_empty_map_has_nothing),
    TEST(ten_thousand_keys_are_found_in_order),
    TEST(a_second_put_replaces_and_says_so),
    TEST(keys_are_bytes),
    {0},
};
