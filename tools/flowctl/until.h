/* Waiting for an instance: what is waited for, and what came of it. */
#ifndef TOOLS_FLOWCTL_UNTIL_H
#define TOOLS_FLOWCTL_UNTIL_H

#include "tools/flowctl/kit.h"

/* `ended`, `status=S` or `state=S`. */
struct until {
    bool ended;
    struct text status;
    struct text state;
};
MUST_USE bool until_parse(const char *what, struct until *out, struct err *err);

/* Asks until it is so, it can never be so, or `patience` µs have passed (negative: for
 * ever). The exit status: 0 when it is so; 10, 11, 12 by what the instance has become; 4
 * when it completed elsewhere; 6 when the time ran out. `found` is as last seen. */
int until_wait(struct kit *kit, struct found *found, const struct until *until,
               int64_t patience, struct err *err);

#endif
