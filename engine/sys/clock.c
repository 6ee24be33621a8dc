/* The only reader of the clock. */
#include "engine/sys/clock.h"

#include <time.h>

#include "engine/base/must.h"

static struct {
    bool is_held;
    int64_t held;
    bool is_followed;
    int64_t offset; /* database's clock minus ours, monotonic */
    int64_t told;   /* the latest moment clock_now() has given away */
} the_clock;

static int64_t read_clock(clockid_t which)
{
    struct timespec t;
    must(clock_gettime(which, &t) == 0);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_monotonic(void)
{
    return the_clock.is_held ? the_clock.held : clock_real();
}

int64_t clock_real(void)
{
    return read_clock(CLOCK_BOOTTIME);
}

int64_t clock_wall(void)
{
    return the_clock.is_held ? the_clock.held : read_clock(CLOCK_REALTIME);
}

int64_t clock_now(void)
{
    if (the_clock.is_held)
        return the_clock.held;
    if (!the_clock.is_followed)
        return read_clock(CLOCK_REALTIME);
    int64_t now = clock_monotonic() + the_clock.offset;
    if (now < the_clock.told)
        now = the_clock.told;
    return the_clock.told = now;
}

void clock_follow(int64_t database_now, int64_t monotonic)
{
    the_clock.offset = database_now - monotonic;
    the_clock.is_followed = true;
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
    the_clock.told = 0;
}

bool clock_is_held(void)
{
    return the_clock.is_held;
}
