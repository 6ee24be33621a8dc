/* An instance as JSON for people: show, why, ladder (contract §4). Shared by the door and
 * flowctl. */
#ifndef ENGINE_CORE_VIEW_H
#define ENGINE_CORE_VIEW_H

#include "engine/core/advance.h"
#include "engine/core/wire.h"

/* The object of `show -o json`, complete. A new reference. */
json_t *view_show(struct arena *turn, const struct ir *ir, const struct instance *inst,
                  const struct environment *environment, enum wire_private private);

/* {"key":…, "flow":…, "status":…, "state":…, "says":"one sentence", "waiting":[…],
 * "can":[{"who":…,"what":…,"command":…}]}: what it waits for, since when, until when, and
 * who or what can move it; "held" where its version is. `now` gives "for 2h". */
json_t *view_why(struct arena *turn, const struct ir *ir, const struct instance *inst,
                 const struct environment *environment, int64_t now,
                 enum wire_private private);

/* What would be put back, newest first:
 * [{"effect","name","state","undone_by","args","at"}]. */
json_t *view_ladder(struct arena *turn, const struct ir *ir, const struct instance *inst,
                    enum wire_private private);

#endif
