/* A slice of bytes that carries its length: how text is passed everywhere. */
#ifndef ENGINE_BASE_TEXT_H
#define ENGINE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct arena;

/* Not NUL-terminated unless it says so, never NULL chars with n > 0. */
struct text {
    const char *chars;
    size_t n;
};

#define TEXT(literal) ((struct text){"" literal, sizeof(literal) - 1})
#define TEXT_FMT      "%.*s"
#define TEXT_ARG(t)   (int)(t).n, (t).chars

struct text text_of(
    const char *chars); /* by strlen: for our own text only; NULL gives the empty text */
bool text_is(struct text a, struct text b);
bool text_is_chars(struct text a, const char *chars);
int text_cmp(struct text a,
             struct text b); /* by bytes, which for UTF-8 is by code point */
bool text_starts(struct text whole, struct text prefix);
bool text_ends(struct text whole, struct text suffix);
bool text_has(struct text whole, struct text part); /* anywhere in it */
struct text text_cut(struct text whole, size_t from,
                     size_t n);           /* clamped to what is there */
struct text text_trim(struct text whole); /* blanks, tabs, line ends */

/* The part before the first `mark`, which is taken off `rest` together with the mark;
 * all, if there is none. */
struct text text_split(struct text *rest, char mark);

struct text text_dup(struct arena *arena, struct text t); /* the copy is NUL-terminated */
char *text_chars(struct arena *arena, struct text t);     /* a NUL-terminated copy */

/* Decimal digits with an optional sign, nothing else, no overflow; false leaves *out
 * alone. */
bool text_to_i64(struct text t, int64_t *out);

/* Two hexadecimal digits a byte, small; no NUL behind them. */
void text_hex(char *to, const void *bytes, size_t n);

/* A fixed-seed hash (FNV-1a, 64 bit): for tables in memory, never for what is stored. */
uint64_t text_hash(struct text t);

/* Damerau-Levenshtein distance (optimal string alignment), or `most` + 1 when it is
 * larger than `most`. For names: above 128 bytes only equal texts are near. */
unsigned text_distance(struct text a, struct text b, unsigned most);

#endif
