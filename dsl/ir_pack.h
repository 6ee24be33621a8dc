/* The image as bytes: packed, versioned, hashed; and back. */
#ifndef DSL_IR_PACK_H
#define DSL_IR_PACK_H

#include "dsl/ir.h"
#include "engine/base/err.h"

struct arena;

/* Verifies first (ir_verify); the same image always gives the same bytes. Sets ir->hash
 * to their SHA-256. */
MUST_USE bool ir_pack(struct arena *arena, struct ir *ir, struct text *packed,
                      struct err *err);

/* The other way: everything is copied onto `program`, and verified. Hostile bytes cost at
 * most LIMIT_IMAGE_BYTES and end in `err` (BROKEN). NULL: refused. */
MUST_USE struct ir *ir_unpack(struct arena *program, struct text packed, struct err *err);

#endif
