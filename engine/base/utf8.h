/* Is this UTF-8, and where does it stop being so? */
#ifndef ENGINE_BASE_UTF8_H
#define ENGINE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/text.h"

/* Strict (RFC 3629): no surrogates, no overlong forms, nothing past U+10FFFF. `bad_at`
 * (may be NULL) gets the offset of the first byte that does not fit. */
bool utf8_valid(struct text t, size_t *bad_at);
size_t utf8_count(struct text t); /* code points of valid text */

#endif
