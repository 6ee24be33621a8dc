/* Explores a flow: walks its image through everything that the world may do to it, up to
 * so many faults, and looks whether what an `explore` declaration expects is so on every
 * path.
 *
 * What the world may do, and what a fault is, stands at the top of world.c; what two
 * states are taken for one, at the top of state_hash.c; how paths are walked, at the top
 * of search.c. */
#ifndef TOOLS_EXPLORE_EXPLORE_H
#define TOOLS_EXPLORE_EXPLORE_H

#include <jansson.h>

#include "dsl/diag.h"
#include "dsl/test_plan.h"

struct explore_progress {
    uint64_t states; /* different ones so far */
    uint64_t steps;  /* transitions of the flow */
    uint32_t faults; /* paths with up to so many are walked now */
    uint32_t depth;  /* of the path that is walked now */
};

/* Asked now and then; false stops. */
typedef bool explore_watch(void *context, const struct explore_progress *progress);

struct explore_request {
    const struct compiled_tests *tests;
    const struct compiled_test *exploration;
    const json_t *settings; /* of the environment; NULL */
    int64_t faults;         /* instead of what it says; below 0: what it says */
    uint64_t states_max;    /* at most LIMIT_EXPLORE_STATES */
    explore_watch *watch;   /* NULL: nobody */
    void *context;
};

enum explore_verdict {
    EXPLORE_HOLDS,
    EXPLORE_FAILS,      /* `diag`: what does not hold; `story`, `as_test`: how */
    EXPLORE_UNFINISHED, /* `unfinished`: which bound was reached */
    EXPLORE_CANNOT      /* `diag`: it does not even begin */
};

struct explore_result {
    enum explore_verdict verdict;
    uint32_t faults_max; /* what was asked for */
    uint32_t faults;     /* of the counterexample */
    uint64_t states;
    uint64_t walked; /* with those of the walks with fewer faults */
    uint64_t steps;
    uint32_t depth;           /* of the longest path */
    struct diag diag;         /* label: what is the case instead; why: how things stand */
    struct text story;        /* a line a step, each ended by a newline */
    struct text as_test;      /* `test "…" for … { … }` */
    struct text not_walked;   /* flows that it begins: "drop_ship, backorder" */
    const char *unfinished;   /* "so many states as may be kept" */
    uint32_t crowded;         /* the flow's state most of them are in; IR_NONE */
    uint64_t crowd;           /* so many */
    const bool *states_found; /* as many as the image's states */
    uint32_t states_n;
};

/* What it gives is on `arena`. */
struct explore_result explore(struct arena *arena, const struct explore_request *request);

#endif
