/* Bytes and back, and bytes that somebody has changed. */
#include "dsl/ir_pack.h"
#include "dsl/ir_text.h"
#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "tests/support/unit.h"
#include "tests/unit/ir/sample.h"

static struct text packed_sample(struct arena *arena)
{
    struct err err = {0};
    struct text packed = {0};
    bool done = ir_pack(arena, sample_image(arena), &packed, &err);
    if (!done)
        fprintf(stderr, "\n    %s\n", err.what);
    REQUIRE(done);
    return packed;
}

static struct text as_text(struct arena *arena, const struct ir *ir)
{
    struct buf out;
    buf_init(&out, arena);
    ir_text_all(&out, ir);
    return buf_done(&out);
}

static void what_is_packed_comes_back(void)
{
    scoped_arena struct arena *arena = arena_new("test", 64 << 20);
    struct text packed = packed_sample(arena);
    struct err err = {0};
    struct ir *ir = ir_unpack(arena, packed, &err);
    REQUIRE(ir != NULL);
    CHECK(text_is(as_text(arena, ir), as_text(arena, sample_image(arena))));
    struct text again;
    REQUIRE(ir_pack(arena, ir, &again, &err));
    CHECK(text_is(again, packed));
}

static void the_same_image_gives_the_same_bytes(void)
{
    scoped_arena struct arena *arena = arena_new("test", 64 << 20);
    CHECK(text_is(packed_sample(arena), packed_sample(arena)));
}

static void the_hash_is_of_the_bytes(void)
{
    scoped_arena struct arena *arena = arena_new("test", 64 << 20);
    struct text packed = packed_sample(arena);
    struct err err = {0};
    struct ir *ir = ir_unpack(arena, packed, &err);
    REQUIRE(ir != NULL);
    struct digest want = digest_of(packed);
    CHECK(digest_is(&ir->hash, &want));
}

static void every_cut_is_refused(void)
{
    scoped_arena struct arena *arena = arena_new("test", 64 << 20);
    scoped_arena struct arena *program = arena_new("program", 64 << 20);
    struct text packed = packed_sample(arena);
    for (size_t n = 0; n < packed.n; n++) {
        struct err err = {0};
        CHECK(ir_unpack(program, text_cut(packed, 0, n), &err) == NULL);
        CHECK_INT(err.code, ERR_BROKEN);
        arena_reset(program);
    }
}

static void every_flipped_bit_is_survived(void)
{
    scoped_arena struct arena *arena = arena_new("test", 64 << 20);
    scoped_arena struct arena *program = arena_new("program", 64 << 20);
    struct text packed = packed_sample(arena);
    char *bytes = arena_copy(arena, packed.chars, packed.n);
    uint32_t refused = 0;
    for (size_t i = 0; i < packed.n * 8; i++) {
        struct err err = {0};
        bytes[i / 8] ^= (char)(1 << i % 8);
        if (ir_unpack(program, (struct text){bytes, packed.n}, &err) == NULL)
            refused++;
        bytes[i / 8] ^= (char)(1 << i % 8);
        arena_reset(program);
    }
    CHECK(refused > packed.n * 2); /* the rest are other texts, lines, numbers */
}

static void more_rows_than_bytes_are_refused(void)
{
    scoped_arena struct arena *arena = arena_new("test", 64 << 20);
    struct buf out;
    buf_init(&out, arena);
    buf_chars(&out, "OIR\x1a");
    buf_u32(&out, IR_FORMAT);
    for (int i = 0; i < IR_ARRAY_FLOW; i++)
        buf_u32(&out, UINT32_MAX);
    struct err err = {0};
    CHECK(ir_unpack(arena, buf_done(&out), &err) == NULL);
    CHECK_INT(err.code, ERR_BROKEN);
}

static void another_format_is_refused_with_what_to_do(void)
{
    scoped_arena struct arena *arena = arena_new("test", 64 << 20);
    struct text packed = packed_sample(arena);
    char *bytes = arena_copy(arena, packed.chars, packed.n);
    bytes[4] = IR_FORMAT + 1;
    struct err err = {0};
    CHECK(ir_unpack(arena, (struct text){bytes, packed.n}, &err) == NULL);
    CHECK_TEXT(text_of(err.hint), "deploy the flow again");
}

const struct unit_test suite_ir_pack[] = {
    TEST(what_is_packed_comes_back),
    TEST(the_same_image_gives_the_same_bytes),
    TEST(the_hash_is_of_the_bytes),
    TEST(every_cut_is_refused),
    TEST(every_flipped_bit_is_survived),
    TEST(more_rows_than_bytes_are_refused),
    TEST(another_format_is_refused_with_what_to_do),
    {0},
};
