/* Before an adapter: its breaker, the operator's hand, and who waits. */
#include "engine/run/gate.h"

#include "engine/base/limits.h"
#include "engine/run/parts.h"
#include "engine/sys/clock.h"
#include "engine/sys/dice.h"
#include "engine/sys/fault.h"
#include "engine/sys/keep.h"
#include "engine/sys/log.h"
#include "engine/sys/stats.h"

enum {
    LOOK_IN = 10 * 1000000, /* µs until who is held looks by itself */
    LOOK_EACH = 10000,      /* µs between two who do so, where there are many */
    LET_GO_EVERY = 20000,   /* µs between two bunches that are told */
    LET_GO_MAX = 64,        /* in a bunch */
    CANDIDATE_IN = 1000000, /* µs until another one is asked to try */
    TRY_GRACE = 5000000     /* µs beyond its deadline until others may try */
};

static void later(void *owner);
static void came(void *owner, const struct store_breakers *breakers);

void gate_init(struct link *link)
{
    struct gate *gate = &link->gate;
    TAILQ_INIT(&gate->held);
    breaker_begin(&gate->breaker, loop_now(link->engine->loop));
    gate->later = loop_timer_new(link->engine->loop, later, link);
}

static void forget(struct held *held)
{
    struct link *link = held->link;
    struct gates *gates = &link->engine->bindings.gates;
    TAILQ_REMOVE(&link->gate.held, held, in_line);
    table_remove(&gates->held, &held->by_id);
    link->gate.held_n--;
    gates->held_n--;
    stats_set(STAT_CALLS_HELD, gates->held_n);
    keep_free(held);
}

void gate_deinit(struct link *link)
{
    struct held *held;
    while ((held = TAILQ_FIRST(&link->gate.held)) != NULL)
        forget(held);
    loop_timer_free(link->gate.later);
}

void gates_deinit(struct bindings *bindings)
{
    table_deinit(&bindings->gates.held);
    keep_free(bindings->gates.holds);
}

/* ---- what all nodes know ---- */

void gates_heard(struct bindings *bindings, uint64_t rev)
{
    bindings->gates.is_wanted |= bindings->gates.rev != rev;
    bindings->gates.rev = rev;
}

static void say_change(const struct link *link, const struct store_breaker *was)
{
    const struct store_breaker *row = &link->gate.breaker.row;
    struct text name = text_of(link->name);
    if (row->is_paused != was->is_paused)
        log_info(row->is_paused ? "adapter is paused" : "adapter goes on",
                 LOG_TEXT("adapter", name));
    if (row->state == was->state)
        return;
    switch (row->state) {
    case STORE_BREAKER_OPEN:
        log_warn("adapter takes no calls: breaker open", LOG_TEXT("adapter", name),
                 LOG_INT("failures", row->failures), LOG_INT("round", row->rounds));
        return;
    case STORE_BREAKER_CLOSED:
        log_info("adapter takes calls again", LOG_TEXT("adapter", name),
                 LOG_INT("held", link->gate.held_n));
        return;
    case STORE_BREAKER_TRYING:
        return;
    }
}

static void learn(struct bindings *bindings, const struct store_breakers *breakers,
                  const struct link *setter)
{
    int64_t now = loop_now(bindings->engine->loop);
    for (uint32_t i = 0; i < breakers->n; i++) {
        const struct store_breaker *row = &breakers->items[i];
        struct link *link = bindings_link(bindings, row->adapter);
        struct store_breaker was = link->gate.breaker.row;
        bool we_try = link == setter && breakers->is_set && link->gate.wants_try;
        breaker_learn(&link->gate.breaker, row, we_try, now);
        link->gate.breaker.row.adapter = text_of(link->name);
        say_change(link, &was);
    }
    loop_again(bindings->engine->loop);
}

static void came(void *owner, const struct store_breakers *breakers)
{
    struct bindings *bindings = owner;
    bindings->gates.is_under_way = false;
    if (breakers->err != NULL)
        bindings->gates.is_wanted = true;
    else
        learn(bindings, breakers, NULL);
}

/* ---- what we tell all nodes ---- */

/* Somebody was faster, or the database is away: what all know counts. */
static void was_set(void *owner, const struct store_breakers *breakers)
{
    struct link *link = owner;
    struct gate *gate = &link->gate;
    fault_at(BREAKER_AFTER);
    gate->is_setting = false;
    gate->breaker.is_opening = false;
    if (breakers->err == NULL)
        learn(&link->engine->bindings, breakers, link);
    else
        link->engine->bindings.gates.is_wanted = true;
    gate->wants_try = false;
}

static void set(struct link *link, const struct breaker_wish *wish)
{
    struct engine *engine = link->engine;
    struct gate *gate = &link->gate;
    struct store_breaker row = wish->row;
    row.adapter = text_of(link->name);
    if (gate->is_setting || !lease_is_joined(&engine->lease)) {
        gate->breaker.is_opening = false;
        return;
    }
    fault_at(BREAKER_BEFORE);
    gate->is_setting = true;
    gate->wants_try = row.state == STORE_BREAKER_TRYING;
    store_breaker_set(engine->store, &row, wish->wait,
                      row.state == STORE_BREAKER_OPEN ? text_of(gate->problem) : TEXT(""),
                      was_set, link);
}

/* ---- calls ---- */

int64_t gate_look_in(const struct link *link)
{
    int64_t all = (int64_t)link->gate.held_n * LOOK_EACH;
    return all > LOOK_IN ? all : LOOK_IN;
}

struct holding {
    const struct link *link;
    const struct flight *stays;
};

static void hold(struct turn *turn, void *owner)
{
    const struct holding *holding = owner;
    struct flight *flight = turn_item(turn, struct flight, turn);
    if (flight != holding->stays)
        flight_hold(flight, gate_look_in(holding->link));
}

/* All that wait but `stays`: their instances sleep. */
static void hold_others(struct link *link, const struct flight *stays)
{
    struct holding holding = {link, stays};
    turns_walk(&link->waiting, hold, &holding);
}

/* The one that stays to try it goes too when its shard does. */
static void hold_but_first(struct link *link)
{
    struct flight *first = link_first(link);
    bool stays =
        first != NULL && !lease_hands_over(&link->engine->lease, first->instance);
    hold_others(link, stays ? first : NULL);
}

bool gate_lets(struct link *link)
{
    struct engine *engine = link->engine;
    struct gate *gate = &link->gate;
    int64_t now = loop_now(engine->loop);
    const struct flight *first = link_first(link);
    switch (breaker_ask(&gate->breaker, clock_now())) {
    case BREAKER_SHUT:
        hold_others(link, NULL);
        return false;
    case BREAKER_LATER:
        hold_but_first(link);
        if (gate->breaker.row.next_at != 0)
            loop_timer_in(gate->later, gate->breaker.row.next_at - clock_now());
        return false;
    case BREAKER_TRY: {
        struct breaker_wish wish =
            breaker_try(&gate->breaker, first->call.within_us + TRY_GRACE);
        if (!gate->is_setting)
            set(link, &wish);
        return false;
    }
    case BREAKER_GO:
        break;
    }
    uint32_t window =
        breaker_window(&gate->breaker, (uint32_t)engine->config->calls_max, now);
    if (window == 0 || link->slots.at_once < window)
        return true;
    loop_timer_at(gate->later, gate->breaker.grows_at);
    return false;
}

void gate_sent(struct link *link, struct flight *flight)
{
    flight->tries_adapter = breaker_sent(&link->gate.breaker);
}

/* What the flow says of its adapter, else the node. */
static struct breaker_rules rules_of(const struct flight *flight)
{
    const struct config *config = flight->engine->config;
    const struct ir_adapter *said = &flight->program->ir->adapters[flight->adapter];
    if (said->rest == 0)
        return (struct breaker_rules){(uint32_t)config->breaker_failures,
                                      config->breaker_pause, config->breaker_pause_max};
    return (struct breaker_rules){
        said->rest_after, said->rest,
        said->rest > config->breaker_pause_max ? said->rest : config->breaker_pause_max};
}

void gate_ended(struct link *link, struct flight *flight, bool failed,
                struct text problem)
{
    const struct breaker_rules rules = rules_of(flight);
    struct gate *gate = &link->gate;
    struct breaker_wish wish;
    if (failed)
        snprintf(gate->problem, sizeof gate->problem, TEXT_FMT,
                 TEXT_ARG(text_cut(problem, 0, sizeof gate->problem - 1)));
    if (link->engine->is_draining && !flight->tries_adapter)
        return; /* adapters that are closed end their calls: that says nothing */
    if (breaker_ended(&gate->breaker, &rules, flight->tries_adapter, failed, dice_u32(),
                      loop_now(link->engine->loop), &wish))
        set(link, &wish);
}

/* ---- who waits ---- */

static uint64_t held_hash(const struct link *link, struct id instance)
{
    return table_mix(id_hash(instance) + link->number);
}

static struct held *held_find(const struct link *link, struct id instance)
{
    struct table_node *node =
        table_first(&link->engine->bindings.gates.held, held_hash(link, instance));
    for (; node != NULL; node = table_next(node)) {
        struct held *held = table_item(node, struct held, by_id);
        if (held->link == link && id_is(held->instance, instance))
            return held;
    }
    return NULL;
}

void gate_note(struct engine *engine, struct text adapter, struct id instance)
{
    struct gates *gates = &engine->bindings.gates;
    struct link *link = bindings_link(&engine->bindings, adapter);
    if (gates->held_n >= LIMIT_HELD_KNOWN || held_find(link, instance) != NULL)
        return;
    struct held *held = keep_new_of(struct held);
    held->link = link;
    held->instance = instance;
    TAILQ_INSERT_TAIL(&link->gate.held, held, in_line);
    table_add(&gates->held, &held->by_id, held_hash(link, instance));
    link->gate.held_n++;
    gates->held_n++;
    stats_set(STAT_CALLS_HELD, gates->held_n);
}

/* The longest waiting first. What does not wait any more hears nothing new. */
static void let_go(struct link *link, uint32_t most)
{
    struct engine *engine = link->engine;
    struct held *held;
    while (most > 0 && (held = TAILQ_FIRST(&link->gate.held)) != NULL) {
        struct id instance = held->instance;
        forget(held);
        if (!store_holds(engine->store, store_shard_of(instance)))
            continue; /* whoever has it lets it go */
        mailbox_post_timer(&engine->mailbox, instance);
        most--;
    }
    link->gate.let_go_at = loop_now(engine->loop);
}

/* How many more calls it could take soon. */
static uint32_t room_of(struct link *link)
{
    struct gate *gate = &link->gate;
    uint32_t window =
        breaker_window(&gate->breaker, (uint32_t)link->engine->config->calls_max,
                       loop_now(link->engine->loop));
    uint32_t most = window == 0 || window > LET_GO_MAX ? LET_GO_MAX : window;
    return link->waiting_n >= most ? 0 : most - link->waiting_n;
}

static void let_go_who_may(struct link *link)
{
    struct gate *gate = &link->gate;
    int64_t now = loop_now(link->engine->loop);
    bool is_shut = breaker_is_shut(&gate->breaker);
    int64_t pause = is_shut ? CANDIDATE_IN : LET_GO_EVERY;
    if (gate->held_n == 0 || gate->breaker.row.is_paused ||
        (is_shut && link->waiting_n > 0))
        return;
    if (now - gate->let_go_at >= pause)
        let_go(link, is_shut ? 1 : room_of(link));
    loop_timer_at(gate->later, now + pause);
}

static void later(void *owner)
{
    struct link *link = owner;
    link_serve(link);
    loop_again(link->engine->loop);
}

/* ---- at each turn ---- */

static void say_holds(struct bindings *bindings)
{
    struct link *link;
    uint32_t n = 0;
    while (bindings->gates.room < bindings->links_n)
        bindings->gates.holds = keep_grow(bindings->gates.holds, &bindings->gates.room, 8,
                                          sizeof *bindings->gates.holds);
    TAILQ_FOREACH(link, &bindings->links, in_line)
    {
        const struct breaker *breaker = &link->gate.breaker;
        bool has_candidate = link->waiting_n > 0;
        if (breaker->row.is_paused || (breaker_is_shut(breaker) && has_candidate) ||
            link->waiting_n >= LIMIT_ADAPTER_LINE)
            bindings->gates.holds[n++] = (struct adapter_hold){
                text_of(link->name), clock_now() + gate_look_in(link)};
    }
    bindings->environment.holds = bindings->gates.holds;
    bindings->environment.holds_n = n;
}

void gates_turn(struct bindings *bindings)
{
    struct link *link;
    struct gates *gates = &bindings->gates;
    struct engine *engine = bindings->engine;
    if (gates->is_wanted && !gates->is_under_way && lease_is_joined(&engine->lease)) {
        gates->is_wanted = false;
        gates->is_under_way = true;
        store_breakers(engine->store, came, bindings);
    }
    if (gates->held_n > 0 && lease_is_working(&engine->lease) && !engine->is_draining)
        TAILQ_FOREACH(link, &bindings->links, in_line)
    let_go_who_may(link);
    say_holds(bindings);
}
