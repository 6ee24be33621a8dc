/* Base64, both ways. */
#include "engine/base/base64.h"

#include <stdint.h>
#include <string.h>

#include "engine/base/arena.h"

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct text base64_write(struct arena *arena, struct text bytes)
{
    size_t n = (bytes.n + 2) / 3 * 4, at = 0;
    char *chars = arena_alloc(arena, n + 1);
    const unsigned char *from = (const unsigned char *)bytes.chars;
    for (size_t i = 0; i < bytes.n; i += 3) {
        size_t left = bytes.n - i;
        uint32_t three = (uint32_t)from[i] << 16 |
                         (left > 1 ? (uint32_t)from[i + 1] << 8 : 0) |
                         (left > 2 ? from[i + 2] : 0);
        chars[at++] = digits[three >> 18];
        chars[at++] = digits[three >> 12 & 63];
        chars[at++] = left > 1 ? digits[three >> 6 & 63] : '=';
        chars[at++] = left > 2 ? digits[three & 63] : '=';
    }
    chars[at] = '\0';
    return (struct text){chars, at};
}

/* 64: no digit. */
static uint32_t value_of(char c)
{
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    return at != NULL ? (uint32_t)(at - digits) : 64;
}

bool base64_read(struct arena *arena, struct text t, struct text *bytes)
{
    size_t pad = 0, at = 0;
    while (pad < 2 && pad < t.n && t.chars[t.n - pad - 1] == '=')
        pad++;
    if (t.n % 4 != 0)
        return false;
    char *to = arena_alloc(arena, t.n / 4 * 3 + 1);
    for (size_t i = 0; i < t.n; i += 4) {
        bool is_last = i + 4 == t.n;
        uint32_t four = 0;
        for (size_t k = 0; k < 4; k++) {
            bool is_pad = is_last && k >= 4 - pad;
            uint32_t value = is_pad ? 0 : value_of(t.chars[i + k]);
            if (value > 63)
                return false;
            four = four << 6 | value;
        }
        if (is_last && (four & ((1U << 8 * pad) - 1)) != 0)
            return false;
        for (size_t k = 0; k < 3 - (is_last ? pad : 0); k++)
            to[at++] = (char)(four >> (16 - 8 * k) & 255);
    }
    to[at] = '\0';
    *bytes = (struct text){to, at};
    return true;
}
