"""Points in a plane: as a drawing and as a table."""

from __future__ import annotations

from typing import Any

from ..colours import GRID, SERIES
from ..display import Form
from ..html import Html, join, number, svg, table, tag
from ..language import say
from ..numbers import count, real, short
from .chart import words

_SIDE, _EDGE = (640.0, 440.0), 16.0
_NAMED = 60  # points up to which each has its name beside it
_ROWS = 200


def _title(found: dict[str, Any]) -> str:
    return say("points.title", name=found["name"] or say("dataset.own"), shape=found["shape"])


def _name(point: dict[str, Any], place: int) -> str:
    name = str(place) if point["name"] is None else point["name"]
    return name if point["label"] is None else f"{name} ({point['label']})"


def _text(found: dict[str, Any]) -> str:
    lines = [_title(found), *(f"  {fact}" for fact in found["facts"])]
    for place, point in enumerate(found["points"][:20]):
        lines.append(f"  {_name(point, place)}: {real(point['x'])}, {real(point['y'])}")
    if len(found["points"]) > 20:
        lines.append(f"  … {count(len(found['points']))}")
    return "\n".join(lines)


def _page(found: dict[str, Any]) -> Html:
    points = found["points"]
    rows = [[_name(p, place), real(p["x"]), real(p["y"])] for place, p in enumerate(points[:_ROWS])]
    heads = [say("points.row"), say("points.first"), say("points.second")]
    return tag(
        "div",
        tag("p", tag("b", _title(found)), tag("br"), *found["facts"]),
        _drawing(found),
        tag("details", tag("summary", say("graph.as_table")), table(heads, rows)),
    )


def _drawing(found: dict[str, Any]) -> Html:
    points = found["points"]
    spans = []
    for axis in ("x", "y"):
        values = [p[axis] for p in points]
        spans.append((min(values), (max(values) - min(values)) or 1.0))
    parts = []
    for place, (low, size) in enumerate(spans):
        if low <= 0 <= low + size:  # the axes go through the mean
            at = _EDGE + (_SIDE[place] - 2 * _EDGE) * (1 + low / size if place else -low / size)
            ends = {"x1": at, "x2": at, "y1": 0, "y2": _SIDE[1]}
            if place:
                ends = {"x1": 0, "x2": _SIDE[0], "y1": at, "y2": at}
            parts.append(tag("line", stroke=GRID, **{k: number(v) for k, v in ends.items()}))
    for place, point in enumerate(points):
        (x0, wide), (y0, high) = spans
        x = _EDGE + (_SIDE[0] - 2 * _EDGE) * (point["x"] - x0) / wide
        y = _EDGE + (_SIDE[1] - 2 * _EDGE) * (1 - (point["y"] - y0) / high)
        colour = SERIES[(point["label"] or 0) % len(SERIES)]
        parts.append(tag("circle", cx=number(x), cy=number(y), r=3, fill=colour))
        if point["name"] is not None and len(points) <= _NAMED:
            right = x > 0.85 * _SIDE[0]
            anchor = "end" if right else None
            at = x - 5 if right else x + 5
            parts.append(words(short(_name(point, place), 18), at, y + 4, 11, anchor=anchor))
    alt = say("points.alt", title=_title(found), number=count(len(points)))
    return svg(join(parts), *_SIDE, alt)


FORM = Form(_title, _text, _page)
