/* A document's words and the system's zones, put together. */
#include "engine/run/calendars.h"

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/sys/log.h"
#include "engine/sys/zone_file.h"

static struct calendar read_one(struct arena *arena, struct text name, const json_t *json)
{
    struct zone zone;
    struct calendar made;
    struct err err = {0};
    if (zone_read(arena, NULL, json_text_of(json_object_get(json, "zone")), &zone,
                  &err) &&
        calendar_read(arena, name, json, zone, &made, &err))
        return made;
    log_error("calendar cannot be used", LOG_TEXT("calendar", name), LOG_ERR(&err));
    return (struct calendar){.name = text_dup(arena, name),
                             .problem = text_dup(arena, text_of(err.what))};
}

struct calendars calendars_read(struct arena *arena, const json_t *json)
{
    size_t n = json_object_size(json);
    struct calendar *all = arena_array(arena, struct calendar, n + 1);
    struct calendars calendars = {.all = all};
    const char *name;
    json_t *calendar;
    json_object_foreach((json_t *)json, name, calendar)
    {
        all[calendars.n++] = read_one(arena, text_of(name), calendar);
    }
    return calendars;
}
