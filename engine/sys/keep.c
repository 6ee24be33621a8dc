/* Memory of objects that are given back one by one. */
#include "engine/sys/keep.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/must.h"

void *keep_alloc(size_t bytes)
{
    void *object = calloc(1, bytes);
    must(object != NULL);
    return object;
}

void *keep_grow(void *items, unsigned *room, unsigned first, size_t item_bytes)
{
    unsigned more = *room == 0 ? first : *room * 2;
    must(more > *room);
    char *grown = reallocarray(items, more, item_bytes);
    must(grown != NULL);
    memset(grown + (size_t)*room * item_bytes, 0, (size_t)(more - *room) * item_bytes);
    *room = more;
    return grown;
}

void keep_free(void *object)
{
    free(object);
}
