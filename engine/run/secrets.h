/* Options with their secrets filled in, just before an adapter is opened. */
#ifndef ENGINE_RUN_SECRETS_H
#define ENGINE_RUN_SECRETS_H

#include <jansson.h>

#include "adapters/adapter.h"
#include "engine/base/err.h"

struct arena;

/* `options` as the environment's document holds them, against the adapter's table: a text
 * or number, or a row of a table, is a string or a list of pieces, which are joined;
 * words are a list that is not joined. A piece is a string or {"secret":"name"}: a file
 * of `folder`, else the variable FLOW_SECRET_NAME. A new reference; NULL: `err` names the
 * secret that is missing, never its value. */
json_t *secrets_resolve(struct arena *turn, const struct adapter_option *table,
                        const json_t *options, const char *folder, struct err *err);

/* One piece alone, on that arena. */
MUST_USE bool secrets_text(struct arena *arena, const json_t *piece, const char *folder,
                           struct text *out, struct err *err);

#endif
