/* Mail that leads to no transition, and timers that fired for nothing, in PostgreSQL. */
#include "engine/store/pg_store.h"

static void add_mail(struct pg_job *job, const struct store_settlement *all, uint32_t n)
{
    struct pg_params *p = pg_job_add(job, PG_take_mail);
    struct pg_param *shards = pg_column(p, PG_INT2), *seqs = pg_column(p, PG_INT8),
                    *back = pg_column(p, PG_BOOL), *problems = pg_column(p, PG_TEXT);
    for (uint32_t i = 0; i < n; i++) {
        if (all[i].mail == 0)
            continue;
        pg_add_int(shards, store_shard_of(all[i].instance));
        pg_add_int(seqs, (int64_t)all[i].mail);
        pg_add_bool(back, all[i].event_given_back);
        pg_add_text_or_null(problems, all[i].problem);
    }
}

/* Mail that is no START is passed over there. */
static void add_refusals(struct pg_job *job, const struct store_settlement *all,
                         uint32_t n)
{
    struct pg_params *p = pg_job_add(job, PG_refuse_starts);
    struct pg_param *shards = pg_column(p, PG_INT2), *seqs = pg_column(p, PG_INT8),
                    *problems = pg_column(p, PG_TEXT), *pointers = pg_column(p, PG_TEXT);
    for (uint32_t i = 0; i < n; i++) {
        if (all[i].refused == ERR_OK)
            continue;
        pg_add_int(shards, store_shard_of(all[i].instance));
        pg_add_int(seqs, (int64_t)all[i].mail);
        pg_add_text(problems, all[i].problem);
        pg_add_text_or_null(pointers, all[i].pointer);
    }
}

static void add_rearm(struct pg_job *job, const struct store_settlement *all, uint32_t n)
{
    struct pg_params *drop = pg_job_add(job, PG_drop_timers),
                     *add = pg_job_add(job, PG_add_timers),
                     *row = pg_job_add(job, PG_rearm);
    struct pg_param *drop_shards = pg_column(drop, PG_INT2),
                    *drop_at = pg_column(drop, PG_INSTANT),
                    *drop_ids = pg_column(drop, PG_UUID);
    struct pg_param *add_shards = pg_column(add, PG_INT2),
                    *add_at = pg_column(add, PG_INSTANT),
                    *add_ids = pg_column(add, PG_UUID);
    struct pg_param *shards = pg_column(row, PG_INT2), *ids = pg_column(row, PG_UUID),
                    *was = pg_column(row, PG_INSTANT), *wake = pg_column(row, PG_INSTANT);
    for (uint32_t i = 0; i < n; i++) {
        const struct store_settlement *s = &all[i];
        if (!s->rearm)
            continue;
        uint32_t shard = store_shard_of(s->instance);
        pg_add_int(drop_shards, shard);
        pg_add_instant(drop_at, s->timer_at);
        pg_add_id(drop_ids, s->instance);
        if (s->wake_at != 0) {
            pg_add_int(add_shards, shard);
            pg_add_instant(add_at, s->wake_at);
            pg_add_id(add_ids, s->instance);
        }
        pg_add_int(shards, shard);
        pg_add_id(ids, s->instance);
        pg_add_instant(was, s->timer_at);
        pg_add_instant(wake, s->wake_at);
    }
}

static void add_free(struct pg_job *job, const struct store_settlement *all, uint32_t n)
{
    struct pg_params *p = pg_job_add(job, PG_free);
    struct pg_param *shards = pg_column(p, PG_INT2), *ids = pg_column(p, PG_UUID);
    for (uint32_t i = 0; i < n; i++) {
        if (!all[i].frees)
            continue;
        pg_add_int(shards, store_shard_of(all[i].instance));
        pg_add_id(ids, all[i].instance);
    }
}

static void settled(struct pg_job *job)
{
    struct store_pulse pulse = {.err = pg_job_err(job)};
    if (pulse.err != NULL && strncmp(job->sqlstate, "FL", 2) == 0)
        job->err.code = ERR_CONFLICT;
    ((store_pulse_done *)job->reply)(job->reply_to, &pulse);
}

void pg_settle(struct store *store, uint32_t lane, const struct store_settlement *all,
               uint32_t n, store_pulse_done *done, void *owner)
{
    struct pg_store *pg = pg_of(store);
    struct pg_job *job = pg_ask(pg, settled, PG_REPLY(done), owner);
    uint32_t mask = 0;
    bool mail = false, refusals = false, rearm = false, frees = false;
    for (uint32_t i = 0; i < n; i++) {
        mask |= UINT32_C(1) << store_shard_of(all[i].instance);
        mail |= all[i].mail != 0;
        refusals |= all[i].refused != ERR_OK;
        rearm |= all[i].rearm;
        frees |= all[i].frees;
    }
    pg_add_fence(pg, job, pg_job_add(job, PG_fence), mask);
    if (refusals)
        add_refusals(job, all, n);
    if (mail)
        add_mail(job, all, n);
    if (rearm)
        add_rearm(job, all, n);
    if (frees)
        add_free(job, all, n);
    pg_link_send(pg->lanes[lane].link, job);
}
