"""Layers and tensors, looked into: as text and as HTML."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..display import Form
from ..html import Html, join, pairs, table, tag
from ..language import say
from ..numbers import count, memory, real, unbroken
from .chart import bars


def _title(found: dict[str, Any]) -> str:
    return say(f"inspection.{found['subject']}_title", name=found["name"], kind=found["class"])


def _facts(found: dict[str, Any]) -> list[tuple[object, object]]:
    facts: list[tuple[object, object]] = []
    if found["subject"] == "layer":
        facts.append(
            (say("inspection.trained"), say("common.yes" if found["trainable"] else "common.no"))
        )
    if found["models"]:
        facts.append((say("inspection.in_models"), ", ".join(found["models"])))
    return facts


def _text(found: dict[str, Any]) -> str:
    lines = [_title(found), found["about"]]
    lines += [f"{name}: {value}" for name, value in _facts(found)]
    for node in found["nodes"]:
        ends = (
            ", ".join(f"{end['from'] or end['name']} {end['shape']}" for end in node[side])
            for side in ("inputs", "outputs")
        )
        lines.append(f"{say('inspection.call')} {node['index']}: {' -> '.join(ends)}")
    for weight in found["weights"]:
        lines.append(f"{weight['name']} {weight['shape']}: {_numbers(weight['statistics'])}")
    lines += _step_lines(found["steps"], 1)
    if found["hidden_steps"]:
        lines.append("  " + say("inspection.more_steps", number=found["hidden_steps"]))
    return "\n".join(lines)


def _numbers(statistics: dict[str, Any] | None) -> str:
    if statistics is None:
        return say("inspection.not_computed")
    names = ("min", "max", "mean", "std")
    return ", ".join(f"{say(f'common.{name}')} {real(statistics[name])}" for name in names)


def _step_lines(steps: Iterable[dict[str, Any]], depth: int) -> list[str]:
    lines = []
    for step in steps:
        lines.append(f"{'  ' * depth}{_call(step)}  {step['shape']}")
        lines += _step_lines(step["steps"] or (), depth + 1)
    return lines


def _call(step: dict[str, Any]) -> str:
    given = ", ".join(x for x in (*step["inputs"], step["parameters"]) if x)
    return f"{step['name']} = {step['op']}({given})"


def _page(found: dict[str, Any]) -> Html:
    parts: list[object] = [tag("p", tag("b", _title(found)), tag("br"), found["about"])]
    facts = _facts(found)
    if facts:
        parts.append(pairs(facts))
    if found["nodes"]:
        parts.append(_calls(found))
    if found["weights"]:
        parts.append(_weights(found["weights"]))
    if found["config"]:
        rows = [(name, value) for name, value in found["config"]]
        parts.append(tag("details", tag("summary", say("inspection.config")), pairs(rows)))
    if found["steps"]:
        parts.append(_steps(found))
    return tag("div", *parts)


def _calls(found: dict[str, Any]) -> Html:
    rows = []
    for node in found["nodes"]:
        ends = [
            join(
                [
                    part
                    for i, end in enumerate(node[side])
                    for part in (
                        tag("br") if i else None,
                        unbroken(f"{end['from'] or end['name']} {end['shape']}"),
                    )
                ]
            )
            for side in ("inputs", "outputs")
        ]
        rows.append([node["index"], *ends, ", ".join(node["models"])])
    heads = [say(f"inspection.{name}") for name in ("call", "inputs", "outputs", "in_models")]
    return table(heads, rows, say("inspection.calls"), text=4)


def _weights(weights: Iterable[dict[str, Any]]) -> Html:
    rows = []
    for weight in weights:
        found = weight["statistics"]
        numbers: list[object] = [say("inspection.not_computed"), *[""] * 5]
        if found is not None:
            alt = say("common.distribution_of", name=weight["name"], numbers=_numbers(found))
            numbers = [real(found[name]) for name in ("min", "max", "mean", "std")]
            numbers += [count(found["zeros"]), bars(weight["histogram"], alt)]
        name = (
            weight["name"]
            if weight["trainable"]
            else f"{weight['name']} ({say('common.fixed_layer')})"
        )
        rows.append(
            [name, unbroken(weight["shape"]), count(weight["parameters"])]
            + [unbroken(memory(weight["memory"])), *numbers]
        )
    names = ("weight", "shape", "parameters", "memory", "min", "max", "mean", "std", "zeros")
    heads = [say(f"common.{name}") for name in (*names, "distribution")]
    return table(heads, rows, say("inspection.weights"), text=2)


def _steps(found: dict[str, Any]) -> Html:
    rows = list(_step_rows(found["steps"], 0))
    heads = [say(f"inspection.{name}") for name in ("step", "shape", "formula")]
    more = found["hidden_steps"]
    return tag(
        "details",
        tag("summary", say("inspection.open", number=found["node_index"])),
        table(heads, rows, text=3),
        tag("p", say("inspection.more_steps", number=more)) if more else None,
    )


def _step_rows(steps: Iterable[dict[str, Any]], depth: int) -> Iterable[list[object]]:
    for step in steps:
        yield ["\u2003" * depth + _call(step), unbroken(step["shape"]), step["formula"]]
        yield from _step_rows(step["steps"] or (), depth + 1)


FORM = Form(_title, _text, _page)
