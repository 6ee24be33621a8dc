/* Texts in, images and diagnostics out: what tests of lowering begin with. */
#ifndef TESTS_UNIT_LOWER_COMPILED_H
#define TESTS_UNIT_LOWER_COMPILED_H

#include "dsl/compile.h"

struct catalog;

/* One flow file. */
struct compiled *compiled_flow(struct arena *arena, const char *text);
/* A flow file "t.flow" and a binding file "t.bind". */
struct compiled *compiled_bound(struct arena *arena, const char *flow, const char *bind,
                                const struct catalog *catalog);

/* The image of the only flow; NULL after errors, which are printed. */
struct ir *compiled_image(const struct compiled *compiled);
/* "F0508 12, F0603 3": codes and lines of what is not a lint. */
struct text compiled_says(struct arena *arena, const struct compiled *compiled);

/* Where, from `from` on, an operation stands; IR_NONE: nowhere. */
uint32_t compiled_op(const struct ir *ir, enum ir_op_code code, uint32_t from);
/* Where a text stands in the image's; IR_NONE. */
uint32_t compiled_text(const struct ir *ir, const char *chars);

#endif
