/* What an answer over HTTP means: status × what it says × effect or read. */
#include "adapters/http/http_outcome.h"

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"

enum need {
    NEED_NOTHING,
    NEED_FITS,    /* the body is a value, or none is wanted, or there is none */
    NEED_DECLARED /* the body names an error that the operation declares */
};

static const struct row {
    long first, last;
    enum need need;
    enum call_outcome_kind effect, read;
    const char *sentence;
} rows[] = {
#define ROW(first, last, needs, effect, read, sentence)                                  \
    {first, last, NEED_##needs, effect, read, sentence},
#include "adapters/http/http_outcome.def"
#undef ROW
};

struct reading { /* of an answer */
    const struct call *call;
    json_t *body; /* NULL: none, or no JSON */
    bool is_empty;
    struct text error;          /* the declared error it names; empty: none */
    struct call_meaning mapped; /* what the operation's mapping makes of it */
    struct err why;             /* the body could not be read */
};

static void answer_read(struct call *call, const struct curl_answer *answer,
                        struct reading *out);
static void body_read(const struct curl_answer *answer, struct reading *out);
static void meaning_read(struct call *call, const struct curl_answer *answer,
                         struct reading *out);
static const struct row *row_of(const struct reading *reading, long status);
static json_t *params_of(json_t *body);
static bool is_showable(struct text t, const struct text *hidden, size_t hidden_n);
static struct text what_it_says(const json_t *body, const struct text *hidden,
                                size_t hidden_n);

static void not_answered(struct arena *arena, const struct call *call,
                         const struct curl_answer *answer, struct call_outcome *out)
{
    bool was_sent = answer->end == CURL_END_CUT;
    out->kind = was_sent && call->is_effect ? CALL_IN_DOUBT : CALL_UNAVAILABLE;
    out->message = text_of(arena_printf(arena, "%s: %.500s",
                                        was_sent ? "sent, but not answered" : "not sent",
                                        answer->why));
}

void http_outcome(struct arena *arena, struct call *call,
                  const struct curl_answer *answer, const struct text *hidden,
                  size_t hidden_n, struct call_outcome *out)
{
    *out = (struct call_outcome){0};
    if (answer->end != CURL_END_ANSWERED) {
        not_answered(arena, call, answer, out);
        return;
    }
    struct reading reading;
    answer_read(call, answer, &reading);
    const struct row *row = row_of(&reading, answer->status);
    out->kind = call->is_effect ? row->effect : row->read;
    bool is_mapped = reading.mapped.means != CALL_MEANS_UNSAID;
    if (out->kind == CALL_VALUE) {
        out->data = is_mapped ? reading.mapped.data : reading.body;
        if (is_mapped)
            json_decref(reading.body);
        return;
    }
    if (out->kind == CALL_UNAVAILABLE)
        out->retry_after_us = answer->retry_after_us;
    struct text says = what_it_says(reading.body, hidden, hidden_n);
    const char *unread = is_showable(text_of(reading.mapped.message), hidden, hidden_n)
                             ? reading.mapped.message
                         : reading.body == NULL && !reading.is_empty ? reading.why.what
                                                                     : "";
    out->message = text_of(arena_printf(
        arena, "HTTP %ld: %s%s" TEXT_FMT "%s%.200s", answer->status, row->sentence,
        says.n > 0 ? ": " : "", TEXT_ARG(says), unread[0] != '\0' ? ": " : "", unread));
    if (out->kind == CALL_REFUSED) {
        out->name = reading.error;
        out->data =
            is_mapped ? json_incref(reading.mapped.data) : params_of(reading.body);
    }
    json_decref(reading.mapped.data);
    json_decref(reading.body);
}

/* ---- the table ---- */

static bool need_is_met(enum need need, const struct reading *reading)
{
    switch (need) {
    case NEED_NOTHING:
        return true;
    case NEED_FITS:
        if (reading->mapped.means != CALL_MEANS_UNSAID)
            return reading->mapped.means == CALL_MEANS_VALUE;
        return !reading->call->has_result || reading->is_empty || reading->body != NULL;
    case NEED_DECLARED:
        return reading->error.n > 0;
    }
    must(false);
    return false;
}

static const struct row *row_of(const struct reading *reading, long status)
{
    const struct row *row = rows;
    const struct row *last = rows + sizeof rows / sizeof *rows - 1;
    while (row < last && (status < row->first || status > row->last ||
                          !need_is_met(row->need, reading)))
        row++;
    return row;
}

/* ---- the body ---- */

static struct text declared(const struct call *call, struct text name)
{
    for (uint32_t i = 0; i < call->errors_n; i++)
        if (text_is(call->errors[i], name))
            return call->errors[i];
    return (struct text){0};
}

/* `{"error":"CreditBlocked", …}`, or RFC 9457's `type` whose last part is the name. */
static struct text error_named(const struct call *call, const json_t *body)
{
    struct text name = declared(call, json_text_of(json_object_get(body, "error")));
    if (name.n > 0)
        return name;
    struct text type = json_text_of(json_object_get(body, "type"));
    for (size_t i = type.n; i > 0; i--)
        if (type.chars[i - 1] == '/')
            return declared(call, text_cut(type, i, type.n - i));
    return (struct text){0};
}

static void answer_read(struct call *call, const struct curl_answer *answer,
                        struct reading *out)
{
    *out = (struct reading){.call = call};
    bool is_yes = answer->status >= 200 && answer->status <= 299;
    out->is_empty = !answer->body_is_too_large && text_trim(answer->body).n == 0;
    if (!out->is_empty && (!is_yes || call->has_result || call->read != NULL))
        body_read(answer, out);
    if (call->read != NULL)
        meaning_read(call, answer, out);
    if (out->mapped.means == CALL_MEANS_UNSAID && !is_yes)
        out->error = error_named(call, out->body);
}

/* For a mapped operation. The law of the statuses stays: only a yes or a no of the other
 * side is asked what it means. */
static void meaning_read(struct call *call, const struct curl_answer *answer,
                         struct reading *out)
{
    bool is_yes = answer->status >= 200 && answer->status <= 299;
    bool is_no = answer->status >= 400 && answer->status <= 499;
    struct call_reply reply = {.status = answer->status,
                               .body = out->body,
                               .is_unread = out->body == NULL && !out->is_empty};
    if (!is_yes && !is_no)
        return;
    call->read(call, &reply, &out->mapped);
    if (out->mapped.means == CALL_MEANS_ERROR)
        out->error = out->mapped.name;
}

static void body_read(const struct curl_answer *answer, struct reading *out)
{
    if (answer->body_is_too_large) {
        err_set(&out->why, ERR_TOO_LARGE, "it is larger than %d bytes", LIMIT_JSON_BYTES);
        return;
    }
    out->body = json_read(answer->body, &out->why);
}

/* The error's parameters: the other members. RFC 9457's own are not among them. */
static json_t *params_of(json_t *body)
{
    static const char *const own[] = {"error",  "type",   "title",
                                      "status", "detail", "instance"};
    json_t *params = json_copy(body);
    size_t n = json_object_get(body, "error") != NULL ? 1 : sizeof own / sizeof *own;
    for (size_t i = 0; i < n; i++)
        json_object_del(params, own[i]);
    return params;
}

static bool is_showable(struct text t, const struct text *hidden, size_t hidden_n)
{
    for (size_t i = 0; i < t.n; i++)
        if ((unsigned char)t.chars[i] < ' ' || t.chars[i] == 0x7f)
            return false;
    for (size_t i = 0; i < hidden_n; i++)
        if (hidden[i].n > 0 && memmem(t.chars, t.n, hidden[i].chars, hidden[i].n) != NULL)
            return false;
    return t.n > 0;
}

/* The answer's own words, one line of at most 300 bytes; they may be the only hint a
 * person gets. */
static struct text what_it_says(const json_t *body, const struct text *hidden,
                                size_t hidden_n)
{
    static const char *const places[] = {"detail", "message", "title", "error"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct text says = json_text_of(json_object_get(body, places[i]));
        if (!is_showable(says, hidden, hidden_n))
            continue;
        size_t n = says.n < 300 ? says.n : 300;
        while (n > 0 && n < says.n && ((unsigned char)says.chars[n] & 0xc0) == 0x80)
            n--; /* not within a character */
        return text_cut(says, 0, n);
    }
    return (struct text){0};
}
