/* Events that come in by a path of the environment's: signed, mapped, judged, stored. */
#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "engine/api/server.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/base/utf8.h"
#include "engine/run/hooks.h"
#include "engine/sys/clock.h"

static struct text header_named(void *owner, const char *name)
{
    return exchange_header(owner, name);
}

/* By small names; of one that is said twice the first counts. */
static json_t *headers_of(const struct exchange *exchange)
{
    const struct evkeyvalq *headers = evhttp_request_get_input_headers(exchange->request);
    const struct evkeyval *header;
    json_t *all = json_object();
    TAILQ_FOREACH(header, headers, next)
    {
        char *name = text_chars(exchange->call, text_of(header->key));
        for (char *c = name; *c != '\0'; c++)
            if (*c >= 'A' && *c <= 'Z')
                *c = (char)(*c - 'A' + 'a');
        if (utf8_valid(text_of(name), NULL) && utf8_valid(text_of(header->value), NULL) &&
            json_object_get(all, name) == NULL)
            json_object_set_new(all, name, json_string(header->value));
    }
    return all;
}

/* A message is known by where it came in and by its id there. */
static void take_message(struct exchange *exchange, struct text id)
{
    scoped_json json_t *message = json_array();
    if (id.n == 0)
        return;
    json_array_append_new(message, json_text(exchange->parts[0]));
    json_array_append_new(message, json_text(id));
    exchange->message = json_write(exchange->call, message);
}

void api_hook(struct exchange *exchange)
{
    struct api *api = exchange->api;
    struct evbuffer *input = evhttp_request_get_input_buffer(exchange->request);
    struct hook_arrival arrival = {
        .now = clock_now(), .header = header_named, .owner = exchange};
    struct hook_event event = {0};
    struct err err = {0};
    /* A token may have been asked for meanwhile, and the environment replaced. */
    const struct hook *hook = engine_hook(api->engine, exchange->parts[0]);
    if (!exchange_may_bring_work(exchange))
        return;
    arrival.body.n = evbuffer_get_length(input);
    if (hook == NULL) {
        answer_refusal(exchange, ERR_NOT_FOUND, "there is nothing at this path", "");
        return;
    }
    if (arrival.body.n > LIMIT_HTTP_BODY_BYTES) {
        answer_refusal(exchange, ERR_TOO_LARGE, "the body has more than 1 MiB", "");
        return;
    }
    arrival.body.chars =
        arrival.body.n > 0 ? (const char *)evbuffer_pullup(input, -1) : "";
    if (!hook_verify(hook, exchange->call, &arrival, &err) ||
        (exchange->body = json_read(arrival.body, &err)) == NULL) {
        answer_err(exchange, &err);
        return;
    }
    scoped_json json_t *headers = headers_of(exchange);
    if (!hook_read(hook, exchange->call, engine_environment(api->engine), arrival.now,
                   exchange->body, json_write(exchange->call, headers), &event, &err)) {
        answer_err(exchange, &err);
        return;
    }
    take_message(exchange, event.message);
    json_decref(exchange->body);
    exchange->body = event.data;
    exchange->fields = event.data;
    api_judge_event(exchange, event.event);
}
