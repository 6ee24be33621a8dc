/* The rows of an image as data: which fields a row has, and what each may be. For those
 * who treat all rows alike: ir_build, ir_pack, ir_verify. */
#ifndef DSL_IR_COLUMNS_H
#define DSL_IR_COLUMNS_H

#include <stddef.h>

#include "dsl/ir.h"

enum ir_array {
#define IR_ARRAY(type, name) IR_ARRAY_##name,
    IR_ARRAYS(IR_ARRAY)
#undef IR_ARRAY
        IR_ARRAY_FLOW, /* not an array: the one struct ir_flow */
    IR_ARRAYS_N
};

enum ir_column_kind {
    IR_COLUMN_NUMBER,  /* below `of`; 0: any */
    IR_COLUMN_NUMBERS, /* a range that only its row's kind explains */
    IR_COLUMN_WHOLE,   /* int64_t */
    IR_COLUMN_YES,     /* bool */
    IR_COLUMN_EXACT,   /* struct decimal */
    IR_COLUMN_INDEX,   /* into the array `of` */
    IR_COLUMN_MAYBE,   /* the same, or IR_NONE; so with each MAYBE */
    IR_COLUMN_RANGE,   /* of the array `of` */
    IR_COLUMN_BLOCK,   /* pc of its ENTER */
    IR_COLUMN_MAYBE_BLOCK,
    IR_COLUMN_BODY, /* pc of its ENTER */
    IR_COLUMN_MAYBE_BODY,
    IR_COLUMN_SPOT, /* a pc inside a body */
    IR_COLUMN_MAYBE_SPOT,
    IR_COLUMN_SPOTS, /* a range of positions, each the ENTER of a body */
    IR_COLUMN_PLACE, /* a slot or a frame slot */
    IR_COLUMN_MAYBE_PLACE
};

struct ir_column {
    const char *name;
    enum ir_array array;
    enum ir_column_kind kind;
    uint32_t of; /* an enum ir_array, or the bound of a number */
    size_t offset;
};

struct ir_columns {
    const struct ir_column *at;
    uint32_t n;
};

/* Of rows made of fields; texts, code, lines, error_uses and positions have none. */
struct ir_columns ir_columns_of(enum ir_array array);

const char *ir_array_name(enum ir_array array);
size_t ir_array_row_bytes(enum ir_array array);

/* The rows of an array of an image, and how many; for IR_ARRAY_FLOW the one flow. */
void *ir_array_rows(const struct ir *ir, enum ir_array array, uint32_t *n);
void ir_array_set(struct ir *ir, enum ir_array array, void *rows, uint32_t n);

/* The field of a row; the caller knows which by the column's kind. */
static inline uint32_t *ir_column_u32(const struct ir_column *column, void *row)
{
    return (uint32_t *)(void *)((char *)row + column->offset);
}

/* May the column hold IR_NONE, and is it a reference into code? */
bool ir_column_is_optional(enum ir_column_kind kind);
bool ir_column_is_code(enum ir_column_kind kind);

/* Is `b` of an operation a pc: a jump's target, a block? */
bool ir_op_has_target(uint16_t code);
/* Does it never go on behind itself? */
bool ir_op_leaves(uint16_t code);
/* Does it move the flow: may it stand only in a body? */
bool ir_op_moves(uint16_t code);

extern const char *const ir_op_names[]; /* "ADD" */

#endif
