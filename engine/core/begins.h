/* What begins without being asked to: by an event (`starts on`), at a moment (`starts
 * every`). */
#ifndef ENGINE_CORE_BEGINS_H
#define ENGINE_CORE_BEGINS_H

#include "engine/base/vec.h"
#include "engine/core/advance.h"
#include "engine/core/schedule.h"

struct begin {        /* an instance of the flow that is to begin */
    struct text key;  /* empty: the id */
    struct text args; /* JSON */
};
typedef VEC(struct begin) begin_list;

/* Adds to `out` an instance for each line of `ir` that this event matches. False: a line
 * could not be evaluated; what could, was added. */
bool begins_of_event(struct arena *turn, const struct ir *ir,
                     const struct environment *environment, struct text event,
                     const json_t *body, int64_t now, begin_list *out, struct err *err);

/* The one that begins when a moment of `schedule` comes: with the defaults of its
 * parameters, under its own key or the moment's. */
MUST_USE bool begins_of_moment(struct arena *turn, const struct ir *ir,
                               const struct environment *environment,
                               const struct schedule *schedule, int64_t moment,
                               struct begin *out, struct err *err);

#endif
