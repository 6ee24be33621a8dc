/* Events at the door: plain, or as CloudEvents in both modes. */
#include <string.h>

#include "engine/api/server.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/sys/fault.h"

static void sent(void *owner, const struct store_said *said);

/* The last part of a CloudEvent's type: "com.example.Paid" is Paid. */
static struct text last_part(struct text type)
{
    size_t from = type.n;
    while (from > 0 && type.chars[from - 1] != '.')
        from--;
    return text_cut(type, from, type.n);
}

static bool type_fits(struct exchange *exchange, struct text type)
{
    if (text_is(last_part(type), exchange->event))
        return true;
    struct err err = {0};
    err_set(&err, ERR_USAGE, "the type \"" TEXT_FMT "\" does not end in \"" TEXT_FMT "\"",
            TEXT_ARG(type), TEXT_ARG(exchange->event));
    err_hint(&err, "post it to the path of its own event");
    answer_err(exchange, &err);
    return false;
}

/* The event's own fields, out of whatever they came in. NULL: answered. */
static const json_t *fields_of(struct exchange *exchange)
{
    struct text kind = exchange_header(exchange, "Content-Type");
    struct text binary = exchange_header(exchange, "ce-type");
    if (text_starts(kind, TEXT("application/cloudevents+json"))) {
        struct text type;
        if (!exchange_member(exchange, "type", &type) || !type_fits(exchange, type))
            return NULL;
        const json_t *data = json_object_get(exchange->body, "data");
        if (json_is_object(data))
            return data;
        answer_refusal(exchange, ERR_BAD_DATA, "\"data\" must be one JSON object", "");
        return NULL;
    }
    if (binary.n > 0 && !type_fits(exchange, binary))
        return NULL;
    return exchange->body;
}

void api_send(struct exchange *exchange)
{
    struct engine *engine = exchange->api->engine;
    exchange->event = exchange->parts[0];
    if (!exchange_read_object(exchange))
        return;
    if (engine_store(engine) == NULL || engine_is_away(engine)) {
        answer_refusal(exchange, ERR_UNAVAILABLE, "the database cannot be reached", "");
        return;
    }
    if (engine_is_full(engine)) {
        answer_refusal(exchange, ERR_OVER_LIMIT, "the engine has all it can do",
                       "try again in a moment");
        return;
    }
    const json_t *fields = fields_of(exchange);
    if (fields == NULL)
        return;
    exchange_asks(exchange);
    store_send(engine_store(engine), exchange->event, json_write(exchange->call, fields),
               exchange->actor, sent, exchange);
    fault_at(EVENT_BEFORE_COMMIT);
}

static void sent(void *owner, const struct store_said *said)
{
    struct exchange *exchange = owner;
    char id[ID_TEXT_BYTES];
    fault_at(EVENT_AFTER_COMMIT);
    if (!exchange_heard(exchange))
        return;
    if (said->err != NULL) {
        answer_err(exchange, said->err);
        return;
    }
    engine_look(exchange->api->engine);
    scoped_json json_t *json = json_object();
    json_object_set_new(json, "id", json_text(id_print(said->id, id)));
    json_object_set_new(json, "duplicate", json_boolean(said->duplicate));
    answer_json(exchange, 202, json);
}
