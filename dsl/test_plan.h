/* What the `test` and `explore` declarations of a flow come to: steps over an image that
 * was made for them.
 *
 * That image is the flow's own with more in it: each expression of a test is a function
 * of the image, whose parameters are the `let`s said before it, in order. It may read the
 * flow's places, as no other function does. Images that are deployed are made without. */
#ifndef DSL_TEST_PLAN_H
#define DSL_TEST_PLAN_H

#include "dsl/diag.h"
#include "dsl/ir.h"

enum test_step_kind {
    TEST_LET,     /* value */
    TEST_MOCK,    /* what: an operation. answers */
    TEST_START,   /* fields: the flow's parameters */
    TEST_SEND,    /* what: an event. fields */
    TEST_ANSWER,  /* role, name: the outcome. fields: the form */
    TEST_ADVANCE, /* value: a duration */
    TEST_PAUSES,  /* from here on those of policies pass by `advance` only */
    TEST_CANCEL,
    TEST_EXPECT_STATE,    /* what: a state; IR_NONE: it has failed */
    TEST_EXPECT_CALLED,   /* what: an operation. times. fields */
    TEST_EXPECT_UNDONE,   /* what: an operation. times */
    TEST_EXPECT_EMITTED,  /* what: an event. fields */
    TEST_EXPECT_MARK,     /* name. value: the limit, or IR_NONE; is_moment: `by` */
    TEST_EXPECT_STANDING, /* nothing is standing */
    TEST_EXPECT, /* value: whether it holds. fields: both sides of what it compares */
    /* of explorations only */
    TEST_ALLOW_FAILURES,
    TEST_ALLOW_LATENESS,
    TEST_ALLOW,        /* what: an event. fields */
    TEST_FAULTS,       /* times: at most */
    TEST_EXPECT_AT,    /* what: a state; IR_NONE: it has failed. value: what holds there;
                          IR_NONE: nothing is standing. fields: both sides */
    TEST_EXPECT_FINAL, /* finals: no others */
    TEST_EXPECT_NO_LETTER /* nothing is parked */
};

enum { TEST_TIMES_UNSAID = -1 }; /* at least once */

struct test_field {
    struct text name;
    uint32_t position; /* in its record */
    uint32_t value;    /* function */
};

struct test_fields {
    struct test_field *at;
    uint32_t n;
};

struct test_answer { /* of a mock: gives X, succeeds, fails E (…), waits */
    bool fails;
    bool waits; /* a flow: it is under way, until a later mock of it says how it ends */
    struct span span;
    uint32_t value;   /* gives: function; IR_NONE: one made from the type */
    struct text name; /* fails: the error */
    uint32_t record;  /* fails: type of its parameters; IR_NONE: a built-in one */
    struct test_fields fields; /* fails: those that are said */
    int64_t times;             /* 0: from then on; only the last one */
};

struct test_step {
    enum test_step_kind kind;
    struct span span;
    struct text name;
    struct text role;
    uint32_t what;
    struct text flow; /* MOCK, CALLED, UNDONE: of a child flow instead; else empty */
    uint32_t value;   /* function; IR_NONE */
    bool is_moment;
    int64_t times;
    struct test_fields fields;
    struct test_answer *answers;
    uint32_t answers_n;
    uint32_t *finals; /* states; IR_NONE: `failed` */
    uint32_t finals_n;
};

struct compiled_test {
    struct text name;
    struct span span; /* of its name */
    uint32_t lets;    /* how many it has */
    struct test_step *steps;
    uint32_t steps_n;
};

/* A flow, and the tests and explorations that are for it. */
struct compiled_tests {
    struct ir *image;
    const struct ir *
        *children; /* of every flow that it runs or starts, and they in turn */
    uint32_t children_n;
    struct compiled_test *tests;
    uint32_t tests_n;
    struct compiled_test *explorations;
    uint32_t explorations_n;
};

#endif
