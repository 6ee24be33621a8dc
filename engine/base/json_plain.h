/* The JSON that nearly all of it is: read and written several times faster than jansson
 * does, with the same values and the same bytes. For engine/base/json.c, and for who
 * writes JSON without a tree. */
#ifndef ENGINE_BASE_JSON_PLAIN_H
#define ENGINE_BASE_JSON_PLAIN_H

#include <jansson.h>

#include "engine/base/text.h"

struct buf;

/* The value, or NULL when the text is not plain: it may be wrong, or only unusual (\u, a
 * long escaped text). Whoever is told NULL reads it the slow way, which also knows what
 * is wrong with it. `t` is valid UTF-8. */
json_t *json_plain_read(struct text t);

/* Compact, members in the order they were set. */
void json_plain_write(struct buf *out, const json_t *json);
/* A string, in quotes; `t` is valid UTF-8. */
void json_plain_write_text(struct buf *out, struct text t);

#endif
