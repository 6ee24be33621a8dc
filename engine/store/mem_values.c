/* Large values in memory: each once in a shard, as long as somebody holds it. */
#include "engine/store/mem_world.h"

#include "engine/base/buf.h"
#include "engine/sys/keep.h"

static struct mem_value *find(struct store_world *world, uint32_t shard,
                              const struct digest *hash)
{
    for (unsigned i = 0; i < world->values.n; i++)
        if (world->values.at[i].shard == shard &&
            digest_is(&world->values.at[i].hash, hash))
            return &world->values.at[i];
    return NULL;
}

void mem_values_change(struct store_world *world, const struct store_transition *t)
{
    const uint32_t shard = store_shard_of(t->id);
    struct mem_instance *row = mem_instance(world, t->id);
    for (uint32_t i = 0; i < t->held_n; i++) {
        struct mem_value *value = find(world, shard, &t->held[i].hash);
        if (value == NULL) {
            value = mem_add(&world->values);
            value->shard = shard;
            value->hash = t->held[i].hash;
            value->bytes = mem_keep(world, t->held[i].bytes);
        }
        value->holders++;
    }
    for (uint32_t i = 0; i < t->dropped_n; i++) {
        struct mem_value *value = find(world, shard, &t->dropped[i]);
        must(value != NULL && value->holders > 0);
        if (--value->holders == 0)
            mem_remove(&world->values, value - world->values.at);
    }
    if (t->held_n == 0 && t->dropped_n == 0)
        return;
    row->holds = t->holds_n == 0
                     ? NULL
                     : arena_copy(world->texts, t->holds, t->holds_n * sizeof *t->holds);
    row->holds_n = t->holds_n;
}

struct text mem_values_of(struct store_world *world, struct arena *arena,
                          const struct mem_instance *row)
{
    struct buf bundle;
    buf_init(&bundle, arena);
    for (uint32_t i = 0; i < row->holds_n; i++) {
        const struct mem_value *value =
            find(world, store_shard_of(row->id), &row->holds[i]);
        if (value != NULL) /* else whoever unpacks the snapshot says so */
            shelf_hand_out(&bundle, &value->hash, value->bytes);
    }
    return buf_done(&bundle);
}
