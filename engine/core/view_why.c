/* Why an instance does not move: one sentence, and who or what can move it. */
#include "engine/base/arena.h"
#include "engine/base/when.h"
#include "engine/core/view_parts.h"

/* The sentence is "O-1001 is in booking and …": each says_… below gives what comes after,
 * as a phrase with a verb. Read it aloud. */

struct why {
    struct view view;
    int64_t now;
    struct text key; /* as flowctl takes it: quoted where a shell needs it */
    json_t *can;
};

/* ---- words ---- */

static struct text moment(const struct why *why, int64_t at)
{
    char when[WHEN_TEXT_BYTES];
    struct text t = when_instant_print(at - at % WHEN_SECOND, when),
                span = view_span(&why->view, at - why->now);
    return at >= why->now ? view_say(&why->view, TEXT_FMT " (in " TEXT_FMT ")",
                                     TEXT_ARG(t), TEXT_ARG(span))
                          : view_say(&why->view, TEXT_FMT " (" TEXT_FMT " ago)",
                                     TEXT_ARG(t), TEXT_ARG(span));
}

/* ", for 2h since 2026-05-12T10:00:00Z" */
static struct text since(const struct why *why, int64_t at)
{
    char when[WHEN_TEXT_BYTES];
    struct text span = view_span(&why->view, why->now - at);
    if (at == 0)
        return TEXT("");
    return view_say(&why->view, ", for " TEXT_FMT " since " TEXT_FMT, TEXT_ARG(span),
                    TEXT_ARG(when_instant_print(at - at % WHEN_SECOND, when)));
}

static struct text until(const struct why *why, const char *before, int64_t at)
{
    if (at == 0)
        return TEXT("");
    return view_say(&why->view, "%s" TEXT_FMT, before, TEXT_ARG(moment(why, at)));
}

/* What a shell takes as one word. */
static struct text quoted(const struct why *why, struct text t)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789._-/:@+=,";
    struct buf out;
    bool is_plain = t.n > 0 && t.chars[0] != '-';
    for (size_t i = 0; i < t.n && is_plain; i++)
        is_plain = t.chars[i] != '\0' && strchr(plain, t.chars[i]) != NULL;
    if (is_plain)
        return t;
    buf_init(&out, why->view.turn);
    buf_char(&out, '\'');
    for (size_t i = 0; i < t.n; i++)
        if (t.chars[i] == '\'')
            buf_chars(&out, "'\\''");
        else
            buf_char(&out, t.chars[i]);
    buf_char(&out, '\'');
    return buf_done(&out);
}

/* "approve, reject or ask_more" */
static void add_choice(struct buf *out, struct text name, uint32_t i, uint32_t n)
{
    buf_chars(out, i == 0 ? "" : i + 1 == n ? " or " : ", ");
    buf_text(out, name);
}

/* `late` is nobody's choice; in a final state there is none that leads elsewhere. */
static bool is_choice(const struct why *why, const struct ir_when *when)
{
    const struct ir *ir = why->view.ir;
    uint32_t state = why->view.inst->state;
    return !text_is_chars(ir_text(ir, when->name), "late") &&
           !(state != IR_NONE && ir->states[state].is_final &&
             ir_says_go_to(ir, when->pc));
}

static struct text choices(const struct why *why, struct ir_range whens)
{
    const struct ir *ir = why->view.ir;
    struct buf out;
    uint32_t n = 0, at = 0;
    buf_init(&out, why->view.turn);
    for (uint32_t i = 0; i < whens.n; i++)
        n += is_choice(why, &ir->whens[whens.first + i]);
    for (uint32_t i = 0; i < whens.n; i++) {
        const struct ir_when *when = &ir->whens[whens.first + i];
        if (is_choice(why, when))
            add_choice(&out, ir_text(ir, when->name), at++, n);
    }
    return buf_done(&out);
}

/* ---- who can ---- */

static json_t *can(const struct why *why, struct text who, struct text what,
                   struct text command)
{
    json_t *row = json_object();
    size_t i;
    json_t *before;
    json_object_set_new(row, "who", json_text(who));
    json_object_set_new(row, "what", json_text(what));
    json_object_set_new(row, "command", view_text(command));
    json_array_foreach(why->can, i, before)
    {
        if (json_equal(before, row)) { /* an outer state may listen for the same */
            json_decref(row);
            return before;
        }
    }
    json_array_append_new(why->can, row);
    return row;
}

static void operator_can(const struct why *why, const char *what, const char *verb,
                         struct text step)
{
    struct text word = step.n > 0 ? quoted(why, step) : TEXT("");
    can(why, TEXT("an operator"), text_of(what),
        view_say(&why->view, "flowctl %s " TEXT_FMT "%s" TEXT_FMT " --reason \"…\"", verb,
                 TEXT_ARG(why->key), word.n > 0 ? " " : "", TEXT_ARG(word)));
}

/* The task's id is the store's: `task` is its number in the instance, by which whoever
 * shows this can put the id in. */
static void role_can(const struct why *why, const struct task *task,
                     struct ir_range whens)
{
    const struct ir *ir = why->view.ir;
    for (uint32_t i = 0; i < whens.n; i++) {
        struct text name = ir_text(ir, ir->whens[whens.first + i].name);
        if (!is_choice(why, &ir->whens[whens.first + i]))
            continue;
        json_t *row =
            can(why, task->role, view_say(&why->view, "answer " TEXT_FMT, TEXT_ARG(name)),
                view_say(&why->view, "flowctl answer TASK " TEXT_FMT, TEXT_ARG(name)));
        json_object_set_new(row, "task", json_integer(task->number));
    }
}

static void sender_can(const struct why *why, const struct fibre *f, uint32_t match)
{
    const struct ir *ir = why->view.ir;
    struct text event = ir_text(ir, ir->events[ir->matches[match].event].name);
    scoped_json json_t *keys = view_match_keys(&why->view, f, match);
    struct text data = keys != NULL ? json_write(why->view.turn, keys) : TEXT("{}");
    bool has_keys = keys != NULL && json_object_size(keys) > 0;
    can(why, view_say(&why->view, "whoever sends " TEXT_FMT, TEXT_ARG(event)),
        has_keys ? view_say(&why->view, "send it with " TEXT_FMT, TEXT_ARG(data))
                 : TEXT("send it"),
        view_say(&why->view, "flowctl send " TEXT_FMT " --data " TEXT_FMT,
                 TEXT_ARG(event), TEXT_ARG(quoted(why, data))));
}

/* ---- phrases ---- */

static const char *problem_name(uint32_t kind)
{
    switch ((enum outcome_kind)kind) {
    case OUTCOME_VALUE:
        return "an answer";
    case OUTCOME_REFUSED:
        return "refused";
    case OUTCOME_UNAVAILABLE:
        return "unavailable";
    case OUTCOME_IN_DOUBT:
        return "in doubt";
    case OUTCOME_BROKEN:
        return "broken";
    case OUTCOME_HELD:
        return "held";
    }
    return "a problem";
}

static struct text attempt(const struct why *why, const struct wait_call *c)
{
    const struct ir *ir = why->view.ir;
    uint32_t most = c->policy < ir->policies_n ? ir->policies[c->policy].tries : 0;
    if (most == 0)
        return view_say(&why->view, "attempt %u", c->attempt);
    return c->attempt == c->tries
               ? view_say(&why->view, "attempt %u of %u", c->attempt, most)
               : view_say(&why->view, "attempt %u, %u of %u since it was retried",
                          c->attempt, c->tries, most);
}

static struct text last_problem(const struct why *why, const struct wait_call *c)
{
    return view_say(&why->view, "%s%s" TEXT_FMT, problem_name(c->problem_kind),
                    c->problem.n > 0 ? ": " : "", TEXT_ARG(c->problem));
}

/* When nothing more will be tried; 0: never said. */
static int64_t gives_up_at(const struct why *why, const struct wait_call *c)
{
    const struct ir *ir = why->view.ir;
    int64_t within = c->policy < ir->policies_n ? ir->policies[c->policy].within : 0;
    int64_t at = within > 0 ? c->began_at + within : 0;
    int64_t limit = c->limit_passed ? 0 : c->limit_at;
    return at == 0 ? limit : limit == 0 ? at : at < limit ? at : limit;
}

static struct text found_by(const struct why *why, const struct wait_call *c)
{
    const struct ir *ir = why->view.ir;
    uint32_t found =
        c->operation < ir->operations_n ? ir->operations[c->operation].found_by : IR_NONE;
    return found != IR_NONE ? view_operation(&why->view, found) : TEXT("its adapter");
}

/* The name of the adapter that an operation is one of; empty: not known. */
static struct text adapter_of(const struct why *why, uint32_t operation)
{
    const struct ir *ir = why->view.ir;
    return operation < ir->operations_n
               ? ir_text(ir, ir->adapters[ir->operations[operation].adapter].name)
               : TEXT("");
}

/* An instant of what `flowctl adapters` shows; 0: none. */
static int64_t instant_of(const json_t *row, const char *name)
{
    int64_t at = 0;
    struct text t = json_text_of(json_object_get(row, name));
    return t.n > 0 && when_instant_parse(t, &at) ? at : 0;
}

static struct text by_whom(const struct why *why, const json_t *row)
{
    struct text who = json_text_of(json_object_get(row, "paused_by")),
                reason = json_text_of(json_object_get(row, "reason"));
    return view_say(&why->view, "%s" TEXT_FMT "%s" TEXT_FMT "%s", who.n > 0 ? " by " : "",
                    TEXT_ARG(who), reason.n > 0 ? " (" : "", TEXT_ARG(reason),
                    reason.n > 0 ? ")" : "");
}

/* "adapter erp is paused since …": why it takes no calls; empty: it takes them, as far as
 * is known. And who can change that. */
static struct text says_adapter(const struct why *why, struct text name)
{
    const json_t *row = json_object_getn(why->view.adapters, name.chars, name.n);
    struct text state = json_text_of(json_object_get(row, "state"));
    struct text word = quoted(why, name);
    if (text_is(state, TEXT("paused"))) {
        can(why, TEXT("an operator"), TEXT("let the adapter take calls again"),
            view_say(&why->view, "flowctl adapters resume " TEXT_FMT " --reason \"…\"",
                     TEXT_ARG(word)));
        return view_say(&why->view,
                        "adapter " TEXT_FMT " is paused since " TEXT_FMT TEXT_FMT,
                        TEXT_ARG(name), TEXT_ARG(moment(why, instant_of(row, "since"))),
                        TEXT_ARG(by_whom(why, row)));
    }
    if (!text_is(state, TEXT("open")) && !text_is(state, TEXT("trying")))
        return TEXT("");
    can(why, TEXT("an operator"), TEXT("let the adapter be tried at once"),
        view_say(&why->view, "flowctl adapters reset " TEXT_FMT " --reason \"…\"",
                 TEXT_ARG(word)));
    struct text said = view_say(
        &why->view,
        "adapter " TEXT_FMT " is paused since " TEXT_FMT ": breaker open after %lld "
        "failures",
        TEXT_ARG(name), TEXT_ARG(moment(why, instant_of(row, "since"))),
        json_integer_value(json_object_get(row, "failures")));
    if (text_is(state, TEXT("trying")))
        return view_say(&why->view, TEXT_FMT "; one call is trying it now",
                        TEXT_ARG(said));
    return view_say(&why->view, TEXT_FMT "; next try at " TEXT_FMT, TEXT_ARG(said),
                    TEXT_ARG(moment(why, instant_of(row, "next_try"))));
}

static struct text says_held(struct why *why, const struct fibre *f)
{
    const struct wait_call *c = &f->call;
    bool is_asking = c->phase == CALL_ASK_HELD;
    const struct ir *ir = why->view.ir;
    uint32_t operation = is_asking && c->operation < ir->operations_n
                             ? ir->operations[c->operation].found_by
                             : c->operation;
    struct text because = says_adapter(why, adapter_of(why, operation));
    return view_say(
        &why->view,
        "waits to %s " TEXT_FMT TEXT_FMT ", for its adapter took no calls; " TEXT_FMT
        "%slooks again by " TEXT_FMT TEXT_FMT,
        is_asking ? "ask" : "call",
        TEXT_ARG(is_asking ? found_by(why, c) : view_operation(&why->view, operation)),
        TEXT_ARG(since(why, f->since)), TEXT_ARG(because),
        because.n > 0 ? "; it " : "it ", TEXT_ARG(moment(why, c->next_at)),
        TEXT_ARG(until(why, "; it gives up at ", gives_up_at(why, c))));
}

/* What may keep an attempt that was ordered from being sent. */
static struct text unless_held(const struct why *why, uint32_t operation)
{
    struct text said = says_adapter(why, adapter_of(why, operation));
    return said.n > 0 ? view_say(&why->view, "; " TEXT_FMT, TEXT_ARG(said)) : said;
}

static struct text says_call(struct why *why, const struct fibre *f)
{
    enum { EACH_SECONDS = 20 }; /* where a policy does not say (ir.h) */
    const struct ir *ir = why->view.ir;
    const struct wait_call *c = &f->call;
    struct text name = view_operation(&why->view, c->operation);
    struct text tries = attempt(why, c);
    int64_t each = c->policy < ir->policies_n ? ir->policies[c->policy].each_within : 0;
    int64_t answer_by = c->sent_at + (each > 0 ? each : EACH_SECONDS * WHEN_SECOND);
    struct text adapter = adapter_of(why, c->operation);
    if (!fibre_is_held(f))
        can(why,
            adapter.n > 0 ? view_say(&why->view, "adapter " TEXT_FMT, TEXT_ARG(adapter))
                          : TEXT("the adapter"),
            TEXT("answer"), TEXT(""));
    switch ((enum call_phase)c->phase) {
    case CALL_SENT:
        return view_say(&why->view,
                        "is calling " TEXT_FMT " (" TEXT_FMT ")" TEXT_FMT
                        "; the answer is expected by " TEXT_FMT TEXT_FMT,
                        TEXT_ARG(name), TEXT_ARG(tries), TEXT_ARG(since(why, c->sent_at)),
                        TEXT_ARG(moment(why, answer_by)),
                        TEXT_ARG(unless_held(why, c->operation)));
    case CALL_PAUSED:
        return view_say(&why->view,
                        "will call " TEXT_FMT " again at " TEXT_FMT ": " TEXT_FMT
                        " ended with " TEXT_FMT TEXT_FMT,
                        TEXT_ARG(name), TEXT_ARG(moment(why, c->next_at)),
                        TEXT_ARG(tries), TEXT_ARG(last_problem(why, c)),
                        TEXT_ARG(until(why, "; it gives up at ", gives_up_at(why, c))));
    case CALL_ASKING:
        return view_say(&why->view,
                        "does not know whether " TEXT_FMT
                        " happened, and is asking " TEXT_FMT TEXT_FMT,
                        TEXT_ARG(name), TEXT_ARG(found_by(why, c)),
                        TEXT_ARG(since(why, c->sent_at)));
    case CALL_ASK_PAUSED:
        return view_say(&why->view,
                        "does not know whether " TEXT_FMT
                        " happened, and will ask " TEXT_FMT " at " TEXT_FMT,
                        TEXT_ARG(name), TEXT_ARG(found_by(why, c)),
                        TEXT_ARG(moment(why, c->next_at)));
    case CALL_HELD:
    case CALL_ASK_HELD:
        return says_held(why, f);
    }
    return TEXT("is calling");
}

static struct text says_event(struct why *why, const struct fibre *f)
{
    const struct ir *ir = why->view.ir;
    const struct ir_wait *wait = &ir->waits[ir->code[f->pc].b];
    struct buf names;
    buf_init(&names, why->view.turn);
    for (uint32_t i = 0; i < wait->matches.n; i++) {
        uint32_t match = wait->matches.first + i;
        add_choice(&names, ir_text(ir, ir->events[ir->matches[match].event].name), i,
                   wait->matches.n);
        sender_can(why, f, match);
    }
    return view_say(&why->view, "waits for %s" TEXT_FMT TEXT_FMT,
                    wait->matches.n > 0 ? buf_done(&names).chars : "its time",
                    TEXT_ARG(since(why, f->since)),
                    TEXT_ARG(until(why, ", until ", f->until)));
}

static struct text says_person(struct why *why, const struct fibre *f)
{
    const struct ir *ir = why->view.ir;
    const struct task *task = view_task(&why->view, f->task);
    if (task == NULL || task->what >= ir->questions_n)
        return TEXT("waits for a person");
    struct ir_range whens = ir->questions[task->what].whens;
    role_can(why, task, whens);
    return view_say(&why->view,
                    "waits for " TEXT_FMT " to answer \"" TEXT_FMT
                    "\" with " TEXT_FMT TEXT_FMT TEXT_FMT,
                    TEXT_ARG(task->role), TEXT_ARG(task->question),
                    TEXT_ARG(choices(why, whens)), TEXT_ARG(since(why, task->since)),
                    TEXT_ARG(until(why, ", until ", f->until)));
}

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
    operator_can(why, "try the undo again", "retry", step);
    operator_can(why, "say that it was put back by hand", "done-by-hand", step);
    operator_can(why, "leave it standing, and go on with the rest", "leave-standing",
                 step);
    return view_say(&why->view,
                    "cannot put back " TEXT_FMT ", which " TEXT_FMT TEXT_FMT
                    "; an operator must retry, say that it is done by hand, or leave it "
                    "standing",
                    TEXT_ARG(view_operation(&why->view, stuck->operation)),
                    TEXT_ARG(failure(why, f)), TEXT_ARG(since(why, f->since)));
}

static void parked_can(struct why *why, const struct fibre *f)
{
    const struct ir *ir = why->view.ir;
    struct text step = view_step(&why->view, f);
    bool is_call = f->pc < ir->code_n && ir->code[f->pc].code == IR_CALL;
    if (f->problem_kind.n > 0)
        operator_can(why, "try the step again", "retry", step);
    if (!is_call)
        return;
    operator_can(why, "enter the result, because it did happen", "result", step);
    operator_can(why, "declare that it did not happen", "absent", step);
}

static struct text says_parked(struct why *why, const struct fibre *f)
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
                       TEXT_ARG(choices(why, letter->whens)));
        if (task != NULL)
            role_can(why, task, letter->whens);
    }
    parked_can(why, f);
    return view_say(&why->view,
                    "is parked in dead letter " TEXT_FMT TEXT_FMT ": step " TEXT_FMT
                    " " TEXT_FMT ", and " TEXT_FMT " must " TEXT_FMT TEXT_FMT,
                    TEXT_ARG(name), TEXT_ARG(since(why, f->since)), TEXT_ARG(step),
                    TEXT_ARG(failure(why, f)), TEXT_ARG(owner), TEXT_ARG(may),
                    TEXT_ARG(until(why, ", until ", task != NULL ? task->until : 0)));
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
                        TEXT_ARG(since(why, f->since)), TEXT_ARG(left));
    return view_say(&why->view, "is undoing what it did: it " TEXT_FMT "; " TEXT_FMT,
                    TEXT_ARG(says_call(why, f)), TEXT_ARG(left));
}

static struct text says_settling(const struct why *why, const struct fibre *f)
{
    const struct ir *ir = why->view.ir;
    if (f->target < ir->states_n)
        return view_say(&why->view,
                        "goes to " TEXT_FMT
                        " as soon as what is in hand has settled" TEXT_FMT,
                        TEXT_ARG(ir_text(ir, ir->states[f->target].path)),
                        TEXT_ARG(since(why, f->since)));
    return view_say(&why->view, "goes on as soon as what is in hand has settled" TEXT_FMT,
                    TEXT_ARG(since(why, f->since)));
}

/* The events its handlers are armed for, each once: "ShipmentPacked or PickShort". */
static struct text listens_for(const struct why *why)
{
    const struct ir *ir = why->view.ir;
    struct buf out;
    VEC(uint32_t) events = {0};
    buf_init(&out, why->view.turn);
    for (uint32_t i = 0; i < ir->handlers_n; i++) {
        const struct ir_handler *h = &ir->handlers[i];
        if (h->kind != IR_HANDLER_EVENT || !view_is_armed(&why->view, h))
            continue;
        uint32_t event = ir->matches[h->match].event, k = 0;
        while (k < events.n && events.at[k] != event)
            k++;
        if (k == events.n)
            vec_push(why->view.turn, &events, event);
    }
    for (uint32_t i = 0; i < events.n; i++)
        add_choice(&out, ir_text(ir, ir->events[events.at[i]].name), i, events.n);
    return buf_done(&out);
}

static struct text says_condition(const struct why *why, const struct fibre *f)
{
    struct text names = listens_for(why);
    return view_say(
        &why->view,
        "waits until the condition on line %u holds" TEXT_FMT "%s" TEXT_FMT "%s",
        view_line(&why->view, f), TEXT_ARG(since(why, f->since)), names.n > 0 ? "; " : "",
        TEXT_ARG(names), names.n > 0 ? " may change that" : "");
}

static struct text says_time(struct why *why, const struct fibre *f)
{
    can(why, TEXT("the clock"),
        view_say(&why->view, "reach " TEXT_FMT, TEXT_ARG(moment(why, f->until))),
        TEXT(""));
    return view_say(&why->view, "waits until " TEXT_FMT TEXT_FMT,
                    TEXT_ARG(moment(why, f->until)), TEXT_ARG(since(why, f->since)));
}

static struct text says_joining(const struct why *why, const struct fibre *f)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < why->view.inst->fibres.n; i++)
        n += why->view.inst->fibres.at[i].kind == FIBRE_PART &&
             why->view.inst->fibres.at[i].parent == f->number;
    return view_say(&why->view, "waits for %u part%s of %u to finish" TEXT_FMT, n,
                    n == 1 ? "" : "s", f->begun, TEXT_ARG(since(why, f->since)));
}

/* Whoever looks into the child sees what that one waits for. */
static void child_can(struct why *why, const struct undo_record *record)
{
    const struct ir *ir = why->view.ir;
    char id[ID_TEXT_BYTES];
    can(why,
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
            TEXT_ARG(flow), view_line(&why->view, f), TEXT_ARG(since(why, f->since)));
    return view_say(&why->view, "runs " TEXT_FMT " (line %u)" TEXT_FMT TEXT_FMT,
                    TEXT_ARG(flow), view_line(&why->view, f),
                    TEXT_ARG(since(why, f->since)),
                    TEXT_ARG(until(why, "; its limit is ", f->until)));
}

static struct text says_fibre(struct why *why, const struct fibre *f)
{
    switch ((enum fibre_wait)f->wait) {
    case FIBRE_CALL:
        return says_call(why, f);
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
        return says_parked(why, f);
    case FIBRE_SETTLING:
        return says_settling(why, f);
    case FIBRE_READY:
        return TEXT("is ready to go on");
    case FIBRE_JOINING:
        return says_joining(why, f);
    }
    return TEXT("waits");
}

/* ---- which one to tell about ---- */

/* The most pressing first: what needs a person, then what is in hand, then what waits. */
static unsigned rank(const struct fibre *f)
{
    static const unsigned ranks[] = {
        [FIBRE_PARKED] = 0,   [FIBRE_UNDOING] = 1,   [FIBRE_CALL] = 2,
        [FIBRE_PERSON] = 3,   [FIBRE_CHILD] = 4,     [FIBRE_EVENT] = 5,
        [FIBRE_TIME] = 6,     [FIBRE_CONDITION] = 7, [FIBRE_JOINING] = 8,
        [FIBRE_SETTLING] = 9, [FIBRE_READY] = 10};
    return ranks[f->wait];
}

static const struct fibre *most_pressing(const struct instance *inst)
{
    const struct fibre *best = NULL;
    for (uint32_t i = 0; i < inst->fibres.n; i++) {
        const struct fibre *f = &inst->fibres.at[i];
        if (best == NULL || rank(f) < rank(best) ||
            (rank(f) == rank(best) && f->since < best->since))
            best = f;
    }
    return best;
}

/* Nothing runs: it listens. */
static struct text says_resting(const struct why *why)
{
    const struct instance *inst = why->view.inst;
    struct text names = listens_for(why);
    int64_t wake = instance_wake_at(inst);
    return view_say(&why->view, "%s%s" TEXT_FMT TEXT_FMT,
                    names.n > 0 ? "listens for " : "rests",
                    names.n > 0 ? names.chars : "", TEXT_ARG(since(why, inst->since)),
                    TEXT_ARG(until(why, ", until ", wake)));
}

static struct text says_ended(const struct why *why)
{
    const struct instance *inst = why->view.inst;
    struct err err = {0};
    scoped_json json_t *error = inst->error.n > 0 ? json_read(inst->error, &err) : NULL;
    struct text name = json_text_of(json_object_get(error, "error"));
    struct text ago = view_span(&why->view, why->now - inst->ended_at);
    return view_say(&why->view,
                    "has %s%s" TEXT_FMT " " TEXT_FMT " ago; nothing can move it any more",
                    inst->status == STATUS_COMPLETED ? "completed"
                    : inst->status == STATUS_FAILED  ? "failed"
                                                     : "been cancelled",
                    name.n > 0 ? " with " : "", TEXT_ARG(name), TEXT_ARG(ago));
}

/* Which of several iterations that is. */
static struct text says_which(struct why *why, const struct fibre *f)
{
    const struct view *view = &why->view;
    struct text said = says_fibre(why, f);
    bool is_of_many = fibre_which(view->turn, view->ir, view->inst, f).n > 0;
    if (!is_of_many || f->wait == FIBRE_PARKED) /* which names its step */
        return said;
    return view_say(view, TEXT_FMT "; that is " TEXT_FMT, TEXT_ARG(said),
                    TEXT_ARG(view_step(view, f)));
}

/* What is under way beside `f`: who waits for parts does nothing itself. */
static uint32_t others_than(const struct instance *inst, const struct fibre *f)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < inst->fibres.n; i++)
        n += &inst->fibres.at[i] != f && inst->fibres.at[i].wait != FIBRE_JOINING;
    return n;
}

static struct text phrase(struct why *why)
{
    const struct instance *inst = why->view.inst;
    const struct fibre *f = most_pressing(inst);
    if (instance_status_is_ended(inst->status))
        return says_ended(why);
    if (inst->status == STATUS_QUARANTINED) {
        operator_can(why, "let it go on", "resume", TEXT(""));
        return TEXT("is set aside, because it brought the engine down too often; an "
                    "operator may let it go on");
    }
    if (inst->is_paused) {
        operator_can(why, "let it go on", "resume", TEXT(""));
        return TEXT("is paused; an operator may let it go on");
    }
    if (f == NULL)
        return says_resting(why);
    bool is_at_rest = view_rests(&why->view) && f->kind == FIBRE_HANDLER;
    uint32_t others = others_than(inst, f);
    struct text said = says_which(why, f);
    if (others == 0 || is_at_rest)
        return said;
    return view_say(&why->view, TEXT_FMT "; meanwhile %u other thing%s under way",
                    TEXT_ARG(said), others, others == 1 ? " is" : "s are");
}

/* Whom its handlers listen to, and what an operator may always do. */
static void anyone_can(struct why *why)
{
    const struct ir *ir = why->view.ir;
    const struct instance *inst = why->view.inst;
    if (instance_status_is_ended(inst->status) || inst->status == STATUS_QUARANTINED)
        return;
    for (uint32_t i = 0; i < ir->handlers_n && !inst->is_paused; i++)
        if (ir->handlers[i].kind == IR_HANDLER_EVENT &&
            view_is_armed(&why->view, &ir->handlers[i]))
            sender_can(why, NULL, ir->handlers[i].match);
    if (!inst->is_cancelling)
        operator_can(why, "cancel it, which undoes what it did", "cancel", TEXT(""));
    if (!inst->is_paused)
        operator_can(why, "stop it for a while", "pause", TEXT(""));
    if (inst->move.to != 0)
        operator_can(why, "keep it on its version", "stay", TEXT(""));
}

json_t *view_why(struct arena *turn, const struct ir *ir, const struct instance *inst,
                 const struct environment *environment, int64_t now,
                 enum wire_private private)
{
    char id[ID_TEXT_BYTES];
    struct why why = {.view = view_of(turn, ir, inst, environment, private),
                      .now = now,
                      .can = json_array()};
    struct text key = inst->key.n > 0 ? inst->key : id_print(inst->id, id);
    struct text state = view_state(&why.view);
    why.key = quoted(&why, key);
    struct text said = phrase(&why);
    bool is_there = state.n > 0 && !instance_status_is_ended(inst->status);
    bool ended_in = state.n > 0 && !is_there;
    anyone_can(&why);
    json_t *out = json_object();
    json_object_set_new(out, "key", json_text(key));
    json_object_set_new(out, "flow", json_text(ir_text(ir, ir->flow.name)));
    json_object_set_new(out, "status", json_string(instance_status_name(inst->status)));
    json_object_set_new(out, "state", view_text(state));
    json_object_set_new(
        out, "says",
        json_text(view_say(&why.view, TEXT_FMT "%s" TEXT_FMT "%s" TEXT_FMT "." TEXT_FMT,
                           TEXT_ARG(key),
                           is_there   ? " is in "
                           : ended_in ? ", in "
                                      : " ",
                           TEXT_ARG(state),
                           is_there   ? " and "
                           : ended_in ? ", "
                                      : "",
                           TEXT_ARG(said), TEXT_ARG(view_move_says(&why.view)))));
    json_object_set_new(out, "waiting",
                        inst->status == STATUS_QUARANTINED ? json_array()
                                                           : view_waiting(&why.view));
    json_object_set_new(out, "move", view_move(&why.view));
    json_object_set_new(out, "can", why.can);
    return out;
}
