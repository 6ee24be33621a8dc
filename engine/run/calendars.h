/* The calendars of an environment, as the core counts by them. */
#ifndef ENGINE_RUN_CALENDARS_H
#define ENGINE_RUN_CALENDARS_H

#include <jansson.h>

#include "engine/core/calendar.h"

/* `json`: the "calendars" of its document; NULL: none. One that cannot be read (its zone
 * is not known here) is kept with its problem, which whoever counts by it is told. */
struct calendars calendars_read(struct arena *arena, const json_t *json);

#endif
