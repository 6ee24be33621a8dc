/* Bytes as text: base64 (RFC 4648), padded, without line ends. */
#ifndef ENGINE_BASE_BASE64_H
#define ENGINE_BASE_BASE64_H

#include <stdbool.h>

#include "engine/base/must.h"
#include "engine/base/text.h"

struct arena;

struct text base64_write(struct arena *arena, struct text bytes);
/* Only what base64_write() writes: the padding is there, unused bits are 0. */
MUST_USE bool base64_read(struct arena *arena, struct text t, struct text *bytes);

#endif
