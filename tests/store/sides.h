/* The two stores under one roof: nodes that can be opened and killed, and verbs that wait
 * for their answer. */
#ifndef TESTS_STORE_SIDES_H
#define TESTS_STORE_SIDES_H

#include <event2/event.h>

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/store/store.h"

struct node {
    struct store *store;
    int ups, aways, overs, bells;
};

struct side {
    const char *name;
    bool is_pg;
    struct event_base *base;
    struct arena *test; /* what answers are copied to; given back after each test */
    const char *conninfo;
    struct store_world *world;
    uint64_t pg_lock;
};

struct side *side_mem(struct event_base *base);
struct side *side_pg(struct event_base *base, const char *conninfo);
void side_reset(struct side *side); /* nothing is stored, the flow `f` is deployed */
void side_free(struct side *side);

/* Up and joined, with at most `shards` claimed. `life` is its heartbeat's, 0: 5 s. */
struct node *node_open(struct side *side, uint32_t shards, int64_t life);
void node_kill(struct node *node);
/* Turns of the loop until *flag is at least `wanted`; a deadline of 10 s ends the
 * program. */
void loop_until_at_least(struct event_base *base, const int *flag, int wanted);

struct got {
    struct err err;
    int done;
    int64_t now, next_at;
    bool more, created, duplicate, subscribed, emitted;
    uint32_t n, nodes, free_shards, share, delivered;
    struct id id;
    struct text text, next;
    struct store_mail *mails;
    struct store_timer *timers;
    struct id *ids;
    struct store_instance *instances;
    struct store_moved *moved;
    struct store_arrival *arrivals;
    struct store_schedule *schedules;
    struct store_breaker *breakers;
    uint64_t breakers_rev, holds_rev;
    struct store_hold *holds;
    uint32_t blames_n, blamed; /* deaths of all of them */
    uint32_t suspected;        /* of instances */
    struct side *side;
    const struct store_transition *sent;
};

struct got do_beat(struct side *, struct node *);
struct got do_join(struct side *, struct node *);
struct got do_claim(struct side *, struct node *, uint32_t most);
struct got do_release_all(struct side *, struct node *);
struct got do_mail(struct side *, struct node *, uint64_t after, uint32_t most);
struct got do_skim_mail(struct side *, struct node *, uint64_t after, struct text left,
                        uint32_t most);
struct got do_skim_timers(struct side *, struct node *, const struct store_timer *after,
                          uint32_t most);
struct got do_timers(struct side *, struct node *, int64_t ahead,
                     const struct store_timer *after, uint32_t most);
struct got do_in_flight(struct side *, struct node *, uint32_t shard);
struct got do_load(struct side *, struct node *, struct id id);
struct got do_find(struct side *, struct node *, const char *key);
/* All of them, lane by lane; moved[i] as in the batch. */
struct got do_commit(struct side *, struct node *, const struct store_transition *all,
                     uint32_t n);
struct got do_settle(struct side *, struct node *, const struct store_settlement *one);
struct got do_arrivals(struct side *, struct node *, uint32_t most);
struct got do_match(struct side *, struct node *, const struct store_filing *filings,
                    uint32_t n);
struct got do_tend(struct side *, struct node *);
struct got do_start(struct side *, struct node *, const char *flow, const char *args,
                    const char *key);
struct got do_send(struct side *, struct node *, const char *event, const char *body);
struct got do_send_message(struct side *, struct node *, const char *event,
                           const char *body, const char *message);
struct got do_declares(struct side *, struct node *, const char *event);
struct got do_schedules(struct side *, struct node *);
struct got do_begin_moment(struct side *, struct node *, const struct store_moment *);
struct got do_reckon(struct side *, struct node *, const struct store_moment *,
                     const char *problem);
struct got do_breakers(struct side *, struct node *);
/* `created`: it was set. */
struct got do_breaker_set(struct side *, struct node *, const struct store_breaker *,
                          int64_t wait);
struct got do_judge(struct side *, struct node *, enum store_judgement,
                    const struct store_suspect *, uint32_t n);
struct got do_holds(struct side *, struct node *);
struct got do_let_go(struct side *, struct node *, const char *flow, uint32_t version);
/* `text`: what it says. */
struct got do_scan(struct side *, struct node *, enum store_scan scan);
struct got do_adapter(struct side *, struct node *, const char *adapter,
                      const char *verb);
/* The flow `tick`, version `n`, that begins by itself by `rule`. */
void deploy_tick(struct side *, uint32_t n, const char *rule);
struct got do_task_place(struct side *, struct node *, struct id task);
struct got do_command(struct side *, struct node *, struct id instance, const char *verb);
struct got do_answer(struct side *, struct node *, struct id task, const char *outcome);
struct got do_counts(struct side *, struct node *);
struct got do_instances(struct side *, struct node *, const char *status);
struct got do_history(struct side *, struct node *, struct id instance);
struct got do_tasks(struct side *, struct node *);

/* Instances of that status, as the counts say. */
int count_of(struct side *side, struct node *node, const char *status);

/* Files everything that has arrived, by the hash of its `order`, and matches. */
struct got match_all(struct side *, struct node *);
uint64_t hash_of(const char *order);
/* How many rows of the inbox are of that kind (as the view says it). */
int inbox_count(struct side *side, const char *what);

/* The next transition of `row`, as if it waited for nothing. */
struct store_transition next_of(const struct store_instance *row);
struct store_instance loaded(struct side *, struct node *, struct id id);

#endif
