"""Pooling over windows without padding: all entries of a window, a vector of channels at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .build import Kernel, Reg, once
from .window import Geometry, each, over_channels

Code = Callable[..., None]


def largest(g: Geometry, index: bool) -> Code:
    """Return f(x, y, places, first, last): the largest entries of each window of some images.

    Args:
        g: the window; as many filters as channels.
        index: whether to write their numbers (uint8) into `places`, too.
    """
    return once(("largest", g, index), lambda: _largest(g, index))


def _largest(g: Geometry, index: bool) -> Code:
    k = Kernel("largest", "float32* float32* uint8* int64 int64")
    x, y, places, *images = k.arguments

    def window(seen: Any, place: Any, lanes: int) -> None:
        first, *rest = g.all_taps
        best = k.load(x + seen + first, lanes)
        number = k.constant(0, "int32", lanes)
        for i, tap in enumerate(rest, 1):
            value = k.load(x + seen + tap, lanes)
            larger = value > best  # of equal ones the first counts
            number = k.select(larger, i, number)
            best = k.select(larger | value.differs(value), value, best)  # NaN stays
        k.store(best, y + place)
        if index:
            k.store(k.cast(number, "uint8"), places + place)

    _walk(k, g, images, window)
    return k.compile()


def put_back(g: Geometry, add: bool) -> Code:
    """Return f(dy, places, dx, first, last): dy where `places` says, zero elsewhere in the windows.

    Args:
        g: the window.
        add: whether to add to what is there, for windows that overlap.
    """
    return once(("put back", g, add), lambda: _put_back(g, add))


def _put_back(g: Geometry, add: bool) -> Code:
    k = Kernel("put_back", "float32* uint8* float32* int64 int64")
    dy, places, dx, *images = k.arguments

    def window(seen: Any, place: Any, lanes: int) -> None:
        slope = k.load(dy + place, lanes)
        number = k.cast(k.load(places + place, lanes), "int32")
        for i, tap in enumerate(g.all_taps):
            value = slope * k.cast(number.same(i), "float32")
            target = dx + seen + tap
            k.store(k.load(target, lanes) + value if add else value, target)

    _walk(k, g, images, window)
    return k.compile()


def _walk(k: Kernel, g: Geometry, images: list[Reg], body: Callable[[Any, Any, int], None]) -> None:
    """Write `body(offset in x, offset in y, lanes)` for all windows of some images."""
    depth, height, width = g.places
    entries = g.sizes[0] * g.sizes[1] * g.sizes[2] * g.channels
    with k.loop(*images) as n, each(k, depth) as d, each(k, height) as h, each(k, width) as w:
        seen = n * entries + g.place(d, h, w)
        place = (((n * depth + d) * height + h) * width + w) * g.channels
        over_channels(k, g.channels, lambda c, lanes: body(seen + c, place + c, lanes))
