/* Reads lines `ZONE HH:MM` and says of each when a flow that begins daily at that time
 * begins, by the rules that the system has for the zone: ZONE HH:MM KEY SECONDS, a line
 * each. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/arena.h"
#include "engine/base/when.h"
#include "engine/core/calendar.h"
#include "engine/core/schedule.h"
#include "engine/sys/zone_file.h"

static bool say_all(struct arena *arena, const char *name, int hour, int minute,
                    int64_t from, int64_t until, struct err *err)
{
    struct calendar calendar = *calendar_standard();
    if (!zone_read(arena, NULL, text_of(name), &calendar.zone, err))
        return false;
    const struct schedule daily = {.kind = SCHEDULE_DAYS,
                                   .every = 1,
                                   .at = hour * WHEN_HOUR + minute * WHEN_MINUTE,
                                   .calendar = &calendar};
    for (int64_t last = from;;) {
        char key[WHEN_TEXT_BYTES];
        if (!schedule_next(&daily, last, last, &last, err))
            return false;
        if (last >= until)
            return true;
        printf("%s %02d:%02d " TEXT_FMT " %lld\n", name, hour, minute,
               TEXT_ARG(schedule_key(&daily, last, key)),
               (long long)(last / WHEN_SECOND));
    }
}

int main(int argc, char **argv)
{
    int64_t from, until;
    char name[64];
    int hour, minute;
    struct err err = {0};
    if (argc != 3 || !when_instant_parse(text_of(argv[1]), &from) ||
        !when_instant_parse(text_of(argv[2]), &until))
        return 2;
    while (scanf("%63s %d:%d", name, &hour, &minute) == 3) {
        scoped_arena struct arena *arena = arena_new("call", 1 << 20);
        if (!say_all(arena, name, hour, minute, from, until, &err)) {
            fprintf(stderr, "%s %02d:%02d: %s\n", name, hour, minute, err.what);
            return 1;
        }
    }
    return 0;
}
