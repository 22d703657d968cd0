"""Convolution of every channel by itself: one multiplication for each entry of the window.

A kernel (..., 1, channels * times) holds `times` filters for each channel, one beside the other.
"""

from __future__ import annotations

from typing import Any

from .window import Window, walk_over


def _wide(xp: Any, x: Any, times: int) -> Any:
    """Return x with each channel `times` times in a row."""
    if times == 1:
        return x
    memory = xp.scratch((*x.shape, times), x.dtype, 1)
    xp.copyto(memory, xp.expand_dims(x, -1))
    return memory.reshape(*x.shape[:-1], -1)


def depthwise(xp: Any, x: Any, kernel: Any, window: Window, out: Any) -> None:
    """Write the convolution of x with a kernel into `out`."""
    walk = walk_over(window, x.shape, xp.CACHE)
    times = out.shape[-1] // x.shape[-1]
    filters = kernel.reshape(-1, out.shape[-1])
    if walk.padded:
        out[...] = 0
    for xs, ys in walk.blocks(x, out):
        xs = _wide(xp, xs, times)
        for number, outer, inner in walk.taps:
            if number == 0 and not walk.padded:
                xp.multiply(xs[inner], filters[0], ys)
                continue
            target = ys[outer]
            part = xp.scratch(target.shape, out.dtype)
            xp.add(target, xp.multiply(xs[inner], filters[number], part), target)


def depthwise_input(xp: Any, dy: Any, kernel: Any, window: Window, out: Any) -> None:
    """Write the gradient by the input into `out`."""
    walk = walk_over(window, out.shape, xp.CACHE)
    times = dy.shape[-1] // out.shape[-1]
    filters = kernel.reshape(-1, dy.shape[-1])
    for dys, dxs in walk.blocks(dy, out):
        total = dxs
        if times > 1:
            total = xp.scratch((*dxs.shape[:-1], dy.shape[-1]), dy.dtype, 1)
        total[...] = 0
        for number, outer, inner in walk.taps:
            d, target = dys[outer], total[inner]
            part = xp.scratch(d.shape, dy.dtype)
            xp.add(target, xp.multiply(d, filters[number], part), target)
        if times > 1:
            xp.sum(total.reshape(*dxs.shape, times), dxs.ndim, out=dxs)


def depthwise_kernel(xp: Any, x: Any, dy: Any, window: Window, out: Any) -> None:
    """Write the gradient by the kernel into `out`."""
    walk = walk_over(window, x.shape, xp.CACHE)
    channels = out.shape[-1]
    out[...] = 0
    sums = out.reshape(-1, channels)
    row = xp.scratch((channels,), out.dtype, 2)
    for xs, dys in walk.blocks(x, dy):
        xs = _wide(xp, xs, channels // x.shape[-1])
        for number, outer, inner in walk.taps:
            d = dys[outer]
            part = xp.multiply(xs[inner], d, xp.scratch(d.shape, out.dtype))
            xp.add(sums[number], xp.sum(part.reshape(-1, channels), 0, out=row), sums[number])
