/* Whose turn it is: things in line, one of each kind after the other.
 *
 * Of one kind the first to come is the first to go. Between kinds it goes round, so that
 * ten of one kind do not wait for the fifty thousand of another that came before them. A
 * kind is a number; two that share one by chance share a place in the round. */
#ifndef ENGINE_RUN_TURNS_H
#define ENGINE_RUN_TURNS_H

#include <sys/queue.h>

#include "engine/run/table.h"

struct turn_kind;

struct turn { /* within the thing that is in line */
    TAILQ_ENTRY(turn) in_kind;
    struct turn_kind *kind;
};

TAILQ_HEAD(turn_round, turn_kind);

struct turns {
    struct table kinds;
    struct turn_round
        round; /* kinds of which something is in line; whose turn it is first */
    struct turn_round idle; /* kept for the next of that kind */
    unsigned idle_n;
};

void turns_init(struct turns *turns);
void turns_deinit(struct turns *turns); /* nothing is in line any more */

void turns_add(struct turns *turns, struct turn *turn, uint64_t kind);
void turns_remove(struct turns *turns, struct turn *turn);

/* Whose turn it is; NULL: nobody is in line. */
struct turn *turns_first(const struct turns *turns);
/* The kind whose turn it was has had it: the next kind comes. */
void turns_pass(struct turns *turns);

/* Everything in line, a kind at a time. What `each` is given may be removed by it,
 * nothing else. */
void turns_walk(struct turns *turns, void (*each)(struct turn *turn, void *owner),
                void *owner);

#define turn_item(turn, type, member)                                                    \
    ((type *)(void *)((char *)(turn)-offsetof(type, member)))

#endif
