/* How a tested flow begins without `start`: by an event that is sent, or because a moment
 * has come. A test plays one order: what would begin another one is told, and not played.
 */
#ifndef TOOLS_TEST_BEGINS_H
#define TOOLS_TEST_BEGINS_H

#include "engine/core/begins.h"
#include "tools/test_run_in.h"

/* An event that was sent begins the flow, or another order of it. False: the test fails.
 */
bool test_begins_by(struct test_run *run, struct test_sent *sent);
/* When the flow begins by itself, if it has not begun; 0: never. */
int64_t test_begins_at(const struct test_run *run);
/* That moment has come. False: the test fails. */
bool test_begins_now(struct test_run *run);

#endif
