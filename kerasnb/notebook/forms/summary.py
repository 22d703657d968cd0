"""Summaries of models: as Keras prints them, and as a table with more."""

from __future__ import annotations

from typing import Any

from ..display import Form
from ..html import Html, join, pairs, table, tag
from ..language import say
from ..numbers import count, large, memory, unbroken

_HEADS = ("layer", "class", "output_shape", "parameters", "memory", "multiply_adds", "connected_to")


def _title(summary: dict[str, Any]) -> str:
    model = summary["model"]
    return say("summary.title", name=model["name"], kind=model["class"])


def _text(summary: dict[str, Any]) -> str:
    return str(summary["text"])


def _page(summary: dict[str, Any]) -> Html:
    rows = [row for layer in summary["layers"] for row in _rows(layer)]
    heads = [say(f"common.{name}") for name in _HEADS]
    totals = summary["totals"]
    share = say(
        "summary.of_them", trainable=count(totals["trainable"]), fixed=count(totals["fixed"])
    )
    facts = (
        ("layers", count(totals["layers"])),
        ("parameters", f"{count(totals['parameters'])} ({share})"),
        ("weights_memory", memory(totals["memory"])),
        ("activations_memory", memory(totals["activations"])),
        ("multiply_adds_sample", large(totals["multiply_adds"])),
    )
    return tag(
        "div",
        table(heads, rows, _title(summary), text=3),
        pairs([(say(f"summary.{name}"), value) for name, value in facts]),
    )


def _rows(layer: dict[str, Any]) -> list[list[object]]:
    """Return a layer's rows: one for each call, the first with what belongs to the layer."""
    name = join(["\u2003" * layer["depth"], tag("b", layer["name"])])
    kind = layer["class"]
    if not layer["trainable"] and layer["parameters"]:
        kind += f" ({say('common.fixed_layer')})"
    own: list[object] = [name, kind, unbroken(layer["shape"])]
    own += [count(layer["parameters"]), unbroken(memory(layer["memory"]))]
    calls = layer["calls"]
    if len(calls) < 2:
        inputs = ", ".join(calls[0]["inputs"]) if calls else ""
        return [[*own, large(layer["multiply_adds"]), inputs]]
    rows: list[list[object]] = []
    for call in calls:
        shape = unbroken(", ".join(call["output_shapes"]))
        label = join(["\u2003" * layer["depth"], f"{layer['name']}[{call['index']}]"])
        mine = [tag("b", label), kind, shape, *own[3:]] if not rows else [label, "", shape, "", ""]
        rows.append([*mine, large(call["multiply_adds"]), ", ".join(call["inputs"])])
    return rows


FORM = Form(_title, _text, _page)
