/* JSON over HTTP: a call is POST URL/OPERATION, the answer is its outcome. */
#include "adapters/adapter.h"
#include "adapters/http/http_outcome.h"
#include "adapters/http/http_request.h"
#include "adapters/kit/curl_loop.h"
#include "adapters/kit/options.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"

struct http_call { /* one in flight; kept for the next when it has ended */
    struct adapter *adapter;
    struct call *call;
    struct curl_request request;
    struct arena *arena; /* given back when the call has ended */
    TAILQ_ENTRY(http_call) link;
};

TAILQ_HEAD(http_calls, http_call);

struct adapter {
    struct arena *life;
    struct curl_loop *curl;
    struct http_site site;
    struct http_calls in_flight, spare;
};

static const struct adapter_option http_options[] = {
    {.name = "url",
     .kind = ADAPTER_OPTION_TEXT,
     .is_needed = true,
     .most = 2048,
     .sentence = "where requests go; the name of the operation is put behind it"},
    {.name = "header",
     .kind = ADAPTER_OPTION_TABLE,
     .most = 64,
     .sentence = "a header of every request: header \"Authorization\": \"Bearer …\""},
    {.name = "connections",
     .kind = ADAPTER_OPTION_NUMBER,
     .standard = "64",
     .least = 1,
     .most = 1024,
     .sentence = "connections at once; further calls wait for one"},
    {.name = "ca",
     .kind = ADAPTER_OPTION_TEXT,
     .most = 4096,
     .sentence = "file of the certificates to trust, instead of the system's"},
    {0}};

static void http_answered(struct curl_request *request, const struct curl_answer *answer);

static struct adapter *http_open(const struct adapter_setup *setup, struct err *err)
{
    if (!options_check(http_options, setup->options, err))
        return NULL;
    struct arena *life = arena_new("http", LIMIT_ADAPTER_BYTES);
    struct adapter *adapter = arena_new_of(life, struct adapter);
    adapter->life = life;
    TAILQ_INIT(&adapter->in_flight);
    TAILQ_INIT(&adapter->spare);
    struct text ca = options_text(http_options, setup->options, "ca");
    struct curl_loop_setup curl = {
        .base = setup->loop,
        .connections_max =
            (uint32_t)options_number(http_options, setup->options, "connections"),
        .line_max = LIMIT_CALLS_WAITING,
        .body_bytes_max = LIMIT_JSON_BYTES,
        .ca_file = ca.n > 0 ? text_chars(life, ca) : NULL,
    };
    if (!http_site_open(life, options_text(http_options, setup->options, "url"),
                        options_table(setup->options, "header"), &adapter->site, err) ||
        (adapter->curl = curl_loop_open(&curl, err)) == NULL) {
        arena_free(life);
        return NULL;
    }
    return adapter;
}

static struct http_call *place_take(struct adapter *adapter, struct call *call)
{
    struct http_call *place = TAILQ_FIRST(&adapter->spare);
    if (place != NULL) {
        TAILQ_REMOVE(&adapter->spare, place, link);
    } else {
        place = arena_new_of(adapter->life, struct http_call);
        place->adapter = adapter;
        /* The answer's message and the request: its body was a value within bounds, which
         * its JSON text may surpass by escapes. */
        place->arena = arena_new("call", 64 * (size_t)LIMIT_JSON_BYTES);
        place->request.done = http_answered;
    }
    place->call = call;
    call->place = place;
    TAILQ_INSERT_TAIL(&adapter->in_flight, place, link);
    return place;
}

/* The last word about a call, and its place is free again. */
static void http_end(struct http_call *place, struct call_outcome *outcome)
{
    struct adapter *adapter = place->adapter;
    TAILQ_REMOVE(&adapter->in_flight, place, link);
    call_done(place->call, outcome);
    json_decref(outcome->data);
    place->call = NULL;
    arena_reset(place->arena);
    TAILQ_INSERT_HEAD(&adapter->spare, place, link);
}

static void http_begin(struct adapter *adapter, struct call *call)
{
    struct http_call *place = place_take(adapter, call);
    struct err err = {0};
    if (http_request(place->arena, &adapter->site, call, &place->request, &err)) {
        curl_loop_begin(adapter->curl, &place->request);
        return;
    }
    http_end(place,
             &(struct call_outcome){.kind = CALL_BROKEN, .message = text_of(err.what)});
}

static void http_answered(struct curl_request *request, const struct curl_answer *answer)
{
    struct http_call *place =
        (struct http_call *)((char *)request - offsetof(struct http_call, request));
    struct call_outcome outcome;
    http_outcome(place->arena, place->call, answer, place->adapter->site.hidden,
                 place->adapter->site.hidden_n, &outcome);
    http_end(place, &outcome);
}

static void http_cancel(struct adapter *adapter, struct call *call)
{
    struct http_call *place = call->place;
    struct curl_answer answer = {.end = curl_loop_drop(adapter->curl, &place->request),
                                 .why = "the call was cancelled"};
    http_answered(&place->request, &answer);
}

static void http_close(struct adapter *adapter)
{
    if (adapter == NULL)
        return;
    struct http_call *place;
    while ((place = TAILQ_FIRST(&adapter->in_flight)) != NULL)
        http_cancel(adapter, place->call);
    curl_loop_close(adapter->curl);
    while ((place = TAILQ_FIRST(&adapter->spare)) != NULL) {
        TAILQ_REMOVE(&adapter->spare, place, link);
        arena_free(place->arena);
    }
    arena_free(adapter->life);
}

const struct adapter_ops adapter_http = {
    .name = "http",
    .abi = ADAPTER_ABI,
    .options = http_options,
    .maps = true,
    .not_free = http_not_free,
    .open = http_open,
    .begin = http_begin,
    .cancel = http_cancel,
    .close = http_close,
};
