/* What must hold when all has come to rest: nothing lost, twice, stuck or left behind. */
#include <jansson.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/store/mem_world.h"
#include "tests/sim/systems.h"

/* A limit runs out so long after its time, at most, where nothing is wrong. */
#define LATE_MOST (2 * SIM_SECOND)

/* ---- journals ---- */

struct story_told { /* by the journal of one instance */
    uint32_t rev, events;
    int64_t entered_at; /* `deciding`, last */
    int64_t late_at;    /* its limit ran out */
    bool is_ended;
};

static void judge_entry(const struct mem_instance *row, struct story_told *told,
                        int64_t at, const json_t *entry)
{
    struct text kind = json_text_of(json_array_get(entry, 0)),
                text = json_text_of(json_array_get(entry, 5));
    if (text_is_chars(kind, "event"))
        told->events++;
    if (text_is_chars(kind, "entered"))
        told->entered_at = text_is_chars(text, "deciding") ? at : 0;
    if (!text_is_chars(kind, "late") || told->entered_at == 0 ||
        !text_is_chars(text, "the limit of the state ran out"))
        return;
    int64_t due = told->entered_at + sim.story->deciding;
    told->late_at = at;
    if (at < due || (sim.disruptions == 0 && at > due + LATE_MOST))
        sim_complain(TEXT_FMT ": its limit ran out after %.3f s", TEXT_ARG(row->key),
                     (double)(at - told->entered_at) / 1e6);
}

static void judge_row(const struct mem_instance *row, struct story_told *told,
                      const struct mem_journal *entry)
{
    struct err err = {0};
    scoped_json json_t *entries = json_read(entry->entries, &err);
    size_t i;
    json_t *one;
    if (entry->rev != ++told->rev)
        sim_complain(TEXT_FMT ": the journal has %u where %u follows", TEXT_ARG(row->key),
                     entry->rev, told->rev);
    if (entry->decided_from != entry->rev - 1)
        sim_complain(TEXT_FMT ": revision %u was decided from %u", TEXT_ARG(row->key),
                     entry->rev, entry->decided_from);
    if (entry->by != entry->owner)
        sim_complain(TEXT_FMT ": revision %u was written by who had lost the shard",
                     TEXT_ARG(row->key), entry->rev);
    json_array_foreach(entries, i, one) judge_entry(row, told, entry->at, one);
    sim_note(entry->entries);
    sim_note((struct text){(const char *)&entry->at, sizeof entry->at});
}

/* Revisions of an instance rise by one, and its journal has each of them once; a message
 * was taken once; no limit ran out before its time. */
static void judge_journal(const struct mem_instance *row)
{
    struct story_told told = {0};
    for (unsigned i = 0; i < sim.world->journal.n; i++)
        if (id_is(sim.world->journal.at[i].instance, row->id))
            judge_row(row, &told, &sim.world->journal.at[i]);
    if (told.rev != row->rev)
        sim_complain(TEXT_FMT ": the journal ends at %u, the row stands at %u",
                     TEXT_ARG(row->key), told.rev, row->rev);
    for (uint32_t o = 0; o < SIM_ORDERS; o++) {
        const struct sim_order *order = &sim.orders[o];
        if (text_is_chars(row->key, order->key) && order->is_sent && !order->cancels &&
            sim.disruptions == 0 && told.late_at != 0 && told.events == 0 &&
            order->event_at < told.late_at - sim.story->deciding / 2)
            sim_complain("%s: Settled lay there and was not taken", order->key);
    }
    if (told.events > 1 && !sim.story->is_whole)
        sim_complain(TEXT_FMT ": one message was taken %u times", TEXT_ARG(row->key),
                     told.events);
}

/* ---- the shop ---- */

static bool is_held(uint32_t order, uint32_t line)
{
    for (uint32_t k = 0; k < SIM_KEYS; k++)
        if (sim.shop[order][line].keys[k].is_held)
            return true;
    return false;
}

static void judge_shop(uint32_t order, const struct mem_instance *row)
{
    bool is_done = row->status == STATUS_COMPLETED && text_is_chars(row->state, "done");
    uint32_t held = 0;
    for (uint32_t i = 0; i < SIM_LINES; i++) {
        held |= (uint32_t)is_held(order, i) << i;
        for (uint32_t k = 0; k < SIM_KEYS; k++)
            if (sim.shop[order][i].keys[k].applied > 1)
                sim_complain("o%u: line %u was reserved twice under one key", order,
                             i + 1);
        if (i > 0 && !is_done && sim.story->is_ordered &&
            sim.shop[order][i].freed > sim.shop[order][i - 1].freed &&
            sim.shop[order][i - 1].freed != 0)
            sim_complain("o%u: line %u was freed after line %u", order, i + 1, i);
    }
    uint32_t one = held & sim.story->one_of, rest = held & ~sim.story->one_of;
    bool is_right =
        is_done ? rest == sim.story->held &&
                      (sim.story->one_of == 0 || (one != 0 && (one & (one - 1)) == 0))
                : held == 0;
    if (!is_right)
        sim_complain("o%u ended %s in " TEXT_FMT ", and lines %s%s%s are held", order,
                     instance_status_name(row->status), TEXT_ARG(row->state),
                     held & 1 ? "1" : "", held & 2 ? "2" : "", held & 4 ? "3" : "");
}

/* ---- all of it ---- */

static const struct mem_version *version_of(const struct mem_instance *row)
{
    return &sim.world->versions.at[row->version];
}

static void judge_order(uint32_t o)
{
    const struct mem_instance *found = NULL;
    for (unsigned i = 0; i < sim.world->instances.n; i++) {
        const struct mem_instance *row = &sim.world->instances.at[i];
        if (!text_is_chars(row->key, sim.orders[o].key))
            continue;
        if (found != NULL)
            sim_complain("%s has two instances", sim.orders[o].key);
        found = row;
    }
    if (found != NULL && instance_status_is_ended(found->status))
        (sim.story->is_whole ? systems_judge : judge_shop)(o, found);
    if (found == NULL && (sim.orders[o].is_acknowledged ||
                          (sim.orders[o].by_event && sim.orders[o].is_started)))
        sim_complain("%s was acknowledged and is not there", sim.orders[o].key);
}

/* Flows that begin by themselves: so many moments there were. */
static void judge_ticks(uint32_t ticks)
{
    int64_t every = sim.story->ticks_every;
    if (every == 0)
        return;
    uint32_t most = (uint32_t)((sim.now - (sim.quiet_at - 10 * SIM_SECOND)) / every);
    if (ticks > most + 1)
        sim_complain("a flow has begun %u times, in %u moments", ticks, most);
    if (ticks == 0)
        sim_complain("a flow has not begun by itself");
}

void judge(void)
{
    uint32_t ticks = 0;
    if (sim.complaint[0] != '\0')
        return;
    for (unsigned i = 0; i < sim.world->instances.n; i++) {
        const struct mem_instance *row = &sim.world->instances.at[i];
        bool is_tick = text_is_chars(version_of(row)->flow, "tick");
        judge_journal(row);
        ticks += is_tick;
        if (!instance_status_is_ended(row->status) && !is_tick)
            sim_complain(TEXT_FMT " " TEXT_FMT " is stuck in " TEXT_FMT ", %s",
                         TEXT_ARG(version_of(row)->flow), TEXT_ARG(row->key),
                         TEXT_ARG(row->state), instance_status_name(row->status));
    }
    for (uint32_t o = 0; o < SIM_ORDERS; o++)
        judge_order(o);
    judge_ticks(ticks);
    if (sim.world->next_node - sim.opened > sim.joined)
        sim_complain("a node counted as dead though all is quiet");
}
