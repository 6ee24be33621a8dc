/* The living instances of a flow and another version of it: asked to go over, in bounded
 * pieces; and how many could, from where they are now. */
#ifndef TOOLS_FLOWCTL_MOVING_H
#define TOOLS_FLOWCTL_MOVING_H

#include "dsl/ir.h"
#include "tools/flowctl/kit.h"

/* `migrate --flow F`; `to` 0: the latest. With --dry-run it counts. An exit status. */
int migrate_flow(struct cli *cli, int64_t to);

/* Asks all of them; piece by piece, so what was asked stays asked. `to` NULL: the latest.
 */
MUST_USE bool moving_ask(struct kit *kit, const char *flow, const char *to,
                         const char *reason, int64_t *asked, struct err *err);

/* Counts them against `now`, an image that need not be deployed: an array of {"flow",
 * "from", "state", "when": now|later|never, "why", "n"}; NULL: `err`. It looks at the
 * first LIMIT_PLAN_INSTANCES. A new reference. */
json_t *moving_count(struct kit *kit, const struct ir *now, struct err *err);

extern const struct print_column moving_columns[];

#endif
