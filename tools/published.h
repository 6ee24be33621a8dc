/* Versions of flows that were published, from files: a flow as it was then, or its packed
 * image. */
#ifndef TOOLS_PUBLISHED_H
#define TOOLS_PUBLISHED_H

#include "dsl/check_versions.h"
#include "tools/cli.h"

struct published_files {
    struct arena *compile;
    VEC(struct published) all;
    int status; /* what to exit with after a failure */
};

/* Every flow of a file. False: said on stderr. `folders` as in struct sources. */
MUST_USE bool published_add(struct published_files *files, struct cli *cli,
                            const char *path, const char *const *folders);

#endif
