"""e^x, log and their like on vectors, in float32 and float64.

All of them split off a power of two, which the exponent of a float holds anyway, and use the Taylor
series on the small rest. `chain.ULPS` says how far off a result may be; the tests hold every function
to it. NaN, infinities and numbers too small to be normal give what NumPy gives.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .build import Kernel, Reg


class Format(NamedTuple):
    """How a type lays out its numbers, and where to stop a series."""

    integer: str
    digits: int  # bits after the point
    bias: int  # of the exponent
    low: float  # below it, e^x is 0
    high: float  # above it, e^x is infinite
    terms: int  # of the series of e^x
    log_terms: int
    saturated: float  # from which on tanh(x) is 1
    ln2: tuple[float, float]  # log(2) as a short number and what it lacks


FORMATS = {
    "float32": Format("int32", 23, 127, -104.0, 89.0, 7, 4, 10.0, (0.693359375, -2.12194440e-4)),
    "float64": Format(
        "int64", 52, 1023, -746.0, 710.0, 13, 11, 20.0, (0.6931471803691238, 1.9082149292705877e-10)
    ),
}


def polynomial(k: Kernel, x: Reg, coefficients: Sequence[float]) -> Reg:
    """Return c[0] + c[1] x + c[2] x^2 + ..."""
    *rest, last = coefficients
    value: Reg | float = last
    for c in reversed(rest):
        value = k.fma(x, value, c)
    return k.alike(value, x)[0]


def clamp(k: Kernel, x: Reg, low: float, high: float) -> Reg:
    """Return x between two numbers; NaN stays NaN."""
    x = k.select(x < low, low, x)
    return k.select(x > high, high, x)


def reduce(k: Kernel, x: Reg) -> tuple[Reg, Reg]:
    """Return n (an integer) and r such that x = n log(2) + r and |r| <= log(2) / 2."""
    f = FORMATS[x.type]
    # Adding this number pushes everything after the point out: what is left ends in the bits of n.
    magic = 1.5 * 2.0**f.digits
    shifted = x * (1 / math.log(2)) + magic
    n = k.bitcast(shifted, f.integer) - bits_of(magic, x.type)
    whole = shifted - magic
    return n, k.fma(whole, -f.ln2[1], k.fma(whole, -f.ln2[0], x))


def power_of_two(k: Kernel, n: Reg, type: str) -> Reg:
    """Return 2^n for integers whose result is a normal number."""
    f = FORMATS[type]
    return k.bitcast((n + f.bias) << f.digits, type)


def bits_of(number: float, type: str) -> int:
    """Return the bits of a float, as an integer of its size."""
    return int(np.array(number, type).view(FORMATS[type].integer))


def exp(k: Kernel, x: Reg) -> Reg:
    """e^x."""
    f = FORMATS[x.type]
    n, r = reduce(k, clamp(k, x, f.low, f.high))
    y = polynomial(k, r, [1 / math.factorial(i) for i in range(f.terms + 1)])
    # In two steps, because 2^n itself may be too large or too small.
    half = k.halve(n)
    return y * power_of_two(k, half, x.type) * power_of_two(k, n - half, x.type)


def expm1(k: Kernel, x: Reg) -> Reg:
    """e^x - 1, exact for small x."""
    f = FORMATS[x.type]
    n, r = reduce(k, clamp(k, x, -40.0, f.high))
    y = polynomial(k, r, [1 / math.factorial(i) for i in range(2, f.terms + 2)])
    y = k.fma(r * r, y, r)  # e^r - 1
    half = power_of_two(k, n - 1, x.type)
    whole = k.fma(half, y, half - 0.5) * 2.0
    return k.select(n.same(0), y, whole)


def log(k: Kernel, x: Reg) -> Reg:
    """Natural logarithm."""
    f = FORMATS[x.type]
    tiny = x < 2.0 ** (1 - f.bias)
    scale = 2.0 ** (f.digits + 2)
    bits = k.bitcast(k.select(tiny, x * scale, x), f.integer)
    # x = 2^e m, m between sqrt(1/2) and sqrt(2)
    root = bits_of(math.sqrt(0.5), x.type)
    moved = bits + (bits_of(1.0, x.type) - root)
    e = k.cast((moved >> f.digits) - f.bias, x.type)
    e = k.select(tiny, e - float(f.digits + 2), e)
    m = k.bitcast((moved & ((1 << f.digits) - 1)) + root, x.type)
    # log(1 + d) = 2 artanh(s), written so that the largest part, d, is exact
    d = m - 1.0
    s = d / (d + 2.0)
    z = s * s
    series = z * polynomial(k, z, [2 / (2 * i + 1) for i in range(1, f.log_terms + 1)])
    square = d * d * 0.5
    y = d - (square - k.fma(s, square + series, e * f.ln2[1]))
    y = k.fma(e, f.ln2[0], y)
    y = k.select(x.same(0.0), -math.inf, y)
    y = k.select(x < 0.0, math.nan, y)
    return k.select(x < math.inf, y, x)  # infinity and NaN are their own logarithms


def log1p(k: Kernel, x: Reg) -> Reg:
    """log(1 + x), exact for small x."""
    u = x + 1.0
    y = log(k, u) + (x - (u - 1.0)) / u
    y = k.select(u.same(1.0), x, y)
    return k.select((x < math.inf) & (u > 0.0), y, log(k, u))


def tanh(k: Kernel, x: Reg) -> Reg:
    """Hyperbolic tangent."""
    size = k.intrinsic("fabs", x)
    t = expm1(k, clamp(k, size, 0.0, FORMATS[x.type].saturated) * 2.0)
    return k.intrinsic("copysign", t / (t + 2.0), x)


def sigmoid(k: Kernel, x: Reg) -> Reg:
    """1 / (1 + e^-x)."""
    return 1.0 / (exp(k, -x) + 1.0)


def softplus(k: Kernel, x: Reg) -> Reg:
    """log(1 + e^x), without overflow."""
    return log1p(k, exp(k, -k.intrinsic("fabs", x))) + k.select(x < 0.0, 0.0, x)
