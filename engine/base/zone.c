/* Offsets by search in a table. */
#include "engine/base/zone.h"

#include "engine/base/when.h"

int64_t zone_offset(const struct zone *zone, int64_t instant)
{
    uint32_t from = 0, to = zone->n;
    if (zone->n == 0)
        return 0;
    while (to - from > 1) {
        uint32_t middle = from + (to - from) / 2;
        if (zone->shifts[middle].from <= instant)
            from = middle;
        else
            to = middle;
    }
    return zone->shifts[from].offset;
}

int64_t zone_local(const struct zone *zone, int64_t instant)
{
    return instant + zone_offset(zone, instant);
}

int64_t zone_instant(const struct zone *zone, int64_t local)
{
    int64_t before = zone_offset(zone, local - WHEN_DAY);
    int64_t after = zone_offset(zone, local + WHEN_DAY);
    if (zone_offset(zone, local - before) != before &&
        zone_offset(zone, local - after) == after)
        return local - after;
    return local - before;
}
