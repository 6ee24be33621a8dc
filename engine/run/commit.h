/* Decide, commit, act: what has gathered for a lane becomes one transaction.
 *
 * While a lane's transaction is under way, letters gather; when it has come back, all
 * that is ready is decided and committed together. Deciding waits for the lane on
 * purpose: so a decision is never older than the transaction that carries it, and a busy
 * engine commits in large batches by itself. */
#ifndef ENGINE_RUN_COMMIT_H
#define ENGINE_RUN_COMMIT_H

#include "engine/run/mailbox.h"
#include "engine/store/store.h"

struct batch {
    struct engine *engine;
    uint32_t lane;
    uint32_t n; /* 0: nothing is under way */
    bool has_outcome;
    int64_t began_at;
    /* Room that has grown to the largest batch there was, at most STORE_BATCH_MAX: it is
     * not cleared again for the few letters of a quiet engine. */
    unsigned room;
    struct batched {
        struct resident *resident;
        struct letter *letter;
        struct decision *decision; /* of this turn only, like its transition */
    } * all;
    struct store_transition *transitions;
};

enum { SETTLE_MAX = 500 }; /* more wait for the next turn */

/* Letters that lead to no transition. */
struct settling {
    struct engine *engine;
    uint32_t n; /* 0: nothing is under way */
    bool is_under_way;
    struct store_settlement items[SETTLE_MAX];
    struct letter *letters[SETTLE_MAX];
    char problems[SETTLE_MAX][512];
};

struct commit {
    struct engine *engine;
    uint32_t lanes; /* 0: there is no store yet */
    struct batch *batches[STORE_LANES_MAX];
    struct settling *settlings[STORE_LANES_MAX];
};

void commit_init(struct commit *commit, struct engine *engine);
void commit_start(struct commit *commit); /* there is a store, and it has its lanes */
void commit_deinit(struct commit *commit);

/* At the end of each turn. */
void commit_turn(struct commit *commit);
bool commit_is_idle(const struct commit *commit);

#endif
