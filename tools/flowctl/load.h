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

/* The object of `show`, complete, also for one that has not begun. A new reference. */
json_t *loaded_show(struct kit *kit, const struct loaded *loaded);

#endif
