/* Many seeds, each a little world of its own; one that goes wrong is told again. */
#include "tests/sim/sim.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/run/engine.h"
#include "engine/store/mem_world.h"
#include "engine/store/version_meta.h"
#include "engine/sys/clock.h"
#include "engine/sys/config.h"
#include "engine/sys/dice.h"
#include "engine/sys/file.h"
#include "engine/sys/log.h"
#include "engine/sys/loop.h"
#include "tests/unit/lower/compiled.h"

#define BEGINS_AT  INT64_C(1778580000000000)
#define SECOND     INT64_C(1000000)
#define NOISY_FOR  (20 * SECOND)
#define QUIET_MOST (600 * SECOND) /* whoever has not ended by then is stuck */

struct sim sim;

struct sim_node {
    struct loop *loop;
    struct engine *engine; /* NULL: it is dead */
    struct store *store;
    int64_t again_at; /* dead or paused: until then */
};

static struct sim_node nodes[SIM_NODES];
static struct sim_node customers; /* without an engine */
static int64_t operator_again_at;
static bool is_late_allowed;
static struct config config;
static const struct compile_flow *flow;

/* ---- chance and trace ---- */

static uint64_t next(void)
{
    uint64_t z = (sim.dice += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint32_t sim_below(uint32_t n)
{
    return (uint32_t)(next() % n);
}

bool sim_happens(uint32_t rate)
{
    bool so = rate > 0 && sim.now < sim.quiet_at && sim_below(1000) < rate;
    sim.faults_n += so;
    return so;
}

void sim_trace(const char *format, ...)
{
    char line[256];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    for (const char *c = line; *c != '\0'; c++)
        sim.hash = (sim.hash ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
    sim.hash = (sim.hash ^ (uint64_t)sim.now) * UINT64_C(0x100000001b3);
    if (sim.is_traced)
        printf("%10.3f  %s\n", (double)(sim.now - BEGINS_AT) / 1e6, line);
}

void sim_complain(const char *format, ...)
{
    if (sim.complaint[0] != '\0')
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(sim.complaint, sizeof sim.complaint, format, args);
    va_end(args);
    sim_trace("WRONG: %s", sim.complaint);
}

/* ---- nodes ---- */

static const struct adapter_ops *find_adapter(struct text name)
{
    return text_is_chars(name, "sim") ? &shop_adapter : NULL;
}

static void node_open(struct sim_node *node)
{
    const struct engine_setup setup = {
        .loop = node->loop, .config = &config, .adapter_find = find_adapter};
    const struct store_options options = {.node = TEXT("node"), .lanes = 2};
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
}

static void node_turn(struct sim_node *node)
{
    int me = (int)(node - nodes);
    if (sim.now >= sim.quiet_at)
        node->again_at = 0;
    if (sim.now < node->again_at)
        return;
    if (node->engine == NULL) {
        node_open(node);
    } else if (sim_happens(sim.rates.kill)) {
        sim_trace("node %d is killed", me);
        node_kill(node);
        node->again_at = sim.now + sim_below(8000000);
        return;
    } else if (sim_happens(sim.rates.pause)) {
        sim_trace("node %d is paused", me);
        node->again_at = sim.now + sim_below(9000000);
        return;
    }
    if (sim_happens(sim.rates.commit_lost))
        store_mem_break(node->store, false);
    else if (sim_happens(sim.rates.answer_lost))
        store_mem_break(node->store, true);
    loop_once(node->loop, false);
}

/* ---- customers ---- */

static void hook_nothing(void *owner)
{
    (void)owner;
}

static void hook_away(void *owner, const struct err *err)
{
    (void)owner, (void)err;
}

static void on_started(void *owner, const struct store_said *said)
{
    struct sim_order *order = owner;
    order->is_acknowledged = said->err == NULL;
    sim_trace("%s is %s", order->key, said->err == NULL ? "acknowledged" : "refused");
}

static void on_sent(void *owner, const struct store_said *said)
{
    struct sim_order *order = owner;
    if (said->err != NULL)
        sim_complain("%s: its event is refused: %s", order->key, said->err->what);
}

static void customer_turn(struct sim_order *order)
{
    char body[96];
    if (!order->is_started && order->start_at <= sim.now) {
        order->is_started = true;
        snprintf(body, sizeof body, "{\"id\":\"%s\"}", order->key);
        for (uint32_t copies = 1 + sim_below(2); copies > 0; copies--)
            store_start(customers.store, TEXT("trade"), text_of(body), TEXT(""),
                        TEXT("customer"), on_started, order);
    }
    if (order->has_event && !order->is_sent && order->event_at <= sim.now) {
        order->is_sent = true;
        const char *event = order->cancels ? "Cancelled" : "Settled";
        sim_trace("%s: %s is sent", order->key, event);
        snprintf(body, sizeof body, "{\"order\":\"%s\",\"message\":\"m%s\"}", order->key,
                 order->key);
        for (uint32_t copies = 1 + sim_below(2); copies > 0; copies--)
            store_send(customers.store, text_of(event), text_of(body), TEXT(""),
                       TEXT("customer"), on_sent, order);
    }
}

static void on_helped(void *owner, const struct store_said *said)
{
    (void)owner, (void)said; /* it may have come too late: we look again */
}

/* When all is quiet somebody looks after what was given up on. */
static void operator_turn(void)
{
    if (sim.now < sim.quiet_at || sim.now < operator_again_at)
        return;
    operator_again_at = sim.now + 5 * SECOND;
    for (unsigned i = 0; i < sim.world->instances.n; i++) {
        const struct mem_instance *row = &sim.world->instances.at[i];
        if (row->status != STATUS_PARKED)
            continue;
        sim_trace(TEXT_FMT ": the operator has it tried again", TEXT_ARG(row->key));
        store_command(customers.store, row->id, TEXT("retry"), TEXT(""), TEXT("quiet"),
                      TEXT("operator"), on_helped, NULL);
    }
}

/* ---- a seed ---- */

static uint32_t draw_rate(uint32_t most)
{
    return sim_below(2) == 0 ? 0 : 1 + sim_below(most);
}

static void draw(void)
{
    sim.rates = (struct sim_rates){.kill = draw_rate(5),
                                   .pause = draw_rate(5),
                                   .commit_lost = draw_rate(20),
                                   .answer_lost = draw_rate(20),
                                   .request_lost = draw_rate(300),
                                   .reply_lost = draw_rate(300),
                                   .refused = draw_rate(300),
                                   .slow = draw_rate(300)};
    for (uint32_t i = 0; i < SIM_ORDERS; i++) {
        struct sim_order *order = &sim.orders[i];
        snprintf(order->key, sizeof order->key, "o%u", i);
        order->start_at = sim.now + sim_below(NOISY_FOR / 2);
        order->event_at = sim.now + sim_below(NOISY_FOR); /* also before its start */
        order->has_event = sim_below(4) != 0;
        order->cancels = sim_below(2) == 0;
    }
}

static int64_t now_of(void *nothing)
{
    (void)nothing;
    return sim.now;
}

static void world_open(void)
{
    struct err err = {0};
    sim.world = store_world_new(now_of, NULL);
    scoped_json json_t *meta = version_meta(flow->image);
    must(store_world_deploy(sim.world, flow->image->hash, flow->packed, TEXT("trade"),
                            meta, &err));
    scoped_json json_t *document =
        json_pack("{s:s, s:{}, s:{}, s:{}, s:{s:{s:s, s:{}}}}", "name", "sim", "settings",
                  "roles", "calendars", "adapters", "shop", "over", "sim", "options");
    store_world_environment(sim.world, document);
    const struct store_hooks hooks = {.up = hook_nothing,
                                      .away = hook_away,
                                      .over = hook_nothing,
                                      .bell = hook_nothing};
    const struct store_options options = {.node = TEXT("customers")};
    customers.loop = loop_new();
    customers.store =
        store_mem_open(loop_base(customers.loop), sim.world, &options, &hooks);
    loop_once(customers.loop, false);
    for (int i = 0; i < SIM_NODES; i++)
        nodes[i] = (struct sim_node){.loop = loop_new()};
    shop_open();
}

static void world_close(void)
{
    for (int i = 0; i < SIM_NODES; i++) {
        if (nodes[i].engine != NULL)
            node_kill(&nodes[i]);
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
    if (sim.now < sim.quiet_at)
        return false;
    for (unsigned i = 0; i < sim.world->instances.n; i++)
        if (!instance_status_is_ended(sim.world->instances.at[i].status))
            return false;
    return true;
}

static void play(uint64_t seed, bool is_traced)
{
    sim = (struct sim){.dice = seed,
                       .now = BEGINS_AT,
                       .quiet_at = BEGINS_AT + NOISY_FOR,
                       .is_traced = is_traced,
                       .hash = seed};
    sim.is_late_allowed = is_late_allowed;
    operator_again_at = 0;
    dice_seed(seed);
    clock_hold(sim.now);
    draw();
    world_open();
    while (!is_over() && sim.now < sim.quiet_at + QUIET_MOST) {
        int64_t step = 1000 + sim_below(sim.now < sim.quiet_at ? 60000 : 250000);
        sim.now += step;
        clock_advance(step);
        shop_turn();
        for (uint32_t i = 0; i < SIM_ORDERS; i++)
            customer_turn(&sim.orders[i]);
        operator_turn();
        loop_once(customers.loop, false);
        for (uint32_t i = 0, first = sim_below(SIM_NODES); i < SIM_NODES; i++)
            node_turn(&nodes[(first + i) % SIM_NODES]);
    }
    judge();
    world_close();
}

/* ---- many seeds ---- */

static bool read_flow(struct arena *process, const char *path)
{
    struct err err = {0};
    struct text text;
    if (!file_read(process, path, 1 << 20, &text, &err)) {
        fprintf(stderr, "sim: %s\n", err.what);
        return false;
    }
    const struct compiled *compiled = compiled_flow(process, text.chars);
    if (compiled_image(compiled) == NULL)
        return false;
    flow = &compiled->flows[0];
    return true;
}

/* Twice, and the second time everything happens again just so. */
static bool try_seed(uint64_t seed, uint64_t *faults)
{
    play(seed, false);
    uint64_t hash = sim.hash;
    *faults += sim.faults_n;
    if (sim.complaint[0] == '\0') {
        play(seed, false);
        if (sim.hash != hash)
            sim_complain("the same seed went another way");
    }
    if (sim.complaint[0] != '\0')
        printf("seed %llu: %s\n  to see it: tests/sim/sim --seed %llu --trace\n",
               (unsigned long long)seed, sim.complaint, (unsigned long long)seed);
    return sim.complaint[0] == '\0';
}

int main(int argc, char **argv)
{
    uint64_t first = 1, n = 100, failed = 0, faults = 0;
    bool is_traced = false;
    const char *path = "tests/sim/trade.flow";
    for (int i = 1; i < argc; i++) {
        bool has_more = i + 1 < argc;
        if (strcmp(argv[i], "--trace") == 0)
            is_traced = true;
        else if (strcmp(argv[i], "--late") == 0)
            is_late_allowed = true;
        else if (strcmp(argv[i], "--seed") == 0 && has_more)
            first = strtoull(argv[++i], NULL, 10), n = 1;
        else if (strcmp(argv[i], "--seeds") == 0 && has_more)
            n = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--flow") == 0 && has_more)
            path = argv[++i];
        else {
            fprintf(
                stderr,
                "usage: sim [--seed N] [--seeds N] [--trace] [--late] [--flow FILE]\n");
            return 2;
        }
    }
    scoped_arena struct arena *process = arena_new("process", 64 << 20);
    log_open(-1, LOG_FORMAT_TEXT, LOG_LEVEL_ERROR);
    config_init(&config, process);
    if (!read_flow(process, path))
        return 2;
    int64_t began = clock_real();
    for (uint64_t seed = first; seed < first + n; seed++)
        if (is_traced)
            play(seed, true), failed += sim.complaint[0] != '\0';
        else
            failed += !try_seed(seed, &faults);
    int64_t took = clock_real() - began;
    fprintf(stderr, "%llu faults; %.0f seeds a minute, each played %s\n",
            (unsigned long long)faults, (double)n * 60e6 / (double)(took > 0 ? took : 1),
            is_traced ? "once" : "twice");
    printf("%llu passed, %llu failed\n", (unsigned long long)(n - failed),
           (unsigned long long)failed);
    return failed > 0;
}
