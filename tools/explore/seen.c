/* The states that were met: a table of their hashes that grows up to a bound. */
#include "tools/explore/explore_in.h"

enum {
    SLOTS_FIRST = 1 << 12,
    SEEN_BYTES_MAX = 1 << 30 /* of LIMIT_EXPLORE_STATES: 16 bytes each, half full */
};

static struct seen_slot *slots_new(struct seen *seen, uint32_t n)
{
    seen->arena = arena_new("states seen", SEEN_BYTES_MAX);
    seen->slots_n = n;
    return seen->slots = arena_array(seen->arena, struct seen_slot, n);
}

void seen_open(struct seen *seen, uint32_t n_max)
{
    *seen = (struct seen){.n_max = n_max};
    slots_new(seen, SLOTS_FIRST);
}

void seen_close(struct seen *seen)
{
    arena_free(seen->arena);
}

static struct seen_slot *slot_of(const struct seen *seen, uint64_t hash)
{
    uint32_t i = (uint32_t)hash & (seen->slots_n - 1);
    while (seen->slots[i].index != 0 && seen->slots[i].hash != hash)
        i = (i + 1) & (seen->slots_n - 1);
    return &seen->slots[i];
}

static void grow(struct seen *seen)
{
    struct seen before = *seen;
    slots_new(seen, before.slots_n * 2);
    for (uint32_t i = 0; i < before.slots_n; i++)
        if (before.slots[i].index != 0)
            *slot_of(seen, before.slots[i].hash) = before.slots[i];
    arena_free(before.arena);
}

struct seen_slot *seen_put(struct seen *seen, uint64_t hash, uint32_t depth, bool *is_new)
{
    struct seen_slot *slot = slot_of(seen, hash);
    *is_new = slot->index == 0;
    if (!*is_new)
        return slot;
    if (seen->n >= seen->n_max)
        return NULL;
    if (seen->n >= seen->slots_n / 2) {
        grow(seen);
        slot = slot_of(seen, hash);
    }
    *slot = (struct seen_slot){.hash = hash, .index = ++seen->n, .depth = depth};
    return slot;
}
