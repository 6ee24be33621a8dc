/* Adapters that take no calls for a while, in PostgreSQL. */
#include "engine/store/pg_store.h"

/* The last statement of a job that answers with breakers is `breakers`. */
static void answer_breakers(struct pg_job *job)
{
    struct store_breakers breakers = {.err = pg_job_err(job)};
    if (breakers.err == NULL) {
        const PGresult *rows = job->results[job->n - 1];
        breakers.n = (uint32_t)PQntuples(rows);
        struct store_breaker *all =
            arena_array(job->arena, struct store_breaker, breakers.n);
        for (uint32_t i = 0; i < breakers.n; i++)
            all[i] = (struct store_breaker){
                .adapter = pg_get_text(rows, (int)i, 0),
                .rev = (uint64_t)pg_get_int(rows, (int)i, 1),
                .state = (enum store_breaker_state)pg_get_int(rows, (int)i, 2),
                .failures = (uint32_t)pg_get_int(rows, (int)i, 3),
                .rounds = (uint32_t)pg_get_int(rows, (int)i, 4),
                .next_at = pg_get_instant(rows, (int)i, 5),
                .is_paused = pg_get_bool(rows, (int)i, 6)};
        breakers.items = all;
        breakers.is_set = job->n > 1 && PQntuples(job->results[0]) > 0;
    }
    ((store_breakers_done *)job->reply)(job->reply_to, &breakers);
}

static void ask_all(struct pg_store *pg, struct pg_job *job)
{
    pg_add_int(pg_one(pg_job_add(job, PG_breakers), PG_INT4), STORE_PAGE_MAX);
    pg_link_send(pg->control, job);
}

void pg_breakers(struct store *store, store_breakers_done *done, void *owner)
{
    ask_all(pg_of(store), pg_ask(pg_of(store), answer_breakers, PG_REPLY(done), owner));
}

void pg_breaker_set(struct store *store, const struct store_breaker *breaker,
                    int64_t wait, struct text problem, store_breakers_done *done,
                    void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), answer_breakers, PG_REPLY(done), owner);
    struct pg_params *p = pg_job_add(job, PG_breaker_set);
    pg_add_text(pg_one(p, PG_TEXT), breaker->adapter);
    pg_add_int(pg_one(p, PG_INT8), (int64_t)breaker->rev);
    pg_add_int(pg_one(p, PG_INT2), breaker->state);
    pg_add_int(pg_one(p, PG_INT4), breaker->failures);
    pg_add_int(pg_one(p, PG_INT4), breaker->rounds);
    pg_add_int(pg_one(p, PG_INT8), wait);
    pg_add_text(pg_one(p, PG_TEXT), problem);
    pg_job_add(job, PG_ring_nodes);
    ask_all(pg_of(store), job);
}

void pg_adapter(struct store *store, struct text adapter, struct text verb,
                struct text reason, struct text actor, store_said_done *done, void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), pg_answer_said, PG_REPLY(done), owner);
    struct pg_params *p = pg_job_add(job, PG_adapter_say);
    pg_add_text(pg_one(p, PG_TEXT), adapter);
    pg_add_text(pg_one(p, PG_TEXT), verb);
    pg_add_text(pg_one(p, PG_TEXT), reason);
    pg_add_text(pg_one(p, PG_TEXT), actor);
    pg_link_send(pg_of(store)->door, job);
}
