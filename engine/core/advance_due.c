/* Time: the earliest thing that is due happens. */
#include "engine/base/mutant.h"
#include "engine/core/advance_turn.h"
#include "engine/core/instance_due.h"

static void wait_is_over(struct turn *turn, struct fibre *f)
{
    if (f->wait == FIBRE_TIME)
        fibre_go_on(turn, f, f->pc + 1);
    else if (f->wait == FIBRE_EVENT)
        wait_late(turn, f);
    else if (f->wait == FIBRE_CHILD)
        kin_late(turn, f);
    else
        people_late(turn, f);
}

/* Of the handlers whose moment is the same the one that has its turn first. */
static uint32_t first_handler(const struct turn *turn, struct instance_due due)
{
    uint32_t first = due.which;
    for (uint32_t i = 0; i < turn->inst->timers_n; i++)
        if (turn->inst->timers[i].due == due.at && wait_comes_first(turn, i, first))
            first = i;
    return first;
}

bool due_fire(struct turn *turn)
{
    struct instance_due due = instance_due_first(turn->inst);
    if (due.at == 0 || due.at > turn->now + (MUTANT(DUE_TOO_EARLY) ? 1500000 : 0))
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
        state_timer_due(turn, first_handler(turn, due));
        return true;
    }
    return false;
}
