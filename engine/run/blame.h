/* What stands against flow versions: deaths in a row of engines that had instances of
 * them in hand, none of which has ended well since.
 *
 * An instance alone is narrowed down by its own deaths (poison.h). Where all instances of
 * a version kill, that narrows nothing: the next death is of others, and clears the
 * first. So deaths are counted against the version as well, shard by shard, and with them
 * fewer of its instances are worked on beside each other; a version that is known to kill
 * comes after those that are only suspected. One that ends well clears its version, for a
 * version that works has such in every life; a death with none in hand that is blamed
 * already relieves the others by one, for it came from outside. Only when its instances
 * are worked on alone all that are suspected of it must be through first: one of them it
 * was. */
#ifndef ENGINE_RUN_BLAME_H
#define ENGINE_RUN_BLAME_H

#include "engine/base/limits.h"
#include "engine/store/store.h"

/* How it is worked on: the fewer deaths, the more beside each other. */
enum {
    SUSPECT_ALONE = LIMIT_SUSPECT_DEATHS - 1,
    SUSPECT_LAST, /* alone, and after the others: instances of its version are set aside
                   */
    SUSPECT_LEVELS
};

struct blamed {
    struct digest version;
    uint32_t deaths;
    bool is_set_aside; /* instances of it are */
};

struct blame {
    struct {
        struct blamed *at;
        unsigned n, room;
    } of[STORE_SHARDS];
};

void blame_init(struct blame *blame);
void blame_deinit(struct blame *blame);

void blame_learn(struct blame *blame, const struct store_claim *claim);
void blame_forget_shard(struct blame *blame, uint32_t shard);
void blame_forget_version(struct blame *blame, const struct digest *version);

/* The level that its instances are worked on at, in whatever shard: the worst of them. */
uint32_t blame_level(const struct blame *blame, const struct digest *version);

/* An instance of it was set aside. */
void blame_set_aside(struct blame *blame, const struct digest *version);

/* NULL: nothing stands against it there. */
const struct blamed *blame_find(const struct blame *blame, uint32_t shard,
                                const struct digest *version);
/* An instance of it has ended well. `are_others`: more of it are suspected in that shard.
 * True: it is cleared there. */
bool blame_clear(struct blame *blame, uint32_t shard, const struct digest *version,
                 bool are_others);

#endif
