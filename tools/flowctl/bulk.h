/* Many starts or events in few statements, where one that is refused stops no other. */
#ifndef TOOLS_FLOWCTL_BULK_H
#define TOOLS_FLOWCTL_BULK_H

#include "tools/flowctl/judge.h"

struct bulk {
    struct kit *kit;
    struct judge *judge; /* whoever does not fit is not sent */
    const char *name;    /* of the flow or event */
    /* $1 the name, $2 the JSON texts, $3 the keys or NULLs; a row each, in order: id, and
     * whether it is new (start) or a duplicate (send). */
    const char *sql;
    const char *flag; /* "created", "duplicate" */
    bool is_start;    /* rows then say key, flow and version too */
    bool has_keys;    /* lines are {"key":…, "data":{…}} */
    bool is_dry;
    struct printer *printer; /* NULL: nothing is printed a row */
    uint64_t done;
    uint64_t refused;
    uint64_t flagged;
    json_t *last; /* the last row that was done */
};

/* One of them: what is refused is in `err`. */
MUST_USE bool bulk_one(struct bulk *bulk, const char *data, const char *key,
                       struct err *err);

/* A line each of a file, refusals on stderr with their line. False only when it cannot go
 * on: the file, the database. */
MUST_USE bool bulk_file(struct bulk *bulk, const char *path, struct err *err);

#endif
