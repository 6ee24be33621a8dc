/* What one stimulus means: the new state, the rows beside it, and the effects to start
 * once all is committed. */
#ifndef ENGINE_CORE_DECISION_H
#define ENGINE_CORE_DECISION_H

#include "engine/core/instance.h"
#include "engine/core/stimulus.h"

/* The journal: what happened, for people. ENTRY(NAME, "name", sentence) in journal.def.
 */
enum entry_kind {
#define ENTRY(name, text, sentence) ENTRY_##name,
#include "engine/core/journal.def"
#undef ENTRY
};
const char *entry_kind_name(enum entry_kind kind);

struct entry {
    enum entry_kind kind;
    uint32_t state;    /* IR_NONE */
    struct text step;  /* STEP, or empty */
    uint32_t line;     /* of the flow; 0: none */
    struct text actor; /* of a person; else empty */
    struct text text;  /* one line for people; private values masked */
    json_t *data;      /* details; NULL. Owned by the decision: decision_done() */
};

/* An attempt to begin after the commit. */
struct call_order {
    uint32_t number; /* struct wait_call.number */
    uint32_t operation;
    struct text adapter;
    struct text operation_name;
    bool is_effect;
    struct value args;
    struct text step;
    uint32_t attempt;
    bool has_key;
    bool key_has_generation; /* the store knows how often this key's effect was undone */
    struct digest key;
    int64_t limit_at; /* of the step: it is not sent any more then; 0: none */
    int64_t deadline; /* of this attempt: `each within`, or the step's own limit when that
                         is sooner */
};

struct event_out { /* emit */
    uint32_t event;
    struct value body;
};

struct child_order { /* run, start: an instance that begins with this transition */
    struct id id;
    uint32_t child;    /* which of ir->children */
    struct value args; /* a record of its parameters */
    struct text key;   /* empty: it has none */
};

enum effect_change { CHANGE_ADD, CHANGE_DROP };

struct subscription_change {
    enum effect_change change;
    struct subscription subscription;
};

struct task_change {
    enum effect_change change;
    struct task task;
    json_t *outcomes; /* [{name, form}]: what may be answered; owned by the decision */
    json_t *showing;  /* what is shown; owned by the decision */
};

enum measured_met { MEASURED_NO_GOAL, MEASURED_MET, MEASURED_MISSED };

struct measured {         /* a measure of this instance has its value */
    uint32_t measure;     /* which of ir->measures */
    struct decimal value; /* spans and durations: seconds; shares: 1 or 0 */
    char unit[4];         /* "s", a currency, or "" */
    bool has_goal;
    struct decimal goal; /* in the same unit */
    enum measured_met met;
};

struct decision {
    struct instance *after; /* rev is one more */
    bool is_nothing;  /* a stale stimulus: nothing to write, drop it. The world repeats
                         itself */
    bool event_taken; /* EVENT: false when a `where` refused it: it goes back to the held
                         ones */
    enum err_code refused; /* ANSWER, COMMAND, START: ERR_OK, or why it cannot be (nothing
                              is written then but a refusal) */
    char refusal[256];
    char refusal_pointer[160];
    VEC(struct entry) entries;
    VEC(struct call_order) calls;
    VEC(struct event_out) events;
    VEC(struct event_out) unanswered; /* it took them, and has ended: unclaimed */
    VEC(struct subscription_change) subscriptions;
    bool goes_over; /* it rests and was asked to go over: it is told so by mail (MIGRATE)
                     */
    /* A migration: the version it comes from, and what it listened for by that. */
    const struct ir *left;
    VEC(struct subscription_change) left_subscriptions;
    VEC(struct task_change) tasks;
    VEC(struct child_order) children;
    VEC(struct id) unwinds; /* children that are asked to unwind */
    bool tells_parent;      /* it has ended, and whoever ran it hears so */
    json_t *told; /* {"result"} or {"error", "message", "data"}; owned by the decision */
    VEC(struct text)
    held; /* adapters that a call of it waits for since this transition */
    VEC(struct measured) measured;
    VEC(struct digest)
    generations; /* keys whose effect has been undone: their generation rises */
};

void decision_done(struct decision *decision); /* gives back the JSON it owns */

/* One line an item, stable: goldens and `flowctl` debugging. */
void decision_print(struct buf *out, const struct ir *ir,
                    const struct decision *decision);

/* The entries as the journal stores them: a JSON array of [kind, state, step, line,
 * actor, text, data]. */
struct text decision_entries_json(struct arena *turn, const struct ir *ir,
                                  const struct decision *decision);

#endif
