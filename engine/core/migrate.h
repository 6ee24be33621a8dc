/* An instance goes over from one version of its flow to another: old image, snapshot and
 * new image in, a decision by the new one out. Pure. */
#ifndef ENGINE_CORE_MIGRATE_H
#define ENGINE_CORE_MIGRATE_H

#include "engine/core/advance.h"

/* Nothing is in hand and nothing is being put back: every fibre waits for the world, for
 * time or for people. Only such an instance moves; others at their next rest. */
bool migrate_rests(const struct instance *inst);

/* The move, at `stimulus->now`, by its actor and for its reason. Refused (CONFLICT) when
 * the new version does not say how, when what is in this state stays, and when the step
 * it waits in is not there: then it may move when it has gone on. The decision's `after`
 * is of `now`; what it does not listen for any more is of `left`, which is `old`.
 *
 * It goes on in the same step of the state it goes to, with its limits as they run. Where
 * the block names its state and the step is not there, it enters that state from its
 * beginning. */
struct decision *advance_migrate(struct arena *turn, const struct ir *old,
                                 const struct ir *now, const struct instance *inst,
                                 const struct environment *environment,
                                 const struct stimulus *stimulus);

/* The request to go over is a command (`migrate`, with {"to": number, "image": hex};
 * `stay` takes it back) and is kept in the instance. Whatever leaves it at rest meanwhile
 * says so (decision->goes_over), and the stimulus MIGRATE follows: this is what it means.
 * It goes over; or it stays, and remembers why, until it has gone on and rests again.
 * Nothing, where that is known already, or something has come between.
 *
 * What has moved is told by decision->left. */
struct decision *advance_move(struct arena *turn, const struct ir *old,
                              const struct ir *now, const struct instance *inst,
                              const struct environment *environment,
                              const struct stimulus *stimulus);

#endif
