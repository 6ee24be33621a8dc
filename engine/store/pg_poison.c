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

void pg_judge(struct store *store, enum store_judgement judgement,
              const struct id *instances, uint32_t n, store_pulse_done *done, void *owner)
{
    static const enum pg_statement says[] = {[STORE_SUSPECT] = PG_suspect,
                                             [STORE_ACQUIT] = PG_acquit,
                                             [STORE_QUARANTINE] = PG_quarantine};
    struct pg_store *pg = pg_of(store);
    struct pg_job *job = pg_ask(pg, judged, PG_REPLY(done), owner);
    uint32_t mask = 0;
    for (uint32_t i = 0; i < n; i++)
        mask |= UINT32_C(1) << store_shard_of(instances[i]);
    pg_add_fence(pg, job, pg_job_add(job, PG_fence), mask);
    struct pg_params *p = pg_job_add(job, says[judgement]);
    struct pg_param *ids = pg_column(p, PG_UUID);
    for (uint32_t i = 0; i < n; i++)
        pg_add_id(ids, instances[i]);
    if (judgement == STORE_SUSPECT)
        pg_add_id(pg_one(p, PG_UUID), pg->nonce);
    pg_link_send(pg->matcher, job);
}
