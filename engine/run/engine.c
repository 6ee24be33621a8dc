/* The running whole: its parts in the order of a turn. */
#include "engine/run/engine.h"

#include "engine/base/arena.h"
#include "engine/run/parts.h"
#include "engine/sys/fault.h"
#include "engine/sys/keep.h"
#include "engine/sys/log.h"

enum {
    TEND_EVERY = 5 * 1000000, /* µs between two pieces of housekeeping */
    LAST_WORDS = 1000000 /* µs beyond its patience that a draining node commits in */
};

static void turn(void *owner);
static void tend(void *owner);

struct engine *engine_new(const struct engine_setup *setup)
{
    struct engine *engine = keep_new_of(struct engine);
    engine->loop = setup->loop;
    engine->config = setup->config;
    engine->adapter_find = setup->adapter_find;
    flow_cache_init(&engine->cache, engine);
    crowd_init(&engine->crowd);
    mailbox_init(&engine->mailbox, engine);
    poison_init(&engine->poison, engine);
    holds_init(&engine->holds, engine);
    commit_init(&engine->commit, engine);
    dispatch_init(&engine->dispatch, engine);
    bindings_init(&engine->bindings, engine);
    sched_init(&engine->sched, engine);
    front_init(&engine->front, engine);
    inbox_init(&engine->inbox, engine);
    moments_init(&engine->moments, engine);
    folders_init(&engine->folders, engine);
    lease_init(&engine->lease, engine);
    scans_init(&engine->scans, engine);
    engine->tend = loop_timer_new(engine->loop, tend, engine);
    return engine;
}

static void on_up(void *owner)
{
    struct engine *engine = owner;
    lease_up(&engine->lease);
}

static void on_away(void *owner, const struct err *err)
{
    struct engine *engine = owner;
    lease_away(&engine->lease, err);
}

static void on_over(void *owner)
{
    struct engine *engine = owner;
    lease_over(&engine->lease);
}

static void on_bell(void *owner)
{
    engine_look(owner);
}

static void on_nodes(void *owner)
{
    struct engine *engine = owner;
    lease_nodes(&engine->lease);
}

struct store_hooks engine_hooks(struct engine *engine)
{
    return (struct store_hooks){.owner = engine,
                                .up = on_up,
                                .away = on_away,
                                .over = on_over,
                                .bell = on_bell,
                                .nodes = on_nodes};
}

void engine_start(struct engine *engine, struct store *store)
{
    engine->store = store;
    commit_start(&engine->commit);
    loop_after_turn(engine->loop, turn, engine);
    sched_start(&engine->sched);
    scans_start(&engine->scans);
    loop_timer_in(engine->tend, TEND_EVERY);
}

/* ---- draining ---- */

void engine_drain(struct engine *engine, void (*drained)(void *owner), void *owner)
{
    if (engine->is_draining)
        return;
    log_info("draining", LOG_INT("calls", engine->dispatch.in_flight));
    fault_at(DRAIN_BEFORE);
    engine->is_draining = true;
    engine->drained = drained;
    engine->drained_owner = owner;
    engine->drain_until = loop_now(engine->loop) + engine->config->drain;
    sched_stop(&engine->sched);
    moments_stop(&engine->moments);
    folders_stop(&engine->folders);
    scans_stop(&engine->scans);
    mailbox_forget_new_work(&engine->mailbox);
    dispatch_hand_over_waiting(&engine->dispatch);
    lease_retire(&engine->lease);
    loop_timer_at(engine->tend, engine->drain_until);
    loop_again(engine->loop);
}

static bool is_patience_over(const struct engine *engine)
{
    return loop_now(engine->loop) >= engine->drain_until;
}

/* What is left when patience is over is settled by whoever comes next; only what was
 * never sent, and could not be sent again, must be known to have ended that way. */
static bool is_quiet(const struct engine *engine)
{
    if (!commit_is_idle(&engine->commit))
        return false;
    if (engine->lease.phase != LEASE_JOINED ||
        loop_now(engine->loop) >= engine->drain_until + LAST_WORDS)
        return true;
    bool is_idle = engine->dispatch.waiting == 0 && engine->mailbox.letters_n == 0;
    return is_idle && (engine->dispatch.in_flight == 0 || is_patience_over(engine));
}

static void release_all(struct engine *engine)
{
    engine->is_releasing = true;
    if (engine->dispatch.in_flight > 0)
        log_warn("calls in flight are handed over",
                 LOG_INT("calls", engine->dispatch.in_flight));
    lease_release_all(&engine->lease);
}

static void drain_turn(struct engine *engine)
{
    if (!engine->is_draining || engine->drained == NULL ||
        engine->lease.is_release_under_way)
        return;
    if (!engine->is_releasing) {
        if (is_patience_over(engine))
            dispatch_end_waiting(&engine->dispatch);
        if (is_quiet(engine))
            release_all(engine);
        else
            lease_release_quiet(&engine->lease);
    }
    if (!engine->is_releasing || engine->lease.is_release_under_way)
        return;
    void (*drained)(void *) = engine->drained;
    engine->drained = NULL;
    drained(engine->drained_owner);
}

void engine_stop(struct engine *engine)
{
    engine->is_draining = true;
    sched_stop(&engine->sched);
    moments_stop(&engine->moments);
    folders_stop(&engine->folders);
    scans_stop(&engine->scans);
    loop_timer_stop(engine->tend);
    loop_after_turn_remove(engine->loop, turn, engine);
    bindings_close(&engine->bindings);
    mailbox_forget_all(&engine->mailbox);
}

void engine_free(struct engine *engine)
{
    if (engine == NULL)
        return;
    commit_deinit(&engine->commit);
    mailbox_deinit(&engine->mailbox);
    crowd_deinit(&engine->crowd);
    poison_deinit(&engine->poison);
    holds_deinit(&engine->holds);
    dispatch_deinit(&engine->dispatch);
    inbox_deinit(&engine->inbox);
    moments_deinit(&engine->moments);
    folders_deinit(&engine->folders);
    bindings_deinit(&engine->bindings);
    sched_deinit(&engine->sched);
    lease_deinit(&engine->lease);
    scans_deinit(&engine->scans);
    watches_deinit(&engine->watches);
    flow_cache_deinit(&engine->cache);
    loop_timer_free(engine->tend);
    keep_free(engine);
}

/* ---- a turn ---- */

/* Callbacks have noted what happened; now it is read, decided, committed and acted on.
 * Mail and rows are asked for before what comes from outside: one connection reads both,
 * and instances wait for the former. */
static void turn(void *owner)
{
    struct engine *engine = owner;
    lease_turn(&engine->lease);
    bindings_turn(&engine->bindings);
    holds_turn(&engine->holds);
    sched_turn(&engine->sched);
    if (lease_is_joined(&engine->lease) && !engine->is_releasing) {
        poison_turn(&engine->poison);
        mailbox_turn(&engine->mailbox);
        commit_turn(&engine->commit);
    }
    inbox_turn(&engine->inbox);
    moments_turn(&engine->moments);
    folders_turn(&engine->folders);
    drain_turn(engine);
}

static void tended(void *owner, const struct store_tended *what)
{
    struct engine *engine = owner;
    if (what->err != NULL)
        log_warn("housekeeping failed, and is tried again", LOG_ERR(what->err));
    else if (what->more && lease_is_working(&engine->lease))
        store_tend(engine->store, tended, engine);
}

static void tend(void *owner)
{
    struct engine *engine = owner;
    if (engine->is_draining) {
        loop_timer_in(engine->tend, LAST_WORDS);
        return;
    }
    loop_timer_in(engine->tend, TEND_EVERY);
    if (lease_is_working(&engine->lease))
        store_tend(engine->store, tended, engine);
}

/* ---- for the door ---- */

struct store *engine_store(struct engine *engine)
{
    return engine->store;
}

bool engine_is_ready(const struct engine *engine)
{
    return lease_is_working(&engine->lease) && engine->bindings.is_known &&
           !engine->is_draining;
}

bool engine_is_away(const struct engine *engine)
{
    return engine->lease.phase == LEASE_AWAY;
}

bool engine_is_full(const struct engine *engine)
{
    return mailbox_is_full(&engine->mailbox, MAILBOX_WHOLE);
}

bool engine_is_behind(const struct engine *engine, struct text flow, struct text key)
{
    char room[STORE_LINE_BYTES];
    return crowd_is_behind(&engine->crowd, store_line(room, flow, key));
}

bool engine_is_flow_behind(const struct engine *engine, struct text flow)
{
    return crowd_is_flow_behind(&engine->crowd, flow);
}

void engine_look(struct engine *engine)
{
    sched_look(&engine->sched);
    inbox_look(&engine->inbox);
}

void engine_expect(struct engine *engine, struct id instance)
{
    engine_look(engine);
    if (lease_is_working(&engine->lease) && !lease_hands_over(&engine->lease, instance) &&
        store_holds(engine->store, store_shard_of(instance)))
        mailbox_expect(&engine->mailbox, instance);
}

void engine_reload(struct engine *engine)
{
    bindings_look(&engine->bindings);
}

void engine_program(struct engine *engine, struct digest hash, engine_program_done *done,
                    void *owner)
{
    flow_cache_want(&engine->cache, hash, done, owner);
}

const struct ir *engine_program_ir(const struct program *program)
{
    return program->ir;
}

void engine_program_put(struct engine *engine, struct program *program)
{
    program_put(&engine->cache, program);
}

uint64_t engine_deployed(const struct engine *engine)
{
    return engine->lease.deployed;
}

const struct environment *engine_environment(const struct engine *engine)
{
    return &engine->bindings.environment;
}

const struct store_hold *engine_hold(const struct engine *engine, struct digest version)
{
    return holds_find(&engine->holds, &version);
}

const struct hook *engine_hook(const struct engine *engine, struct text path)
{
    return hooks_find(&engine->bindings.hooks, path);
}

bool engine_has_environment(const struct engine *engine)
{
    return engine->bindings.is_known;
}
