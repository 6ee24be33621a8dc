/* One seed: nodes that die, stop, are cut off and come back, customers, an operator. Time
 * leaps to whatever happens next. */
#include <stdio.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/run/engine.h"
#include "engine/store/mem_world.h"
#include "engine/store/version_meta.h"
#include "engine/sys/clock.h"
#include "engine/sys/config.h"
#include "engine/sys/dice.h"
#include "engine/sys/loop.h"
#include "tests/sim/systems.h"
#include "tests/unit/lower/compiled.h"

#define BEGINS_AT   INT64_C(1778580000000000)
#define NOISY_FOR   (10 * SIM_SECOND)
#define SETTLES_FOR (7 * SIM_SECOND) /* until nobody takes anything over any more */
#define QUIET_LEAST (10 * SIM_SECOND)
#define QUIET_MOST  (600 * SIM_SECOND) /* whoever has not ended by then is stuck */
#define LEAP_LEAST  1000               /* µs: what happens within is one moment */

struct sim_node {
    struct loop *loop;
    struct engine *engine; /* NULL: it is dead */
    struct store *store;
    struct clock_face clock;
    int64_t offset, drift; /* of its clock: µs, and millionths */
    int64_t again_at;      /* dead or paused: until then */
    bool has_work;         /* something was said to it outside of its loop */
    bool is_drained;
};

static struct sim_node nodes[SIM_NODES];
static struct sim_node customers; /* without an engine */
static uint32_t here;             /* whose turn it is */
static bool is_open;              /* the door: customers can reach the store */
static int64_t operator_again_at;
static struct config *config;
static uint32_t accident_next;

/* ---- clocks ---- */

/* Where the node's clocks stand: the monotonic one drifts, the wall clock says anything.
 */
static void set_clock(struct sim_node *node)
{
    int64_t since = sim.now - BEGINS_AT;
    node->clock.monotonic = node->offset + since + since * node->drift / 1000000;
    node->clock.wall = sim.now + node->drift * 1000 * (since / (3 * SIM_SECOND) % 3);
}

uint32_t play_node(void)
{
    return here;
}

uint64_t play_nonce(uint32_t node)
{
    return nodes[node].engine == NULL ? 0 : mem_of(nodes[node].store)->nonce;
}

bool play_is_awake(uint32_t node)
{
    return nodes[node].engine == NULL || sim.now >= nodes[node].again_at;
}

void play_enter(uint32_t node)
{
    here = node;
    set_clock(&nodes[node]);
    clock_wear(&nodes[node].clock);
    nodes[node].has_work = true;
}

void play_leave(void)
{
    clock_wear(NULL);
}

/* ---- nodes ---- */

static const struct adapter_ops *find_adapter(struct text name)
{
    return text_is_chars(name, "sim") ? &shop_adapter : NULL;
}

static void node_open(struct sim_node *node)
{
    const struct engine_setup setup = {
        .loop = node->loop, .config = config, .adapter_find = find_adapter};
    const struct store_options options = {
        .node = TEXT("node"), .lanes = 2, .heartbeat_life = config->lease};
    node->clock = (struct clock_face){0};
    node->offset = sim_below(1000000000);
    set_clock(node);
    node->is_drained = false;
    sim.opened++;
    node->engine = engine_new(&setup);
    const struct store_hooks hooks = engine_hooks(node->engine);
    node->store = store_mem_open(loop_base(node->loop), sim.world, &options, &hooks);
    engine_start(node->engine, node->store);
    sim_trace("node %d begins", (int)(node - nodes));
}

static void node_kill(struct sim_node *node)
{
    engine_stop(node->engine);
    store_close(node->store);
    engine_free(node->engine);
    node->engine = NULL;
    sim.disruptions++;
}

static void node_drained(void *owner)
{
    struct sim_node *node = owner;
    node->is_drained = true;
}

/* When it wants its next turn, by the world's clock. */
static int64_t node_next(struct sim_node *node)
{
    if (node->engine == NULL || sim.now < node->again_at)
        return node->again_at;
    if (node->has_work || mem_has_come(node->store))
        return sim.now;
    int64_t due = loop_due(node->loop);
    set_clock(node);
    return due == INT64_MAX ? due : sim.now + (due - node->clock.monotonic);
}

static void node_turn(struct sim_node *node)
{
    if (sim.now >= sim.quiet_at)
        node->again_at = 0;
    if (node_next(node) > sim.now)
        return;
    play_enter((uint32_t)(node - nodes));
    if (node->engine == NULL)
        node_open(node);
    if (sim.now >= sim.quiet_at)
        mem_of(node->store)->breaks = MEM_WHOLE; /* what was to befall its next commit */
    node->has_work = false;
    loop_once(node->loop, false);
    if (node->is_drained) {
        sim_trace("node %d is drained", (int)here);
        node_kill(node);
        node->again_at = sim.now + sim_below(2000000);
    }
    play_leave();
}

/* ---- accidents ---- */

static void strike(const struct sim_accident *accident)
{
    static const char *const names[] = {"is killed", "is paused",      "is cut off",
                                        "drains",    "loses a commit", "hears nothing"};
    struct sim_node *node = &nodes[accident->node];
    if (node->engine == NULL || sim.now < node->again_at)
        return;
    sim.faults_n++;
    sim.disruptions++;
    sim_trace("node %u %s", accident->node, names[accident->kind]);
    play_enter(accident->node);
    switch (accident->kind) {
    case SIM_KILL:
        node_kill(node);
        node->again_at = sim.now + accident->lasts;
        break;
    case SIM_PAUSE:
        node->again_at = sim.now + accident->lasts;
        break;
    case SIM_CUT:
        mem_cut(node->store);
        break;
    case SIM_DRAIN:
        engine_drain(node->engine, node_drained, node);
        break;
    case SIM_LOST:
        store_mem_break(node->store, false);
        break;
    case SIM_UNHEARD:
        store_mem_break(node->store, true);
        break;
    case SIM_KINDS:
        break;
    }
    play_leave();
}

static void accidents_turn(void)
{
    while (accident_next < sim.accidents_n && sim.accidents[accident_next].at <= sim.now)
        strike(&sim.accidents[accident_next++]);
}

/* ---- the roads to the store ---- */

static int64_t road_request(void *owner)
{
    (void)owner;
    if (sim_happens(sim.rates.commit_lost)) {
        sim.disruptions++;
        return -1;
    }
    if (sim_happens(sim.rates.held_back)) {
        sim.disruptions++;
        return sim_below(9000000);
    }
    return 200 + sim_below(2000);
}

static int64_t road_answer(void *owner)
{
    (void)owner;
    bool is_late = sim_happens(sim.rates.answer_late);
    sim.disruptions += is_late;
    return 200 + sim_below(is_late ? 2500000 : 2000);
}

/* ---- customers ---- */

static void hook_nothing(void *owner)
{
    (void)owner;
}

static void hook_up(void *owner)
{
    *(bool *)owner = true;
}

static void hook_away(void *owner, const struct err *err)
{
    (void)owner, (void)err;
}

static void on_started(void *owner, const struct store_said *said)
{
    struct sim_order *order = owner;
    order->is_acknowledged |= said->err == NULL;
    if (said->err == NULL)
        order->id = said->id;
    sim_trace("%s is %s", order->key, said->err == NULL ? "acknowledged" : "refused");
}

static void on_sent(void *owner, const struct store_said *said)
{
    struct sim_order *order = owner;
    if (said->err != NULL)
        sim_complain("%s: its event is refused: %s", order->key, said->err->what);
}

/* It may have come too late: then the operator looks again, and a customer does not. */
static void on_helped(void *owner, const struct store_said *said)
{
    (void)owner, (void)said;
}

static void send_body(struct sim_order *order, const char *event, const char *body)
{
    sim_trace("%s: %s is sent", order->key, event);
    for (uint32_t copies = 1 + sim_below(2); copies > 0; copies--)
        store_send(customers.store, text_of(event), text_of(body), TEXT(""),
                   TEXT("customer"), on_sent, order);
}

static void send_event(struct sim_order *order, const char *event)
{
    char body[96];
    snprintf(body, sizeof body, "{\"order\":\"%s\",\"message\":\"m%s\"}", order->key,
             order->key);
    send_body(order, event, body);
}

static void send_cancel(struct sim_order *order)
{
    char body[96];
    snprintf(body, sizeof body,
             "{\"order\":\"%s\",\"message\":\"m%s\",\"reason\":\"r\",\"by\":\"b\"}",
             order->key, order->key);
    send_body(order, "CancelRequested", body);
}

static void system_sends(uint32_t order, const char *event, const char *body)
{
    send_body(&sim.orders[order], event, body);
}

static void start_with(struct sim_order *order, const char *flow, const char *body)
{
    for (uint32_t copies = 1 + sim_below(2); copies > 0; copies--)
        store_start(customers.store, text_of(flow), text_of(body), TEXT(""),
                    TEXT("customer"), on_started, order);
}

static void start_whole(struct sim_order *order)
{
    scoped_json json_t *args = systems_order((uint32_t)(order - sim.orders));
    if (order->by_event) {
        json_object_set_new(args, "order_id", json_string(order->key));
        json_object_set_new(args, "message", json_sprintf("s%s", order->key));
    }
    char *body = json_dumps(args, JSON_COMPACT);
    if (order->by_event)
        send_body(order, "OrderSubmitted", body);
    else
        start_with(order, sim.story->name, body);
    free(body);
}

static void start(struct sim_order *order)
{
    char body[96];
    order->is_started = true;
    snprintf(body, sizeof body, "{\"id\":\"%s\"}", order->key);
    if (sim.story->is_whole)
        start_whole(order);
    else if (order->by_event)
        send_event(order, "Ordered");
    else
        start_with(order, "trade", body);
}

static void customer_turn(struct sim_order *order)
{
    if (!order->is_started && order->start_at <= sim.now)
        start(order);
    if (order->has_event && !order->is_sent && order->event_at <= sim.now) {
        order->is_sent = true;
        if (sim.story->is_whole)
            send_cancel(order);
        else
            send_event(order, order->cancels ? "Cancelled" : "Settled");
    }
    if (order->command != NULL && order->command_at <= sim.now &&
        !id_is_none(order->id)) {
        sim_trace("%s: the operator says %s", order->key, order->command);
        store_command(customers.store, order->id, text_of(order->command), TEXT(""),
                      TEXT("somebody asked"), TEXT("operator"), on_helped, NULL);
        order->command = NULL;
    }
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t customer_next(const struct sim_order *order)
{
    int64_t at = order->is_started ? INT64_MAX : order->start_at;
    if (order->has_event && !order->is_sent)
        at = sooner(at, order->event_at);
    if (order->command != NULL && order->command_at > sim.now)
        at = sooner(at, order->command_at);
    return at;
}

/* ---- the operator ---- */

static void decide_tasks(void)
{
    for (unsigned i = 0; i < sim.world->tasks.n; i++) {
        const struct mem_task *task = &sim.world->tasks.at[i];
        struct text says = sim_below(3) == 0 ? TEXT("no") : TEXT("yes");
        if (sim.story->is_whole)
            says = TEXT("try_again");
        else if (task->row.is_dead_letter || sim_below(3) == 0)
            continue;
        store_answer(customers.store, task->id, says, TEXT(""), TEXT(""), TEXT("desk"),
                     on_helped, NULL);
    }
}

static void help(const struct mem_instance *row, struct text verb)
{
    sim_trace(TEXT_FMT ": the operator says " TEXT_FMT, TEXT_ARG(row->key),
              TEXT_ARG(verb));
    sim.disruptions++;
    store_command(customers.store, row->id, verb, TEXT(""), TEXT("quiet"),
                  TEXT("operator"), on_helped, NULL);
}

/* Tasks are answered; when all is quiet, what was given up on is tried again. */
static void operator_turn(void)
{
    if (sim.now < operator_again_at || !is_open)
        return;
    operator_again_at = sim.now + 2 * SIM_SECOND;
    decide_tasks();
    for (unsigned i = 0; sim.now >= sim.quiet_at && i < sim.world->instances.n; i++) {
        const struct mem_instance *row = &sim.world->instances.at[i];
        if (row->status == STATUS_PARKED)
            help(row, TEXT("retry"));
        else if (row->status == STATUS_PAUSED)
            help(row, TEXT("resume"));
    }
}

/* ---- a seed ---- */

static uint32_t draw_rate(uint32_t most)
{
    return sim_below(2) == 0 ? 0 : 1 + sim_below(most);
}

static void draw_accidents(void)
{
    uint32_t kinds = sim_below(1 << SIM_KINDS);
    for (uint32_t n = sim_below(SIM_ACCIDENTS + 1); n > 0; n--) {
        struct sim_accident one = {.kind = sim_below(SIM_KINDS),
                                   .node = sim_below(SIM_NODES),
                                   .at = sim.now + sim_below(NOISY_FOR),
                                   .lasts = sim_below(9000000)};
        uint32_t i = sim.accidents_n;
        if ((kinds >> one.kind & 1) == 0)
            continue;
        for (; i > 0 && sim.accidents[i - 1].at > one.at; i--)
            sim.accidents[i] = sim.accidents[i - 1];
        sim.accidents[i] = one;
        sim.accidents_n++;
    }
}

static void draw_order(uint32_t i)
{
    struct sim_order *order = &sim.orders[i];
    snprintf(order->key, sizeof order->key, "o%u", i);
    order->start_at = sim.now + sim_below(NOISY_FOR / 2);
    order->event_at = sim.now + sim_below(NOISY_FOR); /* also before its start */
    order->has_event = sim_below(4) != 0;
    order->cancels = sim_below(3) == 0 || sim.story->only_cancels;
    order->by_event = sim.story->starts_on && sim_below(2) == 0;
    order->command_at = order->start_at + sim_below(NOISY_FOR / 2);
    if (sim_below(5) == 0)
        order->command = sim_below(3) == 0 || sim.story->is_whole ? "pause" : "cancel";
    order->has_event &= order->cancels || !sim.story->is_whole;
}

/* In one world of six nothing is wrong but the shop: then nothing has an excuse. */
static void draw(void)
{
    sim.rates = (struct sim_rates){.request_lost = draw_rate(300),
                                   .reply_lost = draw_rate(300),
                                   .refused = draw_rate(400),
                                   .slow = draw_rate(300),
                                   .hung_up = draw_rate(300)};
    if (sim_below(6) != 0) {
        sim.rates.held_back = draw_rate(40);
        sim.rates.commit_lost = draw_rate(20);
        sim.rates.answer_late = draw_rate(20);
        draw_accidents();
    }
    for (uint32_t i = 0; i < SIM_ORDERS; i++)
        draw_order(i);
}

static int64_t now_of(void *nothing)
{
    (void)nothing;
    return sim.now;
}

static void deploy(const struct compiled *compiled)
{
    struct err err = {0};
    for (uint32_t i = 0; i < compiled->flows_n; i++) {
        const struct compile_flow *flow = &compiled->flows[i];
        scoped_json json_t *meta = version_meta(flow->image);
        must(store_world_deploy(sim.world, flow->image->hash, flow->packed, TEXT("sim"),
                                meta, &err));
    }
    struct text bound =
        compiled->environments_n > 0 ? compiled->environments[0].json : TEXT("");
    scoped_json json_t *document =
        bound.n > 0 ? json_read(bound, &err)
                    : json_pack("{s:s, s:{}, s:{}, s:{}, s:{s:{s:s, s:{}}}}", "name",
                                "sim", "settings", "roles", "calendars", "adapters",
                                "shop", "over", "sim", "options");
    store_world_environment(sim.world, document);
}

static void world_open(void)
{
    static const struct mem_roads roads = {.request = road_request,
                                           .answer = road_answer};
    sim.world = store_world_new(now_of, NULL);
    deploy(sim.story->compiled);
    sim.world->roads = &roads;
    const struct store_hooks hooks = {.owner = &is_open,
                                      .up = hook_up,
                                      .away = hook_away,
                                      .over = hook_nothing,
                                      .bell = hook_nothing};
    const struct store_options options = {.node = TEXT("customers")};
    customers.loop = loop_new();
    customers.store =
        store_mem_open(loop_base(customers.loop), sim.world, &options, &hooks);
    for (int i = 0; i < SIM_NODES; i++)
        nodes[i] = (struct sim_node){.loop = loop_new(),
                                     .drift = (int64_t)sim_below(20001) - 10000,
                                     .again_at = sim.now + sim_below(2000000)};
    shop_open();
    systems_open();
}

static void world_close(void)
{
    for (uint32_t i = 0; i < SIM_NODES; i++) {
        play_enter(i);
        if (nodes[i].engine != NULL)
            node_kill(&nodes[i]);
        play_leave();
        loop_free(nodes[i].loop);
    }
    shop_close();
    store_close(customers.store);
    loop_free(customers.loop);
    store_world_free(sim.world);
    clock_release();
}

static bool is_over(void)
{
    if (sim.now < sim.quiet_at + QUIET_LEAST)
        return false;
    for (unsigned i = 0; i < sim.world->instances.n; i++) {
        const struct mem_instance *row = &sim.world->instances.at[i];
        if (!instance_status_is_ended(row->status) &&
            !text_is_chars(sim.world->versions.at[row->version].flow, "tick"))
            return false;
    }
    return true;
}

/* To the next thing that happens. */
static void leap(void)
{
    int64_t at = shop_next(), mem = mem_next(sim.world);
    if (is_open)
        at = sooner(sooner(at, operator_again_at), systems_next());
    if (mem != 0)
        at = sooner(at, mem);
    if (accident_next < sim.accidents_n)
        at = sooner(at, sim.accidents[accident_next].at);
    if (sim.now < sim.quiet_at)
        at = sooner(at, sim.quiet_at);
    for (uint32_t i = 0; i < SIM_ORDERS && is_open; i++)
        at = sooner(at, customer_next(&sim.orders[i]));
    for (uint32_t i = 0; i < SIM_NODES; i++)
        at = sooner(at, node_next(&nodes[i]));
    sim.now = at < sim.now + LEAP_LEAST ? sim.now + LEAP_LEAST : at;
    clock_hold(sim.now);
}

static void moment(void)
{
    accidents_turn();
    mem_turn(sim.world);
    shop_turn();
    for (uint32_t i = 0; i < SIM_ORDERS && is_open; i++)
        customer_turn(&sim.orders[i]);
    if (is_open)
        systems_turn(system_sends);
    operator_turn();
    if (mem_has_come(customers.store))
        loop_once(customers.loop, false);
    for (uint32_t i = 0, first = sim_below(SIM_NODES); i < SIM_NODES; i++)
        node_turn(&nodes[(first + i) % SIM_NODES]);
    if (sim.joined == 0 && sim.now >= sim.quiet_at + SETTLES_FOR)
        sim.joined = sim.world->next_node - sim.opened;
}

/* Every fifth world has little memory: most of what comes waits as rows, and what comes
 * after it is read past it. */
static void cramp(uint64_t seed)
{
    bool is_cramped = seed % 5 == 3;
    config->page = is_cramped ? 1 : 500;
    config->queue_max = is_cramped ? 2 : 20000;
}

void play(uint64_t seed, const struct story *story, struct config *its, bool is_traced)
{
    sim = (struct sim){.dice = seed,
                       .now = BEGINS_AT,
                       .quiet_at = BEGINS_AT + NOISY_FOR,
                       .is_traced = is_traced,
                       .story = story,
                       .hash = seed};
    config = its;
    config->poll = 2 * SIM_SECOND;
    config->beat = SIM_SECOND;
    cramp(seed);
    operator_again_at = BEGINS_AT;
    accident_next = 0;
    is_open = false;
    dice_seed(seed);
    clock_hold(sim.now);
    draw();
    world_open();
    while (!is_over() && sim.now < sim.quiet_at + QUIET_MOST &&
           sim.complaint[0] == '\0') {
        leap();
        moment();
    }
    judge();
    world_close();
}
