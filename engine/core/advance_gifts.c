/* What parts give: kept while others run, and handed over when all are joined.
 *
 * A hidden place of the parent holds index, gift, index, gift …, indices ascending; so
 * parts that give nothing cost nothing once they have ended. Every so many are closed to
 * a list of their own, in front, and not touched again: beside the snapshot (shelf.h)
 * each of these is written once, and a step writes what is open. */
#include "engine/core/advance_turn.h"
#include "engine/core/shelf.h"

#include <stdlib.h>

/* ---- how a part ended ---- */

struct value gifts_ok(struct turn *turn, bool gives, const struct value *gift)
{
    if (!gives)
        return value_variant(0, NULL);
    struct value *held = arena_array(turn->arena, struct value, 2);
    held[0] = gift != NULL ? *gift : value_none();
    held[1] = value_record(&held[0], 1);
    return value_variant(0, &held[1]);
}

struct value gifts_failed(struct turn *turn, const struct trouble *trouble)
{
    struct value *held = arena_array(turn->arena, struct value, 3);
    held[0] = value_text(trouble->name);
    held[1] = value_text(trouble->message);
    held[2] = value_record(held, 2);
    return value_variant(1, &held[2]);
}

/* ---- keeping ---- */

/* What the open ones weigh when they are closed: enough to stand beside the snapshot, and
 * little enough to be written at each step until then. */
enum { OPEN_WEIGHT_MAX = 2 * LIMIT_SHELF_LEAST };

struct gifts {
    uint32_t closed; /* so many lists in front, */
    uint32_t n;      /* and so many items in all: indices and gifts behind */
    const struct value *items;
};

static struct gifts gifts_of(const struct turn *turn, const struct fibre *f,
                             const struct ir_fork *fork)
{
    struct value v = place_get(turn, f, fork->gifts);
    struct gifts g = {0};
    if (v.kind != VALUE_LIST)
        return g;
    g.items = v.items;
    while (g.closed < v.n && v.items[g.closed].kind == VALUE_LIST)
        g.closed++;
    g.n = v.n - (v.n - g.closed) % 2;
    return g;
}

/* The items of a list of gifts, with room for another. In one turn thousands of parts may
 * end: each time a copy of what was there would be more than a turn may take. */
static struct value *gifts_grown(struct turn *turn, struct gifts g)
{
    if (turn->gifts != NULL && turn->gifts == g.items && g.n + 2 <= turn->gifts_room)
        return turn->gifts;
    turn->gifts_room = 2 * g.n + 16;
    turn->gifts = arena_array(turn->arena, struct value, turn->gifts_room);
    if (g.n > 0)
        memcpy(turn->gifts, g.items, g.n * sizeof *turn->gifts);
    return turn->gifts;
}

/* Those that are open become a list of their own. */
static void close_gifts(struct turn *turn, struct value *items, struct gifts *g)
{
    uint32_t n = g->n - g->closed;
    struct value open = value_list(items + g->closed, n);
    if (open.weight < OPEN_WEIGHT_MAX)
        return;
    open.items = arena_copy(turn->arena, open.items, n * sizeof *open.items);
    items[g->closed++] = open;
    g->n = g->closed;
}

bool gifts_keep(struct turn *turn, struct fibre *parent, const struct ir_fork *fork,
                uint32_t index, struct value gift)
{
    struct gifts g = gifts_of(turn, parent, fork);
    if (fork->place == IR_NONE)
        return true;
    if (!turn_has_room(turn, value_none(), gift))
        return false;
    struct value *items = gifts_grown(turn, g);
    close_gifts(turn, items, &g);
    uint32_t at = g.n;
    while (at > g.closed && items[at - 2].whole > index)
        at -= 2;
    memmove(items + at + 2, items + at, (g.n - at) * sizeof *items);
    items[at] = value_int(index);
    items[at + 1] = gift;
    place_set(turn, parent, fork->gifts, value_list(items, g.n + 2));
    return true;
}

/* ---- handing over ---- */

struct gift { /* of a part */
    int64_t index;
    struct value value;
};

static int by_index(const void *a, const void *b)
{
    const struct gift *one = a, *other = b;
    return (one->index > other->index) - (one->index < other->index);
}

static void open_gifts(struct gift *all, uint32_t *n, const struct value *items,
                       uint32_t items_n)
{
    for (uint32_t i = 0; i + 1 < items_n; i += 2)
        all[(*n)++] = (struct gift){items[i].whole, items[i + 1]};
}

/* All gifts, as their parts stand in the source. */
static struct value gifts_list(struct turn *turn, struct gifts g)
{
    uint32_t most = (g.n - g.closed) / 2, n = 0;
    for (uint32_t i = 0; i < g.closed; i++)
        most += g.items[i].n / 2;
    struct gift *all = arena_array(turn->arena, struct gift, most);
    struct value *items = arena_array(turn->arena, struct value, most);
    for (uint32_t i = 0; i < g.closed; i++)
        open_gifts(all, &n, g.items[i].items, g.items[i].n);
    open_gifts(all, &n, g.items + g.closed, g.n - g.closed);
    if (g.closed > 0)
        qsort(all, n, sizeof *all, by_index);
    for (uint32_t i = 0; i < n; i++)
        items[i] = all[i].value;
    return value_list(items, n);
}

struct value gifts_collected(struct turn *turn, const struct fibre *f,
                             const struct ir_fork *fork)
{
    struct gifts gifts = gifts_of(turn, f, fork);
    uint32_t n = gifts.n / 2, fields = 0, at = 0;
    const struct trouble dismissed = trouble_of("dismissed", TEXT("somebody gave it up"));
    if (fork->kind == IR_FORK_EACH && !fork->first_wins)
        return gifts_list(turn, gifts);
    if (gifts.closed > 0) /* a snapshot says what cannot be: there are few branches */
        n = 0;
    if (fork->first_wins)
        return n > 0 ? gifts.items[1] : value_none();
    struct value *items = arena_array(turn->arena, struct value, fork->branches.n + 1);
    for (uint32_t i = 0; i < fork->branches.n; i++) {
        bool is_there = at < n && gifts.items[2 * at].whole == i;
        struct value gift = is_there        ? gifts.items[2 * at + 1]
                            : fork->despite ? gifts_failed(turn, &dismissed)
                                            : value_none();
        at += is_there;
        if (fork->despite || turn->ir->branches[fork->branches.first + i].gives)
            items[fields++] = gift;
    }
    return value_record(items, fields);
}
