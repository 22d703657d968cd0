"""Direct convolution: sums for several pixels times several vectors of channels stay in registers.

Each turn of the innermost loop reads one entry of each pixel, and the weights that it meets.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from .build import Kernel, Reg, Variable, once
from .host import host
from .window import Geometry, Panel, each, image_of, panels, pixels, splits

SUMMED = 64  # places that a gradient by the kernel adds up before it rounds into the total
Code = Callable[..., None]


def forward(g: Geometry) -> Code:
    """Return f(x, kernel, y, memory, first, last): images first ... last - 1 of a convolution.

    The kernel comes in panels, as `pack` writes them: (taps, channels, filters of the panel) each.
    """
    return once(("convolution", g), lambda: _forward(g))


def one_panel(filters: int) -> bool:
    """Return whether a panel holds so many filters, so that a kernel need not be packed."""
    return len(found := panels(filters, host().lanes, host().registers)) == found[0].times == 1


def pack(filters: int, joined: bool, rows: bool) -> Code:
    """Return f(kernel, out, taps, channels, tap, channel, filter), which writes a kernel in panels.

    Args:
        filters: their number.
        joined: whether a panel holds all taps, or panels come anew for every tap.
        rows: whether filters lie side by side in the kernel.

    The last three arguments of f say how far apart the kernel's entries are.
    """
    return once(("pack", filters, joined, rows), lambda: _pack(filters, joined, rows))


def _pack(filters: int, joined: bool, rows: bool) -> Code:
    k = Kernel("pack", "float32* float32* int64 int64 int64 int64 int64")
    kernel, out, taps, channels, *steps = k.arguments
    tap, channel, side = steps
    lines = taps * channels if joined else channels
    with k.loop(0, taps) as t:
        begin = out + t * channels * filters if not joined else out
        for panel in panels(filters, k.lanes, k.registers):
            with each(k, panel.times) as p, k.loop(0, channels) as c:
                first = p * panel.width + panel.start
                seen = kernel + (t * tap + c * channel + side * first)
                line = t * channels + c if joined else c
                target = begin + (lines * first + line * panel.width)
                for offset, lanes in (
                    vectors(panel) if rows else [(i, 0) for i in range(panel.width)]
                ):
                    k.store(k.load(seen + side * offset, lanes), target + offset)
    return k.compile()


def _forward(g: Geometry) -> Code:
    k = Kernel("convolution", "float32* float32* float32* float32* int64 int64")
    x, kernel, y, memory, first, last = k.arguments
    depth, height, width = g.places
    length = g.taps * g.channels
    with k.loop(first, last) as n:
        image = image_of(k, g, x, n, memory)
        for panel in panels(g.filters, k.lanes, k.registers):
            size = pixels(len(panel.lanes), k.registers)
            with each(k, panel.times) as p, each(k, depth) as d, each(k, height) as h:
                weights = kernel + (panel.start * length + p * (panel.width * length))
                line = y + (((n * depth + d) * height + h) * width * g.filters + panel.start)
                for start, count, block in splits(width, size):
                    with each(k, count) as b:
                        w = b * block + start
                        seen = image + g.place(d, h, w)
                        sums = _pixels(k, g, seen, weights, panel, block)
                        target = line + (w * g.filters + p * panel.width)
                        store_block(k, sums, target, g.filters, panel)
    return k.compile()


def zeros(k: Kernel, count: int, panel: Panel) -> list[list[Variable]]:
    """Return `count` rows of sums, as wide as a panel."""
    return [[k.variable(k.constant(0.0, "float32", n)) for n in panel.lanes] for _ in range(count)]


def vectors(panel: Panel) -> list[tuple[int, int]]:
    """Return (offset, lanes) of each vector of a panel."""
    return [(sum(panel.lanes[:i]), n) for i, n in enumerate(panel.lanes)]


def store_block(
    k: Kernel, sums: list[list[Variable]], target: Reg, step: int, panel: Panel, add: bool = False
) -> None:
    """Write rows of sums `step` entries apart, or add them to what is there."""
    for i, row in enumerate(sums):
        for (offset, lanes), total in zip(vectors(panel), row, strict=True):
            place = target + (i * step + offset)
            value = total.value
            k.store(k.load(place, lanes) + value if add else value, place)


def multiply_in(
    k: Kernel, sums: list[list[Variable]], numbers: list[Reg], row: Reg, panel: Panel
) -> None:
    """Add number i times a row of a panel to sums i."""
    weights = [k.load(row + offset, lanes) for offset, lanes in vectors(panel)]
    for place, totals in zip(numbers, sums, strict=True):
        number = k.load(place)
        for total, weight in zip(totals, weights, strict=True):
            total.value = k.fma(number, weight, total.value)


def _pixels(
    k: Kernel, g: Geometry, seen: Reg, weights: Reg, panel: Panel, count: int
) -> list[list[Variable]]:
    """Return the convolution at `count` places side by side."""
    sums = zeros(k, count, panel)
    step = g.strides[2] * g.channels
    for offset, number in tap_entries(k, g):
        places = [seen + offset + i * step for i in range(count)]
        multiply_in(k, sums, places, weights + number * panel.width, panel)
    return sums


def tap_entries(k: Kernel, g: Geometry) -> Iterator[tuple[Any, Any]]:
    """Write loops over what a place sees: offset in the image, and number in the kernel."""
    rows, lines, side = g.row
    with each(k, rows) as d, each(k, lines) as h:
        if g.dilation[2] == 1:  # taps and channels of a line lie side by side
            with k.loop(0, side) as e:
                yield g.tap(d, h, 0) + e, (d * lines + h) * side + e
        else:
            with each(k, g.window[2]) as w, each(k, g.channels) as c:
                number = ((d * lines + h) * g.window[2] + w) * g.channels + c
                yield g.tap(d, h, w) + c, number


def kernel_gradient(g: Geometry) -> Code:
    """Return f(x, dy, dkernel, memory, first, last), which adds to dkernel what images give."""
    return once(("kernel gradient", g), lambda: _kernel_gradient(g))


def _kernel_gradient(g: Geometry) -> Code:
    k = Kernel("kernel_gradient", "float32* float32* float32* float32* int64 int64")
    x, dy, dkernel, memory, first, last = k.arguments
    depth, height, width = g.places
    step = max(1, min(height, SUMMED // width))
    with k.loop(first, last) as n:
        image = image_of(k, g, x, n, memory)
        with each(k, depth) as d, k.loop(0, height, step) as top:
            end = top + step
            bottom = k.select(end < height, end, k.index(height))
            for panel in panels(g.filters, k.lanes, k.registers):
                size = pixels(len(panel.lanes), k.registers)
                with each(k, panel.times) as p:
                    filters = p * panel.width + panel.start
                    for offsets, number in _entry_blocks(k, g, size):
                        sums = zeros(k, len(offsets), panel)
                        with k.loop(top, bottom) as h, k.loop(0, width) as w:
                            seen = image + g.place(d, h, w)
                            slope = ((n * depth + d) * height + h) * width + w
                            row = dy + (slope * g.filters + filters)
                            multiply_in(k, sums, [seen + o for o in offsets], row, panel)
                        target = dkernel + (number * g.filters + filters)
                        store_block(k, sums, target, g.filters, panel, add=True)
    return k.compile()


def _entry_blocks(k: Kernel, g: Geometry, size: int) -> Iterator[tuple[list[Any], Any]]:
    """Write loops over blocks of what a place sees: their offsets, and the first one's number."""
    rows, lines, side = g.row
    if side < size:  # too few of them in a line to fill the registers: take those of all lines
        taps = itertools.product(range(rows), range(lines), range(g.window[2]), range(g.channels))
        offsets = [g.tap(*tap) + c for *tap, c in taps]
        for start, count, block in splits(len(offsets), size):
            for i in range(start, start + count * block, block):
                yield offsets[i : i + block], i
        return
    with each(k, rows) as d, each(k, lines) as h:
        merged = g.dilation[2] == 1
        with each(k, 1 if merged else g.window[2]) as w:
            length = side if merged else g.channels
            for start, count, block in splits(length, size):
                with each(k, count) as b:
                    e = b * block + start
                    number = (d * lines + h) * side + w * g.channels + e
                    yield [g.tap(d, h, w) + e + i for i in range(block)], number
