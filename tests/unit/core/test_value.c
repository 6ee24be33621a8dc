/* Values: made, compared, copied, packed and read back. */
#include "tests/unit/core/kit.h"

static struct value copy_through_bytes(struct kit *k, struct value v, struct text *bytes)
{
    struct buf out;
    buf_init(&out, k->arena);
    value_pack(&out, v);
    *bytes = buf_done(&out);
    struct cut cut = cut_of(*bytes);
    struct value back = value_unpack(k->arena, &cut);
    CHECK(cut_ended(&cut));
    return back;
}

static void what_is_packed_comes_back_equal(void)
{
    struct kit k = kit_new();
    kit_done(&k);
    static const char *const texts[] = {"none",
                                        "true",
                                        "false",
                                        "0",
                                        "-1",
                                        "9223372036854775807",
                                        "-9223372036854775808",
                                        "1.50",
                                        "-0.00000000000000000000000000000000000001",
                                        "99999999999999999999999999999999999999",
                                        "-99999999999999999999999999999999999999",
                                        "9223372036854775808",
                                        "85070591730234615865843651857942052864",
                                        "-85070591730234615865843651857942052865",
                                        "-18446744073709551616",
                                        "12.50 USD",
                                        "-0.01 EUR",
                                        "'",
                                        "'hällo",
                                        "2026-05-12",
                                        "1969-12-31",
                                        "2026-05-12T10:00:00Z",
                                        "1h30m",
                                        "[]",
                                        "[1, 2, 'x]"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct text bytes, again;
        struct value v = kit_value(&k, texts[i]);
        struct value back = copy_through_bytes(&k, v, &bytes);
        CHECK(value_is(v, back) && v.kind == back.kind);
        CHECK_SAYS(kit_show(&k, back), kit_show(&k, v));
        copy_through_bytes(&k, back, &again);
        CHECK(text_is(bytes, again));
    }
    kit_free(&k);
}

static void records_maps_variants_and_privacy_survive_packing(void)
{
    struct kit k = kit_new();
    kit_done(&k);
    struct value pair[] = {kit_value(&k, "'a"), kit_value(&k, "1")};
    struct value held = value_record(pair, 2), items[4];
    pair[0].is_private = true;
    items[0] = value_variant(7, &held);
    items[1] = value_variant(300, NULL);
    items[2] = value_map(pair, 2);
    items[3] = (struct value){0};
    struct text bytes;
    struct value back = copy_through_bytes(&k, value_record(items, 4), &bytes);
    CHECK(value_is(back, value_record(items, 4)));
    CHECK_INT(back.items[0].tag, 7);
    CHECK_INT(back.items[1].tag, 300);
    CHECK(back.items[2].items[0].is_private && !back.items[2].items[1].is_private);
    CHECK_INT(back.items[3].kind, VALUE_UNSET);
    CHECK_INT(back.scale, 3);
    CHECK(back.weight == value_record(items, 4).weight);
    kit_free(&k);
}

static void bytes_that_are_no_value_are_refused(void)
{
    struct arena *arena = arena_new("test", 1 << 20);
    static const struct text rows[] = {
        {"", 0},
        {"\x10", 1},                     /* no such kind */
        {"\x02\x02", 2},                 /* a truth is 0 or 1 */
        {"\x06\x05xx", 4},               /* a text cut short */
        {"\x0c\xff\xff\xff\xff\x0f", 6}, /* a list longer than its bytes */
        {"\x0d\x01\x01", 3},             /* a map of half a pair */
        {"\x0f\x00\x02\x01\x01", 5},     /* a variant of two */
        {"\x04\x40\x02", 3},             /* 64 places */
        {"\x04\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\xff\xff\xff\xff\xff\xff\xff"
         "\xff"
         "\xff\x01\x01",
         23}, /* more than 38 digits */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cut cut = cut_of(rows[i]);
        value_unpack(arena, &cut);
        CHECK(cut.bad);
    }
    arena_free(arena);
}

static void bytes_nested_without_end_are_refused(void)
{
    struct arena *arena = arena_new("test", 8 << 20);
    char deep[20000];
    for (size_t i = 0; i < sizeof deep; i += 2) {
        deep[i] = VALUE_LIST;
        deep[i + 1] = 1;
    }
    struct cut cut = cut_of((struct text){deep, sizeof deep});
    value_unpack(arena, &cut);
    CHECK(cut.bad);
    arena_free(arena);
}

static void any_bytes_at_all_end_in_a_value_or_a_refusal(void)
{
    uint32_t dice = 12345;
    for (int round = 0; round < 20000; round++) {
        struct arena *arena = arena_new("test", 4 << 20);
        char bytes[64];
        for (size_t i = 0; i < sizeof bytes; i++) {
            dice = dice * 1664525 + 1013904223;
            bytes[i] = (char)((dice >> 24) % (i % 3 == 0 ? 16 : 256));
        }
        struct cut cut = cut_of((struct text){bytes, sizeof bytes});
        struct value v = value_unpack(arena, &cut);
        if (!cut.bad) {
            struct buf out;
            buf_init(&out, arena);
            value_pack(&out, v);
            size_t n = (size_t)((const char *)cut.at - bytes);
            CHECK(text_is(buf_done(&out), (struct text){bytes, n}));
        }
        arena_free(arena);
    }
}

static void a_copy_outlives_its_source(void)
{
    struct arena *source = arena_new("source", 1 << 20);
    struct arena *target = arena_new("target", 1 << 20);
    struct value *items = arena_array(source, struct value, 2);
    items[0] = value_text(text_dup(source, TEXT("hello")));
    struct value *inner = arena_array(source, struct value, 1);
    inner[0] = value_text(text_dup(source, TEXT("there")));
    items[1] = value_list(inner, 1);
    struct value copy = value_copy(target, value_list(items, 2));
    memset(items, 0, 2 * sizeof *items);
    arena_free(source);
    CHECK_TEXT(value_text_of(copy.items[0]), "hello");
    CHECK_TEXT(value_text_of(copy.items[1].items[0]), "there");
    CHECK_INT(copy.scale, 2);
    arena_free(target);
}

static void constants_become_values(void)
{
    struct kit k = kit_new();
    struct ir_const money = {
        .kind = IR_CONST_MONEY, .text = ir_add_chars(k.b, "USD"), .decimal = {1250, 2}};
    uint32_t at = ir_add_const(k.b, money);
    uint32_t days = ir_add_whole(k.b, IR_CONST_WORK_DAYS, 2);
    kit_done(&k);
    CHECK_SAYS(kit_show(&k, value_from_const(k.ir, &k.ir->consts[at])), "12.50 USD");
    CHECK_SAYS(kit_show(&k, value_from_const(k.ir, &k.ir->consts[days])), "P2BD");
    kit_free(&k);
}

static void the_total_order_is_one(void)
{
    struct kit k = kit_new();
    kit_done(&k);
    static const char *const texts[] = {"none",
                                        "false",
                                        "true",
                                        "1",
                                        "1.5",
                                        "2",
                                        "'",
                                        "'a",
                                        "'b",
                                        "2026-05-12",
                                        "1h",
                                        "[]",
                                        "[1, 2]",
                                        "[2]",
                                        "1.00 USD",
                                        "1 EUR",
                                        "2026-05-12T10:00:00Z"};
    size_t n = sizeof texts / sizeof *texts;
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++) {
            struct value x = kit_value(&k, texts[a]), y = kit_value(&k, texts[b]);
            int forth = value_cmp(x, y), back = value_cmp(y, x);
            CHECK((forth < 0) == (back > 0) && (forth == 0) == (back == 0));
            CHECK((forth == 0) == (a == b));
        }
    kit_free(&k);
}

const struct unit_test suite_value[] = {
    TEST(what_is_packed_comes_back_equal),
    TEST(records_maps_variants_and_privacy_survive_packing),
    TEST(bytes_that_are_no_value_are_refused),
    TEST(bytes_nested_without_end_are_refused),
    TEST(any_bytes_at_all_end_in_a_value_or_a_refusal),
    TEST(a_copy_outlives_its_source),
    TEST(constants_become_values),
    TEST(the_total_order_is_one),
    {0},
};
