/* Adapters at the door: which take calls, and an operator's hand on them. */
#include "engine/api/server.h"

void api_adapters(struct exchange *exchange)
{
    if (!exchange_reaches_store(exchange))
        return;
    exchange_asks(exchange);
    store_list_adapters(engine_store(exchange->api->engine), answer_list, exchange);
}

static void said(void *owner, const struct store_said *what)
{
    answer_said(owner, what, "adapter");
}

void api_adapter(struct exchange *exchange)
{
    static const char *const members[] = {"reason"};
    if (!exchange_reaches_store(exchange) || !exchange_read_object(exchange) ||
        !exchange_knows_members(exchange, members, 1) ||
        !exchange_reason(exchange, true, &exchange->reason))
        return;
    exchange_asks(exchange);
    store_adapter(engine_store(exchange->api->engine), exchange->parts[0],
                  exchange->parts[1], exchange->reason, exchange->actor, said, exchange);
}
