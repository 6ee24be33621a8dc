/* The verbs of a store, handed on to its implementation; and where things lie. */
#include "engine/store/store_ops.h"

#include <string.h>

uint32_t store_shard_of(struct id id)
{
    return id.bytes[15] % STORE_SHARDS;
}

uint32_t store_shard_of_event(struct text event)
{
    struct digest d = digest_of(event);
    return d.bytes[0] % STORE_SHARDS;
}

uint32_t store_shard_of_key(struct text flow, struct text key)
{
    scoped_arena struct arena *call = arena_new("call", 1 << 16);
    struct digest d = digest_of(text_of(
        arena_printf(call, TEXT_FMT "/" TEXT_FMT, TEXT_ARG(flow), TEXT_ARG(key))));
    return d.bytes[0] % STORE_SHARDS;
}

uint32_t store_shard_of_digest(const struct digest *key)
{
    return key->bytes[0] % STORE_SHARDS;
}

uint32_t store_share(const uint32_t *capacities, uint32_t n, uint32_t me)
{
    uint32_t left = STORE_SHARDS, share = 0;
    for (uint32_t i = 0; i <= me && i < n; i++) {
        uint32_t even = (left + n - i - 1) / (n - i);
        share = capacities[i] < even ? capacities[i] : even;
        left -= share;
    }
    return share;
}

int64_t store_timer_after(const struct store_transition *t)
{
    if (instance_status_is_ended(t->status))
        return 0;
    if (t->wake_at == 0 || (t->timer_at != 0 && t->timer_at <= t->wake_at))
        return t->timer_at;
    return t->wake_at;
}

uint32_t store_lanes(const struct store *store)
{
    return store->lanes;
}

uint32_t store_lane_of(const struct store *store, struct id id)
{
    return store_shard_of(id) % store->lanes;
}

bool store_holds(const struct store *store, uint32_t shard)
{
    must(shard < STORE_SHARDS);
    return store->holds[shard];
}

bool store_lane_is_free(const struct store *store, uint32_t lane)
{
    return store->ops->lane_is_free(store, lane);
}

void store_close(struct store *store)
{
    if (store != NULL)
        store->ops->close(store);
}

void store_join(struct store *store, store_pulse_done *done, void *owner)
{
    store->ops->join(store, done, owner);
}

void store_beat(struct store *store, store_pulse_done *done, void *owner)
{
    store->ops->beat(store, done, owner);
}

void store_claim(struct store *store, uint32_t most, store_claim_done *done, void *owner)
{
    store->ops->claim(store, most, done, owner);
}

void store_release(struct store *store, const uint32_t *shards, uint32_t n,
                   store_pulse_done *done, void *owner)
{
    must(n <= STORE_SHARDS);
    store->ops->release(store, shards, n, done, owner);
}

void store_retire(struct store *store, store_pulse_done *done, void *owner)
{
    store->ops->retire(store, done, owner);
}

void store_scan(struct store *store, enum store_scan scan, store_scanned_done *done,
                void *owner)
{
    must(scan < STORE_SCANS);
    store->ops->scan(store, scan, done, owner);
}

void store_judge(struct store *store, enum store_judgement judgement,
                 const struct store_suspect *suspects, uint32_t n, store_pulse_done *done,
                 void *owner)
{
    store->ops->judge(store, judgement, suspects, n, done, owner);
}

void store_holds_now(struct store *store, store_holds_done *done, void *owner)
{
    store->ops->holds_now(store, done, owner);
}

static uint32_t page(uint32_t most)
{
    return most == 0 || most > STORE_PAGE_MAX ? STORE_PAGE_MAX : most;
}

void store_mail(struct store *store, uint64_t after, uint32_t most,
                store_mails_done *done, void *owner)
{
    store->ops->mail(store, after, page(most), done, owner);
}

void store_timers(struct store *store, int64_t ahead, const struct store_timer *after,
                  uint32_t most, store_timers_done *done, void *owner)
{
    store->ops->timers(store, ahead, after, page(most), done, owner);
}

struct text store_line(char room[STORE_LINE_BYTES], struct text flow, struct text key)
{
    const char *slash = key.n == 0 ? NULL : memchr(key.chars, '/', key.n);
    struct text part =
        slash == NULL ? TEXT("") : text_cut(key, 0, (size_t)(slash - key.chars));
    int n = snprintf(room, STORE_LINE_BYTES, TEXT_FMT "%s" TEXT_FMT, TEXT_ARG(flow),
                     part.n == 0 ? "" : "/", TEXT_ARG(part));
    return (struct text){room, n < STORE_LINE_BYTES ? (size_t)n : STORE_LINE_BYTES - 1};
}

void store_skim_mail(struct store *store, uint64_t after, const struct text *left,
                     uint32_t left_n, uint32_t most, store_mails_done *done, void *owner)
{
    store->ops->skim_mail(store, after, left, left_n, page(most), done, owner);
}

void store_skim_timers(struct store *store, const struct store_timer *after,
                       uint32_t most, store_timers_done *done, void *owner)
{
    store->ops->skim_timers(store, after, page(most), done, owner);
}

void store_in_flight(struct store *store, uint32_t shard, struct id after, uint32_t most,
                     store_ids_done *done, void *owner)
{
    must(shard < STORE_SHARDS);
    store->ops->in_flight(store, shard, after, page(most), done, owner);
}

void store_load(struct store *store, const struct id *ids, uint32_t n,
                store_instances_done *done, void *owner)
{
    must(n <= STORE_PAGE_MAX);
    store->ops->load(store, ids, n, done, owner);
}

void store_find(struct store *store, struct text flow, struct text key,
                store_instances_done *done, void *owner)
{
    store->ops->find(store, flow, key, done, owner);
}

void store_commit(struct store *store, uint32_t lane, const struct store_transition *all,
                  uint32_t n, store_commits_done *done, void *owner)
{
    must(lane < store->lanes && n > 0 && n <= STORE_BATCH_MAX);
    must(store_lane_is_free(store, lane));
    for (uint32_t i = 0; i < n; i++)
        must(store_lane_of(store, all[i].id) == lane);
    store->ops->commit(store, lane, all, n, done, owner);
}

void store_settle(struct store *store, uint32_t lane, const struct store_settlement *all,
                  uint32_t n, store_pulse_done *done, void *owner)
{
    must(lane < store->lanes && n > 0 && n <= STORE_BATCH_MAX);
    store->ops->settle(store, lane, all, n, done, owner);
}

void store_arrivals(struct store *store, uint32_t most, store_arrivals_done *done,
                    void *owner)
{
    store->ops->arrivals(store, page(most), done, owner);
}

void store_match(struct store *store, const struct store_filing *filings, uint32_t n,
                 store_matches_done *done, void *owner)
{
    must(n <= STORE_PAGE_MAX);
    store->ops->match(store, filings, n, done, owner);
}

void store_tend(struct store *store, store_tended_done *done, void *owner)
{
    store->ops->tend(store, done, owner);
}

void store_version(struct store *store, struct digest hash, store_version_done *done,
                   void *owner)
{
    store->ops->version(store, hash, done, owner);
}

void store_latest(struct store *store, struct text flow, store_version_done *done,
                  void *owner)
{
    store->ops->latest(store, flow, done, owner);
}

void store_declares(struct store *store, struct text event, store_version_done *done,
                    void *owner)
{
    store->ops->declares(store, event, done, owner);
}

void store_flows(struct store *store, store_flows_done *done, void *owner)
{
    store->ops->flows(store, done, owner);
}

void store_environment(struct store *store, store_environment_done *done, void *owner)
{
    store->ops->environment(store, done, owner);
}

void store_start(struct store *store, struct text flow, struct text args, struct text key,
                 struct text actor, store_said_done *done, void *owner)
{
    store->ops->start(store, flow, args, key, actor, done, owner);
}

void store_send(struct store *store, struct text event, struct text body,
                struct text message, struct text actor, store_said_done *done,
                void *owner)
{
    store->ops->send(store, event, body, message, actor, done, owner);
}

void store_command(struct store *store, struct id instance, struct text verb,
                   struct text args, struct text reason, struct text actor,
                   store_said_done *done, void *owner)
{
    store->ops->command(store, instance, verb, args, reason, actor, done, owner);
}

void store_answer(struct store *store, struct id task, struct text outcome,
                  struct text data, struct text reason, struct text actor,
                  store_said_done *done, void *owner)
{
    store->ops->answer(store, task, outcome, data, reason, actor, done, owner);
}

void store_task_place(struct store *store, struct id task, store_task_place_done *done,
                      void *owner)
{
    store->ops->task_place(store, task, done, owner);
}

void store_token(struct store *store, struct text token, store_token_done *done,
                 void *owner)
{
    store->ops->token(store, token, done, owner);
}

void store_list_instances(struct store *store, const struct store_filter *filter,
                          store_list_done *done, void *owner)
{
    store->ops->list_instances(store, filter, done, owner);
}

void store_list_history(struct store *store, struct id instance,
                        const struct store_filter *filter, store_list_done *done,
                        void *owner)
{
    store->ops->list_history(store, instance, filter, done, owner);
}

void store_list_tasks(struct store *store, const struct store_filter *filter,
                      store_list_done *done, void *owner)
{
    store->ops->list_tasks(store, filter, done, owner);
}

void store_list_flows(struct store *store, store_list_done *done, void *owner)
{
    store->ops->list_flows(store, done, owner);
}

void store_list_nodes(struct store *store, store_list_done *done, void *owner)
{
    store->ops->list_nodes(store, done, owner);
}

void store_list_counts(struct store *store, store_list_done *done, void *owner)
{
    store->ops->list_counts(store, done, owner);
}

void store_list_measures(struct store *store, store_list_done *done, void *owner)
{
    store->ops->list_measures(store, done, owner);
}

void store_schedules(struct store *store, store_schedules_done *done, void *owner)
{
    store->ops->schedules(store, done, owner);
}

void store_begin_moment(struct store *store, const struct store_moment *moment,
                        store_said_done *done, void *owner)
{
    store->ops->begin_moment(store, moment, done, owner);
}

void store_reckon(struct store *store, const struct store_moment *moment,
                  struct text problem, store_pulse_done *done, void *owner)
{
    store->ops->reckon(store, moment, problem, done, owner);
}

void store_breakers(struct store *store, store_breakers_done *done, void *owner)
{
    store->ops->breakers(store, done, owner);
}

void store_breaker_set(struct store *store, const struct store_breaker *breaker,
                       int64_t wait, struct text problem, store_breakers_done *done,
                       void *owner)
{
    store->ops->breaker_set(store, breaker, wait, problem, done, owner);
}

void store_adapter(struct store *store, struct text adapter, struct text verb,
                   struct text reason, struct text actor, store_said_done *done,
                   void *owner)
{
    store->ops->adapter(store, adapter, verb, reason, actor, done, owner);
}

void store_let_go(struct store *store, struct text flow, uint32_t version,
                  struct text reason, struct text actor, store_said_done *done,
                  void *owner)
{
    store->ops->let_go(store, flow, version, reason, actor, done, owner);
}

void store_list_adapters(struct store *store, store_list_done *done, void *owner)
{
    store->ops->list_adapters(store, done, owner);
}
