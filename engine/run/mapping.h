/* Mapped operations: what an environment says a request looks like, and what an answer
 * means.
 *
 * In the environment's document an adapter may have a member `mapping`:
 *
 *     {"image": base64, "operations": {"create_order": {
 *         "args": type, "method": "POST", "path": ["/orders/", function …],
 *         "query": [["page", function] …], "headers": [["X-Channel", function] …],
 *         "body": function, "gives": function,
 *         "fails": [{"error": "CreditBlocked", "where": function, "data": function} …]}}}
 *
 * Numbers are indices in the image: a record type of the arguments, and functions over
 * the arguments, the idempotency key, the correlation id, the reply (JSON) and its status
 * — in that order; before there is an answer the last two are null and 0. What is not
 * said goes by the transport's convention. */
#ifndef ENGINE_RUN_MAPPING_H
#define ENGINE_RUN_MAPPING_H

#include <jansson.h>

#include "adapters/adapter.h"
#include "engine/core/advance.h"

struct arena;
struct mapping;

/* The image a document carries, on `life`; NULL: `err` says what is wrong with it. */
const struct ir *mapping_image(struct arena *life, const json_t *document,
                               struct err *err);

/* Everything is checked here: what is opened can be carried out. NULL: `err` says what is
 * wrong with it. */
struct mapping *mapping_open(json_t *document, struct err *err);
void mapping_close(struct mapping *mapping); /* NULL is fine */

/* What expressions may look at besides. */
struct mapping_moment {
    const struct environment *environment;
    int64_t now;
};

/* Fills `request` for an operation that is mapped; all of it stands on `arena`. False:
 * the request cannot be made of these arguments, and nothing may be sent. */
bool mapping_has(const struct mapping *mapping, struct text operation);
MUST_USE bool mapping_request(const struct mapping *mapping, struct arena *arena,
                              const struct mapping_moment *moment,
                              const struct call *call, struct call_request *request,
                              struct err *err);

/* For call->read. */
void mapping_read(const struct mapping *mapping, struct arena *turn,
                  const struct mapping_moment *moment, const struct call *call,
                  const struct call_reply *reply, struct call_meaning *meaning);

#endif
