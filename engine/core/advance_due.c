/* Time: what is due, the earliest first. */
#include "engine/core/advance_turn.h"

struct due {
    int64_t at; /* 0: nothing */
    enum due_what {
        DUE_CALL,
        DUE_WAIT,
        DUE_TASK,
        DUE_LETTER,
        DUE_STATE,
        DUE_HANDLER
    } what;
    uint32_t which; /* index of the fibre, task, state or handler */
};

static void consider(struct due *due, int64_t at, enum due_what what, uint32_t which)
{
    if (at != 0 && (due->at == 0 || at < due->at))
        *due = (struct due){.at = at, .what = what, .which = which};
}

static void consider_fibre(struct due *due, const struct fibre *f, uint32_t i)
{
    const struct wait_call *c = &f->call;
    switch ((enum fibre_wait)f->wait) {
    case FIBRE_CALL:
    case FIBRE_UNDOING:
        if (c->number == 0 || f->stopping)
            return;
        if (c->phase == CALL_PAUSED || c->phase == CALL_ASK_PAUSED)
            consider(due, c->next_at, DUE_CALL, i);
        if (!c->limit_passed)
            consider(due, c->limit_at, DUE_CALL, i);
        return;
    case FIBRE_EVENT:
    case FIBRE_TIME:
    case FIBRE_PERSON:
        consider(due, f->until, DUE_WAIT, i);
        return;
    case FIBRE_READY:
    case FIBRE_CONDITION:
    case FIBRE_CHILD:
    case FIBRE_PARKED:
    case FIBRE_SETTLING:
    case FIBRE_JOINING:
        return;
    }
}

static struct due earliest(const struct turn *turn)
{
    const struct instance *inst = turn->inst;
    struct due due = {0};
    for (uint32_t i = 0; i < inst->fibres.n; i++)
        if (inst->fibres.at[i].number != 0)
            consider_fibre(&due, &inst->fibres.at[i], i);
    for (uint32_t i = 0; i < inst->tasks.n; i++) {
        consider(&due, inst->tasks.at[i].next_at, DUE_TASK, i);
        if (inst->tasks.at[i].is_dead_letter)
            consider(&due, inst->tasks.at[i].until, DUE_LETTER, i);
    }
    for (uint32_t i = 0; i < turn->ir->states_n; i++)
        if (inst->visits[i].entered_at != 0)
            consider(&due, inst->visits[i].limit_at, DUE_STATE, i);
    for (uint32_t i = 0; i < turn->ir->handlers_n; i++)
        consider(&due, inst->timers[i].due, DUE_HANDLER, i);
    return due;
}

static void wait_is_over(struct turn *turn, struct fibre *f)
{
    if (f->wait == FIBRE_TIME)
        fibre_go_on(turn, f, f->pc + 1);
    else if (f->wait == FIBRE_EVENT)
        wait_late(turn, f);
    else
        people_late(turn, f);
}

bool due_fire(struct turn *turn)
{
    struct due due = earliest(turn);
    if (due.at == 0 || due.at > turn->now)
        return false;
    switch (due.what) {
    case DUE_CALL:
        call_due(turn, &turn->inst->fibres.at[due.which]);
        return true;
    case DUE_WAIT:
        wait_is_over(turn, &turn->inst->fibres.at[due.which]);
        return true;
    case DUE_TASK:
        people_task_next(turn, &turn->inst->tasks.at[due.which]);
        return true;
    case DUE_LETTER:
        people_task_late(turn, &turn->inst->tasks.at[due.which]);
        return true;
    case DUE_STATE:
        state_limit_passed(turn, due.which);
        return true;
    case DUE_HANDLER:
        state_timer_due(turn, due.which);
        return true;
    }
    return false;
}
