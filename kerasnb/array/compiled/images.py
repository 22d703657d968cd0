"""Convolutions by compiled kernels: who asks for one gets a function that runs it, or None.

None stands for NumPy's way, which computes everything: where a kernel cannot be made, and where it
is not quicker. `KERASNB_CONV` chooses how 3x3 kernels are computed: 'direct', 'f2' (Winograd's tiles
of 2x2 results, the default) or 'f4' (4x4: quicker, one digit less exact).

Errors beside float64, as parts of the results' root mean square: the largest of 40,000 results, of 300
normal products each (20,000 for the gradient by the kernel). They grow with the square root of these:

                 forward, by the input    by the kernel
    direct               4e-6                 3e-6
    F2                   2e-6                 3e-6
    F4                   7e-5                 3e-5

Winograd's tiles let NaN and infinity reach their neighbours: up to one (F2) or three (F4) places
further than NumPy's way does, all entries of a kernel's gradient, and infinity may become NaN. Direct
kernels have them where NumPy has them.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

from . import threads
from .asking import Run, at, kernels_for, module
from .window import Geometry, Sizes, Walk, geometry

# Products from which a kernel is made. NumPy takes some 50 microseconds for a million of them,
# a compiler 50 to 100 milliseconds for a kernel.
WORTH_IT = 4_000_000
MANY_PLACES = 200  # with fewer, kernels are laid out anew too often
LARGE_KERNEL = 200_000  # entries from which adding to them takes longer than NumPy's product
FOR_A_THREAD = 2_000_000  # products that are worth waking a thread for
MANY_TAPS = 64  # of a depthwise kernel, whose code holds one after the other
WINOGRAD_CHANNELS = 16  # fewer do not pay for the transforms


def conv(xp: Any, x: Any, kernel: Any, out: Any, walk: Walk) -> Run | None:
    """Return what writes the convolution of x with a kernel into `out`.

    Args:
        xp: array module.
        x: array (batch, ..., channels).
        kernel: array (..., channels, filters).
        out: array (batch, ..., filters).
        walk: the window's steps and the zeros around x.
    """
    return _conv(xp, x, kernel, out, walk, turned=False)


def conv_input(xp: Any, dy: Any, kernel: Any, out: Any, walk: Walk) -> Run | None:
    """Return what writes the gradient of `conv` by x into `out`.

    Of windows that move one step at a time it is a convolution with the kernel turned around.
    """
    back = _turned(kernel.shape, walk)
    return back and _conv(xp, dy, kernel, out, back, turned=True)


def conv_kernel(xp: Any, x: Any, dy: Any, out: Any, walk: Walk) -> Run | None:
    """Return what writes the gradient of `conv` by the kernel into `out`."""
    return _kernel_gradient(xp, "conv", x, dy, out, walk)


def _turned(kernel: Sizes, walk: Walk) -> Walk | None:
    """Return how the turned kernel moves over the slopes, if it is by single steps."""
    span = [(n - 1) * d for n, d in zip(kernel, walk.dilation, strict=False)]
    pads = tuple((n - a, n - b) for n, (a, b) in zip(span, walk.pads, strict=True))
    if any(s != 1 for s in walk.strides) or any(p < 0 for pair in pads for p in pair):
        return None
    return walk._replace(pads=pads)


def _backwards(kernel: Any) -> Any:
    """Return a kernel with the order of its taps turned around."""
    return kernel[(slice(None, None, -1),) * (kernel.ndim - 2)]


def _kernel_gradient(xp: Any, kind: str, x: Any, dy: Any, out: Any, walk: Walk) -> Run | None:
    g = _window_for(xp, x, out, dy, walk, large=LARGE_KERNEL)
    if g is None:
        return None
    tiles = _tiles(g) if kind == "conv" else 0
    if tiles:
        way = module("winograd")
        made = way.kernel_gradient(g, tiles), way.layout(g, tiles)
        return partial(_winograd_gradient, xp, *made, tiles, x, dy, out)
    code = module(kind).kernel_gradient(g)

    def add(total: Any, first: int, end: int) -> None:
        code(at(x), at(dy), at(total), at(_border(xp, g)), first, end)

    return lambda: _summed(xp, out, len(x), _least(g, out), add)


def _summed(
    xp: Any, out: Any, images: int, least: int, add: Callable[[Any, int, int], None]
) -> None:
    """Write what all images give to `out`: each thread adds to a sum of its own.

    The sums are added up in the order of their images: as many threads, the same result. With
    another number of threads, numbers are added in another order and differ in the last digits.
    """
    parts = threads.ranges(images, min(threads.get_threads(), images // least))
    more = xp.scratch((len(parts) - 1, *out.shape), out.dtype, 5)
    totals = [out, *more]
    for total in totals:
        total[...] = 0
    pairs = zip(totals, parts, strict=True)
    threads.together([partial(add, total, *part) for total, part in pairs])
    for total in more:
        xp.add(out, total, out)


def _least(g: Geometry, kernel: Any) -> int:
    """Return how many images are worth waking a thread for."""
    return 1 + FOR_A_THREAD // (math.prod(g.places) * kernel.size)


def depthwise(xp: Any, x: Any, kernel: Any, out: Any, walk: Walk) -> Run | None:
    """Return what convolves every channel by itself; the kernel is (..., 1, channels)."""
    return _depthwise(xp, x, kernel, out, walk, turned=False)


def depthwise_input(xp: Any, dy: Any, kernel: Any, out: Any, walk: Walk) -> Run | None:
    """Return what writes the gradient of `depthwise` by x into `out`."""
    back = _turned(kernel.shape, walk)
    return back and _depthwise(xp, dy, kernel, out, back, turned=True)


def depthwise_kernel(xp: Any, x: Any, dy: Any, out: Any, walk: Walk) -> Run | None:
    """Return what writes the gradient of `depthwise` by the kernel into `out`."""
    return _kernel_gradient(xp, "depthwise", x, dy, out, walk)


def _depthwise(xp: Any, x: Any, kernel: Any, out: Any, walk: Walk, turned: bool) -> Run | None:
    g = _window_for(xp, x, kernel, out, walk)
    if g is None or g.taps > MANY_TAPS:
        return None
    code = module("depthwise").forward(g)

    def run() -> None:
        weights = kernel
        if turned:
            weights = xp.scratch(kernel.shape, kernel.dtype, 4)
            xp.copyto(weights, _backwards(kernel))

        def part(first: int, end: int) -> None:
            code(at(x), at(weights), at(out), at(_border(xp, g)), first, end)

        threads.split(len(x), part, _least(g, kernel))

    return run


def _conv(xp: Any, x: Any, kernel: Any, out: Any, walk: Walk, turned: bool) -> Run | None:
    g = _window_for(xp, x, kernel, out, walk)
    if g is None:
        return None
    tiles = _tiles(g)
    if tiles:
        way = module("winograd")
        made = way.forward(g, tiles), way.layout(g, tiles)
        return partial(_winograd, xp, *made, tiles, x, kernel, out, turned)
    code = module("conv").forward(g)

    def run() -> None:
        view = kernel
        if turned:
            view = xp.moveaxis(_backwards(kernel), -1, -2)
        packed = _packed(xp, view.reshape(g.taps, *view.shape[-2:]), joined=True)

        def part(first: int, end: int) -> None:
            code(at(x), at(packed), at(out), at(_border(xp, g)), first, end)

        threads.split(len(x), part, _least(g, kernel))

    return run


def _winograd(
    xp: Any, code: Any, blocks: Any, m: int, x: Any, kernel: Any, out: Any, turned: bool
) -> None:
    count = (m + 2) ** 2
    matrix = _transform(m, turned)
    u = xp.scratch((count, *kernel.shape[-2:]), kernel.dtype, 3)
    xp.dot(matrix, kernel.reshape(9, -1), u.reshape(count, -1))
    packed = _packed(xp, xp.moveaxis(u, -1, -2) if turned else u, joined=False)

    def part(first: int, end: int) -> None:
        work = _work(xp, blocks, count)
        code(*(at(a) for a in (x, packed, out, *work)), first, end)

    threads.split(len(x), part, _least(blocks.padded, kernel))


def _work(xp: Any, blocks: Any, count: int) -> tuple[Any, Any, Any]:
    """Return a thread's memory for an image with its border, and for both sides of the products."""
    data = xp.scratch((count * blocks.data,), "float32", 1)
    return _border(xp, blocks.padded), data, xp.scratch((count * blocks.result,), "float32", 2)


def _winograd_gradient(xp: Any, code: Any, blocks: Any, m: int, x: Any, dy: Any, out: Any) -> None:
    count = (m + 2) ** 2
    total = xp.scratch((count, *out.shape[-2:]), out.dtype, 3)

    def add(share: Any, first: int, end: int) -> None:
        work = _work(xp, blocks, count)
        code(*(at(a) for a in (x, dy, share, *work)), first, end)

    _summed(xp, total, len(x), _least(blocks.padded, out), add)
    xp.dot(_transform(m, False).T, total.reshape(count, -1), out.reshape(9, -1))


@cache
def _transform(m: int, turned: bool) -> Any:
    matrix = module("winograd").kernel_transform(m)
    return np.ascontiguousarray(matrix[:, ::-1] if turned else matrix, "float32")


def _packed(xp: Any, kernel: Any, joined: bool) -> Any:
    """Return a kernel (taps, channels, filters) in panels of some filters each.

    Args:
        xp: array module.
        kernel: the kernel.
        joined: whether the panels hold all taps, or come anew for every tap.
    """
    way, (taps, channels, filters) = module("conv"), kernel.shape
    if way.one_panel(filters) and kernel.flags.c_contiguous:
        return kernel
    result = xp.scratch((kernel.size,), kernel.dtype, 4)
    steps = [n // kernel.itemsize for n in kernel.strides]
    way.pack(filters, joined, steps[2] == 1)(at(kernel), at(result), taps, channels, *steps)
    return result


def _border(xp: Any, g: Geometry) -> Any:
    """Return memory for an image, all zero: only its inside is written later."""
    memory = xp.scratch((max(1, g.memory),), "float32", 0)
    memory[...] = 0
    return memory


def _window_for(
    xp: Any, x: Any, kernel: Any, out: Any, walk: Walk, large: float = math.inf
) -> Geometry | None:
    """Return the window over x if a kernel is quicker than NumPy, and worth being made.

    Args:
        xp: array module.
        x, kernel, out: the input of the convolution, its kernel and its output.
        walk: how the window moves.
        large: entries of the kernel from which NumPy is quicker.
    """
    kernels = kernels_for(xp, x, kernel, out)
    if kernels is None:
        return None
    g = geometry(x.shape[1:-1], x.shape[-1], kernel.shape[:-2], out.shape[-1], *walk)
    places = len(x) * math.prod(g.places)
    worth = WORTH_IT if kernel.shape[-2] > 1 else WORTH_IT // 8  # NumPy is slow there
    plain = g.taps == 1 and set(g.strides) == {1} and not g.has_pads  # one matrix product
    pays = places >= MANY_PLACES and g.places[2] >= 4 and not plain and kernel.size <= large
    pays = pays and places * kernel.size >= worth
    return g if (pays or kernels.choice() == "compiled") and kernels.ready() else None


def _tiles(g: Geometry) -> int:
    """Return the size of Winograd's tiles, 0 for none."""
    chosen = os.environ.get("KERASNB_CONV") or "f2"
    if chosen not in ("direct", "f2", "f4"):
        raise ValueError(f"KERASNB_CONV: got {chosen!r}; needs 'direct', 'f2' or 'f4'.")
    fits = g.window == (1, 3, 3) and set(g.strides) == set(g.dilation) == {1}
    if chosen == "direct" or not fits or min(g.channels, g.filters) < WINOGRAD_CHANNELS:
        return 0
    m = int(chosen[1])
    return m if min(g.places[1:]) >= m else 0
