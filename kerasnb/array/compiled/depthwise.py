"""Convolution of every channel by itself, a vector of channels at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from .build import Kernel, Reg, once
from .conv import SUMMED
from .window import Geometry, each, image_of, over_channels, splits

PIXELS = 4  # beside each other: what two of them see is read once
Code = Callable[..., None]


def forward(g: Geometry) -> Code:
    """Return f(x, kernel, y, memory, first, last); the kernel is (taps, channels)."""
    return once(("depthwise", g), lambda: _forward(g))


def _forward(g: Geometry) -> Code:
    k = Kernel("depthwise", "float32* float32* float32* float32* int64 int64")
    x, kernel, y, memory, first, last = k.arguments
    depth, height, width = g.places
    with k.loop(first, last) as n:
        image = image_of(k, g, x, n, memory)
        with each(k, depth) as d, each(k, height) as h:
            line = y + ((n * depth + d) * height + h) * (width * g.channels)
            for start, count, size in splits(width, PIXELS):
                with each(k, count) as b:
                    w = b * size + start
                    seen, target = image + g.place(d, h, w), line + w * g.channels
                    body = partial(_pixels, k, g, kernel, seen, target, size)
                    over_channels(k, g.channels, body)
    return k.compile()


def _pixels(
    k: Kernel, g: Geometry, kernel: Reg, seen: Reg, target: Reg, count: int, c: Any, lanes: int
) -> None:
    """Write the convolution of some channels at `count` places side by side."""
    step = g.strides[2] * g.channels
    sums: list[Any] = [0.0] * count
    for number, tap in enumerate(g.all_taps):
        weight = k.load(kernel + c + number * g.channels, lanes)
        for i in range(count):
            value = k.load(seen + c + tap + i * step, lanes)
            sums[i] = k.fma(value, weight, sums[i])
    for i in range(count):
        k.store(sums[i], target + c + i * g.channels)


def kernel_gradient(g: Geometry) -> Code:
    """Return f(x, dy, dkernel, memory, first, last), which adds to dkernel what images give."""
    return once(("depthwise gradient", g), lambda: _kernel_gradient(g))


def _kernel_gradient(g: Geometry) -> Code:
    k = Kernel("depthwise_gradient", "float32* float32* float32* float32* int64 int64")
    x, dy, dkernel, memory, first, last = k.arguments
    depth, height, width = g.places
    taps = list(enumerate(g.all_taps))
    step = max(1, min(height, SUMMED // width))
    with k.loop(first, last) as n:
        image = image_of(k, g, x, n, memory)
        with each(k, depth) as d, k.loop(0, height, step) as top:
            end = top + step
            bottom = k.select(end < height, end, k.index(height))
            for begin in range(0, len(taps), k.registers - 4):
                part = taps[begin : begin + k.registers - 4]

                def body(c: Any, lanes: int, part: Any = part, d: Any = d) -> None:
                    sums = [k.variable(k.constant(0.0, "float32", lanes)) for _ in part]
                    with k.loop(top, bottom) as h, k.loop(0, width) as w:
                        place = ((n * depth + d) * height + h) * width + w
                        slope = k.load(dy + place * g.channels + c, lanes)
                        seen = image + g.place(d, h, w) + c
                        for total, (_, tap) in zip(sums, part, strict=True):
                            total.value = k.fma(k.load(seen + tap, lanes), slope, total.value)
                    for total, (number, _) in zip(sums, part, strict=True):
                        target = dkernel + c + number * g.channels
                        k.store(k.load(target, lanes) + total.value, target)

                over_channels(k, g.channels, body)
    return k.compile()
