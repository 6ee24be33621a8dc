/* The heap, and the last words of a process that has none left. */
#include "engine/base/memory.h"

#include <jansson.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { EXIT_ERROR = 1 }; /* contract §2 */

static const char *name = "orderly";

/* Nothing here may ask for memory. */
static _Noreturn void exhausted(void)
{
    static const char words[] =
        ": out of memory\nhint: give it more, or a smaller input\n";
    ssize_t written = write(STDERR_FILENO, name, strlen(name));
    written += write(STDERR_FILENO, words, sizeof words - 1);
    (void)written;
    _exit(EXIT_ERROR);
}

/* May take its time: the heap is sound. */
void memory_full(const char *lifetime, size_t bytes_max)
{
    fprintf(stderr,
            "%s: this takes more than %zu MiB of memory (%s)\nhint: a smaller input\n",
            name, bytes_max >> 20, lifetime);
    _exit(EXIT_ERROR);
}

void memory_install(const char *program)
{
    name = program;
    json_set_alloc_funcs(memory_get, memory_free);
}

/* ---- small pieces that were given back ----
 *
 * malloc keeps seven of a size at hand; a batch of calls gives back thousands, each a
 * leaf of some JSON, and the next takes as many. */

enum { KEPT_OF_A_SIZE = 8192 };
enum { KEPT_BYTES_FIRST = 24, KEPT_BYTES_STEP = 16, KEPT_SIZES = 8 }; /* as malloc cuts */

struct kept {
    struct kept *next;
};

static _Thread_local struct {
    struct kept *first;
    unsigned n;
} kept[KEPT_SIZES];

static void *kept_take(size_t bytes)
{
    size_t size =
        bytes <= KEPT_BYTES_FIRST
            ? 0
            : (bytes - KEPT_BYTES_FIRST + KEPT_BYTES_STEP - 1) / KEPT_BYTES_STEP;
    if (size >= KEPT_SIZES || kept[size].n == 0)
        return NULL;
    struct kept *piece = kept[size].first;
    kept[size].first = piece->next;
    kept[size].n--;
    return piece;
}

static bool kept_give(void *piece)
{
    if (MEMORY_IS_WATCHED)
        return false;
    size_t bytes = malloc_usable_size(piece);
    size_t size = (bytes - KEPT_BYTES_FIRST) / KEPT_BYTES_STEP;
    if (bytes < KEPT_BYTES_FIRST || size >= KEPT_SIZES || kept[size].n >= KEPT_OF_A_SIZE)
        return false;
    ((struct kept *)piece)->next = kept[size].first;
    kept[size].first = piece;
    kept[size].n++;
    return true;
}

void *memory_get(size_t bytes)
{
    void *at_hand = kept_take(bytes);
    if (at_hand != NULL)
        return at_hand;
    void *piece = malloc(bytes == 0 ? 1 : bytes);
    if (piece == NULL)
        exhausted();
    return piece;
}

void *memory_zeroed(size_t bytes)
{
    void *at_hand = kept_take(bytes);
    if (at_hand != NULL)
        return memset(at_hand, 0, bytes);
    void *piece = calloc(1, bytes == 0 ? 1 : bytes);
    if (piece == NULL)
        exhausted();
    return piece;
}

void *memory_resize(void *piece, size_t bytes)
{
    piece = realloc(piece, bytes == 0 ? 1 : bytes);
    if (piece == NULL)
        exhausted();
    return piece;
}

void *memory_get_large(size_t bytes)
{
    void *piece = aligned_alloc(MEMORY_LARGE, bytes);
    if (piece == NULL)
        exhausted();
#ifdef MADV_HUGEPAGE
    (void)madvise(piece, bytes, MADV_HUGEPAGE); /* a wish */
#endif
    return piece;
}

void memory_free(void *piece)
{
    if (piece != NULL && !kept_give(piece))
        free(piece);
}
