"""NumPy as the array module: the names that ops use, and the gaps to CuPy closed.

`cupy.py` beside this file offers the same names with the same signatures. An op that needs
another function adds it to both.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from contextlib import nullcontext
from functools import cache, partial
from typing import Any

import numpy as np
from numpy import (
    absolute,
    add,
    arange,
    argmax,
    argmin,
    argsort,
    asarray,
    broadcast_to,
    ceil,
    concatenate,
    copysign,
    copyto,
    cos,
    cumprod,
    cumsum,
    divide,
    dot,
    empty,
    equal,
    exp,
    expand_dims,
    expm1,
    floor,
    floor_divide,
    full,
    greater,
    greater_equal,
    isfinite,
    isinf,
    isnan,
    less,
    less_equal,
    log,
    log1p,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    matmul,
    maximum,
    minimum,
    moveaxis,
    multiply,
    negative,
    not_equal,
    ones,
    power,
    reciprocal,
    remainder,
    repeat,
    reshape,
    rint,
    sign,
    sin,
    sort,
    sqrt,
    square,
    squeeze,
    subtract,
    take_along_axis,
    tan,
    tanh,
    transpose,
    where,
    zeros,
)
from numpy.lib.stride_tricks import as_strided

from . import compiled as _compiled

__all__ = [
    "CACHE",
    "DEVICE",
    "absolute",
    "add",
    "all",
    "alone",
    "any",
    "arange",
    "argmax",
    "argmin",
    "argsort",
    "as_strided",
    "asarray",
    "broadcast_to",
    "ceil",
    "concatenate",
    "copysign",
    "copyto",
    "cos",
    "cumprod",
    "cumsum",
    "divide",
    "dot",
    "empty",
    "equal",
    "erf",
    "exp",
    "expand_dims",
    "expm1",
    "fill_normal",
    "fill_truncated",
    "fill_uniform",
    "floor",
    "floor_divide",
    "full",
    "gather_rows",
    "generator_state",
    "greater",
    "greater_equal",
    "isfinite",
    "isinf",
    "isnan",
    "keep_mask",
    "kernels",
    "less",
    "less_equal",
    "load",
    "log",
    "log1p",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "matmul",
    "max",
    "maximum",
    "memory",
    "min",
    "minimum",
    "moveaxis",
    "multiply",
    "negative",
    "new_generator",
    "not_equal",
    "ones",
    "orthogonal",
    "power",
    "prod",
    "product",
    "quiet",
    "reciprocal",
    "remainder",
    "repeat",
    "reshape",
    "rint",
    "scatter_add",
    "scratch",
    "set_generator_state",
    "sign",
    "sin",
    "sort",
    "sqrt",
    "square",
    "squeeze",
    "subtract",
    "sum",
    "summing",
    "take",
    "take_along_axis",
    "tan",
    "tanh",
    "to_host",
    "transpose",
    "where",
    "zeros",
]

DEVICE = "cpu"
CACHE = 2**18  # entries of work that stay in cache

Axis = int | tuple[int, ...] | None

_local = threading.local()
_MOST_ONES = 4096  # entries that are added up by one product
_WIDE_ROW = 512  # entries from which adding row by row is quicker


def to_host(array: Any) -> np.ndarray:
    """Return `array` as a NumPy array (here it is one)."""
    return np.asarray(array)


def load(out: Any, host: np.ndarray) -> None:
    """Copy a host array into `out`, converting to its type."""
    np.copyto(out, host, casting="unsafe")


def quiet() -> Any:
    """Return a context in which overflow, division by zero and NaN raise no warning."""
    return np.errstate(all="ignore")


def kernels() -> Any:
    """Return the maker of compiled kernels, None where this module computes everything."""
    return _compiled if _compiled.wanted() else None


def alone() -> Any:
    """Return a context in which products leave the threads to compiled kernels; it can be kept."""
    return _compiled.threads.Alone() if _compiled.wanted() else nullcontext()


def product(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> Callable[[], Any]:
    """Return a call that writes the matrix product of `a` and `b` into `out`."""
    if a.ndim == b.ndim == 2 and a.dtype.kind == "f":
        if a.size * b.shape[1] > _compiled.threads.LARGE and _compiled.wanted():
            return _compiled.threads.product(a, b, out)
        if out.flags.c_contiguous:
            return partial(np.dot, a, b, out)  # the quicker call of the two
    return partial(np.matmul, a, b, out)


def memory(nbytes: int) -> np.ndarray:
    """Return bytes that begin at a multiple of 64: many more, if they cost nothing until touched."""
    count = 8 * nbytes if nbytes > 2**17 else 2**20
    try:
        block = np.empty(count + 64, np.uint8)
    except MemoryError:
        count = nbytes
        block = np.empty(count + 64, np.uint8)
    start = -block.ctypes.data % 64
    return block[start : start + count]


def scratch(shape: tuple[int, ...], dtype: Any, slot: int = 0) -> np.ndarray:
    """Return a work array that is valid until the calling op's run ends.

    The memory belongs to the thread and is used again by every op; different slots do not overlap.
    """
    kept = _local.__dict__.setdefault("scratch", {})
    count = 1
    for size in shape:
        count *= size
    nbytes = count * np.dtype(dtype).itemsize
    block = kept.get(slot)
    if block is None or block.nbytes < nbytes:
        block = kept[slot] = np.empty(nbytes, np.uint8)
    return block[:nbytes].view(dtype).reshape(shape)


def sum(
    a: np.ndarray, axis: Axis, dtype: Any = None, out: Any = None, keepdims: bool = False
) -> Any:
    """Sum over `axis`."""
    if out is None or dtype is not None:
        return np.add.reduce(a, axis, dtype, out, keepdims)  # type: ignore[call-overload]
    summing(a, axis, out, keepdims)()
    return out


def summing(
    a: np.ndarray, axis: Axis, out: np.ndarray, keepdims: bool = False
) -> Callable[[], Any]:
    """Return a function that writes the sum of `a` over `axis` into `out` whenever it is called.

    Sums over neighbouring axes of floats in C order are matrix products, which is several times
    faster; sums of a few thousand entries, added up, keep the rounding error small.
    """
    axes = (axis,) if isinstance(axis, int) else range(a.ndim) if axis is None else axis
    axes = tuple(i % a.ndim for i in axes)
    first, count = (axes[0], len(axes)) if axes else (0, 0)
    if (
        0 < count < a.ndim
        and axes == tuple(range(first, first + count))
        and a.dtype in (np.float32, np.float64)
        and out.dtype == a.dtype
        and a.flags.c_contiguous
        and out.flags.c_contiguous
        and a.size
    ):
        before, after = math.prod(a.shape[:first]), math.prod(a.shape[first + count :])
        length = a.size // (before * after)
        ones_ = _ones(a.dtype)[:length]
        if before == 1 and length > _MOST_ONES:
            return partial(_sum_rows, a.reshape(length, after), out.reshape(-1))
        if before == 1:
            return partial(np.dot, ones_, a.reshape(length, after), out.reshape(-1))
        if after == 1 and length <= _MOST_ONES:
            return partial(np.dot, a.reshape(before, length), ones_, out.reshape(-1))
        if length <= _MOST_ONES:
            return partial(
                np.matmul, ones_, a.reshape(before, length, after), out.reshape(before, after)
            )
    return partial(np.add.reduce, a, axis, None, out, keepdims)


@cache
def _ones(dtype: Any) -> np.ndarray:
    return np.ones(_MOST_ONES, dtype)


def _sum_rows(rows: np.ndarray, out: np.ndarray) -> None:
    ones_ = _ones(rows.dtype)
    np.dot(ones_, rows[:_MOST_ONES], out)
    for start in range(_MOST_ONES, len(rows), _MOST_ONES):
        part = rows[start : start + _MOST_ONES]
        np.add(out, np.dot(ones_[: len(part)], part), out)


def max(
    a: np.ndarray, axis: Axis, dtype: Any = None, out: Any = None, keepdims: bool = False
) -> Any:
    """Largest value over `axis`."""
    return np.maximum.reduce(a, axis, dtype, out, keepdims)  # type: ignore[call-overload]


def min(
    a: np.ndarray, axis: Axis, dtype: Any = None, out: Any = None, keepdims: bool = False
) -> Any:
    """Smallest value over `axis`."""
    return np.minimum.reduce(a, axis, dtype, out, keepdims)  # type: ignore[call-overload]


def prod(
    a: np.ndarray, axis: Axis, dtype: Any = None, out: Any = None, keepdims: bool = False
) -> Any:
    """Product over `axis`."""
    return np.multiply.reduce(a, axis, dtype, out, keepdims)  # type: ignore[call-overload]


def any(
    a: np.ndarray, axis: Axis, dtype: Any = None, out: Any = None, keepdims: bool = False
) -> Any:
    """Whether some value over `axis` is true."""
    return np.logical_or.reduce(a, axis, dtype, out, keepdims)  # type: ignore[call-overload]


def all(
    a: np.ndarray, axis: Axis, dtype: Any = None, out: Any = None, keepdims: bool = False
) -> Any:
    """Whether every value over `axis` is true."""
    return np.logical_and.reduce(a, axis, dtype, out, keepdims)  # type: ignore[call-overload]


def take(a: np.ndarray, indices: np.ndarray, axis: int, out: np.ndarray) -> None:
    """Write `a`'s entries at `indices` into `out`; indices out of range are clipped."""
    if indices.dtype != np.intp:  # np.take would convert them in fresh memory
        places = scratch(indices.shape, np.intp, 7)
        np.copyto(places, indices, casting="unsafe")
        indices = places
    np.take(a, indices, axis, out, "clip")


def gather_rows(out: Any, source: np.ndarray, index: Any) -> None:
    """Write rows of a host array into `out`, converting to its type.

    Args:
        out: array of the device.
        source: host array.
        index: slice, or integer array of row numbers.
    """
    if isinstance(index, slice):
        np.copyto(out, source[index], casting="unsafe")
    elif source.dtype == out.dtype:
        np.take(source, index, 0, out, "clip")
    else:
        rows = scratch(out.shape, source.dtype)
        np.take(source, index, 0, rows, "clip")
        np.copyto(out, rows, casting="unsafe")


def scatter_add(out: np.ndarray, index: np.ndarray, values: np.ndarray) -> None:
    """Add row i of `values` to row `index[i]` of `out`; rows named twice are added twice.

    Args:
        out: array (rows, ...) in C order.
        index: integer array (n,).
        values: array (n, ...) in C order.
    """
    if not values.size:
        return
    if _compiled.add_rows(out, index, values):
        return
    width = values.size // len(index)
    if width > _WIDE_ROW:
        for place, row in zip(index.tolist(), values, strict=True):
            target = out[place]
            np.add(target, row, target)
        return
    # np.add.at is quick on one axis only: turn rows into single entries.
    flat, columns = out.reshape(-1), np.arange(width)
    step = 16384 // width
    for start in range(0, len(index), step):
        part = index[start : start + step]
        places = scratch((len(part), width), np.intp, 7)
        np.copyto(places, part[:, None])
        np.multiply(places, width, places)
        np.add(places, columns, places)
        np.add.at(flat, places.reshape(-1), values[start : start + step].reshape(-1))


def erf(a: np.ndarray, out: np.ndarray) -> None:
    """The error function, entry by entry: NumPy has none."""
    flat = np.ravel(a)
    out[...] = np.fromiter((math.erf(v) for v in flat), np.float64, flat.size).reshape(a.shape)


def orthogonal(a: np.ndarray, out: np.ndarray) -> None:
    """Write the left or right singular vectors of a matrix, whichever have its shape."""
    u, _, v = np.linalg.svd(a, full_matrices=False)
    out[...] = u if u.shape == a.shape else v


def new_generator(seed: int) -> np.random.Generator:
    """Return a generator of random numbers."""
    return np.random.Generator(np.random.SFC64(seed))


def generator_state(generator: Any) -> Any:
    """Return where a generator is in its stream of numbers, as numbers and host arrays."""
    return generator.bit_generator.state


def set_generator_state(generator: Any, state: Any) -> None:
    """Let a generator go on from a state."""
    generator.bit_generator.state = state


def fill_uniform(generator: Any, out: np.ndarray) -> None:
    """Fill `out` with numbers from [0, 1)."""
    if out.dtype in (np.float32, np.float64) and out.flags.c_contiguous:
        generator.random(out=out, dtype=out.dtype)
    else:
        out[...] = generator.random(out.shape)


def fill_normal(generator: Any, out: np.ndarray) -> None:
    """Fill `out` with numbers of the standard normal distribution."""
    if out.dtype in (np.float32, np.float64) and out.flags.c_contiguous:
        generator.standard_normal(out=out, dtype=out.dtype)
    else:
        out[...] = generator.standard_normal(out.shape)


def fill_truncated(generator: Any, out: np.ndarray) -> None:
    """Fill `out` with normal numbers, drawing those again that are above 2 or below -2."""
    fill_normal(generator, out)
    flat = out.reshape(-1)
    for start in range(0, flat.size, 8192):
        part = flat[start : start + 8192]
        far = np.flatnonzero(np.absolute(part) > 2)
        while far.size:
            part[far] = generator.standard_normal(far.size)
            far = far[np.absolute(part[far]) > 2]


def keep_mask(keep: float, out: np.ndarray) -> Callable[[Any], None]:
    """Return a function that fills the bool array `out`: true with probability `keep`.

    It takes a generator. Sixteen random bits decide an entry, so `keep` is rounded to a multiple of
    1/65536. The bits of two neighbours are their place, mixed with a key from the generator, as
    hash functions do it.

    Args:
        keep: from 0 to 1.
        out: in C order.
    """
    flat = out.reshape(-1)
    if keep >= 1 or keep <= 0:
        return lambda generator: flat.fill(keep >= 1)
    limit = sorted((1, round(keep * 65536), 65535))[1]
    kernel = None

    def fill(generator: Any) -> None:
        nonlocal kernel
        word = generator.bit_generator.random_raw()
        kernel = kernel or _compiled.mask(flat, limit)
        (kernel or partial(_mix, flat, limit))(word & 0xFFFFFFFF, word >> 32)

    return fill


@cache
def _mixing() -> tuple[np.ndarray, ...]:
    # Numbers without axes: Python's, and NumPy's own, would slow small calls down.
    step, *factors = _compiled.MIX
    steps = np.arange(8192, dtype=np.uint32) * np.uint32(step)
    return steps, *(np.array(n, np.uint32) for n in (16, 15, *factors))


def _mix(flat: np.ndarray, limit: int, start: int, turn: int) -> None:
    steps, sixteen, fifteen, first_factor, second_factor = _mixing()
    x, y = scratch((2, len(steps)), np.uint32)
    for first in range(0, len(flat), 2 * len(steps)):
        part = flat[first : first + 2 * len(steps)]
        a, b, places = (n[: (len(part) + 1) // 2] for n in (x, y, steps))
        begin = start + first // 2 * _compiled.MIX[0]
        add(places, np.array(begin & 0xFFFFFFFF, np.uint32), a)
        np.bitwise_xor(a, np.right_shift(a, sixteen, b), a)
        multiply(a, first_factor, a)
        np.bitwise_xor(a, np.array(turn, np.uint32), a)
        np.bitwise_xor(a, np.right_shift(a, fifteen, b), a)
        multiply(a, second_factor, a)
        np.bitwise_xor(a, np.right_shift(a, sixteen, b), a)
        less(a.view(np.uint16)[: len(part)], np.array(limit, np.uint16), part)
