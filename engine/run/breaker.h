/* Whether an adapter takes calls: open after failures in a row, tried by one call of all
 * nodes after a growing pause, closed by the success of that.
 *
 * Decides only: no clock, no dice, no store. What is to be told to all nodes is a wish,
 * which whoever asked writes; it comes back by breaker_learn(), to us as to the others.
 */
#ifndef ENGINE_RUN_BREAKER_H
#define ENGINE_RUN_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/store/store.h"

struct breaker_rules {
    uint32_t failures_max; /* in a row; 0: it never opens */
    int64_t pause_first;   /* µs; doubled with each try that fails, up to: */
    int64_t pause_max;
};

struct breaker {
    struct store_breaker row; /* as all nodes know it; its `adapter` is not used */
    uint32_t in_row;          /* failures in a row here, while it is closed */
    bool is_opening;          /* wished here, and not known to all yet */
    bool has_try;             /* the right to try is ours, and not used yet */
    uint32_t window;          /* calls at once while it begins slowly; 0: no bound */
    int64_t grows_at;         /* the window, without failures; loop time */
    int64_t grow_every;
};

/* A node begins, and may have a backlog: the first calls are fewer than it could send. */
void breaker_begin(struct breaker *breaker, int64_t now);

/* What all nodes know by now; `we_try`: it is ours that one call tries it. */
void breaker_learn(struct breaker *breaker, const struct store_breaker *row, bool we_try,
                   int64_t now);

enum breaker_answer {
    BREAKER_GO,
    BREAKER_LATER, /* not before `next_at` of the row */
    BREAKER_TRY,   /* one may try, once the wish of breaker_try() was granted */
    BREAKER_SHUT   /* not before an operator says so */
};
/* `now` by the database's clock. */
enum breaker_answer breaker_ask(const struct breaker *breaker, int64_t now);
bool breaker_is_shut(const struct breaker *breaker); /* its calls are held */

struct breaker_wish {
    struct store_breaker row;
    int64_t wait; /* µs until its `next_at` */
};
/* A call is to try it; whoever it is gets `life` µs, then others may. */
struct breaker_wish breaker_try(const struct breaker *breaker, int64_t life);
/* A call is being sent. True: it is the one that tries. */
bool breaker_sent(struct breaker *breaker);
/* A call has ended; `failed` speaks of the system, not of what was asked. True: `wish` is
 * to be told to all. `dice` lengthens a pause by up to a quarter. */
bool breaker_ended(struct breaker *breaker, const struct breaker_rules *rules,
                   bool has_tried, bool failed, uint32_t dice, int64_t now,
                   struct breaker_wish *wish);

/* How many calls it may have at once now; 0: no bound. `most` ends the slow beginning. */
uint32_t breaker_window(struct breaker *breaker, uint32_t most, int64_t now);

#endif
