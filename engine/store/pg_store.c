/* The store in PostgreSQL: its connections, all up or all away.
 *
 * There is one connection for the node itself (control), one for reading what is due, one
 * for matching events, one for the door, and one a lane for commits. They stand and fall
 * together: losing one means that something is wrong with the server or the way to it,
 * and whatever was under way may or may not have happened. So all are closed, the
 * incarnation is over (its session lock with it), and a fresh one joins, claims and reads
 * again. Beside them stands the scanner's (pg_scan.c). */
#include "engine/store/pg_store.h"

#include <stdlib.h>
#include <unistd.h>

#include "engine/sys/dice.h"
#include "engine/sys/keep.h"
#include "engine/sys/log.h"

enum {
    LINKS_MAX = 4 + STORE_LANES_MAX,
    BACKOFF_MS_FIRST = 20, /* a restarted server is back within some 100 ms */
    BACKOFF_MS_MAX = 500   /* and one that is not is asked by one connection, some times a
                              second, so that work goes on within a second of its return */
};

static const struct store_ops pg_ops;

static void close_all(struct pg_store *pg);
static uint32_t links_of(struct pg_store *pg, struct pg_link *links[LINKS_MAX]);

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    struct pg_store *pg = arg;
    pg_link_connect(pg->control);
}

/* One goes ahead: when the server takes it, the others follow. */
static void on_ready(void *owner, struct pg_link *link)
{
    struct pg_store *pg = owner;
    struct pg_link *links[LINKS_MAX];
    uint32_t n = links_of(pg, links);
    for (uint32_t i = 0; i < n && link == pg->control; i++)
        if (links[i] != pg->control)
            pg_link_connect(links[i]);
    for (uint32_t i = 0; i < n; i++)
        if (!pg_link_is_ready(links[i]))
            return;
    pg->is_up = true;
    pg->said_away = false;
    pg->backoff_ms = BACKOFF_MS_FIRST;
    pg->hooks.up(pg->hooks.owner);
}

static void on_broken(void *owner, struct pg_link *link, const struct err *err)
{
    (void)link;
    struct pg_store *pg = owner;
    struct err why = *err;
    struct pg_link *links[LINKS_MAX];
    uint32_t n = links_of(pg, links);
    for (uint32_t i = 0; i < n; i++)
        pg_link_disconnect(links[i]);
    pg_forget_claims(pg);
    pg->is_up = false;
    uint32_t wait_ms = pg->backoff_ms / 2 + dice_u32() % (pg->backoff_ms / 2 + 1);
    struct timeval tv = {wait_ms / 1000, wait_ms % 1000 * 1000};
    event_add(pg->retry, &tv);
    pg->backoff_ms =
        pg->backoff_ms * 2 > BACKOFF_MS_MAX ? BACKOFF_MS_MAX : pg->backoff_ms * 2;
    if (!pg->said_away) {
        pg->said_away = true;
        pg->hooks.away(pg->hooks.owner, &why);
    }
    for (uint32_t i = 0; i < n; i++)
        pg_link_fail_lost(links[i]);
}

static void on_bell(void *owner, const char *channel)
{
    struct pg_store *pg = owner;
    if (strcmp(channel, "flow_nodes") != 0)
        pg->hooks.bell(pg->hooks.owner);
    else if (pg->hooks.nodes != NULL)
        pg->hooks.nodes(pg->hooks.owner);
}

static struct pg_link *link_new(struct pg_store *pg, const char *role)
{
    return pg_link_new(&(struct pg_link_config){.base = pg->base,
                                                .role = role,
                                                .conninfo = pg->conninfo,
                                                .deadline = pg->deadline,
                                                .timeline = &pg->timeline,
                                                .owner = pg,
                                                .ready = on_ready,
                                                .broken = on_broken,
                                                .notified = on_bell});
}

static void name_node(struct pg_store *pg, struct text name)
{
    char host[40] = "node";
    gethostname(host, sizeof host - 1);
    if (name.n > 0)
        snprintf(pg->node, sizeof pg->node, TEXT_FMT, TEXT_ARG(name));
    else
        snprintf(pg->node, sizeof pg->node, "%s.%d", host, (int)getpid());
}

struct store *store_pg_open(struct event_base *base, const struct store_options *options,
                            const struct store_hooks *hooks, struct err *err)
{
    struct pg_store *pg = keep_new_of(struct pg_store);
    pg->store.ops = &pg_ops;
    pg->store.lanes = options->lanes == 0 ? 2 : options->lanes;
    if (pg->store.lanes > STORE_LANES_MAX) {
        err_set(err, ERR_USAGE, "%u writer connections are more than %d", pg->store.lanes,
                STORE_LANES_MAX);
        keep_free(pg);
        return NULL;
    }
    pg->base = base;
    pg->hooks = *hooks;
    pg->conninfo = keep_alloc(options->conninfo.n + 1);
    memcpy(pg->conninfo, options->conninfo.chars, options->conninfo.n);
    char *why = NULL;
    PQconninfoOption *parsed = PQconninfoParse(pg->conninfo, &why);
    if (parsed == NULL && pg->conninfo[0] != '\0') {
        err_set(err, ERR_USAGE, "the database connection is not understood: %s",
                why == NULL ? "no reason given" : why);
        PQfreemem(why);
        keep_free(pg->conninfo);
        keep_free(pg);
        return NULL;
    }
    PQconninfoFree(parsed);
    name_node(pg, options->node);
    pg->deadline = options->deadline == 0 ? 10 * INT64_C(1000000) : options->deadline;
    pg->heartbeat_life =
        options->heartbeat_life == 0 ? 5 * INT64_C(1000000) : options->heartbeat_life;
    pg->capacity = options->capacity == 0 || options->capacity > STORE_SHARDS
                       ? STORE_SHARDS
                       : options->capacity;
    pg->backoff_ms = BACKOFF_MS_FIRST;
    pg->retry = event_new(base, -1, 0, on_retry, pg);
    must(pg->retry != NULL);
    pg->control = link_new(pg, "control");
    pg->reader = link_new(pg, "reader");
    pg->matcher = link_new(pg, "matcher");
    pg->door = link_new(pg, "door");
    for (uint32_t i = 0; i < pg->store.lanes; i++)
        pg->lanes[i].link = link_new(pg, "lane");
    pg->scanner = pg_scan_link_new(pg);
    pg_link_connect(pg->control);
    return &pg->store;
}

static uint32_t links_of(struct pg_store *pg, struct pg_link *links[LINKS_MAX])
{
    uint32_t n = 0;
    links[n++] = pg->control;
    links[n++] = pg->reader;
    links[n++] = pg->matcher;
    links[n++] = pg->door;
    for (uint32_t i = 0; i < pg->store.lanes; i++)
        links[n++] = pg->lanes[i].link;
    return n;
}

static void pg_close(struct store *store)
{
    struct pg_store *pg = pg_of(store);
    close_all(pg);
    event_free(pg->retry);
    keep_free(pg->conninfo);
    keep_free(pg);
}

static void close_all(struct pg_store *pg)
{
    struct pg_link *links[LINKS_MAX];
    uint32_t n = links_of(pg, links);
    for (uint32_t i = 0; i < n; i++)
        pg_link_free(links[i]);
    for (uint32_t i = 0; i < pg->store.lanes; i++)
        pg_commit_free(pg->lanes[i].commit);
    pg_link_free(pg->scanner);
    if (pg->scan != NULL)
        pg_job_free(pg->scan);
}

void pg_forget_claims(struct pg_store *pg)
{
    memset(pg->store.holds, 0, sizeof pg->store.holds);
    memset(pg->store.epochs, 0, sizeof pg->store.epochs);
    pg->incarnation++;
}

void pg_incarnation_over(struct pg_store *pg)
{
    pg_forget_claims(pg);
    pg->hooks.over(pg->hooks.owner);
}

struct pg_job *pg_ask(struct pg_store *pg, void (*done)(struct pg_job *),
                      void (*reply)(void), void *reply_to)
{
    struct pg_job *job = pg_job_new(done);
    job->self = pg;
    job->incarnation = pg->incarnation;
    job->reply = reply;
    job->reply_to = reply_to;
    return job;
}

void pg_answer_said(struct pg_job *job)
{
    struct store_said what = {.err = pg_job_err(job)};
    ((store_said_done *)job->reply)(job->reply_to, &what);
}

void pg_add_held(struct pg_store *pg, struct pg_param *shards)
{
    for (int s = 0; s < STORE_SHARDS; s++)
        if (pg->store.holds[s])
            pg_add_int(shards, s);
}

void pg_add_fence(struct pg_store *pg, struct pg_job *job, struct pg_params *params,
                  uint32_t mask)
{
    job->fence = mask;
    struct pg_param *shards = pg_column(params, PG_INT2);
    struct pg_param *epochs = pg_column(params, PG_INT8);
    for (int s = 0; s < STORE_SHARDS; s++)
        if (mask & UINT32_C(1) << s) {
            pg_add_int(shards, s);
            pg_add_int(epochs, pg->store.epochs[s]);
        }
    pg_add_id(pg_one(params, PG_UUID), pg->nonce);
}

/* A shard goes from a living node by its own will only: else others believe us dead. */
bool pg_has_lost_shards(struct pg_store *pg, const struct pg_job *job)
{
    uint32_t lost = job->fence;
    struct text rest = job->detail;
    struct text fenced = text_split(&rest, ';');
    while (fenced.n > 0) {
        int64_t shard;
        if (text_to_i64(text_split(&fenced, ','), &shard) && shard >= 0 &&
            shard < STORE_SHARDS)
            lost &= ~(UINT32_C(1) << shard);
    }
    if (lost == 0 || pg_is_stale(pg, job))
        return lost != 0;
    log_warn("shards lost", LOG_INT("shards", __builtin_popcount(lost)));
    pg_incarnation_over(pg);
    return true;
}

static const struct store_ops pg_ops = {
    .close = pg_close,
    .join = pg_join,
    .beat = pg_beat,
    .claim = pg_claim,
    .release = pg_release,
    .mail = pg_mail,
    .timers = pg_timers,
    .skim_mail = pg_skim_mail,
    .skim_timers = pg_skim_timers,
    .in_flight = pg_in_flight,
    .load = pg_load,
    .find = pg_find,
    .lane_is_free = pg_lane_is_free,
    .commit = pg_commit,
    .settle = pg_settle,
    .arrivals = pg_arrivals,
    .match = pg_match,
    .tend = pg_tend,
    .version = pg_version,
    .latest = pg_latest,
    .declares = pg_declares,
    .flows = pg_flows,
    .environment = pg_environment,
    .start = pg_start,
    .send = pg_send,
    .task_place = pg_task_place,
    .command = pg_command,
    .answer = pg_answer,
    .token = pg_token,
    .list_instances = pg_list_instances,
    .list_history = pg_list_history,
    .list_tasks = pg_list_tasks,
    .list_flows = pg_list_flows,
    .list_nodes = pg_list_nodes,
    .list_counts = pg_list_counts,
    .list_measures = pg_list_measures,
    .schedules = pg_schedules,
    .begin_moment = pg_begin_moment,
    .judge = pg_judge,
    .holds_now = pg_holds_now,
    .let_go = pg_let_go,
    .scan = pg_scan,
    .retire = pg_retire,
    .breakers = pg_breakers,
    .breaker_set = pg_breaker_set,
    .adapter = pg_adapter,
    .list_adapters = pg_list_adapters,
    .reckon = pg_reckon,
};
