"""Windows that move over the inner axes of a tensor: convolution and pooling share them."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...array.compiled import window as compiled
from ..node import Shape

Pairs = tuple[tuple[int, int], ...]
Sizes = tuple[int, ...]
Slices = tuple[slice, ...]


def as_sizes(value: int | Sequence[int], count: int, what: str) -> Sizes:
    """Return one number for each of `count` axes; a single number counts for all of them."""
    sizes = (value,) * count if isinstance(value, int) else tuple(value)
    if len(sizes) != count or any(n < 1 for n in sizes):
        raise ValueError(f"got {what} {value}; needs {count} numbers from 1 upwards.")
    return sizes


@dataclass(frozen=True)
class Window:
    """A window over the axes between the first (batch) and the last (channels).

    Attributes:
        size: entries of the window along each axis.
        strides: steps from one place to the next.
        padding: 'valid' (none), 'same' (TensorFlow's rule: as many places as strides fit in), or
            pairs (before, after).
        dilation: distance of neighbouring entries of the window.
    """

    size: Sizes
    strides: Sizes
    padding: str | Pairs
    dilation: Sizes

    @property
    def span(self) -> Sizes:
        """Length that the window covers along each axis."""
        return tuple((k - 1) * d + 1 for k, d in zip(self.size, self.dilation, strict=True))

    def pads(self, sizes: Sequence[int]) -> Pairs:
        """Return how many zeros stand before and after each axis."""
        if not isinstance(self.padding, str):
            return self.padding
        if self.padding == "valid":
            return ((0, 0),) * len(self.size)
        pairs = []
        for n, s, span in zip(sizes, self.strides, self.span, strict=True):
            total = max((-(-n // s) - 1) * s + span - n, 0)
            pairs.append((total // 2, total - total // 2))
        return tuple(pairs)

    def places(self, sizes: Shape) -> Shape:
        """Return how many places the window takes along each axis.

        Raises:
            ValueError: if it is larger than the padded tensor, or the padding is not known.
        """
        if self.padding not in ("valid", "same") and (
            isinstance(self.padding, str) or len(self.padding) != len(self.size)
        ):
            raise ValueError(
                f"got padding {self.padding!r}; needs 'valid', 'same' or a pair (before, after) "
                f"for each of {len(self.size)} axes."
            )
        result: list[int | None] = []
        for axis, (n, s, span) in enumerate(zip(sizes, self.strides, self.span, strict=True)):
            if n is None:
                result.append(None)
            elif self.padding == "same":
                result.append(-(-n // s))
            else:
                padded = n if self.padding == "valid" else n + sum(self.padding[axis])  # type: ignore[arg-type]
                if padded < span:
                    raise ValueError(
                        f"got size {n} along axis {axis + 1}, but the window covers {span}; "
                        f"needs an input of shape {tuple(sizes)} to be at least as large as the "
                        "window, or padding='same'."
                    )
                result.append((padded - span) // s + 1)
        return tuple(result)

    def walk(self, sizes: Sequence[int]) -> compiled.Walk:
        """Return how the window moves, as compiled kernels take it."""
        return compiled.Walk(self.strides, self.dilation, self.pads(sizes))

    def taps(self) -> Iterator[tuple[int, Sizes]]:
        """Yield number and offsets of each entry of the window, in order."""
        ranges = [range(0, k * d, d) for k, d in zip(self.size, self.dilation, strict=True)]
        yield from enumerate(itertools.product(*ranges))

    def seen(self, padded: Any, offsets: Sizes, places: Sizes) -> Any:
        """Return the view of a padded tensor that one entry of the window sees."""
        inner = tuple(
            slice(o, o + (p - 1) * s + 1, s)
            for o, p, s in zip(offsets, places, self.strides, strict=True)
        )
        return padded[(slice(None),) + inner]


class Walk:
    """The entries of a window one after the other, over blocks of images.

    Padding is never stored: near the border an entry is left out where it sees none of the input.
    """

    def __init__(self, window: Window, x_shape: Sizes, cache: int) -> None:
        self.window, self.sizes = window, x_shape[1:-1]
        self.places: Any = window.places(self.sizes)
        self.pads = window.pads(self.sizes)
        self.padded = any(a or b for a, b in self.pads)
        self.batch = x_shape[0]
        self.step = max(1, cache // 2 // max(1, math.prod(x_shape[1:])))
        self.taps = list(self._taps())

    def _taps(self) -> Iterator[tuple[int, Slices, Slices]]:
        for number, offsets in self.window.taps():
            outer, inner = [slice(None)], [slice(None)]
            for o, s, n, p, (a, _) in zip(
                offsets, self.window.strides, self.sizes, self.places, self.pads, strict=True
            ):
                first = max(0, -(-(a - o) // s))
                last = min(p - 1, (n - 1 + a - o) // s)
                outer.append(slice(first, last + 1))
                inner.append(slice(first * s + o - a, last * s + o - a + 1, s))
            if all(cut.stop > cut.start for cut in outer[1:]):
                yield number, tuple(outer), tuple(inner)

    @property
    def apart(self) -> bool:
        """Whether no entry of the input is seen twice."""
        return all(s >= n for s, n in zip(self.window.strides, self.window.span, strict=True))

    @property
    def covering(self) -> bool:
        """Whether every entry of the input is seen."""
        return (
            self.window.strides == self.window.size
            and not self.padded
            and all(
                p * s == n
                for p, s, n in zip(self.places, self.window.strides, self.sizes, strict=True)
            )
        )

    def blocks(self, *arrays: Any) -> Iterator[list[Any]]:
        """Yield the arrays in blocks of images; None stays None."""
        for start in range(0, self.batch, self.step):
            yield [a if a is None else a[start : start + self.step] for a in arrays]

    @functools.cached_property
    def counts(self) -> np.ndarray:
        """How many entries of the input each place sees, on the host."""
        result = np.ones((1,) * (len(self.sizes) + 1))
        for axis, (p, s, n, k, d, (a, _)) in enumerate(
            zip(
                self.places,
                self.window.strides,
                self.sizes,
                self.window.size,
                self.window.dilation,
                self.pads,
                strict=True,
            )
        ):
            at = np.arange(p)[:, None] * s - a + np.arange(k) * d
            seen = ((at >= 0) & (at < n)).sum(1)
            result = result * seen.reshape((p,) + (1,) * (len(self.sizes) - axis))
        return result


@functools.lru_cache(maxsize=256)
def walk_over(window: Window, x_shape: Sizes, cache: int) -> Walk:
    """Return a walk; they are kept, for making one takes longer than a small run."""
    return Walk(window, x_shape, cache)
