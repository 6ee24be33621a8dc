/* Versions that were published, held against the ones that are being checked: F0701 to
 * F0704. */
#ifndef DSL_CHECK_VERSIONS_H
#define DSL_CHECK_VERSIONS_H

#include "dsl/compile.h"

struct published {
    const struct ir *image;
    struct text at; /* the day it was published; "": not known */
    /* How many instances are in that state of it now; NULL: not known. */
    int64_t (*count)(void *context, const struct ir *image, struct text state);
    void *context;
};

/* Adds to compiled->diags, for the flows that were lowered. */
void check_versions(struct compiled *compiled, const struct published *all, uint32_t n);

#endif
