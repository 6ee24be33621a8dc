/* One request and its answer. */
#include "engine/api/exchange.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <string.h>

#include "engine/api/server.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/sys/keep.h"
#include "engine/sys/loop.h"
#include "engine/sys/stats.h"

struct exchange *exchange_new(struct api *api, struct evhttp_request *request)
{
    struct exchange *exchange = keep_new_of(struct exchange);
    exchange->api = api;
    exchange->request = request;
    exchange->call = arena_new("call", LIMIT_EXCHANGE_BYTES);
    TAILQ_INSERT_TAIL(&api->exchanges, exchange, in_line);
    return exchange;
}

static void stop_waiting(struct exchange *exchange)
{
    if (exchange->watch != NULL)
        engine_unwatch(exchange->watch);
    exchange->watch = NULL;
    loop_timer_free(exchange->patience);
    loop_timer_free(exchange->look);
    exchange->patience = exchange->look = NULL;
}

void exchange_check(struct exchange *exchange)
{
    if (exchange->request != NULL)
        return;
    stop_waiting(exchange);
    if (exchange->pending > 0)
        return;
    TAILQ_REMOVE(&exchange->api->exchanges, exchange, in_line);
    json_decref(exchange->body);
    json_decref(exchange->started);
    arena_free(exchange->call);
    keep_free(exchange);
}

void exchange_gone(struct exchange *exchange)
{
    exchange->request = NULL;
    exchange_check(exchange);
}

void exchange_forget_body(struct exchange *exchange)
{
    json_decref(exchange->body);
    exchange->body = NULL;
    exchange->fields = NULL;
}

void exchange_asks(struct exchange *exchange)
{
    exchange->pending++;
}

bool exchange_heard(struct exchange *exchange)
{
    exchange->pending--;
    if (exchange->request != NULL)
        return true;
    exchange_check(exchange);
    return false;
}

bool exchange_reaches_store(struct exchange *exchange)
{
    struct engine *engine = exchange->api->engine;
    if (engine_store(engine) != NULL && !engine_is_away(engine))
        return true;
    answer_refusal(exchange, ERR_UNAVAILABLE, "the database cannot be reached", "");
    return false;
}

bool exchange_may_bring_work(struct exchange *exchange)
{
    if (!exchange_reaches_store(exchange))
        return false;
    if (!engine_is_full(exchange->api->engine))
        return true;
    answer_full(exchange);
    return false;
}

/* ---- what was asked ---- */

struct text exchange_header(const struct exchange *exchange, const char *name)
{
    return text_of(
        evhttp_find_header(evhttp_request_get_input_headers(exchange->request), name));
}

struct text exchange_query(const struct exchange *exchange, const char *name)
{
    for (uint32_t i = 0; i < exchange->query_n; i++)
        if (text_is_chars(exchange->query[i].name, name))
            return exchange->query[i].value;
    return (struct text){"", 0};
}

bool exchange_read_object(struct exchange *exchange)
{
    struct evbuffer *input = evhttp_request_get_input_buffer(exchange->request);
    struct text bytes = {"", evbuffer_get_length(input)};
    struct err err = {0};
    if (bytes.n > LIMIT_HTTP_BODY_BYTES) {
        answer_refusal(exchange, ERR_TOO_LARGE, "the body has more than 1 MiB",
                       "larger data belong in a system, with a key");
        return false;
    }
    if (bytes.n > 0)
        bytes.chars = (const char *)evbuffer_pullup(input, -1);
    if (text_trim(bytes).n == 0) {
        exchange->body = json_object();
        return true;
    }
    exchange->body = json_read(bytes, &err);
    if (exchange->body != NULL && !json_is_object(exchange->body))
        err_set(&err, ERR_BAD_DATA, "the body must be one JSON object");
    if (err.code == ERR_OK)
        return true;
    answer_err(exchange, &err);
    return false;
}

bool exchange_member(struct exchange *exchange, const char *name, struct text *out)
{
    const json_t *member = json_object_get(exchange->body, name);
    *out = json_text_of(member);
    if (member == NULL || json_is_null(member) || json_is_string(member))
        return true;
    struct err err = {0};
    err_set(&err, ERR_BAD_DATA, "\"%s\" must be text", name);
    json_pointer_add(err.pointer, sizeof err.pointer, text_of(name));
    answer_err(exchange, &err);
    return false;
}

bool exchange_knows_members(struct exchange *exchange, const char *const *names, size_t n)
{
    const char *name;
    json_t *member;
    struct err err = {0};
    json_object_foreach(exchange->body, name, member)
    {
        size_t i = 0;
        while (i < n && strcmp(names[i], name) != 0)
            i++;
        if (i < n)
            continue;
        err_set(&err, ERR_BAD_DATA, "there is no member \"%s\" here", name);
        json_pointer_add(err.pointer, sizeof err.pointer, text_of(name));
        answer_err(exchange, &err);
        return false;
    }
    return true;
}

bool exchange_reason(struct exchange *exchange, bool is_needed, struct text *reason)
{
    if (!exchange_member(exchange, "reason", reason))
        return false;
    if (reason->n > 0 || !is_needed || exchange->api->is_dev)
        return true;
    answer_refusal(exchange, ERR_USAGE, "a reason is needed",
                   "add \"reason\": it is recorded with who asked");
    return false;
}

bool exchange_limit(struct exchange *exchange, uint32_t *limit)
{
    struct text given = exchange_query(exchange, "limit");
    int64_t n = LIMIT_LIST_ITEMS;
    if (given.n > 0 && (!text_to_i64(given, &n) || n < 1)) {
        answer_refusal(exchange, ERR_USAGE, "limit must be a whole number from 1", "");
        return false;
    }
    *limit = n < LIMIT_LIST_ITEMS ? (uint32_t)n : LIMIT_LIST_ITEMS;
    return true;
}

/* ---- answering ---- */

void answer_header(struct exchange *exchange, const char *name, const char *value)
{
    evhttp_add_header(evhttp_request_get_output_headers(exchange->request), name, value);
}

static void answered(struct evhttp_request *request, void *owner)
{
    struct conns *conns = owner;
    struct evhttp_connection *connection = evhttp_request_get_connection(request);
    if (connection != NULL)
        conns_answered(conns, evhttp_connection_get_bufferevent(connection));
}

void answer_text(struct exchange *exchange, int status, const char *type,
                 struct text text)
{
    struct api *api = exchange->api;
    struct evhttp_request *request = exchange->request;
    struct evhttp_connection *connection = evhttp_request_get_connection(request);
    struct evbuffer *out = evbuffer_new();
    must(out != NULL);
    evbuffer_add(out, text.chars, text.n);
    answer_header(exchange, "Content-Type", type);
    answer_header(exchange, "Cache-Control", "no-store");
    if (status >= 400)
        stats_add(STAT_HTTP_REFUSED, 1);
    if (api->is_draining)
        answer_header(exchange, "Connection", "close");
    exchange->request = NULL;
    evhttp_connection_set_closecb(connection, NULL, NULL);
    conns_answer(&api->conns, evhttp_connection_get_bufferevent(connection));
    evhttp_request_set_on_complete_cb(request, answered, &api->conns);
    evhttp_send_reply(request, status, NULL, out);
    evbuffer_free(out);
    exchange_check(exchange);
}

void answer_json(struct exchange *exchange, int status, const json_t *json)
{
    struct text text = json_write(exchange->call, json);
    answer_text(exchange, status, "application/json", text);
}

void answer_list(void *owner, const struct store_list *list)
{
    struct exchange *exchange = owner;
    if (!exchange_heard(exchange))
        return;
    if (list->err != NULL) {
        answer_err(exchange, list->err);
        return;
    }
    struct buf out;
    buf_init(&out, exchange->call);
    buf_chars(&out, "{\"items\":");
    buf_text(&out, list->items);
    buf_chars(&out, ",\"next\":");
    if (list->next.n == 0)
        buf_chars(&out, "null");
    else
        buf_printf(&out, "\"" TEXT_FMT "\"", TEXT_ARG(list->next));
    buf_char(&out, '}');
    answer_text(exchange, 200, "application/json", buf_done(&out));
}

void answer_said(struct exchange *exchange, const struct store_said *what,
                 const char *member)
{
    if (!exchange_heard(exchange))
        return;
    if (what->err != NULL) {
        answer_err(exchange, what->err);
        return;
    }
    scoped_json json_t *json = json_object();
    json_object_set_new(json, member, json_text(exchange->parts[0]));
    json_object_set_new(json, "done", json_true());
    answer_json(exchange, 200, json);
}

void answer_err(struct exchange *exchange, const struct err *err)
{
    scoped_json json_t *problem = json_object();
    int status = err_http(err->code);
    json_object_set_new(problem, "type", json_string("about:blank"));
    json_object_set_new(problem, "title", json_string(err_sentence(err->code)));
    json_object_set_new(problem, "status", json_integer(status));
    json_object_set_new(problem, "code", json_string(err_name(err->code)));
    json_object_set_new(problem, "detail", json_string(err->what));
    if (err->pointer[0] != '\0')
        json_object_set_new(problem, "pointer", json_string(err->pointer));
    if (err->hint[0] != '\0')
        json_object_set_new(problem, "hint", json_string(err->hint));
    if (status == 401)
        answer_header(exchange, "WWW-Authenticate", "Bearer");
    if (status == 429 || status == 503)
        answer_header(exchange, "Retry-After", "1");
    answer_text(exchange, status, "application/problem+json",
                json_write(exchange->call, problem));
}

void answer_misfit(struct exchange *exchange, const struct err *err)
{
    struct err whole = *err;
    if (err->code == ERR_BAD_DATA && exchange->place != NULL)
        snprintf(whole.pointer, sizeof whole.pointer, "%s%.*s", exchange->place,
                 ERR_POINTER_BYTES - 16, err->pointer);
    answer_err(exchange, &whole);
}

void answer_full(struct exchange *exchange)
{
    answer_refusal(exchange, ERR_OVER_LIMIT, "the engine has all it can do",
                   "try again in a moment");
}

void answer_refusal(struct exchange *exchange, enum err_code code, const char *what,
                    const char *hint)
{
    struct err err = {0};
    err_set(&err, code, "%s", what);
    if (hint[0] != '\0')
        err_hint(&err, "%s", hint);
    answer_err(exchange, &err);
}
