/* From checked nodes to the image, and from a binding file to the document that is
 * deployed. */
#ifndef DSL_LOWER_H
#define DSL_LOWER_H

#include "dsl/check.h"
#include "dsl/ir.h"
#include "dsl/test_plan.h"

/* The image of one flow, not yet verified or packed. What cannot be executed yet is said
 * as F0991 in program->diags; then NULL. */
struct ir *lower_flow(struct program *program, const struct module *module,
                      const struct node *flow);

/* The same for testing: with the expressions of those NODE_TESTs in it, and what they do
 * in `tests`. */
struct ir *lower_tests(struct program *program, const struct module *module,
                       const struct node *flow, struct compiled_tests *tests,
                       const struct node *const *nodes, uint32_t nodes_n);

/* The deployed environment as one JSON document; empty after errors, which are in
 * program->diags. */
struct text bind_environment(struct program *program, const struct module *module,
                             const struct node *environment);

#endif
