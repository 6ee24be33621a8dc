/* An instance as it stands, for whoever may see it. */
#include "engine/api/show.h"

#include "engine/api/flows.h"
#include "engine/api/server.h"
#include "engine/base/arena.h"
#include "engine/core/view.h"

static void found(void *owner, const struct store_instances *instances);
static void loaded(void *owner, const struct store_instances *instances);

static void load(struct exchange *exchange)
{
    exchange_asks(exchange);
    store_load(engine_store(exchange->api->engine), &exchange->instance, 1, loaded,
               exchange);
}

void show_load(struct exchange *exchange, struct text id_or_key,
               void (*then)(struct exchange *exchange, const struct ir *ir))
{
    exchange->then = then;
    exchange->key = id_or_key;
    if (id_parse(id_or_key, &exchange->instance)) {
        load(exchange);
        return;
    }
    exchange_asks(exchange);
    store_find(engine_store(exchange->api->engine), exchange_query(exchange, "flow"),
               id_or_key, found, exchange);
}

static void answer_nothing(struct exchange *exchange)
{
    answer_refusal(exchange, ERR_NOT_FOUND,
                   arena_printf(exchange->call, "there is no instance \"" TEXT_FMT "\"",
                                TEXT_ARG(exchange->key)),
                   "GET /v1/instances lists them");
}

static void found(void *owner, const struct store_instances *instances)
{
    struct exchange *exchange = owner;
    if (!exchange_heard(exchange))
        return;
    if (instances->err != NULL) {
        answer_err(exchange, instances->err);
    } else if (instances->n == 0) {
        answer_nothing(exchange);
    } else if (instances->n > 1) {
        answer_refusal(exchange, ERR_CONFLICT, "instances of several flows have this key",
                       "add ?flow=NAME");
    } else {
        exchange->instance = instances->items[0].id;
        load(exchange);
    }
}

static void loaded(void *owner, const struct store_instances *instances)
{
    struct exchange *exchange = owner;
    if (!exchange_heard(exchange))
        return;
    if (instances->err != NULL) {
        answer_err(exchange, instances->err);
        return;
    }
    const struct store_instance *row = &instances->items[0];
    if (!row->is_there) {
        answer_nothing(exchange);
        return;
    }
    exchange->row = *row;
    exchange->row.flow = text_dup(exchange->call, row->flow);
    exchange->row.key = text_dup(exchange->call, row->key);
    exchange->row.snapshot = text_dup(exchange->call, row->snapshot);
    exchange->row.values = text_dup(exchange->call, row->values);
    flows_want_image(exchange, row->hash);
}

const struct instance *show_unpack(struct exchange *exchange, const struct ir *ir)
{
    const struct store_instance *row = &exchange->row;
    struct err err = {0};
    if (row->rev > 0) {
        struct instance *inst =
            instance_read(exchange->call, ir, row->snapshot, row->values, &err);
        if (inst == NULL)
            answer_err(exchange, &err);
        else if (row->status == STATUS_QUARANTINED)
            inst->status = row->status; /* its own snapshot does not know */
        return inst;
    }
    struct instance *inst = instance_new(exchange->call, ir, row->id);
    inst->key = row->key;
    inst->status = row->status;
    inst->since = inst->started_at = row->started_at;
    return inst;
}

json_t *show_instance(struct exchange *exchange, const struct ir *ir)
{
    const struct instance *inst = show_unpack(exchange, ir);
    return inst == NULL ? NULL
                        : view_show(exchange->call, ir, inst,
                                    engine_environment(exchange->api->engine),
                                    show_private(exchange));
}

enum wire_private show_private(const struct exchange *exchange)
{
    return text_is_chars(exchange->role, "flow_operator") ||
                   text_is_chars(exchange->role, "flow_owner")
               ? WIRE_SHOW_PRIVATE
               : WIRE_MASK_PRIVATE;
}
