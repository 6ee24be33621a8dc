/* Exact decimal arithmetic: magnitudes of up to 38 digits, worked on with 256 bits where
 * a product or a widened operand needs them, and rounded once, at the end. */
#include "engine/base/decimal.h"

#include <string.h>

#include "engine/base/wide.h"

enum { SCALE_MAX = DECIMAL_DIGITS_MAX, EXPONENT_MAX = 10000 };

#define TEN_19 UINT64_C(10000000000000000000)
#define P(n)   ((wide_half)UINT64_C(1##n))
#define TOP(n) ((wide_half)UINT64_C(1##n) * TEN_19)

/* 10^0 … 10^38 */
static const wide_half ten_to[DECIMAL_DIGITS_MAX + 1] = {
    P(),
    P(0),
    P(00),
    P(000),
    P(0000),
    P(00000),
    P(000000),
    P(0000000),
    P(00000000),
    P(000000000),
    P(0000000000),
    P(00000000000),
    P(000000000000),
    P(0000000000000),
    P(00000000000000),
    P(000000000000000),
    P(0000000000000000),
    P(00000000000000000),
    P(000000000000000000),
    P(0000000000000000000),
    TOP(0),
    TOP(00),
    TOP(000),
    TOP(0000),
    TOP(00000),
    TOP(000000),
    TOP(0000000),
    TOP(00000000),
    TOP(000000000),
    TOP(0000000000),
    TOP(00000000000),
    TOP(000000000000),
    TOP(0000000000000),
    TOP(00000000000000),
    TOP(000000000000000),
    TOP(0000000000000000),
    TOP(00000000000000000),
    TOP(000000000000000000),
    TOP(0000000000000000000),
};

#undef P
#undef TOP

static wide_half size_of(struct decimal d);
static bool fits(wide_half size);
static struct decimal signed_as(bool minus, wide_half size, unsigned scale);
static unsigned digits_of(wide_half size);
static unsigned wide_digits(struct wide a);
static struct wide widened(wide_half size, unsigned digits);
static wide_half rounded(struct wide a, unsigned digits, bool minus,
                         enum decimal_rounding how);
static bool goes_up(wide_half quotient, wide_half rest, wide_half by, bool minus,
                    enum decimal_rounding how);
static struct decimal without_zeros(struct decimal d, unsigned scale_min);
static bool parse_digits(struct text *t, struct decimal *out);
static bool parse_exponent(struct text t, int64_t *exponent);

struct decimal decimal_from_i64(int64_t x)
{
    return (struct decimal){x, 0};
}

bool decimal_to_i64(struct decimal d, int64_t *out)
{
    wide_half by = ten_to[d.scale];
    wide_half size = size_of(d);
    if (size % by != 0)
        return false;
    __int128 whole = d.units / (__int128)by;
    if (whole < INT64_MIN || whole > INT64_MAX)
        return false;
    *out = (int64_t)whole;
    return true;
}

bool decimal_parse(struct text t, struct decimal *out)
{
    struct decimal d;
    if (!parse_digits(&t, &d) || t.n > 0)
        return false;
    *out = d;
    return true;
}

bool decimal_parse_json(struct text t, struct decimal *out)
{
    struct decimal d;
    int64_t exponent;
    if (!parse_digits(&t, &d) || !parse_exponent(t, &exponent))
        return false;
    int64_t scale = d.scale - exponent;
    if (d.units == 0)
        scale = scale < 0 ? 0 : scale > SCALE_MAX ? SCALE_MAX : scale;
    for (; scale > SCALE_MAX && d.units % 10 == 0; scale--)
        d.units /= 10;
    if (scale > SCALE_MAX || scale < -SCALE_MAX)
        return false;
    d.scale = scale < 0 ? 0 : (uint8_t)scale;
    if (scale >= 0) {
        *out = d;
        return true;
    }
    struct wide whole = widened(size_of(d), (unsigned)-scale);
    if (whole.high > 0 || !fits(whole.low))
        return false;
    *out = signed_as(d.units < 0, whole.low, 0);
    return true;
}

struct text decimal_print(struct decimal d, char out[DECIMAL_TEXT_BYTES])
{
    char backwards[DECIMAL_TEXT_BYTES];
    size_t n = 0, length = 0;
    wide_half left = size_of(d);
    for (unsigned written = 0; left > 0 || written <= d.scale; written++) {
        if (written > 0 && written == d.scale)
            backwards[n++] = '.';
        backwards[n++] = (char)('0' + (int)(left % 10));
        left /= 10;
    }
    if (d.units < 0)
        out[length++] = '-';
    while (n > 0)
        out[length++] = backwards[--n];
    out[length] = '\0';
    return (struct text){out, length};
}

bool decimal_add(struct decimal a, struct decimal b, struct decimal *out)
{
    unsigned scale = a.scale > b.scale ? a.scale : b.scale;
    struct wide x = widened(size_of(a), scale - a.scale);
    struct wide y = widened(size_of(b), scale - b.scale);
    wide_half most =
        2 * ten_to[DECIMAL_DIGITS_MAX]; /* an operand past it cannot come back */
    if (x.high > 0 || y.high > 0 || x.low > most || y.low > most)
        return false;
    bool minus = a.units < 0;
    wide_half size;
    if (minus == (b.units < 0)) {
        if (__builtin_add_overflow(x.low, y.low, &size))
            return false;
    } else if (x.low >= y.low) {
        size = x.low - y.low;
    } else {
        size = y.low - x.low;
        minus = !minus;
    }
    if (!fits(size))
        return false;
    *out = signed_as(minus, size, scale);
    return true;
}

bool decimal_sub(struct decimal a, struct decimal b, struct decimal *out)
{
    return decimal_add(a, decimal_neg(b), out);
}

bool decimal_mul(struct decimal a, struct decimal b, struct decimal *out)
{
    bool minus = (a.units < 0) != (b.units < 0);
    unsigned scale = a.scale + b.scale;
    struct wide product = wide_mul(size_of(a), size_of(b));
    unsigned digits = wide_digits(product);
    unsigned off = scale > SCALE_MAX ? scale - SCALE_MAX : 0;
    if (digits > DECIMAL_DIGITS_MAX + off)
        off = digits - DECIMAL_DIGITS_MAX;
    if (off > scale)
        return false;
    wide_half size = rounded(product, off, minus, DECIMAL_HALF_EVEN);
    if (!fits(size)) { /* 99…9.5 went up to one digit more */
        if (off == scale)
            return false;
        size = rounded(product, ++off, minus, DECIMAL_HALF_EVEN);
    }
    *out = signed_as(minus, size, scale - off);
    return true;
}

bool decimal_div(struct decimal a, struct decimal b, struct decimal *out)
{
    bool minus = (a.units < 0) != (b.units < 0);
    unsigned scale_min = a.scale > b.scale ? a.scale : b.scale;
    wide_half over = size_of(a), by = size_of(b), rest;
    if (by == 0)
        return false;
    if (over == 0) {
        *out = (struct decimal){0, (uint8_t)scale_min};
        return true;
    }
    /* Widened by so many digits, `over` gives a quotient of 38 digits or 39. */
    int more = DECIMAL_DIGITS_MAX - (int)digits_of(over) + (int)digits_of(by);
    int scale = more + a.scale - b.scale;
    if (scale > SCALE_MAX) {
        more -= scale - SCALE_MAX;
        scale = SCALE_MAX;
    }
    for (;; more--, scale--) {
        if (scale < 0)
            return false;
        struct wide quotient = wide_div(widened(over, (unsigned)more), by, &rest);
        if (quotient.high > 0 || !fits(quotient.low))
            continue;
        quotient.low += goes_up(quotient.low, rest, by, minus, DECIMAL_HALF_EVEN);
        if (!fits(quotient.low))
            continue;
        *out = without_zeros(signed_as(minus, quotient.low, (unsigned)scale), scale_min);
        return true;
    }
}

bool decimal_mod(struct decimal a, struct decimal b, struct decimal *out)
{
    unsigned scale = a.scale > b.scale ? a.scale : b.scale;
    struct wide by = widened(size_of(b), scale - b.scale);
    wide_half rest = size_of(a);
    if (b.units == 0)
        return false;
    if (by.high == 0)
        wide_div(widened(rest, scale - a.scale), by.low, &rest);
    /* else a, which then has the larger scale, is smaller than b: it is what is left. */
    bool minus = b.units < 0;
    if (rest > 0 && (a.units < 0) != minus) {
        if (by.high > 0)
            return false;
        rest = by.low - rest;
    }
    if (!fits(rest))
        return false;
    *out = signed_as(minus, rest, scale);
    return true;
}

int decimal_cmp(struct decimal a, struct decimal b)
{
    int sign_a = (a.units > 0) - (a.units < 0), sign_b = (b.units > 0) - (b.units < 0);
    if (sign_a != sign_b)
        return sign_a < sign_b ? -1 : 1;
    unsigned scale = a.scale > b.scale ? a.scale : b.scale;
    int order = wide_cmp(widened(size_of(a), scale - a.scale),
                         widened(size_of(b), scale - b.scale));
    return sign_a < 0 ? -order : order;
}

struct decimal decimal_neg(struct decimal a)
{
    return (struct decimal){-a.units, a.scale};
}

bool decimal_round(struct decimal a, uint8_t scale, enum decimal_rounding how,
                   struct decimal *out)
{
    bool minus = a.units < 0;
    if (scale > SCALE_MAX)
        return false;
    if (scale >= a.scale) {
        struct wide longer = widened(size_of(a), scale - a.scale);
        if (longer.high > 0 || !fits(longer.low))
            return false;
        *out = signed_as(minus, longer.low, scale);
        return true;
    }
    wide_half size = rounded((struct wide){0, size_of(a)}, a.scale - scale, minus, how);
    *out = signed_as(minus, size, scale);
    return true;
}

struct decimal decimal_normal(struct decimal a)
{
    return without_zeros(a, 0);
}

uint8_t currency_scale(const char code[3])
{
    static const struct {
        char code[4];
        uint8_t digits;
    } currencies[] = {
#define CURRENCY(code, digits, name) {code, digits},
#include "engine/base/currencies.def"
#undef CURRENCY
    };
    for (size_t i = 0; i < sizeof currencies / sizeof *currencies; i++)
        if (memcmp(currencies[i].code, code, 3) == 0)
            return currencies[i].digits;
    return 2;
}

static wide_half size_of(struct decimal d)
{
    return d.units < 0 ? -(wide_half)d.units : (wide_half)d.units;
}

static bool fits(wide_half size)
{
    return size < ten_to[DECIMAL_DIGITS_MAX];
}

static struct decimal signed_as(bool minus, wide_half size, unsigned scale)
{
    __int128 units = (__int128)size;
    return (struct decimal){minus ? -units : units, (uint8_t)scale};
}

/* 0 has one digit. 1233 / 4096 is log10(2), a little low. */
static unsigned digits_of(wide_half size)
{
    uint64_t high = (uint64_t)(size >> 64), low = (uint64_t)size;
    int bits = high > 0 ? 128 - __builtin_clzll(high) : 64 - __builtin_clzll(low | 1);
    unsigned guess = (unsigned)bits * 1233 >> 12;
    return guess + (guess > DECIMAL_DIGITS_MAX || size >= ten_to[guess] || size == 0);
}

static unsigned wide_digits(struct wide a)
{
    wide_half rest;
    if (a.high == 0)
        return digits_of(a.low);
    return DECIMAL_DIGITS_MAX +
           digits_of(wide_div(a, ten_to[DECIMAL_DIGITS_MAX], &rest).low);
}

/* size × 10^digits; digits ≤ 76, and the product within 256 bits. */
static struct wide widened(wide_half size, unsigned digits)
{
    wide_half narrow;
    if (digits == 0)
        return (struct wide){0, size};
    if (digits <= DECIMAL_DIGITS_MAX) {
        if (!__builtin_mul_overflow(size, ten_to[digits], &narrow))
            return (struct wide){0, narrow};
        return wide_mul(size, ten_to[digits]);
    }
    /* The first step stays within 128 bits, or the whole would not be within 256. */
    return wide_mul(size * ten_to[digits - DECIMAL_DIGITS_MAX],
                    ten_to[DECIMAL_DIGITS_MAX]);
}

/* a / 10^digits, which is below 10^38 or rounds to it. */
static wide_half rounded(struct wide a, unsigned digits, bool minus,
                         enum decimal_rounding how)
{
    wide_half rest;
    if (digits == 0)
        return a.low;
    struct wide quotient = wide_div(a, ten_to[digits], &rest);
    return quotient.low + goes_up(quotient.low, rest, ten_to[digits], minus, how);
}

static bool goes_up(wide_half quotient, wide_half rest, wide_half by, bool minus,
                    enum decimal_rounding how)
{
    switch (how) {
    case DECIMAL_HALF_EVEN:
        return rest > by - rest || (rest == by - rest && (quotient & 1) == 1);
    case DECIMAL_DOWN:
        return false;
    case DECIMAL_FLOOR:
        return minus && rest > 0;
    case DECIMAL_CEIL:
        return !minus && rest > 0;
    }
    return false;
}

static struct decimal without_zeros(struct decimal d, unsigned scale_min)
{
    for (unsigned step = 16; step > 0; step /= 2)
        while (d.scale >= scale_min + step && d.units % (__int128)ten_to[step] == 0) {
            d.units /= (__int128)ten_to[step];
            d.scale = (uint8_t)(d.scale - step);
        }
    return d;
}

/* Sign, digits, and a point with digits behind it, taken off `t`. */
static bool parse_digits(struct text *t, struct decimal *out)
{
    wide_half size = 0;
    unsigned scale = 0, digits = 0;
    bool past_point = false;
    size_t i = t->n > 0 && t->chars[0] == '-';
    bool minus = i == 1;
    for (; i < t->n; i++) {
        char c = t->chars[i];
        if (c == '.' && !past_point && digits > 0) {
            past_point = true;
            digits = 0;
            continue;
        }
        if (c < '0' || c > '9')
            break;
        if (size >= ten_to[DECIMAL_DIGITS_MAX - 1] || scale == SCALE_MAX)
            return false;
        size = size * 10 + (unsigned)(c - '0');
        scale += past_point;
        digits++;
    }
    *out = signed_as(minus, size, scale);
    *t = text_cut(*t, i, t->n);
    return digits > 0;
}

/* "e-3", "E+3", or nothing. */
static bool parse_exponent(struct text t, int64_t *exponent)
{
    *exponent = 0;
    if (t.n == 0)
        return true;
    if (t.chars[0] != 'e' && t.chars[0] != 'E')
        return false;
    return text_to_i64(text_cut(t, 1, t.n), exponent) && *exponent <= EXPONENT_MAX &&
           *exponent >= -EXPONENT_MAX;
}
