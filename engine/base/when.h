/* Instants, dates and durations as numbers and as text; reads no clock. */
#ifndef ENGINE_BASE_WHEN_H
#define ENGINE_BASE_WHEN_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/text.h"

enum { WHEN_TEXT_BYTES = 40 };

#define WHEN_SECOND INT64_C(1000000)
#define WHEN_MINUTE (60 * WHEN_SECOND)
#define WHEN_HOUR   (60 * WHEN_MINUTE)
#define WHEN_DAY    (24 * WHEN_HOUR)

/* An instant: microseconds since 1970-01-01T00:00:00Z, years 0001 to 9999. A date: days
 * since 1970-01-01. A duration: microseconds. */

/* RFC 3339 with any offset; kept in UTC. Leap seconds are refused; what is finer than a
 * microsecond is dropped. */
bool when_instant_parse(struct text t, int64_t *out);
struct text when_instant_print(
    int64_t instant,
    char out[WHEN_TEXT_BYTES]); /* 2026-05-12T10:00:00Z, 2026-05-12T10:00:00.5Z */

bool when_date_parse(struct text t, int32_t *out);
struct text when_date_print(int32_t date, char out[WHEN_TEXT_BYTES]);
void when_date_split(int32_t date, int *year, int *month, int *day);
bool when_date_join(int year, int month, int day, int32_t *out);
int32_t when_date_of(int64_t instant); /* in UTC */
/* Clamps to the month's end, and to the years 0001 to 9999. */
int32_t when_add_months(int32_t date, int64_t months);

/* ISO 8601 "PT1H30M", "P2DT3S", "PT0.5S" on the wire; "P2W" is understood, "-PT5M" too.
 */
bool when_duration_parse(struct text t, int64_t *out);
struct text when_duration_print(int64_t duration, char out[WHEN_TEXT_BYTES]);

/* "1h30m", "500ms", "2w": as flows and command lines write it, the larger unit first.
 * Printed for people: to the millisecond. */
bool when_duration_parse_short(struct text t, int64_t *out);
struct text when_duration_print_short(int64_t duration, char out[WHEN_TEXT_BYTES]);

#endif
