/* This node in PostgreSQL: joining, beating, claiming, releasing. */
#include "engine/core/instance.h"
#include "engine/store/pg_store.h"
#include "engine/sys/dice.h"

/* Capacities of all nodes that live, ascending: "4,32,32". */
static uint32_t read_share(struct text capacities, int64_t me)
{
    uint32_t all[STORE_SHARDS], n = 0;
    int64_t capacity;
    while (capacities.n > 0 && n < STORE_SHARDS)
        if (text_to_i64(text_split(&capacities, ','), &capacity) && capacity > 0)
            all[n++] = (uint32_t)capacity;
    return me < n ? store_share(all, n, (uint32_t)me) : 0;
}

static void read_pulse(const struct pg_job *job, uint32_t at, struct store_pulse *pulse)
{
    const PGresult *row = job->results[at];
    pulse->now = pg_get_instant(row, 0, 0);
    pulse->nodes = (uint32_t)pg_get_int(row, 0, 1);
    pulse->free_shards = (uint32_t)pg_get_int(row, 0, 2);
    pulse->deployed = (uint64_t)pg_get_int(row, 0, 3);
    pulse->share = read_share(pg_get_text(row, 0, 4), pg_get_int(row, 0, 5));
    pulse->breakers = (uint64_t)pg_get_int(row, 0, 6);
    pulse->holds = (uint64_t)pg_get_int(row, 0, 7);
}

static void add_pulse(struct pg_store *pg, struct pg_job *job)
{
    pg_add_id(pg_one(pg_job_add(job, PG_pulse), PG_UUID), pg->nonce);
}

/* The last statement of a job that answers with a pulse is `pulse`. */
static void answer_pulse(struct pg_job *job)
{
    struct store_pulse pulse = {.err = pg_job_err(job)};
    if (pulse.err == NULL)
        read_pulse(job, job->n - 1, &pulse);
    ((store_pulse_done *)job->reply)(job->reply_to, &pulse);
}

static void say_stale(struct pg_job *job)
{
    err_set(&job->err, ERR_CONFLICT, "this node has begun anew since");
}

static int64_t lock_key_of(struct id nonce)
{
    uint64_t key = 0;
    for (int i = 8; i < 16; i++)
        key = key << 8 | nonce.bytes[i];
    return (int64_t)key;
}

static void joined(struct pg_job *job)
{
    struct pg_store *pg = job->self;
    if (pg_is_stale(pg, job))
        say_stale(job);
    answer_pulse(job);
}

void pg_join(struct store *store, store_pulse_done *done, void *owner)
{
    struct pg_store *pg = pg_of(store);
    pg_forget_claims(pg);
    struct pg_job *job = pg_ask(pg, joined, PG_REPLY(done), owner);
    pg_add_id(pg_one(pg_job_add(job, PG_leave), PG_UUID), pg->nonce);
    pg_add_id(pg_one(pg_job_add(job, PG_lived), PG_UUID), pg->nonce);
    dice_bytes(pg->nonce.bytes, sizeof pg->nonce.bytes);
    pg_job_add(job, PG_unlock_all); /* of an incarnation before this one */
    pg_add_int(pg_one(pg_job_add(job, PG_lock_self), PG_INT8), lock_key_of(pg->nonce));
    struct pg_params *p = pg_job_add(job, PG_join);
    pg_add_id(pg_one(p, PG_UUID), pg->nonce);
    pg_add_int(pg_one(p, PG_INT8), lock_key_of(pg->nonce));
    pg_add_text(pg_one(p, PG_TEXT), text_of(pg->node));
    pg_add_int(pg_one(p, PG_INT8), pg->heartbeat_life);
    pg_add_int(pg_one(p, PG_INT4), pg->capacity);
    pg_add_int(pg_one(p, PG_INT4), SNAPSHOT_FORMAT);
    pg_job_add(job, PG_listen);
    pg_job_add(job, PG_listen_nodes);
    pg_job_add(job, PG_ring_nodes);
    add_pulse(pg, job);
    pg_link_send(pg->control, job);
}

static void beaten(struct pg_job *job)
{
    struct pg_store *pg = job->self;
    if (pg_is_stale(pg, job)) {
        say_stale(job);
    } else if (job->err.code == ERR_OK && PQntuples(job->results[0]) == 0) {
        err_set(&job->err, ERR_CONFLICT,
                "this node counts as dead: it was silent for too long");
        pg_incarnation_over(pg);
    }
    answer_pulse(job);
}

void pg_beat(struct store *store, store_pulse_done *done, void *owner)
{
    struct pg_store *pg = pg_of(store);
    struct pg_job *job = pg_ask(pg, beaten, PG_REPLY(done), owner);
    struct pg_params *p = pg_job_add(job, PG_beat);
    pg_add_id(pg_one(p, PG_UUID), pg->nonce);
    pg_add_int(pg_one(p, PG_INT8), pg->heartbeat_life);
    add_pulse(pg, job);
    pg_link_send(pg->control, job);
}

static void read_suspects(struct pg_job *job, struct store_claim *claim)
{
    const PGresult *rows = job->results[1];
    claim->suspects_n = (uint32_t)PQntuples(rows);
    struct store_suspect *all =
        arena_array(job->arena, struct store_suspect, claim->suspects_n);
    for (uint32_t i = 0; i < claim->suspects_n; i++)
        all[i] = (struct store_suspect){.instance = pg_get_id(rows, (int)i, 0),
                                        .deaths = (uint32_t)pg_get_int(rows, (int)i, 1),
                                        .version = pg_get_digest(rows, (int)i, 2)};
    claim->suspects = all;
}

static void read_blames(struct pg_job *job, struct store_claim *claim)
{
    const PGresult *rows = job->results[2];
    claim->blames_n = (uint32_t)PQntuples(rows);
    struct store_blame *all =
        arena_array(job->arena, struct store_blame, claim->blames_n);
    for (uint32_t i = 0; i < claim->blames_n; i++)
        all[i] = (struct store_blame){.shard = (uint32_t)pg_get_int(rows, (int)i, 0),
                                      .version = pg_get_digest(rows, (int)i, 1),
                                      .deaths = (uint32_t)pg_get_int(rows, (int)i, 2),
                                      .is_set_aside = pg_get_bool(rows, (int)i, 3)};
    claim->blames = all;
}

static void claimed(struct pg_job *job)
{
    struct pg_store *pg = job->self;
    uint32_t shards[STORE_SHARDS], deaths[STORE_SHARDS];
    if (pg_is_stale(pg, job))
        say_stale(job);
    struct store_claim claim = {.err = pg_job_err(job)};
    if (claim.err == NULL) {
        claim.n = (uint32_t)PQntuples(job->results[0]);
        for (uint32_t i = 0; i < claim.n; i++) {
            shards[i] = (uint32_t)pg_get_int(job->results[0], (int)i, 0);
            pg->store.epochs[shards[i]] = pg_get_int(job->results[0], (int)i, 1);
            pg->store.holds[shards[i]] = true;
            deaths[i] = (uint32_t)pg_get_int(job->results[0], (int)i, 2);
        }
        claim.shards = shards;
        claim.deaths = deaths;
        read_suspects(job, &claim);
        read_blames(job, &claim);
        claim.now = pg_get_instant(job->results[job->n - 1], 0, 0);
    }
    ((store_claim_done *)job->reply)(job->reply_to, &claim);
}

void pg_claim(struct store *store, uint32_t most, store_claim_done *done, void *owner)
{
    struct pg_store *pg = pg_of(store);
    struct pg_job *job = pg_ask(pg, claimed, PG_REPLY(done), owner);
    struct pg_params *p = pg_job_add(job, PG_claim);
    pg_add_id(pg_one(p, PG_UUID), pg->nonce);
    pg_add_int(pg_one(p, PG_INT4), most > STORE_SHARDS ? STORE_SHARDS : most);
    static const enum pg_statement says[] = {PG_suspects, PG_blames};
    for (int i = 0; i < 2; i++) {
        p = pg_job_add(job, says[i]);
        pg_add_id(pg_one(p, PG_UUID), pg->nonce);
        pg_add_int(pg_one(p, PG_INT4), STORE_PAGE_MAX);
    }
    add_pulse(pg, job);
    pg_link_send(pg->control, job);
}

void pg_release(struct store *store, const uint32_t *shards, uint32_t n,
                store_pulse_done *done, void *owner)
{
    struct pg_store *pg = pg_of(store);
    struct pg_job *job = pg_ask(pg, answer_pulse, PG_REPLY(done), owner);
    struct pg_params *p = pg_job_add(job, PG_release);
    pg_add_id(pg_one(p, PG_UUID), pg->nonce);
    struct pg_param *column = pg_column(p, PG_INT2);
    for (uint32_t i = 0; i < n; i++) {
        pg_add_int(column, shards[i]);
        pg->store.holds[shards[i]] = false;
    }
    pg_job_add(job, PG_ring_nodes);
    add_pulse(pg, job);
    pg_link_send(pg->control, job);
}

void pg_retire(struct store *store, store_pulse_done *done, void *owner)
{
    struct pg_store *pg = pg_of(store);
    struct pg_job *job = pg_ask(pg, answer_pulse, PG_REPLY(done), owner);
    pg_add_id(pg_one(pg_job_add(job, PG_retire), PG_UUID), pg->nonce);
    pg_job_add(job, PG_ring_nodes);
    add_pulse(pg, job);
    pg_link_send(pg->control, job);
}
