/* flowc and flowctl with a heap that gives STARVE_AT - 1 times and then no more: linked
 * in front of malloc and its like (--wrap), the libraries' calls back to us too.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/text.h"
#include "engine/sys/env.h"

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t n, size_t bytes);
void *__real_realloc(void *piece, size_t bytes);
void *__real_aligned_alloc(size_t align, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes);
void *__wrap_realloc(void *piece, size_t bytes);
void *__wrap_aligned_alloc(size_t align, size_t bytes);

static bool is_starved(void)
{
    static int64_t at = -1, asked;
    if (at < 0) {
        const char *given = env_get("STARVE_AT");
        if (given == NULL || !text_to_i64(text_of(given), &at))
            at = INT64_MAX;
    }
    if (++asked < at)
        return false;
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t bytes)
{
    return is_starved() ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t n, size_t bytes)
{
    return is_starved() ? NULL : __real_calloc(n, bytes);
}

void *__wrap_realloc(void *piece, size_t bytes)
{
    return is_starved() ? NULL : __real_realloc(piece, bytes);
}

void *__wrap_aligned_alloc(size_t align, size_t bytes)
{
    return is_starved() ? NULL : __real_aligned_alloc(align, bytes);
}
