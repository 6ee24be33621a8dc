/* Whether an instance is what its journal says, and whether the rows beside it agree. */
#ifndef TOOLS_FLOWCTL_VERIFY_H
#define TOOLS_FLOWCTL_VERIFY_H

#include "engine/core/retrace.h"
#include "tools/flowctl/load.h"

struct verified {
    struct text id, key, flow;
    uint32_t transitions;
    uint32_t n; /* differences; 0: all agrees */
    const struct retrace_difference *differences;
};

/* Looks at one at a single moment and changes nothing. All of `out` is on `arena`. False
 * when it could not be looked at; NOT_FOUND: it is not there any more. */
MUST_USE bool verify_one(struct loader *loader, struct arena *arena, const char *id,
                         struct verified *out, struct err *err);

/* "its status: the journal says completed, stored is waiting" */
struct text verify_says(struct arena *arena, const struct retrace_difference *difference);
/* {"id","key","flow","transitions","ok","differences":[{"what","by","expected","stored"}]}:
 * a new reference. */
json_t *verify_json(const struct verified *verified);

#endif
