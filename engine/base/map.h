/* Text to pointer, in the order things were put in. */
#ifndef ENGINE_BASE_MAP_H
#define ENGINE_BASE_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/text.h"

struct arena;
struct map;

/* Keys are borrowed: their bytes must live as long as the map. */
struct map *map_new(struct arena *arena);
void *map_get(const struct map *map, struct text key); /* NULL when absent */
bool map_put(struct map *map, struct text key,
             void *item); /* false: the key was there, and now has `item` */
uint32_t map_count(const struct map *map);

/* Entries by position, 0 … count - 1, oldest first. */
struct text map_key_at(const struct map *map, uint32_t i);
void *map_item_at(const struct map *map, uint32_t i);

#endif
