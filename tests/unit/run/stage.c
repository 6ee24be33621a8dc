/* A small world for engines. */
#include "tests/unit/run/stage.h"

#include <string.h>

#include "dsl/ir_pack.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/when.h"
#include "engine/store/version_meta.h"
#include "engine/sys/clock.h"
#include "engine/sys/dice.h"
#include "engine/sys/log.h"
#include "engine/sys/loop.h"

struct stage stage;

static bool drained;

/* ---- the scripted adapter ---- */

struct adapter {
    int nothing;
};

static struct adapter *script_open(const struct adapter_setup *setup, struct err *err)
{
    static struct adapter adapter;
    (void)setup, (void)err;
    stage.opened++;
    return &adapter;
}

static void script_begin(struct adapter *adapter, struct call *call)
{
    (void)adapter;
    REQUIRE(stage.heard_n < STAGE_CALLS);
    struct heard *heard = &stage.heard[stage.heard_n++];
    heard->call = call;
    heard->attempt = call->attempt;
    snprintf(heard->operation, sizeof heard->operation, TEXT_FMT,
             TEXT_ARG(call->operation));
    snprintf(heard->key, sizeof heard->key, TEXT_FMT, TEXT_ARG(call->key));
}

static void end_call(struct heard *heard, const struct call_outcome *outcome)
{
    struct call *call = heard->call;
    heard->call = NULL;
    call_done(call, outcome);
}

static void script_cancel(struct adapter *adapter, struct call *call)
{
    (void)adapter;
    const struct call_outcome outcome = {.kind = call->is_effect ? CALL_IN_DOUBT
                                                                 : CALL_UNAVAILABLE,
                                         .message = TEXT("cancelled")};
    for (uint32_t i = 0; i < stage.heard_n; i++)
        if (stage.heard[i].call == call) {
            stage.cancelled++;
            end_call(&stage.heard[i], &outcome);
            return;
        }
}

static void script_close(struct adapter *adapter)
{
    stage.closed++;
    for (uint32_t i = 0; i < stage.heard_n; i++)
        if (stage.heard[i].call != NULL)
            script_cancel(adapter, stage.heard[i].call);
}

static const struct adapter_option no_options[] = {{0}};

static const struct adapter_ops script = {.name = "script",
                                          .abi = ADAPTER_ABI,
                                          .options = no_options,
                                          .open = script_open,
                                          .begin = script_begin,
                                          .cancel = script_cancel,
                                          .close = script_close};

static const struct adapter_ops *find_adapter(struct text name)
{
    return text_is_chars(name, "script") ? &script : NULL;
}

/* ---- opening and closing ---- */

static int64_t now_of(void *nothing)
{
    (void)nothing;
    return clock_now();
}

void stage_open(void)
{
    stage = (struct stage){0};
    log_open(-1, LOG_FORMAT_TEXT, LOG_LEVEL_INFO);
    dice_seed(7);
    clock_hold(INT64_C(1778580000000000));
    stage.process = arena_new("process", 1 << 20);
    config_init(&stage.config, stage.process);
    stage.loop = loop_new();
    stage.world = store_world_new(now_of, NULL);
    sample_open(&stage.sample);
    stage.sample.ir->operations[SAMPLE_CREATE].found_by = SAMPLE_FIND;
}

void stage_deploy_flow(void)
{
    struct text packed;
    struct err err = {0};
    bool ok = ir_pack(stage.sample.arena, stage.sample.ir, &packed, &err);
    if (!ok)
        fprintf(stderr, "%s\n", err.what);
    REQUIRE(ok);
    scoped_json json_t *meta = version_meta(stage.sample.ir);
    REQUIRE(store_world_deploy(stage.world, stage.sample.ir->hash, packed, TEXT("order"),
                               meta, &err));
}

void stage_deploy(void)
{
    stage_deploy_flow();
    stage_deploy_environment();
}

void stage_deploy_environment(void)
{
    scoped_json json_t *document = json_pack(
        "{s:s, s:{}, s:{}, s:{}, s:{s:{s:s, s:{}}}}", "name", "test", "settings", "roles",
        "calendars", "adapters", "erp", "over", "script", "options");
    store_world_environment(stage.world, document);
}

void stage_node_open(uint32_t node)
{
    const struct engine_setup setup = {
        .loop = stage.loop, .config = &stage.config, .adapter_find = find_adapter};
    struct engine *engine = engine_new(&setup);
    const struct store_options options = {.node = TEXT("node"), .lanes = 2};
    const struct store_hooks hooks = engine_hooks(engine);
    stage.nodes[node].engine = engine;
    stage.nodes[node].store =
        store_mem_open(loop_base(stage.loop), stage.world, &options, &hooks);
    engine_start(engine, stage.nodes[node].store);
    REQUIRE(node != 0 || stage_until(is_ready));
}

static void close_node(uint32_t node)
{
    engine_stop(stage.nodes[node].engine);
    store_close(stage.nodes[node].store);
    engine_free(stage.nodes[node].engine);
    stage.nodes[node].engine = NULL;
    stage.nodes[node].store = NULL;
}

void stage_node_kill(uint32_t node)
{
    close_node(node);
}

static void on_drained(void *owner)
{
    (void)owner;
    drained = true;
}

void stage_node_drain(uint32_t node)
{
    drained = false;
    engine_drain(stage.nodes[node].engine, on_drained, NULL);
}

void stage_close(void)
{
    for (uint32_t i = 0; i < STAGE_NODES; i++)
        if (stage.nodes[i].engine != NULL)
            close_node(i);
    store_world_free(stage.world);
    arena_free(stage.sample.arena);
    arena_free(stage.process);
    loop_free(stage.loop);
    clock_release();
}

/* ---- time ---- */

static bool (*wanted)(void);

static bool step(void *nothing)
{
    (void)nothing;
    if (wanted())
        return true;
    clock_advance(5000);
    return false;
}

bool stage_until(bool (*done)(void))
{
    wanted = done;
    return loop_until(stage.loop, step, NULL, 5 * WHEN_SECOND);
}

static int64_t pass_until;

static bool has_passed(void *nothing)
{
    (void)nothing;
    int64_t left = pass_until - clock_now();
    if (left <= 0)
        return true;
    clock_advance(left < 500000 ? left : 500000);
    loop_again(stage.loop);
    return false;
}

void stage_pass(int64_t duration)
{
    pass_until = clock_now() + duration;
    REQUIRE(loop_until(stage.loop, has_passed, NULL, 20 * WHEN_SECOND));
}

/* ---- asking ---- */

static void said(void *owner, const struct store_said *what)
{
    (void)owner;
    stage.said = what->err == NULL ? ERR_OK : what->err->code;
    if (what->err == NULL && !id_is_none(what->id))
        stage.id = what->id;
    stage.was_created = what->created;
    stage.is_said = true;
}

static bool is_said(void)
{
    return stage.is_said;
}

static struct store *any_store(void)
{
    return stage.nodes[0].store != NULL ? stage.nodes[0].store : stage.nodes[1].store;
}

void stage_start(const char *key, const char *args)
{
    stage.is_said = false;
    store_start(any_store(), TEXT("order"), text_of(args), text_of(key), TEXT("me"), said,
                NULL);
    REQUIRE(stage_until(is_said));
}

void stage_adapter(const char *verb)
{
    struct id kept = stage.id;
    stage.is_said = false;
    store_adapter(any_store(), TEXT("erp"), text_of(verb), TEXT("tests"), TEXT("me"),
                  said, NULL);
    REQUIRE(stage_until(is_said));
    stage.id = kept;
}

void stage_let_go(const char *flow)
{
    struct id kept = stage.id;
    stage.is_said = false;
    store_let_go(any_store(), text_of(flow), 0, TEXT("tests"), TEXT("me"), said, NULL);
    REQUIRE(stage_until(is_said));
    stage.id = kept;
}

void stage_send(const char *event, const char *body)
{
    struct id kept = stage.id;
    stage.is_said = false;
    store_send(any_store(), text_of(event), text_of(body), TEXT(""), TEXT("me"), said,
               NULL);
    REQUIRE(stage_until(is_said));
    stage.id = kept;
}

void stage_command(const char *verb)
{
    struct id kept = stage.id;
    stage.is_said = false;
    store_command(any_store(), stage.id, text_of(verb), TEXT(""), TEXT("because"),
                  TEXT("me"), said, NULL);
    REQUIRE(stage_until(is_said));
    stage.id = kept;
}

static void loaded(void *owner, const struct store_instances *instances)
{
    (void)owner;
    REQUIRE(instances->err == NULL);
    stage.row = instances->items[0];
    stage.row.snapshot = stage.row.flow = stage.row.key = (struct text){"", 0};
    stage.is_said = true;
}

/* Without the clock moving: what is, is. */
enum instance_status stage_status(void)
{
    stage.is_said = false;
    store_load(any_store(), &stage.id, 1, loaded, NULL);
    for (int i = 0; i < 1000 && !stage.is_said; i++)
        loop_once(stage.loop, false);
    REQUIRE(stage.is_said);
    return stage.row.is_there ? stage.row.status : (enum instance_status)0;
}

/* ---- calls ---- */

uint32_t stage_calls_open(void)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < stage.heard_n; i++)
        n += stage.heard[i].call != NULL;
    return n;
}

struct heard *stage_call(const char *operation)
{
    for (uint32_t i = 0; i < stage.heard_n; i++)
        if (stage.heard[i].call != NULL &&
            strcmp(stage.heard[i].operation, operation) == 0)
            return &stage.heard[i];
    return NULL;
}

void stage_answer(const char *operation, const char *json)
{
    struct heard *heard = stage_call(operation);
    REQUIRE(heard != NULL);
    scoped_json json_t *data = json_loads(json, JSON_DECODE_ANY, NULL);
    const struct call_outcome outcome = {.kind = CALL_VALUE, .data = data};
    end_call(heard, &outcome);
}

void stage_fail(const char *operation, enum call_outcome_kind kind)
{
    struct heard *heard = stage_call(operation);
    REQUIRE(heard != NULL);
    const struct call_outcome outcome = {.kind = kind, .message = TEXT("as told")};
    end_call(heard, &outcome);
}

/* ---- claims ---- */

bool is_called(void)
{
    return stage_calls_open() > 0;
}

bool is_waiting(void)
{
    return stage_status() == STATUS_WAITING;
}

bool is_ended(void)
{
    return instance_status_is_ended(stage_status());
}

bool is_ready(void)
{
    return engine_is_ready(stage.nodes[0].engine);
}

bool is_drained(void)
{
    return drained;
}
