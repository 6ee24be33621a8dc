/* JSON behind our bounds: jansson, with size, depth, duplicates and digits checked. */
#ifndef ENGINE_BASE_JSON_H
#define ENGINE_BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>

#include "engine/base/err.h"
#include "engine/base/text.h"

struct arena;

/* One JSON text (RFC 8259) of at most LIMIT_JSON_BYTES and LIMIT_JSON_DEPTH levels,
 * UTF-8, no duplicate members, no NUL. Whole numbers beyond int64 and fractions beyond 15
 * significant digits are refused with the hint to send them as text. NULL: refused, and
 * `err` (BAD_DATA, or TOO_LARGE) says where. The caller decrefs. */
MUST_USE json_t *json_read(struct text t, struct err *err);

/* Compact, members in the order they were set; on the arena. Sorted: for digests and
 * comparisons. */
struct text json_write(struct arena *arena, const json_t *json);
struct text json_write_sorted(struct arena *arena, const json_t *json);
struct text json_write_pretty(struct arena *arena, const json_t *json);

/* The value a JSON Pointer (RFC 6901) names, borrowed; NULL when there is none. */
json_t *json_at(const json_t *json, struct text pointer);

/* Appends "/" and the escaped member name to `pointer`, cut (with …) where it would not
 * fit. */
void json_pointer_add(char *pointer, size_t room, struct text member);

json_t *json_text(struct text t); /* a JSON string; must be UTF-8 */
struct text
json_text_of(const json_t *json); /* the string's bytes; empty for anything else */

enum {
    JSON_DECIMAL_BYTES = 80, /* DECIMAL_TEXT_BYTES */
    JSON_REAL_DIGITS = 15    /* every decimal of so many digits survives a double */
};

/* A number of json_read's as decimal.h writes it, exactly: 12.5, -7, 1500. False: not a
 * number, or one that 38 digits do not hold. */
bool json_decimal_text(const json_t *json, char out[JSON_DECIMAL_BYTES]);

static inline void json_scoped_decref_(json_t **json)
{
    json_decref(*json);
}
#define scoped_json __attribute__((cleanup(json_scoped_decref_)))

#endif
