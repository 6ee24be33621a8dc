/* Flows that begin by themselves: read, reckoned, begun. */
#include "engine/run/moments.h"

#include "engine/base/arena.h"
#include "engine/core/begins.h"
#include "engine/run/parts.h"
#include "engine/sys/clock.h"
#include "engine/sys/fault.h"
#include "engine/sys/log.h"
#include "engine/sys/stats.h"

enum {
    LOOK_EVERY =
        5 * 1000000,    /* µs: what others pause, resume or leave is noticed by then */
    ALARM_LEAST = 1000, /* µs */
    READ_BYTES_MAX = 16 << 20 /* rows of all schedules: some hundred bytes each */
};

static void rang(void *owner);
static void came(void *owner, const struct store_schedules *schedules);
static void program_came(void *owner, struct program *program, const struct err *err);
static void begun(void *owner, const struct store_said *said);
static void reckoned(void *owner, const struct store_pulse *pulse);

void moments_init(struct moments *moments, struct engine *engine)
{
    *moments = (struct moments){.engine = engine, .is_wanted = true};
    moments->alarm = loop_timer_new(engine->loop, rang, moments);
    moments->read = arena_new("schedules", READ_BYTES_MAX);
}

static void drop_lines(struct moments *moments)
{
    for (uint32_t i = 0; i < moments->lines_n; i++)
        program_put(&moments->engine->cache, moments->lines[i].program);
    moments->lines_n = 0;
    arena_reset(moments->read);
}

void moments_deinit(struct moments *moments)
{
    drop_lines(moments);
    loop_timer_free(moments->alarm);
    arena_free(moments->read);
}

void moments_stop(struct moments *moments)
{
    loop_timer_stop(moments->alarm);
}

void moments_look(struct moments *moments)
{
    moments->is_wanted = true;
}

static void rang(void *owner)
{
    moments_look(owner);
}

/* ---- reading ---- */

static void read_lines(struct moments *moments, const struct store_schedules *schedules)
{
    struct store *store = moments->engine->store;
    drop_lines(moments);
    moments->lines = arena_array(moments->read, struct moment_line, schedules->n + 1);
    for (uint32_t i = 0; i < schedules->n; i++) {
        const struct store_schedule *row = &schedules->items[i];
        if (row->is_paused || !store_holds(store, store_shard_of_event(row->flow)))
            continue;
        struct moment_line *line = &moments->lines[moments->lines_n++];
        *line = (struct moment_line){.moments = moments, .row = *row};
        line->row.flow = text_dup(moments->read, row->flow);
        line->row.problem = text_dup(moments->read, row->problem);
    }
    moments->is_read = true;
}

static void came(void *owner, const struct store_schedules *schedules)
{
    struct moments *moments = owner;
    moments->under_way--;
    loop_timer_in(moments->alarm, LOOK_EVERY);
    if (schedules->err == NULL && lease_is_working(&moments->engine->lease))
        read_lines(moments, schedules);
}

static void program_came(void *owner, struct program *program, const struct err *err)
{
    struct moments *moments = owner;
    (void)err; /* said by the cache; it is asked for again at the next look */
    moments->programs_missing--;
    program_put(&moments->engine->cache, program);
}

/* True: every image is here, but for those that cannot be had. */
static bool programs_are_here(struct moments *moments)
{
    struct flow_cache *cache = &moments->engine->cache;
    for (uint32_t i = 0; i < moments->lines_n; i++) {
        struct moment_line *line = &moments->lines[i];
        if (line->program == NULL)
            line->program = flow_cache_get(cache, line->row.hash);
        if (line->program != NULL || line->is_asked_for)
            continue;
        line->is_asked_for = true;
        moments->programs_missing++;
        flow_cache_want(cache, line->row.hash, program_came, moments);
    }
    return moments->programs_missing == 0;
}

/* ---- reckoning ---- */

static void tell(struct moment_line *line, struct text problem)
{
    struct moments *moments = line->moments;
    if (line->row.due == line->moment.next && text_is(line->row.problem, problem))
        return;
    if (problem.n > 0)
        log_warn("flow cannot begin by itself", LOG_TEXT("flow", line->row.flow),
                 LOG_TEXT("problem", problem));
    moments->under_way++;
    store_reckon(moments->engine->store, &line->moment, problem, reckoned, moments);
}

static void reckoned(void *owner, const struct store_pulse *pulse)
{
    struct moments *moments = owner;
    (void)pulse; /* for people only: the next look tells it again */
    moments->under_way--;
}

static void begin(struct moment_line *line, const struct schedule *schedule, int64_t now)
{
    struct moments *moments = line->moments;
    struct arena *turn = loop_turn(moments->engine->loop);
    struct store_moment *moment = &line->moment;
    struct begin its;
    struct err err = {0};
    if (!schedule_next(schedule, moment->at, now, &moment->next, &err) ||
        !begins_of_moment(turn, line->program->ir, &moments->engine->bindings.environment,
                          schedule, moment->at, &its, &err)) {
        moment->next = 0;
        tell(line, text_of(err.what));
        return;
    }
    moment->key = its.key;
    moment->args = its.args;
    moments->under_way++;
    fault_at(SCHEDULE_BEFORE);
    store_begin_moment(moments->engine->store, moment, begun, line);
}

static void begun(void *owner, const struct store_said *said)
{
    struct moment_line *line = owner;
    struct moments *moments = line->moments;
    moments->under_way--;
    moments->is_wanted = true;
    if (said->err != NULL) {
        if (said->err->code != ERR_UNAVAILABLE && said->err->code != ERR_CONFLICT)
            log_error("flow cannot begin by itself", LOG_TEXT("flow", line->row.flow),
                      LOG_ERR(said->err));
        return; /* whether it happened is read again */
    }
    fault_at(SCHEDULE_AFTER);
    stats_add(STAT_MOMENTS, said->created);
    if (said->created)
        sched_look(&moments->engine->sched);
    else
        log_info("flow does not begin by itself: its key is living",
                 LOG_TEXT("flow", line->row.flow), LOG_TEXT("key", said->key));
}

/* When the next moment comes; 0: it has come and is being begun, or there is none. */
static int64_t reckon(struct moment_line *line, int64_t now)
{
    struct engine *engine = line->moments->engine;
    struct schedule schedule;
    struct err err = {0};
    int64_t due;
    line->moment = (struct store_moment){.flow = line->row.flow,
                                         .line = line->row.line,
                                         .hash = line->row.hash,
                                         .over = line->row.over};
    if (line->program == NULL)
        return 0;
    if (!schedule_read(loop_turn(engine->loop), line->program->ir, line->row.line,
                       &engine->bindings.environment, now, &schedule, &err) ||
        !schedule_due(&schedule, line->row.over, now, &due, &err)) {
        tell(line, text_of(err.what));
        return 0;
    }
    if (due <= now) {
        line->moment.at = due;
        begin(line, &schedule, now);
        return 0;
    }
    line->moment.next = due;
    tell(line, TEXT(""));
    return due;
}

static void reckon_all(struct moments *moments)
{
    int64_t now = clock_now(), first = now + LOOK_EVERY;
    moments->environment_version = moments->engine->bindings.environment.version;
    moments->is_read = false;
    for (uint32_t i = 0; i < moments->lines_n; i++) {
        int64_t due = reckon(&moments->lines[i], now);
        if (due != 0 && due < first)
            first = due;
    }
    loop_timer_in(moments->alarm, first - now < ALARM_LEAST ? ALARM_LEAST : first - now);
}

void moments_turn(struct moments *moments)
{
    struct engine *engine = moments->engine;
    if (!lease_is_working(&engine->lease) || engine->is_draining ||
        !engine->bindings.is_known || moments->under_way > 0)
        return;
    if (moments->environment_version != engine->bindings.environment.version)
        moments->is_wanted = true;
    if (moments->is_wanted && moments->programs_missing == 0) {
        moments->is_wanted = false;
        moments->environment_version = engine->bindings.environment.version;
        moments->under_way++;
        store_schedules(engine->store, came, moments);
    } else if (moments->is_read && programs_are_here(moments)) {
        reckon_all(moments);
    }
}
