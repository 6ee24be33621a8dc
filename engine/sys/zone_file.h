/* The rules of a time zone, from the system's own files (TZif, RFC 9636). */
#ifndef ENGINE_SYS_ZONE_FILE_H
#define ENGINE_SYS_ZONE_FILE_H

#include "engine/base/err.h"
#include "engine/base/text.h"
#include "engine/base/zone.h"

struct arena;

/* By its name, as "America/Chicago": every shift until the year 2100. `folder` is where
 * the files are; NULL: /usr/share/zoneinfo. */
MUST_USE bool zone_read(struct arena *arena, const char *folder, struct text name,
                        struct zone *out, struct err *err);

#endif
