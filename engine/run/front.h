/* What came after a crowd: read past it, while the crowd waits in the database.
 *
 * Mail and timers are read oldest first, as much of them as memory has room for. What
 * does not fit waits as rows, and whatever comes after it would wait behind it. So while
 * much waits, a second reading goes on from there to the end and stays there: it takes
 * what lines want of which little is in hand (crowd.h), and leaves the rest for the first
 * reading, which comes to it in its time.
 *
 * Of one instance mail is taken in order: once some of a line's was left, all of its
 * later mail is left too, until the first reading has passed it. */
#ifndef ENGINE_RUN_FRONT_H
#define ENGINE_RUN_FRONT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/store/store.h"

struct engine;

struct front_reading {
    bool is_on; /* from where the first reading stopped, until it has come to the end */
    bool is_at_end; /* and has been there once */
    bool is_wanted;
    bool is_under_way;
};

struct front {
    struct engine *engine;
    struct front_reading mail, timers;
    uint64_t mail_after;
    struct store_timer timers_after;
};

void front_init(struct front *front, struct engine *engine);

/* There may be more of it by now. */
void front_look(struct front *front);
void front_look_at_timers(struct front *front);

/* The first reading found no room, or more than it reads at once, and has come to here.
 */
void front_begin_mail(struct front *front, uint64_t after);
void front_begin_timers(struct front *front, const struct store_timer *after);
/* It has come as far as this; UINT64_MAX: to the end. */
void front_met_mail(struct front *front, uint64_t seq);
void front_met_timers(struct front *front); /* to the end */
/* Nothing that was read counts any more: shards came or went, or the database was away.
 */
void front_forget(struct front *front);

/* At the end of each turn: asks for what is wanted. */
void front_turn(struct front *front);

#endif
