"""Batch normalization and pooling by compiled kernels: a function that runs one, or None for NumPy's way."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from . import threads
from .asking import Run, at, kernels_for, module
from .window import Geometry, Walk, geometry

ROWS_WORTH_IT = 50_000  # entries from which normalization is quicker by more than a kernel costs
POOL_WORTH_IT = 100_000  # entries of the input, as above
FOR_A_THREAD = 100_000  # entries that are worth waking a thread for
MANY_TAPS = 64  # the code holds one after the other


def _rows(x: Any, axes: Sequence[int], *others: Any, xp: Any) -> Any:
    """Return the kernels of normalization if they can take x, reduced over `axes`."""
    kernels = kernels_for(xp, x, *others)
    if kernels is None or tuple(axes) != tuple(range(x.ndim - 1)):
        return None
    if x.size < ROWS_WORTH_IT and kernels.choice() != "compiled":
        return None
    return module("norm") if kernels.ready() else None


def batch_norm(
    xp: Any, x: Any, gamma: Any, beta: Any, out: Any, axes: Sequence[int], epsilon: float
) -> Run | None:
    """Return what runs `batch_norm`: the op of this name says what the arrays are."""
    y, mean, var = out
    norm = _rows(x, axes, gamma, beta, y, xp=xp)
    if norm is None:
        return None
    channels, rows = x.shape[-1], x.size // x.shape[-1]
    statistics, normalize = norm.statistics(channels), norm.normalize(channels)

    def run() -> None:
        work = xp.scratch((3, channels), x.dtype)
        center = work[0] if mean is None else mean
        spread = work[1] if var is None else var
        _statistics(xp, statistics, x.reshape(rows, channels), center, spread)
        factor = work[2]
        xp.sqrt(xp.add(spread, epsilon, factor), factor)
        xp.divide(gamma, factor, factor)

        def part(first: int, end: int) -> None:
            skip = first * channels * 4
            small = at(center), at(factor), at(beta)
            normalize(at(x) + skip, *small, at(y) + skip, end - first)

        threads.split(rows, part, 1 + FOR_A_THREAD // channels)

    return run


def _shares(rows: int, channels: int) -> list[tuple[int, int]]:
    """Return the rows of each thread."""
    most = rows * channels // FOR_A_THREAD
    return threads.ranges(rows, min(threads.get_threads(), most))


def _statistics(xp: Any, code: Any, x: Any, mean: Any, var: Any) -> None:
    """Write mean and variance of rows: each thread takes some, and their results are joined.

    See: Chan, Golub and LeVeque (1979), as in `norm`.
    """
    shares = _shares(*x.shape)
    means, variances = xp.scratch((2, len(shares), x.shape[1]), "float64", 6)

    def part(number: int) -> None:
        first, end = shares[number]
        code(at(x) + first * x.strides[0], at(means[number]), at(variances[number]), end - first)

    threads.together([partial(part, i) for i in range(len(shares))])
    for m, v, (first, end) in zip(means, variances, shares, strict=True):
        if first:
            weight = (end - first) / end  # of the new rows among all
            m -= means[0]
            v -= variances[0]
            variances[0] += weight * (v + m * m * (1 - weight))
            means[0] += weight * m
    xp.copyto(mean, means[0], casting="unsafe")
    xp.copyto(var, variances[0], casting="unsafe")


def batch_norm_grad(
    xp: Any, arrays: Sequence[Any], out: Any, axes: Sequence[int], epsilon: float
) -> Run | None:
    """Return what runs `batch_norm_grad`: the op of this name says what the arrays are."""
    dy, x, gamma, mean, var, dmean, dvar = arrays
    dx, dgamma, dbeta = out
    norm = _rows(x, axes, dy, gamma, mean, var, dx, xp=xp)
    if norm is None:
        return None
    channels, rows = x.shape[-1], x.size // x.shape[-1]
    slopes, combine = norm.slopes(channels), norm.combine(channels)

    def run() -> None:
        work = xp.scratch((6, channels), x.dtype)
        sum_dy, sum_d, scale, a, b, c = (work[i] for i in range(6))
        shares = _shares(rows, channels)
        sums = xp.scratch((2, len(shares), channels), "float64", 6)

        def add(number: int) -> None:
            first, end = shares[number]
            skip = first * channels * 4
            targets = at(sums[0, number]), at(sums[1, number])
            slopes(at(dy) + skip, at(x) + skip, at(mean), *targets, end - first)

        threads.together([partial(add, i) for i in range(len(shares))])
        for total, each in zip((sum_dy, sum_d), sums, strict=True):
            for more in each[1:]:
                each[0] += more
            xp.copyto(total, each[0], casting="unsafe")
        xp.sqrt(xp.add(var, epsilon, scale), scale)
        xp.reciprocal(scale, scale)
        xp.multiply(sum_d, scale, sum_d)
        if dgamma is not None:
            xp.copyto(dgamma, sum_d)
        if dbeta is not None:
            xp.copyto(dbeta, sum_dy)
        # dx = a * dy + b * (x - mean) + c
        xp.multiply(gamma, scale, a)
        xp.multiply(xp.multiply(sum_d, scale, b), a, b)
        xp.subtract(xp.multiply(dvar, 2, c), b, b)
        xp.divide(b, rows, b)
        xp.subtract(dmean, xp.multiply(sum_dy, a, c), c)
        xp.divide(c, rows, c)

        def part(first: int, end: int) -> None:
            skip = first * channels * 4
            small = at(mean), at(a), at(b), at(c)
            combine(at(dy) + skip, at(x) + skip, *small, at(dx) + skip, end - first)

        threads.split(rows, part, 1 + FOR_A_THREAD // channels)

    return run


def _pool(xp: Any, x: Any, size: Sequence[int], walk: Walk, *others: Any) -> Geometry | None:
    """Return the window over x if a kernel can pool it."""
    kernels = kernels_for(xp, *others)
    if kernels is None or (x.size < POOL_WORTH_IT and kernels.choice() != "compiled"):
        return None
    g = geometry(x.shape[1:-1], x.shape[-1], size, x.shape[-1], *walk)
    return None if g.has_pads or g.taps > MANY_TAPS or not kernels.ready() else g


def max_pool(xp: Any, x: Any, out: Any, size: Sequence[int], walk: Walk) -> Run | None:
    """Return what runs `max_pool`: the op of this name says what the arrays are."""
    y, index = out
    g = _pool(xp, x, size, walk, y, x)
    if g is None:
        return None
    code = module("pool").largest(g, index is not None)

    def part(first: int, end: int) -> None:
        code(at(x), at(y), 0 if index is None else at(index), first, end)

    return lambda: threads.split(len(x), part, _least(x))


def _least(x: Any) -> int:
    """Return how many images are worth waking a thread for."""
    return 1 + FOR_A_THREAD * len(x) // x.size


def unpool(
    xp: Any, dy: Any, index: Any, out: Any, size: Sequence[int], walk: Walk, covering: bool
) -> Run | None:
    """Return what runs `unpool`.

    Args:
        xp, dy, index, out, size, walk: as the op of this name says.
        covering: whether the windows leave nothing out.
    """
    apart = all(n <= s for n, s in zip(size, walk.strides, strict=True))
    g = _pool(xp, out, size, walk, dy, out)
    if g is None or index.dtype != np.uint8 or not index.flags.c_contiguous:
        return None
    code = module("pool").put_back(g, not apart)

    def run() -> None:
        if not covering:  # windows that overlap do not count as covering
            out[...] = 0
        threads.split(len(out), part, _least(out))

    def part(first: int, end: int) -> None:
        code(at(dy), at(index), at(out), first, end)

    return run
