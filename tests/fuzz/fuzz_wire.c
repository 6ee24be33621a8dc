/* Data from anybody against every kind of type: refused with a reason, or read, written,
 * and read again as the same. The first byte chooses the type. */
#include "dsl/ir_build.h"
#include "engine/base/json.h"
#include "engine/core/wire.h"
#include "tests/fuzz/fuzz.h"

static const char *const seeds[] = {
    "0\"text\"",
    "1true",
    "2-12",
    "3\"12.50\"",
    "4{\"amount\":\"12.50\",\"currency\":\"USD\"}",
    "5\"2026-05-12\"",
    "6\"2026-05-12T10:00:00.5Z\"",
    "7\"PT1H30M\"",
    "8\"P2BD\"",
    "9[\"a\",\"b\"]",
    ":{\"b\":1,\"a\":2}",
    ";null",
    "<{\"drop\":{\"to\":\"x\"}}",
    "<\"plain\"",
    "={\"t\":\"x\",\"m\":{\"amount\":\"1\",\"currency\":\"USD\"},\"l\":[{\"drop\":{"
    "\"to\":\"x\"}}"
    ",\"plain\"],\"q\":7}",
    ">[[],[[]]]",
    "?{\"any\":[1,2.5]}",
};

bool fuzz_seed(struct arena *arena, uint32_t i, struct text *seed)
{
    (void)arena;
    if (i >= sizeof seeds / sizeof *seeds)
        return false;
    *seed = text_of(seeds[i]);
    return true;
}

enum { TYPES = 16 };

static uint32_t small_int(struct ir_build *b)
{
    struct ir_type type = ir_type_of_kind(IR_TYPE_INT);
    ir_open_block(b, 1);
    ir_emit(b, IR_TEMP, 0, 0);
    ir_push_int(b, 5);
    ir_emit(b, IR_GE, 0, 0);
    type.refined = ir_close(b);
    return ir_add_type(b, type);
}

static uint32_t tree(struct ir_build *b)
{
    uint32_t type = ir_new(b, types);
    b->types.at[type] = ir_type_of_kind(IR_TYPE_LIST);
    b->types.at[type].of = type;
    return type;
}

static struct ir *image(struct arena *arena, uint32_t types[TYPES])
{
    struct ir_build *b = ir_build_new(arena, "fuzz", 1);
    uint32_t n = 0;
    for (uint32_t kind = IR_TYPE_TEXT; kind <= IR_TYPE_WORKDAYS; kind++)
        types[n++] = ir_add_simple(b, (enum ir_type_kind)kind);
    uint32_t text = types[0], whole = types[2], money = types[4];
    const struct ir_part to[] = {{"to", text}};
    const struct ir_part cases[] = {{"plain", IR_NONE},
                                    {"drop", ir_add_record(b, NULL, to, 1)}};
    uint32_t variant = ir_add_variant(b, "V", cases, 2);
    const struct ir_part parts[] = {{"t", text},
                                    {"m", money},
                                    {"l", ir_add_list(b, variant)},
                                    {"o", ir_add_optional(b, whole)},
                                    {"q", small_int(b)}};
    types[n++] = ir_add_list(b, text);
    types[n++] = ir_add_map(b, text, whole);
    types[n++] = ir_add_optional(b, whole);
    types[n++] = variant;
    types[n++] = ir_add_record(b, "R", parts, 5);
    types[n++] = tree(b);
    types[n++] = ir_add_simple(b, IR_TYPE_JSON);
    must(n == TYPES);
    return ir_build_done(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint32_t types[TYPES];
    struct err err = {0};
    if (n == 0)
        return 0;
    scoped_json json_t *json =
        json_read((struct text){(const char *)data + 1, n - 1}, &err);
    if (json == NULL)
        return 0;
    struct arena *turn = arena_new("turn", (size_t)128 << 20);
    struct eval_scope scope = {.ir = image(turn, types)};
    uint32_t type = types[data[0] % TYPES];
    struct value v, again;
    if (wire_read(turn, &scope, type, json, WIRE_REFUSE_UNKNOWN, &v, &err)) {
        scoped_json json_t *out = wire_write(scope.ir, type, v, WIRE_SHOW_PRIVATE);
        must(wire_read(turn, &scope, type, out, WIRE_REFUSE_UNKNOWN, &again, &err));
        must(value_is(v, again));
    } else {
        must(err.code == ERR_BAD_DATA && err.what[0] != '\0');
    }
    arena_free(turn);
    return 0;
}
