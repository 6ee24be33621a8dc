/* Runs the tests of flows: plays the image on virtual time, answers its calls by the
 * test's mocks, and looks whether what is expected is so.
 *
 * Whatever a step of a test sets off runs until nothing moves by itself: calls are
 * answered in the order they were made, and the pauses before another try pass. Time
 * moves for nothing else but `advance`. */
#ifndef TOOLS_TEST_RUN_H
#define TOOLS_TEST_RUN_H

#include <jansson.h>

#include "dsl/diag.h"
#include "dsl/test_plan.h"
#include "tools/test_cover.h"

struct test_verdict {
    bool passed;
    struct diag diag; /* when it has not: where, what was the case instead (the primary
                         mark's label), and what else to know (why) */
};

/* `settings` of the environment, may be NULL. What it reaches is added to `cover`. The
 * verdict is on `arena`. */
struct test_verdict test_run(struct arena *arena, const struct compiled_tests *tests,
                             const struct compiled_test *test, const json_t *settings,
                             struct test_cover *cover);

#endif
