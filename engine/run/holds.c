/* Flow versions that are held, and let go. */
#include "engine/run/holds.h"

#include "engine/run/parts.h"
#include "engine/sys/keep.h"
#include "engine/sys/log.h"
#include "engine/sys/stats.h"

static void came(void *owner, const struct store_holds *now);

void holds_init(struct holds *holds, struct engine *engine)
{
    *holds = (struct holds){.engine = engine};
}

void holds_deinit(struct holds *holds)
{
    keep_free(holds->at);
}

void holds_heard(struct holds *holds, uint64_t rev)
{
    holds->is_wanted |= holds->rev != rev;
    holds->rev = rev;
}

void holds_look(struct holds *holds)
{
    holds->is_wanted = true;
}

static const struct store_hold *find(const struct store_hold *all, uint32_t n,
                                     const struct digest *version)
{
    for (uint32_t i = 0; i < n; i++)
        if (digest_is(&all[i].version, version))
            return &all[i];
    return NULL;
}

const struct store_hold *holds_find(const struct holds *holds,
                                    const struct digest *version)
{
    return find(holds->at, holds->n, version);
}

void holds_turn(struct holds *holds)
{
    if (!holds->is_wanted || holds->is_under_way ||
        !lease_is_joined(&holds->engine->lease))
        return;
    holds->is_wanted = false;
    holds->is_under_way = true;
    store_holds_now(holds->engine->store, came, holds);
}

/* ---- what has changed ---- */

/* What was counted against a version counts no more, once it is held or let go. */
static bool let_go(struct holds *holds, const struct store_holds *now)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < holds->n; i++) {
        if (find(now->items, now->n, &holds->at[i].version) != NULL)
            continue;
        poison_forget_version(&holds->engine->poison, &holds->at[i].version);
        n++;
    }
    if (n > 0)
        log_info("flow versions go on that were held", LOG_INT("versions", n));
    return n > 0;
}

static bool hold(struct holds *holds, const struct store_holds *now)
{
    bool is_any = false;
    for (uint32_t i = 0; i < now->n; i++) {
        const struct store_hold *one = &now->items[i];
        if (holds_find(holds, &one->version) != NULL)
            continue;
        log_error("flow version is held: its instances brought the engine down too often",
                  LOG_TEXT("flow", one->flow), LOG_INT("version", one->number),
                  LOG_INT("set_aside", one->set_aside));
        poison_forget_version(&holds->engine->poison, &one->version);
        is_any = true;
    }
    return is_any;
}

static void keep(struct holds *holds, const struct store_holds *now)
{
    while (holds->room < now->n)
        holds->at = keep_grow(holds->at, &holds->room, 4, sizeof *holds->at);
    holds->n = now->n;
    for (uint32_t i = 0; i < now->n; i++) {
        holds->at[i] = now->items[i];
        holds->at[i].flow = (struct text){"", 0};
    }
    stats_set(STAT_VERSIONS_HELD, holds->n);
}

static void came(void *owner, const struct store_holds *now)
{
    struct holds *holds = owner;
    struct engine *engine = holds->engine;
    holds->is_under_way = false;
    if (now->err != NULL) {
        holds->is_wanted = true;
        return;
    }
    bool goes = let_go(holds, now), comes = hold(holds, now);
    keep(holds, now);
    if (comes)
        mailbox_forget_held(&engine->mailbox);
    if (!goes)
        return;
    dispatch_post_ended(&engine->dispatch);
    lease_recover(&engine->lease);
}
