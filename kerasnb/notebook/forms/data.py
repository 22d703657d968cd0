"""Data sets and confusion matrices: as text and as HTML."""

from __future__ import annotations

from typing import Any

from ..colours import INK, LINE, SERIES
from ..display import Form
from ..html import Html, join, number, picture, svg, table, tag
from ..language import say
from ..numbers import count, real, short
from ..png import enlarge
from .chart import words

_IN_A_ROW = 8
_SIDE = 64
_CELL = 34.0
_MOST_CELLS = 30  # classes up to which the matrix is drawn


def _title(data: dict[str, Any]) -> str:
    last = min(data["start"] + data["page_size"], data["total"])
    first = min(data["start"] + 1, last)
    page = say("dataset.page", first=count(first), last=count(last), total=count(data["total"]))
    name = data["name"]
    if data["split"]:
        name += f" ({say('dataset.' + data['split'])})"
    return f"{name}: {page}" + (f" – {data['filter']}" if data["filter"] else "")


def _first_page(data: dict[str, Any]) -> list[dict[str, Any]]:
    return list(data["samples"][: data["page_size"]])


def _caption(sample: dict[str, Any]) -> str:
    label = sample["name"] if sample["name"] is not None else real(sample["label"])
    if sample["predicted"] is None:
        return label
    guess = sample["predicted_name"] or real(sample["predicted"])
    return f"{label} ✓" if sample["predicted"] == sample["label"] else f"{label} ✗ {guess}"


def _text(data: dict[str, Any]) -> str:
    lines = [_title(data), *(f"  {fact}" for fact in data["facts"])]
    if data["classes"]:
        told = (f"{c['name']} {count(c['count'])}" for c in data["classes"])
        lines.append(f"  {say('dataset.classes')}: {', '.join(told)}")
    for sample in _first_page(data):
        line = f"  {sample['index']}: {_caption(sample)}"
        if sample["text"]:
            line += f" | {short(sample['text'], 70)}"
        if sample["values"]:
            line += " | " + ", ".join(f"{n} {real(v)}" for n, v in sample["values"][:6])
        lines.append(line)
    return "\n".join(lines)


def _page(data: dict[str, Any]) -> Html:
    facts = join(part for fact in data["facts"] for part in (tag("br"), fact))
    parts: list[object] = [tag("p", tag("b", _title(data)), facts)]
    if data["classes"]:
        parts.append(_classes(data["classes"]))
    kind = "class_name" if data["classes"] else "target"
    parts.append(_samples(_first_page(data), say(f"dataset.{kind}")))
    return tag("div", *parts)


def _classes(classes: list[dict[str, Any]]) -> Html:
    most = max(c["count"] for c in classes)
    rows = []
    for entry in classes:
        width = 160.0 * entry["count"] / most
        bar = tag("rect", width=number(width), height=10, rx=2, fill=SERIES[0])
        rows.append(
            [
                entry["label"],
                entry["name"],
                svg(bar, 160, 10, count(entry["count"])),
                count(entry["count"]),
            ]
        )
    names = ("dataset.label", "dataset.class_name", "common.share", "dataset.samples")
    heads = [say(name) for name in names]
    summary = tag("summary", say("dataset.classes_of", number=len(classes)))
    return tag("details", summary, table(heads, rows, text=3))


def _samples(samples: list[dict[str, Any]], target: str) -> Html:
    if not samples:
        return tag("p", say("dataset.none"))
    if samples[0]["picture"]:
        cells = []
        for sample in samples:
            image = sample["picture"]
            scale = max(_SIDE // max(image["width"], image["height"]), 1)
            alt = f"{image['alt']} {sample['index']}: {_caption(sample)}"
            shown = picture(enlarge({**image, "alt": alt}, scale))
            caption = short(_caption(sample), 24)
            cells.append(tag("td", shown, tag("br"), caption, tag("br"), f"#{sample['index']}"))
        rows = [cells[i : i + _IN_A_ROW] for i in range(0, len(cells), _IN_A_ROW)]
        return tag("table", tag("tbody", *(tag("tr", *row) for row in rows)))
    heads = [say("dataset.number"), target]
    if samples[0]["text"] is not None:
        rows_of_text = [[s["index"], _caption(s), s["text"]] for s in samples]
        return table([*heads, say("dataset.text")], rows_of_text, text=3)
    values = [[s["index"], _caption(s), *(real(v) for _, v in s["values"])] for s in samples]
    return table([*heads, *(name for name, _ in samples[0]["values"])], values, text=2)


FORM = Form(_title, _text, _page)


# -- confusion


def _confusion_title(found: dict[str, Any]) -> str:
    share = f"{found['accuracy']:.1%}"
    return say("confusion.title", total=count(found["total"]), accuracy=share)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _confusion_text(found: dict[str, Any]) -> str:
    lines = [_confusion_title(found)]
    width = max(len(name) for name in found["classes"])
    widest = max(len(str(n)) for row in found["matrix"] for n in row) + 1
    for name, row in zip(found["classes"], found["matrix"], strict=True):
        lines.append(f"  {name:<{width}} " + "".join(f"{n:>{widest}}" for n in row))
    lines += [f"  {_mistake(pair)}" for pair in found["mixed_up"]]
    return "\n".join(lines)


def _mistake(pair: dict[str, Any]) -> str:
    return say("confusion.mistake", **{**pair, "count": count(pair["count"])})


def _confusion_page(found: dict[str, Any]) -> Html:
    heads = [say(f"confusion.{name}") for name in ("class_name", "samples", "precision", "recall")]
    rows = [
        [row["name"], count(row["count"]), _percent(row["precision"]), _percent(row["recall"])]
        for row in found["rows"]
    ]
    mistakes = [part for pair in found["mixed_up"] for part in (tag("br"), _mistake(pair))]
    return tag(
        "div",
        tag("p", tag("b", _confusion_title(found))),
        _matrix(found) if len(found["classes"]) <= _MOST_CELLS else None,
        table(heads, rows),
        tag("p", tag("b", say("confusion.mixed_up")), *mistakes) if mistakes else None,
        tag("details", tag("summary", say("confusion.as_table")), _numbers(found)),
    )


def _numbers(found: dict[str, Any]) -> Html:
    rows = [
        [tag("b", name), *row] for name, row in zip(found["classes"], found["matrix"], strict=True)
    ]
    return table([say("confusion.corner"), *found["classes"]], rows)


def _matrix(found: dict[str, Any]) -> Html:
    names = [short(name, 16) for name in found["classes"]]
    left = max(12.0 * len(name) if not name.isascii() else 6.6 * len(name) for name in names) + 26
    size = len(names)
    top = 24.0
    parts = [words(say("confusion.predicted"), left + size * _CELL / 2, 14, 11, anchor="middle")]
    for i, (name, row) in enumerate(zip(names, found["matrix"], strict=True)):
        y = top + i * _CELL
        parts.append(words(name, left - 8, y + _CELL / 2 + 4, 11, anchor="end"))
        whole = sum(row) or 1
        for j, cell in enumerate(row):
            parts.append(_cell(cell, cell / whole, i == j, left + j * _CELL, y))
    slanted = left > 60
    foot = top + size * _CELL
    for j, name in enumerate(names):
        x = left + (j + 0.5) * _CELL
        label = words(name, x, foot + 14, 11, anchor="end" if slanted else "middle")
        turned = f"rotate(-40 {number(x)} {number(foot + 14)})" if slanted else None
        parts.append(tag("g", label, transform=turned))
    height = foot + (left * 0.7 if slanted else 22)
    return svg(join(parts), left + size * _CELL + 12, height, _confusion_title(found))


def _cell(cell: int, share: float, right: bool, x: float, y: float) -> Html:
    colour = SERIES[0] if right else SERIES[1]
    strength = 0.0 if not cell else 0.12 + 0.88 * share
    ground = tag(
        "rect",
        x=number(x + 1),
        y=number(y + 1),
        width=number(_CELL - 2),
        height=number(_CELL - 2),
        rx=3,
        fill=_mix(colour, strength),
        stroke=LINE,
        stroke_opacity="0.35",
    )
    if not cell:
        return ground
    ink = INK if strength < 0.6 else "#ffffff"
    text = tag(
        "text",
        f"{cell}",
        x=number(x + _CELL / 2),
        y=number(y + _CELL / 2 + 4),
        fill=ink,
        font_size=11 if cell < 10000 else 9,
        text_anchor="middle",
    )
    return join([ground, text])


def _mix(colour: str, share: float) -> str:
    """Return a colour thinned with white: cells bring their own ground."""
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 + share * (part - 255)):02x}" for part in parts)


CONFUSION = Form(_confusion_title, _confusion_text, _confusion_page)
