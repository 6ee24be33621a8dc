/* The newest version of each flow and event, as the door needs it. */
#include "engine/api/flows.h"

#include "engine/api/server.h"
#include "engine/base/arena.h"

enum { FLOWS_BYTES = 8 << 20 };

static void flows_came(void *owner, const struct store_flows *flows);
static void declarer_came(void *owner, const struct store_version *version);
static void program_came(void *owner, struct program *program, const struct err *err);

static struct known_flow *find(struct known_flow *all, uint32_t n, struct text name)
{
    for (uint32_t i = 0; i < n; i++)
        if (text_is(all[i].name, name))
            return &all[i];
    return NULL;
}

static void forget(struct api *api)
{
    if (api->flows_arena == NULL)
        api->flows_arena = arena_new("flows", FLOWS_BYTES);
    arena_reset(api->flows_arena);
    api->flows = NULL;
    api->flows_n = 0;
    api->events.at = NULL;
    api->events.n = api->events.room = 0;
    api->flows_of = engine_deployed(api->engine);
}

/* What was learned before the last deploy is not known any more. */
static void look(struct api *api)
{
    if (api->flows_arena == NULL || api->flows_of != engine_deployed(api->engine))
        forget(api);
}

static const struct known_flow *find_flow(struct api *api, struct text name)
{
    look(api);
    return find(api->flows, api->flows_n, name);
}

static struct known_flow *find_event(struct api *api, struct text name)
{
    look(api);
    return find(api->events.at, api->events.n, name);
}

void flows_want_image(struct exchange *exchange, struct digest hash)
{
    exchange_asks(exchange);
    engine_program(exchange->api->engine, hash, program_came, exchange);
}

/* ---- flows ---- */

void flows_find(struct exchange *exchange, struct text flow, flows_then *then)
{
    const struct known_flow *known = find_flow(exchange->api, flow);
    exchange->then = then;
    exchange->flow = flow;
    if (known != NULL)
        flows_want_image(exchange, known->hash);
    else
        flows_find_anew(exchange, flow, then);
}

void flows_find_anew(struct exchange *exchange, struct text flow, flows_then *then)
{
    exchange->then = then;
    exchange->flow = flow;
    exchange->is_checked_anew = true;
    exchange_asks(exchange);
    store_flows(engine_store(exchange->api->engine), flows_came, exchange);
}

static void learn(struct api *api, const struct store_flows *flows)
{
    forget(api);
    api->flows = arena_array(api->flows_arena, struct known_flow, flows->n + 1);
    api->flows_n = flows->n;
    for (uint32_t i = 0; i < flows->n; i++)
        api->flows[i] =
            (struct known_flow){.name = text_dup(api->flows_arena, flows->items[i].flow),
                                .hash = flows->items[i].hash};
}

static void flows_came(void *owner, const struct store_flows *flows)
{
    struct exchange *exchange = owner;
    if (!exchange_heard(exchange))
        return;
    if (flows->err != NULL) {
        answer_err(exchange, flows->err);
        return;
    }
    learn(exchange->api, flows);
    const struct known_flow *known = find_flow(exchange->api, exchange->flow);
    if (known != NULL)
        flows_want_image(exchange, known->hash);
    else
        answer_refusal(exchange, ERR_NOT_FOUND,
                       arena_printf(exchange->call, "there is no flow \"" TEXT_FMT "\"",
                                    TEXT_ARG(exchange->flow)),
                       "GET /v1/flows lists what is deployed");
}

/* ---- events ---- */

void flows_find_event(struct exchange *exchange, struct text event, flows_then *then)
{
    const struct known_flow *known = find_event(exchange->api, event);
    exchange->then = then;
    exchange->event = event;
    if (known != NULL)
        flows_want_image(exchange, known->hash);
    else
        flows_find_event_anew(exchange, event, then);
}

void flows_find_event_anew(struct exchange *exchange, struct text event, flows_then *then)
{
    exchange->then = then;
    exchange->event = event;
    exchange->is_checked_anew = true;
    exchange_asks(exchange);
    store_declares(engine_store(exchange->api->engine), event, declarer_came, exchange);
}

static void learn_event(struct api *api, struct text event, struct digest hash)
{
    struct known_flow *known = find_event(api, event);
    struct known_flow new = {.hash = hash};
    if (known != NULL) {
        known->hash = hash;
        return;
    }
    new.name = text_dup(api->flows_arena, event);
    vec_push(api->flows_arena, &api->events, new);
}

static void declarer_came(void *owner, const struct store_version *version)
{
    struct exchange *exchange = owner;
    if (!exchange_heard(exchange))
        return;
    if (version->err != NULL && version->err->code == ERR_NOT_FOUND) {
        answer_refusal(exchange, ERR_NOT_FOUND,
                       arena_printf(exchange->call,
                                    "no deployed flow knows the event \"" TEXT_FMT "\"",
                                    TEXT_ARG(exchange->event)),
                       "GET /v1/flows lists what is deployed");
    } else if (version->err != NULL) {
        answer_err(exchange, version->err);
    } else {
        learn_event(exchange->api, exchange->event, version->hash);
        flows_want_image(exchange, version->hash);
    }
}

static void program_came(void *owner, struct program *program, const struct err *err)
{
    struct exchange *exchange = owner;
    struct engine *engine = exchange->api->engine;
    if (exchange_heard(exchange)) {
        if (program == NULL)
            answer_err(exchange, err);
        else
            exchange->then(exchange, engine_program_ir(program));
    }
    if (program != NULL)
        engine_program_put(engine, program);
}
