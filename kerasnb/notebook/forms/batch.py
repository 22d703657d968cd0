"""What a batch makes of the layers of a graph: as lines, and as tables that open."""

from __future__ import annotations

from typing import Any

from ..html import Html, join, left, picture, table, tag
from ..language import say
from ..numbers import real, unbroken
from ..png import enlarge
from .chart import bars

_NUMBERS = ("min", "max", "mean", "std")
_SIDE = 96  # pixels to which small pictures are enlarged
_MOST_ROWS, _MOST_SIGNS = 80, 12  # of a table, and of all signs
_BARS = (110, 44)


def text(batch: dict[str, Any]) -> list[str]:
    """Return what a batch gives, layer by layer, as lines."""
    lines = [say("graph.batch", samples=batch["samples"]), *(f"  {f}" for f in batch["facts"])]
    for kind in ("activations", "gradients"):
        rows = _rows(batch, kind)
        lines += [f"  {say(f'graph.{kind}')}"] if rows else []
        for name, one in rows[:_MOST_ROWS]:
            told = [f"{say(f'common.{n}')} {real(one['statistics'][n])}" for n in _NUMBERS]
            told += [dead(one)] if one["units"] else []
            lines.append(f"    {name} {one['shape']}: {', '.join(told)}")
        lines += [f"    {more}" for more in _more(rows, _MOST_ROWS)]
    return lines + [f"! {told}" for told in _signs(batch)]


def page(batch: dict[str, Any]) -> Html:
    """Return the same as tables, folded."""
    parts: list[object] = [tag("p", fact) for fact in batch["facts"]]
    parts += [tag("p", "⚠ ", tag("b", told)) for told in _signs(batch)]
    for kind in ("activations", "gradients"):
        rows = _rows(batch, kind)
        if rows:
            parts.append(_table(kind, rows[:_MOST_ROWS]))
        parts += [tag("p", more) for more in _more(rows, _MOST_ROWS)]
    title = say("graph.batch_table", samples=batch["samples"])
    return tag("details", tag("summary", title), *parts)


def dead(one: dict[str, Any]) -> str:
    """Return in words how many units are zero for all samples."""
    share = f"{one['dead'] / one['units']:.0%}"
    return say("graph.dead_units", number=one["dead"], of=one["units"], share=share)


def _rows(batch: dict[str, Any], kind: str) -> list[tuple[str, dict[str, Any]]]:
    """Return what there is of a kind, with names that tell of a weight's layer as well."""
    return [
        (f"{key}/{one['name']}" if one["weight"] else one["name"], one)
        for key, found in batch["details"].items()
        for one in found[kind]
    ]


def _more(rows: list[Any], most: int) -> list[str]:
    """Return in words how many rows are left out, if any."""
    return [say("graph.batch_more", number=len(rows) - most)] if len(rows) > most else []


def _signs(batch: dict[str, Any]) -> list[str]:
    signs = [f"{k}: {sign['text']}" for k, f in batch["details"].items() for sign in f["signs"]]
    return signs[:_MOST_SIGNS] + _more(signs, _MOST_SIGNS)


def _table(kind: str, rows: list[tuple[str, dict[str, Any]]]) -> Html:
    with_units = kind == "activations"
    heads = [say(f"common.{name}") for name in ("tensor", "shape", *_NUMBERS)]
    heads += [say("graph.dead")] if with_units else []
    heads += [say("common.distribution"), left(say("graph.picture"))]
    cells = (_row(name, one, with_units) for name, one in rows)
    return table(heads, cells, say(f"graph.{kind}"), text=2)


def _row(name: str, one: dict[str, Any], with_units: bool) -> list[object]:
    numbers, image = one["statistics"], one["picture"]
    row: list[object] = [name, unbroken(one["shape"]), *(real(numbers[n]) for n in _NUMBERS)]
    if with_units:
        row.append(f"{one['dead']} / {one['units']}" if one["units"] else "")
    alt = say("values.histogram_alt", name=name)
    row.append(bars(one["histogram"], alt, _BARS) if one["histogram"] else "")
    if image is None:
        return [*row, ""]
    scale = min(max(_SIDE // max(image["width"], image["height"]), 1), 12)
    caption = (tag("br"), one["caption"]) if one["caption"] else ()
    return [*row, left(join([picture(enlarge(image, scale)), *caption]))]
