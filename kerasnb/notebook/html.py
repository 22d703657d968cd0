"""HTML and SVG that cannot go wrong: what is not made by `tag` is escaped."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterable, Sequence
from typing import Any

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Html(str):
    """Text that is HTML (or SVG) already."""

    __slots__ = ()


def escape(text: object) -> Html:
    """Return a text as HTML that shows it; characters that XML forbids are replaced."""
    if isinstance(text, Html):
        return text
    if isinstance(text, int | float):
        return Html(text)
    return Html(html.escape(_NOT_XML.sub("\ufffd", str(text)), quote=True))


def join(parts: Iterable[object]) -> Html:
    """Return parts one after the other; those that are not HTML are escaped."""
    return Html("".join(escape(part) for part in parts if part is not None))


def tag(name: str, *children: object, **attributes: object) -> Html:
    """Return an element; `_` in an attribute's name stands for `-`, and at its end for nothing."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in ("img", "br"):
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(children)}</{name}>")


def table(
    heads: Sequence[object], rows: Iterable[Sequence[object]], caption: str = "", text: int = 1
) -> Html:
    """Return a table.

    Args:
        heads: the columns' headings.
        rows: cells of each row.
        caption: what the table shows.
        text: number of columns, from the left, that hold text; the others hold numbers.
    """

    def cells(row: Sequence[object], kind: str, **more: object) -> Html:
        return join(
            tag(kind, left(cell), align="left", **more)
            if i < text
            else tag(kind, cell, align="right", **more)
            for i, cell in enumerate(row)
        )

    body = (tag("tr", cells(row, "td")) for row in rows)
    return tag(
        "table",
        tag("caption", caption) if caption else None,
        tag("thead", tag("tr", cells(heads, "th", scope="col"))) if heads else None,
        tag("tbody", *body),
    )


def left(cell: object) -> Html:
    """Return what a cell holds, so that it begins at the left.

    JupyterLab's own style moves cells to the right, and is stronger than a cell's `align`.
    """
    return tag("div", cell, align="left")


def pairs(rows: Iterable[tuple[object, object]]) -> Html:
    """Return a table of names and their values."""
    body = (
        tag("tr", tag("th", left(name), scope="row", align="left"), tag("td", left(value)))
        for name, value in rows
    )
    return tag("table", tag("tbody", *body))


def svg(content: object, width: float, height: float, alt: str, **attributes: object) -> Html:
    """Return a drawing as an image with its text alternative.

    As an image it may stay where inline SVG is taken out: in notebooks that are not trusted.
    """
    drawing = tag(
        "svg",
        content,
        xmlns="http://www.w3.org/2000/svg",
        width=number(width),
        height=number(height),
        viewBox=f"0 0 {number(width)} {number(height)}",
        font_family="system-ui, 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif",
        **attributes,
    )
    data = base64.b64encode(drawing.encode()).decode()
    source = f"data:image/svg+xml;base64,{data}"
    return tag("img", src=source, alt=alt, width=round(width), height=round(height))


def picture(image: dict[str, Any], scale: int = 1) -> Html:
    """Return a picture of a description as an image, each pixel `scale` pixels wide."""
    return tag(
        "img",
        src=f"data:image/png;base64,{image['png']}",
        alt=image["alt"],
        width=image["width"] * scale,
        height=image["height"] * scale,
    )


def number(value: float) -> Html:
    """Return a coordinate, short."""
    return Html(f"{value:.1f}".removesuffix(".0"))
