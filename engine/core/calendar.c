/* Counting business days and opening hours. */
#include "engine/core/calendar.h"

#include "engine/base/when.h"

static const char runs_forward[] = "business time does not run backwards";
static const char too_far[] = "that is too far ahead for business time";

/* ---- which ---- */

const struct calendar *calendar_standard(void)
{
#define WEEKDAY                                                                          \
    {                                                                                    \
        .spans = {{8 * WHEN_HOUR, 17 * WHEN_HOUR}}, .n = 1                               \
    }
    static const struct calendar standard = {
        .name = {"standard", 8}, .days = {WEEKDAY, WEEKDAY, WEEKDAY, WEEKDAY, WEEKDAY}};
#undef WEEKDAY
    return &standard;
}

const struct calendar *calendar_find(const struct calendars *calendars, struct text name)
{
    for (uint32_t i = 0; calendars != NULL && i < calendars->n; i++)
        if (text_is(calendars->all[i].name, name))
            return &calendars->all[i];
    return calendar_standard();
}

/* ---- days ---- */

static int64_t date_of(int64_t local)
{
    int64_t date = local / WHEN_DAY;
    return local % WHEN_DAY < 0 ? date - 1 : date;
}

static uint32_t weekday_of(int64_t date)
{
    return (uint32_t)(((date + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

static const struct calendar_day *hours_of(const struct calendar *c, int64_t date)
{
    return &c->days[weekday_of(date)];
}

/* How many of the closed dates come before this one. */
static uint32_t closed_before(const struct calendar *c, int64_t date)
{
    uint32_t from = 0, to = c->closed_n;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (c->closed[middle] < date)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static bool is_business(const struct calendar *c, int64_t date)
{
    uint32_t i = closed_before(c, date);
    return hours_of(c, date)->n > 0 && !(i < c->closed_n && c->closed[i] == date);
}

/* The business day that is `days` on from the first one at or after `date`. */
static bool days_on(const struct calendar *c, int64_t date, int64_t days, int64_t *out,
                    const char **why)
{
    *why = days < 0 ? runs_forward : too_far;
    if (days < 0 || days > LIMIT_CALENDAR_DAYS)
        return false;
    for (int64_t end = date + LIMIT_CALENDAR_DAYS; date < end; date++) {
        if (!is_business(c, date))
            continue;
        if (days-- == 0) {
            *out = date;
            return true;
        }
    }
    return false;
}

int64_t calendar_days_between(const struct calendar *c, int32_t from, int32_t to)
{
    if (to < from)
        return -calendar_days_between(c, to, from);
    int64_t weeks = ((int64_t)to - from) / 7, days = 0;
    for (int i = 0; i < 7; i++)
        days += c->days[i].n > 0 ? weeks : 0;
    for (int64_t date = from + weeks * 7; date < to; date++)
        days += hours_of(c, date)->n > 0;
    for (uint32_t i = closed_before(c, from); i < c->closed_n && c->closed[i] < to; i++)
        days -= hours_of(c, c->closed[i])->n > 0;
    return days;
}

/* ---- hours ---- */

static int64_t instant_at(const struct calendar *c, int64_t date, int64_t time)
{
    return zone_instant(&c->zone, date * WHEN_DAY + time);
}

static bool is_usable(const struct calendar *c, const char **why)
{
    *why = c->problem.chars;
    return c->problem.n == 0;
}

/* The instant itself where it is open then (or just closes), else the next opening. */
static bool opening(const struct calendar *c, int64_t instant, int64_t *out,
                    const char **why)
{
    int64_t date = date_of(zone_local(&c->zone, instant));
    if (!days_on(c, date, 0, &date, why))
        return false;
    for (int i = 0; i < 2; i++) {
        const struct calendar_day *day = hours_of(c, date);
        for (uint32_t s = 0; s < day->n; s++) {
            int64_t from = instant_at(c, date, day->spans[s].from);
            if (instant > instant_at(c, date, day->spans[s].to))
                continue;
            *out = instant > from ? instant : from;
            return true;
        }
        if (!days_on(c, date + 1, 0, &date, why))
            return false;
    }
    return false;
}

bool calendar_add_days(const struct calendar *c, int64_t instant, int64_t days,
                       int64_t *out, const char **why)
{
    int64_t local = zone_local(&c->zone, instant), date = date_of(local), day;
    return is_usable(c, why) && days_on(c, date, days, &day, why) &&
           opening(c, instant_at(c, day, local - date * WHEN_DAY), out, why);
}

bool calendar_add_hours(const struct calendar *c, int64_t instant, int64_t us,
                        int64_t *out, const char **why)
{
    if (!is_usable(c, why))
        return false;
    *why = us < 0 ? runs_forward : too_far;
    int64_t date = date_of(zone_local(&c->zone, instant));
    for (int64_t end = date + LIMIT_CALENDAR_DAYS; us >= 0 && date < end; date++) {
        const struct calendar_day *day = hours_of(c, date);
        for (uint32_t i = 0; is_business(c, date) && i < day->n; i++) {
            int64_t from = instant_at(c, date, day->spans[i].from);
            int64_t to = instant_at(c, date, day->spans[i].to);
            from = from < instant ? instant : from;
            if (from >= to)
                continue;
            if (us <= to - from) {
                *out = from + us;
                return true;
            }
            us -= to - from;
        }
    }
    return false;
}

bool calendar_close(const struct calendar *c, int32_t date, int64_t days, int64_t *out,
                    const char **why)
{
    int64_t day;
    if (!is_usable(c, why) || !days_on(c, date, days, &day, why))
        return false;
    const struct calendar_day *hours = hours_of(c, day);
    *out = instant_at(c, day, hours->spans[hours->n - 1].to);
    return true;
}

int64_t calendar_date_start(const struct calendar *c, int32_t date)
{
    return instant_at(c, date, 0);
}

int64_t calendar_day_start(const struct calendar *c, int64_t instant)
{
    return instant_at(c, date_of(zone_local(&c->zone, instant)), 0);
}
