/* Chunks that pieces are cut from, kept and used again after a reset.
 *
 * A turn of the loop resets its arena some hundred times a second, so a reset gives back
 * nothing to the system that the next turn would ask for again: up to KEEP_BYTES stay.
 * What an arena had that is gone serves the next: a batch of calls makes and frees
 * hundreds, and malloc would join and cut all that is free each time
 * (malloc_consolidate). Under AddressSanitizer each piece is a malloc of its own instead,
 * so that reading one byte too far, or after the reset, is seen. */
#include "engine/base/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/memory.h"

enum {
    ALIGN = 16,
    CHUNK_BYTES_FIRST = 8 << 10, /* most requests fit: one chunk, two pages */
    CHUNK_BYTES_MAX = 4 << 20,   /* chunks double up to here: then in large pages */
    KEEP_BYTES = 8 << 20,        /* what one unusual turn may leave allocated */
    SPARE_BYTES = 8 << 20,       /* and all arenas that are gone together */
    SPARE_SIZES = 10             /* CHUNK_BYTES_FIRST, doubled up to CHUNK_BYTES_MAX */
};

enum { PIECES_APART = MEMORY_IS_WATCHED };

void (*arena_full_hook)(const char *lifetime, size_t bytes_max);

struct chunk {
    struct chunk *next;
    size_t room;
    size_t used;
    _Alignas(ALIGN) char bytes[];
};

/* Of one thread, as everything here. */
static _Thread_local struct {
    struct chunk *first[SPARE_SIZES];
    size_t bytes;
} spare;

struct arena {
    const char *lifetime;
    size_t bytes_max;
    size_t used;
    struct chunk *first;
    struct chunk *at; /* the one being cut; those behind it are empty */
    char *last;       /* the latest piece, which alone may grow in place */
    void **pieces;    /* with PIECES_APART only */
    size_t pieces_n;
    size_t pieces_room;
};

static size_t rounded(size_t bytes);
static struct chunk *chunk_new(size_t room);
static struct chunk *chunk_with(struct arena *arena, size_t bytes);
static void *piece_apart(struct arena *arena, size_t bytes);
static void chunks_free(struct chunk *chunk);

struct arena *arena_new(const char *lifetime, size_t bytes_max)
{
    struct arena *arena = memory_get(sizeof *arena);
    *arena = (struct arena){.lifetime = lifetime, .bytes_max = bytes_max};
    return arena;
}

void arena_reset(struct arena *arena)
{
    for (size_t i = 0; i < arena->pieces_n; i++)
        memory_free(arena->pieces[i]);
    arena->pieces_n = 0;

    size_t kept = 0;
    for (struct chunk **link = &arena->first; *link != NULL; link = &(*link)->next) {
        if (kept + (*link)->room > KEEP_BYTES) {
            chunks_free(*link);
            *link = NULL;
            break;
        }
        kept += (*link)->room;
        (*link)->used = 0;
    }
    arena->at = arena->first;
    arena->last = NULL;
    arena->used = 0;
}

void arena_free(struct arena *arena)
{
    if (arena == NULL)
        return;
    for (size_t i = 0; i < arena->pieces_n; i++)
        memory_free(arena->pieces[i]);
    memory_free(arena->pieces);
    chunks_free(arena->first);
    memory_free(arena);
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}

size_t arena_left(const struct arena *arena)
{
    return arena->bytes_max - arena->used;
}

/* A piece that nobody has written to yet. */
static char *piece_new(struct arena *arena, size_t bytes)
{
    size_t need = bytes <= arena->bytes_max ? rounded(bytes) : SIZE_MAX;
    if (arena_full_hook != NULL && need > arena->bytes_max - arena->used)
        arena_full_hook(arena->lifetime, arena->bytes_max);
    must(need <= arena->bytes_max - arena->used); /* who let the input through? */
    arena->used += need;
    if (PIECES_APART)
        return piece_apart(arena, bytes);

    struct chunk *chunk = arena->at;
    if (chunk == NULL || chunk->room - chunk->used < need)
        chunk = chunk_with(arena, need);
    char *piece = chunk->bytes + chunk->used;
    chunk->used += need;
    arena->last = piece;
    return piece;
}

/* What a piece has behind its first `filled` bytes, up to where the next one begins. */
static void *zero_rest(char *piece, size_t filled, size_t bytes)
{
    memset(piece + filled, 0, (PIECES_APART ? bytes : rounded(bytes)) - filled);
    return piece;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    return zero_rest(piece_new(arena, bytes), 0, bytes);
}

void *arena_grow(struct arena *arena, void *piece, size_t bytes, size_t bytes_new)
{
    must(bytes_new >= bytes);
    if (!PIECES_APART && piece != NULL && piece == arena->last) {
        size_t more = rounded(bytes_new) - rounded(bytes);
        struct chunk *chunk = arena->at;
        if (arena_full_hook != NULL && more > arena->bytes_max - arena->used)
            arena_full_hook(arena->lifetime, arena->bytes_max);
        must(bytes_new <= arena->bytes_max && more <= arena->bytes_max - arena->used);
        if (more <= chunk->room - chunk->used) {
            memset(chunk->bytes + chunk->used, 0, more);
            chunk->used += more;
            arena->used += more;
            return piece;
        }
    }
    char *grown = piece_new(arena, bytes_new);
    if (bytes > 0)
        memcpy(grown, piece, bytes);
    return zero_rest(grown, bytes, bytes_new);
}

void *arena_copy(struct arena *arena, const void *from, size_t bytes)
{
    return arena_copy_wider(arena, from, bytes, bytes);
}

void *arena_copy_wider(struct arena *arena, const void *from, size_t bytes,
                       size_t bytes_new)
{
    must(bytes_new >= bytes);
    char *copy = piece_new(arena, bytes_new);
    if (bytes > 0)
        memcpy(copy, from, bytes);
    return zero_rest(copy, bytes, bytes_new);
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    char small[256];
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(small, sizeof small, format, args);
    must(n >= 0);
    char *out = arena_alloc(arena, (size_t)n + 1);
    if ((size_t)n < sizeof small)
        memcpy(out, small, (size_t)n + 1);
    else
        vsnprintf(out, (size_t)n + 1, format, again);
    va_end(again);
    va_end(args);
    return out;
}

/* An empty piece takes room too: each has an address of its own. */
static size_t rounded(size_t bytes)
{
    return bytes == 0 ? ALIGN : (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

/* Where chunks of `bytes` in all are kept; NULL: those of that size are not. */
static struct chunk **spare_of(size_t bytes)
{
    for (unsigned i = 0; i < SPARE_SIZES; i++)
        if (bytes == (size_t)CHUNK_BYTES_FIRST << i)
            return &spare.first[i];
    return NULL;
}

static struct chunk *spare_take(size_t bytes)
{
    struct chunk **first = spare_of(bytes);
    if (first == NULL || *first == NULL)
        return NULL;
    struct chunk *chunk = *first;
    *first = chunk->next;
    spare.bytes -= bytes;
    chunk->next = NULL;
    chunk->used = 0;
    return chunk;
}

static bool spare_keep(struct chunk *chunk)
{
    size_t bytes = sizeof *chunk + chunk->room;
    struct chunk **first = spare_of(bytes);
    if (first == NULL || spare.bytes + bytes > SPARE_BYTES)
        return false;
    chunk->next = *first;
    *first = chunk;
    spare.bytes += bytes;
    return true;
}

static struct chunk *chunk_new(size_t room)
{
    size_t bytes = sizeof(struct chunk) + room;
    struct chunk *kept = spare_take(bytes);
    if (kept != NULL)
        return kept;
    bool is_large = bytes >= MEMORY_LARGE;
    if (is_large)
        bytes = (bytes + MEMORY_LARGE - 1) & ~(size_t)(MEMORY_LARGE - 1);
    struct chunk *chunk = is_large ? memory_get_large(bytes) : memory_get(bytes);
    chunk->next = NULL;
    chunk->room = bytes - sizeof *chunk;
    chunk->used = 0;
    return chunk;
}

/* Makes a chunk with room for `bytes` the one that is cut: one kept from before the last
 * reset, or a new one in front of those. */
static struct chunk *chunk_with(struct arena *arena, size_t bytes)
{
    struct chunk **link = arena->at == NULL ? &arena->first : &arena->at->next;
    struct chunk *next = *link;
    if (next == NULL || next->room < bytes) {
        size_t room = arena->at == NULL ? CHUNK_BYTES_FIRST : arena->at->room * 2;
        room = (room > CHUNK_BYTES_MAX ? CHUNK_BYTES_MAX : room) - sizeof *next;
        next = chunk_new(room < bytes ? bytes : room);
        next->next = *link;
        *link = next;
    }
    arena->at = next;
    return next;
}

static void *piece_apart(struct arena *arena, size_t bytes)
{
    if (arena->pieces_n == arena->pieces_room) {
        arena->pieces_room = arena->pieces_room == 0 ? 64 : arena->pieces_room * 2;
        arena->pieces = memory_resize(arena->pieces, arena->pieces_room * sizeof(void *));
    }
    return arena->pieces[arena->pieces_n++] = memory_zeroed(bytes);
}

static void chunks_free(struct chunk *chunk)
{
    while (chunk != NULL) {
        struct chunk *next = chunk->next;
        if (!spare_keep(chunk))
            memory_free(chunk);
        chunk = next;
    }
}
