"""Trainings: a line that tells how far it is, curves, the last values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..colours import GRID, SERIES
from ..display import Form
from ..html import Html, join, number, svg, table, tag
from ..language import say
from ..numbers import real
from .chart import Line, plot

_SIZE = (400.0, 240.0)
_MOST_CHARTS = 6
_BAR = 24  # characters


def _title(training: dict[str, Any]) -> str:
    model = training["model"]
    if training["state"] == "history" and not model["name"]:
        return say("training.title_of_history")
    return say("training.title", name=model["name"], kind=model["class"])


def _text(training: dict[str, Any]) -> str:
    lines = [_title(training)]
    if training["progress"]:
        full = round(_BAR * training["done"])
        lines.append(f"[{'=' * full}{'.' * (_BAR - full)}] {' - '.join(training['facts'])}")
    for entry in training["last"]:
        name = f"{entry['run']}: {entry['name']}" if entry["run"] else entry["name"]
        told = [f"{name} {real(entry['train'])}"]
        if entry["validation"] is not None:
            told.append(f"val_{entry['name']} {real(entry['validation'])}")
        if entry["best"] is not None:
            best = say("training.best_at", best=real(entry["best"]), epoch=entry["best_epoch"])
            told.append(f"({best})")
        lines.append("  " + ", ".join(told))
    lines += [f"! {sign}" for sign in training["signs"]]
    return "\n".join(lines)


def _page(training: dict[str, Any]) -> Html:
    parts: list[object] = [tag("p", tag("b", _title(training)))]
    if training["progress"]:
        facts = " · ".join(training["facts"])
        parts.append(tag("p", _bar(training["done"], facts), tag("br"), facts))
    if training["series"]:
        parts.append(_charts(training))
    if training["last"]:
        parts.append(_table(training["last"]))
    parts += [tag("p", "⚠ ", tag("b", sign)) for sign in training["signs"]]
    return tag("div", *parts)


def _bar(share: float, alt: str) -> Html:
    width, height = 2 * _SIZE[0], 6.0
    rail = tag("rect", width=number(width), height=number(height), rx=3, fill=GRID)
    done = tag("rect", width=number(width * share), height=number(height), rx=3, fill=SERIES[0])
    return svg(join([rail, done]), width, height, alt)


def _charts(training: dict[str, Any]) -> Html:
    """Return one picture with a chart for each name, two in a row."""
    names = list(dict.fromkeys(s["name"] for s in training["series"]))[:_MOST_CHARTS]
    runs = list(dict.fromkeys(s["run"] for s in training["series"]))
    charts = []
    for place, name in enumerate(names):
        mine = [s for s in training["series"] if s["name"] == name]
        drawn = plot(
            list(_lines(mine, runs)),
            name,
            say("training.epochs_axis"),
            bool(training.get("log")),
            _SIZE,
        )
        row, column = divmod(place, 2)
        at = f"translate({number(column * _SIZE[0])} {number(row * (_SIZE[1] + 8))})"
        charts.append(tag("g", drawn, transform=at))
    width = _SIZE[0] * min(len(names), 2)
    height = (_SIZE[1] + 8) * -(-len(names) // 2)
    return svg(join(charts), width, height, say("training.alt", names=", ".join(names)))


def _lines(series: Iterable[dict[str, Any]], runs: list[str]) -> Iterable[Line]:
    for one in series:
        compared = len(runs) > 1
        validation = one["split"] == "validation"
        colour = runs.index(one["run"]) if compared else int(validation)
        label = one["run"] if compared else say(f"training.{one['split']}")
        if compared and validation:
            label = ""  # dashed, in the run's colour
        if one["axis"] == "batch":
            yield Line("", one["points"], colour, "faint")
        else:
            kind = "dashed" if validation else "solid"
            yield Line(label, one["points"], colour, kind, dots=len(one["points"]) <= 40)


def _table(entries: Iterable[dict[str, Any]]) -> Html:
    compared = any(entry["run"] for entry in entries)
    rows = []
    for entry in entries:
        best = "–"
        if entry["best"] is not None:
            best = say("training.at_epoch", value=real(entry["best"]), epoch=entry["best_epoch"])
        row = [entry["name"], real(entry["train"]), real(entry["validation"]), best]
        rows.append([entry["run"], *row] if compared else row)
    heads = [say(f"training.{name}") for name in ("metric", "train", "validation", "best")]
    heads = [say("training.run"), *heads] if compared else heads
    return table(heads, rows, text=2 if compared else 1)


FORM = Form(_title, _text, _page)
