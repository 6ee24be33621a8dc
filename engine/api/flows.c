/* The newest version of each flow, as the door needs it. */
#include "engine/api/flows.h"

#include "engine/api/server.h"
#include "engine/base/arena.h"

enum { FLOWS_BYTES = 8 << 20 };

static void flows_came(void *owner, const struct store_flows *flows);
static void program_came(void *owner, struct program *program, const struct err *err);

static const struct known_flow *find(const struct api *api, struct text name)
{
    for (uint32_t i = 0; i < api->flows_n; i++)
        if (text_is(api->flows[i].name, name))
            return &api->flows[i];
    return NULL;
}

static void want_program(struct exchange *exchange, struct digest hash)
{
    exchange_asks(exchange);
    engine_program(exchange->api->engine, hash, program_came, exchange);
}

void flows_find(struct exchange *exchange, struct text flow, flows_then *then)
{
    const struct known_flow *known = find(exchange->api, flow);
    exchange->then = then;
    exchange->flow = flow;
    if (known != NULL)
        want_program(exchange, known->hash);
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
    if (api->flows_arena == NULL)
        api->flows_arena = arena_new("flows", FLOWS_BYTES);
    arena_reset(api->flows_arena);
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
    const struct known_flow *known = find(exchange->api, exchange->flow);
    if (known != NULL)
        want_program(exchange, known->hash);
    else
        answer_refusal(exchange, ERR_NOT_FOUND,
                       arena_printf(exchange->call, "there is no flow \"" TEXT_FMT "\"",
                                    TEXT_ARG(exchange->flow)),
                       "GET /v1/flows lists what is deployed");
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
