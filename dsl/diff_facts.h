/* A version as a list of facts, each with what it means: two versions differ in the facts
 * that one of them does not have, or has otherwise. */
#ifndef DSL_DIFF_FACTS_H
#define DSL_DIFF_FACTS_H

#include "dsl/ir_meaning.h"
#include "engine/base/buf.h"
#include "engine/base/vec.h"

struct diff_fact {
    const char *what;
    struct text place; /* as the meaning calls the state */
    struct text name;
    struct digest digest; /* all zero: its being there is all there is to it */
    struct text shown;
};

struct diff_facts {
    VEC(struct diff_fact) all;
};

/* `m` is of `ir`, and calls renamed states by their new names. */
void diff_facts_of(struct arena *arena, const struct ir *ir, struct ir_meaning *m,
                   const struct text *places, struct diff_facts *facts);

#endif
