/* The versions that the database has, held against those that are about to be deployed.
 */
#ifndef TOOLS_FLOWCTL_DEPLOYED_H
#define TOOLS_FLOWCTL_DEPLOYED_H

#include "dsl/check_versions.h"
#include "tools/flowctl/kit.h"

struct deployed {
    struct kit *kit;
    struct arena *compile;
    VEC(struct published) all; /* of the flows that are deployed, oldest first */
};

/* Images that this program cannot read (of another format) are left out. */
MUST_USE bool deployed_read(struct deployed *deployed, const struct compiled *compiled,
                            struct err *err);

/* The version of that number, or the newest one before it; NULL: there is none. */
const struct ir *deployed_same(const struct deployed *deployed, const struct ir *ir);
const struct ir *deployed_before(const struct deployed *deployed, const struct ir *ir);

/* Both do the same, whatever their lines and comments. */
bool deployed_means(struct deployed *deployed, const struct ir *known,
                    const struct ir *ir);

#endif
