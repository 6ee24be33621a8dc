/* Memory of objects that outlive every arena and are given back one by one: connections,
 * timers, instances in memory. */
#ifndef ENGINE_SYS_KEEP_H
#define ENGINE_SYS_KEEP_H

#include <stddef.h>

/* Zeroed; never NULL: an exhausted machine ends the process. */
void *keep_alloc(size_t bytes) __attribute__((returns_nonnull));
/* Twice the room (`first` the first time); what was there is kept, the new part is zero.
 */
void *keep_grow(void *items, unsigned *room, unsigned first, size_t item_bytes)
    __attribute__((returns_nonnull));
void keep_free(void *object); /* NULL is fine */

#define keep_new_of(type) ((type *)keep_alloc(sizeof(type)))

#endif
