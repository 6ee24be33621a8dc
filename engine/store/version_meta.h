/* What the database knows of a version without understanding its image: names and JSON
 * kinds, so that SQL can judge a start or an event at once. */
#ifndef ENGINE_STORE_VERSION_META_H
#define ENGINE_STORE_VERSION_META_H

#include <jansson.h>

#include "dsl/ir.h"

/* A new reference to
 *   {"flow": "order_to_cash", "number": 4, "doc": "…" or null,
 *    "params": [{"name": "order", "kind": "object", "required": true}, …],
 *    "has_key": true, "key_path": "/order/id" or null,
 *    "states": ["checking", "shipping.picking", …], "finals": ["paid", …],
 *    "starts_on": ["OrderSubmitted", …],
 *    "starts_every": ["1d at \"02:00\"", …],
 *    "events": [{"name", "fields": [{"name", "kind", "required"}], "keys": ["order"],
 *                "unique": ["message"], "held": microseconds}, …],
 *    "adapters": ["erp", …], "roles": ["credit_team", …],
 *    "settings": [{"name", "required"}, …], "measures": [{"name", "kind":
 *    span|share|amount, "goal": "2bd" or null}, …],
 *    "signature": "hex", "children": [{"flow", "signature"}, …],
 *    "migrates": [3, …]}
 * where a kind is one of PostgreSQL's names for JSON's (string, number, boolean, object,
 * array, null), or several of them with | between, or any. It is what flow.deploy_flow
 * takes as `meta`. */
json_t *version_meta(const struct ir *ir);

#endif
