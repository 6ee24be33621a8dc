/* Is this image one that the engine can run without checking again? */
#ifndef DSL_IR_VERIFY_H
#define DSL_IR_VERIFY_H

#include "dsl/ir.h"
#include "engine/base/err.h"

struct arena;

/* Every index in range, every range inside its array, every jump inside its block or
 * body, stacks of one depth wherever paths meet and no deeper than ENTER says, temps
 * below ENTER's count and set before they are read, blocks ending in RETURN, bodies in
 * END, moving operations only in bodies and with nothing else on the stack, types without
 * cycles except through list, map and optional, states a forest. Run before packing and
 * after unpacking. */
MUST_USE bool ir_verify(struct arena *scratch, const struct ir *ir, struct err *err);

#endif
