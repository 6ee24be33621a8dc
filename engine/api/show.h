/* An instance as it stands, for whoever may see it. */
#ifndef ENGINE_API_SHOW_H
#define ENGINE_API_SHOW_H

#include "engine/api/exchange.h"

/* Finds the instance by id or key, reads it with its image, then calls `then`; what
 * cannot be found is answered. */
void show_load(struct exchange *exchange, struct text id_or_key,
               void (*then)(struct exchange *exchange, const struct ir *ir));

/* Of the row that show_load() left. NULL: answered. */
const struct instance *show_unpack(struct exchange *exchange, const struct ir *ir);
json_t *show_instance(struct exchange *exchange, const struct ir *ir); /* new */
enum wire_private show_private(const struct exchange *exchange);

#endif
