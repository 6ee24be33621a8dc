/* Large values: what stands beside a snapshot, and what is read from there. */
#include "engine/core/shelf.h"

#include "engine/base/limits.h"
#include "tests/unit/core/advance_flow.h"

enum { TEST_BYTES = 64 << 20, ITEMS = 100000, SMALL = 100, REFERENCE_BYTES = 33 };

static struct value numbers(struct arena *arena, uint32_t n)
{
    struct value *items = arena_array(arena, struct value, n);
    for (uint32_t i = 0; i < n; i++)
        items[i] = value_int(i);
    return value_list(items, n);
}

static struct value pair(struct arena *arena, struct value a, struct value b)
{
    struct value *items = arena_array(arena, struct value, 2);
    items[0] = a;
    items[1] = b;
    return value_record(items, 2);
}

static struct text beside(struct shelf *shelf, struct value v)
{
    struct buf out;
    buf_init(&out, shelf->arena);
    value_pack_beside(&out, v, shelf);
    return buf_done(&out);
}

static struct value back(struct shelf *shelf, struct text bytes)
{
    struct cut cut = cut_of(bytes);
    struct value v = value_unpack_beside(shelf->arena, &cut, shelf);
    REQUIRE(cut_ended(&cut));
    return v;
}

static struct arena *arena;
static struct shelf shelf;

static void given(void)
{
    arena = arena_new("test", TEST_BYTES);
    shelf_init(&shelf, arena);
}

static void a_small_value_stands_where_it_is(void)
{
    given();
    struct value v = numbers(arena, SMALL);
    CHECK(value_is(back(&shelf, beside(&shelf, v)), v));
    CHECK_INT(shelf.all.n, 0);
    arena_free(arena);
}

static void a_large_value_is_a_hash_in_its_place(void)
{
    given();
    struct value v = numbers(arena, ITEMS);
    struct text bytes = beside(&shelf, v);
    CHECK_INT(bytes.n, REFERENCE_BYTES);
    CHECK(value_is(back(&shelf, bytes), v));
    CHECK_INT(shelf.all.n, 1);
    arena_free(arena);
}

static void the_bound_is_what_a_value_takes_in_memory(void)
{
    given();
    uint32_t least = LIMIT_SHELF_LEAST / sizeof(struct value);
    CHECK(!shelf_takes(numbers(arena, least - 1)));
    CHECK(shelf_takes(numbers(arena, least)));
    arena_free(arena);
}

static void of_a_record_only_its_large_part_stands_beside(void)
{
    given();
    struct value list = numbers(arena, ITEMS);
    struct value v = pair(arena, value_int(7), pair(arena, list, value_none()));
    struct text bytes = beside(&shelf, v);
    CHECK(bytes.n < 2 * REFERENCE_BYTES);
    CHECK(value_is(back(&shelf, bytes), v));
    CHECK_INT(shelf.all.n, 1);
    CHECK(shelf.all.at[0].value.items == list.items);
    CHECK(shelf_leaves(v) < SMALL * sizeof(struct value));
    arena_free(arena);
}

static void the_same_value_twice_stands_there_once(void)
{
    given();
    struct value v = numbers(arena, ITEMS), same = numbers(arena, ITEMS);
    struct text first = beside(&shelf, v), again = beside(&shelf, v),
                equal = beside(&shelf, same);
    CHECK(text_is(first, again));
    CHECK(text_is(first, equal));
    CHECK_INT(shelf.all.n, 1);
    arena_free(arena);
}

static void what_is_private_is_another_value_and_stays_private(void)
{
    given();
    struct value v = numbers(arena, ITEMS), hidden = v;
    hidden.is_private = true;
    struct text open = beside(&shelf, v), closed = beside(&shelf, hidden);
    CHECK(!text_is(open, closed));
    CHECK(!back(&shelf, open).is_private);
    CHECK(back(&shelf, closed).is_private);
    arena_free(arena);
}

static void what_stood_there_is_neither_packed_nor_hashed_again(void)
{
    given();
    struct value v = numbers(arena, ITEMS);
    struct digest hash = digest_of(TEXT("a name that only this test gives it"));
    shelf_add(&shelf, &hash, v);
    struct text bytes = beside(&shelf, v);
    CHECK(memcmp(bytes.chars + 1, hash.bytes, sizeof hash.bytes) == 0);
    CHECK(shelf.all.at[0].is_used);
    CHECK_INT(shelf.all.at[0].bytes.n, 0);
    arena_free(arena);
}

static void without_its_value_a_snapshot_is_broken(void)
{
    given();
    struct text bytes = beside(&shelf, numbers(arena, ITEMS));
    struct shelf empty;
    shelf_init(&empty, arena);
    const struct shelf *shelves[] = {&empty, NULL};
    for (size_t i = 0; i < 2; i++) {
        struct cut cut = cut_of(bytes);
        value_unpack_beside(arena, &cut, shelves[i]);
        CHECK(cut.bad);
    }
    arena_free(arena);
}

/* As a store hands it out. */
static struct text bundle_of(const struct shelf *from)
{
    struct buf out;
    buf_init(&out, from->arena);
    for (uint32_t i = 0; i < from->all.n; i++) {
        const struct shelved *one = &from->all.at[i];
        for (int byte = 3; byte >= 0; byte--) {
            if (byte == 3)
                buf_add(&out, one->hash.bytes, sizeof one->hash.bytes);
            buf_u8(&out, (uint8_t)(one->bytes.n >> 8 * byte));
        }
        buf_text(&out, one->bytes);
    }
    return buf_done(&out);
}

static void what_the_store_hands_out_is_what_was_put_there(void)
{
    given();
    struct value v = pair(arena, numbers(arena, ITEMS), numbers(arena, ITEMS / 2));
    struct text bytes = beside(&shelf, v), bundle = bundle_of(&shelf);
    struct shelf read;
    struct err err = {0};
    shelf_init(&read, arena);
    REQUIRE(shelf_read(&read, bundle, &err));
    CHECK_INT(read.all.n, 2);
    CHECK(value_is(back(&read, bytes), v));
    arena_free(arena);
}

static void what_was_changed_or_cut_off_is_broken(void)
{
    given();
    struct err err = {0};
    beside(&shelf, numbers(arena, LIMIT_SHELF_LEAST / sizeof(struct value)));
    struct text bundle = bundle_of(&shelf);
    for (size_t i = 0; i < bundle.n; i++) {
        struct shelf read;
        shelf_init(&read, arena);
        char *changed = text_chars(arena, bundle);
        changed[i] ^= 1;
        CHECK(!shelf_read(&read, (struct text){changed, bundle.n}, &err));
        CHECK(i == 0 || !shelf_read(&read, text_cut(bundle, 0, i), &err));
        CHECK_INT(err.code, ERR_BROKEN);
    }
    arena_free(arena);
}

const struct unit_test suite_shelf[] = {
    TEST(a_small_value_stands_where_it_is),
    TEST(a_large_value_is_a_hash_in_its_place),
    TEST(the_bound_is_what_a_value_takes_in_memory),
    TEST(of_a_record_only_its_large_part_stands_beside),
    TEST(the_same_value_twice_stands_there_once),
    TEST(what_is_private_is_another_value_and_stays_private),
    TEST(what_stood_there_is_neither_packed_nor_hashed_again),
    TEST(without_its_value_a_snapshot_is_broken),
    TEST(what_the_store_hands_out_is_what_was_put_there),
    TEST(what_was_changed_or_cut_off_is_broken),
    {0},
};
