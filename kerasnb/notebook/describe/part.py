"""A part of a graph: what lies between two layers."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from .layout import MARGIN

Drawing = dict[str, Any]
_OUT = "\0"  # behind the id of a frame: where what flows through it comes out


def choose_part(graph: dict[str, Any], first: Any = None, last: Any = None) -> dict[str, Any]:
    """Return a description of kind "graph" of which a part is shown.

    Args:
        graph: the description, with the view that it begins with.
        first, last: layers between which the part lies, or their names ("model/layer" in a nested
            model, "layer[1]" for a call); None: from the inputs, to the outputs.
    """
    if first is None and last is None:
        return graph
    view = graph["views"][graph["view"]]
    ends = {"first": _name(view, graph, first), "last": _name(view, graph, last)}
    if not between(view, **ends):
        raise ValueError(f"graph: no way leads from {ends['first']!r} to {ends['last']!r}.")
    return {**graph, "part": ends}


def _name(view: Drawing, graph: dict[str, Any], layer: Any) -> str | None:
    if layer is None:
        return None
    name = layer if isinstance(layer, str) else str(layer.name)
    if not boxes_of(view, name):
        known = dict.fromkeys([*graph["details"], *(box["id"] for box in view["boxes"])])
        near = difflib.get_close_matches(name, known, 3) or list(known)[:8]
        model = graph["model"]["name"]
        raise ValueError(
            f'graph: got {name!r}; model "{model}" has {", ".join(map(repr, near))}'
            f"{' and others' if len(near) < len(known) else ''}."
        )
    return name


def boxes_of(view: Drawing, name: str) -> list[str]:
    """Return the ids of the boxes that a name means: one box, a layer, or the model around it."""
    boxes = view["boxes"]
    found = [box["id"] for box in boxes if box["id"] == name]
    found = found or [box["id"] for box in boxes if box["key"] == name]
    if found:
        return found
    around = [box["key"] for box in boxes if name.startswith(f"{box['key']}/")]
    return [box["id"] for box in boxes if around and box["key"] == max(around, key=len)]


def between(view: Drawing, first: str | None, last: str | None) -> set[str]:
    """Return the ids of the boxes on all ways from one layer to another, both among them."""
    frames = [box["id"] for box in view["boxes"] if box["frame"]]
    after = _steps(view, frames)
    before: dict[str, list[str]] = {}
    for a, found in after.items():
        for b in found:
            before.setdefault(b, []).append(a)
    all_ids = [box["id"] for box in view["boxes"]]
    starts = all_ids if first is None else boxes_of(view, first)
    ends = all_ids if last is None else boxes_of(view, last)
    through = _reached(starts, after) & _reached([_out(e, frames) for e in ends], before)
    kept = {place.removesuffix(_OUT) for place in through}
    return kept | {f for f in frames if any(one.startswith(f"{f}/") for one in kept)}


def cut(view: Drawing, first: str | None, last: str | None) -> Drawing:
    """Return the drawing of a part, moved to its own corner."""
    kept = between(view, first, last)
    if not kept or len(kept) == len(view["boxes"]):
        return view
    boxes = [box for box in view["boxes"] if box["id"] in kept]
    arrows = [arrow for arrow in view["arrows"] if {arrow["from"], arrow["to"]} <= kept]
    ways = [point for arrow in arrows for point in arrow["points"]]
    rights = [box["x"] + box["width"] for box in boxes]
    bottoms = [box["y"] + box["height"] for box in boxes]
    left = min([box["x"] for box in boxes] + [x for x, _ in ways]) - MARGIN
    top = min([box["y"] for box in boxes] + [y for _, y in ways]) - MARGIN

    def moved(x: float, y: float) -> list[float]:
        return [round(x - left, 1), round(y - top, 1)]

    width, height = moved(
        max(rights + [x for x, _ in ways]) + MARGIN, max(bottoms + [y for _, y in ways]) + MARGIN
    )
    placed = [{**box, **dict(zip("xy", moved(box["x"], box["y"]), strict=True))} for box in boxes]
    lines = [{**a, "points": [moved(x, y) for x, y in a["points"]]} for a in arrows]
    return {"width": width, "height": height, "boxes": placed, "arrows": lines}


def _out(box: str, frames: Iterable[str]) -> str:
    return box + _OUT if box in frames else box


def _steps(view: Drawing, frames: list[str]) -> dict[str, list[str]]:
    """Return what follows each box; an open model leads to its first boxes, its last ones out."""
    after: dict[str, list[str]] = {}
    fed, used = set(), set()
    for arrow in view["arrows"]:
        if arrow["from"] != arrow["to"]:
            after.setdefault(_out(arrow["from"], frames), []).append(arrow["to"])
            fed.add(arrow["to"])
            used.add(arrow["from"])
    for box in view["boxes"]:
        around = [f for f in frames if box["id"].startswith(f"{f}/")]
        if around:
            frame = max(around, key=len)
            if box["id"] not in fed:
                after.setdefault(frame, []).append(box["id"])
            if box["id"] not in used:
                after.setdefault(_out(box["id"], frames), []).append(frame + _OUT)
    return after


def _reached(starts: Iterable[str], steps: dict[str, list[str]]) -> set[str]:
    found, waiting = set(starts), list(starts)
    while waiting:
        for place in steps.get(waiting.pop(), []):
            if place not in found:
                found.add(place)
                waiting.append(place)
    return found
