/* What is written is read back; what was not written so is refused. */
#include "engine/base/buf.h"

#include "engine/base/arena.h"
#include "tests/support/unit.h"

static void text_grows_as_it_comes(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct buf buf;
    buf_init(&buf, arena);
    CHECK_TEXT(buf_done(&buf), "");
    buf_chars(&buf, "a");
    buf_text(&buf, TEXT("bc"));
    buf_text(&buf, (struct text){0});
    buf_char(&buf, '-');
    buf_printf(&buf, "%s=%d", "k", 12);
    CHECK_TEXT(buf_done(&buf), "abc-k=12");
    CHECK(buf_done(&buf).chars[8] == '\0');
}

static void digits_are_as_printed(void)
{
    static const uint64_t numbers[] = {0, 9, 10, 99, 4294967295, UINT64_MAX};
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct buf digits;
        buf_init(&digits, arena);
        buf_digits(&digits, numbers[i]);
        CHECK_TEXT(buf_done(&digits),
                   arena_printf(arena, "%llu", (unsigned long long)numbers[i]));
    }
}

static void long_prints_are_whole_at_every_fill(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 22);
    for (int fill = 0; fill < 200; fill++) {
        struct buf buf;
        buf_init(&buf, arena);
        for (int i = 0; i < fill; i++)
            buf_char(&buf, '.');
        buf_printf(&buf, "%0100d", 7);
        struct text out = buf_done(&buf);
        CHECK_INT(out.n, fill + 100);
        CHECK(text_ends(out, TEXT("07")));
        CHECK(out.chars[out.n] == '\0');
    }
}

static void two_buffers_on_one_arena_do_not_meet(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct buf a, b;
    buf_init(&a, arena);
    buf_init(&b, arena);
    for (int i = 0; i < 1000; i++) {
        buf_char(&a, 'a');
        buf_char(&b, 'b');
    }
    struct text as = buf_done(&a), bs = buf_done(&b);
    CHECK_INT(as.n, 1000);
    CHECK_INT(bs.n, 1000);
    for (size_t i = 0; i < 1000; i++)
        REQUIRE(as.chars[i] == 'a' && bs.chars[i] == 'b');
}

static void numbers_come_back(void)
{
    static const uint64_t numbers[] = {0,    1,         127,        128,
                                       300,  16383,     16384,      UINT32_MAX,
                                       1e10, INT64_MAX, UINT64_MAX, UINT64_MAX - 1};
    enum { N = sizeof numbers / sizeof *numbers };
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct buf buf;
    buf_init(&buf, arena);
    for (size_t i = 0; i < N; i++) {
        buf_u64(&buf, numbers[i]);
        buf_i64(&buf, (int64_t)numbers[i]);
        buf_i64(&buf, -(int64_t)(numbers[i] >> 1));
        buf_u32(&buf, (uint32_t)numbers[i]);
        buf_u8(&buf, (uint8_t)numbers[i]);
        buf_bytes(&buf, TEXT("x\0y"));
    }
    buf_i64(&buf, INT64_MIN);
    struct cut cut = cut_of(buf_done(&buf));
    for (size_t i = 0; i < N; i++) {
        CHECK(cut_u64(&cut) == numbers[i]);
        CHECK(cut_i64(&cut) == (int64_t)numbers[i]);
        CHECK(cut_i64(&cut) == -(int64_t)(numbers[i] >> 1));
        CHECK(cut_u32(&cut) == (uint32_t)numbers[i]);
        CHECK(cut_u8(&cut) == (uint8_t)numbers[i]);
        CHECK(text_is(cut_bytes(&cut), (struct text){"x\0y", 3}));
    }
    CHECK(!cut_ended(&cut));
    CHECK(cut_i64(&cut) == INT64_MIN);
    CHECK(cut_ended(&cut));
}

static void small_numbers_are_small(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct buf buf;
    buf_init(&buf, arena);
    buf_u64(&buf, 127);
    CHECK_INT(buf.n, 1);
    buf_u64(&buf, 128);
    CHECK_INT(buf.n, 3);
    buf_i64(&buf, -64);
    CHECK_INT(buf.n, 4);
}

static void check_bad_u64(struct text bytes)
{
    struct cut cut = cut_of(bytes);
    CHECK(cut_u64(&cut) == 0);
    CHECK(cut.bad);
    CHECK(!cut_ended(&cut));
}

static void a_number_has_one_form(void)
{
    check_bad_u64(TEXT(""));
    check_bad_u64(TEXT("\x80"));
    check_bad_u64((struct text){"\x80\x00", 2});
    check_bad_u64((struct text){"\xff\x80\x00", 3});
    check_bad_u64(TEXT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"));
    check_bad_u64(TEXT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
    struct cut cut = cut_of(TEXT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
    CHECK(cut_u64(&cut) == UINT64_MAX);
    cut = cut_of(TEXT("\xff\xff\xff\xff\x0f"));
    CHECK(cut_u32(&cut) == UINT32_MAX);
    CHECK(cut_ended(&cut));
    cut = cut_of(TEXT("\x80\x80\x80\x80\x10"));
    CHECK(cut_u32(&cut) == 0 && cut.bad);
}

static void a_length_beyond_the_end_is_refused(void)
{
    struct cut cut = cut_of(TEXT("\x03"
                                 "abc"));
    CHECK_TEXT(cut_bytes(&cut), "abc");
    CHECK(cut_ended(&cut));
    cut = cut_of(TEXT("\x04"
                      "abc"));
    CHECK_INT(cut_bytes(&cut).n, 0);
    CHECK(cut.bad);
    cut = cut_of(TEXT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                      "abc"));
    CHECK_INT(cut_bytes(&cut).n, 0);
    CHECK(cut.bad);
}

static void once_bad_everything_reads_as_zero(void)
{
    struct cut cut = cut_of(TEXT("\x80"));
    cut_u64(&cut);
    cut.at = (const uint8_t *)"\x05";
    cut.end = cut.at + 1;
    CHECK_INT(cut_u8(&cut), 0);
    CHECK_INT(cut_u64(&cut), 0);
    CHECK_INT(cut_i64(&cut), 0);
    CHECK_INT(cut_bytes(&cut).n, 0);
    CHECK(!cut_ended(&cut));
}

static void an_empty_source_is_at_its_end(void)
{
    struct cut cut = cut_of((struct text){0});
    CHECK(cut_ended(&cut));
    CHECK_INT(cut_u8(&cut), 0);
    CHECK(cut.bad);
}

const struct unit_test suite_buf[] = {
    TEST(text_grows_as_it_comes),
    TEST(digits_are_as_printed),
    TEST(long_prints_are_whole_at_every_fill),
    TEST(two_buffers_on_one_arena_do_not_meet),
    TEST(numbers_come_back),
    TEST(small_numbers_are_small),
    TEST(a_number_has_one_form),
    TEST(a_length_beyond_the_end_is_refused),
    TEST(once_bad_everything_reads_as_zero),
    TEST(an_empty_source_is_at_its_end),
    {0},
};
