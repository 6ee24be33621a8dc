/* What in an instance waits for time, the earliest first: one walk for the alarm that is
 * set and for what it does when it rings. */
#ifndef ENGINE_CORE_INSTANCE_DUE_H
#define ENGINE_CORE_INSTANCE_DUE_H

#include "engine/core/instance.h"

struct instance_due {
    int64_t at; /* 0: nothing */
    enum due_what {
        DUE_CALL,   /* the next attempt, or the step's limit */
        DUE_WAIT,   /* a wait's time or limit */
        DUE_TASK,   /* an escalation, or an `after` of a dead letter */
        DUE_LETTER, /* a dead letter's limit */
        DUE_STATE,  /* a state's limit */
        DUE_HANDLER /* after, every */
    } what;
    uint32_t which; /* index of the fibre, task, state or handler */
};

/* Whether it is paused or ended is not looked at; instance_wake_at() does. */
struct instance_due instance_due_first(const struct instance *inst);

#endif
