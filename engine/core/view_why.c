/* Why an instance does not move: one sentence, and who or what can move it. */
#include "engine/core/view_why.h"
#include "engine/base/arena.h"
#include "engine/base/when.h"

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
    struct text names = why_listens_for(why);
    int64_t wake = instance_wake_at(inst);
    return view_say(&why->view, "%s%s" TEXT_FMT TEXT_FMT,
                    names.n > 0 ? "listens for " : "rests",
                    names.n > 0 ? names.chars : "", TEXT_ARG(why_since(why, inst->since)),
                    TEXT_ARG(why_until(why, ", until ", wake)));
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
    struct text said = why_says_fibre(why, f);
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

/* Its version is held: nothing of it is decided about, whatever it waits for. */
static struct text says_version_held(struct why *why)
{
    const struct ir *ir = why->view.ir;
    struct text flow = ir_text(ir, ir->flow.name);
    struct text at = json_text_of(json_object_get(why->view.held, "since"));
    int64_t when;
    bool is_known = when_instant_parse(at, &when);
    why_can(why, TEXT("an operator"),
            view_say(&why->view, "let version %u go on, when what killed was mended",
                     ir->flow.version),
            view_say(&why->view, "flowctl flows resume " TEXT_FMT " %u --reason \"…\"",
                     TEXT_ARG(flow), ir->flow.version));
    return view_say(
        &why->view,
        "waits: " TEXT_FMT " version %u is held" TEXT_FMT
        ", because %lld of its instances brought the engine down; an operator may let it "
        "go on",
        TEXT_ARG(flow), ir->flow.version,
        TEXT_ARG(is_known ? why_since(why, when) : TEXT("")),
        (long long)json_integer_value(json_object_get(why->view.held, "set_aside")));
}

static struct text phrase(struct why *why)
{
    const struct instance *inst = why->view.inst;
    const struct fibre *f = most_pressing(inst);
    if (instance_status_is_ended(inst->status))
        return says_ended(why);
    if (why->view.held != NULL)
        return says_version_held(why);
    if (inst->status == STATUS_QUARANTINED) {
        why_operator_can(why, "let it go on", "resume", TEXT(""));
        return TEXT("is set aside, because it brought the engine down too often; an "
                    "operator may let it go on");
    }
    if (inst->is_paused) {
        why_operator_can(why, "let it go on", "resume", TEXT(""));
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
    if (instance_status_is_ended(inst->status) || inst->status == STATUS_QUARANTINED ||
        why->view.held != NULL)
        return;
    for (uint32_t i = 0; i < ir->handlers_n && !inst->is_paused; i++)
        if (ir->handlers[i].kind == IR_HANDLER_EVENT &&
            view_is_armed(&why->view, &ir->handlers[i]))
            why_sender_can(why, NULL, ir->handlers[i].match);
    if (!inst->is_cancelling)
        why_operator_can(why, "cancel it, which undoes what it did", "cancel", TEXT(""));
    if (!inst->is_paused)
        why_operator_can(why, "stop it for a while", "pause", TEXT(""));
    if (inst->move.to != 0)
        why_operator_can(why, "keep it on its version", "stay", TEXT(""));
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
    why.key = why_quoted(&why, key);
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
    if (why.view.held != NULL)
        json_object_set_new(out, "held", json_deep_copy(why.view.held));
    return out;
}
