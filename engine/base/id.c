/* UUIDs of version 7: 48 bits of milliseconds, 12 of the millisecond's fraction (RFC
 * 9562, method 3), 62 of chance. */
#include "engine/base/id.h"

static int hex_digit(char c);
static bool is_dash_at(size_t i);

struct id id_make(int64_t instant, const uint8_t dice[10])
{
    struct id id;
    uint64_t us = instant < 0 ? 0 : (uint64_t)instant;
    uint64_t ms = us / 1000;
    uint32_t fraction = (uint32_t)(us % 1000 * 4096 / 1000);
    for (int i = 0; i < 6; i++)
        id.bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
    id.bytes[6] = (uint8_t)(0x70 | fraction >> 8);
    id.bytes[7] = (uint8_t)fraction;
    for (int i = 8; i < 16; i++)
        id.bytes[i] = dice[i - 8];
    id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3F));
    return id;
}

struct id id_beside(struct id id, struct id other)
{
    enum { SHARD_BITS = 31 };
    id.bytes[15] =
        (uint8_t)((id.bytes[15] & ~SHARD_BITS) | (other.bytes[15] & SHARD_BITS));
    return id;
}

bool id_parse(struct text t, struct id *out)
{
    struct id id;
    size_t digits = 0;
    if (t.n != ID_TEXT_BYTES - 1)
        return false;
    for (size_t i = 0; i < t.n; i++) {
        if (is_dash_at(i)) {
            if (t.chars[i] != '-')
                return false;
            continue;
        }
        int digit = hex_digit(t.chars[i]);
        if (digit < 0)
            return false;
        uint8_t high = digits % 2 == 0 ? 0 : id.bytes[digits / 2];
        id.bytes[digits / 2] = (uint8_t)(high << 4 | digit);
        digits++;
    }
    *out = id;
    return true;
}

struct text id_print(struct id id, char out[ID_TEXT_BYTES])
{
    static const char hex[] = "0123456789abcdef";
    size_t digits = 0;
    for (size_t i = 0; i < ID_TEXT_BYTES - 1; i++) {
        if (is_dash_at(i)) {
            out[i] = '-';
            continue;
        }
        uint8_t byte = id.bytes[digits / 2];
        out[i] = hex[digits % 2 == 0 ? byte >> 4 : byte & 15];
        digits++;
    }
    out[ID_TEXT_BYTES - 1] = '\0';
    return (struct text){out, ID_TEXT_BYTES - 1};
}

bool id_is(struct id a, struct id b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

bool id_is_none(struct id id)
{
    return id_is(id, (struct id){0});
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool is_dash_at(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}
