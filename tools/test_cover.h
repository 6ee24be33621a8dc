/* What the tests of a flow have reached: states, handlers, ways out of steps, undos. */
#ifndef TOOLS_TEST_COVER_H
#define TOOLS_TEST_COVER_H

#include "engine/base/buf.h"
#include "engine/core/decision.h"

struct test_cover {
    struct arena *arena;
    const struct ir *ir;
    bool *states;
    bool *handlers;
    bool *ways;  /* as many as ir->whens */
    bool *undos; /* as many as ir->sites: a record of that call has been undone */
};

struct test_cover *test_cover_new(struct arena *arena, const struct ir *ir);

/* Adds what a decision went through. */
void test_cover_add(struct test_cover *cover, const struct decision *decision);
/* A way out that was taken: the first of that name. */
void test_cover_way(struct test_cover *cover, struct ir_range whens, struct text name);

/* "order_to_cash: states 7/12, …"; with `missed`, a line for each kind with what was
 * never reached. */
void test_cover_print(struct buf *out, const struct test_cover *cover, bool missed);

#endif
