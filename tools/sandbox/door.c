/* The stand-ins' HTTP door. */
#include "tools/sandbox/door.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/sys/log.h"

struct door {
    struct sandbox *sandbox;
    struct evhttp *http;
};

static const struct operation {
    const char *name;
    bool is_effect, has_rules;
    const char *gives;
} operations[] = {
#define OPERATION(name, is_effect, has_rules, gives) {name, is_effect, has_rules, gives},
#include "tools/sandbox/operations.def"
#undef OPERATION
};

struct visit { /* a request, until it is answered */
    struct door *door;
    struct arena *arena;
    struct evhttp_request *request;
    const struct operation *operation;
    json_t *body; /* owned */
    struct text body_text;
    struct fault fault;
    int status;       /* of what is answered later */
    struct text said; /* the same */
    struct event *later;
};

static void on_request(struct evhttp_request *request, void *owner);
static void operation_serve(struct visit *visit);

/* ---- answers ---- */

static void visit_free(struct visit *visit)
{
    if (visit->later != NULL)
        event_free(visit->later);
    json_decref(visit->body);
    arena_free(visit->arena);
}

static void answer(struct visit *visit, int status, const char *body)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(visit->request);
    struct evbuffer *out = evhttp_request_get_output_buffer(visit->request);
    if (body != NULL) {
        evhttp_add_header(headers, "Content-Type", "application/json");
        evbuffer_add_printf(out, "%s", body);
    }
    evhttp_send_reply(visit->request, status, NULL, NULL);
    visit_free(visit);
}

static void answer_json(struct visit *visit, int status, json_t *json)
{
    struct text body = json_write(visit->arena, json);
    json_decref(json);
    answer(visit, status, body.chars);
}

static void answer_err(struct visit *visit, const struct err *err)
{
    answer_json(
        visit, err_http(err->code),
        json_pack("{s:s,s:s}", "title", err_sentence(err->code), "detail", err->what));
}

/* Not from within evhttp's own callback: it still looks at the connection after it. */
static void hang_up_now(evutil_socket_t fd, short what, void *owner)
{
    (void)fd, (void)what;
    struct visit *visit = owner;
    struct evhttp_connection *connection = evhttp_request_get_connection(visit->request);
    if (connection != NULL)
        evhttp_connection_free(connection);
    else /* the other side was faster */
        evhttp_request_free(visit->request);
    visit_free(visit);
}

static void later(struct visit *visit, int64_t ms, event_callback_fn call)
{
    if (visit->later != NULL)
        event_free(visit->later);
    visit->later = evtimer_new(visit->door->sandbox->base, call, visit);
    must(visit->later != NULL);
    event_add(visit->later, &(struct timeval){.tv_sec = (time_t)(ms / 1000),
                                              .tv_usec = ms % 1000 * 1000});
}

/* ---- operations ---- */

static const char *header(const struct visit *visit, const char *name)
{
    return evhttp_find_header(evhttp_request_get_input_headers(visit->request), name);
}

static const struct operation *operation_find(struct text adapter, struct text name)
{
    char whole[128];
    snprintf(whole, sizeof whole, TEXT_FMT "." TEXT_FMT, TEXT_ARG(adapter),
             TEXT_ARG(name));
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (strcmp(operations[i].name, whole) == 0)
            return &operations[i];
    return NULL;
}

/* A fault before anything was done is a call all the same. */
static bool note_fault(struct visit *visit, struct err *err)
{
    const char *params[] = {
        visit->operation->name,          fault_name(visit->fault.kind),
        header(visit, "Correlation-Id"), header(visit, "Idempotency-Key"),
        header(visit, "Flow-Step"),      header(visit, "Flow-Attempt")};
    return db_do(visit->door->sandbox->db,
                 "INSERT INTO sandbox.calls (operation, what, about, key, step, attempt) "
                 "VALUES ($1, $2, $3, $4, $5, $6)",
                 6, params, err);
}

static void answer_status(struct visit *visit, int64_t standard)
{
    int64_t status = visit->fault.status > 0 ? visit->fault.status : standard;
    if (visit->fault.retry_after > 0)
        evhttp_add_header(
            evhttp_request_get_output_headers(visit->request), "Retry-After",
            arena_printf(visit->arena, "%lld", (long long)visit->fault.retry_after));
    answer(visit, (int)status, "{\"detail\":\"as the sandbox was told\"}");
}

static void answer_refusal(struct visit *visit)
{
    json_t *said = json_loads(visit->fault.params, 0, NULL);
    if (!json_is_object(said)) {
        json_decref(said);
        said = json_object();
    }
    json_object_set_new(said, "error", json_string(visit->fault.error));
    answer_json(visit, 409, said);
}

/* Does what is asked, or gives what was given for the same key: one statement. */
static PGresult *done(struct visit *visit, struct err *err)
{
    const struct sandbox *sandbox = visit->door->sandbox;
    const char *key =
        visit->operation->is_effect ? header(visit, "Idempotency-Key") : NULL;
    const char *params[] = {visit->operation->name,
                            visit->operation->is_effect ? "t" : "f",
                            visit->operation->has_rules ? "t" : "f",
                            visit->operation->gives,
                            visit->body_text.chars,
                            key,
                            header(visit, "Correlation-Id"),
                            header(visit, "Flow-Step"),
                            header(visit, "Flow-Attempt"),
                            sandbox->ignores_keys ? "f" : "t"};
    return db_ask(sandbox->db,
                  "SELECT status, body FROM sandbox.handle($1, $2::boolean, $3::boolean, "
                  "$4, $5::json, $6, $7, $8, $9, $10::boolean)",
                  10, params, err);
}

static void answer_at_last(evutil_socket_t fd, short what, void *owner)
{
    (void)fd, (void)what;
    struct visit *visit = owner;
    answer(visit, visit->status, visit->said.chars);
}

static void operation_do(struct visit *visit)
{
    struct err err = {0};
    scoped_result PGresult *result = done(visit, &err);
    if (result == NULL) {
        log_warn("operation failed", LOG_CHARS("operation", visit->operation->name),
                 LOG_ERR(&err));
        answer_err(visit, &err);
        return;
    }
    if (visit->fault.kind == FAULT_lose) {
        later(visit, 0, hang_up_now);
        return;
    }
    if (visit->fault.kind == FAULT_stumble) {
        answer_status(visit, 500);
        return;
    }
    visit->status = strcmp(PQgetvalue(result, 0, 0), "200") == 0 ? 200 : 409;
    visit->said = text_dup(visit->arena, text_of(PQgetvalue(result, 0, 1)));
    if (visit->fault.kind == FAULT_linger)
        later(visit, visit->fault.ms, answer_at_last);
    else
        answer(visit, visit->status, visit->said.chars);
}

static void do_at_last(evutil_socket_t fd, short what, void *owner)
{
    (void)fd, (void)what;
    operation_do(owner);
}

static void operation_serve(struct visit *visit)
{
    struct err err = {0};
    visit->fault =
        faults_take(&visit->door->sandbox->faults, text_of(visit->operation->name));
    enum fault_kind kind = visit->fault.kind;
    if (kind != FAULT_NONE && kind != FAULT_slow && !fault_is_after(kind) &&
        !note_fault(visit, &err)) {
        answer_err(visit, &err);
        return;
    }
    switch (kind) {
    case FAULT_NONE:
    case FAULT_linger:
    case FAULT_lose:
    case FAULT_stumble:
        operation_do(visit);
        return;
    case FAULT_slow:
        later(visit, visit->fault.ms, do_at_last);
        return;
    case FAULT_fail:
        answer_status(visit, 503);
        return;
    case FAULT_refuse:
        answer_refusal(visit);
        return;
    case FAULT_drop:
        later(visit, 0, hang_up_now);
        return;
    }
}

/* ---- switches ---- */

static const char *text_or_null(const struct visit *visit, const char *name)
{
    const json_t *value = json_object_get(visit->body, name);
    if (value == NULL || json_is_null(value))
        return NULL;
    return json_is_string(value) ? json_string_value(value)
                                 : json_write(visit->arena, value).chars;
}

static void answer_done(struct visit *visit, bool is_done, const struct err *err)
{
    if (is_done)
        answer(visit, 200, "{}");
    else
        answer_err(visit, err);
}

static void health(struct visit *visit)
{
    struct err err = {0};
    answer_done(visit, db_do(visit->door->sandbox->db, "SELECT 1", 0, NULL, &err), &err);
}

static void counts(struct visit *visit)
{
    struct err err = {0};
    struct evkeyvalq query = {0};
    const char *asked =
        evhttp_uri_get_query(evhttp_request_get_evhttp_uri(visit->request));
    evhttp_parse_query_str(asked != NULL ? asked : "", &query);
    const char *params[] = {evhttp_find_header(&query, "key")};
    scoped_result PGresult *result =
        db_ask(visit->door->sandbox->db, "SELECT sandbox.counts($1)", 1, params, &err);
    evhttp_clear_headers(&query);
    if (result == NULL)
        answer_err(visit, &err);
    else
        answer(visit, 200, PQgetvalue(result, 0, 0));
}

static void faults_get(struct visit *visit)
{
    answer_json(visit, 200, faults_json(&visit->door->sandbox->faults));
}

static void faults_post(struct visit *visit)
{
    struct err err = {0};
    if (faults_add(&visit->door->sandbox->faults, visit->body, &err))
        faults_get(visit);
    else
        answer_err(visit, &err);
}

static void faults_delete(struct visit *visit)
{
    visit->door->sandbox->faults.n = 0;
    faults_get(visit);
}

static void keys(struct visit *visit)
{
    visit->door->sandbox->ignores_keys =
        json_is_true(json_object_get(visit->body, "ignore"));
    answer(visit, 200, "{}");
}

static void pace(struct visit *visit)
{
    struct err err = {0};
    const char *params[] = {visit->body_text.chars};
    answer_done(visit,
                db_do(visit->door->sandbox->db,
                      "INSERT INTO sandbox.pace (name, ms) SELECT key, value::int FROM "
                      "json_each_text($1::json) WHERE key IN ('pack', 'pay') ON CONFLICT "
                      "(name) DO UPDATE SET ms = excluded.ms",
                      1, params, &err),
                &err);
}

static void stock(struct visit *visit)
{
    struct err err = {0};
    const char *params[] = {text_or_null(visit, "sku"), text_or_null(visit, "warehouse"),
                            text_or_null(visit, "available"),
                            text_or_null(visit, "at_most"),
                            text_or_null(visit, "off_shelf")};
    answer_done(visit,
                db_do(visit->door->sandbox->db,
                      "INSERT INTO sandbox.stock (sku, warehouse, available, at_most, "
                      "off_shelf) VALUES ($1, $2, coalesce($3::numeric, 0), $4::numeric, "
                      "coalesce($5::numeric, 0)) ON CONFLICT (sku, warehouse) DO UPDATE "
                      "SET available = excluded.available, at_most = excluded.at_most, "
                      "off_shelf = excluded.off_shelf",
                      5, params, &err),
                &err);
}

static void arrivals(struct visit *visit)
{
    struct err err = {0};
    const char *params[] = {text_or_null(visit, "sku"), text_or_null(visit, "warehouse"),
                            text_or_null(visit, "qty")};
    answer_done(visit,
                db_do(visit->door->sandbox->db,
                      "SELECT sandbox.arrive($1, $2, $3::numeric)", 3, params, &err),
                &err);
}

static void prices(struct visit *visit)
{
    struct err err = {0};
    const char *params[] = {text_or_null(visit, "sku"), text_or_null(visit, "price")};
    answer_done(visit,
                db_do(visit->door->sandbox->db,
                      "INSERT INTO sandbox.prices (sku, price) VALUES ($1, $2::numeric) "
                      "ON CONFLICT (sku) DO UPDATE SET price = excluded.price",
                      2, params, &err),
                &err);
}

static void customers(struct visit *visit)
{
    struct err err = {0};
    const char *params[] = {text_or_null(visit, "customer"),
                            text_or_null(visit, "standing"), text_or_null(visit, "limit"),
                            text_or_null(visit, "open")};
    answer_done(
        visit,
        db_do(visit->door->sandbox->db,
              "INSERT INTO sandbox.customers (customer, standing, credit_limit, open) "
              "VALUES ($1, coalesce($2, 'good'), coalesce($3::numeric, 10000000), "
              "coalesce($4::numeric, 0)) ON CONFLICT (customer) DO UPDATE SET standing = "
              "excluded.standing, credit_limit = excluded.credit_limit, open = "
              "excluded.open",
              4, params, &err),
        &err);
}

static void flowd(struct visit *visit)
{
    struct err err = {0};
    const char *url = text_or_null(visit, "url");
    answer_done(visit,
                outbox_send_to(visit->door->sandbox->outbox, url != NULL ? url : "",
                               text_or_null(visit, "token"), &err),
                &err);
}

static void forget(struct visit *visit)
{
    struct err err = {0};
    answer_done(visit,
                db_do(visit->door->sandbox->db, "SELECT sandbox.forget()", 0, NULL, &err),
                &err);
}

static const struct route {
    enum evhttp_cmd_type method;
    const char *path;
    void (*serve)(struct visit *visit);
} routes[] = {
#define ROUTE(method, path, handler, sentence) {EVHTTP_REQ_##method, path, handler},
#include "tools/sandbox/routes.def"
#undef ROUTE
};

/* ---- requests ---- */

static const struct route *route_find(enum evhttp_cmd_type method, const char *path)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        if (routes[i].method == method && strcmp(routes[i].path, path) == 0)
            return &routes[i];
    return NULL;
}

static bool body_read(struct visit *visit, struct err *err)
{
    struct evbuffer *in = evhttp_request_get_input_buffer(visit->request);
    size_t n = evbuffer_get_length(in);
    char *bytes = arena_alloc(visit->arena, n + 1);
    evbuffer_copyout(in, bytes, n);
    visit->body_text = (struct text){bytes, n};
    if (n == 0)
        return true;
    return (visit->body = json_read(visit->body_text, err)) != NULL;
}

static void on_request(struct evhttp_request *request, void *owner)
{
    struct arena *arena = arena_new("visit", 64 << 20);
    struct visit *visit = arena_new_of(arena, struct visit);
    *visit = (struct visit){.door = owner, .arena = arena, .request = request};
    struct err err = {0};
    const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));
    path = path != NULL ? path : "/";
    const struct route *route = route_find(evhttp_request_get_command(request), path);
    if (!body_read(visit, &err)) {
        answer_err(visit, &err);
        return;
    }
    if (route != NULL) {
        route->serve(visit);
        return;
    }
    struct text rest = text_cut(text_of(path), 1, SIZE_MAX);
    struct text adapter = text_split(&rest, '/');
    visit->operation = operation_find(adapter, rest);
    if (visit->operation == NULL)
        answer(visit, 404, "{\"title\":\"there is no such operation\"}");
    else if (evhttp_request_get_command(request) != EVHTTP_REQ_POST ||
             !json_is_object(visit->body))
        answer(visit, 400, "{\"title\":\"an operation is POST, with an object\"}");
    else
        operation_serve(visit);
}

struct door *door_open(struct arena *life, struct sandbox *sandbox, const char *address,
                       uint16_t port, struct err *err)
{
    struct door *door = arena_new_of(life, struct door);
    door->sandbox = sandbox;
    door->http = evhttp_new(sandbox->base);
    must(door->http != NULL);
    evhttp_set_max_headers_size(door->http, LIMIT_HTTP_HEADER_BYTES);
    evhttp_set_max_body_size(door->http, 2 * LIMIT_JSON_BYTES);
    evhttp_set_allowed_methods(door->http,
                               EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_DELETE);
    evhttp_set_gencb(door->http, on_request, door);
    if (evhttp_bind_socket(door->http, address, port) == 0)
        return door;
    err_set(err, ERR_UNAVAILABLE, "cannot listen at %s:%u: %s", address, port,
            evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
    err_hint(err, "is another sandbox running?");
    evhttp_free(door->http);
    return NULL;
}

void door_close(struct door *door)
{
    if (door != NULL)
        evhttp_free(door->http);
}
