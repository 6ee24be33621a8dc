/* Any operations on any values: a value or a problem, never a crash. The bytes choose the
 * operations, so that the stack holds what they pop; what the values are is left to
 * chance. */
#include "dsl/ir_build.h"
#include "dsl/ir_verify.h"
#include "engine/base/buf.h"
#include "engine/core/eval.h"
#include "tests/fuzz/fuzz.h"

enum { TEMPS = 4, OPERATIONS_MAX = 60 };

bool fuzz_seed(struct arena *arena, uint32_t i, struct text *seed)
{
    enum { SEEDS = 40, SEED_BYTES = 120 };
    if (i >= SEEDS)
        return false;
    char *bytes = arena_alloc(arena, SEED_BYTES);
    uint32_t dice = i + 1;
    for (uint32_t at = 0; at < SEED_BYTES; at++) {
        dice = dice * 1664525 + 1013904223;
        bytes[at] = (char)(dice >> 24);
    }
    *seed = (struct text){bytes, SEED_BYTES};
    return true;
}

static void push_something(struct ir_build *b, uint8_t what)
{
    switch (what % 10) {
    case 0:
        ir_push_int(b, (int8_t)what);
        return;
    case 1:
        ir_push_int(b, INT64_MAX - what % 3);
        return;
    case 2:
        ir_push_decimal(b, "99999999999999999999999999999999999999");
        return;
    case 3:
        ir_push_money(b, "12.50", what & 16 ? "USD" : "EUR");
        return;
    case 4:
        ir_push_text(b, what & 16 ? "a-b-c" : "[a-c-]*");
        return;
    case 5:
        ir_push_none(b);
        return;
    case 6:
        ir_push_bool(b, what & 16);
        return;
    case 7:
        ir_push_duration(b, (int64_t)what << 40);
        return;
    case 8:
        ir_emit(b, IR_NOW, 0, 0);
        return;
    default:
        ir_emit(b, IR_TEMP, what / 10 % TEMPS, 0);
    }
}

struct choice {
    enum ir_op_code code;
    uint32_t pops;
};

/* Operations that take only what is on the stack, and small operands. */
static const struct choice choices[] = {{IR_FIELD, 1},    {IR_FIELD_OR_NONE, 1},
                                        {IR_DATA, 1},     {IR_INDEX, 2},
                                        {IR_NEG, 1},      {IR_NOT, 1},
                                        {IR_ADD, 2},      {IR_SUB, 2},
                                        {IR_MUL, 2},      {IR_DIV, 2},
                                        {IR_EQ, 2},       {IR_NE, 2},
                                        {IR_LT, 2},       {IR_LE, 2},
                                        {IR_GT, 2},       {IR_GE, 2},
                                        {IR_IN, 2},       {IR_IS_CASE, 1},
                                        {IR_WITH, 2},     {IR_LIST, 3},
                                        {IR_MAP, 4},      {IR_APPEND, 1},
                                        {IR_SET_TEMP, 1}, {IR_NEW_ID, 0},
                                        {IR_BUILTIN, 1},  {IR_BUILTIN, 2},
                                        {IR_BUILTIN, 3},  {IR_CONVERT, 1},
                                        {IR_TO_TEXT, 1},  {IR_RECORD, 2}};

static const struct {
    uint32_t fewest;
    uint32_t most;
} builtins[] = {
#define BUILTIN(NAME, name, fewest, most, sentence) {fewest, most},
#include "dsl/ir_builtins.def"
#undef BUILTIN
};

/* The stack's depth after it. */
static uint32_t emit(struct ir_build *b, const struct choice *c, uint8_t with,
                     uint32_t depth)
{
    uint32_t a = with % 3, operand = 0;
    if (c->code == IR_LIST || c->code == IR_MAP)
        operand = c->pops;
    if (c->code == IR_SET_TEMP || c->code == IR_APPEND)
        a = with % TEMPS;
    if (c->code == IR_TO_TEXT)
        operand = with % b->types.n;
    if (c->code == IR_CONVERT) {
        a = with % b->types.n;
        operand = with / 16 % b->types.n;
    }
    if (c->code == IR_RECORD) {
        a = 2;
        operand = b->types.n - 1; /* the pair of chosen() */
    }
    if (c->code == IR_BUILTIN) {
        a = c->pops;
        operand = with % IR_BUILTINS_N;
        if (a < builtins[operand].fewest || a > builtins[operand].most)
            return depth;
    }
    ir_emit(b, c->code, a, operand);
    bool pushes = c->code != IR_SET_TEMP && c->code != IR_APPEND;
    return depth - c->pops + pushes;
}

static uint32_t chosen(struct ir_build *b, const uint8_t *data, size_t n)
{
    uint32_t depth = 0, text = ir_add_simple(b, IR_TYPE_TEXT);
    const struct ir_part pair[] = {{"key", text}, {"value", ir_add_list(b, text)}};
    ir_add_record(b, "Pair", pair, 2);
    uint32_t function = ir_new(b, functions);
    ir_open_block(b, TEMPS);
    for (size_t i = 0; i + 1 < n && i < (size_t)OPERATIONS_MAX * 2; i += 2) {
        const struct choice *c = &choices[data[i] % (sizeof choices / sizeof *choices)];
        if (data[i] < 100 || c->pops > depth) {
            push_something(b, data[i + 1]);
            depth++;
        } else {
            depth = emit(b, c, data[i + 1], depth);
        }
    }
    ir_emit(b, IR_LIST, 0, depth); /* all that is left is the result */
    uint32_t block = ir_close(b);
    b->functions.at[function].name = ir_add_chars(b, "chosen");
    b->functions.at[function].params = TEMPS;
    b->functions.at[function].block = block;
    b->functions.at[function].gives = text;
    return function;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *turn = arena_new("turn", (size_t)128 << 20);
    struct ir_build *b = ir_build_new(turn, "fuzz", 1);
    uint32_t function = chosen(b, data, n);
    struct ir *ir = ir_build_done(b);
    struct err err = {0};
    struct value given[TEMPS] = {0}, out, again;
    struct cut cut = cut_of((struct text){(const char *)data, n});
    for (int i = 0; i < TEMPS && !cut.bad; i++)
        given[i] = value_unpack(turn, &cut);
    if (ir_verify(turn, ir, &err)) {
        struct eval_scope scope = {.ir = ir, .now = 1778598000000000};
        struct eval_problem problem;
        uint32_t block = ir->functions[function].block;
        if (eval_block(turn, &scope, block, given, TEMPS, &out, &problem)) {
            /* What was made can be kept, and is the same the next time. */
            struct buf packed;
            buf_init(&packed, turn);
            value_pack(&packed, value_copy(turn, out));
            cut = cut_of(buf_done(&packed));
            value_unpack(turn, &cut);
            must(cut_ended(&cut));
            must(eval_block(turn, &scope, block, given, TEMPS, &again, &problem));
            must(value_is(out, again));
        } else {
            must(problem.message[0] != '\0' && problem.pc < ir->code_n);
        }
    }
    arena_free(turn);
    return 0;
}
