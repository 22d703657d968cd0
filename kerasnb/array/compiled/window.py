"""A window that moves over images, as compiled kernels see it: always along three axes.

One or two axes are three of which the first have size 1; their loops cost nothing. Kernels know all
sizes but the batch, so whatever the batch they are the same.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .build import Kernel, Reg

Sizes = tuple[int, ...]


class Walk(NamedTuple):
    """How a window moves over images."""

    strides: Sizes
    dilation: Sizes
    pads: tuple[tuple[int, int], ...]  # entries before and after the images


class Geometry(NamedTuple):
    """Sizes of a window's walk; `geometry` makes one of any number of axes up to three."""

    sizes: Sizes  # of the input
    channels: int
    window: Sizes
    filters: int  # channels of the output
    strides: Sizes
    dilation: Sizes
    pads: tuple[tuple[int, int], ...]

    @property
    def padded(self) -> Sizes:
        """Sizes of the input with zeros around it."""
        return tuple(n + a + b for n, (a, b) in zip(self.sizes, self.pads, strict=True))

    @property
    def places(self) -> Sizes:
        """Sizes of the output."""
        axes = zip(self.padded, self.window, self.dilation, self.strides, strict=True)
        return tuple((n - (k - 1) * d - 1) // s + 1 for n, k, d, s in axes)

    @property
    def taps(self) -> int:
        """Entries of the window."""
        return math.prod(self.window)

    @property
    def has_pads(self) -> bool:
        """Whether there are zeros around the input."""
        return any(map(any, self.pads))

    @property
    def memory(self) -> int:
        """Entries of work that `image_of` needs."""
        return math.prod(self.padded) * self.channels if self.has_pads else 0

    @property
    def row(self) -> tuple[int, int, int]:
        """Rows of taps along the first two axes, and entries that lie side by side in each."""
        d, h, w = self.window
        return d, h, w * self.channels

    def tap(self, d: Any, h: Any, w: Any) -> Any:
        """Return how many entries of the padded image a tap lies behind the first one."""
        _, height, width = self.padded
        dd, dh, dw = self.dilation
        return ((d * dd * height + h * dh) * width + w * dw) * self.channels

    @property
    def all_taps(self) -> list[int]:
        """How many entries of the padded image each tap lies behind the first one, in order."""
        return [self.tap(*tap) for tap in itertools.product(*map(range, self.window))]

    def place(self, d: Any, h: Any, w: Any) -> Any:
        """Return how many entries of the padded image a place lies behind the first one."""
        _, height, width = self.padded
        sd, sh, sw = self.strides
        return ((d * sd * height + h * sh) * width + w * sw) * self.channels


def geometry(
    sizes: Sequence[int],
    channels: int,
    window: Sequence[int],
    filters: int,
    strides: Sequence[int],
    dilation: Sequence[int],
    pads: Sequence[tuple[int, int]],
) -> Geometry:
    """Return a Geometry from one to three numbers each."""
    more = 3 - len(sizes)
    ones = (1,) * more
    return Geometry(
        (*ones, *sizes),
        channels,
        (*ones, *window),
        filters,
        (*ones, *strides),
        (*ones, *dilation),
        (*((0, 0),) * more, *pads),
    )


def image_of(k: Kernel, g: Geometry, x: Reg, n: Reg, memory: Reg) -> Reg:
    """Return image n of x; if it is padded, a copy inside `memory`, whose border is zero."""
    d, h, w = g.sizes
    image = x + n * (d * h * w * g.channels)
    if not g.has_pads:
        return image
    _, height, width = g.padded
    before = [a for a, _ in g.pads]
    with each(k, d) as i, each(k, h) as j:
        source = image + (i * h + j) * (w * g.channels)
        line = ((i + before[0]) * height + j + before[1]) * width + before[2]
        target = memory + line * g.channels
        k.sweep(w * g.channels, lambda e, lanes: k.store(k.load(source + e, lanes), target + e))
    return memory


@contextmanager
def each(k: Kernel, count: int) -> Iterator[Any]:
    """Repeat for 0 ... count - 1; once is no loop."""
    if count == 1:
        yield 0
    else:
        with k.loop(0, count) as i:
            yield i


def over_channels(k: Kernel, channels: int, body: Callable[[Any, int], None]) -> None:
    """Write `body(channel, lanes)` for whole vectors, and once for those left over together."""
    rest = channels % k.lanes
    with k.loop(0, channels - rest, k.lanes) as c:
        body(c, k.lanes)
    if rest:
        body(channels - rest, rest)


def splits(count: int, most: int) -> list[tuple[int, int, int]]:
    """Cut `count` into blocks of at most `most`, as equal as they can be.

    Returns:
        (start, number of blocks, size of a block), for at most two sizes.
    """
    blocks = -(-count // most)
    size, larger = divmod(count, blocks)
    if not larger:
        return [(0, blocks, size)]
    return [(0, larger, size + 1), (larger * (size + 1), blocks - larger, size)]


class Panel(NamedTuple):
    """Channels that are computed together, in registers, and how often it is done."""

    start: int
    times: int
    lanes: tuple[int, ...]  # of each vector; the last may be narrower than the machine's

    @property
    def width(self) -> int:
        """Channels in it."""
        return sum(self.lanes)


def panels(channels: int, lanes: int, registers: int, most: int = 3) -> list[Panel]:
    """Cut channels into panels of two or three vectors (up to four with 32 registers)."""
    whole, rest = divmod(channels, lanes)
    widths = [lanes] * whole + [rest] * (rest > 0)
    best = [4, 2, 3] if registers >= 32 else [2, 3]
    each = next((n for n in best if n <= most and len(widths) % n == 0), min(2, len(widths)))
    times = whole // each
    result = [Panel(0, times, (lanes,) * each)] if times else []
    left = widths[times * each :]
    if left:
        result.append(Panel(times * each * lanes, 1, tuple(left)))
    return result


def pixels(vectors: int, registers: int) -> int:
    """Return how many pixels fit beside each other: their sums, one pixel and the weights."""
    return max(1, (registers - 1 - vectors) // vectors)
