/* Calls on their way: from a decision to an adapter, from its outcome to the instance. */
#include "engine/run/dispatch.h"
#include "engine/base/mutant.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/limits.h"
#include "engine/core/wire.h"
#include "engine/run/mapping.h"
#include "engine/run/parts.h"
#include "engine/sys/clock.h"
#include "engine/sys/dice.h"
#include "engine/sys/fault.h"
#include "engine/sys/keep.h"
#include "engine/sys/log.h"
#include "engine/sys/panic.h"
#include "engine/sys/stats.h"

enum {
    DEADLINE_GRACE =
        1000000, /* µs beyond its own deadline until we end an adapter's call */
    STRANGER_LIFE =
        60 * 1000000 /* µs an outcome waits for its shard to come back to us */
};

static void said(struct call *call, const struct call_outcome *outcome);
static void end(struct flight *flight, const struct call_outcome *outcome);
static void over(struct flight *flight);
static struct link *leave_line(struct flight *flight);
static void limit_passed(void *owner);
static void deadline_passed(void *owner);
static void say_calls(int fd, void *owner);

void dispatch_init(struct dispatch *dispatch, struct engine *engine)
{
    *dispatch = (struct dispatch){.engine = engine};
    TAILQ_INIT(&dispatch->ended);
    panic_add(say_calls, dispatch);
}

static void free_node(struct table_node *node, void *owner)
{
    (void)owner;
    struct flight *flight = table_item(node, struct flight, by_number);
    must(flight->phase != FLIGHT_SENT); /* adapters are closed before */
    dispatch_done(&flight->engine->dispatch, flight);
}

void dispatch_deinit(struct dispatch *dispatch)
{
    panic_remove(say_calls, dispatch);
    table_walk(&dispatch->by_number, free_node, NULL);
    table_deinit(&dispatch->by_number);
}

static uint64_t number_hash(struct id instance, uint32_t number)
{
    return table_mix(id_hash(instance) + number);
}

/* ---- making ---- */

static struct text keep_text(char **room, struct text t)
{
    struct text kept = {*room, t.n};
    if (t.n > 0)
        memcpy(*room, t.chars, t.n);
    *room += t.n;
    return kept;
}

static void set_errors(struct flight *flight, const struct ir *ir,
                       const struct ir_operation *operation)
{
    struct text *errors = keep_alloc((operation->errors.n + 1) * sizeof *errors);
    for (uint32_t i = 0; i < operation->errors.n; i++)
        errors[i] =
            ir_text(ir, ir->errors[ir->error_uses[operation->errors.first + i]].name);
    flight->call.errors = errors;
    flight->call.errors_n = operation->errors.n;
}

/* One trace an instance: its id is the trace id, each attempt a span of its own. */
static void set_trace(struct flight *flight)
{
    char *at = flight->traceparent;
    uint64_t span = dice_u64() | 1;
    memcpy(at, "00-", 3);
    text_hex(at + 3, flight->instance.bytes, 16);
    at[35] = '-';
    text_hex(at + 36, &span, sizeof span);
    memcpy(at + 52, "-01", 4);
    flight->call.traceparent = (struct text){at, 55};
}

struct flight *flight_new(struct engine *engine, struct program *program,
                          const struct instance *inst, const struct call_order *order,
                          int64_t now)
{
    const struct ir *ir = program->ir;
    const struct ir_operation *operation = &ir->operations[order->operation];
    struct flight *flight = keep_alloc(sizeof *flight + order->step.n + inst->key.n + 1);
    char *room = flight->chars;
    flight->engine = engine;
    flight->instance = inst->id;
    flight->number = order->number;
    flight->phase = FLIGHT_ORDERED;
    flight->program = program_keep(program);
    flight->adapter = operation->adapter;
    flight->adapter_name = ir_text(ir, ir->adapters[operation->adapter].name);
    flight->args =
        wire_write_fields(ir, operation->params, order->args.items, WIRE_WHOLE);
    flight->limit_at = order->limit_at;
    flight->needs_generation = order->has_key && order->key_has_generation;
    flight->key = order->key;
    flight->call = (struct call){.operation = ir_text(ir, operation->name),
                                 .is_effect = order->is_effect,
                                 .has_result = operation->gives != IR_NONE,
                                 .args = flight->args,
                                 .step = keep_text(&room, order->step),
                                 .attempt = order->attempt,
                                 .correlation = keep_text(&room, inst->key),
                                 .within_us = order->deadline - now,
                                 .done = said,
                                 .owner = flight};
    flight->call.instance = id_print(flight->instance, flight->id_text);
    if (order->has_key)
        flight->call.key = digest_hex(&flight->key, flight->key_hex);
    if (flight->call.correlation.n == 0)
        flight->call.correlation = flight->call.instance;
    set_errors(flight, ir, operation);
    set_trace(flight);
    return flight;
}

void flight_free(struct flight *flight)
{
    must(flight->phase != FLIGHT_SENT);
    loop_timer_free(flight->deadline);
    arena_free(flight->shape);
    json_decref(flight->args);
    json_decref((json_t *)flight->outcome.data);
    keep_free(flight->said);
    keep_free((void *)flight->call.errors);
    program_put(&flight->engine->cache, flight->program);
    keep_free(flight);
}

/* What the other side sees: the digest, and how often the effect under this key was
 * undone since, so that doing it again is a new effect. */
static void set_key(struct flight *flight, uint32_t generation)
{
    char bytes[sizeof flight->key.bytes + 16];
    memcpy(bytes, flight->key.bytes, sizeof flight->key.bytes);
    int n = snprintf(bytes + sizeof flight->key.bytes, 16, "%u", generation);
    struct digest key =
        digest_of((struct text){bytes, sizeof flight->key.bytes + (size_t)n});
    flight->call.key = digest_hex(&key, flight->key_hex);
}

/* ---- beginning ---- */

static void end_unsent(struct flight *flight, enum call_outcome_kind kind,
                       const char *why)
{
    struct call_outcome outcome = {.kind = kind, .message = text_of(why)};
    end(flight, &outcome);
}

/* What an answer means to a mapped operation: by the mapping it was sent with. */
static void read_mapped(struct call *call, const struct call_reply *reply,
                        struct call_meaning *meaning)
{
    struct flight *flight = call->owner;
    struct engine *engine = flight->engine;
    const struct mapping_moment moment = {&engine->bindings.environment, clock_now()};
    mapping_read(flight->opened->mapping, loop_turn(engine->loop), &moment, call, reply,
                 meaning);
}

static bool shape(struct flight *flight, const struct mapping *mapping, struct err *err)
{
    struct engine *engine = flight->engine;
    const struct mapping_moment moment = {&engine->bindings.environment, clock_now()};
    if (!mapping_has(mapping, flight->call.operation))
        return true;
    flight->shape = arena_new("request", LIMIT_MAPPED_BYTES);
    flight->call.request = &flight->request;
    flight->call.read = read_mapped;
    return mapping_request(mapping, flight->shape, &moment, &flight->call,
                           &flight->request, err);
}

/* A successor that finds it in flight may send it: again, for all it knows. */
static bool can_be_handed_over(const struct flight *flight)
{
    return !flight->call.is_effect || flight->call.key.n > 0;
}

void dispatch_begin(struct dispatch *dispatch, struct flight *flight, uint32_t generation)
{
    struct engine *engine = dispatch->engine;
    if (can_be_handed_over(flight) &&
        lease_hands_over(&engine->lease, flight->instance)) {
        flight_free(flight);
        return;
    }
    if (flight->needs_generation)
        set_key(flight, generation);
    table_add(&dispatch->by_number, &flight->by_number,
              number_hash(flight->instance, flight->number));
    flight->is_watched = poison_call_begins(&engine->poison, flight->instance);
    struct link *link = bindings_link(&engine->bindings, flight->adapter_name);
    flight->phase = FLIGHT_WAITS;
    turns_add(&link->waiting, &flight->turn, flight->kind);
    link->waiting_n++;
    dispatch->waiting++;
    stats_set(STAT_CALLS_QUEUED, dispatch->waiting);
    if (link->waiting_n == 1 || breaker_is_shut(&link->gate.breaker))
        link_serve(link);
    else if (link->waiting_n > LIMIT_ADAPTER_LINE)
        flight_hold(flight, gate_look_in(link));
    if (flight->phase != FLIGHT_WAITS || flight->limit_at == 0)
        return;
    flight->deadline = loop_timer_new(engine->loop, limit_passed, flight);
    loop_timer_in(flight->deadline, flight->limit_at - clock_now());
}

static struct link *leave_line(struct flight *flight)
{
    struct engine *engine = flight->engine;
    struct link *link = bindings_link(&engine->bindings, flight->adapter_name);
    must(flight->phase == FLIGHT_WAITS);
    turns_remove(&link->waiting, &flight->turn);
    link->waiting_n--;
    engine->dispatch.waiting--;
    stats_set(STAT_CALLS_QUEUED, engine->dispatch.waiting);
    loop_timer_free(flight->deadline);
    flight->deadline = NULL;
    return link;
}

/* Its step gives up before it was its turn: the core says what that means. */
static void limit_passed(void *owner)
{
    flight_hold(owner, 0);
}

void flight_hold(struct flight *flight, int64_t look_in)
{
    leave_line(flight);
    stats_add(STAT_CALLS_HELD_BACK, 1);
    flight->outcome = (struct outcome){.kind = OUTCOME_HELD, .retry_after = look_in};
    over(flight);
}

struct ir_adapter flight_limits(const struct flight *flight)
{
    return slots_share(&flight->program->ir->adapters[flight->adapter],
                       flight->engine->lease.nodes);
}

void flight_send(struct flight *flight)
{
    struct engine *engine = flight->engine;
    struct dispatch *dispatch = &engine->dispatch;
    struct link *link = leave_line(flight);
    struct err err = {0};
    if (link->opened == NULL) {
        end_unsent(flight, CALL_UNAVAILABLE, link->problem);
        return;
    }
    if (!shape(flight, link->opened->mapping, &err)) {
        end_unsent(flight, CALL_BROKEN, err.what);
        return;
    }
    flight->phase = FLIGHT_SENT;
    flight->opened = link->opened;
    flight->opened->in_flight++;
    TAILQ_INSERT_TAIL(&flight->opened->sent, flight, in_line);
    const struct ir_adapter limits = flight_limits(flight);
    gate_sent(link, flight);
    slots_take(&link->slots, &limits, loop_now(engine->loop));
    dispatch->in_flight++;
    stats_add(STAT_CALLS, 1);
    stats_set(STAT_CALLS_IN_FLIGHT, dispatch->in_flight);
    if (flight->limit_at != 0 && flight->limit_at - clock_now() < flight->call.within_us)
        flight->call.within_us = flight->limit_at - clock_now();
    flight->deadline = loop_timer_new(engine->loop, deadline_passed, flight);
    loop_timer_in(flight->deadline, flight->call.within_us + DEADLINE_GRACE);
    fault_at(SEND_BEFORE);
    flight->opened->ops->begin(flight->opened->adapter, &flight->call);
    fault_at(SEND_AFTER);
}

/* An adapter that forgets its deadline does not stop the order. */
static void deadline_passed(void *owner)
{
    struct flight *flight = owner;
    stats_add(STAT_CALLS_LATE, 1);
    log_warn("adapter missed its deadline", LOG_TEXT("adapter", flight->adapter_name),
             LOG_ID("instance", flight->instance), LOG_TEXT("step", flight->call.step));
    flight->opened->ops->cancel(flight->opened->adapter, &flight->call);
    must(flight->phase == FLIGHT_ENDED);
}

/* ---- ending ---- */

static void said(struct call *call, const struct call_outcome *outcome)
{
    struct flight *flight = call->owner;
    struct engine *engine = flight->engine;
    struct link *link = flight->opened->link;
    bool failed = outcome->kind == CALL_UNAVAILABLE || outcome->kind == CALL_IN_DOUBT;
    must(flight->phase == FLIGHT_SENT);
    fault_at(REPLY_AFTER);
    TAILQ_REMOVE(&flight->opened->sent, flight, in_line);
    flight->opened->in_flight--;
    flight->opened = NULL;
    engine->dispatch.in_flight--;
    slots_give_back(&link->slots);
    gate_ended(link, flight, failed, outcome->message);
    loop_timer_free(flight->deadline);
    flight->deadline = NULL;
    end(flight, outcome);
}

static void count(const struct call_outcome *outcome)
{
    static const enum stat stats[] = {
        [CALL_VALUE] = STAT_CALLS_VALUE,
        [CALL_REFUSED] = STAT_CALLS_REFUSED,
        [CALL_UNAVAILABLE] = STAT_CALLS_UNAVAILABLE,
        [CALL_IN_DOUBT] = STAT_CALLS_IN_DOUBT,
        [CALL_BROKEN] = STAT_CALLS_BROKEN,
    };
    stats_add(stats[outcome->kind], 1);
}

static enum outcome_kind kind_of(enum call_outcome_kind kind)
{
    switch (kind) {
    case CALL_VALUE:
        return OUTCOME_VALUE;
    case CALL_REFUSED:
        return OUTCOME_REFUSED;
    case CALL_UNAVAILABLE:
        return OUTCOME_UNAVAILABLE;
    case CALL_IN_DOUBT:
        return OUTCOME_IN_DOUBT;
    case CALL_BROKEN:
        return OUTCOME_BROKEN;
    }
    must(false);
    return OUTCOME_BROKEN;
}

static void keep_outcome(struct flight *flight, const struct call_outcome *outcome)
{
    size_t message_n = outcome->message.n < LIMIT_PROBLEM_BYTES ? outcome->message.n
                                                                : LIMIT_PROBLEM_BYTES;
    flight->said = keep_alloc(outcome->name.n + message_n + 1);
    char *room = flight->said;
    flight->outcome = (struct outcome){
        .kind = kind_of(outcome->kind),
        .name = keep_text(&room, outcome->name),
        .message = keep_text(&room, text_cut(outcome->message, 0, message_n)),
        .data = json_incref(outcome->data),
        .sample = outcome->is_sample,
        .retry_after = outcome->retry_after_us};
}

/* To its instance, if that is one of ours; else it waits until we know whose it is. */
static void post(struct flight *flight)
{
    struct engine *engine = flight->engine;
    if (flight->is_posted || !lease_is_joined(&engine->lease) ||
        !store_holds(engine->store, store_shard_of(flight->instance)) ||
        (MUTANT(OUTCOME_DROPPED) && flight->number % 8 == 7))
        return;
    mailbox_post_outcome(&engine->mailbox, flight);
}

static void end(struct flight *flight, const struct call_outcome *outcome)
{
    struct dispatch *dispatch = &flight->engine->dispatch;
    count(outcome);
    stats_set(STAT_CALLS_IN_FLIGHT, dispatch->in_flight);
    keep_outcome(flight, outcome);
    over(flight);
}

static void over(struct flight *flight)
{
    flight->phase = FLIGHT_ENDED;
    flight->ended_at = loop_now(flight->engine->loop);
    TAILQ_INSERT_TAIL(&flight->engine->dispatch.ended, flight, in_line);
    post(flight);
}

struct flight *dispatch_find(const struct dispatch *dispatch, struct id instance,
                             uint32_t number)
{
    struct table_node *node =
        table_first(&dispatch->by_number, number_hash(instance, number));
    for (; node != NULL; node = table_next(node)) {
        struct flight *flight = table_item(node, struct flight, by_number);
        if (flight->number == number && id_is(flight->instance, instance))
            return flight;
    }
    return NULL;
}

void dispatch_done(struct dispatch *dispatch, struct flight *flight)
{
    if (flight->is_watched)
        poison_call_is_over(&dispatch->engine->poison, flight->instance);
    table_remove(&dispatch->by_number, &flight->by_number);
    if (flight->phase == FLIGHT_ENDED)
        TAILQ_REMOVE(&dispatch->ended, flight, in_line);
    if (flight->phase == FLIGHT_WAITS)
        leave_line(flight);
    flight_free(flight);
}

void dispatch_post_ended(struct dispatch *dispatch)
{
    struct flight *flight;
    if (MUTANT(ENDED_IS_NOT_TOLD))
        return;
    TAILQ_FOREACH(flight, &dispatch->ended, in_line)
    post(flight);
}

void dispatch_forget_strangers(struct dispatch *dispatch)
{
    struct flight *flight = TAILQ_FIRST(&dispatch->ended), *next;
    int64_t now = loop_now(dispatch->engine->loop);
    for (; flight != NULL; flight = next) {
        next = TAILQ_NEXT(flight, in_line);
        if (!flight->is_posted && now - flight->ended_at > STRANGER_LIFE)
            dispatch_done(dispatch, flight);
    }
}

static void hand_over(struct table_node *node, void *owner)
{
    struct flight *flight = table_item(node, struct flight, by_number);
    if (flight->phase == FLIGHT_WAITS && can_be_handed_over(flight))
        dispatch_done(owner, flight);
}

void dispatch_hand_over_waiting(struct dispatch *dispatch)
{
    table_walk(&dispatch->by_number, hand_over, dispatch);
}

static void end_waiting(struct table_node *node, void *owner)
{
    struct dispatch *dispatch = owner;
    struct flight *flight = table_item(node, struct flight, by_number);
    if (flight->phase != FLIGHT_WAITS)
        return;
    if (can_be_handed_over(flight)) {
        dispatch_done(dispatch, flight);
        return;
    }
    leave_line(flight);
    end_unsent(flight, CALL_UNAVAILABLE, "this node gave it up before it was sent");
}

void dispatch_end_waiting(struct dispatch *dispatch)
{
    table_walk(&dispatch->by_number, end_waiting, dispatch);
}

static void say_call(struct table_node *node, void *owner)
{
    const struct flight *flight = table_item(node, struct flight, by_number);
    panic_line(*(int *)owner, "%s instance=%s step=%.*s adapter=%.*s key=%.*s",
               flight->phase == FLIGHT_SENT ? "sent" : "waits or ended", flight->id_text,
               TEXT_ARG(flight->call.step), TEXT_ARG(flight->adapter_name),
               TEXT_ARG(flight->call.key));
}

static void say_calls(int fd, void *owner)
{
    struct dispatch *dispatch = owner;
    panic_line(fd, "--- calls: %u in flight, %u waiting", dispatch->in_flight,
               dispatch->waiting);
    table_walk(&dispatch->by_number, say_call, &fd);
}
