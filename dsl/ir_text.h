/* The image as text that reads like assembler: `flowc dump ir`. */
#ifndef DSL_IR_TEXT_H
#define DSL_IR_TEXT_H

#include "dsl/ir.h"
#include "engine/base/buf.h"

void ir_text_all(struct buf *out, const struct ir *ir);
/* A type by its name, or by what it is made of; IR_NONE says nothing. */
void ir_text_type(struct buf *out, const struct ir *ir, uint32_t type);
/* A block that only gives a constant, as a flow would write it; false: it computes. */
bool ir_text_const(struct buf *out, const struct ir *ir, uint32_t pc); /* at a CONST */
bool ir_text_block(struct buf *out, const struct ir *ir, uint32_t block);

#endif
