/* 256 bits in four limbs of 64: schoolbook multiplication, and Knuth's algorithm D. */
#include "engine/base/wide.h"

#include <stdint.h>

#include "engine/base/must.h"

enum { LIMBS = 4 };

/* Least significant first. */
struct limbs {
    uint64_t at[LIMBS + 1];
};

static struct limbs limbs_of(struct wide a);
static struct wide wide_of(const struct limbs *limbs);
static struct wide div_by_limb(struct wide a, uint64_t by, wide_half *rest);
static uint64_t div_digit(struct limbs *u, int i, wide_half v);

struct wide wide_mul(wide_half a, wide_half b)
{
    uint64_t a0 = (uint64_t)a, a1 = (uint64_t)(a >> 64);
    uint64_t b0 = (uint64_t)b, b1 = (uint64_t)(b >> 64);
    wide_half low = (wide_half)a0 * b0, high = (wide_half)a1 * b1;
    wide_half cross = (wide_half)a0 * b1;
    wide_half middle = cross + (wide_half)a1 * b0;
    if (middle < cross)
        high += (wide_half)1 << 64;
    wide_half sum = low + (middle << 64);
    return (struct wide){high + (middle >> 64) + (sum < low), sum};
}

struct wide wide_div(struct wide a, wide_half by, wide_half *rest)
{
    must(by > 0);
    if (by <= UINT64_MAX)
        return div_by_limb(a, (uint64_t)by, rest);
    if (a.high == 0) {
        *rest = a.low % by;
        return (struct wide){0, a.low / by};
    }
    /* `by` has two limbs; shifted so that its highest bit is set, a guess from the upper
     * limb is at most two too large. */
    int shift = __builtin_clzll((uint64_t)(by >> 64));
    struct limbs u = limbs_of((struct wide){
        shift == 0 ? a.high : a.high << shift | a.low >> (128 - shift), a.low << shift});
    u.at[LIMBS] = shift == 0 ? 0 : (uint64_t)(a.high >> (128 - shift));
    struct limbs q = {0};
    for (int i = LIMBS - 2; i >= 0; i--)
        q.at[i] = div_digit(&u, i, by << shift);
    *rest = wide_of(&u).low >> shift;
    return wide_of(&q);
}

int wide_cmp(struct wide a, struct wide b)
{
    if (a.high != b.high)
        return a.high < b.high ? -1 : 1;
    return (a.low > b.low) - (a.low < b.low);
}

/* One limb of the quotient: takes it × v off u[i … i + 2]. */
static uint64_t div_digit(struct limbs *u, int i, wide_half v)
{
    uint64_t v1 = (uint64_t)(v >> 64), v0 = (uint64_t)v;
    wide_half top = (wide_half)u->at[i + 2] << 64 | u->at[i + 1];
    wide_half guess = u->at[i + 2] >= v1 ? UINT64_MAX : top / v1;
    wide_half left = top - guess * v1;
    while (left <= UINT64_MAX && guess * v0 > (left << 64 | u->at[i])) {
        guess--;
        left += v1;
    }
    /* The subtraction needs 192 bits: the low two limbs, then the third with the borrow.
     */
    struct wide product = wide_mul(v, guess);
    wide_half low = (wide_half)u->at[i + 1] << 64 | u->at[i];
    wide_half difference = low - product.low;
    must(u->at[i + 2] == (uint64_t)product.high + (low < product.low));
    u->at[i + 2] = 0;
    u->at[i + 1] = (uint64_t)(difference >> 64);
    u->at[i] = (uint64_t)difference;
    return (uint64_t)guess;
}

static struct wide div_by_limb(struct wide a, uint64_t by, wide_half *rest)
{
    struct limbs limbs = limbs_of(a);
    wide_half left = 0;
    for (int i = LIMBS - 1; i >= 0; i--) {
        left = left << 64 | limbs.at[i];
        limbs.at[i] = (uint64_t)(left / by);
        left %= by;
    }
    *rest = left;
    return wide_of(&limbs);
}

static struct limbs limbs_of(struct wide a)
{
    return (struct limbs){{(uint64_t)a.low, (uint64_t)(a.low >> 64), (uint64_t)a.high,
                           (uint64_t)(a.high >> 64)}};
}

static struct wide wide_of(const struct limbs *limbs)
{
    return (struct wide){(wide_half)limbs->at[3] << 64 | limbs->at[2],
                         (wide_half)limbs->at[1] << 64 | limbs->at[0]};
}
