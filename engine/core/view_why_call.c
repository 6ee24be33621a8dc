/* What a call waits for, and what keeps it from being sent. */
#include "engine/base/arena.h"
#include "engine/base/when.h"
#include "engine/core/view_why.h"

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
    struct text word = why_quoted(why, name);
    if (text_is(state, TEXT("paused"))) {
        why_can(why, TEXT("an operator"), TEXT("let the adapter take calls again"),
                view_say(&why->view,
                         "flowctl adapters resume " TEXT_FMT " --reason \"…\"",
                         TEXT_ARG(word)));
        return view_say(
            &why->view, "adapter " TEXT_FMT " is paused since " TEXT_FMT TEXT_FMT,
            TEXT_ARG(name), TEXT_ARG(why_moment(why, instant_of(row, "since"))),
            TEXT_ARG(by_whom(why, row)));
    }
    if (!text_is(state, TEXT("open")) && !text_is(state, TEXT("trying")))
        return TEXT("");
    why_can(why, TEXT("an operator"), TEXT("let the adapter be tried at once"),
            view_say(&why->view, "flowctl adapters reset " TEXT_FMT " --reason \"…\"",
                     TEXT_ARG(word)));
    struct text said = view_say(
        &why->view,
        "adapter " TEXT_FMT " is paused since " TEXT_FMT ": breaker open after %lld "
        "failures",
        TEXT_ARG(name), TEXT_ARG(why_moment(why, instant_of(row, "since"))),
        json_integer_value(json_object_get(row, "failures")));
    if (text_is(state, TEXT("trying")))
        return view_say(&why->view, TEXT_FMT "; one call is trying it now",
                        TEXT_ARG(said));
    return view_say(&why->view, TEXT_FMT "; next try at " TEXT_FMT, TEXT_ARG(said),
                    TEXT_ARG(why_moment(why, instant_of(row, "next_try"))));
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
        TEXT_ARG(why_since(why, f->since)), TEXT_ARG(because),
        because.n > 0 ? "; it " : "it ", TEXT_ARG(why_moment(why, c->next_at)),
        TEXT_ARG(why_until(why, "; it gives up at ", gives_up_at(why, c))));
}

/* What may keep an attempt that was ordered from being sent. */
static struct text unless_held(const struct why *why, uint32_t operation)
{
    struct text said = says_adapter(why, adapter_of(why, operation));
    return said.n > 0 ? view_say(&why->view, "; " TEXT_FMT, TEXT_ARG(said)) : said;
}

struct text why_says_call(struct why *why, const struct fibre *f)
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
        why_can(why,
                adapter.n > 0
                    ? view_say(&why->view, "adapter " TEXT_FMT, TEXT_ARG(adapter))
                    : TEXT("the adapter"),
                TEXT("answer"), TEXT(""));
    switch ((enum call_phase)c->phase) {
    case CALL_SENT:
        return view_say(&why->view,
                        "is calling " TEXT_FMT " (" TEXT_FMT ")" TEXT_FMT
                        "; the answer is expected by " TEXT_FMT TEXT_FMT,
                        TEXT_ARG(name), TEXT_ARG(tries),
                        TEXT_ARG(why_since(why, c->sent_at)),
                        TEXT_ARG(why_moment(why, answer_by)),
                        TEXT_ARG(unless_held(why, c->operation)));
    case CALL_PAUSED:
        return view_say(
            &why->view,
            "will call " TEXT_FMT " again at " TEXT_FMT ": " TEXT_FMT
            " ended with " TEXT_FMT TEXT_FMT,
            TEXT_ARG(name), TEXT_ARG(why_moment(why, c->next_at)), TEXT_ARG(tries),
            TEXT_ARG(last_problem(why, c)),
            TEXT_ARG(why_until(why, "; it gives up at ", gives_up_at(why, c))));
    case CALL_ASKING:
        return view_say(&why->view,
                        "does not know whether " TEXT_FMT
                        " happened, and is asking " TEXT_FMT TEXT_FMT,
                        TEXT_ARG(name), TEXT_ARG(found_by(why, c)),
                        TEXT_ARG(why_since(why, c->sent_at)));
    case CALL_ASK_PAUSED:
        return view_say(&why->view,
                        "does not know whether " TEXT_FMT
                        " happened, and will ask " TEXT_FMT " at " TEXT_FMT,
                        TEXT_ARG(name), TEXT_ARG(found_by(why, c)),
                        TEXT_ARG(why_moment(why, c->next_at)));
    case CALL_HELD:
    case CALL_ASK_HELD:
        return says_held(why, f);
    }
    return TEXT("is calling");
}
