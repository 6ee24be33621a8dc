/* How typed arrays grow. */
#include "engine/base/vec.h"

/* Of large items fewer: most lists stay short. */
enum { ROOM_FIRST = 8, ROOM_FIRST_LARGE = 4, LARGE_BYTES = 64 };

void *vec_grow(struct arena *arena, void *items, uint32_t *room, size_t item_bytes)
{
    must(*room <= UINT32_MAX / 2);
    uint32_t first = item_bytes > LARGE_BYTES ? ROOM_FIRST_LARGE : ROOM_FIRST;
    uint32_t more = *room == 0 ? first : *room * 2;
    must(more <= SIZE_MAX / item_bytes);
    items = arena_grow(arena, items, *room * item_bytes, more * item_bytes);
    *room = more;
    return items;
}
