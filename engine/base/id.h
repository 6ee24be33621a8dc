/* UUIDs of version 7 (RFC 9562): sortable by the moment they were made. */
#ifndef ENGINE_BASE_ID_H
#define ENGINE_BASE_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/text.h"

enum { ID_TEXT_BYTES = 37 };

struct id {
    uint8_t bytes[16];
};

struct id id_make(int64_t instant,
                  const uint8_t dice[10]); /* both given: nothing here is chance */
/* The same, in the shard of another: the low five bits of the last byte say where an
 * instance lies (engine/store). */
struct id id_beside(struct id id, struct id other);
bool id_parse(struct text t, struct id *out);
struct text id_print(struct id id, char out[ID_TEXT_BYTES]);
bool id_is(struct id a, struct id b);
bool id_is_none(struct id id); /* all zero */

#endif
