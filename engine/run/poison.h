/* Instances whose work brings the engine down: found, and set aside.
 *
 * A shard whose owners keep dying is worked on with care. Before an instance in it may do
 * anything it is noted in the database, and when that has ended well the note is deleted.
 * Whoever takes the shard over from a dead owner counts the death against those that it
 * had in hand, and takes one off all others: it was not of them that it died. The more
 * deaths stand against an instance, the fewer are worked on beside it: so each death
 * narrows down who it was. The last of them are worked on alone, and not before the node
 * has lived for a while without them: when it dies meanwhile, it is killed from outside.
 * One that brought it down even so is set aside, and everything else goes on. Where many
 * instances of one version kill, it is narrowed down with them (blame.h), and in the end
 * held (holds.h). */
#ifndef ENGINE_RUN_POISON_H
#define ENGINE_RUN_POISON_H

#include <sys/queue.h>

#include "engine/base/limits.h"
#include "engine/run/blame.h"
#include "engine/run/table.h"
#include "engine/store/store.h"

struct engine;
struct poison;
struct resident;

enum suspect_phase {
    SUSPECT_KNOWN,    /* nothing came for it yet */
    SUSPECT_WAITS,    /* for its turn; in `waiting` of its level */
    SUSPECT_NOTED,    /* being noted, with `noting` */
    SUSPECT_WORKS,    /* it may work; in `working` */
    SUSPECT_CLEARED,  /* its note is being deleted; in `cleared` */
    SUSPECT_CONDEMNED /* it is to be set aside; in `condemned` */
};

struct suspect {
    struct table_node by_id;
    TAILQ_ENTRY(suspect) in_line;
    struct id id;
    struct digest version; /* it runs by; all zero: not known yet */
    uint32_t deaths;       /* that stand against it itself */
    uint32_t level;        /* it is worked on at: by those, or those of its version */
    enum suspect_phase phase;
    bool again;     /* CLEARED: something has come for it since */
    uint32_t calls; /* that it began, and that have not ended */
    int64_t since;  /* it waits, or works */
};

TAILQ_HEAD(suspect_line, suspect);

/* One judgement under way. */
struct verdicts {
    struct poison *poison;
    struct store_suspect all[LIMIT_SUSPECTS];
    uint32_t n; /* 0: none */
};

struct poison {
    struct engine *engine;
    bool is_careful[STORE_SHARDS];
    int64_t careful_since[STORE_SHARDS];
    int64_t works_since; /* this process; 0: not yet */
    struct blame blame;
    struct table by_id;
    struct suspect_line waiting[SUSPECT_LEVELS];
    struct suspect_line noted, working, cleared, condemned;
    uint32_t at_work[SUSPECT_LEVELS]; /* noted or working */
    int64_t turn_at[SUSPECT_LEVELS];  /* one of that level was noted last */
    struct verdicts noting, clearing, condemning;
    int64_t not_before; /* after a judgement that failed */
};

void poison_init(struct poison *poison, struct engine *engine);
void poison_deinit(struct poison *poison);

/* From the lease: what was taken, and what is not ours any more. */
void poison_taken(struct poison *poison, const struct store_claim *claim);
void poison_forget_all(struct poison *poison);
void poison_forget_shard(struct poison *poison, uint32_t shard);
/* It is held, or let go. */
void poison_forget_version(struct poison *poison, const struct digest *version);

/* From the mailbox: may this one be decided about? If not, it is resident_may_begin()
 * that says so later, or it is forgotten. */
bool poison_lets_begin(struct poison *poison, const struct resident *resident);

/* From dispatch: a call of this instance begins; true: tell when it is over. */
bool poison_call_begins(struct poison *poison, struct id instance);
void poison_call_is_over(struct poison *poison, struct id instance);

/* An operator let it go on. */
void poison_is_freed(struct poison *poison, struct id instance);

/* At each turn, before the mailbox. */
void poison_turn(struct poison *poison);

#endif
