/* Who am I, and which shards are mine. */
#include "engine/run/lease.h"
#include "engine/base/mutant.h"

#include "engine/base/arena.h"
#include "engine/run/parts.h"
#include "engine/sys/clock.h"
#include "engine/sys/fault.h"
#include "engine/sys/log.h"
#include "engine/sys/stats.h"

enum {
    RECOVER_PAGE = 500,
    SAFE_PART = 10, /* of the lease: we stop so much earlier than others may begin */
    EAGER_FOR = 2 * 1000 * 1000, /* µs after joining in which we look more often */
    EAGER_BEAT = 50 * 1000       /* µs: a transaction, or a dead session, takes longer */
};

static void beat(void *owner);
static void joined(void *owner, const struct store_pulse *pulse);
static void beaten(void *owner, const struct store_pulse *pulse);
static void claim(struct lease *lease);
static void claimed(void *owner, const struct store_claim *claim);
static void recover_shard(struct lease *lease, uint32_t shard);
static void recover(struct recovery *recovery);
static void recovered(void *owner, const struct store_ids *ids);
static void released(void *owner, const struct store_pulse *pulse);
static void give_way(struct lease *lease);
static void retired(void *owner, const struct store_pulse *pulse);

void lease_init(struct lease *lease, struct engine *engine)
{
    *lease = (struct lease){.engine = engine, .phase = LEASE_AWAY};
    for (uint32_t i = 0; i < STORE_SHARDS; i++) {
        lease->recoveries[i].engine = engine;
        lease->recoveries[i].shard = i;
    }
    lease->beat = loop_timer_new(engine->loop, beat, lease);
}

void lease_deinit(struct lease *lease)
{
    loop_timer_free(lease->beat);
}

bool lease_is_joined(const struct lease *lease)
{
    return lease->phase == LEASE_JOINED;
}

bool lease_is_working(const struct lease *lease)
{
    return lease->phase == LEASE_JOINED && lease->is_first_claim_done &&
           lease->recovering == 0;
}

bool lease_may_send(const struct lease *lease, struct id instance)
{
    return lease->phase == LEASE_JOINED && lease->holds[store_shard_of(instance)] &&
           (clock_monotonic() < lease->fresh_until || MUTANT(LEASE_NOT_CHECKED));
}

uint32_t lease_shards(const struct lease *lease)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < STORE_SHARDS; i++)
        n += lease->holds[i];
    return n;
}

/* ---- joining ---- */

static void forget_shards(struct lease *lease)
{
    struct engine *engine = lease->engine;
    for (uint32_t i = 0; i < STORE_SHARDS; i++) {
        lease->holds[i] = lease->leaves[i] = false;
        lease->recoveries[i].is_under_way = lease->recoveries[i].again = false;
    }
    lease->recovering = 0;
    lease->is_first_claim_done = false;
    stats_set(STAT_SHARDS_HELD, 0);
    dispatch_end_waiting(&engine->dispatch);
    mailbox_forget_all(&engine->mailbox);
    sched_begin_anew(&engine->sched);
    poison_forget_all(&engine->poison);
    inbox_forget(&engine->inbox);
}

static void join(struct lease *lease)
{
    lease->phase = LEASE_JOINING;
    lease->asked_at = clock_monotonic();
    store_join(lease->engine->store, joined, lease);
}

void lease_up(struct lease *lease)
{
    if (lease->is_told_away)
        log_info("database is back");
    lease->is_told_away = false;
    stats_add(STAT_DB_RECONNECTS, 1);
    if (!lease->engine->is_draining)
        join(lease);
}

void lease_away(struct lease *lease, const struct err *err)
{
    lease->phase = LEASE_AWAY;
    if (!lease->is_told_away)
        log_warn("database cannot be reached, waiting for it", LOG_ERR(err));
    lease->is_told_away = true;
    loop_timer_stop(lease->beat);
    forget_shards(lease);
}

void lease_over(struct lease *lease)
{
    log_warn("this node counted as dead; it begins anew");
    forget_shards(lease);
    if (!lease->engine->is_draining)
        join(lease);
    else
        lease->phase = LEASE_GIVEN_BACK;
}

void lease_nodes(struct lease *lease)
{
    if (lease->phase == LEASE_JOINED && !lease->engine->is_draining)
        loop_timer_in(lease->beat, 0);
}

void lease_turn(struct lease *lease)
{
    if (lease->phase != LEASE_JOINED || lease->engine->is_draining ||
        clock_monotonic() < lease->fresh_until || MUTANT(LEASE_NOT_CHECKED))
        return;
    log_warn("heartbeat was not answered in time; this node stops, and begins anew");
    stats_add(STAT_SELF_FENCED, 1);
    forget_shards(lease);
    join(lease);
}

static void take_pulse(struct lease *lease, const struct store_pulse *pulse)
{
    struct engine *engine = lease->engine;
    clock_follow(pulse->now, clock_monotonic());
    lease->nodes = pulse->nodes > 0 ? pulse->nodes : 1;
    lease->share = pulse->share;
    lease->fresh_until =
        lease->asked_at + engine->config->lease - engine->config->lease / SAFE_PART;
    gates_heard(&engine->bindings, pulse->breakers);
    holds_heard(&engine->holds, pulse->holds);
    if (pulse->deployed == lease->deployed && engine->bindings.is_known)
        return;
    lease->deployed = pulse->deployed;
    bindings_look(&engine->bindings);
    inbox_flows_changed(&engine->inbox);
    moments_look(&engine->moments);
}

/* After a crash the server needs a moment until it has noticed that the session of the
 * dead node is gone, and has ended what it had under way. Whoever joins meanwhile,
 * perhaps the same node started again, would find its shards only at the next beat. */
static void set_beat(struct lease *lease)
{
    int64_t wait = lease->engine->config->beat;
    bool is_eager = lease_shards(lease) < lease->share &&
                    loop_now(lease->engine->loop) < lease->eager_until;
    loop_timer_in(lease->beat, is_eager && wait > EAGER_BEAT ? EAGER_BEAT : wait);
}

static void joined(void *owner, const struct store_pulse *pulse)
{
    struct lease *lease = owner;
    if (lease->phase != LEASE_JOINING)
        return;
    lease->eager_until = loop_now(lease->engine->loop) + EAGER_FOR;
    set_beat(lease);
    if (pulse->err != NULL)
        return; /* the beat asks again */
    lease->phase = LEASE_JOINED;
    lease->is_beat_under_way = false;
    lease->is_claim_under_way = false;
    take_pulse(lease, pulse);
    claim(lease);
}

/* ---- heartbeat ---- */

static void beat(void *owner)
{
    struct lease *lease = owner;
    set_beat(lease);
    if (lease->phase == LEASE_JOINING) {
        join(lease);
        return;
    }
    if (lease->phase != LEASE_JOINED || lease->is_beat_under_way ||
        MUTANT(LEASE_NOT_RENEWED))
        return;
    lease->is_beat_under_way = true;
    lease->asked_at = clock_monotonic();
    store_beat(lease->engine->store, beaten, lease);
}

static void beaten(void *owner, const struct store_pulse *pulse)
{
    struct lease *lease = owner;
    lease->is_beat_under_way = false;
    if (pulse->err != NULL || lease->phase != LEASE_JOINED)
        return;
    fault_at(BEAT_AFTER);
    take_pulse(lease, pulse);
    dispatch_forget_strangers(&lease->engine->dispatch);
    for (uint32_t i = 0; i < STORE_SHARDS; i++)
        if (lease->holds[i] && lease->recoveries[i].is_under_way)
            return; /* first things first */
    if (pulse->free_shards > 0 && !MUTANT(FREE_SHARDS_LEFT))
        claim(lease);
    give_way(lease);
    lease_release_quiet(lease);
}

/* ---- taking over ---- */

static void claim(struct lease *lease)
{
    uint32_t held = lease_shards(lease), share = lease->share;
    if (held >= share || lease->is_claim_under_way || lease->engine->is_draining) {
        lease->is_first_claim_done = true;
        return;
    }
    lease->is_claim_under_way = true;
    fault_at(TAKEOVER_BEFORE);
    store_claim(lease->engine->store, share - held, claimed, lease);
}

static void work(struct lease *lease)
{
    struct engine *engine = lease->engine;
    if (!lease_is_working(lease))
        return;
    dispatch_post_ended(&engine->dispatch);
    sched_look(&engine->sched);
    sched_look_at_timers(&engine->sched);
    inbox_look(&engine->inbox);
    inbox_match(&engine->inbox);
    moments_look(&engine->moments);
}

static void claimed(void *owner, const struct store_claim *claim)
{
    struct lease *lease = owner;
    lease->is_claim_under_way = false;
    if (claim->err != NULL || lease->phase != LEASE_JOINED)
        return;
    fault_at(TAKEOVER_AFTER);
    lease->is_first_claim_done = true;
    if (claim->n > 0)
        sched_begin_anew(&lease->engine->sched);
    poison_taken(&lease->engine->poison, claim);
    for (uint32_t i = 0; i < claim->n; i++) {
        uint32_t shard = claim->shards[i];
        lease->holds[shard] = true;
        lease->leaves[shard] = false;
        recover_shard(lease, shard);
    }
    set_beat(lease);
    stats_set(STAT_SHARDS_HELD, lease_shards(lease));
    stats_add(STAT_TAKEN, claim->n);
    if (claim->n > 0)
        log_info("shards taken", LOG_INT("taken", claim->n),
                 LOG_INT("held", lease_shards(lease)), LOG_INT("nodes", lease->nodes));
    work(lease);
}

static void recover_shard(struct lease *lease, uint32_t shard)
{
    struct recovery *recovery = &lease->recoveries[shard];
    recovery->after = (struct id){{0}};
    recovery->is_under_way = true;
    recovery->again = false;
    lease->recovering++;
    recover(recovery);
}

void lease_recover(struct lease *lease)
{
    sched_begin_anew(&lease->engine->sched);
    for (uint32_t i = 0; i < STORE_SHARDS; i++)
        if (lease->holds[i] && lease->recoveries[i].is_under_way)
            lease->recoveries[i].again = true;
        else if (lease->holds[i])
            recover_shard(lease, i);
}

/* What was in flight at the former owner comes first: no other letter may overtake it. */
static void recover(struct recovery *recovery)
{
    fault_at(RECOVER_BEFORE);
    store_in_flight(recovery->engine->store, recovery->shard, recovery->after,
                    RECOVER_PAGE, recovered, recovery);
}

static void recovered(void *owner, const struct store_ids *ids)
{
    struct recovery *recovery = owner;
    struct engine *engine = recovery->engine;
    struct lease *lease = &engine->lease;
    if (!lease->holds[recovery->shard] || !recovery->is_under_way)
        return;
    if (ids->err != NULL) {
        if (lease->phase == LEASE_JOINED && ids->err->code != ERR_UNAVAILABLE)
            recover(recovery);
        return;
    }
    for (uint32_t i = MUTANT(TAKE_OVER_FORGETS_FLIGHTS); i < ids->n; i++)
        mailbox_post_recover(&engine->mailbox, ids->ids[i]);
    if ((ids->more && ids->n > 0) || recovery->again) {
        recovery->after = recovery->again ? (struct id){{0}} : ids->ids[ids->n - 1];
        recovery->again = false;
        recover(recovery);
        return;
    }
    recovery->is_under_way = false;
    lease->recovering--;
    work(lease);
}

/* ---- giving back ---- */

/* Another node has come: what is more than our share is left to it, once it is quiet. */
static void give_way(struct lease *lease)
{
    uint32_t staying = 0, share = lease->share;
    for (uint32_t i = 0; i < STORE_SHARDS; i++)
        staying += lease->holds[i] && !lease->leaves[i];
    for (uint32_t i = STORE_SHARDS; i-- > 0 && staying > share;)
        if (lease->holds[i] && !lease->leaves[i]) {
            lease->leaves[i] = true;
            staying--;
        }
}

struct quiet {
    bool is_busy[STORE_SHARDS];
};

static void note_flight(struct table_node *node, void *owner)
{
    struct quiet *quiet = owner;
    const struct flight *flight = table_item(node, struct flight, by_number);
    quiet->is_busy[store_shard_of(flight->instance)] = true;
}

static void note_resident(struct table_node *node, void *owner)
{
    struct quiet *quiet = owner;
    const struct resident *resident = table_item(node, struct resident, by_id);
    if (resident->phase != RESIDENT_RESTING)
        quiet->is_busy[store_shard_of(resident->id)] = true;
}

void lease_release_quiet(struct lease *lease)
{
    struct engine *engine = lease->engine;
    struct quiet quiet = {{false}};
    if (lease->is_release_under_way || lease->phase != LEASE_JOINED)
        return;
    table_walk(&engine->dispatch.by_number, note_flight, &quiet);
    table_walk(&engine->mailbox.by_id, note_resident, &quiet);
    lease->releasing_n = 0;
    for (uint32_t i = 0; i < STORE_SHARDS; i++)
        if (lease->holds[i] && lease->leaves[i] &&
            (!quiet.is_busy[i] || MUTANT(GIVES_AWAY_WHAT_IS_BUSY)))
            lease->releasing[lease->releasing_n++] = i;
    if (lease->releasing_n == 0)
        return;
    for (uint32_t i = 0; i < lease->releasing_n; i++) {
        if (!MUTANT(NO_CAS) && !MUTANT(LOST_IS_NOT_READ_AGAIN))
            mailbox_forget_shard(&engine->mailbox, lease->releasing[i]);
        poison_forget_shard(&engine->poison, lease->releasing[i]);
    }
    lease->is_release_under_way = true;
    fault_at(RELEASE_BEFORE);
    store_release(engine->store, lease->releasing, lease->releasing_n, released, lease);
}

/* Others need not leave room for us any more: what we give back is theirs at once. */
void lease_retire(struct lease *lease)
{
    if (lease->phase != LEASE_JOINED)
        return;
    for (uint32_t i = 0; i < STORE_SHARDS; i++)
        lease->leaves[i] = lease->holds[i];
    store_retire(lease->engine->store, retired, lease);
}

static void retired(void *owner, const struct store_pulse *pulse)
{
    (void)owner; /* without it our shards are taken when we are gone */
    if (pulse->err != NULL)
        log_warn("other nodes were not told that this one drains", LOG_ERR(pulse->err));
}

void lease_release_all(struct lease *lease)
{
    if (lease->is_release_under_way)
        return;
    if (lease->phase != LEASE_JOINED) {
        lease->phase = LEASE_GIVEN_BACK;
        return;
    }
    lease->releasing_n = 0;
    for (uint32_t i = 0; i < STORE_SHARDS; i++)
        if (lease->holds[i])
            lease->releasing[lease->releasing_n++] = i;
    lease->is_release_under_way = true;
    fault_at(RELEASE_BEFORE);
    store_release(lease->engine->store, lease->releasing, lease->releasing_n, released,
                  lease);
}

static void released(void *owner, const struct store_pulse *pulse)
{
    struct lease *lease = owner;
    lease->is_release_under_way = false;
    if (pulse->err == NULL)
        stats_add(STAT_GIVEN, lease->releasing_n);
    if (pulse->err == NULL)
        for (uint32_t i = 0; i < lease->releasing_n; i++)
            lease->holds[lease->releasing[i]] = lease->leaves[lease->releasing[i]] =
                false;
    stats_set(STAT_SHARDS_HELD, lease_shards(lease));
    if (lease->engine->is_releasing) {
        lease->phase = LEASE_GIVEN_BACK;
        loop_timer_stop(lease->beat);
    } else if (pulse->err == NULL) {
        log_info("shards given back", LOG_INT("given", lease->releasing_n),
                 LOG_INT("held", lease_shards(lease)));
    }
}

bool lease_hands_over(const struct lease *lease, struct id instance)
{
    return lease->engine->is_draining || lease->leaves[store_shard_of(instance)];
}
