/* Flows at the door: what is deployed, and versions that are held and let go. */
#include "engine/api/server.h"
#include "engine/base/json.h"

void api_flows(struct exchange *exchange)
{
    if (!exchange_reaches_store(exchange))
        return;
    exchange_asks(exchange);
    store_list_flows(engine_store(exchange->api->engine), answer_list, exchange);
}

static void said(void *owner, const struct store_said *what)
{
    answer_said(owner, what, "flow");
}

/* 0 where none is said: all that are held. */
static bool read_version(struct exchange *exchange, uint32_t *version)
{
    const json_t *given = json_object_get(exchange->body, "version");
    json_int_t n = json_integer_value(given);
    *version = given == NULL ? 0 : (uint32_t)n;
    if (given == NULL || (json_is_integer(given) && n > 0 && n <= INT32_MAX))
        return true;
    answer_refusal(exchange, ERR_BAD_DATA, "\"version\" is a number from 1",
                   "leave it out for all that are held");
    return false;
}

void api_flow(struct exchange *exchange)
{
    static const char *const members[] = {"reason", "version"};
    uint32_t version;
    if (!exchange_reaches_store(exchange) || !exchange_read_object(exchange) ||
        !exchange_knows_members(exchange, members, 2) ||
        !exchange_reason(exchange, true, &exchange->reason) ||
        !read_version(exchange, &version))
        return;
    exchange_asks(exchange);
    store_let_go(engine_store(exchange->api->engine), exchange->parts[0], version,
                 exchange->reason, exchange->actor, said, exchange);
}
