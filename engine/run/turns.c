/* Whose turn it is. */
#include "engine/run/turns.h"

#include "engine/base/must.h"
#include "engine/sys/keep.h"

enum { IDLE_MAX = 64 }; /* kinds kept though nothing of them is in line: those in use */

struct turn_kind {
    struct table_node by_kind;
    TAILQ_ENTRY(turn_kind) in_line; /* of the round, or of the idle */
    TAILQ_HEAD(, turn) waiting;
};

void turns_init(struct turns *turns)
{
    *turns = (struct turns){0};
    TAILQ_INIT(&turns->round);
    TAILQ_INIT(&turns->idle);
}

static void forget_longest_idle(struct turns *turns)
{
    struct turn_kind *kind = TAILQ_FIRST(&turns->idle);
    TAILQ_REMOVE(&turns->idle, kind, in_line);
    turns->idle_n--;
    table_remove(&turns->kinds, &kind->by_kind);
    keep_free(kind);
}

void turns_deinit(struct turns *turns)
{
    must(TAILQ_EMPTY(&turns->round));
    while (turns->idle_n > 0)
        forget_longest_idle(turns);
    table_deinit(&turns->kinds);
}

static struct turn_kind *kind_of(struct turns *turns, uint64_t number)
{
    struct table_node *node = table_first(&turns->kinds, number);
    if (node != NULL)
        return table_item(node, struct turn_kind, by_kind);
    struct turn_kind *kind = keep_new_of(struct turn_kind);
    TAILQ_INIT(&kind->waiting);
    table_add(&turns->kinds, &kind->by_kind, number);
    TAILQ_INSERT_TAIL(&turns->idle, kind, in_line);
    turns->idle_n++;
    return kind;
}

void turns_add(struct turns *turns, struct turn *turn, uint64_t number)
{
    struct turn_kind *kind = kind_of(turns, number);
    if (TAILQ_EMPTY(&kind->waiting)) {
        TAILQ_REMOVE(&turns->idle, kind, in_line);
        turns->idle_n--;
        TAILQ_INSERT_TAIL(&turns->round, kind, in_line);
    }
    turn->kind = kind;
    TAILQ_INSERT_TAIL(&kind->waiting, turn, in_kind);
}

void turns_remove(struct turns *turns, struct turn *turn)
{
    struct turn_kind *kind = turn->kind;
    TAILQ_REMOVE(&kind->waiting, turn, in_kind);
    turn->kind = NULL;
    if (!TAILQ_EMPTY(&kind->waiting))
        return;
    TAILQ_REMOVE(&turns->round, kind, in_line);
    TAILQ_INSERT_TAIL(&turns->idle, kind, in_line);
    if (++turns->idle_n > IDLE_MAX)
        forget_longest_idle(turns);
}

struct turn *turns_first(const struct turns *turns)
{
    const struct turn_kind *kind = TAILQ_FIRST(&turns->round);
    return kind == NULL ? NULL : TAILQ_FIRST(&kind->waiting);
}

void turns_pass(struct turns *turns)
{
    struct turn_kind *kind = TAILQ_FIRST(&turns->round);
    TAILQ_REMOVE(&turns->round, kind, in_line);
    TAILQ_INSERT_TAIL(&turns->round, kind, in_line);
}

void turns_walk(struct turns *turns, void (*each)(struct turn *turn, void *owner),
                void *owner)
{
    struct turn_kind *kind = TAILQ_FIRST(&turns->round), *kind_next;
    for (; kind != NULL; kind = kind_next) {
        struct turn *turn = TAILQ_FIRST(&kind->waiting), *next;
        kind_next = TAILQ_NEXT(kind, in_line);
        for (; turn != NULL; turn = next) {
            next = TAILQ_NEXT(turn, in_kind);
            each(turn, owner);
        }
    }
}
