/* Events that came: looked at once, then matched by the store. */
#include "engine/run/inbox.h"

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/core/begins.h"
#include "engine/core/subscribe.h"
#include "engine/run/parts.h"
#include "engine/sys/clock.h"
#include "engine/sys/fault.h"
#include "engine/sys/keep.h"
#include "engine/sys/log.h"
#include "engine/sys/stats.h"

static void flows_came(void *owner, const struct store_flows *flows);
static void starter_came(void *owner, struct program *program, const struct err *err);
static void arrived(void *owner, const struct store_arrivals *arrivals);
static void matched(void *owner, const struct store_matches *matches);

void inbox_init(struct inbox *inbox, struct engine *engine)
{
    *inbox = (struct inbox){.engine = engine};
}

static void drop_starters(struct inbox *inbox)
{
    for (uint32_t i = 0; i < inbox->starters_n; i++)
        program_put(&inbox->engine->cache, inbox->starters[i].program);
    keep_free(inbox->starters);
    inbox->starters = NULL;
    inbox->starters_n = 0;
}

void inbox_deinit(struct inbox *inbox)
{
    drop_starters(inbox);
}

void inbox_look(struct inbox *inbox)
{
    inbox->is_wanted = true;
}

void inbox_match(struct inbox *inbox)
{
    inbox->is_match_wanted = true;
}

void inbox_flows_changed(struct inbox *inbox)
{
    inbox->are_flows_wanted = true;
}

void inbox_forget(struct inbox *inbox)
{
    inbox->is_wanted = inbox->is_match_wanted = false;
    inbox->are_flows_wanted = true;
}

/* ---- which flows begin by events ---- */

static void flows_came(void *owner, const struct store_flows *flows)
{
    struct inbox *inbox = owner;
    inbox->are_flows_under_way = false;
    if (flows->err != NULL) {
        inbox->are_flows_wanted = true;
        return;
    }
    drop_starters(inbox);
    inbox->starters = keep_alloc((flows->n + 1) * sizeof *inbox->starters);
    for (uint32_t i = 0; i < flows->n; i++)
        if (flows->items[i].starts_on)
            inbox->starters[inbox->starters_n++].hash = flows->items[i].hash;
    inbox->are_flows_known = true;
}

static void starter_came(void *owner, struct program *program, const struct err *err)
{
    struct inbox *inbox = owner;
    (void)err; /* said by the cache; it is asked for again at the next look */
    inbox->programs_missing--;
    program_put(&inbox->engine->cache, program);
}

/* True: every image that begins by events is here, but for those that cannot be had. */
static bool starters_are_here(struct inbox *inbox)
{
    struct flow_cache *cache = &inbox->engine->cache;
    for (uint32_t i = 0; i < inbox->starters_n; i++) {
        struct inbox_starter *starter = &inbox->starters[i];
        if (starter->program == NULL)
            starter->program = flow_cache_get(cache, starter->hash);
        if (starter->program != NULL || starter->is_asked_for)
            continue;
        starter->is_asked_for = true;
        inbox->programs_missing++;
        flow_cache_want(cache, starter->hash, starter_came, inbox);
    }
    return inbox->programs_missing == 0;
}

void inbox_turn(struct inbox *inbox)
{
    struct engine *engine = inbox->engine;
    if (!lease_is_working(&engine->lease) || engine->is_draining ||
        !engine->bindings.is_known)
        return;
    if (inbox->are_flows_wanted && !inbox->are_flows_under_way) {
        inbox->are_flows_wanted = false;
        inbox->are_flows_under_way = true;
        store_flows(engine->store, flows_came, inbox);
    }
    if (inbox->is_under_way || !inbox->are_flows_known || inbox->are_flows_under_way ||
        !(inbox->is_wanted || inbox->is_match_wanted) || !starters_are_here(inbox))
        return;
    inbox->is_under_way = true;
    if (inbox->is_wanted) {
        inbox->is_wanted = false;
        store_arrivals(engine->store, (uint32_t)engine->config->page, arrived, inbox);
    } else {
        inbox->is_match_wanted = false;
        store_match(engine->store, NULL, 0, matched, inbox);
    }
}

/* ---- looking at what has come ---- */

static void refuse(struct arena *turn, struct store_filing *filing, const struct err *err)
{
    filing->problem = text_of(arena_printf(turn, "%s", err->what));
    filing->pointer = text_of(arena_printf(turn, "%s", err->pointer));
}

static void set_hashes(struct arena *turn, const struct ir *ir, uint32_t event,
                       struct value body, struct store_filing *filing)
{
    struct subscribe_hash *hashes;
    filing->hashes_n = subscribe_keys_of(turn, ir, event, body, &hashes);
    struct store_hash *out = arena_array(turn, struct store_hash, filing->hashes_n + 1);
    for (uint32_t i = 0; i < filing->hashes_n; i++)
        out[i] = (struct store_hash){.key = hashes[i].key, .fields = hashes[i].fields};
    filing->hashes = out;
}

static void set_begins(struct inbox *inbox, struct arena *turn, const json_t *body,
                       int64_t now, struct store_filing *filing)
{
    VEC(struct store_begin) all = {0};
    for (uint32_t i = 0; i < inbox->starters_n; i++) {
        const struct program *program = inbox->starters[i].program;
        begin_list its = {0};
        struct err err = {0};
        if (program == NULL)
            continue;
        struct text flow = ir_text(program->ir, program->ir->flow.name);
        if (!begins_of_event(turn, program->ir, &inbox->engine->bindings.environment,
                             filing->event, body, now, &its, &err))
            log_warn("event begins nothing, for it cannot be evaluated",
                     LOG_TEXT("event", filing->event), LOG_TEXT("flow", flow),
                     LOG_ERR(&err));
        for (uint32_t k = 0; k < its.n; k++) {
            struct store_begin begin = {flow, its.at[k].key, its.at[k].args};
            vec_push(turn, &all, begin);
        }
    }
    filing->begins = all.at;
    filing->begins_n = all.n;
}

/* False: its image is not here yet. */
static bool file(struct inbox *inbox, struct arena *turn,
                 const struct store_arrival *arrival, struct store_filing *filing)
{
    struct engine *engine = inbox->engine;
    struct program *program = flow_cache_get(&engine->cache, arrival->hash);
    struct err err = {0};
    if (program == NULL) {
        inbox->programs_missing++;
        flow_cache_want(&engine->cache, arrival->hash, starter_came, inbox);
        return false;
    }
    *filing = (struct store_filing){.id = arrival->id, .event = arrival->event};
    uint32_t event = ir_find_event(program->ir, arrival->event);
    scoped_json json_t *body = json_read(arrival->body, &err);
    struct value value;
    if (event == IR_NONE)
        err_set(&err, ERR_BROKEN, "the flow does not declare the event");
    if (event == IR_NONE || body == NULL ||
        !advance_check_event(turn, program->ir, &engine->bindings.environment, event,
                             body, &value, &err)) {
        refuse(turn, filing, &err);
    } else {
        set_hashes(turn, program->ir, event, value, filing);
        set_begins(inbox, turn, body, arrival->at, filing);
    }
    program_put(&engine->cache, program);
    return true;
}

static void arrived(void *owner, const struct store_arrivals *arrivals)
{
    struct inbox *inbox = owner;
    struct engine *engine = inbox->engine;
    struct arena *turn = loop_turn(engine->loop);
    if (arrivals->err != NULL || !lease_is_working(&engine->lease)) {
        inbox->is_under_way = false;
        return;
    }
    struct store_filing *filings =
        arena_array(turn, struct store_filing, arrivals->n + 1);
    uint32_t n = 0, missing = 0;
    for (uint32_t i = 0; i < arrivals->n; i++)
        if (file(inbox, turn, &arrivals->items[i], &filings[n]))
            n++;
        else
            missing++;
    if (arrivals->more || missing > 0)
        inbox->is_wanted = n > 0 || inbox->programs_missing > 0;
    if (n == 0 && !arrivals->subscribed) {
        inbox->is_under_way = false;
        return;
    }
    fault_at(MATCH_BEFORE);
    store_match(engine->store, filings, n, matched, inbox);
}

static void matched(void *owner, const struct store_matches *matches)
{
    struct inbox *inbox = owner;
    inbox->is_under_way = false;
    if (matches->err != NULL) {
        if (matches->err->code != ERR_UNAVAILABLE)
            log_error("events cannot be matched", LOG_ERR(matches->err));
        return; /* the next poll looks again */
    }
    fault_at(MATCH_AFTER);
    stats_add(STAT_EVENTS_MATCHED, matches->delivered);
    if (matches->delivered > 0)
        sched_look(&inbox->engine->sched);
    if (matches->more)
        inbox_match(inbox);
}
