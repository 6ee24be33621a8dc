/* The walk over all that waits for time, and the alarm that follows from it. */
#include "engine/core/instance_due.h"

static void consider(struct instance_due *due, int64_t at, enum due_what what,
                     uint32_t which)
{
    if (at != 0 && (due->at == 0 || at < due->at))
        *due = (struct instance_due){.at = at, .what = what, .which = which};
}

static void consider_fibre(struct instance_due *due, const struct fibre *f, uint32_t i)
{
    const struct wait_call *c = &f->call;
    switch ((enum fibre_wait)f->wait) {
    case FIBRE_CALL:
    case FIBRE_UNDOING:
        if (c->number == 0 || f->stopping)
            return;
        if (c->phase != CALL_SENT && c->phase != CALL_ASKING)
            consider(due, c->next_at, DUE_CALL, i);
        if (!c->limit_passed)
            consider(due, c->limit_at, DUE_CALL, i);
        return;
    case FIBRE_EVENT:
    case FIBRE_TIME:
    case FIBRE_PERSON:
    case FIBRE_CHILD:
        consider(due, f->until, DUE_WAIT, i);
        return;
    case FIBRE_READY:
    case FIBRE_CONDITION:
    case FIBRE_PARKED:
    case FIBRE_SETTLING:
    case FIBRE_JOINING:
        return;
    }
}

struct instance_due instance_due_first(const struct instance *inst)
{
    struct instance_due due = {0};
    for (uint32_t i = 0; i < inst->fibres.n; i++)
        if (inst->fibres.at[i].number != 0)
            consider_fibre(&due, &inst->fibres.at[i], i);
    for (uint32_t i = 0; i < inst->tasks.n; i++) {
        consider(&due, inst->tasks.at[i].next_at, DUE_TASK, i);
        if (inst->tasks.at[i].is_dead_letter)
            consider(&due, inst->tasks.at[i].until, DUE_LETTER, i);
    }
    for (uint32_t i = 0; i < inst->visits_n; i++)
        if (inst->visits[i].entered_at != 0)
            consider(&due, inst->visits[i].limit_at, DUE_STATE, i);
    for (uint32_t i = 0; i < inst->timers_n; i++)
        consider(&due, inst->timers[i].due, DUE_HANDLER, i);
    return due;
}

/* An alarm for anything that advance() would not do at a TIMER would ring for ever. */
int64_t instance_wake_at(const struct instance *inst)
{
    if (inst->is_paused || instance_status_is_ended(inst->status))
        return 0;
    return instance_due_first(inst).at;
}
