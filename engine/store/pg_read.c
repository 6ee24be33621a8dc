/* Reading from PostgreSQL: what is due, instances, flows, environments. */
#include "engine/store/pg_store.h"

/* Of a row; one that is skimmed has more. */
enum { MAIL_FIELDS = 12, MAIL_COLUMNS = MAIL_FIELDS + 1, TIMER_FIELDS = 2 };

static int64_t now_of(const struct pg_job *job)
{
    return pg_get_instant(job->results[job->n - 1], 0, 0);
}

/* ---- mail ---- */

static void read_mail(const PGresult *rows, int i, struct store_mail *mail)
{
    mail->seq = (uint64_t)pg_get_int(rows, i, 0);
    mail->instance = pg_get_id(rows, i, 1);
    mail->kind = (enum stimulus_kind)pg_get_int(rows, i, 2);
    mail->at = pg_get_instant(rows, i, 3);
    mail->event = pg_get_text(rows, i, 4);
    mail->message = pg_get_id(rows, i, 5);
    mail->task = (uint32_t)pg_get_int(rows, i, 6);
    mail->verb = pg_get_text(rows, i, 7);
    mail->step = pg_get_text(rows, i, 8);
    mail->actor = pg_get_text(rows, i, 9);
    mail->reason = pg_get_text(rows, i, 10);
    mail->data = pg_get_text(rows, i, 11);
    if (PQnfields(rows) == MAIL_COLUMNS)
        return;
    mail->line = pg_get_text(rows, i, MAIL_FIELDS);
    mail->is_left = pg_get_bool(rows, i, MAIL_FIELDS + 1);
}

struct page { /* how much was asked for; hung on the job */
    uint32_t most;
};

/* As many as were asked for, or those of fewer bytes: each says of how many it is. */
static bool is_more(const struct pg_job *job, const PGresult *rows)
{
    int n = PQntuples(rows);
    if (n == 0)
        return false;
    if (PQnfields(rows) != MAIL_COLUMNS)
        return pg_get_bool(rows, 0, MAIL_FIELDS + 2);
    return n == (int)((struct page *)job->self)->most ||
           n < pg_get_int(rows, 0, MAIL_FIELDS);
}

static void mail_read(struct pg_job *job)
{
    struct store_mails mails = {.err = pg_job_err(job)};
    if (mails.err == NULL) {
        const PGresult *rows = job->results[0];
        mails.n = (uint32_t)PQntuples(rows);
        struct store_mail *all = arena_array(job->arena, struct store_mail, mails.n);
        for (uint32_t i = 0; i < mails.n; i++)
            read_mail(rows, (int)i, &all[i]);
        mails.mails = all;
        mails.more = is_more(job, rows);
        mails.now = now_of(job);
    }
    ((store_mails_done *)job->reply)(job->reply_to, &mails);
}

static struct pg_job *page_ask(struct store *store, void (*done)(struct pg_job *),
                               uint32_t most, void (*reply)(void), void *reply_to)
{
    struct pg_job *job = pg_ask(pg_of(store), done, reply, reply_to);
    struct page *page = arena_new_of(job->arena, struct page);
    page->most = most;
    job->self = page;
    return job;
}

void pg_mail(struct store *store, uint64_t after, uint32_t most, store_mails_done *done,
             void *owner)
{
    struct pg_job *job = page_ask(store, mail_read, most, PG_REPLY(done), owner);
    struct pg_params *p = pg_job_add(job, PG_mail_page);
    pg_add_held(pg_of(store), pg_column(p, PG_INT2));
    pg_add_int(pg_one(p, PG_INT8), (int64_t)after);
    pg_add_int(pg_one(p, PG_INT4), most);
    pg_add_int(pg_one(p, PG_INT8), LIMIT_MAIL_PAGE_BYTES);
    pg_job_add(job, PG_now);
    pg_link_send(pg_of(store)->reader, job);
}

/* Of each shard: evenly spread it is STORE_SKIM pages in all. */
static uint32_t skim_of(const struct store *store, uint32_t most)
{
    uint32_t shards = 0;
    for (uint32_t s = 0; s < STORE_SHARDS; s++)
        shards += store->holds[s];
    return STORE_SKIM * most / (shards > 0 ? shards : 1) + 1;
}

void pg_skim_mail(struct store *store, uint64_t after, const struct text *left,
                  uint32_t left_n, uint32_t most, store_mails_done *done, void *owner)
{
    struct pg_job *job = page_ask(store, mail_read, most, PG_REPLY(done), owner);
    struct pg_params *p = pg_job_add(job, PG_mail_skim);
    pg_add_held(pg_of(store), pg_column(p, PG_INT2));
    pg_add_int(pg_one(p, PG_INT8), (int64_t)after);
    pg_add_int(pg_one(p, PG_INT4), most);
    struct pg_param *lines = pg_column(p, PG_TEXT);
    for (uint32_t i = 0; i < left_n; i++)
        pg_add_text(lines, left[i]);
    pg_add_int(pg_one(p, PG_INT4), skim_of(store, most));
    pg_add_int(pg_one(p, PG_INT8), LIMIT_MAIL_PAGE_BYTES);
    pg_job_add(job, PG_now);
    pg_link_send(pg_of(store)->reader, job);
}

/* ---- timers ---- */

static void timers_read(struct pg_job *job)
{
    struct store_timers timers = {.err = pg_job_err(job)};
    if (timers.err == NULL) {
        const PGresult *rows = job->results[0];
        timers.n = (uint32_t)PQntuples(rows);
        struct store_timer *all = arena_array(job->arena, struct store_timer, timers.n);
        for (uint32_t i = 0; i < timers.n; i++)
            all[i] = (struct store_timer){
                .fire_at = pg_get_instant(rows, (int)i, 0),
                .instance = pg_get_id(rows, (int)i, 1),
                .line = PQnfields(rows) == TIMER_FIELDS
                            ? TEXT("")
                            : pg_get_text(rows, (int)i, TIMER_FIELDS)};
        timers.timers = all;
        timers.more = PQnfields(rows) == TIMER_FIELDS
                          ? timers.n == ((struct page *)job->self)->most
                          : timers.n > 0 && pg_get_bool(rows, 0, TIMER_FIELDS + 1);
        timers.next_at = timers.more ? 0 : pg_get_instant(job->results[1], 0, 0);
        timers.now = now_of(job);
    }
    ((store_timers_done *)job->reply)(job->reply_to, &timers);
}

void pg_timers(struct store *store, int64_t ahead, const struct store_timer *after,
               uint32_t most, store_timers_done *done, void *owner)
{
    struct pg_job *job = page_ask(store, timers_read, most, PG_REPLY(done), owner);
    struct pg_params *p = pg_job_add(job, PG_timer_page);
    pg_add_held(pg_of(store), pg_column(p, PG_INT2));
    pg_add_int(pg_one(p, PG_INT8), ahead);
    pg_add_instant(pg_one(p, PG_INSTANT), after == NULL ? 1 : after->fire_at);
    pg_add_id(pg_one(p, PG_UUID), after == NULL ? (struct id){{0}} : after->instance);
    pg_add_int(pg_one(p, PG_INT4), most);
    p = pg_job_add(job, PG_timer_next);
    pg_add_held(pg_of(store), pg_column(p, PG_INT2));
    pg_add_int(pg_one(p, PG_INT8), ahead);
    pg_job_add(job, PG_now);
    pg_link_send(pg_of(store)->reader, job);
}

void pg_skim_timers(struct store *store, const struct store_timer *after, uint32_t most,
                    store_timers_done *done, void *owner)
{
    struct pg_job *job = page_ask(store, timers_read, most, PG_REPLY(done), owner);
    struct pg_params *p = pg_job_add(job, PG_timer_skim);
    pg_add_held(pg_of(store), pg_column(p, PG_INT2));
    pg_add_instant(pg_one(p, PG_INSTANT), after == NULL ? 1 : after->fire_at);
    pg_add_id(pg_one(p, PG_UUID), after == NULL ? (struct id){{0}} : after->instance);
    pg_add_int(pg_one(p, PG_INT4), skim_of(store, most));
    p = pg_job_add(job, PG_timer_next);
    pg_add_held(pg_of(store), pg_column(p, PG_INT2));
    pg_add_int(pg_one(p, PG_INT8), 0);
    pg_job_add(job, PG_now);
    pg_link_send(pg_of(store)->reader, job);
}

/* ---- instances ---- */

static void in_flight_read(struct pg_job *job)
{
    struct store_ids ids = {.err = pg_job_err(job)};
    if (ids.err == NULL) {
        ids.n = (uint32_t)PQntuples(job->results[0]);
        struct id *all = arena_array(job->arena, struct id, ids.n);
        for (uint32_t i = 0; i < ids.n; i++)
            all[i] = pg_get_id(job->results[0], (int)i, 0);
        ids.ids = all;
        ids.more = ids.n == ((struct page *)job->self)->most;
    }
    ((store_ids_done *)job->reply)(job->reply_to, &ids);
}

void pg_in_flight(struct store *store, uint32_t shard, struct id after, uint32_t most,
                  store_ids_done *done, void *owner)
{
    struct pg_job *job = page_ask(store, in_flight_read, most, PG_REPLY(done), owner);
    struct pg_params *p = pg_job_add(job, PG_in_flight_page);
    pg_add_int(pg_one(p, PG_INT2), shard);
    pg_add_id(pg_one(p, PG_UUID), after);
    pg_add_int(pg_one(p, PG_INT4), most);
    pg_link_send(pg_of(store)->reader, job);
}

/* From `column` on: flow, number, hash, key, rev, status, timer_at, started_at. */
static void read_instance(const PGresult *rows, int i, int column,
                          struct store_instance *item)
{
    item->is_there = true;
    item->flow = pg_get_text(rows, i, column);
    item->version = (uint32_t)pg_get_int(rows, i, column + 1);
    item->hash = pg_get_digest(rows, i, column + 2);
    item->key = pg_get_text(rows, i, column + 3);
    item->rev = (uint32_t)pg_get_int(rows, i, column + 4);
    item->status = (enum instance_status)pg_get_int(rows, i, column + 5);
    item->timer_at = pg_get_instant(rows, i, column + 6);
    item->started_at = pg_get_instant(rows, i, column + 7);
}

static void loaded(struct pg_job *job)
{
    struct store_instances instances = {.err = pg_job_err(job)};
    if (instances.err == NULL) {
        const PGresult *rows = job->results[0];
        const struct id *ids = job->self;
        instances.n = (uint32_t)PQntuples(rows);
        struct store_instance *all =
            arena_array(job->arena, struct store_instance, instances.n);
        for (uint32_t i = 0; i < instances.n; i++) {
            all[i].id = ids[i];
            if (!pg_get_bool(rows, (int)i, 0))
                continue;
            read_instance(rows, (int)i, 1, &all[i]);
            all[i].snapshot = pg_get_text(rows, (int)i, 9);
            all[i].parent = pg_get_id(rows, (int)i, 10);
            all[i].is_owned = pg_get_bool(rows, (int)i, 11);
            all[i].values = pg_get_text(rows, (int)i, 12);
        }
        instances.items = all;
        instances.now = now_of(job);
    }
    ((store_instances_done *)job->reply)(job->reply_to, &instances);
}

void pg_load(struct store *store, const struct id *ids, uint32_t n,
             store_instances_done *done, void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), loaded, PG_REPLY(done), owner);
    job->self = arena_copy(job->arena, ids, n * sizeof *ids);
    struct pg_param *column = pg_column(pg_job_add(job, PG_load), PG_UUID);
    for (uint32_t i = 0; i < n; i++)
        pg_add_id(column, ids[i]);
    pg_job_add(job, PG_now);
    pg_link_send(pg_of(store)->reader, job);
}

static void found(struct pg_job *job)
{
    struct store_instances instances = {.err = pg_job_err(job)};
    if (instances.err == NULL) {
        const PGresult *rows = job->results[0];
        instances.n = (uint32_t)PQntuples(rows);
        struct store_instance *all =
            arena_array(job->arena, struct store_instance, instances.n);
        for (uint32_t i = 0; i < instances.n; i++) {
            all[i].id = pg_get_id(rows, (int)i, 0);
            read_instance(rows, (int)i, 1, &all[i]);
        }
        instances.items = all;
        instances.now = now_of(job);
    }
    ((store_instances_done *)job->reply)(job->reply_to, &instances);
}

void pg_find(struct store *store, struct text flow, struct text key,
             store_instances_done *done, void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), found, PG_REPLY(done), owner);
    struct pg_params *p = pg_job_add(job, PG_find);
    pg_add_text(pg_one(p, PG_TEXT), key);
    pg_add_text(pg_one(p, PG_TEXT), flow);
    pg_add_int(pg_one(p, PG_INT4), STORE_PAGE_MAX);
    pg_job_add(job, PG_now);
    pg_link_send(pg_of(store)->reader, job);
}

/* ---- arrivals ---- */

static void arrivals_read(struct pg_job *job)
{
    struct store_arrivals arrivals = {.err = pg_job_err(job)};
    if (arrivals.err == NULL) {
        const PGresult *rows = job->results[0];
        arrivals.n = (uint32_t)PQntuples(rows);
        struct store_arrival *all =
            arena_array(job->arena, struct store_arrival, arrivals.n);
        for (uint32_t i = 0; i < arrivals.n; i++)
            all[i] = (struct store_arrival){.id = pg_get_id(rows, (int)i, 0),
                                            .event = pg_get_text(rows, (int)i, 1),
                                            .body = pg_get_text(rows, (int)i, 2),
                                            .at = pg_get_instant(rows, (int)i, 3),
                                            .hash = pg_get_digest(rows, (int)i, 4)};
        arrivals.items = all;
        arrivals.more = arrivals.n == ((struct page *)job->self)->most;
        arrivals.subscribed = pg_get_bool(job->results[1], 0, 0);
        arrivals.now = now_of(job);
    }
    ((store_arrivals_done *)job->reply)(job->reply_to, &arrivals);
}

void pg_arrivals(struct store *store, uint32_t most, store_arrivals_done *done,
                 void *owner)
{
    struct pg_job *job = page_ask(store, arrivals_read, most, PG_REPLY(done), owner);
    struct pg_params *p = pg_job_add(job, PG_arrivals_page);
    pg_add_held(pg_of(store), pg_column(p, PG_INT2));
    pg_add_int(pg_one(p, PG_INT4), most);
    pg_add_held(pg_of(store), pg_column(pg_job_add(job, PG_is_fresh), PG_INT2));
    pg_job_add(job, PG_now);
    pg_link_send(pg_of(store)->reader, job);
}

/* ---- flows and environments ---- */

static void version_read(struct pg_job *job)
{
    struct store_version version = {.err = pg_job_err(job)};
    if (version.err == NULL && PQntuples(job->results[0]) == 0) {
        err_set(&job->err, ERR_NOT_FOUND, "there is no such flow or version");
        version.err = &job->err;
    } else if (version.err == NULL) {
        const PGresult *row = job->results[0];
        version.flow = pg_get_text(row, 0, 0);
        version.number = (uint32_t)pg_get_int(row, 0, 1);
        version.hash = pg_get_digest(row, 0, 2);
        version.image = pg_get_text(row, 0, 3);
        version.source = pg_get_text(row, 0, 4);
        version.meta = pg_get_text(row, 0, 5);
    }
    ((store_version_done *)job->reply)(job->reply_to, &version);
}

static void declarer_read(struct pg_job *job)
{
    struct store_version version = {.err = pg_job_err(job)};
    if (version.err == NULL && PQntuples(job->results[0]) == 0) {
        err_set(&job->err, ERR_NOT_FOUND, "no deployed flow knows the event");
        version.err = &job->err;
    } else if (version.err == NULL) {
        version.flow = pg_get_text(job->results[0], 0, 0);
        version.number = (uint32_t)pg_get_int(job->results[0], 0, 1);
        version.hash = pg_get_digest(job->results[0], 0, 2);
    }
    ((store_version_done *)job->reply)(job->reply_to, &version);
}

void pg_version(struct store *store, struct digest hash, store_version_done *done,
                void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), version_read, PG_REPLY(done), owner);
    pg_add_digest(pg_one(pg_job_add(job, PG_version_by_hash), PG_BYTEA), &hash);
    pg_link_send(pg_of(store)->reader, job);
}

void pg_latest(struct store *store, struct text flow, store_version_done *done,
               void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), version_read, PG_REPLY(done), owner);
    pg_add_text(pg_one(pg_job_add(job, PG_version_latest), PG_TEXT), flow);
    pg_link_send(pg_of(store)->reader, job);
}

void pg_declares(struct store *store, struct text event, store_version_done *done,
                 void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), declarer_read, PG_REPLY(done), owner);
    pg_add_text(pg_one(pg_job_add(job, PG_version_declares), PG_TEXT), event);
    pg_link_send(pg_of(store)->reader, job);
}

static void flows_read(struct pg_job *job)
{
    struct store_flows flows = {.err = pg_job_err(job)};
    if (flows.err == NULL) {
        const PGresult *rows = job->results[0];
        flows.n = (uint32_t)PQntuples(rows);
        struct store_flow *all = arena_array(job->arena, struct store_flow, flows.n);
        for (uint32_t i = 0; i < flows.n; i++)
            all[i] = (struct store_flow){.flow = pg_get_text(rows, (int)i, 0),
                                         .number = (uint32_t)pg_get_int(rows, (int)i, 1),
                                         .hash = pg_get_digest(rows, (int)i, 2),
                                         .starts_on = pg_get_bool(rows, (int)i, 3)};
        flows.items = all;
    }
    ((store_flows_done *)job->reply)(job->reply_to, &flows);
}

void pg_flows(struct store *store, store_flows_done *done, void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), flows_read, PG_REPLY(done), owner);
    pg_add_int(pg_one(pg_job_add(job, PG_flows), PG_INT4), STORE_PAGE_MAX);
    pg_link_send(pg_of(store)->reader, job);
}

static void environment_read(struct pg_job *job)
{
    struct store_environment environment = {.err = pg_job_err(job)};
    if (environment.err == NULL && PQntuples(job->results[0]) > 0) {
        environment.version = (uint32_t)pg_get_int(job->results[0], 0, 0);
        environment.document = pg_get_text(job->results[0], 0, 1);
    }
    ((store_environment_done *)job->reply)(job->reply_to, &environment);
}

void pg_environment(struct store *store, store_environment_done *done, void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), environment_read, PG_REPLY(done), owner);
    pg_job_add(job, PG_environment);
    pg_link_send(pg_of(store)->reader, job);
}
