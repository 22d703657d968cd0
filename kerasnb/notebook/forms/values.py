"""Activations, gradients and weights: as text and as HTML."""

from __future__ import annotations

from typing import Any

from ..display import Form
from ..html import Html, picture, table, tag
from ..language import say
from ..numbers import count, real, unbroken
from ..png import enlarge
from .chart import bars

_STATISTICS = ("min", "max", "mean", "std", "norm")
_SIDES = (72, 240)  # pixels to which small pictures are enlarged: one of many, a single one


def _title(found: dict[str, Any]) -> str:
    subject = found["layer"] or found["model"]
    if not found["samples"]:
        return say(f"values.{found['what']}_title", layer=subject)
    return say(f"values.{found['what']}_title_of_samples", layer=subject, samples=found["samples"])


def _text(found: dict[str, Any]) -> str:
    lines = [_title(found)]
    for tensor in found["tensors"]:
        numbers = tensor["statistics"]
        told = ", ".join(f"{say(f'common.{n}')} {real(numbers[n])}" for n in _STATISTICS)
        lines.append(f"  {tensor['name']} {tensor['shape']}: {told}")
    lines += [f"! {sign['text']}" for sign in found["signs"]]
    return "\n".join(lines)


def _page(found: dict[str, Any]) -> Html:
    rows = []
    for tensor in found["tensors"]:
        numbers = tensor["statistics"]
        alt = say("values.histogram_alt", name=tensor["name"])
        rows.append(
            [tensor["name"], unbroken(tensor["shape"])]
            + [real(numbers[name]) for name in _STATISTICS]
            + [count(numbers["zeros"]), bars(tensor["histogram"], alt)]
        )
    names = ("tensor", "shape", *_STATISTICS, "zeros", "distribution")
    signs = [tag("p", "⚠ ", tag("b", sign["text"])) for sign in found["signs"]]
    return tag(
        "div",
        table([say(f"common.{name}") for name in names], rows, _title(found), text=2),
        *signs,
        *(_pictures(tensor) for tensor in found["tensors"] if tensor["pictures"]),
    )


def _pictures(tensor: dict[str, Any]) -> Html:
    shown: list[object] = []
    side = _SIDES[len(tensor["pictures"]) == 1]
    for item in tensor["pictures"]:
        image = item["picture"]
        scale = min(max(side // max(image["width"], image["height"]), 1), 16)
        shown += [picture(enlarge(image, scale)), " "]
    more = say("values.more_pictures", number=tensor["hidden"]) if tensor["hidden"] else None
    labels = dict.fromkeys([tensor["pictures"][0]["label"], tensor["pictures"][-1]["label"]])
    caption = tensor["name"]
    if list(labels) != [tensor["name"]]:
        caption += f": {' – '.join(labels)}"
    return tag("p", caption, tag("br"), *shown, more)


FORM = Form(_title, _text, _page)
