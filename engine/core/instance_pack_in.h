/* The snapshot, within: what its parts are written with and read with. Each put_ has its
 * cut_ beside it; the form is told in instance_pack.c. */
#ifndef ENGINE_CORE_INSTANCE_PACK_IN_H
#define ENGINE_CORE_INSTANCE_PACK_IN_H

#include <string.h>

#include "engine/core/instance.h"

struct shelf;

struct reader {
    struct arena *arena;
    const struct ir *ir;
    struct cut cut;
    uint8_t format;
    int64_t base;                /* started_at */
    uint64_t of_places;          /* weight of the values that are places' */
    const struct instance *inst; /* what was read of it so far */
    const struct shelf *shelf;   /* its large values; NULL: none */
};

struct writer {
    struct buf *out;
    const struct ir *ir;
    int64_t base;
    uint64_t of_places;
    const struct instance *inst;
    struct shelf *shelf; /* where large values go; NULL: nowhere */
};

/* ---- the small parts, laid into those who write and read them ---- */

static inline void put_time(const struct writer *w, int64_t at)
{
    if (at == 0) {
        buf_u8(w->out, 0);
        return;
    }
    /* Zigzag of the distance, and one: 0 stays free for "none". */
    int64_t by = (int64_t)((uint64_t)at - (uint64_t)w->base);
    uint64_t zigzag = ((uint64_t)by << 1) ^ (uint64_t)(by >> 63);
    buf_u64(w->out, zigzag + 1);
}

static inline int64_t cut_time(struct reader *r)
{
    uint64_t zigzag = cut_u64(&r->cut);
    if (zigzag == 0)
        return 0;
    zigzag--;
    int64_t by = (int64_t)(zigzag >> 1) ^ -(int64_t)(zigzag & 1);
    return (int64_t)((uint64_t)r->base + (uint64_t)by);
}

static inline void put_reference(const struct writer *w, uint32_t index)
{
    buf_u32(w->out, index + 1); /* IR_NONE wraps to 0 */
}

/* Below `n`, or IR_NONE. */
static inline uint32_t cut_reference(struct reader *r, uint32_t n)
{
    uint32_t index = cut_u32(&r->cut) - 1;
    if (index != IR_NONE && index >= n)
        r->cut.bad = true;
    return r->cut.bad ? IR_NONE : index;
}

/* One of the `n` things of a kind: never none. */
static inline uint32_t cut_index(struct reader *r, uint32_t n)
{
    uint32_t index = cut_u32(&r->cut);
    if (index >= n)
        r->cut.bad = true;
    return r->cut.bad ? 0 : index;
}

static inline struct text cut_text(struct reader *r)
{
    struct text t = cut_bytes(&r->cut);
    if (r->cut.bad || t.n == 0)
        return TEXT("");
    if (t.n + 64 > arena_left(r->arena)) {
        r->cut.bad = true;
        return TEXT("");
    }
    return text_dup(r->arena, t);
}

static inline void put_digest(const struct writer *w, const struct digest *digest)
{
    buf_add(w->out, digest->bytes, sizeof digest->bytes);
}

static inline void cut_raw(struct reader *r, void *to, size_t n)
{
    if (r->cut.bad || (size_t)(r->cut.end - r->cut.at) < n) {
        r->cut.bad = true;
        return;
    }
    memcpy(to, r->cut.at, n);
    r->cut.at += n;
}

/* A count, of things that take at least one byte each, and `bytes` in memory. */
static inline uint32_t cut_count(struct reader *r, size_t bytes)
{
    uint32_t n = cut_u32(&r->cut);
    if (n > (size_t)(r->cut.end - r->cut.at) ||
        n * (uint64_t)bytes + 64 > arena_left(r->arena))
        r->cut.bad = true;
    return r->cut.bad ? 0 : n;
}

#define cut_vec(r, vec)                                                                  \
    ((vec)->n = (vec)->room = cut_count((r), sizeof *(vec)->at),                         \
     (vec)->at =                                                                         \
         (vec)->n > 0 ? arena_alloc((r)->arena, (vec)->n * sizeof *(vec)->at) : NULL)

/* ---- instance_pack_value.c ---- */

void put_value(struct writer *w, struct value v);
struct value cut_value(struct reader *r);
void put_values(struct writer *w, const struct value *values, uint32_t n);
/* NULL: they do not fit. */
struct value *cut_values(struct reader *r, uint32_t n);

/* ---- instance_pack_fibre.c ---- */

void put_fibre(struct writer *w, const struct fibre *f);
void cut_fibre(struct reader *r, struct fibre *f);
void put_record(struct writer *w, const struct undo_record *u);
void cut_record(struct reader *r, struct undo_record *u);

#endif
