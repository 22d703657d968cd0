"""Where to draw the boxes of a graph: in ranks, few crossings, straight lines where possible.

The usual four passes (Sugiyama, Tagawa, Toda 1981): ranks by the longest way, order within a rank
by the mean of the neighbours, coordinates pulled towards the neighbours, lines through the ranks
that they pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

GAP_X, GAP_Y, MARGIN = 24.0, 34.0, 12.0
_LANE = 14.0  # width that a line takes in a rank that it passes
_SWEEPS = 4
_MOST_PASSES = (
    6000  # of ranks by lines: beyond, lines go straight and what they cross is not looked at
)

Point = tuple[float, float]


class Placed(NamedTuple):
    """A layout: top left corners of boxes, lines from box to box, and how large it all is."""

    corners: list[Point]
    lines: list[list[Point]]
    width: float
    height: float


def place(sizes: Sequence[tuple[float, float]], edges: Sequence[tuple[int, int]]) -> Placed:
    """Lay out boxes and the lines between them, downwards.

    Args:
        sizes: (width, height) of each box, in an order in which most edges lead forwards.
        edges: (from, to), places in `sizes`; those that lead backwards are drawn around the rest.
    """
    if not sizes:
        return Placed([], [], 2 * MARGIN, 2 * MARGIN)
    forward = [(a, b) for a, b in dict.fromkeys(edges) if a < b]
    rank = _ranks(len(sizes), forward)
    chains, steps, widths, rank = _pass_ranks(sizes, forward, rank)
    above: list[list[int]] = [[] for _ in widths]
    below: list[list[int]] = [[] for _ in widths]
    for a, b in steps:
        above[b].append(a)
        below[a].append(b)
    rows = _order(rank, above, below)
    x = _coordinates(rows, widths, above, below)
    tops, heights = _rows_down(rows, sizes)
    left = min(c - w / 2 for c, w in zip(x, widths, strict=True)) - MARGIN
    x = [c - left for c in x]
    right = max(c + w / 2 for c, w in zip(x, widths, strict=True))
    corners, middles = [], []
    for i, (width, height) in enumerate(sizes):
        y = tops[rank[i]] + (heights[rank[i]] - height) / 2
        corners.append((x[i] - width / 2, y))
        middles.append(y + height / 2)
    lines, lanes = [], 0
    for a, b in edges:
        if a < b:
            through = [
                p
                for i in chains[a, b]
                for p in ((x[i], tops[rank[i]]), (x[i], tops[rank[i]] + heights[rank[i]]))
            ]
            start = (x[a], corners[a][1] + sizes[a][1])
            lines.append([start, *through, (x[b], corners[b][1])])
        else:
            lanes += 1
            side = right + lanes * _LANE
            ends = [(corners[i][0] + sizes[i][0], middles[i]) for i in (a, b)]
            lines.append([ends[0], (side, middles[a]), (side, middles[b]), ends[1]])
    width = right + (lanes + 1) * _LANE if lanes else right + MARGIN
    return Placed(corners, lines, width, tops[-1] + heights[-1] + MARGIN)


def _ranks(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Return the rank of each box: below all that lead to it; sources just above what they feed."""
    rank = [0] * count
    for a, b in sorted(edges):
        rank[b] = max(rank[b], rank[a] + 1)
    fed = {b for _, b in edges}
    nearest: dict[int, int] = {}
    for a, b in edges:
        nearest[a] = min(nearest.get(a, rank[b]), rank[b])
    for a, first in nearest.items():
        if a not in fed:
            rank[a] = first - 1
    return rank


def _pass_ranks(
    sizes: Sequence[tuple[float, float]], edges: Sequence[tuple[int, int]], rank: list[int]
) -> tuple[dict[tuple[int, int], list[int]], list[tuple[int, int]], list[float], list[int]]:
    """Give each line a place in the ranks that it passes.

    Returns:
        The places of each edge, all steps from rank to rank, widths and ranks of boxes and places.
    """
    widths, rank = [w for w, _ in sizes], list(rank)
    few = sum(rank[b] - rank[a] - 1 for a, b in edges) <= _MOST_PASSES
    chains: dict[tuple[int, int], list[int]] = {}
    steps = []
    for a, b in edges:
        chain = []
        if few:
            for level in range(rank[a] + 1, rank[b]):
                chain.append(len(widths))
                widths.append(_LANE)
                rank.append(level)
        chains[a, b] = chain
        way = [a, *chain, b]
        steps += list(zip(way, way[1:], strict=False))
    return chains, steps, widths, rank


def _order(
    rank: Sequence[int], above: Sequence[Sequence[int]], below: Sequence[Sequence[int]]
) -> list[list[int]]:
    """Return what is in each rank, from left to right, so that few lines cross."""
    rows: list[list[int]] = [[] for _ in range(max(rank) + 1)]
    for i, r in enumerate(rank):
        rows[r].append(i)
    place = {i: float(p) for row in rows for p, i in enumerate(row)}
    for sweep in range(_SWEEPS):
        beside, turn = (above, rows) if sweep % 2 == 0 else (below, rows[::-1])
        for row in turn:
            if len(row) > 1:
                wish = {i: _mean([place[j] for j in beside[i]], place[i]) for i in row}
                row.sort(key=wish.__getitem__)
                place.update((i, float(p)) for p, i in enumerate(row))
    return rows


def _coordinates(
    rows: Sequence[Sequence[int]],
    widths: Sequence[float],
    above: Sequence[Sequence[int]],
    below: Sequence[Sequence[int]],
) -> list[float]:
    """Return the x of the middle of each box and line: near those of its neighbours."""
    x = [0.0] * len(widths)
    for row in rows:
        _spread(row, [0.0] * len(row), widths, x)
    for sweep in range(2 * _SWEEPS):
        beside, turn = (above, rows) if sweep % 2 == 0 else (below, rows[::-1])
        for row in turn:
            _spread(row, [_mean([x[j] for j in beside[i]], x[i]) for i in row], widths, x)
    return x


def _spread(
    row: Sequence[int], wishes: Sequence[float], widths: Sequence[float], x: list[float]
) -> None:
    """Put a rank's members where they wish, side by side.

    Pushing to the right and pushing to the left both keep the distances, so their mean does.
    """
    if len(row) == 1:
        x[row[0]] = wishes[0]
        return
    gaps = [(widths[a] + widths[b]) / 2 + GAP_X for a, b in zip(row, row[1:], strict=False)]
    rightwards = [wishes[0]]
    for wish, gap in zip(wishes[1:], gaps, strict=True):
        rightwards.append(max(wish, rightwards[-1] + gap))
    leftwards = [wishes[-1]]
    for wish, gap in zip(wishes[-2::-1], gaps[::-1], strict=True):
        leftwards.append(min(wish, leftwards[-1] - gap))
    for i, a, b in zip(row, rightwards, leftwards[::-1], strict=True):
        x[i] = (a + b) / 2


def _rows_down(
    rows: Sequence[Sequence[int]], sizes: Sequence[tuple[float, float]]
) -> tuple[list[float], list[float]]:
    """Return the top and the height of each rank."""
    tops, heights, y = [], [], MARGIN
    for row in rows:
        height = max((sizes[i][1] for i in row if i < len(sizes)), default=0.0)
        tops.append(y)
        heights.append(height)
        y += height + GAP_Y
    return tops, heights


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default
