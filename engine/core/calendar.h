/* Business time: which hours of which days count, at a place with clocks of its own.
 *
 * A business day is one with opening hours that is not closed. A start on any other day
 * counts from the next business day. What lies further than LIMIT_CALENDAR_DAYS ahead is
 * refused: no promise of a business reaches so far. */
#ifndef ENGINE_CORE_CALENDAR_H
#define ENGINE_CORE_CALENDAR_H

#include <jansson.h>

#include "engine/base/err.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/base/zone.h"

struct arena;

struct calendar_span { /* open from, until: µs of the local day */
    int64_t from;
    int64_t to;
};

struct calendar_day {
    struct calendar_span spans[LIMIT_CALENDAR_SPANS]; /* ascending, apart */
    uint32_t n;
};

struct calendar {
    struct text name;
    struct text problem; /* why it cannot be used; empty: it can */
    struct zone zone;
    struct calendar_day days[7]; /* Monday first */
    const int32_t *closed;       /* dates, ascending */
    uint32_t closed_n;
};

struct calendars {
    const struct calendar *all;
    uint32_t n;
};

/* Monday to Friday 08:00-17:00 UTC, no holidays: where no other is given. */
const struct calendar *calendar_standard(void);

/* By name; the standard one where it is not there, or `calendars` is NULL. */
const struct calendar *calendar_find(const struct calendars *calendars, struct text name);

/* From an environment's document: {"zone","open":[{"first_day","last_day","from","to"}],
 * "closed":[date]}; the zone's rules are the caller's. */
MUST_USE bool calendar_read(struct arena *arena, struct text name, const json_t *json,
                            struct zone zone, struct calendar *out, struct err *err);

/* What can be computed. False: `why` says what cannot be. */

/* So many business days on: the same local time, or the next opening after it. */
MUST_USE bool calendar_add_days(const struct calendar *c, int64_t instant, int64_t days,
                                int64_t *out, const char **why);
/* So much opening time on. */
MUST_USE bool calendar_add_hours(const struct calendar *c, int64_t instant, int64_t us,
                                 int64_t *out, const char **why);
/* The close of the day so many business days on. */
MUST_USE bool calendar_close(const struct calendar *c, int32_t date, int64_t days,
                             int64_t *out, const char **why);
/* Business days from `from` on, before `to`; negative when `to` comes first. */
int64_t calendar_days_between(const struct calendar *c, int32_t from, int32_t to);
/* When the local day of an instant, or that date, began. */
int64_t calendar_day_start(const struct calendar *c, int64_t instant);
int64_t calendar_date_start(const struct calendar *c, int32_t date);

#endif
