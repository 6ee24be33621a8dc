/* The heap, and the last words of a process that has none left. */
#include "engine/base/memory.h"

#include <jansson.h>
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

void *memory_get(size_t bytes)
{
    void *piece = malloc(bytes == 0 ? 1 : bytes);
    if (piece == NULL)
        exhausted();
    return piece;
}

void *memory_zeroed(size_t bytes)
{
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
    free(piece);
}
