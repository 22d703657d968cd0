"""Convolution with 3x3 kernels by Winograd's tiles: 2.25 (F2) or 4 (F4) times fewer products.

A tile of the input becomes other numbers (V), so that a tile of m x m results needs one product for
each: channels are summed by (m + 2)^2 small matrix products M = V U, and M becomes the results.

    y = A^T [ (G w G^T) * (B^T x B) ] A

F4 loses about one digit more than F2. Tiles mix neighbours: an infinite or NaN entry makes whole
tiles NaN, not only the results that see it.

See: https://arxiv.org/abs/1509.09308 (Lavin and Gray, Fast algorithms for convolutional networks)
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from .build import Kernel, Reg, once
from .conv import multiply_in, store_block, zeros
from .window import Geometry, each, image_of, over_channels, panels, pixels, splits

TILES = 48  # in a block: its V and M stay in cache
Table = tuple[tuple[float, ...], ...]


class Transform(NamedTuple):
    """The matrices of F(m, 3)."""

    data: Table  # B^T
    kernel: Table  # G
    result: Table  # A^T


TRANSFORMS = {
    2: Transform(
        data=((1, 0, -1, 0), (0, 1, 1, 0), (0, -1, 1, 0), (0, 1, 0, -1)),
        kernel=((1, 0, 0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0, 0, 1)),
        result=((1, 1, 1, 0), (0, 1, -1, -1)),
    ),
    4: Transform(
        data=(
            (4, 0, -5, 0, 1, 0),
            (0, -4, -4, 1, 1, 0),
            (0, 4, -4, -1, 1, 0),
            (0, -2, -1, 2, 1, 0),
            (0, 2, -1, -2, 1, 0),
            (0, 4, 0, -5, 0, 1),
        ),
        kernel=(
            (1 / 4, 0, 0),
            (-1 / 6, -1 / 6, -1 / 6),
            (-1 / 6, 1 / 6, -1 / 6),
            (1 / 24, 1 / 12, 1 / 6),
            (1 / 24, -1 / 12, 1 / 6),
            (0, 0, 1),
        ),
        result=(
            (1, 1, 1, 1, 1, 0),
            (0, 1, -1, 2, -2, 0),
            (0, 1, 1, 4, 4, 0),
            (0, 1, -1, 8, -8, 1),
        ),
    ),
}


def kernel_transform(m: int) -> np.ndarray:
    """Return the matrix ((m + 2)^2, 9) that turns the taps of a 3x3 kernel into U."""
    g = np.array(TRANSFORMS[m].kernel)
    return np.kron(g, g)


class Blocks(NamedTuple):
    """How an image is cut into tiles, and blocks of whole rows of tiles."""

    padded: Geometry  # with room for the tiles that stand over
    rows: int
    columns: int
    together: int  # rows of tiles in a block
    plane: int  # tiles that have room in a block
    data: int  # entries of V for one of the (m + 2)^2 products
    result: int  # of M


def blocks_of(g: Geometry, m: int, group: int) -> Blocks:
    """Return how to cut; `group` tiles go through a matrix product at a time."""
    _, height, width = g.places
    rows, columns = -(-height // m), -(-width // m)
    most = max(1, min(rows, TILES // columns))

    def products(together: int) -> int:
        """Tiles that are computed, those included that only fill up a group."""
        whole, rest = divmod(rows, together)
        return (whole * -(-together * columns // group) + -(-rest * columns // group)) * group

    together = min(range(most, 0, -1), key=products)
    plane = -(-together * columns // group) * group
    over = (0, rows * m - height, columns * m - width)
    pads = tuple((a, b + more) for (a, b), more in zip(g.pads, over, strict=True))
    # A few entries more, so that the planes of the products do not meet in one line of the cache.
    return Blocks(
        g._replace(pads=pads),
        rows,
        columns,
        together,
        plane,
        plane * g.channels + 16,
        plane * g.filters + 16,
    )


def layout(g: Geometry, m: int) -> Blocks:
    """Return the blocks as they are on this machine."""
    from .host import host

    machine = host()
    first = panels(g.filters, machine.lanes, machine.registers)[0]
    return blocks_of(g, m, pixels(len(first.lanes), machine.registers))


def forward(g: Geometry, m: int) -> Callable[..., None]:
    """Return f(x, U, y, memory, V, M, first, last): images first ... last - 1 of a convolution.

    U comes as the kernel of `conv.forward` does, with (m + 2)^2 taps, one after the other.
    """
    return once(("winograd", g, m), lambda: _forward(g, m))


def _forward(g: Geometry, m: int) -> Callable[..., None]:
    k = Kernel("winograd", "float32* float32* float32* float32* float32* float32* int64 int64")
    x, kernel, y, memory, data, result, first, last = k.arguments
    blocks = layout(g, m)
    _, height, width = g.places
    with k.loop(first, last) as n:
        image = image_of(k, blocks.padded, x, n, memory)
        target = y + n * (height * width * g.filters)
        with k.loop(0, blocks.rows, blocks.together) as top:
            end = top + blocks.together
            end = k.select(end < blocks.rows, end, k.index(blocks.rows))
            _take_in_block(k, g, m, blocks, image, data, top, end)
            _products(k, g, m, blocks, kernel, data, result, (end - top) * blocks.columns)
            _hand_out(k, g, m, blocks, result, target, top, end)
    return k.compile()


def _take_in_block(
    k: Kernel, g: Geometry, m: int, blocks: Blocks, image: Reg, target: Reg, top: Reg, end: Reg
) -> None:
    """Transform the tiles of the input that a block sees."""
    side = range(m + 2)
    _, _, width = blocks.padded.padded
    with k.loop(top, end) as row, k.loop(0, blocks.columns) as column:
        seen = image + (row * width + column) * (m * g.channels)
        place = target + ((row - top) * blocks.columns + column) * g.channels

        def body(c: Any, lanes: int) -> None:
            tile = [
                [k.load(seen + c + (i * width + j) * g.channels, lanes) for j in side] for i in side
            ]
            for i, line in enumerate(_both(k, TRANSFORMS[m].data, tile)):
                for j, value in enumerate(line):
                    k.store(value, place + c + (i * (m + 2) + j) * blocks.data)

        over_channels(k, g.channels, body)


def _products(
    k: Kernel, g: Geometry, m: int, blocks: Blocks, kernel: Reg, data: Reg, result: Reg, tiles: Reg
) -> None:
    """Write M = V U, for groups of tiles; the last group may hold some that nobody reads."""
    with k.loop(0, (m + 2) ** 2) as number:
        for panel in panels(g.filters, k.lanes, k.registers):
            size = min(pixels(len(panel.lanes), k.registers), blocks.plane)
            with k.loop(0, panel.times) as p, k.loop(0, tiles, size) as start:
                # A narrower panel takes more tiles at a time: its last group must not run over.
                start = k.select(start + size > blocks.plane, blocks.plane - size, start)
                sums = zeros(k, size, panel)
                begin = number * (g.channels * g.filters) + panel.start * g.channels
                weights = kernel + begin + p * (panel.width * g.channels)
                seen = data + number * blocks.data + start * g.channels
                with k.loop(0, g.channels) as c:
                    places = [seen + c + i * g.channels for i in range(size)]
                    multiply_in(k, sums, places, weights + c * panel.width, panel)
                target = result + number * blocks.result + start * g.filters
                target += p * panel.width + panel.start
                store_block(k, sums, target, g.filters, panel)


def _hand_out(
    k: Kernel, g: Geometry, m: int, blocks: Blocks, result: Reg, target: Reg, top: Reg, end: Reg
) -> None:
    """Transform the products of a block into results; those beyond the border are left out."""
    _, _, width = g.places
    side = range(m + 2)
    for row, column, high, wide in _tiles(k, g, m, blocks, top, end):
        source = result + ((row - top) * blocks.columns + column) * g.filters
        place = target + (row * width + column) * (m * g.filters)

        def body(
            c: Any, lanes: int, source: Reg = source, place: Reg = place, size: Any = (high, wide)
        ) -> None:
            tile = [
                [k.load(source + c + (i * (m + 2) + j) * blocks.result, lanes) for j in side]
                for i in side
            ]
            values = _both(k, TRANSFORMS[m].result, tile)
            for i, j in itertools.product(*map(range, size)):
                k.store(values[i][j], place + c + (i * width + j) * g.filters)

        over_channels(k, g.filters, body)


def _tiles(
    k: Kernel, g: Geometry, m: int, blocks: Blocks, top: Reg, end: Reg
) -> Iterator[tuple[Reg, Reg, int, int]]:
    """Write loops over the tiles of a block: row, column, and results inside the border."""
    _, height, width = g.places
    whole = height // m, width // m
    inside = k.select(end < whole[0], end, k.index(whole[0]))
    for rows, high in (((top, inside), m), ((inside, end), height % m)):
        for columns, wide in (((0, whole[1]), m), ((whole[1], blocks.columns), width % m)):
            if high and wide and columns[0] < columns[1]:
                with k.loop(*rows) as row, k.loop(*columns) as column:
                    yield row, column, high, wide


def kernel_gradient(g: Geometry, m: int) -> Callable[..., None]:
    """Return f(x, dy, dU, memory, V, D, first, last), which adds to dU what images give.

    dU is ((m + 2)^2, channels, filters): sums over tiles of V and D = A dy A^T. The gradient by the
    kernel is G^T dU G.
    """
    return once(("winograd gradient", g, m), lambda: _kernel_gradient(g, m))


def _kernel_gradient(g: Geometry, m: int) -> Callable[..., None]:
    pointers = " ".join(["float32*"] * 6)
    k = Kernel("winograd_gradient", pointers + " int64 int64")
    x, dy, total, memory, data, slopes, first, last = k.arguments
    blocks = layout(g, m)
    _, height, width = g.places
    with k.loop(first, last) as n:
        image = image_of(k, blocks.padded, x, n, memory)
        slope = dy + n * (height * width * g.filters)
        with k.loop(0, blocks.rows, blocks.together) as top:
            end = top + blocks.together
            end = k.select(end < blocks.rows, end, k.index(blocks.rows))
            _take_in_block(k, g, m, blocks, image, data, top, end)
            _take_slopes(k, g, m, blocks, slope, slopes, top, end)
            tiles = (end - top) * blocks.columns
            with k.loop(0, (m + 2) ** 2) as number:
                for panel in panels(g.filters, k.lanes, k.registers):
                    size = pixels(len(panel.lanes), k.registers)
                    for start, count, block in splits(g.channels, size):
                        with each(k, panel.times) as p, each(k, count) as b:
                            f, c = p * panel.width + panel.start, b * block + start
                            sums = zeros(k, block, panel)
                            with k.loop(0, tiles) as t:
                                seen = data + number * blocks.data + (t * g.channels + c)
                                row = slopes + number * blocks.result + (t * g.filters + f)
                                multiply_in(k, sums, [seen + i for i in range(block)], row, panel)
                            target = total + (number * g.channels + c) * g.filters + f
                            store_block(k, sums, target, g.filters, panel, add=True)
    return k.compile()


def _take_slopes(
    k: Kernel, g: Geometry, m: int, blocks: Blocks, slope: Reg, target: Reg, top: Reg, end: Reg
) -> None:
    """Transform the slopes of a block's results; beyond the border there are none."""
    _, _, width = g.places
    back = tuple(zip(*TRANSFORMS[m].result, strict=True))
    for row, column, high, wide in _tiles(k, g, m, blocks, top, end):
        seen = slope + (row * width + column) * (m * g.filters)
        place = target + ((row - top) * blocks.columns + column) * g.filters

        def body(
            c: Any, lanes: int, seen: Reg = seen, place: Reg = place, size: Any = (high, wide)
        ) -> None:
            tile = [
                [
                    k.load(seen + c + (i * width + j) * g.filters, lanes)
                    if i < size[0] and j < size[1]
                    else k.constant(0.0, "float32", lanes)
                    for j in range(m)
                ]
                for i in range(m)
            ]
            for i, line in enumerate(_both(k, back, tile)):
                for j, value in enumerate(line):
                    k.store(value, place + c + (i * (m + 2) + j) * blocks.result)

        over_channels(k, g.filters, body)


def _both(k: Kernel, matrix: Table, tile: Sequence[Sequence[Reg]]) -> list[list[Reg]]:
    """Return matrix tile matrix^T."""
    columns = [_apply(k, matrix, column) for column in zip(*tile, strict=True)]
    return [_apply(k, matrix, row) for row in zip(*columns, strict=True)]


def _apply(k: Kernel, matrix: Table, values: Sequence[Reg]) -> list[Reg]:
    """Return matrix times values; most factors are 0, 1 or -1."""
    results = []
    for row in matrix:
        terms = [(f, v) for f, v in zip(row, values, strict=True) if f]
        terms.sort(key=lambda term: (abs(term[0]) != 1, -term[0]))
        factor, total = terms[0]
        if factor != 1:
            total = -total if factor == -1 else total * factor
        for factor, value in terms[1:]:
            if factor == 1:
                total = total + value
            elif factor == -1:
                total = total - value
            else:
                total = k.fma(value, factor, total)
        results.append(total)
    return results
