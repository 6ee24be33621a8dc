/* A store as its implementations see it: a table of the verbs of store.h. */
#ifndef ENGINE_STORE_STORE_OPS_H
#define ENGINE_STORE_STORE_OPS_H

#include "engine/store/store.h"

struct store_ops {
    void (*close)(struct store *);
    void (*join)(struct store *, store_pulse_done *, void *);
    void (*beat)(struct store *, store_pulse_done *, void *);
    void (*claim)(struct store *, uint32_t, store_claim_done *, void *);
    void (*release)(struct store *, const uint32_t *, uint32_t, store_pulse_done *,
                    void *);
    void (*retire)(struct store *, store_pulse_done *, void *);
    void (*judge)(struct store *, enum store_judgement, const struct store_suspect *,
                  uint32_t, store_pulse_done *, void *);
    void (*mail)(struct store *, uint64_t, uint32_t, store_mails_done *, void *);
    void (*timers)(struct store *, int64_t, const struct store_timer *, uint32_t,
                   store_timers_done *, void *);
    void (*skim_mail)(struct store *, uint64_t, const struct text *, uint32_t, uint32_t,
                      store_mails_done *, void *);
    void (*skim_timers)(struct store *, const struct store_timer *, uint32_t,
                        store_timers_done *, void *);
    void (*in_flight)(struct store *, uint32_t, struct id, uint32_t, store_ids_done *,
                      void *);
    void (*load)(struct store *, const struct id *, uint32_t, store_instances_done *,
                 void *);
    void (*find)(struct store *, struct text, struct text, store_instances_done *,
                 void *);
    bool (*lane_is_free)(const struct store *, uint32_t);
    void (*commit)(struct store *, uint32_t, const struct store_transition *, uint32_t,
                   store_commits_done *, void *);
    void (*settle)(struct store *, uint32_t, const struct store_settlement *, uint32_t,
                   store_pulse_done *, void *);
    void (*arrivals)(struct store *, uint32_t, store_arrivals_done *, void *);
    void (*match)(struct store *, const struct store_filing *, uint32_t,
                  store_matches_done *, void *);
    void (*tend)(struct store *, store_tended_done *, void *);
    void (*scan)(struct store *, enum store_scan, store_scanned_done *, void *);
    void (*version)(struct store *, struct digest, store_version_done *, void *);
    void (*latest)(struct store *, struct text, store_version_done *, void *);
    void (*declares)(struct store *, struct text, store_version_done *, void *);
    void (*flows)(struct store *, store_flows_done *, void *);
    void (*environment)(struct store *, store_environment_done *, void *);
    void (*start)(struct store *, struct text, struct text, struct text, struct text,
                  store_said_done *, void *);
    void (*send)(struct store *, struct text, struct text, struct text, struct text,
                 store_said_done *, void *);
    void (*command)(struct store *, struct id, struct text, struct text, struct text,
                    struct text, store_said_done *, void *);
    void (*answer)(struct store *, struct id, struct text, struct text, struct text,
                   struct text, store_said_done *, void *);
    void (*task_place)(struct store *, struct id, store_task_place_done *, void *);
    void (*token)(struct store *, struct text, store_token_done *, void *);
    void (*list_instances)(struct store *, const struct store_filter *, store_list_done *,
                           void *);
    void (*list_history)(struct store *, struct id, const struct store_filter *,
                         store_list_done *, void *);
    void (*list_tasks)(struct store *, const struct store_filter *, store_list_done *,
                       void *);
    void (*list_flows)(struct store *, store_list_done *, void *);
    void (*list_nodes)(struct store *, store_list_done *, void *);
    void (*list_counts)(struct store *, store_list_done *, void *);
    void (*list_measures)(struct store *, store_list_done *, void *);
    void (*schedules)(struct store *, store_schedules_done *, void *);
    void (*begin_moment)(struct store *, const struct store_moment *, store_said_done *,
                         void *);
    void (*holds_now)(struct store *, store_holds_done *, void *);
    void (*let_go)(struct store *, struct text, uint32_t, struct text, struct text,
                   store_said_done *, void *);
    void (*breakers)(struct store *, store_breakers_done *, void *);
    void (*breaker_set)(struct store *, const struct store_breaker *, int64_t,
                        struct text, store_breakers_done *, void *);
    void (*adapter)(struct store *, struct text, struct text, struct text, struct text,
                    store_said_done *, void *);
    void (*list_adapters)(struct store *, store_list_done *, void *);
    void (*reckon)(struct store *, const struct store_moment *, struct text,
                   store_pulse_done *, void *);
};

struct store {
    const struct store_ops *ops;
    uint32_t lanes;
    bool holds[STORE_SHARDS];
    int64_t epochs[STORE_SHARDS];
};

/* Of flow and key, and of an idempotency key: where its row lies. */
uint32_t store_shard_of_key(struct text flow, struct text key);
uint32_t store_shard_of_digest(const struct digest *key);

/* What the timer table holds after a transition: moved only when the next moment is
 * earlier, or the instance has ended; a timer that is early is set anew when it fires. */
int64_t store_timer_after(const struct store_transition *t);

/* A deep copy, for those who answer later. */
struct store_transition *store_transitions_copy(struct arena *arena,
                                                const struct store_transition *all,
                                                uint32_t n);

#endif
