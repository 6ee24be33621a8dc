/* What a child's reply means. */
#include "adapters/process/process_reply.h"

#include "engine/base/json.h"
#include "engine/base/limits.h"

/* The words a child may give up with; each carries its reason. */
static const struct {
    const char *word;
    enum call_outcome_kind kind;
} words[] = {
    {"unavailable", CALL_UNAVAILABLE},
    {"in_doubt", CALL_IN_DOUBT},
    {"broken", CALL_BROKEN},
};

static void error_reply(const struct call *call, const json_t *reply,
                        struct call_outcome *out)
{
    struct text name = json_text_of(json_object_get(reply, "error"));
    out->kind = CALL_BROKEN;
    out->message = TEXT("it answered with an error that the operation does not declare");
    for (uint32_t i = 0; i < call->errors_n; i++)
        if (text_is(call->errors[i], name)) {
            out->kind = CALL_REFUSED;
            out->name = call->errors[i];
            out->message = name;
            out->data = json_object_get(reply, "args");
        }
}

/* Bounded, one line. */
static struct text reason(const json_t *said)
{
    struct text t = text_cut(json_text_of(said), 0, LIMIT_CALL_MESSAGE_BYTES);
    for (size_t i = 0; i < t.n; i++)
        if ((unsigned char)t.chars[i] < ' ')
            return text_cut(t, 0, i);
    while (t.n > 0 && t.n == LIMIT_CALL_MESSAGE_BYTES && (t.chars[t.n - 1] & 0x80) != 0)
        t.n--; /* not within a character */
    return t.n > 0 ? t : TEXT("it gave no reason");
}

void process_reply(const struct call *call, const json_t *reply, struct call_outcome *out)
{
    *out = (struct call_outcome){.kind = CALL_VALUE};
    json_t *value = json_object_get(reply, "ok");
    if (value != NULL) {
        out->data = value;
        return;
    }
    if (json_object_get(reply, "error") != NULL) {
        error_reply(call, reply, out);
        return;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const json_t *said = json_object_get(reply, words[i].word);
        if (said == NULL)
            continue;
        out->kind = words[i].kind;
        if (out->kind == CALL_IN_DOUBT && !call->is_effect)
            out->kind =
                CALL_UNAVAILABLE; /* a read that may have happened has not helped */
        out->message = reason(said);
        return;
    }
    out->kind = call->is_effect ? CALL_IN_DOUBT : CALL_BROKEN;
    out->message = TEXT("its reply says neither ok nor what went wrong");
}
