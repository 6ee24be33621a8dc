/* Typed arrays that grow on an arena. */
#ifndef ENGINE_BASE_VEC_H
#define ENGINE_BASE_VEC_H

#include <stdint.h>

#include "engine/base/arena.h"

/* `VEC(struct step) steps = {0};` then `vec_push(arena, &steps, step)`; read steps.at[i]
 * for i < steps.n. */
#define VEC(type)                                                                        \
    struct {                                                                             \
        type *at;                                                                        \
        uint32_t n;                                                                      \
        uint32_t room;                                                                   \
    }

/* An expression: the index of what was pushed. */
#define vec_push(arena, vec, item)                                                       \
    ((vec)->n == (vec)->room                                                             \
         ? (void)((vec)->at =                                                            \
                      vec_grow((arena), (vec)->at, &(vec)->room, sizeof *(vec)->at))     \
         : (void)0,                                                                      \
     (vec)->at[(vec)->n] = (item), (vec)->n++)

#define vec_last(vec) ((vec)->at[(vec)->n - 1])

/* Room for so many from the start, where their number can be guessed: of an empty one. */
#define vec_reserve(arena, vec, items)                                                   \
    ((vec)->at = arena_alloc_n_((arena), sizeof *(vec)->at, (items)),                    \
     (vec)->room = (items))

/* Twice the room (8 the first time, 4 of large items); the items are copied, the new part
 * is zero. */
void *vec_grow(struct arena *arena, void *items, uint32_t *room, size_t item_bytes);

#endif
