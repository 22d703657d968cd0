"""The times of a training step: as a table of layers, in text and in HTML."""

from __future__ import annotations

from typing import Any

from ..colours import SERIES
from ..display import Form
from ..html import Html, join, number, svg, table, tag
from ..language import say
from ..numbers import count, large, memory, unbroken

_PHASES = ("forward", "backward", "optimizer")
_BAR = (180.0, 12.0)


def milliseconds(seconds: float) -> str:
    """Return a time in milliseconds, or microseconds if it is short."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.3g} µs"
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def _title(found: dict[str, Any]) -> str:
    model = found["model"]
    return say("timing.title", name=model["name"], kind=model["class"], samples=found["samples"])


def _facts(found: dict[str, Any]) -> list[str]:
    whole, calls = found["step"], found["calls"]
    facts = [
        say("timing.step", time=milliseconds(whole), runs=found["runs"], device=found["device"])
    ]
    facts.append(say("timing.calls", time=milliseconds(calls)))
    facts.append(say("timing.memory", size=memory(found["memory"])))
    facts.append(say("timing.kernels", number=count(found["kernels"])))
    if found["shared"] >= 0.005:
        facts.append(say("timing.shared", share=f"{found['shared']:.0%}"))
    return facts


def _cells(row: dict[str, Any]) -> list[str]:
    rate = row["operations"] / row["seconds"] if row["seconds"] else None
    return [
        *(milliseconds(row[phase]) if row[phase] else "–" for phase in _PHASES),
        milliseconds(row["seconds"]),
        f"{row['share']:.0%}",
        large(row["operations"]),
        "–" if not row["operations"] or rate is None else large(round(rate)),
        memory(row["memory"]),
        memory(row["weights"]),
        count(row["calls"]),
    ]


_HEADS = (
    *("layer", "class", *_PHASES, "together", "share", "operations", "per_second"),
    *("memory_head", "weights", "calls_head"),
)


def _heads() -> list[str]:
    return [say(f"timing.{name}") for name in _HEADS]


def _text(found: dict[str, Any]) -> str:
    rows = [[row["layer"], row["class"], *_cells(row)] for row in found["rows"]]
    lines = [_heads(), *rows]
    widths = [max(_wide(line[i]) for line in lines) for i in range(len(lines[0]))]
    told = []
    for line in lines:
        padded = [
            cell + " " * (w - _wide(cell)) if i < 2 else " " * (w - _wide(cell)) + cell
            for i, (cell, w) in enumerate(zip(line, widths, strict=True))
        ]
        told.append("  " + "  ".join(padded).rstrip())
    return "\n".join([_title(found), *told, *(f"  {fact}" for fact in _facts(found))])


def _wide(text: str) -> int:
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)


def _page(found: dict[str, Any]) -> Html:
    most = max((row["seconds"] for row in found["rows"]), default=0.0) or 1.0
    rows = []
    for row in found["rows"]:
        cells = [unbroken(cell) for cell in _cells(row)]
        rows.append([row["layer"], row["class"], _bar(row, most), *cells])
    heads = _heads()
    heads.insert(2, " / ".join(heads[2:5]))
    facts = join(part for fact in _facts(found) for part in (tag("br"), fact))
    return tag("div", tag("p", tag("b", _title(found)), facts), table(heads, rows, text=3))


def _bar(row: dict[str, Any], most: float) -> Html:
    parts, x = [], 0.0
    for place, phase in enumerate(_PHASES):
        wide = _BAR[0] * row[phase] / most
        parts.append(
            tag("rect", x=number(x), width=number(wide), height=_BAR[1], fill=SERIES[place])
        )
        x += wide
    told = ", ".join(f"{say(f'timing.{p}')} {milliseconds(row[p])}" for p in _PHASES)
    return svg(join(parts), *_BAR, told)


FORM = Form(_title, _text, _page)
