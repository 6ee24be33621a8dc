/* Slices of bytes: compared, cut, counted, hashed. */
#include "engine/base/text.h"

#include <limits.h>

#include "engine/base/arena.h"

enum { DISTANCE_BYTES_MAX = 128 }; /* names have at most 63; see text_distance */

static bool is_blank(char c);

struct text text_of(const char *chars)
{
    return chars == NULL ? TEXT("") : (struct text){chars, strlen(chars)};
}

bool text_is(struct text a, struct text b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.chars, b.chars, a.n) == 0);
}

bool text_is_chars(struct text a, const char *chars)
{
    return text_is(a, text_of(chars));
}

int text_cmp(struct text a, struct text b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n == 0 ? 0 : memcmp(a.chars, b.chars, n);
    return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

bool text_starts(struct text whole, struct text prefix)
{
    return whole.n >= prefix.n && text_is(text_cut(whole, 0, prefix.n), prefix);
}

bool text_ends(struct text whole, struct text suffix)
{
    return whole.n >= suffix.n &&
           text_is(text_cut(whole, whole.n - suffix.n, suffix.n), suffix);
}

bool text_has(struct text whole, struct text part)
{
    for (size_t i = 0; i + part.n <= whole.n; i++)
        if (memcmp(whole.chars + i, part.chars, part.n) == 0)
            return true;
    return false;
}

struct text text_cut(struct text whole, size_t from, size_t n)
{
    if (from >= whole.n)
        return (struct text){whole.n == 0 ? "" : whole.chars + whole.n, 0};
    size_t left = whole.n - from;
    return (struct text){whole.chars + from, n < left ? n : left};
}

struct text text_trim(struct text whole)
{
    while (whole.n > 0 && is_blank(whole.chars[whole.n - 1]))
        whole.n--;
    while (whole.n > 0 && is_blank(whole.chars[0]))
        whole = text_cut(whole, 1, whole.n);
    return whole;
}

struct text text_split(struct text *rest, char mark)
{
    const char *at = rest->n == 0 ? NULL : memchr(rest->chars, mark, rest->n);
    struct text part = *rest;
    if (at != NULL)
        part.n = (size_t)(at - rest->chars);
    *rest = text_cut(*rest, at == NULL ? rest->n : part.n + 1, rest->n);
    return part;
}

struct text text_dup(struct arena *arena, struct text t)
{
    return (struct text){text_chars(arena, t), t.n};
}

char *text_chars(struct arena *arena, struct text t)
{
    char *copy = arena_alloc(arena, t.n + 1);
    if (t.n > 0)
        memcpy(copy, t.chars, t.n);
    return copy;
}

bool text_to_i64(struct text t, int64_t *out)
{
    bool minus = t.n > 0 && t.chars[0] == '-';
    size_t i = t.n > 0 && (minus || t.chars[0] == '+');
    int64_t x = 0;
    if (i == t.n)
        return false;
    for (; i < t.n; i++) {
        int digit = t.chars[i] - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(x, 10, &x) ||
            __builtin_sub_overflow(x, digit, &x)) /* below zero there is one more */
            return false;
    }
    if (!minus && x == INT64_MIN)
        return false;
    *out = minus ? x : -x;
    return true;
}

void text_hex(char *to, const void *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *byte = bytes;
    for (size_t i = 0; i < n; i++) {
        to[2 * i] = digits[byte[i] >> 4];
        to[2 * i + 1] = digits[byte[i] & 15];
    }
}

uint64_t text_hash(struct text t)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < t.n; i++)
        hash = (hash ^ (uint8_t)t.chars[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* Three rows of the table are enough: a swap looks two rows back. */
unsigned text_distance(struct text a, struct text b, unsigned most)
{
    unsigned rows[3][DISTANCE_BYTES_MAX + 1];
    size_t apart = a.n > b.n ? a.n - b.n : b.n - a.n;
    if (text_is(a, b))
        return 0;
    if (apart > most || a.n > DISTANCE_BYTES_MAX || b.n > DISTANCE_BYTES_MAX)
        return most + 1;
    for (size_t k = 0; k <= b.n; k++)
        rows[0][k] = (unsigned)k;
    for (size_t i = 1; i <= a.n; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i - 1) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = (unsigned)i;
        for (size_t k = 1; k <= b.n; k++) {
            unsigned cost = a.chars[i - 1] != b.chars[k - 1];
            unsigned least = above[k - 1] + cost;
            if (above[k] + 1 < least)
                least = above[k] + 1;
            if (row[k - 1] + 1 < least)
                least = row[k - 1] + 1;
            if (i > 1 && k > 1 && a.chars[i - 1] == b.chars[k - 2] &&
                a.chars[i - 2] == b.chars[k - 1] && two_above[k - 2] + 1 < least)
                least = two_above[k - 2] + 1;
            row[k] = least;
        }
    }
    unsigned distance = rows[a.n % 3][b.n];
    return distance > most ? most + 1 : distance;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
