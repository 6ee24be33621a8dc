/* Why a step is parked, and what people may do about it. */
#include "engine/base/arena.h"
#include "engine/core/view_why.h"

static struct text failure(const struct why *why, const struct fibre *f)
{
    if (f->problem_kind.n == 0)
        return TEXT("was referred to it");
    struct text tries =
        f->problem_attempts > 1
            ? view_say(&why->view, " after %u attempts", f->problem_attempts)
            : TEXT("");
    return view_say(&why->view, "ended with " TEXT_FMT TEXT_FMT "%s" TEXT_FMT "%s",
                    TEXT_ARG(f->problem_kind), TEXT_ARG(tries),
                    f->problem_message.n > 0 ? " (" : "", TEXT_ARG(f->problem_message),
                    f->problem_message.n > 0 ? ")" : "");
}

static struct text says_stuck(struct why *why, const struct fibre *f,
                              const struct undo_record *stuck)
{
    struct text step = view_step(&why->view, f);
    why_operator_can(why, "try the undo again", "retry", step);
    why_operator_can(why, "say that it was put back by hand", "done-by-hand", step);
    why_operator_can(why, "leave it standing, and go on with the rest", "leave-standing",
                     step);
    return view_say(&why->view,
                    "cannot put back " TEXT_FMT ", which " TEXT_FMT TEXT_FMT
                    "; an operator must retry, say that it is done by hand, or leave it "
                    "standing",
                    TEXT_ARG(view_operation(&why->view, stuck->operation)),
                    TEXT_ARG(failure(why, f)), TEXT_ARG(why_since(why, f->since)));
}

static void parked_can(struct why *why, const struct fibre *f)
{
    const struct ir *ir = why->view.ir;
    struct text step = view_step(&why->view, f);
    bool is_call = f->pc < ir->code_n && ir->code[f->pc].code == IR_CALL;
    if (f->problem_kind.n > 0)
        why_operator_can(why, "try the step again", "retry", step);
    if (!is_call)
        return;
    why_operator_can(why, "enter the result, because it did happen", "result", step);
    why_operator_can(why, "declare that it did not happen", "absent", step);
}

struct text why_says_parked(struct why *why, const struct fibre *f)
{
    const struct ir *ir = why->view.ir;
    const struct undo_record *stuck = view_stuck(&why->view, f);
    const struct task *task = view_task(&why->view, f->task);
    if (stuck != NULL)
        return says_stuck(why, f, stuck);
    struct text name = TEXT("stuck"), owner = TEXT("an operator");
    struct text step = view_step(&why->view, f), may = TEXT("retry it or cancel");
    if (f->dead_letter < ir->dead_letters_n) {
        const struct ir_dead_letter *letter = &ir->dead_letters[f->dead_letter];
        name = ir_text(ir, letter->name);
        owner = task != NULL ? task->role : ir_text(ir, letter->role);
        may = view_say(&why->view, "choose " TEXT_FMT,
                       TEXT_ARG(why_choices(why, letter->whens)));
        if (task != NULL)
            why_role_can(why, task, letter->whens);
    }
    parked_can(why, f);
    return view_say(&why->view,
                    "is parked in dead letter " TEXT_FMT TEXT_FMT ": step " TEXT_FMT
                    " " TEXT_FMT ", and " TEXT_FMT " must " TEXT_FMT TEXT_FMT,
                    TEXT_ARG(name), TEXT_ARG(why_since(why, f->since)), TEXT_ARG(step),
                    TEXT_ARG(failure(why, f)), TEXT_ARG(owner), TEXT_ARG(may),
                    TEXT_ARG(why_until(why, ", until ", task != NULL ? task->until : 0)));
}
