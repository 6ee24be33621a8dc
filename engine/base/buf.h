/* Output that grows on an arena, and the reader that takes it apart again. */
#ifndef ENGINE_BASE_BUF_H
#define ENGINE_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/must.h"
#include "engine/base/text.h"

struct arena;

struct buf {
    struct arena *arena;
    char *bytes;
    size_t n;
    size_t room;
};

void buf_init(struct buf *buf, struct arena *arena);
void buf_grow(struct buf *buf, size_t n); /* room for `n` more, and a NUL behind them */

/* What is written at every step stands here, to be laid into those who write it. Always
 * one byte more, for the NUL of `buf_done`. */
static inline char *buf_room(struct buf *buf, size_t n)
{
    if (buf->room - buf->n <= n)
        buf_grow(buf, n);
    return buf->bytes + buf->n;
}

static inline void buf_add(struct buf *buf, const void *bytes, size_t n)
{
    if (n == 0)
        return;
    memcpy(buf_room(buf, n), bytes, n);
    buf->n += n;
}

static inline void buf_char(struct buf *buf, char c)
{
    *buf_room(buf, 1) = c;
    buf->n++;
}

void buf_text(struct buf *buf, struct text t);
void buf_chars(struct buf *buf, const char *chars);
void buf_digits(struct buf *buf, uint64_t x); /* in decimal */
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
struct text
buf_done(struct buf *buf); /* what was written; NUL-terminated behind its end */

/* Binary, little-endian. Whole numbers are varints (LEB128), signed ones zigzag. */
static inline void buf_u8(struct buf *buf, uint8_t x)
{
    buf_char(buf, (char)x);
}
void buf_u64_long(struct buf *buf, uint64_t x); /* of more than one byte */
static inline void buf_u64(struct buf *buf, uint64_t x)
{
    if (x < 0x80)
        buf_char(buf, (char)x);
    else
        buf_u64_long(buf, x);
}
static inline void buf_u32(struct buf *buf, uint32_t x)
{
    buf_u64(buf, x);
}
void buf_i64(struct buf *buf, int64_t x);       /* zigzag varint */
void buf_bytes(struct buf *buf, struct text t); /* length, then bytes */

/* Reads what buf wrote. The first thing that does not fit sets `bad`; everything after
 * reads as zero, so that a caller may read on and ask once at the end. */
struct cut {
    const uint8_t *at;
    const uint8_t *end;
    bool bad;
};

struct cut cut_of(struct text bytes);
static inline uint8_t cut_u8(struct cut *cut)
{
    if (cut->bad || cut->at == cut->end) {
        cut->bad = true;
        return 0;
    }
    return *cut->at++;
}
uint64_t cut_u64_long(struct cut *cut); /* of any length */
static inline uint64_t cut_u64(struct cut *cut)
{
    bool is_short = !cut->bad && cut->at < cut->end && *cut->at < 0x80;
    return is_short ? *cut->at++ : cut_u64_long(cut);
}
static inline uint32_t cut_u32(struct cut *cut)
{
    uint64_t x = cut_u64(cut);
    if (x > UINT32_MAX)
        cut->bad = true;
    return cut->bad ? 0 : (uint32_t)x;
}
int64_t cut_i64(struct cut *cut);
struct text cut_bytes(struct cut *cut); /* points into the source */
bool cut_ended(const struct cut *cut);  /* all read, and nothing was bad */

#endif
