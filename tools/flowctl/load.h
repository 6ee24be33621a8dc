/* An instance read from its row: snapshot, image and environment, as engine/core wants
 * them. */
#ifndef TOOLS_FLOWCTL_LOAD_H
#define TOOLS_FLOWCTL_LOAD_H

#include "engine/core/view.h"
#include "tools/flowctl/kit.h"

struct loaded {
    struct found found;
    uint32_t version;
    const struct ir *ir;
    struct instance *inst; /* NULL: it was started, and no engine has begun it yet */
    json_t *document;      /* the environment in force; NULL: none was deployed */
    struct environment environment;
    json_t *brief; /* the first nine fields of `show`, from the row */
    enum wire_private private;
};

MUST_USE bool loaded_get(struct kit *kit, const char *key, struct loaded *out,
                         struct err *err);

/* Many of them, one by one: images, the environment and what may be seen are asked once.
 */
struct loader {
    struct kit *kit;
    VEC(struct loader_image) images;
    json_t *document;
    struct environment environment;
    enum wire_private private;
};
struct loader_image {
    int64_t version;
    const struct ir *ir;
};
MUST_USE bool loader_open(struct loader *loader, struct kit *kit, struct err *err);
void loader_close(struct loader *loader);

static inline void loader_scoped_close_(struct loader *loader)
{
    loader_close(loader);
}
#define scoped_loader __attribute__((cleanup(loader_scoped_close_)))

/* The image of a version, by its row's id. */
MUST_USE bool loader_image(struct loader *loader, int64_t version, const struct ir **out,
                           struct err *err);
/* Of `flow_data.instance i`: a snapshot, and the large values beside it. Two columns,
 * from which the instance is read; NULL: they are not as they were written. */
#define LOAD_SNAPSHOT "i.snapshot, flow_data.values_of(i.shard, i.held)"
MUST_USE struct instance *loader_unpack(struct arena *arena, const struct ir *ir,
                                        const struct reply *reply, uint32_t row,
                                        uint32_t column, struct err *err);
/* One, by its id, on `arena`. NOT_FOUND: it is not there any more. */
MUST_USE bool loader_read(struct loader *loader, struct arena *arena, const char *id,
                          struct loaded *out, struct err *err);
/* The shard that an id lies in, as a parameter. */
const char *loader_shard(struct arena *arena, const char *id);

void loaded_drop(struct loaded *loaded);

static inline void loaded_scoped_drop_(struct loaded *loaded)
{
    loaded_drop(loaded);
}
#define scoped_loaded __attribute__((cleanup(loaded_scoped_drop_)))

/* What is about to be said to an instance, against its state now: what the engine would
 * refuse is refused before it is stored. True for one that no engine has begun, or that
 * this program cannot read. */
MUST_USE bool loaded_takes(struct kit *kit, const char *key,
                           const struct stimulus *stimulus, struct err *err);

/* One that no engine has begun, for views that know what holds it off. */
struct instance *loaded_as_begun(struct arena *arena, const struct loaded *loaded);

/* The object of `show`, complete, also for one that has not begun. A new reference. */
json_t *loaded_show(struct kit *kit, const struct loaded *loaded);
json_t *loaded_show_on(struct arena *arena, struct kit *kit, const struct loaded *loaded);

#endif
