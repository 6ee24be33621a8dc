/* Output that grows on an arena, and the reader that takes it apart again. */
#ifndef ENGINE_BASE_BUF_H
#define ENGINE_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
void buf_add(struct buf *buf, const void *bytes, size_t n);
void buf_text(struct buf *buf, struct text t);
void buf_chars(struct buf *buf, const char *chars);
void buf_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
struct text
buf_done(struct buf *buf); /* what was written; NUL-terminated behind its end */

/* Binary, little-endian. Whole numbers are varints (LEB128), signed ones zigzag. */
void buf_u8(struct buf *buf, uint8_t x);
void buf_u32(struct buf *buf, uint32_t x);      /* varint */
void buf_u64(struct buf *buf, uint64_t x);      /* varint */
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
uint8_t cut_u8(struct cut *cut);
uint32_t cut_u32(struct cut *cut);
uint64_t cut_u64(struct cut *cut);
int64_t cut_i64(struct cut *cut);
struct text cut_bytes(struct cut *cut); /* points into the source */
bool cut_ended(const struct cut *cut);  /* all read, and nothing was bad */

#endif
