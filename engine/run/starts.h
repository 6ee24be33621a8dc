/* What an event begins: the `starts on` lines of a flow, evaluated. */
#ifndef ENGINE_RUN_STARTS_H
#define ENGINE_RUN_STARTS_H

#include "engine/base/vec.h"
#include "engine/core/advance.h"
#include "engine/store/store.h"

typedef VEC(struct store_begin) begins;

/* Adds to `out` an instance for each line of `ir` that this event matches. False: a line
 * could not be evaluated; what could, was added. */
bool starts_of_event(struct arena *turn, const struct ir *ir,
                     const struct environment *environment, struct text event,
                     const json_t *body, int64_t now, begins *out, struct err *err);

#endif
