/* What stands against flow versions. */
#include "engine/run/blame.h"

#include "engine/sys/keep.h"

void blame_init(struct blame *blame)
{
    *blame = (struct blame){0};
}

void blame_deinit(struct blame *blame)
{
    for (uint32_t shard = 0; shard < STORE_SHARDS; shard++)
        keep_free(blame->of[shard].at);
}

static struct blamed *find(const struct blame *blame, uint32_t shard,
                           const struct digest *version)
{
    for (unsigned i = 0; i < blame->of[shard].n; i++)
        if (digest_is(&blame->of[shard].at[i].version, version))
            return &blame->of[shard].at[i];
    return NULL;
}

const struct blamed *blame_find(const struct blame *blame, uint32_t shard,
                                const struct digest *version)
{
    return find(blame, shard, version);
}

void blame_learn(struct blame *blame, const struct store_claim *claim)
{
    for (uint32_t i = 0; i < claim->blames_n; i++) {
        const struct store_blame *known = &claim->blames[i];
        struct blamed *one = find(blame, known->shard, &known->version);
        if (one == NULL) {
            unsigned n = blame->of[known->shard].n++;
            if (n == blame->of[known->shard].room)
                blame->of[known->shard].at =
                    keep_grow(blame->of[known->shard].at, &blame->of[known->shard].room,
                              4, sizeof *one);
            one = &blame->of[known->shard].at[n];
        }
        *one = (struct blamed){known->version, known->deaths, known->is_set_aside};
    }
}

void blame_forget_shard(struct blame *blame, uint32_t shard)
{
    blame->of[shard].n = 0;
}

static void drop(struct blame *blame, uint32_t shard, struct blamed *one)
{
    *one = blame->of[shard].at[--blame->of[shard].n];
}

void blame_forget_version(struct blame *blame, const struct digest *version)
{
    for (uint32_t shard = 0; shard < STORE_SHARDS; shard++) {
        struct blamed *one = find(blame, shard, version);
        if (one != NULL)
            drop(blame, shard, one);
    }
}

/* As an instance is narrowed down by its own deaths; the first may be anybody's fault. */
static uint32_t level_of(const struct blamed *one)
{
    if (one->deaths == 0)
        return 0;
    if (one->is_set_aside)
        return SUSPECT_LAST;
    if (one->deaths >= LIMIT_VERSION_DEATHS)
        return SUSPECT_ALONE;
    return one->deaths - 1 < SUSPECT_ALONE ? one->deaths - 1 : SUSPECT_ALONE;
}

uint32_t blame_level(const struct blame *blame, const struct digest *version)
{
    uint32_t level = 0;
    for (uint32_t shard = 0; shard < STORE_SHARDS; shard++) {
        const struct blamed *one = find(blame, shard, version);
        if (one != NULL && level_of(one) > level)
            level = level_of(one);
    }
    return level;
}

void blame_set_aside(struct blame *blame, const struct digest *version)
{
    for (uint32_t shard = 0; shard < STORE_SHARDS; shard++) {
        struct blamed *one = find(blame, shard, version);
        if (one != NULL)
            one->is_set_aside = true;
    }
}

bool blame_clear(struct blame *blame, uint32_t shard, const struct digest *version,
                 bool are_others)
{
    struct blamed *one = find(blame, shard, version);
    if (one == NULL || (one->deaths >= LIMIT_VERSION_DEATHS && are_others))
        return false;
    drop(blame, shard, one);
    return true;
}
