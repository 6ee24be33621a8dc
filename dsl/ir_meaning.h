/* What parts of an image mean, as digests: the same for two images that do the same,
 * whatever their numbering, lines, comments, and names of what is local.
 *
 * Not part of the meaning: lines, documentation, the names of locals, functions, types
 * and policies, the STEP names of the journal, and `as` names that no `undo x` or `keep
 * x` mentions. Part of it: everything that people and other programs see (outcomes,
 * marks, variables, states, dead letters), and every operation with its limits, keys and
 * undo. */
#ifndef DSL_IR_MEANING_H
#define DSL_IR_MEANING_H

#include "dsl/ir_columns.h"

struct arena;
struct ir_meaning;

struct ir_meaning *ir_meaning_new(struct arena *arena, const struct ir *ir);

/* How a state is called in digests from now on, instead of by its path: so that what
 * leads to a renamed state is as before. */
void ir_meaning_call(struct ir_meaning *m, uint32_t state, struct text name);
/* All states by one name: what does not depend on where it leads. */
void ir_meaning_blur(struct ir_meaning *m, bool yes);
/* Operations by their names wherever they are called: what does not depend on what they
 * are. */
void ir_meaning_by_name(struct ir_meaning *m, bool yes);

/* A row with all that it refers to; IR_NONE is a digest too. */
struct digest ir_meaning_row(struct ir_meaning *m, enum ir_array array, uint32_t row);
struct digest ir_meaning_rows(struct ir_meaning *m, enum ir_array array,
                              struct ir_range rows);
/* A block or a body by the pc of its ENTER; IR_NONE. */
struct digest ir_meaning_code(struct ir_meaning *m, uint32_t pc);
/* A state with its limit, its steps and its handlers, not what lies inside it, and not
 * its own name. */
struct digest ir_meaning_state(struct ir_meaning *m, uint32_t state);
/* The whole flow but its version, and how it takes over older ones. */
struct digest ir_meaning_flow(struct ir_meaning *m);

#endif
