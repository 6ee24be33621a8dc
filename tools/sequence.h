/* One test as a sequence diagram: who asked whom for what, in the order in which it
 * happened.
 *
 * A lifeline each for the flow, the flows it begins, its adapters, and the people that
 * are asked; `outside` is where it begins and where events come from. Arrows that put
 * something back are dashed, answers are thin. For Mermaid. */
#ifndef TOOLS_SEQUENCE_H
#define TOOLS_SEQUENCE_H

#include "engine/base/buf.h"
#include "tools/test_run.h"

/* Plays the test. What happened is drawn up to where it does not hold any more. */
struct test_verdict sequence_draw(struct buf *out, struct arena *arena,
                                  const struct compiled_tests *tests,
                                  const struct compiled_test *test,
                                  const json_t *settings);

#endif
