/* Entries in the order they came, and a table of their positions probed one by one. */
#include "engine/base/map.h"

#include "engine/base/vec.h"

enum { SLOTS_FIRST = 16 };

struct entry {
    struct text key;
    uint64_t hash;
    void *item;
};

struct map {
    struct arena *arena;
    VEC(struct entry) entries;
    uint32_t *slots; /* position + 1, or 0: a power of two of them, at most half in use */
    uint32_t slots_n;
};

static uint32_t *slot_of(const struct map *map, struct text key, uint64_t hash);
static void slots_grow(struct map *map);

struct map *map_new(struct arena *arena)
{
    struct map *map = arena_new_of(arena, struct map);
    map->arena = arena;
    return map;
}

void *map_get(const struct map *map, struct text key)
{
    if (map->entries.n == 0)
        return NULL;
    uint32_t position = *slot_of(map, key, text_hash(key));
    return position == 0 ? NULL : map->entries.at[position - 1].item;
}

bool map_put(struct map *map, struct text key, void *item)
{
    if (map->entries.n >= map->slots_n / 2)
        slots_grow(map);
    struct entry entry = {key, text_hash(key), item};
    uint32_t *slot = slot_of(map, key, entry.hash);
    if (*slot != 0) {
        map->entries.at[*slot - 1].item = item;
        return false;
    }
    vec_push(map->arena, &map->entries, entry);
    *slot = map->entries.n;
    return true;
}

uint32_t map_count(const struct map *map)
{
    return map->entries.n;
}

struct text map_key_at(const struct map *map, uint32_t i)
{
    must(i < map->entries.n);
    return map->entries.at[i].key;
}

void *map_item_at(const struct map *map, uint32_t i)
{
    must(i < map->entries.n);
    return map->entries.at[i].item;
}

/* Where `key` is, or the empty slot where it would go. */
static uint32_t *slot_of(const struct map *map, struct text key, uint64_t hash)
{
    for (uint64_t i = hash ^ hash >> 32;; i++) {
        uint32_t *slot = &map->slots[i & (map->slots_n - 1)];
        if (*slot == 0)
            return slot;
        const struct entry *entry = &map->entries.at[*slot - 1];
        if (entry->hash == hash && text_is(entry->key, key))
            return slot;
    }
}

static void slots_grow(struct map *map)
{
    must(map->slots_n <= UINT32_MAX / 2);
    map->slots_n = map->slots_n == 0 ? SLOTS_FIRST : map->slots_n * 2;
    map->slots = arena_array(map->arena, uint32_t, map->slots_n);
    for (uint32_t i = 0; i < map->entries.n; i++) {
        const struct entry *entry = &map->entries.at[i];
        *slot_of(map, entry->key, entry->hash) = i + 1;
    }
}
