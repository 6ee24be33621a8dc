/* When a flow that begins by itself is due: `starts every 1d at "02:00"`.
 *
 * A schedule is a set of moments that depends on nothing but the flow, its settings and
 * its calendar, so that two nodes, or one that was away, name the same ones:
 *
 *   every 15m            whole spans since 1970 in UTC: :00, :15, :30, :45
 *   every 2d at "02:00"  that time by the calendar's clocks (UTC without one), on days
 * counted from a Monday: `7d`, `1w` is every Monday. Without `at`: midnight. every 1bd at
 * "02:00" that time of each business day; of the next one but one by `2bd` every 4bh so
 * much opening time after the moment before
 *
 * Clocks that are put forward over a time of day begin at the first moment after the gap;
 * one that comes twice counts the first time. */
#ifndef ENGINE_CORE_SCHEDULE_H
#define ENGINE_CORE_SCHEDULE_H

#include "engine/base/when.h"
#include "engine/core/advance.h"

enum schedule_kind {
    SCHEDULE_SPANS,
    SCHEDULE_DAYS,
    SCHEDULE_WORK_DAYS,
    SCHEDULE_WORK_HOURS
};

struct schedule {
    enum schedule_kind kind;
    int64_t every; /* µs; days */
    int64_t at;    /* DAYS, WORK_DAYS: µs of the local day */
    const struct calendar *calendar;
};

/* Line `line` of ir->starts_every, as the environment has it. False: a setting is
 * missing, or says what cannot be. */
MUST_USE bool schedule_read(struct arena *turn, const struct ir *ir, uint32_t line,
                            const struct environment *environment, int64_t now,
                            struct schedule *out, struct err *err);

/* All up to `after` is over. The newest moment since that has come by `now` (those before
 * it were missed, and are not made up for); else the next one to come. */
MUST_USE bool schedule_due(const struct schedule *schedule, int64_t after, int64_t now,
                           int64_t *due, struct err *err);

/* The next one that is neither over nor due by `now`. */
MUST_USE bool schedule_next(const struct schedule *schedule, int64_t after, int64_t now,
                            int64_t *next, struct err *err);

/* The key of what begins at that moment, where the flow has none of its own:
 * "2026-05-12T02:00" by the calendar's clocks, "2026-05-12T02:15:00Z" for spans and
 * hours. */
struct text schedule_key(const struct schedule *schedule, int64_t moment,
                         char out[WHEN_TEXT_BYTES]);

#endif
