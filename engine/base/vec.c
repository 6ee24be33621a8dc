/* How typed arrays grow. */
#include "engine/base/vec.h"

enum { ROOM_FIRST = 8 };

void *vec_grow(struct arena *arena, void *items, uint32_t *room, size_t item_bytes)
{
    must(*room <= UINT32_MAX / 2);
    uint32_t more = *room == 0 ? ROOM_FIRST : *room * 2;
    must(more <= SIZE_MAX / item_bytes);
    items = arena_grow(arena, items, *room * item_bytes, more * item_bytes);
    *room = more;
    return items;
}
