"""Batch normalization and pooling by compiled kernels: a function that runs one, or None for NumPy's way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .asking import Run, at, kernels_for, module
from .window import Geometry, Walk, geometry

ROWS_WORTH_IT = 50_000  # entries from which normalization is quicker by more than a kernel costs
POOL_WORTH_IT = 100_000  # entries of the input, as above
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
        statistics(at(x), at(center), at(spread), rows)
        factor = work[2]
        xp.sqrt(xp.add(spread, epsilon, factor), factor)
        xp.divide(gamma, factor, factor)
        normalize(at(x), at(center), at(factor), at(beta), at(y), rows)

    return run


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
        slopes(at(dy), at(x), at(mean), at(sum_dy), at(sum_d), rows)
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
        combine(at(dy), at(x), at(mean), at(a), at(b), at(c), at(dx), rows)

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
    return lambda: code(at(x), at(y), 0 if index is None else at(index), 0, len(x))


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
        code(at(dy), at(index), at(out), 0, len(out))

    return run
