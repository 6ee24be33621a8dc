/* The world of store_mem: the same rows as the tables, in arrays. The poor twin: it
 * searches from end to end, forgets nothing it was told, and loses everything at exit. */
#ifndef ENGINE_STORE_MEM_WORLD_H
#define ENGINE_STORE_MEM_WORLD_H

#include <jansson.h>

#include "engine/store/store_ops.h"

/* An array of rows on the heap. */
#define MEM_TABLE(type)                                                                  \
    struct {                                                                             \
        type *at;                                                                        \
        unsigned n, room;                                                                \
    }
#define mem_add(table)                                                                   \
    ((table)->n == (table)->room                                                         \
         ? (void)((table)->at =                                                          \
                      keep_grow((table)->at, &(table)->room, 16, sizeof *(table)->at))   \
         : (void)0,                                                                      \
     memset(&(table)->at[(table)->n], 0, sizeof *(table)->at),                           \
     &(table)->at[(table)->n++])
/* The rows behind move up: the order of arrival stays. */
#define mem_remove(table, i)                                                             \
    (memmove(&(table)->at[i], &(table)->at[(i) + 1],                                     \
             ((table)->n - (i)-1) * sizeof *(table)->at),                                \
     (table)->n--)

struct mem_version {
    struct text flow;
    uint32_t number;
    struct digest hash;
    struct text image, source;
    json_t *meta;
    int64_t held_at; /* 0: it is not */
};

struct mem_instance {
    struct id id;
    unsigned version; /* in versions */
    struct text key, state;
    uint32_t rev;
    enum instance_status status;
    bool in_flight;
    int64_t since, started_at, ended_at, timer_at;
    struct text snapshot;
    const struct digest *holds; /* large values */
    uint32_t holds_n;
    struct text args; /* as it was started, sorted */
    bool has_key;
    struct id parent;
    bool is_owned;
};

struct mem_value {
    uint32_t shard;
    struct digest hash;
    uint32_t holders;
    struct text bytes;
};

struct mem_journal {
    struct id instance;
    uint32_t rev;
    int64_t at;
    enum stimulus_kind stimulus;
    struct text entries;
    uint32_t decided_from; /* the revision it was decided from */
    uint64_t by, owner;    /* who wrote it, and whose the shard was then */
};

enum mem_what { /* of the inbox; the numbers of the table */
                MEM_NEW,
                MEM_FILING,
                MEM_DELIVERED,
                MEM_HELD,
                MEM_UNCLAIMED,
                MEM_DUPLICATE,
                MEM_REFUSED
};

struct mem_offer {
    struct id instance;
    uint32_t number;
};

struct mem_event {
    struct id id;
    struct text event, body;
    int64_t at, until, held;
    enum mem_what what;
    bool begun;
    bool is_back; /* somebody gave it back since the last match */
    uint32_t copies, refusals;
    MEM_TABLE(struct store_hash) hashes;
    MEM_TABLE(struct mem_offer) offers;
    struct text problem, pointer;
};

struct mem_subscription {
    struct id instance;
    struct store_subscription row;
    bool fresh;
};

struct mem_task {
    struct id id, instance;
    struct store_task row;
};

struct mem_request {
    struct id id;
    bool done;
    struct text problem;
};

struct mem_seen {
    struct digest digest;
    int64_t until;
};

struct mem_generation {
    struct digest key;
    uint32_t n;
};

struct mem_schedule {
    struct text flow, rule;
    uint32_t line;
    unsigned version;
    int64_t over, due;
    bool is_paused;
    struct text problem;
};

struct mem_measured {
    struct id instance;
    unsigned version;
    struct text measure, unit;
    struct decimal value;
    enum measured_met met;
};

struct mem_token {
    struct text token, name, role, scopes;
    int64_t expires_at;
};

struct mem_node {
    uint64_t nonce;
    int64_t expires_at;
    uint32_t capacity;
};

/* How long what is sent is under way, in µs of the world's clock. A request of a lane
 * that takes less than nothing is lost, and its session with it. */
struct mem_roads {
    int64_t (*request)(void *owner);
    int64_t (*answer)(void *owner);
    void *owner;
};

struct store_world {
    int64_t (*now)(void *);
    void *clock;
    const struct mem_roads *roads; /* NULL: all is done at once */
    struct mem_errand *errands;    /* requests under way, the next to arrive first */
    struct arena *texts;           /* every text there is: given back with the world */
    uint64_t next_seq, next_node, holds_rev;
    struct {
        uint64_t owner, epoch;
    } leases[STORE_SHARDS];
    MEM_TABLE(struct mem_node) nodes;
    MEM_TABLE(struct mem_version) versions;
    MEM_TABLE(struct mem_instance) instances;
    MEM_TABLE(struct mem_value) values;
    MEM_TABLE(struct mem_journal) journal;
    MEM_TABLE(struct store_mail) mail;
    MEM_TABLE(struct mem_subscription) subscriptions;
    MEM_TABLE(struct mem_event) inbox;
    MEM_TABLE(struct mem_seen) seen;
    MEM_TABLE(struct mem_task) tasks;
    MEM_TABLE(struct mem_request) requests;
    MEM_TABLE(struct mem_generation) generations;
    MEM_TABLE(struct mem_token) tokens;
    MEM_TABLE(struct mem_schedule) schedules;
    MEM_TABLE(struct mem_measured) measured;
    MEM_TABLE(struct store_breaker) breakers;
    json_t *environment;
    uint32_t environment_version;
    MEM_TABLE(struct mem_store *) stores; /* who is open, for the doorbell */
};

/* Connections of a node, as store_pg has them: what goes one way stays in order, and what
 * goes different ways overtakes. */
enum mem_link { MEM_READER, MEM_CONTROL, MEM_MATCHER, MEM_DOOR, MEM_LANES, MEM_LINKS };

enum mem_break { MEM_WHOLE, MEM_BREAKS_BEFORE, MEM_BREAKS_AFTER };

struct mem_store {
    struct store store; /* first */
    struct event_base *base;
    struct store_world *world;
    struct store_hooks hooks;
    int64_t heartbeat_life;
    uint32_t capacity;
    uint64_t nonce; /* 0: has not joined */
    bool is_up;
    bool rings; /* a bell is under way */
    bool lane_busy[STORE_LANES_MAX];
    enum mem_break breaks;          /* what becomes of the next commit */
    uint64_t incarnation;           /* rises whenever claims are forgotten */
    int64_t answered_at[MEM_LINKS]; /* nothing on that link comes before */
    struct mem_answer *answers;
};

static inline struct mem_store *mem_of(struct store *store)
{
    return (struct mem_store *)store;
}

/* An answer that will be given from the loop: `call` reads `reply`, and both lie on
 * `arena`, which is given back then. */
struct mem_answer {
    struct arena *arena;
    struct mem_store *mem;
    void (*call)(struct mem_answer *answer);
    void (*reply)(void);
    void *reply_to;
    void *data;
    struct err err;
    int64_t now;          /* when it was done */
    uint64_t incarnation; /* in which it was asked for */
    enum mem_link link;
    int64_t at; /* it arrives */
    struct event *event;
    struct mem_answer *next, *previous;
};

/* Who wrote it, as it was when it was sent. */
struct mem_ticket {
    uint64_t nonce;
    bool holds[STORE_SHARDS];
    int64_t epochs[STORE_SHARDS];
};
struct mem_ticket mem_ticket(const struct mem_store *mem);

/* A request of a lane that is under way: `arrives` does it, whoever listens by then. */
struct mem_errand {
    struct arena *arena;
    struct store_world *world;
    struct mem_answer *answer; /* NULL: nobody listens any more */
    struct mem_ticket ticket;
    void (*arrives)(struct mem_errand *errand);
    const void *all; /* store_transition[n], store_settlement[n] */
    uint32_t n;
    int64_t at;
    struct mem_errand *next;
};
struct mem_answer *mem_answer_new(struct mem_store *mem,
                                  void (*call)(struct mem_answer *), void (*reply)(void),
                                  void *reply_to);
void mem_answer_send(struct mem_answer *answer);
/* The error of the answer: NULL when there is none. A store that is away fails all. */
const struct err *mem_answer_err(struct mem_answer *answer);
/* Who asked does not hear what became of it, unless it is known to have failed. */
void mem_answer_lost(struct mem_answer *answer);
/* Asked for before claims were forgotten. */
bool mem_answer_is_stale(const struct mem_answer *answer);

/* mem_travel.c: an errand is sent, or done at once where there are no roads. */
struct mem_errand *mem_errand_new(struct mem_answer *answer,
                                  void (*arrives)(struct mem_errand *));
void mem_errand_send(struct mem_errand *errand);
/* What has arrived by now is done, and answers that have come are told at the next turn
 * of their node's loop. */
void mem_turn(struct store_world *world);
int64_t
mem_next(const struct store_world *world); /* when something arrives; 0: nothing */
/* Whether something lies there for the node's next turn. */
bool mem_has_come(const struct store *store);
/* The session is cut: what was asked for is in doubt, and may be done all the same. */
void mem_cut(struct store *store);
void mem_answer_put(struct mem_answer *answer);
void mem_answers_cut(struct mem_store *mem);
void mem_errands_abandon(struct mem_store *mem);
void mem_errands_free(struct store_world *world);

/* mem_values.c: what a transition begins and ceases to hold; all that it holds, as a
 * store hands it out. */
void mem_values_change(struct store_world *world, const struct store_transition *t);
struct text mem_values_of(struct store_world *world, struct arena *arena,
                          const struct mem_instance *row);

struct text mem_keep(struct store_world *world, struct text t);
struct id mem_id(struct store_world *world, int shard); /* -1: any */
int64_t mem_now(const struct store_world *world);
void mem_ring(struct store_world *world);
void mem_ring_nodes(struct store_world *world);
void mem_incarnation_over(struct mem_store *mem); /* its owner is to be told */
bool mem_is_fenced(const struct store_world *world, const struct mem_ticket *ticket,
                   uint32_t shard);
bool mem_holds(const struct mem_store *mem, uint32_t shard); /* by its claims of now */

struct mem_instance *mem_instance(struct store_world *world, struct id id);
const struct mem_version *mem_version_latest(const struct store_world *world,
                                             struct text flow);
const struct mem_version *mem_version_declares(const struct store_world *world,
                                               struct text event);
struct store_mail *mem_mail_new(struct store_world *world, struct id instance,
                                enum stimulus_kind kind);
/* Whether it was there; given back events are counted. */
bool mem_mail_take(struct store_world *world, uint64_t seq, bool given_back,
                   struct text problem, bool only_look);

/* Starts, or finds the one that lives. False: `err`. */
bool mem_begin(struct store_world *world, const struct mem_version *version,
               struct text args, struct text key, bool again, struct id *id,
               bool *created, struct err *err);
/* The instance of that flow whose key lives; NULL. */
struct mem_instance *mem_living(struct store_world *world, struct text flow,
                                struct text key);
/* A child that could not begin: whoever ran it hears so. */
void mem_refuse_child(struct store_world *world, struct id parent, struct id child,
                      const char *why);
/* A row of the inbox; `duplicate` when its digest was seen. */
struct id mem_inbox_add(struct store_world *world, struct text event, struct text body,
                        int64_t held, const struct digest *unique, bool *duplicate);

/* The connection is lost now, and comes back. */
void mem_break_now(struct mem_store *mem);

/* mem_commit.c */
bool mem_lane_is_free(const struct store *, uint32_t);
void mem_commit(struct store *, uint32_t, const struct store_transition *, uint32_t,
                store_commits_done *, void *);
void mem_settle(struct store *, uint32_t, const struct store_settlement *, uint32_t,
                store_pulse_done *, void *);

/* mem_events.c */
void mem_arrivals(struct store *, uint32_t, store_arrivals_done *, void *);
void mem_match(struct store *, const struct store_filing *, uint32_t,
               store_matches_done *, void *);
void mem_tend(struct store *, store_tended_done *, void *);

/* mem_read.c */
void mem_mail(struct store *, uint64_t, uint32_t, store_mails_done *, void *);
void mem_skim_mail(struct store *, uint64_t, const struct text *, uint32_t, uint32_t,
                   store_mails_done *, void *);
void mem_skim_timers(struct store *, const struct store_timer *, uint32_t,
                     store_timers_done *, void *);
void mem_timers(struct store *, int64_t, const struct store_timer *, uint32_t,
                store_timers_done *, void *);
void mem_in_flight(struct store *, uint32_t, struct id, uint32_t, store_ids_done *,
                   void *);
void mem_load(struct store *, const struct id *, uint32_t, store_instances_done *,
              void *);
void mem_find(struct store *, struct text, struct text, store_instances_done *, void *);
void mem_version(struct store *, struct digest, store_version_done *, void *);
void mem_latest(struct store *, struct text, store_version_done *, void *);
void mem_declares(struct store *, struct text, store_version_done *, void *);
void mem_flows(struct store *, store_flows_done *, void *);
void mem_environment(struct store *, store_environment_done *, void *);

/* mem_door.c */
void mem_start(struct store *, struct text, struct text, struct text, struct text,
               store_said_done *, void *);
void mem_send(struct store *, struct text, struct text, struct text, struct text,
              store_said_done *, void *);
void mem_command(struct store *, struct id, struct text, struct text, struct text,
                 struct text, store_said_done *, void *);
void mem_answer_task(struct store *, struct id, struct text, struct text, struct text,
                     struct text, store_said_done *, void *);
void mem_task_place(struct store *, struct id, store_task_place_done *, void *);
void mem_token(struct store *, struct text, store_token_done *, void *);
void mem_list_instances(struct store *, const struct store_filter *, store_list_done *,
                        void *);
void mem_list_history(struct store *, struct id, const struct store_filter *,
                      store_list_done *, void *);
void mem_list_tasks(struct store *, const struct store_filter *, store_list_done *,
                    void *);
void mem_list_flows(struct store *, store_list_done *, void *);
void mem_list_counts(struct store *, store_list_done *, void *);
void mem_list_send(struct store *, json_t *items, store_list_done *, void *);

/* mem_breaker.c */
uint64_t mem_breakers_rev(const struct store_world *world);
void mem_breakers(struct store *, store_breakers_done *, void *);
void mem_breaker_set(struct store *, const struct store_breaker *, int64_t, struct text,
                     store_breakers_done *, void *);
void mem_adapter(struct store *, struct text, struct text, struct text, struct text,
                 store_said_done *, void *);
void mem_list_adapters(struct store *, store_list_done *, void *);

/* mem_hold.c */
bool mem_is_held(struct store_world *world, struct id instance);
void mem_holds_now(struct store *, store_holds_done *, void *);
void mem_let_go(struct store *, struct text, uint32_t, struct text, struct text,
                store_said_done *, void *);

/* mem_moment.c */
void mem_schedules_deployed(struct store_world *world, const struct mem_version *version);
void mem_measure(struct store_world *world, const struct mem_instance *row,
                 const struct store_measured *measured);
void mem_schedules(struct store *, store_schedules_done *, void *);
void mem_begin_moment(struct store *, const struct store_moment *, store_said_done *,
                      void *);
void mem_reckon(struct store *, const struct store_moment *, struct text,
                store_pulse_done *, void *);
void mem_list_measures(struct store *, store_list_done *, void *);

#endif
