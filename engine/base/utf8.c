/* UTF-8 as RFC 3629 has it: the table of its section 4, byte by byte. */
#include "engine/base/utf8.h"

#include <stdint.h>

static size_t code_point_bytes(const uint8_t *at, size_t left);

bool utf8_valid(struct text t, size_t *bad_at)
{
    const uint8_t *bytes = (const uint8_t *)t.chars;
    for (size_t i = 0; i < t.n;) {
        uint64_t eight;
        if (t.n - i >= sizeof eight) {
            memcpy(&eight, bytes + i, sizeof eight);
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                i += sizeof eight;
                continue;
            }
        }
        size_t n = code_point_bytes(bytes + i, t.n - i);
        if (n == 0) {
            if (bad_at != NULL)
                *bad_at = i;
            return false;
        }
        i += n;
    }
    return true;
}

size_t utf8_count(struct text t)
{
    size_t n = 0;
    for (size_t i = 0; i < t.n; i++)
        n += ((uint8_t)t.chars[i] & 0xC0) != 0x80;
    return n;
}

/* Only the second byte has narrower bounds than 80..BF, and only behind four first ones:
 * they keep out overlong forms (E0, F0), surrogates (ED) and what is past U+10FFFF (F4).
 */
static size_t code_point_bytes(const uint8_t *at, size_t left)
{
    uint8_t first = at[0];
    if (first < 0x80)
        return 1;
    size_t n = first >= 0xC2 && first <= 0xDF   ? 2
               : first >= 0xE0 && first <= 0xEF ? 3
               : first >= 0xF0 && first <= 0xF4 ? 4
                                                : 0;
    if (n == 0 || n > left)
        return 0;
    uint8_t low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    uint8_t high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    return n;
}
