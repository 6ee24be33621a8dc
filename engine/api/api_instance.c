/* Instances at the door: listing, showing, history, why, commands. */
#include <string.h>

#include "engine/api/server.h"
#include "engine/api/show.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/when.h"
#include "engine/core/advance.h"
#include "engine/core/view.h"
#include "engine/sys/clock.h"

void api_list(struct exchange *exchange)
{
    struct store_filter filter = {.flow = exchange_query(exchange, "flow"),
                                  .status = exchange_query(exchange, "status"),
                                  .state = exchange_query(exchange, "state"),
                                  .key = exchange_query(exchange, "key"),
                                  .after = exchange_query(exchange, "after")};
    if (!exchange_limit(exchange, &filter.limit) || !exchange_reaches_store(exchange))
        return;
    exchange_asks(exchange);
    store_list_instances(engine_store(exchange->api->engine), &filter, answer_list,
                         exchange);
}

void api_tasks(struct exchange *exchange)
{
    struct store_filter filter = {.flow = exchange_query(exchange, "flow"),
                                  .key = exchange_query(exchange, "key"),
                                  .after = exchange_query(exchange, "after")};
    if (!exchange_limit(exchange, &filter.limit) || !exchange_reaches_store(exchange))
        return;
    exchange_asks(exchange);
    store_list_tasks(engine_store(exchange->api->engine), &filter, answer_list, exchange);
}

void api_nodes(struct exchange *exchange)
{
    if (!exchange_reaches_store(exchange))
        return;
    exchange_asks(exchange);
    store_list_nodes(engine_store(exchange->api->engine), answer_list, exchange);
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

static json_t *adapters_by_name(struct text list)
{
    struct err none = {0};
    scoped_json json_t *rows = json_read(list, &none);
    json_t *by_name = json_object(), *row;
    size_t i;
    json_array_foreach(rows, i, row)
    {
        struct text name = json_text_of(json_object_get(row, "adapter"));
        json_object_setn(by_name, name.chars, name.n, row);
    }
    return by_name;
}

static json_t *held_of(const struct exchange *exchange)
{
    const struct store_hold *hold =
        engine_hold(exchange->api->engine, exchange->row.hash);
    char since[WHEN_TEXT_BYTES];
    if (hold == NULL)
        return NULL;
    return json_pack("{s:o, s:I}", "since",
                     json_text(when_instant_print(hold->since, since)), "set_aside",
                     (json_int_t)hold->set_aside);
}

static void why(struct exchange *exchange, const struct ir *ir)
{
    const struct instance *inst = show_unpack(exchange, ir);
    if (inst == NULL)
        return;
    struct environment environment = *engine_environment(exchange->api->engine);
    scoped_json json_t *adapters = adapters_by_name(exchange->answer);
    environment.adapters = adapters;
    scoped_json json_t *held = held_of(exchange);
    environment.held = held;
    json_t *json = view_why(exchange->call, ir, inst, &environment, clock_now(),
                            show_private(exchange));
    answer_json(exchange, 200, json);
    json_decref(json);
}

static void history_found(struct exchange *exchange, const struct ir *ir)
{
    (void)ir;
    struct store_filter filter = {.after = exchange_query(exchange, "after")};
    if (!exchange_limit(exchange, &filter.limit))
        return;
    exchange_asks(exchange);
    store_list_history(engine_store(exchange->api->engine), exchange->instance, &filter,
                       answer_list, exchange);
}

void api_show(struct exchange *exchange)
{
    if (exchange_reaches_store(exchange))
        show_load(exchange, exchange->parts[0], show);
}

static void adapters_listed(void *owner, const struct store_list *list)
{
    struct exchange *exchange = owner;
    if (!exchange_heard(exchange))
        return;
    if (list->err != NULL) {
        answer_err(exchange, list->err);
        return;
    }
    exchange->answer = text_dup(exchange->call, list->items);
    show_load(exchange, exchange->parts[0], why);
}

void api_why(struct exchange *exchange)
{
    if (!exchange_reaches_store(exchange))
        return;
    exchange_asks(exchange);
    store_list_adapters(engine_store(exchange->api->engine), adapters_listed, exchange);
}

void api_history(struct exchange *exchange)
{
    if (exchange_reaches_store(exchange))
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

/* What the engine would refuse now is refused before it is stored. False: answered. */
static bool is_taken(struct exchange *exchange, const struct ir *ir,
                     const struct stimulus *stimulus)
{
    struct err err = {0};
    const struct instance *inst = show_unpack(exchange, ir);
    if (inst == NULL)
        return false;
    exchange->place = "/data";
    if (advance_check_request(exchange->call, ir, inst,
                              engine_environment(exchange->api->engine), stimulus, &err))
        return true;
    if (stimulus->kind == STIMULUS_ANSWER && err.code == ERR_CONFLICT)
        err_hint(&err, "GET /v1/tasks lists what each task may be answered by");
    answer_misfit(exchange, &err);
    return false;
}

/* What has not begun is judged when it has; of what has ended, and of `migrate`, the
 * database judges: it knows all versions. */
static bool command_fits(struct exchange *exchange, const struct ir *ir)
{
    struct stimulus stimulus = {.kind = STIMULUS_COMMAND,
                                .now = clock_now(),
                                .verb = exchange->parts[1],
                                .step =
                                    json_text_of(json_object_get(exchange->body, "step")),
                                .data = json_object_get(exchange->body, "data")};
    return exchange->row.rev == 0 || instance_status_is_ended(exchange->row.status) ||
           text_is(exchange->parts[1], TEXT("migrate")) ||
           is_taken(exchange, ir, &stimulus);
}

static void command_found(struct exchange *exchange, const struct ir *ir)
{
    struct text reason, step;
    if (!exchange_reason(exchange, true, &reason) ||
        !exchange_member(exchange, "step", &step) || !command_fits(exchange, ir))
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
    if (exchange_reaches_store(exchange) && exchange_read_object(exchange) &&
        exchange_knows_members(exchange,
                               (const char *const[]){"reason", "step", "data", "to"}, 4))
        show_load(exchange, exchange->parts[0], command_found);
}

static void answer_judged(struct exchange *exchange, const struct ir *ir)
{
    const json_t *data = json_object_get(exchange->body, "data");
    struct stimulus stimulus = {.kind = STIMULUS_ANSWER,
                                .now = clock_now(),
                                .task = exchange->task_number,
                                .verb = exchange->outcome,
                                .data = data};
    if (!is_taken(exchange, ir, &stimulus))
        return;
    exchange_asks(exchange);
    store_answer(engine_store(exchange->api->engine), exchange->task, exchange->outcome,
                 data == NULL ? (struct text){"", 0} : json_write(exchange->call, data),
                 exchange->reason, exchange->actor, said, exchange);
}

static void task_found(void *owner, const struct store_task_place *place)
{
    struct exchange *exchange = owner;
    char id[ID_TEXT_BYTES];
    if (!exchange_heard(exchange))
        return;
    if (place->err != NULL) {
        answer_err(exchange, place->err);
        return;
    }
    exchange->task_number = place->number;
    show_load(exchange, text_dup(exchange->call, id_print(place->instance, id)),
              answer_judged);
}

void api_answer(struct exchange *exchange)
{
    if (!exchange_reaches_store(exchange) || !exchange_read_object(exchange) ||
        !exchange_knows_members(exchange,
                                (const char *const[]){"outcome", "data", "reason"}, 3) ||
        !exchange_member(exchange, "outcome", &exchange->outcome) ||
        !exchange_reason(exchange, false, &exchange->reason))
        return;
    if (!id_parse(exchange->parts[0], &exchange->task)) {
        answer_refusal(exchange, ERR_NOT_FOUND, "there is no such task", "");
        return;
    }
    if (exchange->outcome.n == 0) {
        struct err err = {0};
        err_set(&err, ERR_BAD_DATA, "\"outcome\" is missing: it wants text");
        err_hint(&err, "GET /v1/tasks lists what each task may be answered by");
        json_pointer_add(err.pointer, sizeof err.pointer, TEXT("outcome"));
        answer_err(exchange, &err);
        return;
    }
    exchange_asks(exchange);
    store_task_place(engine_store(exchange->api->engine), exchange->task, task_found,
                     exchange);
}
