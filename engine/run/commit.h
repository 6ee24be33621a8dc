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
    struct resident *residents[STORE_BATCH_MAX];
    struct letter *letters[STORE_BATCH_MAX];
    /* Of this turn only. They stand here because clearing room for a whole batch takes
     * longer than deciding the few letters of a quiet engine. */
    struct store_transition transitions[STORE_BATCH_MAX];
    struct decision *decisions[STORE_BATCH_MAX];
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
    struct batch *batches[STORE_LANES_MAX];
    struct settling *settlings[STORE_LANES_MAX];
};

void commit_init(struct commit *commit, struct engine *engine);
void commit_deinit(struct commit *commit);

/* At the end of each turn. */
void commit_turn(struct commit *commit);
bool commit_is_idle(const struct commit *commit);

#endif
