/* Events at the door: plain, or as CloudEvents in both modes; judged by their type before
 * anything is stored. */
#include <string.h>

#include "engine/api/flows.h"
#include "engine/api/server.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/base/utf8.h"
#include "engine/core/advance.h"
#include "engine/sys/fault.h"

static void judge(struct exchange *exchange, const struct ir *ir);
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

/* Source and id together tell a CloudEvent from every other. False: answered. */
static bool take_message(struct exchange *exchange, struct text source, struct text id,
                         bool is_binary)
{
    struct err err = {0};
    const char *missing = source.n == 0 ? "source" : id.n == 0 ? "id" : NULL;
    if (missing != NULL) {
        err_set(&err, ERR_BAD_DATA, "a CloudEvent has \"%s%s\", and it is not empty",
                is_binary ? "ce-" : "", missing);
        if (!is_binary)
            json_pointer_add(err.pointer, sizeof err.pointer, text_of(missing));
        answer_err(exchange, &err);
        return false;
    }
    scoped_json json_t *message = json_array();
    json_array_append_new(message, json_text(source));
    json_array_append_new(message, json_text(id));
    exchange->message = json_write(exchange->call, message);
    return true;
}

static const json_t *structured(struct exchange *exchange)
{
    struct text type, source, id;
    if (!exchange_member(exchange, "type", &type) || !type_fits(exchange, type) ||
        !exchange_member(exchange, "source", &source) ||
        !exchange_member(exchange, "id", &id) ||
        !take_message(exchange, source, id, false))
        return NULL;
    const json_t *data = json_object_get(exchange->body, "data");
    exchange->place = "/data";
    if (json_is_object(data))
        return data;
    struct err err = {0};
    err_set(&err, ERR_BAD_DATA, "\"data\" must be one JSON object");
    json_pointer_add(err.pointer, sizeof err.pointer, TEXT("data"));
    answer_err(exchange, &err);
    return NULL;
}

/* A header is UTF-8 as JSON is. */
static const json_t *binary(struct exchange *exchange, struct text type)
{
    struct text source = exchange_header(exchange, "ce-source");
    struct text id = exchange_header(exchange, "ce-id");
    if (!type_fits(exchange, type))
        return NULL;
    if (!utf8_valid(source, NULL) || !utf8_valid(id, NULL)) {
        answer_refusal(exchange, ERR_BAD_DATA,
                       "\"ce-source\" and \"ce-id\" must be UTF-8", "");
        return NULL;
    }
    return take_message(exchange, source, id, true) ? exchange->body : NULL;
}

/* The event's own fields, out of whatever they came in. NULL: answered. */
static const json_t *fields_of(struct exchange *exchange)
{
    struct text kind = exchange_header(exchange, "Content-Type");
    struct text type = exchange_header(exchange, "ce-type");
    if (text_starts(kind, TEXT("application/cloudevents+json")))
        return structured(exchange);
    return type.n > 0 ? binary(exchange, type) : exchange->body;
}

void api_send(struct exchange *exchange)
{
    exchange->event = exchange->parts[0];
    if (!exchange_read_object(exchange) || !exchange_may_bring_work(exchange))
        return;
    const json_t *fields = fields_of(exchange);
    if (fields == NULL)
        return; /* and the exchange may be gone */
    exchange->fields = fields;
    flows_find_event(exchange, exchange->event, judge);
}

void api_judge_event(struct exchange *exchange, struct text event)
{
    exchange->event = event;
    flows_find_event(exchange, event, judge);
}

/* What does not fit its type is not stored at all. */
static void judge(struct exchange *exchange, const struct ir *ir)
{
    struct engine *engine = exchange->api->engine;
    uint32_t event = ir_find_event(ir, exchange->event);
    struct value value;
    struct err err = {0};
    scoped_arena struct arena *judging = arena_new("judging", LIMIT_EXCHANGE_BYTES);
    if (event == IR_NONE)
        err_set(&err, ERR_NOT_FOUND, "no deployed flow knows the event \"" TEXT_FMT "\"",
                TEXT_ARG(exchange->event));
    if (event == IR_NONE || !advance_check_event(judging, ir, engine_environment(engine),
                                                 event, exchange->fields, &value, &err)) {
        if (!exchange->is_checked_anew)
            flows_find_event_anew(exchange, exchange->event, judge);
        else
            answer_misfit(exchange, &err);
        return;
    }
    if (engine_is_flow_behind(engine, ir_text(ir, ir->flow.name))) {
        answer_full(exchange);
        return;
    }
    exchange_asks(exchange);
    store_send(engine_store(engine), exchange->event,
               json_write(judging, exchange->fields), exchange->message, exchange->actor,
               sent, exchange);
    exchange_forget_body(exchange);
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
        answer_misfit(exchange, said->err);
        return;
    }
    engine_look(exchange->api->engine);
    scoped_json json_t *json = json_object();
    json_object_set_new(json, "id", json_text(id_print(said->id, id)));
    json_object_set_new(json, "duplicate", json_boolean(said->duplicate));
    answer_json(exchange, 202, json);
}
