/* What the sentences of why are made of: moments, spans, choices, and who can do what. */
#include "engine/base/arena.h"
#include "engine/base/when.h"
#include "engine/core/view_why.h"

struct text why_moment(const struct why *why, int64_t at)
{
    char when[WHEN_TEXT_BYTES];
    struct text t = when_instant_print(at - at % WHEN_SECOND, when),
                span = view_span(&why->view, at - why->now);
    return at >= why->now ? view_say(&why->view, TEXT_FMT " (in " TEXT_FMT ")",
                                     TEXT_ARG(t), TEXT_ARG(span))
                          : view_say(&why->view, TEXT_FMT " (" TEXT_FMT " ago)",
                                     TEXT_ARG(t), TEXT_ARG(span));
}

struct text why_since(const struct why *why, int64_t at)
{
    char when[WHEN_TEXT_BYTES];
    struct text span = view_span(&why->view, why->now - at);
    if (at == 0)
        return TEXT("");
    return view_say(&why->view, ", for " TEXT_FMT " since " TEXT_FMT, TEXT_ARG(span),
                    TEXT_ARG(when_instant_print(at - at % WHEN_SECOND, when)));
}

struct text why_until(const struct why *why, const char *before, int64_t at)
{
    if (at == 0)
        return TEXT("");
    return view_say(&why->view, "%s" TEXT_FMT, before, TEXT_ARG(why_moment(why, at)));
}

struct text why_quoted(const struct why *why, struct text t)
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

void why_add_choice(struct buf *out, struct text name, uint32_t i, uint32_t n)
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

struct text why_choices(const struct why *why, struct ir_range whens)
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
            why_add_choice(&out, ir_text(ir, when->name), at++, n);
    }
    return buf_done(&out);
}

struct text why_listens_for(const struct why *why)
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
        why_add_choice(&out, ir_text(ir, ir->events[events.at[i]].name), i, events.n);
    return buf_done(&out);
}

/* ---- who can ---- */

json_t *why_can(const struct why *why, struct text who, struct text what,
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

void why_operator_can(const struct why *why, const char *what, const char *verb,
                      struct text step)
{
    struct text word = step.n > 0 ? why_quoted(why, step) : TEXT("");
    why_can(why, TEXT("an operator"), text_of(what),
            view_say(&why->view, "flowctl %s " TEXT_FMT "%s" TEXT_FMT " --reason \"…\"",
                     verb, TEXT_ARG(why->key), word.n > 0 ? " " : "", TEXT_ARG(word)));
}

void why_role_can(const struct why *why, const struct task *task, struct ir_range whens)
{
    const struct ir *ir = why->view.ir;
    for (uint32_t i = 0; i < whens.n; i++) {
        struct text name = ir_text(ir, ir->whens[whens.first + i].name);
        if (!is_choice(why, &ir->whens[whens.first + i]))
            continue;
        json_t *row = why_can(
            why, task->role, view_say(&why->view, "answer " TEXT_FMT, TEXT_ARG(name)),
            view_say(&why->view, "flowctl answer TASK " TEXT_FMT, TEXT_ARG(name)));
        json_object_set_new(row, "task", json_integer(task->number));
    }
}

void why_sender_can(const struct why *why, const struct fibre *f, uint32_t match)
{
    const struct ir *ir = why->view.ir;
    struct text event = ir_text(ir, ir->events[ir->matches[match].event].name);
    scoped_json json_t *keys = view_match_keys(&why->view, f, match);
    struct text data = keys != NULL ? json_write(why->view.turn, keys) : TEXT("{}");
    bool has_keys = keys != NULL && json_object_size(keys) > 0;
    why_can(why, view_say(&why->view, "whoever sends " TEXT_FMT, TEXT_ARG(event)),
            has_keys ? view_say(&why->view, "send it with " TEXT_FMT, TEXT_ARG(data))
                     : TEXT("send it"),
            view_say(&why->view, "flowctl send " TEXT_FMT " --data " TEXT_FMT,
                     TEXT_ARG(event), TEXT_ARG(why_quoted(why, data))));
}
