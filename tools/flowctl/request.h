/* What a person asks of an instance: written down at once, done by an engine. */
#ifndef TOOLS_FLOWCTL_REQUEST_H
#define TOOLS_FLOWCTL_REQUEST_H

#include "tools/flowctl/kit.h"

struct request {
    const char *id; /* NULL with --dry-run */
    bool done;
};

/* Runs `sql`, which gives the request's id, in a transaction of its own: kept, or undone
 * with --dry-run. With --wait, until an engine has done it; what it refuses is in `err`.
 */
MUST_USE bool request_make(struct kit *kit, const char *sql, uint32_t n,
                           const char *const *values, struct request *out,
                           struct err *err);

/* {"command":ID,"done":bool}. A new reference. */
json_t *request_json(const struct request *request);

/* Says on stderr, once, that no engine is there to do it now. */
void request_remark(struct kit *kit);

#endif
