/* What the parts of running a test share; nobody else includes it. */
#ifndef TOOLS_TEST_RUN_IN_H
#define TOOLS_TEST_RUN_IN_H

#include "engine/base/json.h"
#include "engine/core/wire.h"
#include "tools/play.h"
#include "tools/test_run.h"

enum { TOLD_MOMENT_BYTES = 16 }; /* "2026-05-12T15:00" */

struct test_mock {                /* of an operation: the latest `mock` that names it */
    const struct test_step *step; /* NULL: none; answers are made from the type */
    uint32_t at;                  /* which of its answers is next */
    int64_t used;                 /* how often that has been given */
};

struct test_call {
    uint32_t operation;
    struct value args;
};

struct test_flow_mock { /* of a child flow */
    struct text flow;
    struct test_mock mock;
};

struct test_waiting { /* a child whose mock `waits` */
    struct text flow;
    const struct ir *ir; /* of its parent */
    uint32_t child;      /* which of its children */
    struct id parent;
    struct id id;
};

struct test_begun { /* a flow that was run or started */
    struct text flow;
    json_t *args; /* owned by the run */
};

struct test_kin { /* a flow that is played beside */
    struct play *play;
    const struct ir *ir;
};

struct test_word { /* from a parent to a child, or back */
    struct id to;
    struct id from;
    bool is_unwind;
    struct text how; /* CHILD_END */
    json_t *told;    /* owned by the run */
};

struct test_done { /* a record that was undone */
    const struct play *play;
    uint32_t number;
};

struct test_emitted {
    uint32_t event;
    struct value body;
};

struct test_sent { /* an event that nobody has taken yet */
    uint32_t event;
    json_t *body; /* owned by the run */
    struct value value;
    int64_t until; /* it is held */
    uint32_t offered_rev;
    bool was_offered;
    bool is_emitted; /* by a flow that is played, not sent by the test */
    bool begins;     /* an order, of the flow's `starts on` */
    bool is_gone;    /* taken, or held long enough */
};

/* Told what happens while a test is played, of the flow and of those it begins. */
struct test_watch {
    void *context;
    play_seen *seen;
    void (*answers)(void *context, struct play *play, const struct call_order *order,
                    const struct outcome *outcome); /* before what comes of it is seen */
};

struct test_run {
    const struct test_watch *watch; /* NULL: nobody watches */
    struct arena *arena;
    const struct ir *ir;
    const struct compiled_tests *tests;
    const struct compiled_test *test;
    const struct test_step *step; /* the one that is being done */
    const json_t *given;          /* settings of the environment; NULL */
    struct value *settings;
    struct play *play;
    struct test_cover *cover;
    struct value *lets;
    uint32_t lets_n;
    struct test_mock *mocks; /* as many as operations */
    VEC(struct test_call) calls;
    VEC(struct test_emitted) emitted;
    VEC(struct test_sent) sent;
    VEC(struct digest) known; /* of `unique` events */
    VEC(struct text) unheard; /* events that nobody listened for */
    VEC(struct text) told;    /* what happened: a line each, "2026-05-12T15:00 …" */
    VEC(struct test_done) undone_records;
    VEC(uint32_t) undone; /* their operations, in the order they were undone */
    VEC(struct text) undone_flows;
    VEC(struct test_begun) begun;
    VEC(struct test_flow_mock) flow_mocks; /* the latest of a flow counts */
    VEC(struct test_waiting) waiting;      /* oldest first */
    VEC(struct test_kin) kin;
    VEC(struct test_word) words; /* between parents and children */
    uint32_t words_said;
    bool keeps_pauses; /* those of policies pass by `advance` only */
    bool has_failed;
    struct diag diag;
};

/* ---- test_run.c ---- */

/* A test before its first step; `cover` may be NULL where no step is done. */
void test_open(struct test_run *run, struct arena *arena,
               const struct compiled_tests *tests, const struct compiled_test *test,
               const json_t *settings, struct test_cover *cover);
void test_close(struct test_run *run);
/* One step, and what it sets off. False: it does not hold. */
bool test_do(struct test_run *run, const struct test_step *step);
/* Takes note of a decision, of the flow or of a child: a play_seen(). */
void test_seen(void *run, struct play *play, const struct decision *decision);
void test_undone(struct test_run *run, const struct play *play);
/* Which of a mock's answers is due; NULL: they are used up, or there is none. */
const struct test_answer *test_next_answer(struct test_mock *mock);
/* The data of such an answer, a new reference, and how it comes out. */
json_t *test_mocked(struct test_run *run, const struct test_mock *mock,
                    const struct test_answer *answer, struct outcome *outcome);
/* `mock` may be NULL. */
void test_answer_call(struct test_run *run, struct play *play,
                      const struct play_call *call, struct test_mock *mock);
bool test_listens(struct test_run *run, const struct play *play, uint32_t event,
                  struct value value);
bool test_let(struct test_run *run, const struct test_step *step);
enum outcome_kind test_failure_kind(const struct test_answer *answer);
/* A call waits for its next try, which comes by itself. */
bool test_is_pausing(const struct instance *inst);

/* The step does not hold: false. */
bool test_fails(struct test_run *run, const char *format, ...) PRINTF_LIKE(2, 3);
/* The value of a function of the test; false: it has none, and the test has failed. */
bool test_value(struct test_run *run, uint32_t function, struct value *out);
/* The step's fields as a JSON object; NULL: one has no value, and the test has failed. */
json_t *test_fields_json(struct test_run *run, const struct test_fields *fields);

/* ---- test_expect.c ---- */

/* Is what the step expects the case? */
bool test_expect(struct test_run *run, const struct test_step *step);
/* Why `expect EXPR` is not so, in words; empty: it is. */
struct text test_not_so(struct test_run *run, const struct test_step *step);
/* Does it count for `nothing standing`? Kept, harmless and `never undone` ones do not. */
bool test_stands(const struct ir *ir, const struct undo_record *record);
/* "erp.create_order" */
struct text test_operation_name(struct arena *arena, const struct ir *ir,
                                uint32_t operation);
/* How things stand, for whoever must find out why a test fails. */
struct text test_standing(struct test_run *run);

#endif
