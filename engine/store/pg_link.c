/* One connection to PostgreSQL on the loop: connecting, preparing, sending, receiving. */
#include "engine/store/pg_link.h"

#include <inttypes.h>
#include <stdio.h>

#include "engine/base/limits.h"
#include "engine/sys/clock.h"
#include "engine/sys/fault.h"
#include "engine/sys/keep.h"
#include "engine/sys/log.h"

enum link_state {
    LINK_CLOSED,
    LINK_CONNECTING,
    LINK_SETTING, /* of the session */
    LINK_READY,
    LINK_BROKEN /* the owner has not been told yet, or has not disconnected us yet */
};

#define CONNECT_DEADLINE                                                                 \
    (5 * INT64_C(1000000)) /* a server that does not answer is away */

struct pg_link {
    struct pg_link_config config;
    enum link_state state;
    PGconn *conn;
    struct event *readable, *writable; /* of the socket as it is now */
    struct event *later;               /* what must not be done inside a verb */
    struct event *alarm;               /* the oldest job's deadline, or connecting's */
    struct pg_job *head, *tail;        /* under way */
    struct pg_job *lost, *lost_tail;
    bool told;   /* broken() was called */
    bool got;    /* the statement that is being answered has had its result */
    uint32_t at; /* which one that is */
    bool is_known[PG_STATEMENTS]; /* to the server's session, or on the way to it */
    struct err err;
};

static const struct {
    const char *name;
    const char *text;
} statements[] = {
#define SQL(file, name, text) {#name, text},
#include "engine/store/statements.inc"
#undef SQL
};

static void poll_connect(struct pg_link *link);
static void begin_session(struct pg_link *link);
static void receive(struct pg_link *link);
static void receive_one(struct pg_link *link, PGresult *result);
static void hear(struct pg_link *link);
static void flush(struct pg_link *link);
static void broken(struct pg_link *link, const char *what);
static void watch(struct pg_link *link, short what);
static void unwatch(struct pg_link *link);
static void set_alarm(struct pg_link *link);
static void job_error(struct pg_job *job, const PGresult *result);

const char *pg_statement_name(enum pg_statement statement)
{
    return statements[statement].name;
}

const char *pg_statement_text(enum pg_statement statement)
{
    return statements[statement].text;
}

/* ---- jobs ---- */

struct pg_job *pg_job_new(void (*done)(struct pg_job *))
{
    struct arena *arena = arena_new("call", LIMIT_TURN_BYTES);
    struct pg_job *job = arena_new_of(arena, struct pg_job);
    job->arena = arena;
    job->done = done;
    return job;
}

struct pg_params *pg_job_add(struct pg_job *job, enum pg_statement statement)
{
    must(job->n < PG_JOB_STATEMENTS);
    struct pg_params *params = arena_new_of(job->arena, struct pg_params);
    pg_params_init(params, job->arena);
    job->statements[job->n] = statement;
    job->params[job->n++] = params;
    return params;
}

void pg_job_free(struct pg_job *job)
{
    for (uint32_t i = 0; i < job->n; i++)
        PQclear(job->results[i]);
    arena_free(job->arena);
}

static void job_append(struct pg_job **head, struct pg_job **tail, struct pg_job *job)
{
    job->next = NULL;
    if (*head == NULL)
        *head = job;
    else
        (*tail)->next = job;
    *tail = job;
}

static void job_finish(struct pg_job *job)
{
    job->done(job);
    pg_job_free(job);
}

static void jobs_drop(struct pg_job *job)
{
    while (job != NULL) {
        struct pg_job *next = job->next;
        pg_job_free(job);
        job = next;
    }
}

/* ---- the link's life ---- */

static void on_later(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    struct pg_link *link = arg;
    if (link->state == LINK_BROKEN && !link->told) {
        link->told = true;
        link->config.broken(link->config.owner, link, &link->err);
        return;
    }
    pg_link_fail_lost(link);
}

static void on_alarm(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    struct pg_link *link = arg;
    if (link->state == LINK_READY && link->head != NULL &&
        link->head->deadline > clock_monotonic())
        set_alarm(link);
    else if (link->state != LINK_CLOSED && link->state != LINK_BROKEN)
        broken(link, "the database does not answer");
}

struct pg_link *pg_link_new(const struct pg_link_config *config)
{
    struct pg_link *link = keep_new_of(struct pg_link);
    link->config = *config;
    link->later = event_new(config->base, -1, 0, on_later, link);
    link->alarm = event_new(config->base, -1, 0, on_alarm, link);
    must(link->later != NULL && link->alarm != NULL);
    return link;
}

void pg_link_free(struct pg_link *link)
{
    if (link == NULL)
        return;
    pg_link_disconnect(link);
    jobs_drop(link->lost);
    event_free(link->later);
    event_free(link->alarm);
    keep_free(link);
}

bool pg_link_is_ready(const struct pg_link *link)
{
    return link->state == LINK_READY;
}

void pg_link_disconnect(struct pg_link *link)
{
    unwatch(link);
    PQfinish(link->conn);
    link->conn = NULL;
    link->state = LINK_CLOSED;
    event_del(link->alarm);
    event_del(link->later);
    while (link->head != NULL) {
        struct pg_job *job = link->head;
        link->head = job->next;
        job_append(&link->lost, &link->lost_tail, job);
    }
}

void pg_link_fail_lost(struct pg_link *link)
{
    struct pg_job *job = link->lost;
    link->lost = NULL;
    while (job != NULL) {
        struct pg_job *next = job->next;
        if (job->err.code == ERR_OK)
            err_set(&job->err, ERR_UNAVAILABLE,
                    "the connection to the database was lost");
        job->sqlstate[0] = '\0';
        job_finish(job);
        job = next;
    }
}

/* Every connection asks for the same: a peer that is gone is noticed within seconds. */
void pg_link_connect(struct pg_link *link)
{
    must(link->state == LINK_CLOSED);
    const char *names[] = {"dbname",
                           "application_name",
                           "connect_timeout",
                           "keepalives_idle",
                           "keepalives_interval",
                           "keepalives_count",
                           "tcp_user_timeout",
                           "target_session_attrs",
                           "client_encoding",
                           NULL};
    char name[64];
    snprintf(name, sizeof name, "flowd %s", link->config.role);
    const char *values[] = {link->config.conninfo, name,   "3", "5", "2", "3", "10000",
                            "read-write",          "UTF8", NULL};
    link->told = link->got = false;
    link->at = 0;
    link->err = (struct err){0};
    link->conn = PQconnectStartParams(names, values, 1);
    link->state = LINK_CONNECTING;
    if (link->conn == NULL || PQstatus(link->conn) == CONNECTION_BAD) {
        broken(link, "cannot reach the database");
        return;
    }
    set_alarm(link);
    watch(link, EV_WRITE);
}

static void on_socket(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    struct pg_link *link = arg;
    if (link->state == LINK_CONNECTING) {
        poll_connect(link);
        return;
    }
    if (what & EV_WRITE)
        flush(link);
    if ((what & EV_READ) && link->state != LINK_BROKEN)
        receive(link);
}

/* The socket may be another one after each step of connecting. */
static void watch(struct pg_link *link, short what)
{
    unwatch(link);
    int fd = PQsocket(link->conn);
    link->readable =
        event_new(link->config.base, fd, EV_READ | EV_PERSIST, on_socket, link);
    link->writable = event_new(link->config.base, fd, EV_WRITE, on_socket, link);
    must(link->readable != NULL && link->writable != NULL);
    if (what & EV_READ)
        event_add(link->readable, NULL);
    if (what & EV_WRITE)
        event_add(link->writable, NULL);
}

static void unwatch(struct pg_link *link)
{
    if (link->readable != NULL)
        event_free(link->readable);
    if (link->writable != NULL)
        event_free(link->writable);
    link->readable = link->writable = NULL;
}

static void poll_connect(struct pg_link *link)
{
    switch (PQconnectPoll(link->conn)) {
    case PGRES_POLLING_READING:
        watch(link, EV_READ);
        return;
    case PGRES_POLLING_WRITING:
        watch(link, EV_WRITE);
        return;
    case PGRES_POLLING_OK:
        begin_session(link);
        return;
    case PGRES_POLLING_FAILED:
    case PGRES_POLLING_ACTIVE:
        broken(link, "cannot reach the database");
        return;
    }
}

/* Plans are made while tables are empty, and must be right when they are not: by index,
 * in its order, nested, never anew. A log file's name begins with the server's timeline.
 */
static bool send_settings(struct pg_link *link)
{
    char deadline[32];
    snprintf(deadline, sizeof deadline, "%lld",
             (long long)(link->config.deadline / 1000));
    const char *values[] = {deadline};
    return PQsendQueryParams(
               link->conn,
               "SELECT pg_walfile_name(pg_current_wal_lsn()), "
               "set_config('search_path', 'flow_data, pg_temp', false), "
               "set_config('timezone', 'UTC', false), "
               "set_config('statement_timeout', $1, false), "
               "set_config('lock_timeout', '2s', false), "
               "set_config('idle_in_transaction_session_timeout', '5s', false), "
               "set_config('plan_cache_mode', 'force_generic_plan', false), "
               "set_config('jit', 'off', false), "
               "set_config('random_page_cost', '1.1', false), "
               "set_config('enable_seqscan', 'off', false), "
               "set_config('enable_bitmapscan', 'off', false), "
               "set_config('enable_mergejoin', 'off', false)",
               1, NULL, values, NULL, NULL, 1) == 1;
}

static void begin_session(struct pg_link *link)
{
    link->state = LINK_SETTING;
    memset(link->is_known, 0, sizeof link->is_known);
    if (PQsetnonblocking(link->conn, 1) != 0 || PQenterPipelineMode(link->conn) != 1 ||
        !send_settings(link) || PQpipelineSync(link->conn) != 1) {
        broken(link, "cannot set up the database session");
        return;
    }
    set_alarm(link);
    watch(link, EV_READ);
    flush(link);
}

/* ---- sending ---- */

/* A session that had to learn all there is at its birth would cost the server more than
 * most of them ever do. Behind a sync of its own, what is learnt does not fall with a
 * job. */
static bool send_unknown(struct pg_link *link, struct pg_job *job)
{
    bool sent = true;
    for (uint32_t i = 0; i < job->n && sent; i++) {
        enum pg_statement statement = job->statements[i];
        if (link->is_known[statement])
            continue;
        link->is_known[statement] = job->prepares = true;
        sent = PQsendPrepare(link->conn, statements[statement].name,
                             statements[statement].text, 0, NULL) == 1;
    }
    return sent && (!job->prepares || PQpipelineSync(link->conn) == 1);
}

static bool send_job(struct pg_link *link, struct pg_job *job)
{
    if (fault_at(STORE_SEND) != FAULT_GO || !send_unknown(link, job))
        return false;
    for (uint32_t i = 0; i < job->n; i++) {
        struct pg_bound bound;
        pg_bind(job->params[i], &bound);
        if (PQsendQueryPrepared(link->conn, statements[job->statements[i]].name, bound.n,
                                bound.values, bound.lengths, bound.formats, 1) != 1)
            return false;
    }
    return PQpipelineSync(link->conn) == 1;
}

void pg_link_send(struct pg_link *link, struct pg_job *job)
{
    must(job->n > 0);
    if (link->state != LINK_READY) {
        err_set(&job->err, ERR_UNAVAILABLE, "the database cannot be reached");
        job_append(&link->lost, &link->lost_tail, job);
        event_active(link->later, EV_TIMEOUT, 1);
        return;
    }
    job->deadline = clock_monotonic() + link->config.deadline;
    job_append(&link->head, &link->tail, job);
    if (!send_job(link, job)) {
        broken(link, "cannot send to the database");
        return;
    }
    if (link->head == job)
        set_alarm(link);
    flush(link);
}

static void flush(struct pg_link *link)
{
    int left = PQflush(link->conn);
    if (left < 0)
        broken(link, "cannot send to the database");
    else if (left > 0)
        event_add(link->writable, NULL);
}

/* ---- receiving ---- */

static void receive(struct pg_link *link)
{
    if (fault_at(STORE_RECEIVE) != FAULT_GO || PQconsumeInput(link->conn) == 0) {
        broken(link, "the connection to the database was lost");
        return;
    }
    int silent = 0;
    while ((link->state == LINK_SETTING || link->head != NULL) && !PQisBusy(link->conn) &&
           silent < 2) {
        PGresult *result = PQgetResult(link->conn);
        silent = result == NULL && !link->got ? silent + 1 : 0;
        receive_one(link, result);
        if (link->state != LINK_READY && link->state != LINK_SETTING)
            return;
    }
    hear(link);
    if (PQstatus(link->conn) == CONNECTION_BAD)
        broken(link, "the connection to the database was lost");
}

/* However often a bell was rung, it is heard once. */
static void hear(struct pg_link *link)
{
    char last[64] = "";
    PGnotify *notify;
    while ((notify = PQnotifies(link->conn)) != NULL) {
        if (link->config.notified != NULL && strcmp(notify->relname, last) != 0)
            link->config.notified(link->config.owner, notify->relname);
        snprintf(last, sizeof last, "%s", notify->relname);
        PQfreemem(notify);
    }
}

static bool is_learning(const struct pg_link *link)
{
    return link->state == LINK_SETTING || (link->head != NULL && link->head->prepares);
}

/* The session is set up, or knows what the next job asks for. */
static void learnt(struct pg_link *link)
{
    link->at = 0;
    link->got = false;
    if (link->err.code != ERR_OK) {
        broken(link, "cannot set up the database session");
        return;
    }
    if (link->state == LINK_READY) {
        link->head->prepares = false;
        return;
    }
    link->state = LINK_READY;
    event_del(link->alarm);
    link->config.ready(link->config.owner, link);
}

static void job_synced(struct pg_link *link)
{
    struct pg_job *job = link->head;
    link->head = job->next;
    link->at = 0;
    link->got = false;
    set_alarm(link);
    job_finish(job);
}

/* An old primary that is back has not what was committed since: who works on it works on
 * orders that have gone on elsewhere. */
static void check_timeline(struct pg_link *link, const char *log_file)
{
    struct pg_timeline *timeline = link->config.timeline;
    uint32_t seen = 0;
    sscanf(log_file, "%8" SCNx32, &seen);
    if (seen >= timeline->newest) {
        *timeline = (struct pg_timeline){.newest = seen};
        return;
    }
    err_set(&link->err, ERR_UNAVAILABLE, "an old primary is back, and is not used");
    if (!timeline->is_told)
        log_error(link->err.what, LOG_INT("timeline", seen),
                  LOG_INT("worked_on", timeline->newest));
    timeline->is_told = true;
}

static void learn(struct pg_link *link, const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    if (link->err.code != ERR_OK)
        return;
    if (status == PGRES_FATAL_ERROR)
        err_set(&link->err, ERR_UNAVAILABLE, "%s",
                PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
    else if (status == PGRES_TUPLES_OK && link->state == LINK_SETTING)
        check_timeline(link, PQgetvalue(result, 0, 0));
}

static void keep_result(struct pg_link *link, PGresult *result)
{
    struct pg_job *job = link->head;
    ExecStatusType status = PQresultStatus(result);
    if ((status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) &&
        job->err.code == ERR_OK)
        job_error(job, result);
    if (link->at < job->n && job->results[link->at] == NULL)
        job->results[link->at] = result;
    else
        PQclear(result);
}

/* A result, the end (NULL) of one statement's results, or the end of a transaction. */
static void receive_one(struct pg_link *link, PGresult *result)
{
    if (result == NULL) {
        link->at += link->got;
        link->got = false;
    } else if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
        PQclear(result);
        if (is_learning(link))
            learnt(link);
        else
            job_synced(link);
    } else if (is_learning(link)) {
        link->got = true;
        learn(link, result);
        PQclear(result);
    } else {
        link->got = true;
        keep_result(link, result);
    }
}

/* ---- errors ---- */

static const char *field(const PGresult *result, int code)
{
    const char *text = PQresultErrorField(result, code);
    return text == NULL ? "" : text;
}

static bool is_of(const char *sqlstate, const char *klass)
{
    return strncmp(sqlstate, klass, strlen(klass)) == 0;
}

/* Our own functions name their code in CONSTRAINT and a JSON Pointer in COLUMN. A server
 * that has no room (53: on its disk, in memory, for connections) or cannot read or write
 * (58) is one that is away: the same may succeed later. */
static enum err_code code_of(const PGresult *result, const char *sqlstate)
{
    const char *name = field(result, PG_DIAG_CONSTRAINT_NAME);
    for (int code = ERR_OK + 1; code <= ERR_BROKEN; code++)
        if (strcmp(err_name((enum err_code)code), name) == 0)
            return (enum err_code)code;
    if (is_of(sqlstate, "08") || is_of(sqlstate, "53") || is_of(sqlstate, "57P") ||
        is_of(sqlstate, "58"))
        return ERR_UNAVAILABLE;
    if (strcmp(sqlstate, "57014") == 0)
        return ERR_TIMED_OUT;
    if (strcmp(sqlstate, "42501") == 0)
        return ERR_NOT_ALLOWED;
    return is_of(sqlstate, "22") ? ERR_BAD_DATA : ERR_FAILED;
}

static void job_error(struct pg_job *job, const PGresult *result)
{
    const char *sqlstate = field(result, PG_DIAG_SQLSTATE);
    snprintf(job->sqlstate, sizeof job->sqlstate, "%s", sqlstate);
    err_set(&job->err, code_of(result, sqlstate), "%s",
            field(result, PG_DIAG_MESSAGE_PRIMARY));
    const char *hint = field(result, PG_DIAG_MESSAGE_HINT);
    if (hint[0] != '\0')
        err_hint(&job->err, "%s", hint);
    snprintf(job->err.pointer, sizeof job->err.pointer, "%s",
             field(result, PG_DIAG_COLUMN_NAME));
    job->detail = text_dup(job->arena, text_of(field(result, PG_DIAG_MESSAGE_DETAIL)));
}

/* The owner hears of it from the loop, never from within a verb. */
static void broken(struct pg_link *link, const char *what)
{
    if (link->state == LINK_BROKEN)
        return;
    struct err why = link->err;
    const char *said = link->conn == NULL ? "" : PQerrorMessage(link->conn);
    size_t line = strcspn(said, "\n");
    if (why.code != ERR_OK)
        err_set(&link->err, ERR_UNAVAILABLE, "%s: %s", what, why.what);
    else if (line > 0)
        err_set(&link->err, ERR_UNAVAILABLE, "%s: %.*s", what, (int)line, said);
    else
        err_set(&link->err, ERR_UNAVAILABLE, "%s", what);
    unwatch(link);
    event_del(link->alarm);
    link->state = LINK_BROKEN;
    event_active(link->later, EV_TIMEOUT, 1);
}

static void set_alarm(struct pg_link *link)
{
    int64_t wait = CONNECT_DEADLINE;
    if (link->state == LINK_READY) {
        if (link->head == NULL) {
            event_del(link->alarm);
            return;
        }
        wait = link->head->deadline - clock_monotonic();
        if (wait < 1000)
            wait = 1000;
    }
    struct timeval tv = {wait / 1000000, wait % 1000000};
    event_add(link->alarm, &tv);
}
