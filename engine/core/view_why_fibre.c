/* What one thing under way in an instance waits for. */
#include "engine/base/arena.h"
#include "engine/core/view_why.h"

static struct text says_event(struct why *why, const struct fibre *f)
{
    const struct ir *ir = why->view.ir;
    const struct ir_wait *wait = &ir->waits[ir->code[f->pc].b];
    struct buf names;
    buf_init(&names, why->view.turn);
    for (uint32_t i = 0; i < wait->matches.n; i++) {
        uint32_t match = wait->matches.first + i;
        why_add_choice(&names, ir_text(ir, ir->events[ir->matches[match].event].name), i,
                       wait->matches.n);
        why_sender_can(why, f, match);
    }
    return view_say(&why->view, "waits for %s" TEXT_FMT TEXT_FMT,
                    wait->matches.n > 0 ? buf_done(&names).chars : "its time",
                    TEXT_ARG(why_since(why, f->since)),
                    TEXT_ARG(why_until(why, ", until ", f->until)));
}

static struct text says_person(struct why *why, const struct fibre *f)
{
    const struct ir *ir = why->view.ir;
    const struct task *task = view_task(&why->view, f->task);
    if (task == NULL || task->what >= ir->questions_n)
        return TEXT("waits for a person");
    struct ir_range whens = ir->questions[task->what].whens;
    why_role_can(why, task, whens);
    return view_say(&why->view,
                    "waits for " TEXT_FMT " to answer \"" TEXT_FMT
                    "\" with " TEXT_FMT TEXT_FMT TEXT_FMT,
                    TEXT_ARG(task->role), TEXT_ARG(task->question),
                    TEXT_ARG(why_choices(why, whens)),
                    TEXT_ARG(why_since(why, task->since)),
                    TEXT_ARG(why_until(why, ", until ", f->until)));
}

static uint32_t standing(const struct instance *inst)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < inst->undo.n; i++) {
        const struct undo_record *u = &inst->undo.at[i];
        n += !u->stays && (u->state == UNDO_DONE || u->state == UNDO_IN_DOUBT ||
                           u->state == UNDO_ARMED || u->state == UNDO_STUCK);
    }
    return n;
}

static struct text says_child(struct why *why, const struct fibre *f);

static struct text says_undoing(struct why *why, const struct fibre *f)
{
    uint32_t n = standing(why->view.inst);
    struct text left = view_say(&why->view, "%u effect%s still stand%s", n,
                                n == 1 ? "" : "s", n == 1 ? "s" : "");
    if (view_child(&why->view, f) != NULL)
        return view_say(&why->view, "is undoing what it did: it " TEXT_FMT "; " TEXT_FMT,
                        TEXT_ARG(says_child(why, f)), TEXT_ARG(left));
    if (f->call.number == 0)
        return view_say(&why->view, "is undoing what it did" TEXT_FMT "; " TEXT_FMT,
                        TEXT_ARG(why_since(why, f->since)), TEXT_ARG(left));
    return view_say(&why->view, "is undoing what it did: it " TEXT_FMT "; " TEXT_FMT,
                    TEXT_ARG(why_says_call(why, f)), TEXT_ARG(left));
}

static struct text says_settling(const struct why *why, const struct fibre *f)
{
    const struct ir *ir = why->view.ir;
    if (f->target < ir->states_n)
        return view_say(&why->view,
                        "goes to " TEXT_FMT
                        " as soon as what is in hand has settled" TEXT_FMT,
                        TEXT_ARG(ir_text(ir, ir->states[f->target].path)),
                        TEXT_ARG(why_since(why, f->since)));
    return view_say(&why->view, "goes on as soon as what is in hand has settled" TEXT_FMT,
                    TEXT_ARG(why_since(why, f->since)));
}

static struct text says_condition(const struct why *why, const struct fibre *f)
{
    struct text names = why_listens_for(why);
    return view_say(
        &why->view,
        "waits until the condition on line %u holds" TEXT_FMT "%s" TEXT_FMT "%s",
        view_line(&why->view, f), TEXT_ARG(why_since(why, f->since)),
        names.n > 0 ? "; " : "", TEXT_ARG(names), names.n > 0 ? " may change that" : "");
}

static struct text says_time(struct why *why, const struct fibre *f)
{
    why_can(why, TEXT("the clock"),
            view_say(&why->view, "reach " TEXT_FMT, TEXT_ARG(why_moment(why, f->until))),
            TEXT(""));
    return view_say(&why->view, "waits until " TEXT_FMT TEXT_FMT,
                    TEXT_ARG(why_moment(why, f->until)),
                    TEXT_ARG(why_since(why, f->since)));
}

static struct text says_joining(const struct why *why, const struct fibre *f)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < why->view.inst->fibres.n; i++)
        n += why->view.inst->fibres.at[i].kind == FIBRE_PART &&
             why->view.inst->fibres.at[i].parent == f->number;
    return view_say(&why->view, "waits for %u part%s of %u to finish" TEXT_FMT, n,
                    n == 1 ? "" : "s", f->begun, TEXT_ARG(why_since(why, f->since)));
}

/* Whoever looks into the child sees what that one waits for. */
static void child_can(struct why *why, const struct undo_record *record)
{
    const struct ir *ir = why->view.ir;
    char id[ID_TEXT_BYTES];
    why_can(why,
            view_say(&why->view, "flow " TEXT_FMT,
                     TEXT_ARG(ir_text(ir, ir->children[record->site].flow))),
            record->is_asked ? TEXT("unwind") : TEXT("end"),
            view_say(&why->view, "flowctl why " TEXT_FMT,
                     TEXT_ARG(id_print(record->child, id))));
}

static struct text says_child(struct why *why, const struct fibre *f)
{
    const struct ir *ir = why->view.ir;
    const struct undo_record *record = view_child(&why->view, f);
    if (record == NULL)
        return TEXT("waits for a flow that it has run");
    child_can(why, record);
    struct text flow = ir_text(ir, ir->children[record->site].flow);
    if (record->is_asked)
        return view_say(
            &why->view,
            "waits until " TEXT_FMT ", which it ran on line %u, has unwound" TEXT_FMT,
            TEXT_ARG(flow), view_line(&why->view, f), TEXT_ARG(why_since(why, f->since)));
    return view_say(&why->view, "runs " TEXT_FMT " (line %u)" TEXT_FMT TEXT_FMT,
                    TEXT_ARG(flow), view_line(&why->view, f),
                    TEXT_ARG(why_since(why, f->since)),
                    TEXT_ARG(why_until(why, "; its limit is ", f->until)));
}

struct text why_says_fibre(struct why *why, const struct fibre *f)
{
    switch ((enum fibre_wait)f->wait) {
    case FIBRE_CALL:
        return why_says_call(why, f);
    case FIBRE_EVENT:
        return says_event(why, f);
    case FIBRE_TIME:
        return says_time(why, f);
    case FIBRE_CONDITION:
        return says_condition(why, f);
    case FIBRE_PERSON:
        return says_person(why, f);
    case FIBRE_CHILD:
        return says_child(why, f);
    case FIBRE_UNDOING:
        return says_undoing(why, f);
    case FIBRE_PARKED:
        return why_says_parked(why, f);
    case FIBRE_SETTLING:
        return says_settling(why, f);
    case FIBRE_READY:
        return TEXT("is ready to go on");
    case FIBRE_JOINING:
        return says_joining(why, f);
    }
    return TEXT("waits");
}
