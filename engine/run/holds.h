/* Flow versions that are held: none of their instances is decided about.
 *
 * With the last of too many instances set aside the store holds their version
 * (STORE_QUARANTINE), and from then on gives out nothing of it: no mail, no timer, no
 * call to settle. Each node hears of it with its next heartbeat and forgets what it has
 * of it in memory; outcomes of calls that were under way are no exception. When an
 * operator lets it go on it is as after a take-over: what was in flight is settled first.
 */
#ifndef ENGINE_RUN_HOLDS_H
#define ENGINE_RUN_HOLDS_H

#include "engine/store/store.h"

struct engine;

struct holds {
    struct engine *engine;
    struct store_hold *at;
    unsigned n, room;
    uint64_t rev; /* as the last pulse said it */
    bool is_wanted;
    bool is_under_way;
};

void holds_init(struct holds *holds, struct engine *engine);
void holds_deinit(struct holds *holds);

/* From the pulse. */
void holds_heard(struct holds *holds, uint64_t rev);
/* One may be held now. */
void holds_look(struct holds *holds);

/* NULL: it is not held. Borrowed for this turn. */
const struct store_hold *holds_find(const struct holds *holds,
                                    const struct digest *version);

/* At each turn. */
void holds_turn(struct holds *holds);

#endif
