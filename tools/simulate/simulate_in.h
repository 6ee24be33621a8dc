/* What the parts of a simulation share; nobody else includes it. */
#ifndef TOOLS_SIMULATE_SIMULATE_IN_H
#define TOOLS_SIMULATE_SIMULATE_IN_H

#include "tools/prompt.h"
#include "tools/simulate/simulate.h"
#include "tools/test_run_in.h"

struct simulated {     /* one line of a session: a step of a test, or several */
    struct text steps; /* as they were typed, each ended by a newline */
    uint32_t told;     /* how much had happened before it */
};

struct session {
    const struct simulation_start *start;
    struct arena *arena;
    struct sources sources;
    struct text file; /* the flow's, as it was read */
    struct text flow;
    VEC(struct simulated) lines;
    bool is_over;
    /* how it stands: the whole session played from its beginning */
    struct arena *played; /* NULL: not played yet */
    struct compiled *compiled;
    const struct compiled_tests *tests;
    json_t *settings;
    struct test_run run;
    VEC(struct text) possible; /* on `played` */
};

/* ---- session.c ---- */

MUST_USE bool session_open(struct session *session, const struct simulation_start *start,
                           struct err *err);
void session_close(struct session *session);
/* Does `steps` after all that was done; false, after saying why not, leaves all as it
 * was. */
bool session_do(struct session *session, struct text steps);
/* The latest line is taken back; false: there is none. */
bool session_back(struct session *session);
/* `test "NAME" for … { … }` */
struct text session_test(struct session *session, struct text name);
bool session_has_begun(const struct session *session);

/* ---- says.c ---- */

/* One line as it was typed. */
void say_line(struct session *session, struct text line);
/* Fills session->possible. */
void say_possible(struct session *session);
void say_status(struct session *session);

#endif
