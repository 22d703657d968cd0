"""Batch normalization of rows of channels, in two passes over memory.

The first pass finds mean and variance: blocks of rows are read twice while they are in cache, so the
variance is that of distances from the block's own mean, and blocks are joined in float64 by the
formulas of Chan, Golub and LeVeque (1979). The second pass normalizes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .build import Kernel, Variable, once

ROWS = 64  # of a block
Code = Callable[..., None]


def _bands(k: Kernel, channels: int, body: Callable[[Any, list[tuple[int, int]]], None]) -> None:
    """Write `body(channel, vectors)` for some vectors of channels at a time: (offset, lanes) each."""
    together = 4
    whole = channels // (together * k.lanes)
    if whole:
        with k.loop(0, whole) as band:
            vectors = [(i * k.lanes, k.lanes) for i in range(together)]
            body(band * (together * k.lanes), vectors)
    rest = range(whole * together * k.lanes, channels, k.lanes)
    if rest:
        vectors = [(c - rest.start, min(k.lanes, channels - c)) for c in rest]
        body(k.index(rest.start), vectors)


def _sums(k: Kernel, vectors: list[tuple[int, int]], type: str = "float32") -> list[Variable]:
    return [k.variable(k.constant(0.0, type, lanes)) for _, lanes in vectors]


def statistics(channels: int) -> Code:
    """Return f(x, mean, var, rows), which writes mean and variance (float64) of each channel."""
    return once(("statistics", channels), lambda: _statistics(channels))


def _statistics(channels: int) -> Code:
    k = Kernel("statistics", "float32* float64* float64* int64")
    x, mean, var, rows = k.arguments

    def band(c: Any, vectors: list[tuple[int, int]]) -> None:
        totals, squares = _sums(k, vectors, "float64"), _sums(k, vectors, "float64")
        with k.loop(0, rows, ROWS) as start:
            end = k.select(start + ROWS < rows, start + ROWS, rows)
            sums, distances = _sums(k, vectors), _sums(k, vectors)
            with k.loop(start, end) as row:
                for (offset, lanes), total in zip(vectors, sums, strict=True):
                    seen = k.load(x + row * channels + c + offset, lanes)
                    total.value = total.value + seen
            count = k.cast(end - start, "float32")
            for total in sums:
                total.value = total.value / count
            with k.loop(start, end) as row:
                for i, (offset, lanes) in enumerate(vectors):
                    d = k.load(x + row * channels + c + offset, lanes) - sums[i].value
                    distances[i].value = k.fma(d, d, distances[i].value)
            before, count = k.cast(start, "float64"), k.cast(end - start, "float64")
            weight = before * count / k.cast(end, "float64")
            past = k.select(before < 1.0, 1.0, before)
            for i in range(len(vectors)):
                block = k.cast(sums[i].value, "float64")
                d = block - totals[i].value / past
                totals[i].value = k.fma(block, count, totals[i].value)
                joined = k.fma(d * d, weight, k.cast(distances[i].value, "float64"))
                squares[i].value = squares[i].value + joined
        for i, (offset, _) in enumerate(vectors):
            average = totals[i].value / k.cast(rows, "float64")
            variance = squares[i].value / k.cast(rows, "float64")
            k.store(average, mean + c + offset)
            k.store(variance, var + c + offset)

    _bands(k, channels, band)
    return k.compile()


def normalize(channels: int) -> Code:
    """Return f(x, center, factor, offset, y, rows): y = (x - center) * factor + offset."""
    return once(("normalize", channels), lambda: _normalize(channels))


def _normalize(channels: int) -> Code:
    k = Kernel("normalize", "float32* float32* float32* float32* float32* int64")
    x, center, factor, offset, y, rows = k.arguments

    def band(c: Any, vectors: list[tuple[int, int]]) -> None:
        rest = [[k.load(p + c + o, n) for p in (center, factor, offset)] for o, n in vectors]
        with k.loop(0, rows) as row:
            for (o, lanes), (middle, times, plus) in zip(vectors, rest, strict=True):
                at = row * channels + c + o
                k.store(k.fma(k.load(x + at, lanes) - middle, times, plus), y + at)

    _bands(k, channels, band)
    return k.compile()


def slopes(channels: int) -> Code:
    """Return f(dy, x, center, plain, weighted, rows): sums (float64) of dy and dy * (x - center)."""
    return once(("slopes", channels), lambda: _slopes(channels))


def _slopes(channels: int) -> Code:
    k = Kernel("slopes", "float32* float32* float32* float64* float64* int64")
    dy, x, center, plain, weighted, rows = k.arguments

    def band(c: Any, vectors: list[tuple[int, int]]) -> None:
        totals = _sums(k, vectors, "float64"), _sums(k, vectors, "float64")
        middle = [k.load(center + c + o, n) for o, n in vectors]
        with k.loop(0, rows, ROWS) as start:
            end = k.select(start + ROWS < rows, start + ROWS, rows)
            parts = _sums(k, vectors), _sums(k, vectors)
            with k.loop(start, end) as row:
                for i, (o, lanes) in enumerate(vectors):
                    at = row * channels + c + o
                    d = k.load(dy + at, lanes)
                    parts[0][i].value = parts[0][i].value + d
                    parts[1][i].value = k.fma(
                        k.load(x + at, lanes) - middle[i], d, parts[1][i].value
                    )
            for total, part in zip(totals, parts, strict=True):
                for i in range(len(vectors)):
                    total[i].value = total[i].value + k.cast(part[i].value, "float64")
        for target, total in zip((plain, weighted), totals, strict=True):
            for (o, _), value in zip(vectors, total, strict=True):
                k.store(value.value, target + c + o)

    _bands(k, channels, band)
    return k.compile()


def combine(channels: int) -> Code:
    """Return f(dy, x, center, a, b, c, dx, rows): dx = a * dy + b * (x - center) + c."""
    return once(("combine", channels), lambda: _combine(channels))


def _combine(channels: int) -> Code:
    k = Kernel("combine", "float32* float32* float32* float32* float32* float32* float32* int64")
    dy, x, center, a, b, c, dx, rows = k.arguments

    def band(first: Any, vectors: list[tuple[int, int]]) -> None:
        given = [[k.load(p + first + o, n) for p in (center, a, b, c)] for o, n in vectors]
        with k.loop(0, rows) as row:
            for (o, lanes), (middle, times, slope, plus) in zip(vectors, given, strict=True):
                at = row * channels + first + o
                d = k.fma(k.load(x + at, lanes) - middle, slope, plus)
                k.store(k.fma(k.load(dy + at, lanes), times, d), dx + at)

    _bands(k, channels, band)
    return k.compile()
