/* Sources of events: opened, their signatures checked, what comes read. */
#include "engine/run/hooks.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/base64.h"
#include "engine/base/buf.h"
#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/base/when.h"
#include "engine/core/wire.h"
#include "engine/run/mapping.h"
#include "engine/run/secrets.h"
#include "engine/sys/log.h"

enum { AT_BODY, AT_BESIDE, GIVEN_N };

struct hook {
    TAILQ_ENTRY(hook) in_list;
    struct arena *life;
    struct text path;
    const struct ir *ir;
    json_t *document;
    json_t *sign; /* borrowed from the document; NULL: not signed */
    struct text key;
    bool is_open;
};

void hooks_init(struct hooks *hooks)
{
    TAILQ_INIT(&hooks->list);
}

static void hook_free(struct hook *hook)
{
    json_decref(hook->document);
    arena_free(hook->life);
}

void hooks_deinit(struct hooks *hooks)
{
    struct hook *hook;
    while ((hook = TAILQ_FIRST(&hooks->list)) != NULL) {
        TAILQ_REMOVE(&hooks->list, hook, in_list);
        hook_free(hook);
    }
}

/* ---- opening ---- */

static bool is_function_or_unsaid(const struct ir *ir, const json_t *row,
                                  const char *name)
{
    const json_t *index = json_object_get(row, name);
    json_int_t at = json_is_integer(index) ? json_integer_value(index) : -1;
    return index == NULL ||
           (at >= 0 && at < ir->functions_n && ir->functions[at].params == GIVEN_N);
}

static bool rows_fit(const struct ir *ir, const json_t *rows)
{
    size_t i;
    json_t *row;
    json_array_foreach((json_t *)rows, i, row)
    {
        if (!json_is_string(json_object_get(row, "event")) ||
            !is_function_or_unsaid(ir, row, "where") ||
            !is_function_or_unsaid(ir, row, "id") ||
            !is_function_or_unsaid(ir, row, "data"))
            return false;
    }
    return json_is_array(rows);
}

/* An empty key would be everybody's. */
static bool key_read(struct hook *hook, const char *secrets, struct err *err)
{
    if (!secrets_text(hook->life, json_object_get(hook->sign, "key"), secrets, &hook->key,
                      err))
        return false;
    return hook->key.n > 0 ||
           err_set(err, ERR_BAD_DATA, "the key of the signature is empty");
}

static bool open_hook(struct hook *hook, const char *secrets, struct err *err)
{
    hook->ir = mapping_image(hook->life, hook->document, err);
    if (hook->ir == NULL)
        return false;
    if (!rows_fit(hook->ir, json_object_get(hook->document, "events")))
        return err_set(err, ERR_BROKEN, "the mapping of \"" TEXT_FMT "\" is not sound",
                       TEXT_ARG(hook->path));
    return hook->sign == NULL || key_read(hook, secrets, err);
}

void hooks_use(struct hooks *hooks, json_t *section, const char *secrets)
{
    const char *path;
    json_t *document;
    hooks_deinit(hooks);
    json_object_foreach(section, path, document)
    {
        struct err err = {0};
        struct arena *life = arena_new("hook", LIMIT_PROGRAM_BYTES);
        struct hook *hook = arena_new_of(life, struct hook);
        hook->life = life;
        hook->path = text_dup(life, text_of(path));
        hook->document = json_incref(document);
        hook->sign = json_object_get(document, "signed");
        hook->is_open = open_hook(hook, secrets, &err);
        TAILQ_INSERT_TAIL(&hooks->list, hook, in_list);
        if (!hook->is_open)
            log_error("source of events cannot be opened", LOG_TEXT("path", hook->path),
                      LOG_ERR(&err));
    }
}

const struct hook *hooks_find(const struct hooks *hooks, struct text path)
{
    const struct hook *hook;
    TAILQ_FOREACH(hook, &hooks->list, in_list)
    if (text_is(hook->path, path))
        return hook;
    return NULL;
}

const struct hook *hooks_next(const struct hooks *hooks, const struct hook *after)
{
    return after == NULL ? TAILQ_FIRST(&hooks->list) : TAILQ_NEXT(after, in_list);
}

struct text hook_path(const struct hook *hook)
{
    return hook->path;
}

bool hook_is_open(const struct hook *hook)
{
    return hook->is_open;
}

bool hook_is_signed(const struct hook *hook)
{
    return hook->sign != NULL;
}

/* ---- signatures ---- */

static struct text header_of(const struct hook *hook, struct arena *call,
                             const struct hook_arrival *arrival, const char *which)
{
    struct text name = json_text_of(json_object_get(hook->sign, which));
    return name.n > 0 ? text_trim(arrival->header(arrival->owner, text_chars(call, name)))
                      : (struct text){0};
}

/* Seconds since 1970, or an instant. */
static bool moment_of(struct text t, int64_t *moment)
{
    int64_t seconds;
    if (when_instant_parse(t, moment))
        return true;
    if (!text_to_i64(t, &seconds) || seconds < 0 || seconds > INT64_C(253402300799))
        return false;
    *moment = seconds * WHEN_SECOND;
    return true;
}

static bool is_fresh(const struct hook *hook, struct text timestamp, int64_t now)
{
    int64_t moment, within = json_integer_value(json_object_get(hook->sign, "within_us"));
    return moment_of(timestamp, &moment) && now - moment <= within &&
           moment - now <= within;
}

static struct text signed_text(const struct hook *hook, struct arena *call,
                               const struct hook_arrival *arrival, struct text timestamp)
{
    const json_t *over = json_object_get(hook->sign, "over");
    bool has_time = json_object_get(hook->sign, "timestamp") != NULL;
    struct buf out;
    size_t i;
    json_t *piece;
    if (over == NULL && !has_time)
        return arrival->body;
    buf_init(&out, call);
    if (over == NULL) {
        buf_text(&out, timestamp);
        buf_char(&out, '.');
        buf_text(&out, arrival->body);
    }
    json_array_foreach((json_t *)over, i, piece)
    {
        struct text part = json_text_of(json_object_get(piece, "part"));
        buf_text(&out, json_is_string(piece)              ? json_text_of(piece)
                       : text_is_chars(part, "timestamp") ? timestamp
                                                          : arrival->body);
    }
    return buf_done(&out);
}

static bool signature_read(const struct hook *hook, struct arena *call, struct text said,
                           struct digest *out)
{
    struct text prefix = json_text_of(json_object_get(hook->sign, "prefix"));
    struct text written = json_text_of(json_object_get(hook->sign, "written")), bytes;
    if (!text_starts(said, prefix))
        return false;
    said = text_cut(said, prefix.n, said.n);
    if (!text_is_chars(written, "base64"))
        return digest_parse(said, out);
    if (said.n > 2 * sizeof out->bytes || !base64_read(call, said, &bytes) ||
        bytes.n != sizeof out->bytes)
        return false;
    memcpy(out->bytes, bytes.chars, bytes.n);
    return true;
}

bool hook_verify(const struct hook *hook, struct arena *call,
                 const struct hook_arrival *arrival, struct err *err)
{
    struct digest said;
    if (!hook->is_open)
        return err_set(err, ERR_UNAVAILABLE,
                       "this source of events is not open: its log says why");
    if (hook->sign == NULL)
        return true;
    struct text signature = header_of(hook, call, arrival, "header");
    struct text timestamp = header_of(hook, call, arrival, "timestamp");
    if (signature.n == 0)
        return err_set(err, ERR_NO_TOKEN, "the signature is missing");
    struct digest right =
        digest_hmac(hook->key, signed_text(hook, call, arrival, timestamp));
    if (!signature_read(hook, call, signature, &said) || !digest_is(&said, &right))
        return err_set(err, ERR_NO_TOKEN, "the signature is not the one of this message");
    if (json_object_get(hook->sign, "timestamp") != NULL &&
        !is_fresh(hook, timestamp, arrival->now))
        return err_set(err, ERR_NO_TOKEN, "it was signed too long ago, or at no time");
    return true;
}

/* ---- reading ---- */

struct using
{
    const struct hook *hook;
    struct arena *call;
    struct eval_scope scope;
    struct value given[GIVEN_N];
    struct eval_problem problem;
};

static bool evaluate(struct using *u, const json_t *index, struct value *out)
{
    const struct ir *ir = u->hook->ir;
    return eval_block(u->call, &u->scope, ir->functions[json_integer_value(index)].block,
                      u->given, GIVEN_N, out, &u->problem);
}

static bool unread(struct using *u, const char *what, struct err *err)
{
    err_set(err, ERR_BAD_DATA, "%s: %s", what, u->problem.message);
    memcpy(err->pointer, u->problem.pointer, sizeof err->pointer);
    return false;
}

/* The first row whose condition holds; one that has no value does not. */
static const json_t *row_of(struct using *u)
{
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(u->hook->document, "events"), i, row)
    {
        const json_t *where = json_object_get(row, "where");
        struct value holds;
        if (where == NULL ||
            (evaluate(u, where, &holds) && holds.kind == VALUE_BOOL && holds.yes))
            return row;
    }
    return NULL;
}

static bool message_of(struct using *u, const json_t *index, struct hook_event *event,
                       struct err *err)
{
    const struct ir *ir = u->hook->ir;
    uint32_t gives = ir->functions[json_integer_value(index)].gives;
    struct value v;
    if (!evaluate(u, index, &v))
        return unread(u, "the message has no id", err);
    event->message = eval_to_text(u->call, ir, gives, v);
    if (event->message.n > 0)
        return true;
    return err_set(err, ERR_BAD_DATA, "the message has no id");
}

bool hook_read(const struct hook *hook, struct arena *call,
               const struct environment *environment, int64_t now, const json_t *body,
               struct text beside, struct hook_event *event, struct err *err)
{
    struct using u = {.hook = hook,
                      .call = call,
                      .scope = advance_scope(call, hook->ir, environment, now)};
    struct value v;
    u.given[AT_BODY] = value_text(json_write(call, body));
    u.given[AT_BESIDE] = value_text(beside);
    *event = (struct hook_event){0};
    const json_t *row = row_of(&u);
    if (row == NULL)
        return err_set(err, ERR_BAD_DATA, "this is none of the events that come in here");
    event->event = text_dup(call, json_text_of(json_object_get(row, "event")));
    const json_t *id = json_object_get(row, "id"), *data = json_object_get(row, "data");
    if (id != NULL && !message_of(&u, id, event, err))
        return false;
    if (data == NULL) {
        if (!json_is_object(body))
            return err_set(err, ERR_BAD_DATA, "the body must be one JSON object");
        event->data = json_incref((json_t *)body);
        return true;
    }
    if (!evaluate(&u, data, &v))
        return unread(&u, "it does not fit the mapping", err);
    event->data = wire_write(
        hook->ir, hook->ir->functions[json_integer_value(data)].gives, v, WIRE_WHOLE);
    return true;
}
