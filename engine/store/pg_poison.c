/* Who is under suspicion of bringing the engine down, in PostgreSQL. */
#include "engine/store/pg_store.h"

static void judged(struct pg_job *job)
{
    struct store_pulse pulse = {.err = pg_job_err(job)};
    if (pulse.err != NULL && strcmp(job->sqlstate, "FL001") == 0) {
        pg_has_lost_shards(job->self, job);
        job->err.code = ERR_CONFLICT;
    }
    ((store_pulse_done *)job->reply)(job->reply_to, &pulse);
}

static void add_ids(struct pg_params *p, const struct store_suspect *suspects, uint32_t n)
{
    struct pg_param *ids = pg_column(p, PG_UUID);
    for (uint32_t i = 0; i < n; i++)
        pg_add_id(ids, suspects[i].instance);
}

static void add_judgement(struct pg_store *pg, struct pg_job *job,
                          enum store_judgement judgement,
                          const struct store_suspect *suspects, uint32_t n)
{
    static const enum pg_statement says[] = {[STORE_SUSPECT] = PG_suspect,
                                             [STORE_ACQUIT] = PG_acquit,
                                             [STORE_QUARANTINE] = PG_quarantine};
    struct pg_params *p = pg_job_add(job, says[judgement]);
    add_ids(p, suspects, n);
    switch (judgement) {
    case STORE_SUSPECT: {
        struct pg_param *deaths = pg_column(p, PG_INT4);
        for (uint32_t i = 0; i < n; i++)
            pg_add_int(deaths, suspects[i].deaths);
        pg_add_id(pg_one(p, PG_UUID), pg->nonce);
        pg_add_int(pg_one(p, PG_INT4), LIMIT_VERSION_DEATHS);
        break;
    }
    case STORE_ACQUIT:
        pg_add_int(pg_one(p, PG_INT4), LIMIT_VERSION_DEATHS);
        break;
    case STORE_QUARANTINE:
        pg_add_int(pg_one(p, PG_INT4), LIMIT_VERSION_SET_ASIDE);
        pg_job_add(job, PG_ring_nodes); /* its version is held, perhaps */
        break;
    }
}

void pg_judge(struct store *store, enum store_judgement judgement,
              const struct store_suspect *suspects, uint32_t n, store_pulse_done *done,
              void *owner)
{
    struct pg_store *pg = pg_of(store);
    struct pg_job *job = pg_ask(pg, judged, PG_REPLY(done), owner);
    uint32_t mask = 0;
    for (uint32_t i = 0; i < n; i++)
        mask |= UINT32_C(1) << store_shard_of(suspects[i].instance);
    pg_add_fence(pg, job, pg_job_add(job, PG_fence), mask);
    add_judgement(pg, job, judgement, suspects, n);
    pg_link_send(pg->matcher, job);
}

/* ---- versions ---- */

static void answer_holds(struct pg_job *job)
{
    struct store_holds holds = {.err = pg_job_err(job)};
    if (holds.err == NULL) {
        const PGresult *rows = job->results[0];
        holds.n = (uint32_t)PQntuples(rows);
        struct store_hold *all = arena_array(job->arena, struct store_hold, holds.n);
        for (uint32_t i = 0; i < holds.n; i++)
            all[i] =
                (struct store_hold){.version = pg_get_digest(rows, (int)i, 0),
                                    .flow = pg_get_text(rows, (int)i, 1),
                                    .number = (uint32_t)pg_get_int(rows, (int)i, 2),
                                    .since = pg_get_instant(rows, (int)i, 3),
                                    .set_aside = (uint32_t)pg_get_int(rows, (int)i, 4)};
        holds.items = all;
    }
    ((store_holds_done *)job->reply)(job->reply_to, &holds);
}

void pg_holds_now(struct store *store, store_holds_done *done, void *owner)
{
    struct pg_store *pg = pg_of(store);
    struct pg_job *job = pg_ask(pg, answer_holds, PG_REPLY(done), owner);
    pg_add_int(pg_one(pg_job_add(job, PG_held_versions), PG_INT4), STORE_PAGE_MAX);
    pg_link_send(pg->control, job);
}

void pg_let_go(struct store *store, struct text flow, uint32_t version,
               struct text reason, struct text actor, store_said_done *done, void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), pg_answer_said, PG_REPLY(done), owner);
    struct pg_params *p = pg_job_add(job, PG_version_let_go);
    pg_add_text(pg_one(p, PG_TEXT), flow);
    pg_add_int(pg_one(p, PG_INT4), version);
    pg_add_text(pg_one(p, PG_TEXT), reason);
    pg_add_text(pg_one(p, PG_TEXT), actor);
    pg_link_send(pg_of(store)->door, job);
}
