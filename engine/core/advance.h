/* The heart: what a stimulus means for an instance. Pure: no clock, no dice, no store, no
 * adapters. */
#ifndef ENGINE_CORE_ADVANCE_H
#define ENGINE_CORE_ADVANCE_H

#include "engine/core/decision.h"

/* What an environment gives every flow: settings, by name, as JSON (wire form),
 * calendars, and the version they are of. */
/* An adapter that takes no calls now: who would call it waits, and looks again by
 * `look_at` at the latest. */
struct adapter_hold {
    struct text adapter;
    int64_t look_at;
};

struct environment {
    const json_t *settings;            /* an object; NULL: none */
    const struct calendars *calendars; /* NULL: none; flows count by the standard one */
    uint32_t version;
    const struct adapter_hold *holds;
    uint32_t holds_n;
    const json_t *adapters; /* for views: by name, what `flowctl adapters` shows; NULL */
    const json_t
        *held; /* for views: {"since","set_aside"} of the version, if it is held */
};

/* The calendar that the flow's business time is counted by. */
const struct calendar *advance_calendar(const struct ir *ir,
                                        const struct environment *environment);

/* What the environment gives, by the types of the flow, as many as it has settings; what
 * does not fit counts as not given, so that an expression that needs it says so. */
struct value *advance_settings(struct arena *turn, const struct ir *ir,
                               const struct environment *environment, int64_t now);

/* What an expression of the image may look at outside of instances: settings, calendar
 * and the moment. */
struct eval_scope advance_scope(struct arena *turn, const struct ir *ir,
                                const struct environment *environment, int64_t now);

/* What `stimulus` means for `inst`. `inst` is not changed: the decision's `after` is a
 * copy on `turn`. For START, `inst` is instance_new() with its id and key set. Never
 * fails on input: what cannot be is in `refused`, what is stale in `is_nothing`, what
 * goes wrong inside the flow becomes errors of the flow. The decision is on `turn`;
 * decision_done() before the arena is reset. */
struct decision *advance(struct arena *turn, const struct ir *ir,
                         const struct instance *inst,
                         const struct environment *environment,
                         const struct stimulus *stimulus);

/* The same for an instance that is the caller's own, and may be changed: `inst` is what
 * `after` is. What is refused or nothing leaves it as it was, but for what it has looked
 * at. */
struct decision *advance_own(struct arena *turn, const struct ir *ir,
                             struct instance *inst, const struct environment *environment,
                             const struct stimulus *stimulus);

/* The start arguments against the flow's parameters, and the key they give: what the door
 * asks before anything is stored. `key_given` may be empty. On success `key` is the key
 * (empty: the id will be it). */
MUST_USE bool advance_check_start(struct arena *turn, const struct ir *ir,
                                  const struct environment *environment,
                                  const json_t *args, struct text key_given,
                                  struct text *key, struct err *err);

/* An event's body against its type; the digests by which it is found (subscribe.h) and
 * known again (`unique`). */
MUST_USE bool advance_check_event(struct arena *turn, const struct ir *ir,
                                  const struct environment *environment, uint32_t event,
                                  const json_t *body, struct value *value,
                                  struct err *err);

/* What a person or operator is about to say (an ANSWER, a COMMAND), against the instance
 * as it stands: what advance() would refuse is refused, with its place in the data. */
MUST_USE bool advance_check_request(struct arena *turn, const struct ir *ir,
                                    const struct instance *inst,
                                    const struct environment *environment,
                                    const struct stimulus *stimulus, struct err *err);
/* What is said to all but `resume` of one in quarantine, whose state is not looked at. */
extern const char advance_set_aside[];

#endif
