/* The only reader of the clock. */
#include "engine/sys/clock.h"

#include <time.h>

#include "engine/base/must.h"

static struct {
    bool is_held;
    int64_t held;
    struct clock_face own; /* the database's clock minus ours, and what was told of it */
    struct clock_face *worn; /* a node's that is played; NULL: our own */
} the_clock;

static int64_t read_clock(clockid_t which)
{
    struct timespec t;
    must(clock_gettime(which, &t) == 0);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_monotonic(void)
{
    if (the_clock.worn != NULL)
        return the_clock.worn->monotonic;
    return the_clock.is_held ? the_clock.held : clock_real();
}

int64_t clock_real(void)
{
    return read_clock(CLOCK_BOOTTIME);
}

int64_t clock_wall(void)
{
    if (the_clock.worn != NULL)
        return the_clock.worn->wall;
    return the_clock.is_held ? the_clock.held : read_clock(CLOCK_REALTIME);
}

int64_t clock_now(void)
{
    struct clock_face *face = the_clock.worn != NULL ? the_clock.worn : &the_clock.own;
    if (the_clock.is_held && the_clock.worn == NULL)
        return the_clock.held;
    if (!face->is_followed)
        return clock_wall();
    int64_t now = clock_monotonic() + face->offset;
    if (now < face->told)
        now = face->told;
    return face->told = now;
}

void clock_follow(int64_t database_now, int64_t monotonic)
{
    struct clock_face *face = the_clock.worn != NULL ? the_clock.worn : &the_clock.own;
    face->offset = database_now - monotonic;
    face->is_followed = true;
}

void clock_wear(struct clock_face *face)
{
    the_clock.worn = face;
}

void clock_hold(int64_t now)
{
    the_clock.is_held = true;
    the_clock.held = now;
}

void clock_advance(int64_t by)
{
    must(the_clock.is_held && by >= 0);
    the_clock.held += by;
}

void clock_release(void)
{
    the_clock.is_held = false;
    the_clock.own.told = 0;
}

bool clock_is_held(void)
{
    return the_clock.is_held || the_clock.worn != NULL;
}
