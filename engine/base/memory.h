/* The heap: what is asked for is there, or the process ends with a sentence.
 *
 * A program that goes on after an allocation has failed goes on with a value that is
 * missing, somewhere, silently. Ours end at once, the libraries' memory included: nothing
 * that was promised is lost, for promises are in the store. */
#ifndef ENGINE_BASE_MEMORY_H
#define ENGINE_BASE_MEMORY_H

#include <stddef.h>

/* AddressSanitizer looks on: nothing is kept to be given out again, so that who reads
 * what was given back is seen. */
#if defined(__has_feature) /* clang says it so */
#if __has_feature(address_sanitizer)
#define MEMORY_IS_WATCHED 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define MEMORY_IS_WATCHED 1
#endif
#ifndef MEMORY_IS_WATCHED
#define MEMORY_IS_WATCHED 0
#endif

/* What the last words begin with ("flowc"), and jansson's memory from here too. Once, at
 * the beginning of main(). */
void memory_install(const char *program);

/* The last words of a program whose input reaches a bound on memory that no better words
 * speak of: for arena_full_hook, where that is no bug. */
void memory_full(const char *lifetime, size_t bytes_max);

/* Never NULL. None of them is for lasting use in the core: that is what arenas are for.
 */
void *memory_get(size_t bytes) __attribute__((returns_nonnull)); /* not zeroed */
void *memory_zeroed(size_t bytes) __attribute__((returns_nonnull));
void *memory_resize(void *piece, size_t bytes) __attribute__((returns_nonnull));
void memory_free(void *piece); /* NULL is fine */

/* Not zeroed, a multiple of MEMORY_LARGE bytes, in pages of that size where the system
 * gives some: else a page of 4 KiB is given at a time, on the first touch of each, which
 * takes longer than most of what is then done with it. */
enum { MEMORY_LARGE = 2 << 20 };
void *memory_get_large(size_t bytes) __attribute__((returns_nonnull));

#endif
