"""CuPy as the array module: the same names as `numpy.py` beside it, on the GPU."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

import cupy as cp
import numpy as np
from cupy import (
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
from cupy.lib.stride_tricks import as_strided

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

DEVICE = "gpu:0"
CACHE = 2**26  # entries of work that are done at once

Axis = int | tuple[int, ...] | None


def check() -> int:
    """Return how many GPUs there are; raise CuPy's error if none can be used."""
    found = int(cp.cuda.runtime.getDeviceCount())
    cp.empty(1)
    return found


def to_host(array: Any) -> np.ndarray:
    """Return `array` as a NumPy array."""
    return cp.asnumpy(array)


def copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = None) -> None:
    """Copy `src` into `dst`, where `where` is true."""
    cp.copyto(dst, src, casting=casting, where=where)


def load(out: Any, host: np.ndarray) -> None:
    """Copy a host array into `out`, converting to its type."""
    out.set(np.ascontiguousarray(host, dtype=out.dtype))


def quiet() -> Any:
    """Return a context that does nothing: the GPU raises no floating-point warnings."""
    return contextlib.nullcontext()


def kernels() -> Any:
    """Return None: CuPy computes everything."""
    return None


def alone() -> Any:
    """Return a context that does nothing: the GPU has threads of its own."""
    return contextlib.nullcontext()


def product(a: Any, b: Any, out: Any) -> Callable[[], Any]:
    """Return a call that writes the matrix product of `a` and `b` into `out`."""
    return partial(cp.matmul, a, b, out=out)


def memory(nbytes: int) -> Any:
    """Return bytes that begin at a multiple of 64."""
    return cp.empty(nbytes, np.uint8)


def scratch(shape: tuple[int, ...], dtype: Any, slot: int = 0) -> Any:
    """Return a work array; CuPy's memory pool keeps and reuses it."""
    return cp.empty(shape, dtype)


def sum(a: Any, axis: Axis, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Sum over `axis`."""
    return cp.sum(a, axis, dtype, out, keepdims)


def summing(a: Any, axis: Axis, out: Any, keepdims: bool = False) -> Callable[[], Any]:
    """Return a function that writes the sum of `a` over `axis` into `out` whenever it is called."""
    return partial(cp.sum, a, axis, None, out, keepdims)


def max(a: Any, axis: Axis, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Largest value over `axis`."""
    return cp.amax(a, axis, out, keepdims)


def min(a: Any, axis: Axis, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Smallest value over `axis`."""
    return cp.amin(a, axis, out, keepdims)


def prod(a: Any, axis: Axis, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Product over `axis`."""
    return cp.prod(a, axis, dtype, out, keepdims)


def any(a: Any, axis: Axis, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Whether some value over `axis` is true."""
    return cp.any(a, axis, out, keepdims)


def all(a: Any, axis: Axis, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Whether every value over `axis` is true."""
    return cp.all(a, axis, out, keepdims)


def take(a: Any, indices: Any, axis: int, out: Any) -> None:
    """Write `a`'s entries at `indices` into `out`; indices out of range are clipped."""
    cp.take(a, cp.clip(indices, 0, a.shape[axis] - 1), axis, out)


def gather_rows(out: Any, source: np.ndarray, index: Any) -> None:
    """Write rows of a host array into `out`, converting to its type."""
    load(out, source[index])


def scatter_add(out: Any, index: Any, values: Any) -> None:
    """Add row i of `values` to row `index[i]` of `out`; rows named twice are added twice."""
    cp.add.at(out, index, values)


def erf(a: Any, out: Any) -> None:
    """The error function."""
    from cupyx.scipy.special import erf as gpu_erf

    gpu_erf(a, out)


def orthogonal(a: Any, out: Any) -> None:
    """Write the left or right singular vectors of a matrix, whichever have its shape."""
    u, _, v = cp.linalg.svd(a, full_matrices=False)
    out[...] = u if u.shape == a.shape else v


def new_generator(seed: int) -> Any:
    """Return a generator of random numbers."""
    return cp.random.Generator(cp.random.Philox4x3210(seed))


def generator_state(generator: Any) -> Any:
    """Return where a generator is in its stream of numbers, as numbers and host arrays."""
    return cp.asnumpy(generator.bit_generator._state)  # CuPy offers no other way to it


def set_generator_state(generator: Any, state: Any) -> None:
    """Let a generator go on from a state."""
    generator.bit_generator._state.set(state)


def fill_uniform(generator: Any, out: Any) -> None:
    """Fill `out` with numbers from [0, 1)."""
    out[...] = generator.random(out.shape, dtype=_wide(out.dtype))


def fill_normal(generator: Any, out: Any) -> None:
    """Fill `out` with numbers of the standard normal distribution."""
    out[...] = generator.standard_normal(out.shape, dtype=_wide(out.dtype))


def fill_truncated(generator: Any, out: Any) -> None:
    """Fill `out` with normal numbers, drawing those again that are above 2 or below -2."""
    fill_normal(generator, out)
    far = cp.flatnonzero(cp.absolute(out) > 2)
    flat = out.reshape(-1)
    while far.size:
        flat[far] = generator.standard_normal(far.size, dtype=_wide(out.dtype))
        far = far[cp.absolute(flat[far]) > 2]


def keep_mask(keep: float, out: Any) -> Callable[[Any], None]:
    """Return a function that fills the bool array `out`: true with probability `keep`."""

    def fill(generator: Any) -> None:
        cp.less(generator.random(out.shape, dtype=np.float32), np.float32(keep), out)

    return fill


def _wide(dtype: Any) -> Any:
    return dtype if dtype in (np.float32, np.float64) else np.float32
