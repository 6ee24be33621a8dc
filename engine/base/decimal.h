/* Exact decimal numbers: 38 digits, an explicit scale, no binary fractions anywhere. */
#ifndef ENGINE_BASE_DECIMAL_H
#define ENGINE_BASE_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/text.h"

struct arena;

enum {
    DECIMAL_DIGITS_MAX = 38, /* what 127 bits always hold */
    DECIMAL_TEXT_BYTES = 80  /* sign, 38 digits, a point, leading zeros, NUL */
};

/* units × 10^-scale, 0 ≤ scale ≤ 38, |units| < 10^38. The scale is kept as written: 1.50
 * prints "1.50" and is equal to 1.5. */
struct decimal {
    __int128 units;
    uint8_t scale;
};

enum decimal_rounding {
    DECIMAL_HALF_EVEN,
    DECIMAL_DOWN, /* towards zero */
    DECIMAL_FLOOR,
    DECIMAL_CEIL
};

struct decimal decimal_from_i64(int64_t x);
bool decimal_to_i64(struct decimal d, int64_t *out); /* false: not whole, or too large */

/* "-12.50": digits, at most one point with digits on both sides; no exponent, no blanks.
 */
bool decimal_parse(struct text t, struct decimal *out);
/* The same, and JSON's form with an exponent ("1.5e3"). */
bool decimal_parse_json(struct text t, struct decimal *out);
struct text decimal_print(struct decimal d, char out[DECIMAL_TEXT_BYTES]);

/* False means overflow: more than 38 digits. Scales: add and sub the larger one; mul the
 * sum, shortened (half-even) to 38 digits where it must be; div 38 significant digits,
 * half-even, trailing zeros dropped down to the larger scale of the two. */
bool decimal_add(struct decimal a, struct decimal b, struct decimal *out);
bool decimal_sub(struct decimal a, struct decimal b, struct decimal *out);
bool decimal_mul(struct decimal a, struct decimal b, struct decimal *out);
bool decimal_div(struct decimal a, struct decimal b,
                 struct decimal *out); /* false for b = 0 too */
bool decimal_mod(struct decimal a, struct decimal b, struct decimal *out); /* sign of b */
int decimal_cmp(struct decimal a, struct decimal b);
struct decimal decimal_neg(struct decimal a);
bool decimal_round(struct decimal a, uint8_t scale, enum decimal_rounding how,
                   struct decimal *out);
struct decimal
decimal_normal(struct decimal a); /* trailing zeros off: one form for equal numbers */

/* Minor unit of an ISO 4217 currency: 2 for USD, 0 for JPY, 3 for KWD; 2 when not known.
 */
uint8_t currency_scale(const char code[3]);

#endif
