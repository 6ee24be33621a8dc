/* Memory of objects that are given back one by one. */
#include "engine/sys/keep.h"

#include <stdint.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/base/must.h"

void *keep_alloc(size_t bytes)
{
    return memory_zeroed(bytes);
}

void *keep_grow(void *items, unsigned *room, unsigned first, size_t item_bytes)
{
    unsigned more = *room == 0 ? first : *room * 2;
    must(more > *room);
    must(more <= SIZE_MAX / item_bytes);
    char *grown = memory_resize(items, more * item_bytes);
    memset(grown + (size_t)*room * item_bytes, 0, (size_t)(more - *room) * item_bytes);
    *room = more;
    return grown;
}

void keep_free(void *object)
{
    memory_free(object);
}
