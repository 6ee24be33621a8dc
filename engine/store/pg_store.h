/* The store in PostgreSQL, as its own files see it. */
#ifndef ENGINE_STORE_PG_STORE_H
#define ENGINE_STORE_PG_STORE_H

#include "engine/store/pg_link.h"
#include "engine/store/store_ops.h"

struct commit;

struct pg_lane {
    struct pg_link *link;
    struct commit *commit; /* under way; NULL: the lane is free */
};

struct pg_store {
    struct store store; /* first: a struct store * is one of these */
    struct event_base *base;
    struct store_hooks hooks;
    char *conninfo;
    char node[64];
    int64_t deadline, heartbeat_life;
    uint32_t capacity;
    struct pg_link *control, *reader, *matcher, *door;
    struct pg_lane lanes[STORE_LANES_MAX];
    struct pg_link *scanner; /* stands and falls by itself */
    struct pg_job *scan;     /* waits for it to be connected; NULL: none does */
    struct event *retry;
    uint32_t backoff_ms;
    struct pg_timeline timeline;
    bool is_up, said_away;
    struct id nonce;
    uint64_t incarnation; /* rises whenever claims are forgotten */
};

static inline struct pg_store *pg_of(struct store *store)
{
    return (struct pg_store *)store;
}

/* A job of one of our verbs: `self` is the store; whoever asked is kept for the answer.
 */
struct pg_job *pg_ask(struct pg_store *pg, void (*done)(struct pg_job *),
                      void (*reply)(void), void *reply_to);
#define PG_REPLY(done) ((void (*)(void))(done))

/* The end of one that only says what an operator said: done, or why not. */
void pg_answer_said(struct pg_job *job);

static inline const struct err *pg_job_err(const struct pg_job *job)
{
    return job->err.code == ERR_OK ? NULL : &job->err;
}

void pg_add_held(struct pg_store *pg, struct pg_param *shards); /* INT2[] */

/* $1 shards, $2 epochs, $3 owner: what `move` and `fence` begin with, for the shards
 * whose bit is set in `mask`. */
void pg_add_fence(struct pg_store *pg, struct pg_job *job, struct pg_params *params,
                  uint32_t mask);

/* What was asked before claims were forgotten says nothing of what is ours now, and must
 * not be asked again: whoever asked has forgotten what it was about. */
static inline bool pg_is_stale(const struct pg_store *pg, const struct pg_job *job)
{
    return job->incarnation != pg->incarnation;
}

/* True: some of its shards, which DETAIL of the lost fence does not name, are not ours
 * any more. Then this incarnation is over. */
bool pg_has_lost_shards(struct pg_store *pg, const struct pg_job *job);

/* This incarnation is over: claims are forgotten, and the owner is told. */
void pg_forget_claims(struct pg_store *pg);
void pg_incarnation_over(struct pg_store *pg);

/* pg_node.c */
void pg_join(struct store *, store_pulse_done *, void *);
void pg_beat(struct store *, store_pulse_done *, void *);
void pg_claim(struct store *, uint32_t, store_claim_done *, void *);
void pg_retire(struct store *, store_pulse_done *, void *);
void pg_release(struct store *, const uint32_t *, uint32_t, store_pulse_done *, void *);

/* pg_read.c */
void pg_mail(struct store *, uint64_t, uint32_t, store_mails_done *, void *);
void pg_skim_mail(struct store *, uint64_t, const struct text *, uint32_t, uint32_t,
                  store_mails_done *, void *);
void pg_skim_timers(struct store *, const struct store_timer *, uint32_t,
                    store_timers_done *, void *);
void pg_timers(struct store *, int64_t, const struct store_timer *, uint32_t,
               store_timers_done *, void *);
void pg_in_flight(struct store *, uint32_t, struct id, uint32_t, store_ids_done *,
                  void *);
void pg_load(struct store *, const struct id *, uint32_t, store_instances_done *, void *);
void pg_find(struct store *, struct text, struct text, store_instances_done *, void *);
void pg_arrivals(struct store *, uint32_t, store_arrivals_done *, void *);
void pg_version(struct store *, struct digest, store_version_done *, void *);
void pg_latest(struct store *, struct text, store_version_done *, void *);
void pg_declares(struct store *, struct text, store_version_done *, void *);
void pg_flows(struct store *, store_flows_done *, void *);
void pg_environment(struct store *, store_environment_done *, void *);

/* pg_commit.c */
bool pg_lane_is_free(const struct store *, uint32_t);
void pg_commit_free(struct commit *commit); /* NULL is fine */
void pg_commit(struct store *, uint32_t, const struct store_transition *, uint32_t,
               store_commits_done *, void *);

/* pg_settle.c */
void pg_settle(struct store *, uint32_t, const struct store_settlement *, uint32_t,
               store_pulse_done *, void *);

/* pg_match.c */
void pg_match(struct store *, const struct store_filing *, uint32_t, store_matches_done *,
              void *);
void pg_tend(struct store *, store_tended_done *, void *);

/* pg_door.c */
void pg_start(struct store *, struct text, struct text, struct text, struct text,
              store_said_done *, void *);
void pg_send(struct store *, struct text, struct text, struct text, struct text,
             store_said_done *, void *);
void pg_command(struct store *, struct id, struct text, struct text, struct text,
                struct text, store_said_done *, void *);
void pg_answer(struct store *, struct id, struct text, struct text, struct text,
               struct text, store_said_done *, void *);
void pg_task_place(struct store *, struct id, store_task_place_done *, void *);
void pg_token(struct store *, struct text, store_token_done *, void *);
void pg_list_instances(struct store *, const struct store_filter *, store_list_done *,
                       void *);
void pg_list_history(struct store *, struct id, const struct store_filter *,
                     store_list_done *, void *);
void pg_list_tasks(struct store *, const struct store_filter *, store_list_done *,
                   void *);
void pg_list_flows(struct store *, store_list_done *, void *);
void pg_list_nodes(struct store *, store_list_done *, void *);
void pg_list_adapters(struct store *, store_list_done *, void *);
void pg_list_counts(struct store *, store_list_done *, void *);
void pg_list_measures(struct store *, store_list_done *, void *);

/* pg_poison.c */
void pg_judge(struct store *, enum store_judgement, const struct store_suspect *,
              uint32_t, store_pulse_done *, void *);
void pg_holds_now(struct store *, store_holds_done *, void *);
void pg_let_go(struct store *, struct text, uint32_t, struct text, struct text,
               store_said_done *, void *);

/* pg_scan.c */
struct pg_link *pg_scan_link_new(struct pg_store *pg);
void pg_scan(struct store *, enum store_scan, store_scanned_done *, void *);

/* pg_breaker.c */
void pg_breakers(struct store *, store_breakers_done *, void *);
void pg_breaker_set(struct store *, const struct store_breaker *, int64_t, struct text,
                    store_breakers_done *, void *);
void pg_adapter(struct store *, struct text, struct text, struct text, struct text,
                store_said_done *, void *);

/* pg_moment.c */
void pg_schedules(struct store *, store_schedules_done *, void *);
void pg_begin_moment(struct store *, const struct store_moment *, store_said_done *,
                     void *);
void pg_reckon(struct store *, const struct store_moment *, struct text,
               store_pulse_done *, void *);

#endif
