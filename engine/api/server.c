/* The listener: who comes in, where to, and by whose leave. */
#include "engine/api/server.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "engine/base/utf8.h"
#include "engine/run/hooks.h"
#include "engine/sys/config.h"
#include "engine/sys/keep.h"
#include "engine/sys/log.h"
#include "engine/sys/loop.h"
#include "engine/sys/stats.h"

const struct route routes[] = {
#define ROUTE(method, path, scope, handler, sentence)                                    \
    {ROUTE_##method, path, scope, handler, sentence},
#include "engine/api/routes.def"
#undef ROUTE
};
const size_t routes_n = sizeof routes / sizeof *routes;

static void came(struct evhttp_request *request, void *owner);
static bool split_address(struct text address, char host[256], uint16_t *port,
                          struct err *err);
static bool is_loopback(const char *host);

struct api *api_open(const struct api_setup *setup, struct err *err)
{
    char host[256];
    uint16_t port = 0;
    if (!split_address(setup->address, host, &port, err))
        return NULL;
    if (setup->is_dev && !is_loopback(host)) {
        err_set(err, ERR_USAGE, "--dev listens on loopback only, not on %s", host);
        return NULL;
    }
    struct api *api = keep_new_of(struct api);
    api->loop = setup->loop;
    api->engine = setup->engine;
    api->config = setup->config;
    api->version_chars = keep_alloc(setup->version.n + 1);
    memcpy(api->version_chars, setup->version.chars, setup->version.n);
    api->version = (struct text){api->version_chars, setup->version.n};
    api->is_dev = setup->is_dev;
    api->is_loopback = is_loopback(host);
    TAILQ_INIT(&api->exchanges);
    api->http = evhttp_new(loop_base(setup->loop));
    must(api->http != NULL);
    evhttp_set_max_headers_size(api->http, LIMIT_HTTP_HEADER_BYTES);
    evhttp_set_max_body_size(api->http, LIMIT_HTTP_DRAIN_BYTES);
    evhttp_set_timeout(api->http, LIMIT_HTTP_IDLE_SECONDS);
    evhttp_set_allowed_methods(
        api->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT |
                       EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS | EVHTTP_REQ_PATCH);
    evhttp_set_gencb(api->http, came, api);
    conns_init(&api->conns, setup->loop, setup->config, api->http);
    api->socket = evhttp_bind_socket_with_handle(api->http, host, port);
    if (api->socket != NULL)
        return api;
    err_set(err, ERR_FAILED, "cannot listen on " TEXT_FMT ": %s",
            TEXT_ARG(setup->address), strerror(errno));
    err_hint(err, "another program may hold the port: choose one with --http ADDR:PORT");
    api_close(api);
    return NULL;
}

void api_drain(struct api *api)
{
    struct exchange *exchange, *next;
    api->is_draining = true;
    if (api->socket != NULL)
        evhttp_del_accept_socket(api->http, api->socket);
    api->socket = NULL;
    for (exchange = TAILQ_FIRST(&api->exchanges); exchange != NULL; exchange = next) {
        next = TAILQ_NEXT(exchange, in_line);
        if (exchange->patience != NULL)
            loop_timer_in(exchange->patience, 0);
    }
}

void api_close(struct api *api)
{
    struct exchange *exchange;
    if (api == NULL)
        return;
    while ((exchange = TAILQ_FIRST(&api->exchanges)) != NULL) {
        exchange->pending = 0; /* the store is closed next: nothing more is heard */
        if (exchange->request != NULL)
            evhttp_connection_set_closecb(
                evhttp_request_get_connection(exchange->request), NULL, NULL);
        exchange_gone(exchange);
    }
    evhttp_free(api->http);
    conns_deinit(&api->conns);
    arena_free(api->flows_arena);
    keep_free(api->version_chars);
    keep_free(api);
}

static bool split_address(struct text address, char host[256], uint16_t *port,
                          struct err *err)
{
    size_t colon = address.n;
    int64_t number = 0;
    while (colon > 0 && address.chars[colon - 1] != ':')
        colon--;
    struct text name = text_cut(address, 0, colon == 0 ? 0 : colon - 1);
    if (text_starts(name, TEXT("[")) && text_ends(name, TEXT("]")))
        name = text_cut(name, 1, name.n - 2);
    if (name.n == 0 || name.n >= 256 ||
        !text_to_i64(text_cut(address, colon, address.n), &number) || number < 1 ||
        number > 65535) {
        err_set(err, ERR_USAGE, "\"" TEXT_FMT "\" is no ADDRESS:PORT", TEXT_ARG(address));
        return err_hint(err, "such as 127.0.0.1:7300, or off");
    }
    snprintf(host, 256, TEXT_FMT, TEXT_ARG(name));
    *port = (uint16_t)number;
    return true;
}

static bool is_loopback(const char *host)
{
    return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0 ||
           strcmp(host, "localhost") == 0;
}

/* ---- a request ---- */

static bool text_decode(struct arena *call, struct text coded, bool plus,
                        struct text *out)
{
    size_t n = 0;
    char *chars = text_chars(call, coded);
    char *plain = evhttp_uridecode(chars, plus, &n);
    if (plain == NULL)
        return false;
    *out = text_dup(call, (struct text){plain, n});
    free(plain);
    size_t at;
    return utf8_valid(*out, &at) && memchr(out->chars, '\0', out->n) == NULL;
}

/* Does the path fit, and what stands in its {…}? */
static bool fits(struct exchange *exchange, const struct route *route, struct text path)
{
    struct text wanted = text_of(route->path);
    uint32_t parts = 0;
    while (wanted.n > 0 || path.n > 0) {
        struct text want = text_split(&wanted, '/'), have = text_split(&path, '/');
        if (text_starts(want, TEXT("{"))) {
            if (have.n == 0 ||
                !text_decode(exchange->call, have, false, &exchange->parts[parts]))
                return false;
            parts++;
        } else if (!text_is(want, have)) {
            return false;
        }
        if ((wanted.n == 0) != (path.n == 0))
            return false;
    }
    return true;
}

static const struct route *find_route(struct exchange *exchange, struct text path,
                                      enum evhttp_cmd_type method, bool *is_there)
{
    *is_there = false;
    for (size_t i = 0; i < routes_n; i++) {
        if (!fits(exchange, &routes[i], path))
            continue;
        *is_there = true;
        enum evhttp_cmd_type wants =
            routes[i].method == ROUTE_GET ? EVHTTP_REQ_GET : EVHTTP_REQ_POST;
        if (method == wants || (method == EVHTTP_REQ_HEAD && wants == EVHTTP_REQ_GET))
            return &routes[i];
    }
    return NULL;
}

/* Paths of the environment's own, where events come in. */
static const struct route *find_hook(struct exchange *exchange, struct text path,
                                     enum evhttp_cmd_type method, bool *is_there)
{
    static const struct route signed_hook = {ROUTE_POST, "", "-", api_hook, ""};
    static const struct route token_hook = {ROUTE_POST, "", "send", api_hook, ""};
    const struct hook *hook = engine_hook(exchange->api->engine, path);
    if (hook == NULL)
        return NULL;
    *is_there = true;
    exchange->parts[0] = text_dup(exchange->call, path);
    exchange->actor = exchange->parts[0];
    if (method != EVHTTP_REQ_POST)
        return NULL;
    return hook_is_signed(hook) ? &signed_hook : &token_hook;
}

static void answer_no_route(struct exchange *exchange, bool is_there)
{
    if (!is_there && !engine_has_environment(exchange->api->engine))
        answer_refusal(exchange, ERR_UNAVAILABLE, "the environment is not read yet",
                       "try again in a moment");
    else
        answer_refusal(exchange, is_there ? ERR_NO_METHOD : ERR_NOT_FOUND,
                       is_there ? "this path does not know this method"
                                : "there is nothing at this path",
                       "GET /v1/openapi.json describes what there is");
}

static bool read_query(struct exchange *exchange, const char *query)
{
    struct text rest = text_of(query);
    while (rest.n > 0) {
        struct text value = text_split(&rest, '&');
        struct text name = text_split(&value, '=');
        if (name.n == 0)
            continue;
        if (exchange->query_n == EXCHANGE_QUERY_MAX ||
            !text_decode(exchange->call, name, true,
                         &exchange->query[exchange->query_n].name) ||
            !text_decode(exchange->call, value, true,
                         &exchange->query[exchange->query_n].value)) {
            answer_refusal(exchange, ERR_USAGE, "the query cannot be read", "");
            return false;
        }
        exchange->query_n++;
    }
    return true;
}

/* Two lengths, or a length and chunks: whoever stands between us may read it otherwise.
 */
static bool is_ambiguous(struct evhttp_request *request)
{
    const struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
    const struct evkeyval *header;
    int lengths = 0, encodings = 0;
    TAILQ_FOREACH(header, headers, next)
    {
        lengths += evutil_ascii_strcasecmp(header->key, "Content-Length") == 0;
        if (evutil_ascii_strcasecmp(header->key, "Transfer-Encoding") == 0)
            encodings += evutil_ascii_strcasecmp(header->value, "chunked") == 0 ? 1 : 2;
    }
    return lengths + encodings > 1;
}

static void go_on(struct exchange *exchange, const struct token *token)
{
    exchange->actor = text_dup(exchange->call, text_of(token->name));
    exchange->role = text_dup(exchange->call, text_of(token->role));
    if (token_has_scope(token, exchange->route->scope))
        exchange->route->handle(exchange);
    else
        answer_refusal(exchange, ERR_NOT_ALLOWED,
                       arena_printf(exchange->call, "this token lacks the scope \"%s\"",
                                    exchange->route->scope),
                       "");
}

static void token_came(void *owner, const struct store_token *said)
{
    struct exchange *exchange = owner;
    struct api *api = exchange->api;
    if (!exchange_heard(exchange))
        return;
    if (said->err != NULL) {
        answer_err(exchange, said->err);
        return;
    }
    struct digest hash = digest_of(exchange->key);
    exchange->key = (struct text){0};
    go_on(exchange, tokens_learn(&api->tokens, &hash, said->name, said->role,
                                 said->scopes, loop_now(api->loop)));
}

static void ask_for_token(struct exchange *exchange)
{
    struct api *api = exchange->api;
    struct text header = exchange_header(exchange, "Authorization");
    if (!text_starts(header, TEXT("Bearer "))) {
        answer_refusal(exchange, ERR_NO_TOKEN, "a bearer token is needed",
                       "flowctl token create NAME makes one; send it as "
                       "`Authorization: Bearer flw_…`");
        return;
    }
    struct text token = text_trim(text_cut(header, 7, header.n));
    struct digest hash = digest_of(token);
    const struct token *known = tokens_find(&api->tokens, &hash, loop_now(api->loop));
    if (known != NULL) {
        go_on(exchange, known);
        return;
    }
    if (!exchange_reaches_store(exchange))
        return;
    exchange->key = text_dup(exchange->call, token);
    exchange_asks(exchange);
    store_token(engine_store(api->engine), exchange->key, token_came, exchange);
}

static void closed(struct evhttp_connection *connection, void *owner)
{
    (void)connection;
    exchange_gone(owner);
}

static void came(struct evhttp_request *request, void *owner)
{
    struct api *api = owner;
    struct exchange *exchange = exchange_new(api, request);
    struct evhttp_connection *connection = evhttp_request_get_connection(request);
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    stats_add(STAT_HTTP_REQUESTS, 1);
    bool is_in_hand =
        conns_request(&api->conns, evhttp_connection_get_bufferevent(connection));
    evhttp_connection_set_closecb(connection, closed, exchange);
    if (is_ambiguous(request)) {
        answer_header(exchange, "Connection", "close");
        answer_refusal(exchange, ERR_USAGE, "the length of the body is said twice", "");
        return;
    }
    if (!is_in_hand) {
        answer_full(exchange);
        return;
    }
    struct text path = text_of(uri == NULL ? NULL : evhttp_uri_get_path(uri));
    bool is_there;
    exchange->route =
        find_route(exchange, path, evhttp_request_get_command(request), &is_there);
    if (exchange->route == NULL && !is_there)
        exchange->route =
            find_hook(exchange, path, evhttp_request_get_command(request), &is_there);
    if (exchange->route == NULL) {
        answer_no_route(exchange, is_there);
        return;
    }
    if (!read_query(exchange, uri == NULL ? NULL : evhttp_uri_get_query(uri)))
        return;
    const char *scope = exchange->route->scope;
    bool is_open =
        strcmp(scope, "-") == 0 || (strcmp(scope, "metrics") == 0 && api->is_loopback);
    if (is_open)
        exchange->route->handle(exchange);
    else
        ask_for_token(exchange);
}
