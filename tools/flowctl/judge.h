/* Data against the types of a deployed flow, before anything is stored: what flowctl
 * sends is judged as flowd's door judges it. */
#ifndef TOOLS_FLOWCTL_JUDGE_H
#define TOOLS_FLOWCTL_JUDGE_H

#include "engine/core/advance.h"
#include "tools/flowctl/kit.h"

struct judge {
    struct kit *kit;
    const char *name; /* of the flow or event */
    bool is_start;
    const char *hash; /* of the version that judges; NULL: none can, the database does */
    struct arena *program; /* lifetime of its image */
    const struct ir *ir;
    uint32_t event;
    struct environment environment;
    json_t *settings;
};

/* By the newest version of the flow, or the newest that declares the event. One that is
 * not there, and an image that this program cannot read, are left to the database. */
MUST_USE bool judge_open(struct judge *judge, struct kit *kit, const char *name,
                         bool is_start, struct err *err);
void judge_close(struct judge *judge); /* a fresh one, all zero, is fine */

static inline void judge_scoped_close_(struct judge *judge)
{
    judge_close(judge);
}
#define scoped_judge __attribute__((cleanup(judge_scoped_close_)))

/* False: it does not fit, also by a version deployed meanwhile. A start's `key` becomes
 * the key its arguments give, on `arena`; NULL: none. */
MUST_USE bool judge_data(struct judge *judge, struct arena *arena, const json_t *data,
                         const char **key, struct err *err);

#endif
