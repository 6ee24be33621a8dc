/* Starting an instance at the door: judged by its flow's types before anything is stored.
 */
#include "engine/api/flows.h"
#include "engine/api/server.h"
#include "engine/api/show.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/core/advance.h"
#include "engine/sys/config.h"
#include "engine/sys/fault.h"
#include "engine/sys/loop.h"

enum { LOOK_EVERY = 500 * 1000 }; /* in case another node does it */

static void judge(struct exchange *exchange, const struct ir *ir);
static void started(void *owner, const struct store_said *said);
static void wait_for_end(struct exchange *exchange);

void api_start(struct exchange *exchange)
{
    exchange->flow = exchange->parts[0];
    if (!exchange_read_object(exchange) || !exchange_may_bring_work(exchange))
        return;
    if (exchange->api->is_draining) {
        answer_full(exchange);
        return;
    }
    flows_find(exchange, exchange->flow, judge);
}

static void judge(struct exchange *exchange, const struct ir *ir)
{
    struct engine *engine = exchange->api->engine;
    struct text given = exchange_query(exchange, "key"), key;
    struct err err = {0};
    scoped_arena struct arena *judging = arena_new("judging", LIMIT_EXCHANGE_BYTES);
    if (!advance_check_start(judging, ir, engine_environment(engine), exchange->body,
                             given, &key, &err)) {
        /* Perhaps a newer version was deployed a moment ago. */
        if (!exchange->is_checked_anew)
            flows_find_anew(exchange, exchange->flow, judge);
        else
            answer_err(exchange, &err);
        return;
    }
    if (engine_is_behind(engine, exchange->flow, key)) {
        answer_full(exchange);
        return;
    }
    exchange_asks(exchange);
    store_start(engine_store(engine), exchange->flow, json_write(judging, exchange->body),
                key, exchange->actor, started, exchange);
    exchange_forget_body(exchange);
    fault_at(START_BEFORE_COMMIT);
}

/* Prefer: respond-async, wait=10 (RFC 7240). -1: not said. */
static int64_t wait_of(const struct exchange *exchange)
{
    struct text rest = exchange_header(exchange, "Prefer");
    while (rest.n > 0) {
        struct text value = text_split(&rest, ',');
        struct text name = text_trim(text_split(&value, '='));
        int64_t seconds;
        if (text_is_chars(name, "wait") && text_to_i64(text_trim(value), &seconds) &&
            seconds >= 0)
            return seconds < 1000000 ? seconds * 1000000 : INT64_C(1000000000000);
    }
    return -1;
}

static void started(void *owner, const struct store_said *said)
{
    struct exchange *exchange = owner;
    char id[ID_TEXT_BYTES];
    fault_at(START_AFTER_COMMIT);
    if (!exchange_heard(exchange))
        return;
    if (said->err != NULL) {
        answer_err(exchange, said->err);
        return;
    }
    struct api *api = exchange->api;
    engine_expect(api->engine, said->id);
    exchange->instance = said->id;
    exchange->status = said->created ? 201 : 200;
    exchange->started = json_object();
    json_object_set_new(exchange->started, "id", json_text(id_print(said->id, id)));
    json_object_set_new(exchange->started, "key", json_text(said->key));
    json_object_set_new(exchange->started, "flow", json_text(exchange->flow));
    json_object_set_new(exchange->started, "version", json_integer(said->version));
    json_object_set_new(exchange->started, "created", json_boolean(said->created));
    answer_header(exchange, "Location",
                  arena_printf(exchange->call, "/v1/instances/%s", id));
    fault_at(START_BEFORE_REPLY);
    if (wait_of(exchange) > 0) {
        wait_for_end(exchange);
        return;
    }
    answer_json(exchange, exchange->status, exchange->started);
}

/* ---- Prefer: wait ---- */

static void answer_shown(struct exchange *exchange, const struct ir *ir)
{
    json_t *shown = show_instance(exchange, ir);
    if (shown == NULL)
        return;
    json_object_set(shown, "created", json_object_get(exchange->started, "created"));
    answer_json(exchange, exchange->status, shown);
    json_decref(shown);
}

static void stop_looking(struct exchange *exchange)
{
    exchange->is_waiting = false;
    loop_timer_stop(exchange->look);
    loop_timer_stop(exchange->patience);
    exchange->key =
        text_dup(exchange->call, json_text_of(json_object_get(exchange->started, "id")));
    show_load(exchange, exchange->key, answer_shown);
}

static void ended(void *owner, struct id instance)
{
    struct exchange *exchange = owner;
    (void)instance;
    exchange->watch = NULL;
    if (exchange->is_waiting)
        stop_looking(exchange);
}

static void patience_over(void *owner)
{
    struct exchange *exchange = owner;
    if (exchange->is_waiting)
        stop_looking(exchange);
}

static void looked(void *owner, const struct store_instances *instances)
{
    struct exchange *exchange = owner;
    if (!exchange_heard(exchange) || !exchange->is_waiting)
        return;
    if (instances->err == NULL && instances->items[0].is_there &&
        instance_status_is_ended(instances->items[0].status))
        stop_looking(exchange);
    else
        loop_timer_in(exchange->look, LOOK_EVERY);
}

static void look(void *owner)
{
    struct exchange *exchange = owner;
    exchange_asks(exchange);
    store_load(engine_store(exchange->api->engine), &exchange->instance, 1, looked,
               exchange);
}

/* Told by the engine when it is one of ours; looked after now and then in any case. */
static void wait_for_end(struct exchange *exchange)
{
    struct api *api = exchange->api;
    int64_t wait = wait_of(exchange);
    if (wait > api->config->http_wait)
        wait = api->config->http_wait;
    if (api->is_draining)
        wait = 0;
    answer_header(exchange, "Preference-Applied",
                  arena_printf(exchange->call, "wait=%lld", (long long)(wait / 1000000)));
    exchange->is_waiting = true;
    exchange->watch = engine_watch(api->engine, exchange->instance, ended, exchange);
    exchange->patience = loop_timer_new(api->loop, patience_over, exchange);
    exchange->look = loop_timer_new(api->loop, look, exchange);
    loop_timer_in(exchange->patience, wait);
    loop_timer_in(exchange->look, exchange->status == 200 ? 0 : LOOK_EVERY);
}
