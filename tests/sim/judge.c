/* What must hold when all has come to rest: nothing lost, twice, stuck or left behind. */
#include "engine/store/mem_world.h"
#include "tests/sim/sim.h"

/* Revisions of an instance rise by one, and its journal has each of them once. */
static void judge_journal(const struct mem_instance *row)
{
    uint32_t rev = 0;
    for (unsigned i = 0; i < sim.world->journal.n; i++) {
        const struct mem_journal *entry = &sim.world->journal.at[i];
        if (!id_is(entry->instance, row->id))
            continue;
        if (entry->rev != ++rev)
            sim_complain(TEXT_FMT ": the journal has %u where %u follows",
                         TEXT_ARG(row->key), entry->rev, rev);
    }
    if (rev != row->rev)
        sim_complain(TEXT_FMT ": the journal ends at %u, the row stands at %u",
                     TEXT_ARG(row->key), rev, row->rev);
}

static void judge_shop(uint32_t order, const struct mem_instance *row)
{
    bool is_done = text_is_chars(row->state, "done");
    for (uint32_t i = 0; i < SIM_LINES; i++) {
        const struct shop_line *line = &sim.shop[order][i];
        bool is_held = line->key[0] != '\0';
        if (line->keys > 1)
            sim_complain("o%u: line %u was asked for under %u keys", order, i + 1,
                         line->keys);
        if (line->applied > 1)
            sim_complain("o%u: line %u was reserved %u times", order, i + 1,
                         line->applied);
        if (is_held != is_done)
            sim_complain("o%u ended in " TEXT_FMT ", line %u is %s", order,
                         TEXT_ARG(row->state), i + 1, is_held ? "held" : "not held");
        if (i > 0 && !is_done && line->freed > sim.shop[order][i - 1].freed &&
            sim.shop[order][i - 1].freed != 0)
            sim_complain("o%u: line %u was freed after line %u", order, i + 1, i);
    }
}

void judge(void)
{
    for (uint32_t o = 0; o < SIM_ORDERS; o++) {
        const struct mem_instance *found = NULL;
        for (unsigned i = 0; i < sim.world->instances.n; i++) {
            const struct mem_instance *row = &sim.world->instances.at[i];
            if (!text_is_chars(row->key, sim.orders[o].key))
                continue;
            if (found != NULL)
                sim_complain("%s has two instances", sim.orders[o].key);
            found = row;
        }
        if (found == NULL) {
            if (sim.orders[o].is_acknowledged)
                sim_complain("%s was acknowledged and is not there", sim.orders[o].key);
            continue;
        }
        judge_journal(found);
        if (!instance_status_is_ended(found->status))
            sim_complain("%s is stuck in " TEXT_FMT ", status %d", sim.orders[o].key,
                         TEXT_ARG(found->state), (int)found->status);
        else
            judge_shop(o, found);
    }
}
