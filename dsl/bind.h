/* What the parts of binding share; nobody else includes it (dsl/lower.h has the door). */
#ifndef DSL_BIND_H
#define DSL_BIND_H

#include "dsl/catalog.h"
#include "dsl/check.h"
#include "engine/base/json.h"

/* Does the environment have what the flows of the program need: every adapter bound,
 * every setting without a default given, every role somebody's? */
void bind_check_flows(struct program *program, const struct node *environment);

/* `adapter NAME over TRANSPORT { … }` against the catalog, where there is one. */
void bind_check_adapter(struct program *program, const struct node *adapter);
/* NULL: no catalog, or nothing of that name. */
const struct catalog_option *bind_option(const struct program *program,
                                         const struct node *adapter,
                                         const struct node *option);

/* The mappings of an adapter as a document, its image in it; NULL: it has none, or there
 * were mistakes. */
json_t *lower_mappings(struct program *program, const struct module *module,
                       const struct node *adapter);
/* The same for a source of events. */
json_t *lower_inbound(struct program *program, const struct module *module,
                      const struct node *events);

#endif
