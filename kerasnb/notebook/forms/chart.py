"""Charts as SVG: lines over axes, histograms. Readable on a light and on a dark page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..colours import GRID, LINE, ON_PAGE, SERIES
from ..html import Html, join, number, svg, tag
from ..numbers import real, short

_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 14.0, 24.0, 34.0


class Line(NamedTuple):
    """One line of a chart; a value of None is a gap.

    Attributes:
        label: its name in the legend; "" for none.
        points: (x, y) pairs.
        colour: place in the row of colours.
        kind: "solid", "dashed" or "faint".
        dots: whether each point gets a dot.
    """

    label: str
    points: Sequence[Sequence[Any]]
    colour: int
    kind: str = "solid"
    dots: bool = False


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Return about `count` round numbers from `low` to `high`."""
    span = high - low
    if not span > 0:
        return [low]
    rough = span / count
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * m for m in (1, 2, 2.5, 5, 10) if size * m >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [k * step for k in range(first, math.floor(high / step + 1e-9) + 1)]


def curves(
    lines: Sequence[Line],
    title: str,
    x_label: str,
    alt: str,
    log: bool = False,
    size: tuple[float, float] = (400, 240),
) -> Html:
    """Return lines over labelled axes as an image.

    Args:
        lines: the lines.
        title: what stands above.
        x_label: what the horizontal axis is.
        alt: the text alternative.
        log: whether the vertical axis is logarithmic; values that are not positive are left out.
        size: width and height.
    """
    return svg(plot(lines, title, x_label, log, size), *size, alt)


def plot(
    lines: Sequence[Line],
    title: str,
    x_label: str,
    log: bool = False,
    size: tuple[float, float] = (400, 240),
) -> Html:
    """Return the content of a chart, to be put into a drawing."""
    width, height = size
    good = [
        [(x, y) for x, y in line.points if y is not None and (y > 0 or not log)] for line in lines
    ]
    flat = [point for points in good for point in points]
    xs, ys = [x for x, _ in flat] or [0, 1], [y for _, y in flat] or [1.0, 2.0]
    x0, x1 = min(xs), max(xs)
    if x0 == x1:
        x0, x1 = x0 - 0.5, x1 + 0.5
    y0, y1 = (math.log10(min(ys)), math.log10(max(ys))) if log else (min(ys), max(ys))
    room = (y1 - y0) * 0.05 or abs(y0) * 0.1 or 0.5
    y0, y1 = y0 - room, y1 + room
    inner = (width - _LEFT - _RIGHT, height - _TOP - _BOTTOM)

    def at(x: float, y: float) -> tuple[float, float]:
        y = math.log10(y) if log else y
        across, up = (x - x0) / (x1 - x0), (y - y0) / (y1 - y0)
        return _LEFT + across * inner[0], height - _BOTTOM - up * inner[1]

    parts: list[Html] = [words(short(title, 44), _LEFT, 14, 12, weight="600")]
    parts += _axes(at, (x0, x1, y0, y1), size, log)
    parts.append(words(x_label, _LEFT + inner[0] / 2, height - 4, 11, anchor="middle"))
    parts += [_line(line, at, log) for line in lines]
    parts += _legend(lines, width)
    return join(parts)


def _axes(
    at: Any, limits: tuple[float, float, float, float], size: tuple[float, float], log: bool
) -> list[Html]:
    x0, x1, y0, y1 = limits
    width, height = size
    parts = []
    if log:
        decades = range(math.floor(y0), math.ceil(y1) + 1)
        between = (1,) if y1 - y0 > 3 else (1, 2, 5)
        marks = [m * 10.0**k for k in decades for m in between]
        marks = [mark for mark in marks if y0 <= math.log10(mark) <= y1]
    else:
        marks = ticks(y0, y1)
    for value in marks:
        y = at(x0, value)[1]
        ends = {"x1": _LEFT, "x2": number(width - _RIGHT), "y1": number(y), "y2": number(y)}
        parts.append(tag("line", stroke=GRID, **ends))
        parts.append(words(real(value, 3), _LEFT - 6, y + 4, 11, anchor="end"))
    for value in ticks(x0, x1, 6):
        if value != round(value) and x1 - x0 > 6:
            continue
        x = at(value, 10**y0 if log else y0)[0]
        parts.append(words(real(value, 5), x, height - _BOTTOM + 14, 11, anchor="middle"))
    ground = number(height - _BOTTOM)
    ends = {"x1": _LEFT, "x2": number(width - _RIGHT), "y1": ground, "y2": ground}
    parts.append(tag("line", stroke=LINE, **ends))
    return parts


def _line(line: Line, at: Any, log: bool) -> Html:
    colour = SERIES[line.colour % len(SERIES)]
    path, pen = [], "M"
    for x, y in line.points:
        if y is None or (log and y <= 0):
            pen = "M"
            continue
        px, py = (number(p) for p in at(x, y))
        path.append(f"{pen}{px} {py}")
        pen = "L"
    stroke = tag(
        "path",
        d="".join(path) or "M0 0",
        fill="none",
        stroke=colour,
        stroke_width="1" if line.kind == "faint" else "1.8",
        stroke_opacity="0.4" if line.kind == "faint" else None,
        stroke_dasharray="5 3" if line.kind == "dashed" else None,
        stroke_linejoin="round",
    )
    if not line.dots:
        return stroke
    dots = "".join(f"M{part[1:]}h0" for part in path)  # lines of no length with round ends
    round_ends = {"stroke_width": "4.4", "stroke_linecap": "round"}
    return join([stroke, tag("path", d=dots or "M0 0", stroke=colour, **round_ends)])


def _legend(lines: Sequence[Line], width: float) -> list[Html]:
    parts: list[Html] = []
    x = width - _RIGHT
    for line in reversed([line for line in lines if line.label]):
        label = short(line.label, 22)
        colour = SERIES[line.colour % len(SERIES)]
        parts.append(words(label, x, 14, 11, anchor="end"))
        x -= _wide(label) + 5
        dash = "4 2" if line.kind == "dashed" else None
        parts.append(
            tag(
                "line",
                x1=number(x - 18),
                x2=number(x),
                y1=10,
                y2=10,
                stroke=colour,
                stroke_width=2,
                stroke_dasharray=dash,
            )
        )
        x -= 30
    return parts


def _wide(text: str) -> float:
    return sum(11.0 if ord(sign) > 0x2E7F else 6.0 for sign in text)


def bars(
    histogram: dict[str, Any], alt: str, size: tuple[float, float] = (220, 70), colour: int = 0
) -> Html:
    """Return a histogram as a small image, with its range below."""
    width, height = size
    edges, counts = histogram["edges"], histogram["counts"]
    most = max([*counts, 1])
    bar = (width - 4) / max(len(counts), 9)  # one value only: one bar in the middle
    begin = 2 if len(counts) > 1 else (width - bar) / 2
    ground = height - 16
    parts = [
        tag(
            "rect",
            x=number(begin + i * bar),
            y=number(ground - ground * count / most),
            width=number(max(bar - 1, 0.8)),
            height=number(ground * count / most),
            fill=SERIES[colour],
        )
        for i, count in enumerate(counts)
        if count
    ]
    parts.append(tag("line", x1=0, x2=width, y1=ground, y2=ground, stroke=LINE))
    if edges[0] < 0 < edges[-1]:
        zero = 2 + (width - 4) * -edges[0] / (edges[-1] - edges[0])
        x = number(zero)
        parts.append(tag("line", x1=x, x2=x, y1=0, y2=ground + 3, stroke=LINE))
        if 50 < zero < width - 50:  # not on top of the ends
            parts.append(words("0", zero, height - 3, 10, anchor="middle"))
    if len(counts) == 1:
        parts.append(words(real(edges[0], 3), width / 2, height - 3, 10, anchor="middle"))
    else:
        parts.append(words(real(edges[0], 3), 0, height - 3, 10))
        parts.append(words(real(edges[-1], 3), width, height - 3, 10, anchor="end"))
    return svg(join(parts), width, height, alt)


def words(
    text: str,
    x: float,
    y: float,
    size: int,
    anchor: str | None = None,
    weight: str | None = None,
) -> Html:
    """Return a text on the page's own ground."""
    return tag(
        "text",
        text,
        x=number(x),
        y=number(y),
        fill=ON_PAGE,
        font_size=size,
        text_anchor=anchor,
        font_weight=weight,
    )
