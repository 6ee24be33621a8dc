/* Plays an image on a held clock: no store, no adapters, whoever holds it answers. What
 * `flowc test` and the goldens of decisions stand on.
 *
 * After each stimulus the instance is packed and read back, so that what is played is
 * what a snapshot holds. */
#ifndef TOOLS_PLAY_H
#define TOOLS_PLAY_H

#include "engine/base/buf.h"
#include "engine/core/advance.h"

/* Virtual time begins on a Tuesday: 2026-05-12T15:00:00Z. */
#define PLAY_BEGINS INT64_C(1778598000000000)

struct play_call { /* an attempt that waits for its answer */
    struct call_order order;
    struct text name; /* "erp.create_order" */
};

struct play {
    const struct ir *ir;
    struct environment environment;
    int64_t now;
    uint32_t dice;         /* of the stimuli to come */
    struct arena *arena;   /* as long as the play */
    struct arena *turn;    /* of the latest decision */
    struct instance *inst; /* lives on one of `kept` */
    struct arena *kept[2];
    uint32_t kept_in;
    struct text snapshot;      /* of inst */
    struct decision *decision; /* the latest; until the next stimulus */
    VEC(struct play_call) calls;
    VEC(struct digest) generations; /* how often a key's effect was undone */
};

/* `settings` is borrowed, may be NULL. The image must outlive the play. */
struct play *play_open(const struct ir *ir, const json_t *settings);
void play_close(struct play *play);
/* Before its start: another flow runs it, and hears of its end. */
void play_own(struct play *play, struct id parent);

/* One stimulus; `now` and `dice` are the play's. The decision is good until the next. */
const struct decision *play_do(struct play *play, struct stimulus stimulus);

const struct decision *play_start(struct play *play, struct text key, const json_t *args);
const struct decision *play_event(struct play *play, struct text event,
                                  const json_t *body);
/* How a child has ended: completed, failed, cancelled, refused. */
const struct decision *play_child_end(struct play *play, struct id child, struct text how,
                                      const json_t *told);
const struct decision *play_outcome(struct play *play, uint32_t call,
                                    const struct outcome *outcome);

/* It goes over to another version; refused, it stays where it is. One that was asked to
 * (by the command) does what MIGRATE means to it. */
const struct decision *play_migrate(struct play *play, const struct ir *now);

/* What is due up to `until` happens, in order; each decision is shown to `seen` (may be
 * NULL). The clock stands at `until` after. */
typedef void play_seen(void *context, struct play *play, const struct decision *decision);
void play_advance(struct play *play, int64_t until, play_seen *seen, void *context);

/* The oldest open call of that name ("erp.create_order", or "create_order"), of that step
 * ("buying.create_order[2]"), or by its number as text; NULL: there is none. */
const struct play_call *play_call_of(const struct play *play, struct text name);
/* The newest child of that flow, or of that name, that is still waited for; none: all
 * zero. */
struct id play_child_of(const struct play *play, struct text name);
/* The newest open task for that role, or by its number as text; 0: there is none. */
uint32_t play_task_of(const struct play *play, struct text role);

/* The key as adapters get it: what the engine sends. */
struct digest play_key_sent(const struct play *play, const struct call_order *order);

#endif
