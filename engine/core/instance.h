/* One run of a flow, as a value: what a snapshot holds, and all that advance() may know
 * of the past. */
#ifndef ENGINE_CORE_INSTANCE_H
#define ENGINE_CORE_INSTANCE_H

#include "engine/base/err.h"
#include "engine/base/id.h"
#include "engine/base/vec.h"
#include "engine/core/value.h"

enum instance_status {
#define STATUS(name, number, text, is_ended, sentence) STATUS_##name = (number),
#include "engine/core/instance_status.def"
#undef STATUS
};

const char *instance_status_name(enum instance_status status);
bool instance_status_of(struct text name, enum instance_status *out);
static inline bool instance_status_is_ended(enum instance_status status)
{
    return status >= STATUS_COMPLETED;
}

/* A fibre is one thing the instance does: the steps of a state, a handler's body, the
 * unwinding of the undo log. It runs until it waits; `pc` is the operation it waits in
 * (the CALL, WAIT, ASK … itself), so that doing it again is going there again. */
enum fibre_kind {
    FIBRE_FLOW,    /* the flow's own steps */
    FIBRE_STATE,   /* the steps of state `owner` */
    FIBRE_HANDLER, /* the body of handler `owner` */
    FIBRE_CHOICE, /* the block of a dead letter's choice, for the parked fibre `parked` */
    FIBRE_UNDO,   /* a call's `undone by { … }` block, run for one undo record */
    FIBRE_PART    /* an iteration or branch that runs beside others; `owner` is the state
                     of the fibre that joins it, as for FIBRE_STATE, or IR_NONE */
};

enum fibre_wait {
    FIBRE_READY,     /* will run in this transition */
    FIBRE_CALL,      /* an attempt is in flight, or the pause before the next one */
    FIBRE_EVENT,     /* WAIT */
    FIBRE_TIME,      /* WAIT_TIME */
    FIBRE_CONDITION, /* WAIT_UNTIL */
    FIBRE_PERSON,    /* ASK */
    FIBRE_CHILD,     /* RUN */
    FIBRE_UNDOING,   /* UNDO: the unwinding is under way for it */
    FIBRE_PARKED,    /* REFER, or an error nobody answered: in a dead letter */
    FIBRE_SETTLING,  /* it has said `go to` or ended the flow, and waits for others to
                        settle */
    FIBRE_JOINING    /* it waits for iterations or branches it has started */
};

enum call_phase {
    CALL_SENT,       /* an attempt is in flight (or was, before a crash) */
    CALL_PAUSED,     /* waits until `next_at` for the next attempt */
    CALL_ASKING,     /* `found by` is in flight to learn what became of the attempt */
    CALL_ASK_PAUSED, /* `found by` could not be asked: again at `next_at` */
    CALL_HELD, /* its adapter takes no calls: looked at again at `next_at`; no attempt is
                  spent */
    CALL_ASK_HELD /* the same, with `found by` to be asked */
};

/* A call in hand: of a forward step, or of an undo record. */
struct wait_call {
    uint32_t number; /* of this attempt, unique in the instance: OUTCOME names it */
    uint32_t phase;  /* enum call_phase */
    uint32_t operation;
    uint32_t policy;
    uint32_t attempt;  /* counts from 1, and goes on counting after an operator's retry */
    uint32_t tries;    /* since the policy began to count */
    int64_t began_at;  /* first attempt: policy `within` counts from here */
    int64_t sent_at;   /* the attempt in flight */
    int64_t next_at;   /* of the phases that say so; else 0 */
    int64_t limit_at;  /* of the step's own within/by; 0: none */
    bool limit_passed; /* it ran out while an attempt was under way: that attempt settles
                          first */
    bool is_recovered; /* its node died: once it is known to be absent it is sent again at
                          once, without the policy's pause */
    struct value args; /* a record of the operation's parameters, frozen */
    struct digest key; /* what the idempotency key is made from (with the generation, for
                          IR_KEY_VALUE) */
    uint32_t record;   /* number of the undo record; 0: none */
    struct text problem;   /* of the last attempt that failed: message */
    uint32_t problem_kind; /* enum outcome_kind of it */
};

struct fibre {
    uint32_t number; /* unique in the instance */
    uint32_t kind;   /* enum fibre_kind */
    uint32_t owner;  /* index of the state or handler; the undo record's number */
    uint32_t parked; /* FIBRE_CHOICE: number of the fibre it decides for */
    uint32_t pc;
    uint32_t wait;   /* enum fibre_wait */
    int64_t since;   /* it waits */
    int64_t until;   /* its limit; 0: none */
    bool stopping;   /* it will not go on: when its call settles it is gone */
    uint32_t target; /* FIBRE_SETTLING: what it does when the others have settled; see
                        advance_turn.h. Else the pc from which the operation at `pc` was
                        reached: what it pops is computed from there */
    struct wait_call call; /* FIBRE_CALL */
    uint32_t task;         /* FIBRE_PERSON, FIBRE_PARKED: number of its task */
    struct value *frame;   /* ir->flow.frame_slots values, or NULL */
    /* FIBRE_PART */
    uint32_t parent; /* number of the fibre that joins it */
    uint32_t root;   /* enum fibre_kind of the one around all parts */
    uint32_t index;  /* which iteration or branch */
    /* FIBRE_JOINING */
    uint32_t begun;  /* parts it has begun; the next one's index */
    uint32_t window; /* parts at a time; 0: no more are to begin */
    /* FIBRE_PARKED */
    uint32_t dead_letter;     /* IR_NONE: the built-in stuck */
    struct text problem_kind; /* "unavailable", "CreditBlocked", "bad_value"; empty:
                                 nothing failed */
    struct text problem_message;
    uint32_t problem_attempts;
    struct value problem_data; /* the error's record */
    /* FIBRE_UNDOING, and parked while it does: the error for which an attempt or the
     * flow is being unwound. FIBRE_JOINING: the error of a part that goes outward */
    struct text cause_kind;
    struct text cause_message;
    struct value cause_data;
};

enum undo_state {
    UNDO_ARMED,    /* the call is in flight */
    UNDO_DONE,     /* it happened */
    UNDO_IN_DOUBT, /* it may have happened */
    UNDO_KEPT,     /* sealed by keep */
    UNDO_UNDONE,
    UNDO_STUCK, /* its undo failed: a person decides */
    UNDO_LEFT   /* an operator left it standing */
};

/* An effect that happened, or may have, and how it is put back. Newest first is by the
 * order of completion, highest first; numbers rise by when it was begun. */
struct undo_record {
    uint32_t number;
    uint32_t state;     /* enum undo_state */
    uint32_t operation; /* the effect; IR_NONE: it is a child flow */
    uint32_t site;      /* where it was called; of a child: which of ir->children */
    struct text name;   /* by which undo x finds it */
    bool stays; /* irreversible, harmless without undo, or never undone: shown, never put
                   back */
    struct value args;      /* the effect's own, frozen */
    struct value undo_args; /* the undo operation's, fixed when it happened */
    struct value *frame;    /* of a call-site undo block: frozen captures; NULL */
    struct digest key;
    struct id child; /* the instance that `run` began; none: an effect */
    bool is_asked;   /* a child: it has been asked to unwind */
    int64_t at;
    uint32_t order; /* rises with each that is begun, comes into doubt or is done */
    uint32_t fibre; /* that made it; when a part has ended, the one that joined it */
    bool is_lost; /* made in a branch that lost: `fibre` puts it back before it goes on */
    struct text which; /* of iterations: "[2]"; else empty */
    uint32_t undo_by;  /* operation; IR_NONE: as its own operation says. Made by an older
                          version, which said otherwise */
};

static inline bool record_is_child(const struct undo_record *record)
{
    return !id_is_none(record->child);
}

/* What has been undone, and what stays in any case, is only kept to be shown: without its
 * values, which the journal has. */
static inline bool record_is_for_show(const struct undo_record *record)
{
    return record->state == UNDO_UNDONE || (record->stays && record->state == UNDO_DONE);
}

struct handler_queue { /* events a handler has not taken yet, first come first */
    uint32_t handler;
    VEC(struct value) events;
};

struct state_visit { /* per state */
    uint32_t visits;
    uint32_t mark;      /* undo number at the latest entry: `undo since` */
    int64_t entered_at; /* 0: not in it now */
    int64_t limit_at;   /* 0: none */
};

struct handler_timer { /* per handler */
    int64_t due;       /* after, every: 0: not armed */
    uint32_t runs; /* how often its body has begun: calls in it are told apart by it */
};

struct mark_stamp {
    struct text name;
    int64_t at;
};

/* A row of the subscription table that this instance has. */
struct subscription {
    uint32_t number; /* unique in the instance */
    uint32_t event;
    uint64_t key; /* core/subscribe.h: what the event's key fields hash to */
    uint32_t
        fields; /* mask of the key fields used, bit i for the event's i-th key field */
};

struct task { /* a question or a dead letter that a person must answer */
    uint32_t number;
    uint32_t fibre;
    bool is_dead_letter;
    uint32_t what; /* question or dead letter index; IR_NONE: the built-in stuck */
    struct text role;
    struct text question;
    int64_t since;
    int64_t until;      /* 0: none */
    uint32_t escalated; /* how many escalations have happened */
    int64_t next_at;    /* the next escalation or `after`; 0: none */
};

struct instance_move { /* it was asked to go over to another version, when it rests */
    uint32_t to;       /* number of the version; 0: it was not */
    struct digest image;
    int64_t asked_at;
    struct text actor, reason;
    struct text stays; /* why it could not when it rested last; empty */
};

struct instance {
    struct id id;
    struct text key;
    uint32_t rev; /* transitions so far: the version check */
    enum instance_status status;
    uint32_t
        state; /* innermost active state; IR_NONE: none yet, or a flow without states */
    int64_t since; /* it is in this state */
    int64_t started_at;
    int64_t ended_at;     /* 0: living */
    uint32_t next_number; /* for fibres, calls, records, subscriptions, tasks */
    bool is_paused;
    bool is_cancelling;
    uint32_t unwinding;           /* fibre that runs UNDO, or 0 */
    struct value *places;         /* ir->slots */
    uint32_t visits_n;            /* ir->states_n */
    uint32_t timers_n;            /* ir->handlers_n */
    struct state_visit *visits;   /* ir->states */
    struct handler_timer *timers; /* ir->handlers */
    VEC(struct fibre) fibres;     /* in creation order */
    VEC(struct undo_record) undo; /* oldest first */
    VEC(struct handler_queue) queues;
    VEC(struct subscription) subscriptions;
    VEC(struct task) tasks;
    VEC(struct mark_stamp) marks;
    struct value result; /* VALUE_UNSET: none given */
    struct text error;   /* JSON of the error it ended with; empty */
    struct id parent;    /* the instance that began it; none */
    bool is_owned;       /* by its parent, which ran it; else it was let go */
    struct instance_move move;
};

struct instance *instance_new(struct arena *arena, const struct ir *ir, struct id id);
struct instance *instance_copy(struct arena *arena, const struct ir *ir,
                               const struct instance *from);

/* The same, but values and texts are `from`'s, which must live as long: they never
 * change.
 */
struct instance *instance_share(struct arena *arena, const struct ir *ir,
                                const struct instance *from);

/* What is written; the format of before is read as well. A node whose program reads less
 * takes no shards: who raises this adds a migration like 0026_formats.sql. */
enum { SNAPSHOT_FORMAT = 5 };

/* The snapshot: everything above, versioned. Its large values go to the shelf (shelf.h),
 * and are those that stand there when it is read; NULL: there are none beside it. */
void instance_pack(struct buf *out, const struct ir *ir, const struct instance *inst,
                   struct shelf *shelf);
MUST_USE struct instance *instance_unpack(struct arena *arena, const struct ir *ir,
                                          struct text snapshot, const struct shelf *shelf,
                                          struct err *err);
/* As a store hands them out: the snapshot, and its large values in one piece (shelf.h).
 */
MUST_USE struct instance *instance_read(struct arena *arena, const struct ir *ir,
                                        struct text snapshot, struct text values,
                                        struct err *err);

/* The earliest moment at which something in it is due; 0: nothing. */
int64_t instance_wake_at(const struct instance *inst);
/* Where it is, as people read it: "shipping.picking"; empty: nowhere yet. What has ended
 * without states is in "done". */
struct text instance_state_path(const struct ir *ir, const struct instance *inst);
/* Its call waits for its adapter to take calls again. */
bool fibre_is_held(const struct fibre *fibre);
/* An attempt is in flight. */
bool fibre_has_call(const struct fibre *fibre);
/* Which of several iterations it is in: "[2]", "[2][0]" outer first; empty: none. */
struct text fibre_which(struct arena *arena, const struct ir *ir,
                        const struct instance *inst, const struct fibre *fibre);
bool instance_has_calls(const struct instance *inst);
/* A child flow whose end will be told. */
bool instance_has_children(const struct instance *inst);

#endif
