/* The beginning of a `migrate from` block: what a newer version must be told about what
 * is under way on an older one. */
#ifndef DSL_DIFF_STUB_H
#define DSL_DIFF_STUB_H

#include "dsl/diff.h"

/* Fills `stub` and `is_told`; `places` says how the states of the old version are called
 * now, where they are the same under another name. */
void diff_stub(struct arena *arena, struct diff *diff, const struct text *places);

/* What a variable begins with in that version, as a flow would write it: its own constant
 * initial value, or the plainest of its type. False: there is none. */
bool diff_initial(struct buf *out, const struct ir *ir, uint32_t slot);

#endif
