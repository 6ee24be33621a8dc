/* Output that grows, and the reader of its binary form. */
#include "engine/base/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "engine/base/arena.h"

enum { ROOM_FIRST = 256, VARINT_BYTES_MAX = 10 };

void buf_init(struct buf *buf, struct arena *arena)
{
    *buf = (struct buf){.arena = arena};
}

void buf_text(struct buf *buf, struct text t)
{
    buf_add(buf, t.chars, t.n);
}

void buf_chars(struct buf *buf, const char *chars)
{
    buf_add(buf, chars, strlen(chars));
}

void buf_digits(struct buf *buf, uint64_t x)
{
    char digits[20];
    size_t n = sizeof digits;
    do
        digits[--n] = (char)('0' + x % 10);
    while ((x /= 10) > 0);
    buf_add(buf, digits + n, sizeof digits - n);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    size_t room = buf->room - buf->n;
    int n = vsnprintf(room == 0 ? NULL : buf->bytes + buf->n, room, format, args);
    must(n >= 0);
    if ((size_t)n >= room)
        vsnprintf(buf_room(buf, (size_t)n), (size_t)n + 1, format, again);
    buf->n += (size_t)n;
    va_end(again);
    va_end(args);
}

struct text buf_done(struct buf *buf)
{
    *buf_room(buf, 0) = '\0';
    return (struct text){buf->bytes, buf->n};
}

void buf_u64_long(struct buf *buf, uint64_t x)
{
    char *out = buf_room(buf, VARINT_BYTES_MAX);
    size_t n = 0;
    for (; x >= 0x80; x >>= 7)
        out[n++] = (char)(uint8_t)(x | 0x80);
    out[n++] = (char)(uint8_t)x;
    buf->n += n;
}

void buf_i64(struct buf *buf, int64_t x)
{
    buf_u64(buf, ((uint64_t)x << 1) ^ (uint64_t)(x >> 63));
}

void buf_bytes(struct buf *buf, struct text t)
{
    buf_u64(buf, t.n);
    buf_text(buf, t);
}

struct cut cut_of(struct text bytes)
{
    const uint8_t *at = (const uint8_t *)bytes.chars;
    return (struct cut){.at = at, .end = at + bytes.n};
}

/* One form for one number: a last byte of zero, or bits past the 64th, are refused. */
uint64_t cut_u64_long(struct cut *cut)
{
    uint64_t x = 0;
    for (unsigned shift = 0; shift < 7 * VARINT_BYTES_MAX; shift += 7) {
        uint8_t byte = cut_u8(cut);
        x |= (uint64_t)(byte & 0x7F) << shift;
        if (byte >= 0x80)
            continue;
        if ((byte == 0 && shift > 0) || (shift == 63 && byte > 1))
            break;
        return cut->bad ? 0 : x;
    }
    cut->bad = true;
    return 0;
}

int64_t cut_i64(struct cut *cut)
{
    uint64_t x = cut_u64(cut);
    return (int64_t)(x >> 1) ^ -(int64_t)(x & 1);
}

struct text cut_bytes(struct cut *cut)
{
    uint64_t n = cut_u64(cut);
    if (cut->bad || n > (uint64_t)(cut->end - cut->at)) {
        cut->bad = true;
        return TEXT("");
    }
    struct text t = {n == 0 ? "" : (const char *)cut->at, (size_t)n};
    cut->at += n;
    return t;
}

bool cut_ended(const struct cut *cut)
{
    return !cut->bad && cut->at == cut->end;
}

/* Where the next `n` bytes go; behind them there is always room for a NUL. */
void buf_grow(struct buf *buf, size_t n)
{
    size_t need, room = buf->room == 0 ? ROOM_FIRST : buf->room;
    must(!__builtin_add_overflow(buf->n + 1, n, &need));
    while (room < need)
        must(!__builtin_mul_overflow(room, 2, &room));
    buf->bytes = arena_grow(buf->arena, buf->bytes, buf->room, room);
    buf->room = room;
}
