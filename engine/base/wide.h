/* Whole numbers of 256 bits, as far as exact decimals need them. */
#ifndef ENGINE_BASE_WIDE_H
#define ENGINE_BASE_WIDE_H

#include <stdbool.h>

typedef unsigned __int128 wide_half; /* a name the language lacks, not a struct hidden */

/* high × 2^128 + low */
struct wide {
    wide_half high;
    wide_half low;
};

struct wide wide_mul(wide_half a, wide_half b);

/* a / by, by > 0; `rest` gets what is left over. */
struct wide wide_div(struct wide a, wide_half by, wide_half *rest);

int wide_cmp(struct wide a, struct wide b);

#endif
