/* Memory that is given back at once, at the end of a lifetime. */
#ifndef ENGINE_BASE_ARENA_H
#define ENGINE_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/must.h"

struct arena;

/* `lifetime` names it in reports ("turn", "compile"); `bytes_max` bounds it. Going past
 * the bound, or an exhausted machine, is a bug of whoever let the input through: must()
 * ends the process, unless there is an arena_full_hook, which ends it with other words.
 * Where input decides how much is needed, ask arena_left() first and
 * refuse. */
struct arena *arena_new(const char *lifetime, size_t bytes_max);
extern void (*arena_full_hook)(const char *lifetime, size_t bytes_max);
void arena_reset(
    struct arena *arena); /* everything is given back; the arena may be used again */
void arena_free(struct arena *arena); /* NULL is fine */

size_t arena_used(const struct arena *arena);
size_t arena_left(const struct arena *arena);

/* Zeroed, aligned for any type; never NULL. Under ASan each piece is a malloc of its own.
 */
void *arena_alloc(struct arena *arena, size_t bytes)
    __attribute__((malloc, returns_nonnull));
/* `piece` with `bytes_new` bytes, the new ones zero: in place where it is the latest
 * piece, else moved. NULL with `bytes` 0 begins a new one. */
void *arena_grow(struct arena *arena, void *piece, size_t bytes, size_t bytes_new)
    __attribute__((returns_nonnull));
void *arena_copy(struct arena *arena, const void *from, size_t bytes)
    __attribute__((returns_nonnull));
/* The same with room behind it, zeroed: `bytes_new` in all. */
void *arena_copy_wider(struct arena *arena, const void *from, size_t bytes,
                       size_t bytes_new) __attribute__((returns_nonnull));
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

#define arena_new_of(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define arena_array(arena, type, n)                                                      \
    ((type *)arena_alloc_n_((arena), sizeof(type), (size_t)(n)))

static inline void *arena_alloc_n_(struct arena *arena, size_t bytes, size_t n)
{
    must(n <= SIZE_MAX / bytes);
    return arena_alloc(arena, bytes * n);
}

static inline void arena_scoped_free_(struct arena **arena)
{
    arena_free(*arena);
}
#define scoped_arena __attribute__((cleanup(arena_scoped_free_)))

#endif
