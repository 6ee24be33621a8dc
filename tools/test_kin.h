/* The flows that a tested flow runs and starts, played on its clock. Calls of children
 * count as the tested flow's own. */
#ifndef TOOLS_TEST_KIN_H
#define TOOLS_TEST_KIN_H

#include "tools/test_run_in.h"

void test_kin_mock(struct test_run *run, const struct test_step *step);
/* What a decision of `play` means for its parent and children. */
void test_kin_follow(struct test_run *run, struct play *play, const struct decision *d);
/* What a decision of a child is to the test. */
void test_kin_seen(struct test_run *run, struct play *play, const struct decision *d);
/* A word is said, or a call of a child answered: true. */
bool test_kin_moves(struct test_run *run);
/* Offers an event to the children; whether one took it. */
bool test_kin_offer(struct test_run *run, const struct test_sent *sent);
/* Rises with every move of the flow or of a child. */
uint32_t test_kin_rev(const struct test_run *run);

/* Of the flow and its children: when the first of them wakes, is one pausing, and time.
 */
int64_t test_kin_wake_at(const struct test_run *run);
bool test_kin_is_pausing(const struct test_run *run);
void test_kin_advance(struct test_run *run, int64_t until);
void test_kin_close(struct test_run *run);

/* What the end of a child that is not played tells its parent, by the answer of its mock
 * (NULL: it succeeds); `data`, which becomes part of it: what the answer gives, or the
 * error has; NULL: made from the type. */
json_t *test_child_told(struct arena *arena, const struct ir *ir, uint32_t child,
                        const struct test_answer *answer, json_t *data, struct text *how);

#endif
