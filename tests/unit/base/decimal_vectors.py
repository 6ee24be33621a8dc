#!/usr/bin/env python3
"""Writes decimal_vectors.def: what python's integers and decimal module say about random decimals."""
import random
from decimal import Context, Decimal, ROUND_HALF_EVEN

random.seed(20260512)
TEN38 = 10**38
WIDE = Context(prec=38, rounding=ROUND_HALF_EVEN, Emin=-999, Emax=999)


def half_even(n, d):
    q, r = divmod(n, d)
    return q + (1 if 2 * r > d or (2 * r == d and q % 2) else 0)


def text(units, scale):
    digits = str(abs(units)).rjust(scale + 1, "0")
    body = digits if scale == 0 else digits[:-scale] + "." + digits[-scale:]
    return ("-" if units < 0 else "") + body


def shown(result):
    return "NULL" if result is None else '"%s"' % text(*result)


def held(units, scale):
    return (units, scale) if abs(units) < TEN38 and 0 <= scale <= 38 else None


def add(a, b):
    s = max(a[1], b[1])
    return held(a[0] * 10 ** (s - a[1]) + b[0] * 10 ** (s - b[1]), s)


def mul(a, b):
    n, s = abs(a[0] * b[0]), a[1] + b[1]
    sign = -1 if a[0] * b[0] < 0 else 1
    for off in range(0, 80):
        if off > s:
            return None
        q = half_even(n, 10**off)
        if q < TEN38 and s - off <= 38:
            return (sign * q, s - off)
    return None


def div(a, b):
    if b[0] == 0:
        return None
    floor = max(a[1], b[1])
    if a[0] == 0:
        return (0, floor)
    sign = -1 if (a[0] < 0) != (b[0] < 0) else 1
    for s in range(38, -1, -1):
        e = s - a[1] + b[1]
        n, d = abs(a[0]), abs(b[0])
        n, d = (n * 10**e, d) if e >= 0 else (n, d * 10**-e)
        q = half_even(n, d)
        if q < TEN38:
            while s > floor and q % 10 == 0:
                q, s = q // 10, s - 1
            # python's own division agrees wherever its 38 digits end before our 38 places
            theirs = WIDE.divide(Decimal(text(*a)), Decimal(text(*b)))
            if theirs.as_tuple().exponent >= -38:
                assert theirs == Decimal(text(sign * q, s)), (a, b)
            return (sign * q, s)
    return None


def mod(a, b):
    if b[0] == 0:
        return None
    s = max(a[1], b[1])
    return held((a[0] * 10 ** (s - a[1])) % (b[0] * 10 ** (s - b[1])), s)


def cmp(a, b):
    s = max(a[1], b[1])
    x, y = a[0] * 10 ** (s - a[1]), b[0] * 10 ** (s - b[1])
    return (x > y) - (x < y)


def pick():
    kind = random.randrange(6)
    if kind == 0:
        return (random.choice([0, 1, -1, TEN38 - 1, 1 - TEN38, 10**37, 5, -5]), random.choice([0, 1, 2, 19, 37, 38]))
    if kind == 1:
        return (random.randrange(-(10**6), 10**6), random.randrange(0, 5))
    if kind == 2:
        return (random.choice([-1, 1]) * 10 ** random.randrange(38), random.randrange(39))
    if kind == 3:
        return (random.choice([-1, 1]) * random.randrange(2**64, 2**96), random.randrange(39))
    return (random.choice([-1, 1]) * random.randrange(10 ** random.randrange(1, 39)), random.randrange(39))


print("/* a, b, a + b, a - b, a * b, a / b, mod(a, b), order: made by decimal_vectors.py. */")
for _ in range(600):
    a, b = pick(), pick()
    print(
        'VECTOR("%s", "%s", %s, %s, %s, %s, %s, %d)'
        % (
            text(*a), text(*b), shown(add(a, b)), shown(add(a, (-b[0], b[1]))),
            shown(mul(a, b)), shown(div(a, b)), shown(mod(a, b)), cmp(a, b),
        )
    )
