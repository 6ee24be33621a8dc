/* What can happen to an instance, as a value: the only input of advance() besides image
 * and state. */
#ifndef ENGINE_CORE_STIMULUS_H
#define ENGINE_CORE_STIMULUS_H

#include <jansson.h>

#include "engine/base/id.h"
#include "engine/core/value.h"

enum stimulus_kind {
#define STIMULUS(name, sentence) STIMULUS_##name,
#include "engine/core/stimulus.def"
#undef STIMULUS
};

/* How a call ended, as its adapter says it. The contract's table (§6) is the adapter's;
 * whether the data fit the types is the core's. */
enum outcome_kind {
    OUTCOME_VALUE,   /* it happened; `data` is the result */
    OUTCOME_REFUSED, /* a declared error: it did not happen; `name` and `data` (an object)
                        say which */
    OUTCOME_UNAVAILABLE, /* it did not happen, for technical reasons */
    OUTCOME_IN_DOUBT,    /* it may have happened */
    OUTCOME_BROKEN,      /* the contract is broken */
    OUTCOME_HELD /* it was never sent, for its adapter takes no calls now: it is no
                    attempt. `retry_after`: when it is looked at again */
};

struct outcome {
    enum outcome_kind kind;
    struct text name;         /* REFUSED */
    const json_t *data;       /* VALUE, REFUSED; NULL: none. Borrowed */
    const struct value *made; /* in place of `data`, for those who play flows: of its type
                                 already. NULL */
    bool sample; /* VALUE of `over fake`: the core makes the value from the operation's
                    type */
    struct text message; /* for people; no secrets, at most LIMIT_PROBLEM_BYTES */
    int64_t retry_after; /* µs from now the other side asks for; 0: not said */
};

struct stimulus {
    enum stimulus_kind kind;
    int64_t now;   /* the moment this transition begins, by the database's clock, µs */
    uint32_t dice; /* spreads retries */
    uint32_t call; /* OUTCOME: struct wait_call.number */
    struct outcome outcome;
    struct text event;   /* EVENT: its name */
    struct text message; /* EVENT: id of the stored event, for the journal */
    struct id child;     /* CHILD_END: which one. `verb` is how: completed, failed,
                            cancelled, or refused; `data` its result or error */
    uint32_t
        task; /* ANSWER: number of the task in this instance; COMMAND on a step: unused */
    struct text verb; /* ANSWER: the outcome chosen. COMMAND: cancel, retry, pause, … */
    struct text step; /* COMMAND: STEP, or empty */
    struct text actor;        /* ANSWER, COMMAND, MIGRATE: who */
    struct text reason;       /* ANSWER, COMMAND, MIGRATE: why, may be empty */
    const json_t *data;       /* START arguments, EVENT body, ANSWER form, COMMAND data.
                                 Borrowed; NULL: none */
    const struct value *made; /* EVENT, ANSWER: in place of `data`, as for an outcome */
    bool is_unread; /* nobody will read what is written for people: entries have neither
                       text nor data, tasks neither outcomes nor what is shown, and
                       nothing is measured */
};

#endif
