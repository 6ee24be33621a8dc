/* What a flow takes and gives, as one digest: whether a flow that is deployed is the one
 * that another flow runs.
 *
 * It is made of what travels between the two: names and types of the parameters in their
 * order, the type of the result, the declared errors with theirs, and whether there is a
 * key. Names of types, defaults, states and everything inside may differ. */
#ifndef DSL_IR_SIGNATURE_H
#define DSL_IR_SIGNATURE_H

#include "dsl/ir.h"

struct arena;

struct digest ir_signature(struct arena *arena, const struct ir *ir); /* of the flow */
struct digest ir_child_signature(struct arena *arena, const struct ir *ir,
                                 const struct ir_child *child);

#endif
