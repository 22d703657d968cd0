"""Numbers as people read them."""

from __future__ import annotations

import math
from typing import Any


def count(value: int | None) -> str:
    """Return a count with commas, "?" if it is not known."""
    return "?" if value is None else f"{value:,}"


def large(value: float | None) -> str:
    """Return a large count in three digits: 1,234,567 as "1.23 M"."""
    if value is None:
        return "?"
    for size, unit in ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e4, " k")):
        if value >= size:
            scaled = value / (1e3 if unit == " k" else size)
            return f"{scaled:.{2 if scaled < 10 else 1 if scaled < 100 else 0}f}{unit}"
    return f"{value:,}"


def memory(size: float | None) -> str:
    """Return a number of bytes with a unit."""
    if size is None:
        return "?"
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


def unbroken(text: str) -> str:
    """Return a text, a shape say, that stays on one line."""
    return text.replace(" ", "\u00a0")


def real(value: Any, digits: int = 4) -> str:
    """Return a real number in a few digits, a dash if there is none."""
    if value is None:
        return "–"
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("∞" if value > 0 else "-∞")
    return f"{value:.{digits}g}"


def duration(seconds: float | None) -> str:
    """Return a time: "0.4 s", "12 s", "3:05", "1:02:03"."""
    if seconds is None:
        return "?"
    if seconds < 59.5:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def finite(value: Any) -> float | None:
    """Return a number as JSON can hold it: None if it is not finite."""
    value = float(value)
    return value if math.isfinite(value) else None


def short(text: str, length: int) -> str:
    """Return a text of at most `length` characters; Chinese ones count twice."""
    room = length
    for place, sign in enumerate(text):
        room -= 2 if ord(sign) > 0x2E7F else 1
        if room < 0:
            return text[: max(place - 1, 1)] + "…"
    return text
