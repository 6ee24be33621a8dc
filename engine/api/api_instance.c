/* Instances at the door: listing, showing, history, why, commands. */
#include "engine/api/server.h"
#include "engine/api/show.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/core/view.h"
#include "engine/sys/clock.h"

static bool is_ready(struct exchange *exchange)
{
    struct api *api = exchange->api;
    if (engine_store(api->engine) != NULL && !engine_is_away(api->engine))
        return true;
    answer_refusal(exchange, ERR_UNAVAILABLE, "the database cannot be reached", "");
    return false;
}

static void listed(void *owner, const struct store_list *list)
{
    struct exchange *exchange = owner;
    if (exchange_heard(exchange))
        answer_list(exchange, list);
}

void api_list(struct exchange *exchange)
{
    struct store_filter filter = {.flow = exchange_query(exchange, "flow"),
                                  .status = exchange_query(exchange, "status"),
                                  .state = exchange_query(exchange, "state"),
                                  .key = exchange_query(exchange, "key"),
                                  .after = exchange_query(exchange, "after")};
    if (!exchange_limit(exchange, &filter.limit) || !is_ready(exchange))
        return;
    exchange_asks(exchange);
    store_list_instances(engine_store(exchange->api->engine), &filter, listed, exchange);
}

void api_tasks(struct exchange *exchange)
{
    struct store_filter filter = {.flow = exchange_query(exchange, "flow"),
                                  .key = exchange_query(exchange, "key"),
                                  .after = exchange_query(exchange, "after")};
    if (!exchange_limit(exchange, &filter.limit) || !is_ready(exchange))
        return;
    exchange_asks(exchange);
    store_list_tasks(engine_store(exchange->api->engine), &filter, listed, exchange);
}

void api_flows(struct exchange *exchange)
{
    if (!is_ready(exchange))
        return;
    exchange_asks(exchange);
    store_list_flows(engine_store(exchange->api->engine), listed, exchange);
}

/* ---- one instance ---- */

static void show(struct exchange *exchange, const struct ir *ir)
{
    json_t *json = show_instance(exchange, ir);
    if (json == NULL)
        return;
    answer_json(exchange, 200, json);
    json_decref(json);
}

static void why(struct exchange *exchange, const struct ir *ir)
{
    const struct instance *inst = show_unpack(exchange, ir);
    if (inst == NULL)
        return;
    json_t *json =
        view_why(exchange->call, ir, inst, engine_environment(exchange->api->engine),
                 clock_now(), show_private(exchange));
    answer_json(exchange, 200, json);
    json_decref(json);
}

static void history_listed(void *owner, const struct store_list *list)
{
    struct exchange *exchange = owner;
    if (exchange_heard(exchange))
        answer_list(exchange, list);
}

static void history_found(struct exchange *exchange, const struct ir *ir)
{
    (void)ir;
    struct store_filter filter = {.after = exchange_query(exchange, "after")};
    if (!exchange_limit(exchange, &filter.limit))
        return;
    exchange_asks(exchange);
    store_list_history(engine_store(exchange->api->engine), exchange->instance, &filter,
                       history_listed, exchange);
}

void api_show(struct exchange *exchange)
{
    if (is_ready(exchange))
        show_load(exchange, exchange->parts[0], show);
}

void api_why(struct exchange *exchange)
{
    if (is_ready(exchange))
        show_load(exchange, exchange->parts[0], why);
}

void api_history(struct exchange *exchange)
{
    if (is_ready(exchange))
        show_load(exchange, exchange->parts[0], history_found);
}

/* ---- commands and answers ---- */

static void said(void *owner, const struct store_said *what)
{
    struct exchange *exchange = owner;
    char id[ID_TEXT_BYTES];
    if (!exchange_heard(exchange))
        return;
    if (what->err != NULL) {
        answer_err(exchange, what->err);
        return;
    }
    engine_look(exchange->api->engine);
    scoped_json json_t *json = json_object();
    json_object_set_new(json, "command", json_text(id_print(what->id, id)));
    json_object_set_new(json, "done", json_false());
    answer_json(exchange, 202, json);
}

/* Verbs on what exists are recorded with a reason, but for trying out. */
static bool read_reason(struct exchange *exchange, bool is_needed, struct text *reason)
{
    if (!exchange_member(exchange, "reason", reason))
        return false;
    if (reason->n > 0 || !is_needed || exchange->api->is_dev)
        return true;
    answer_refusal(exchange, ERR_USAGE, "a reason is needed",
                   "add \"reason\": it is recorded with who asked");
    return false;
}

static void command_found(struct exchange *exchange, const struct ir *ir)
{
    struct text reason;
    (void)ir;
    if (!read_reason(exchange, true, &reason))
        return;
    scoped_json json_t *args = json_copy(exchange->body);
    json_object_del(args, "reason");
    exchange_asks(exchange);
    store_command(engine_store(exchange->api->engine), exchange->instance,
                  exchange->parts[1],
                  json_object_size(args) == 0 ? (struct text){"", 0}
                                              : json_write(exchange->call, args),
                  reason, exchange->actor, said, exchange);
}

void api_command(struct exchange *exchange)
{
    if (is_ready(exchange) && exchange_read_object(exchange))
        show_load(exchange, exchange->parts[0], command_found);
}

void api_answer(struct exchange *exchange)
{
    struct text outcome, reason;
    struct id task;
    if (!is_ready(exchange) || !exchange_read_object(exchange) ||
        !exchange_member(exchange, "outcome", &outcome) ||
        !read_reason(exchange, false, &reason))
        return;
    if (!id_parse(exchange->parts[0], &task)) {
        answer_refusal(exchange, ERR_NOT_FOUND, "there is no such task", "");
        return;
    }
    if (outcome.n == 0) {
        answer_refusal(exchange, ERR_BAD_DATA, "\"outcome\" is missing",
                       "GET /v1/tasks lists what each task may be answered by");
        return;
    }
    const json_t *data = json_object_get(exchange->body, "data");
    exchange_asks(exchange);
    store_answer(engine_store(exchange->api->engine), task, outcome,
                 data == NULL ? (struct text){"", 0} : json_write(exchange->call, data),
                 reason, exchange->actor, said, exchange);
}
