/* What the parts of the outline share; nobody else includes this. */
#ifndef DSL_OUTLINE_IN_H
#define DSL_OUTLINE_IN_H

#include "dsl/outline.h"
#include "engine/base/arena.h"

/* Where we are while walking the tree. */
struct outlining {
    struct arena *compile;
    struct outline *outline;
    uint32_t place;
    const struct outline_cause *cause;
    bool is_repeated;
};

/* outline_calls.c: everything about a CALL, RUN or START but where it stands. */
void outline_fill_call(struct outlining *o, struct outline_call *call);

/* outline_uses.c: who reads and writes what; the places are there already. */
void outline_fill_uses(struct outlining *o);

#endif
