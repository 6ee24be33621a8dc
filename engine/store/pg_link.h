/* One connection to PostgreSQL on the loop: statements prepared when they are first asked
 * for, sent in a pipeline, one transaction a job. */
#ifndef ENGINE_STORE_PG_LINK_H
#define ENGINE_STORE_PG_LINK_H

#include <event2/event.h>

#include "engine/base/err.h"
#include "engine/store/pg_wire.h"

enum pg_statement {
#define SQL(file, name, text) PG_##name,
#include "engine/store/statements.inc"
#undef SQL
    PG_STATEMENTS
};

const char *pg_statement_name(enum pg_statement statement);
const char *pg_statement_text(enum pg_statement statement);

enum { PG_JOB_STATEMENTS = 16 };

/* What is asked together: all of it happens, or nothing. The job's arena holds its
 * parameters, and whatever its maker hangs on it; all is freed after `done`. */
struct pg_job {
    struct arena *arena;
    void (*done)(struct pg_job *job);
    void *self;          /* the maker's */
    void (*reply)(void); /* the caller's `done`, in its own type, */
    void *reply_to;      /* and its owner */
    bool prepares;       /* it goes behind statements that were new to the connection */
    uint32_t n;
    enum pg_statement statements[PG_JOB_STATEMENTS];
    struct pg_params *params[PG_JOB_STATEMENTS];
    PGresult *results[PG_JOB_STATEMENTS]; /* NULL: it did not come to it */
    struct err err;                       /* code ERR_OK: all of it is committed */
    char sqlstate[6];     /* of the first that failed; "" for a lost connection */
    struct text detail;   /* its DETAIL, on the arena */
    uint64_t incarnation; /* of the node, when it was asked */
    uint32_t fence;       /* mask of the shards that must be ours */
    struct pg_job *next;
    int64_t deadline;
};

struct pg_link;

/* The newest timeline of the server that was seen. A server on an older one has been the
 * primary before another took over: it is not used, and that is said once. */
struct pg_timeline {
    uint32_t newest;
    bool is_told;
};

struct pg_link_config {
    struct event_base *base;
    const char *role; /* "lane", for application_name and messages */
    const char *conninfo;
    int64_t deadline;             /* µs a job may take */
    struct pg_timeline *timeline; /* of all connections to it */
    void *owner;
    void (*ready)(void *owner, struct pg_link *link);
    /* It is gone: called once, from the loop; nothing is under way on it any more, and
     * what was has its err set and waits in pg_link_lost(). */
    void (*broken)(void *owner, struct pg_link *link, const struct err *err);
    void (*notified)(void *owner, const char *channel); /* once a channel and look */
};

struct pg_link *pg_link_new(const struct pg_link_config *config);
void pg_link_free(struct pg_link *link); /* jobs under way are dropped without a word */

void pg_link_connect(struct pg_link *link);    /* ends in ready() or broken() */
void pg_link_disconnect(struct pg_link *link); /* jobs under way become lost */
bool pg_link_is_ready(const struct pg_link *link);

struct pg_job *pg_job_new(void (*done)(struct pg_job *));
/* Adds a statement; its parameters are to be filled in order. */
struct pg_params *pg_job_add(struct pg_job *job, enum pg_statement statement);
void pg_job_free(struct pg_job *job);

/* Sends it, or (not ready) lets it fail from the loop. The link owns it from now on: it
 * calls `done` once and frees it then. */
void pg_link_send(struct pg_link *link, struct pg_job *job);
/* Calls `done` of all that were lost. */
void pg_link_fail_lost(struct pg_link *link);

#endif
