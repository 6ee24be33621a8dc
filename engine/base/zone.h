/* How far a place's clocks are from UTC, and since when. */
#ifndef ENGINE_BASE_ZONE_H
#define ENGINE_BASE_ZONE_H

#include <stdint.h>

struct zone_shift {
    int64_t from;   /* instant */
    int64_t offset; /* µs that local time is ahead of UTC */
};

/* Ascending; what comes before the first shift has its offset. None: UTC. */
struct zone {
    const struct zone_shift *shifts;
    uint32_t n;
};

int64_t zone_offset(const struct zone *zone, int64_t instant);

/* Local time, counted as if it were UTC. */
int64_t zone_local(const struct zone *zone, int64_t instant);

/* The instant at which clocks show it. Shown twice, it is the first time; never shown,
 * since clocks were put forward over it, it counts as if they had not been. Two shifts
 * are more than two days apart. */
int64_t zone_instant(const struct zone *zone, int64_t local);

#endif
