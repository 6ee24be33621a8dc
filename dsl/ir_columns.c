/* The tables behind "every row is a list of columns". */
#include "dsl/ir_columns.h"

#include "engine/base/must.h"

#define ROW_OF(array) __typeof__(*((struct ir *)0)->array)

static const struct ir_column columns[] = {
#define COLUMN(array, field, kind, of)                                                   \
    {#field, IR_COLUMN_##kind, (of), offsetof(ROW_OF(array), field)},
#define FLOW_COLUMN(field, kind, of)                                                     \
    {#field, IR_COLUMN_##kind, (of), offsetof(struct ir_flow, field)},
#include "dsl/ir_columns.def"
#undef COLUMN
#undef FLOW_COLUMN
};

static const enum ir_array column_arrays[] = {
#define COLUMN(array, field, kind, of) IR_ARRAY_##array,
#define FLOW_COLUMN(field, kind, of)   IR_ARRAY_FLOW,
#include "dsl/ir_columns.def"
#undef COLUMN
#undef FLOW_COLUMN
};

static const struct {
    const char *name;
    size_t row_bytes;
    size_t rows;
    size_t n;
} arrays[] = {
#define IR_ARRAY(type, name)                                                             \
    {#name, sizeof(type), offsetof(struct ir, name), offsetof(struct ir, name##_n)},
    IR_ARRAYS(IR_ARRAY)
#undef IR_ARRAY
        {"flow", sizeof(struct ir_flow), 0, 0}};

struct ir_columns ir_columns_of(enum ir_array array)
{
    const uint32_t all = sizeof columns / sizeof *columns;
    uint32_t first = 0, n = 0;
    while (first < all && column_arrays[first] != array)
        first++;
    while (first + n < all && column_arrays[first + n] == array)
        n++;
    return (struct ir_columns){columns + first, n};
}

const char *ir_array_name(enum ir_array array)
{
    return arrays[array].name;
}

size_t ir_array_row_bytes(enum ir_array array)
{
    return arrays[array].row_bytes;
}

void *ir_array_rows(const struct ir *ir, enum ir_array array, uint32_t *n)
{
    char *base = (char *)(uintptr_t)ir;
    if (array == IR_ARRAY_FLOW) {
        *n = 1;
        return base + offsetof(struct ir, flow);
    }
    *n = *(uint32_t *)(void *)(base + arrays[array].n);
    void *rows;
    memcpy(&rows, base + arrays[array].rows, sizeof rows);
    return rows;
}

void ir_array_set(struct ir *ir, enum ir_array array, void *rows, uint32_t n)
{
    must(array != IR_ARRAY_FLOW);
    memcpy((char *)ir + arrays[array].rows, &rows, sizeof rows);
    memcpy((char *)ir + arrays[array].n, &n, sizeof n);
}

bool ir_column_is_optional(enum ir_column_kind kind)
{
    return kind == IR_COLUMN_MAYBE || kind == IR_COLUMN_MAYBE_BLOCK ||
           kind == IR_COLUMN_MAYBE_BODY || kind == IR_COLUMN_MAYBE_SPOT ||
           kind == IR_COLUMN_MAYBE_PLACE;
}

bool ir_column_is_code(enum ir_column_kind kind)
{
    return kind >= IR_COLUMN_BLOCK && kind <= IR_COLUMN_MAYBE_SPOT;
}

bool ir_op_has_target(uint16_t code)
{
    return code == IR_JUMP || code == IR_JUMP_FALSE || code == IR_JUMP_PRESENT ||
           code == IR_NEXT || code == IR_EACH || code == IR_WAIT_UNTIL;
}

bool ir_op_leaves(uint16_t code)
{
    return code == IR_JUMP || code == IR_RETURN || code == IR_FAIL || code == IR_GO_TO ||
           code == IR_RETRY || code == IR_STAY || code == IR_END;
}

bool ir_op_moves(uint16_t code)
{
    return code > IR_RETURN;
}

const char *const ir_op_names[] = {
#define OP(name, pops, pushes, operands, sentence) #name,
#include "dsl/ir.def"
#undef OP
};
