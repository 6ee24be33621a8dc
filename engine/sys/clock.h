/* The only reader of the clock. A test may hold it. */
#ifndef ENGINE_SYS_CLOCK_H
#define ENGINE_SYS_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Microseconds that never jump and go on counting while the machine sleeps: for
 * time-outs, leases and whatever is measured. */
int64_t clock_monotonic(void);

/* Microseconds since the epoch by the machine's own wall clock: for log lines only.
 * Nothing durable is decided by it. */
int64_t clock_wall(void);

/* Microseconds since the epoch by the database's clock, as far as we know it: the last
 * answer to "what time is it?", carried forward by the monotonic clock. Until the first
 * answer it is the wall clock. */
int64_t clock_now(void);

/* The database said `database_now` at the monotonic moment `monotonic` (half-way between
 * asking and hearing). What clock_now() gives never goes back because of it. */
void clock_follow(int64_t database_now, int64_t monotonic);

/* From now on all three stand still at `now`, until advanced or released. */
void clock_hold(int64_t now);
void clock_advance(int64_t by);
void clock_release(void);
bool clock_is_held(void);

/* The clocks of one of several nodes that are played in this process: while it is worn,
 * its monotonic and its wall clock stand where they say, and clock_now() follows the
 * database as in life. NULL: none is worn any more. */
struct clock_face {
    int64_t monotonic, wall;
    bool is_followed;
    int64_t offset, told;
};
void clock_wear(struct clock_face *face);

/* The monotonic clock itself, even while held: for the patience of tests and nothing
 * else. */
int64_t clock_real(void);

#endif
