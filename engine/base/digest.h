/* SHA-256 and HMAC-SHA-256, by OpenSSL. */
#ifndef ENGINE_BASE_DIGEST_H
#define ENGINE_BASE_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/text.h"

enum { DIGEST_HEX_BYTES = 65 };

struct digest {
    uint8_t bytes[32];
};

struct digest digest_of(struct text data);
/* The same of what is asked for again and again, and no secret: this thread remembers
 * some short texts. */
struct digest digest_remembered(struct text data);
struct digest digest_hmac(struct text key, struct text data);
struct text digest_hex(const struct digest *digest, char out[DIGEST_HEX_BYTES]);
/* Of 64 hexadecimal digits, small or large; false: it is something else. */
bool digest_parse(struct text hex, struct digest *out);
bool digest_is(const struct digest *a, const struct digest *b); /* in constant time */
uint64_t digest_u64(const struct digest *digest); /* its first eight bytes, big-endian */

#endif
