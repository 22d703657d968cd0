"""Graphs of models: as a drawing, and as a list of what follows what."""

from __future__ import annotations

from typing import Any

from ..colours import FAINT_INK, FAMILIES, INK, LINE
from ..describe.graph import LETTERS
from ..describe.part import cut
from ..display import Form
from ..html import Html, join, number, svg, table, tag
from ..language import say
from ..numbers import count, short
from . import batch as batch_form

_TALL = 1600.0  # a drawing that is taller is cut, and its parts stand side by side
_GAP = 30.0


def _title(graph: dict[str, Any]) -> str:
    model = graph["model"]
    return say("graph.title", name=model["name"], kind=model["class"])


def _view(graph: dict[str, Any]) -> dict[str, Any]:
    """Return what is drawn: a view, or a part of it."""
    view: dict[str, Any] = graph["views"][graph.get("view", "layer")]
    return cut(view, **graph["part"]) if "part" in graph else view


def _part(graph: dict[str, Any]) -> str | None:
    """Return which part is drawn, None for all."""
    if "part" not in graph:
        return None
    ends = graph["part"]
    return say(
        "graph.part_of",
        first=ends["first"] or say("graph.the_inputs"),
        last=ends["last"] or say("graph.the_outputs"),
        number=len(_view(graph)["boxes"]),
        all=len(graph["views"][graph["view"]]["boxes"]),
    )


def _text(graph: dict[str, Any]) -> str:
    view = _view(graph)
    labels = {box["id"]: box["label"] for box in view["boxes"]}
    after: dict[str, list[str]] = {}
    for arrow in view["arrows"]:
        after.setdefault(arrow["from"], []).append(labels[arrow["to"]])
    part = _part(graph)
    lines = [_title(graph), part] if part else [_title(graph)]
    for box in view["boxes"]:
        follows = f" -> {', '.join(after[box['id']])}" if box["id"] in after else ""
        shape = f" {box['output_shape']}" if box["output_shape"] else ""
        lines.append(f"{'  ' * (box['depth'] + 1)}{box['label']} ({box['class']}){shape}{follows}")
    return "\n".join([*lines, *(batch_form.text(graph["batch"]) if "batch" in graph else [])])


def _page(graph: dict[str, Any]) -> Html:
    view = _view(graph)
    alt = say(
        "graph.alt", title=_title(graph), boxes=len(view["boxes"]), arrows=len(view["arrows"])
    )
    rows = [_row(box) for box in view["boxes"]]
    heads = ("layer", "class", "input_shape", "output_shape", "parameters")
    details = tag(
        "details",
        tag("summary", say("graph.as_table")),
        table([say(f"common.{head}") for head in heads], rows, text=4),
    )
    part = _part(graph)
    heading = tag("p", tag("b", _title(graph)), tag("br") if part else None, part)
    batch = batch_form.page(graph["batch"]) if "batch" in graph else None
    return tag("div", heading, drawn(view, alt), details, batch)


def _row(box: dict[str, Any]) -> list[str]:
    name = "\u2003" * box["depth"] + box["label"]
    return [name, box["class"], box["input_shape"], box["output_shape"], count(box["parameters"])]


def drawn(view: dict[str, Any], alt: str) -> Html:
    """Return a drawing as an image; a very tall one in parts, side by side."""
    frames = [box for box in view["boxes"] if box["frame"]]
    others = [box for box in view["boxes"] if not box["frame"]]
    content = join(
        [
            *(_frame(box) for box in frames),
            *(_arrow(arrow) for arrow in view["arrows"]),
            *(_box(box) for box in others),
        ]
    )
    width, height = view["width"], view["height"]
    marker = tag(
        "marker",
        tag("path", d="M0 0L8 4L0 8z", fill=LINE),
        id="tip",
        viewBox="0 0 8 8",
        refX=7,
        refY=4,
        markerWidth=8,
        markerHeight=8,
        orient="auto-start-reverse",
        markerUnits="userSpaceOnUse",
    )
    cuts = _cuts(view)
    if len(cuts) == 2:
        return svg(join([tag("defs", marker), content]), width, height, alt)
    parts = []
    for place, (top, bottom) in enumerate(zip(cuts, cuts[1:], strict=False)):
        window = f"0 {number(top)} {number(width)} {number(bottom - top)}"
        parts.append(
            tag(
                "svg",
                tag("use", href="#all"),
                x=number(place * (width + _GAP)),
                width=number(width),
                height=number(bottom - top),
                viewBox=window,
            )
        )
    defs = tag("defs", marker, tag("g", content, id="all"))
    total = len(parts) * (width + _GAP) - _GAP
    tallest = max(b - a for a, b in zip(cuts, cuts[1:], strict=False))
    return svg(join([defs, *parts]), total, tallest, alt)


def _cuts(view: dict[str, Any]) -> list[float]:
    """Return the heights at which a drawing is cut: between boxes, for about 4 by 3."""
    width, height = view["width"] + _GAP, view["height"]
    if height <= _TALL:
        return [0.0, height]
    wish = max(_TALL, (0.75 * width * height) ** 0.5)
    spans = sorted((b["y"], b["y"] + b["height"]) for b in view["boxes"] if not b["depth"])
    cuts, low = [0.0], 0.0
    for top, bottom in spans:
        if bottom - cuts[-1] > wish and top >= low > cuts[-1]:
            cuts.append((low + top) / 2)
        low = max(low, bottom)
    return [*cuts, height]


def _arrow(arrow: dict[str, Any]) -> Html:
    (x, y), *others = arrow["points"]
    path = f"M{number(x)} {number(y)}"
    backwards = others[-1][1] < y and len(others) == 3
    for nx, ny in others:
        if backwards or nx == x:
            path += f"L{number(nx)} {number(ny)}"
        else:  # leaves and arrives downwards
            middle = number((y + ny) / 2)
            path += f"C{number(x)} {middle} {number(nx)} {middle} {number(nx)} {number(ny)}"
        x, y = nx, ny
    return tag("path", d=path, fill="none", stroke=LINE, stroke_width="1.4", marker_end="url(#tip)")


def _rectangle(box: dict[str, Any], **attributes: object) -> Html:
    x, y, width, height = (number(box[key]) for key in ("x", "y", "width", "height"))
    return tag("rect", x=x, y=y, width=width, height=height, **attributes)


def _frame(box: dict[str, Any]) -> Html:
    edge = FAMILIES["model"][1]
    title = short(f"{box['label']} ({box['class']})", int(box["width"] / 7.2))
    return join(
        [
            _rectangle(
                box, rx=8, fill=edge, fill_opacity="0.1", stroke=edge, stroke_dasharray="5 3"
            ),
            _words(title, box["x"] + 10, box["y"] + 17, LINE, 12, weight="600", anchor="start"),
        ]
    )


def _box(box: dict[str, Any]) -> Html:
    ground, edge = FAMILIES[box["family"]]
    middle, y = box["x"] + box["width"] / 2, box["y"]
    dash = None if box["trainable"] or not box["parameters"] else "4 3"
    return join(
        [
            _rectangle(
                box, rx=6, fill=ground, stroke=edge, stroke_width="1.4", stroke_dasharray=dash
            ),
            _words(short(box["label"], LETTERS), middle, y + 18, INK, 12, weight="600"),
            _words(short(box["class"], LETTERS), middle, y + 33, INK, 11),
            _words(short(box["output_shape"], LETTERS + 2), middle, y + 48, FAINT_INK, 11),
        ]
    )


def _words(
    text: str,
    x: float,
    y: float,
    fill: str,
    size: int,
    weight: str | None = None,
    anchor: str = "middle",
) -> Html:
    return tag(
        "text",
        text,
        x=number(x),
        y=number(y),
        fill=fill,
        font_size=size,
        font_weight=weight,
        text_anchor=anchor,
    )


FORM = Form(_title, _text, _page)
