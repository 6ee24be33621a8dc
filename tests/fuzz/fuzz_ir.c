/* Packed images from anybody: refused, or sound, and packed again to the same bytes. */
#include "dsl/ir_pack.h"
#include "dsl/ir_text.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/ir/sample.h"

bool fuzz_seed(struct arena *arena, uint32_t i, struct text *seed)
{
    struct err err = {0};
    return i == 0 && ir_pack(arena, sample_image(arena), seed, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct err err = {0};
    struct text packed = {(const char *)data, n}, again;
    struct arena *program = arena_new("program", (size_t)256 << 20);
    struct ir *ir = ir_unpack(program, packed, &err);
    must((ir == NULL) == (err.code != ERR_OK));
    if (ir != NULL) {
        struct buf out;
        buf_init(&out, program);
        ir_text_all(&out, ir);
        must(ir_pack(program, ir, &again, &err));
        must(text_is(packed, again));
    }
    arena_free(program);
    return 0;
}
