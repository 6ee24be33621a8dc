/* Who am I, and which shards are mine: joining, heartbeat, taking over, giving back. */
#ifndef ENGINE_RUN_LEASE_H
#define ENGINE_RUN_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/id.h"
#include "engine/store/store.h"

struct engine;
struct loop_timer;

enum lease_phase {
    LEASE_AWAY,    /* the database cannot be reached */
    LEASE_JOINING, /* asking for a new incarnation */
    LEASE_JOINED,
    LEASE_GIVEN_BACK /* drained: nothing is taken any more */
};

struct recovery { /* of one shard that was taken over */
    struct engine *engine;
    uint32_t shard;
    bool is_under_way;
    bool again; /* and then from the first */
    struct id after;
};

struct lease {
    struct engine *engine;
    enum lease_phase phase;
    struct loop_timer *beat;
    bool is_beat_under_way;
    bool is_claim_under_way;
    bool is_release_under_way;
    bool is_first_claim_done;
    uint32_t nodes, share;
    int64_t asked_at;    /* when the heartbeat under way was sent */
    int64_t fresh_until; /* by our own clock: nobody has taken our shards before */
    int64_t eager_until; /* just joined: shards are looked for more often */
    uint64_t deployed;
    bool holds[STORE_SHARDS];
    bool leaves[STORE_SHARDS]; /* to be given back to a new node */
    struct recovery recoveries[STORE_SHARDS];
    uint32_t recovering; /* shards whose calls in flight are still being read */
    uint32_t releasing[STORE_SHARDS];
    uint32_t releasing_n;
    bool is_told_away;
};

void lease_init(struct lease *lease, struct engine *engine);
void lease_deinit(struct lease *lease);

/* From the store. */
void lease_up(struct lease *lease);
void lease_away(struct lease *lease, const struct err *err);
void lease_over(struct lease *lease);
void lease_nodes(struct lease *lease); /* somebody came, or gave shards back */

/* At each turn: without an answer to our heartbeat we stop before others may begin. */
void lease_turn(struct lease *lease);

/* May work be read and done? Not before what was in flight is known. */
bool lease_is_joined(const struct lease *lease);
bool lease_is_working(const struct lease *lease);
/* Nobody else can have taken this instance by now: something may be sent for it. */
bool lease_may_send(const struct lease *lease, struct id instance);
uint32_t lease_shards(const struct lease *lease);
/* What is in flight is settled again, as after a take-over: there is more of it now. */
void lease_recover(struct lease *lease);
/* This instance will soon be another node's: what can wait for that is not begun. */
bool lease_hands_over(const struct lease *lease, struct id instance);
/* Draining: nothing is taken any more; shards go one by one, as they come to rest; and in
 * the end those that have not. */
void lease_retire(struct lease *lease);
void lease_release_quiet(struct lease *lease);
void lease_release_all(struct lease *lease);

#endif
