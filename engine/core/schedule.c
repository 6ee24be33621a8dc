/* Moments by arithmetic where there is a grid, else one after the other. */
#include "engine/core/schedule.h"

#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "engine/core/eval.h"

enum { FIRST_MONDAY = 4 /* 1970-01-05 */ };

/* ---- reading ---- */

static bool of_span(struct schedule *s, int64_t span, int64_t at, struct err *err)
{
    if (span < LIMIT_SCHEDULE_LEAST_US)
        return err_set(err, ERR_BAD_DATA,
                       "a flow begins by itself once a second at most");
    if (at >= 0 && span % WHEN_DAY != 0)
        return err_set(err, ERR_BAD_DATA, "only whole days have a time of day");
    bool is_days = span % WHEN_DAY == 0;
    s->kind = is_days ? SCHEDULE_DAYS : SCHEDULE_SPANS;
    s->every = is_days ? span / WHEN_DAY : span;
    return true;
}

static bool of_work(struct schedule *s, struct value every, int64_t at, struct err *err)
{
    if (every.whole <= 0)
        return err_set(err, ERR_BAD_DATA, "business time does not stand still");
    if (every.kind == VALUE_WORK_HOURS && at >= 0)
        return err_set(err, ERR_BAD_DATA, "only whole days have a time of day");
    s->kind = every.kind == VALUE_WORK_DAYS ? SCHEDULE_WORK_DAYS : SCHEDULE_WORK_HOURS;
    s->every = every.whole;
    return true;
}

bool schedule_read(struct arena *turn, const struct ir *ir, uint32_t line,
                   const struct environment *environment, int64_t now,
                   struct schedule *out, struct err *err)
{
    const struct ir_start_every *row = &ir->starts_every[line];
    struct eval_scope scope = advance_scope(turn, ir, environment, now);
    struct eval_problem problem;
    struct value every;
    *out = (struct schedule){.calendar = scope.calendar, .at = row->at < 0 ? 0 : row->at};
    if (scope.calendar->problem.n > 0)
        return err_set(err, ERR_BAD_DATA, TEXT_FMT, TEXT_ARG(scope.calendar->problem));
    if (!eval_block(turn, &scope, row->every, NULL, 0, &every, &problem))
        return err_set(err, ERR_BAD_DATA, "%s", problem.message);
    return every.kind == VALUE_DURATION ? of_span(out, every.whole, row->at, err)
                                        : of_work(out, every, row->at, err);
}

/* ---- moments ---- */

static int64_t floor_to(int64_t n, int64_t step)
{
    int64_t over = n % step;
    return n - (over < 0 ? over + step : over);
}

/* The first moment at which that day's clocks show so much, or would have. */
static int64_t on_day(const struct schedule *s, int64_t day)
{
    const struct zone *zone = &s->calendar->zone;
    int64_t local = day * WHEN_DAY + s->at, instant = zone_instant(zone, local);
    if (zone_local(zone, instant) == local)
        return instant;
    for (uint32_t i = zone->n; i-- > 0;) /* in a gap: its end */
        if (zone->shifts[i].from <= instant)
            return zone->shifts[i].from;
    return instant;
}

static int64_t day_of(const struct schedule *s, int64_t instant)
{
    int64_t local = zone_local(&s->calendar->zone, instant);
    return floor_to(local, WHEN_DAY) / WHEN_DAY;
}

/* The newest moment of a grid that is not after `until`, and the one behind it. */
static void on_grid(const struct schedule *s, int64_t until, int64_t *newest,
                    int64_t *next)
{
    if (s->kind == SCHEDULE_SPANS) {
        *newest = floor_to(until, s->every);
        *next = *newest + s->every;
        return;
    }
    int64_t day = floor_to(day_of(s, until) - FIRST_MONDAY, s->every) + FIRST_MONDAY;
    if (on_day(s, day) > until)
        day -= s->every;
    *newest = on_day(s, day);
    *next = on_day(s, day + s->every);
}

/* The moment that follows `after` by business time. */
static bool step(const struct schedule *s, int64_t after, int64_t *out, const char **why)
{
    if (s->kind == SCHEDULE_WORK_HOURS)
        return calendar_add_hours(s->calendar, after, s->every, out, why);
    int64_t day = day_of(s, after), left = s->every;
    for (int64_t last = day + LIMIT_CALENDAR_DAYS; day < last; day++) {
        bool is_open =
            calendar_days_between(s->calendar, (int32_t)day, (int32_t)day + 1) > 0;
        if (is_open && on_day(s, day) > after && --left == 0) {
            *out = on_day(s, day);
            return true;
        }
    }
    *why = "that is too far ahead for business time";
    return false;
}

/* Those who have no grid go from one to the next: the newest that is not after `until`
 * (0: there is none since `after`), and the one behind it. */
static bool step_by_step(const struct schedule *s, int64_t after, int64_t until,
                         int64_t *newest, int64_t *next, struct err *err)
{
    const char *why;
    *newest = 0;
    for (uint32_t i = 0; i < LIMIT_SCHEDULE_STEPS; i++) {
        if (!step(s, *newest != 0 ? *newest : after, next, &why))
            return err_set(err, ERR_BAD_DATA, "%s", why);
        if (*next > until)
            return true;
        *newest = *next;
    }
    return err_set(err, ERR_BAD_DATA, "more moments were missed than are looked through");
}

static bool look(const struct schedule *s, int64_t after, int64_t now, int64_t *newest,
                 int64_t *next, struct err *err)
{
    if (s->kind == SCHEDULE_WORK_DAYS || s->kind == SCHEDULE_WORK_HOURS)
        return step_by_step(s, after, now, newest, next, err);
    on_grid(s, now > after ? now : after, newest, next);
    return true;
}

bool schedule_due(const struct schedule *schedule, int64_t after, int64_t now,
                  int64_t *due, struct err *err)
{
    int64_t newest, next;
    if (!look(schedule, after, now, &newest, &next, err))
        return false;
    *due = newest > after && newest <= now ? newest : next;
    return true;
}

bool schedule_next(const struct schedule *schedule, int64_t after, int64_t now,
                   int64_t *next, struct err *err)
{
    int64_t newest;
    return look(schedule, after, now, &newest, next, err);
}

struct text schedule_key(const struct schedule *schedule, int64_t moment,
                         char out[WHEN_TEXT_BYTES])
{
    enum { TO_THE_MINUTE = 16 /* "2026-05-12T02:00" */ };
    if (schedule->kind == SCHEDULE_SPANS || schedule->kind == SCHEDULE_WORK_HOURS)
        return when_instant_print(moment, out);
    struct text local =
        when_instant_print(zone_local(&schedule->calendar->zone, moment), out);
    return text_cut(local, 0, TO_THE_MINUTE);
}
