/* The image as text that reads like assembler: `flowc dump ir`. */
#ifndef DSL_IR_TEXT_H
#define DSL_IR_TEXT_H

#include "dsl/ir.h"
#include "engine/base/buf.h"

void ir_text_all(struct buf *out, const struct ir *ir);

#endif
