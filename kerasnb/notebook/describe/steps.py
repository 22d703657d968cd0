"""What a call computes, op by op: opening the box of a layer, and of a fused op."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from typing import Any

from ...graph.autodiff import applications
from ...graph.node import Node, Placeholder, Variable

_MOST = 60  # steps that are shown of one box
_DEEPEST = 3


def describe_steps(
    outputs: Iterable[Node], inputs: Sequence[Node]
) -> tuple[list[dict[str, Any]], int]:
    """Return the ops that lead from inputs to outputs, in order.

    Args:
        outputs, inputs: symbolic tensors.

    Returns:
        The steps (see "inspection" in docs/displays.md), and how many more there are.
    """
    return _steps(list(outputs), _named(inputs, "x"), depth=0)


def formula(op: Any) -> str:
    """Return the first paragraph of an op's documentation, on one line."""
    text = inspect.getdoc(type(op)) or ""
    return " ".join(text.split("\n\n")[0].split())


def _named(nodes: Sequence[Node], name: str) -> dict[Node, str]:
    return {n: name if len(nodes) == 1 else f"{name}{i}" for i, n in enumerate(nodes)}


def _steps(
    outputs: list[Node], names: dict[Node, str], depth: int
) -> tuple[list[dict[str, Any]], int]:
    given = set(names)
    order = [n for n in applications(outputs, stop=given) if n not in given and n.op is not None]
    order = [n for n in order if any(o.value is None for o in n.outputs)]
    last = dict.fromkeys(outputs)
    for number, first in enumerate(order, start=1):
        for node in first.outputs:
            several = f".{node.index}" if len(first.outputs) > 1 else ""
            names[node] = f"t{number}{several}"
    for place, node in enumerate(last):
        if names.get(node, "").startswith("t"):
            names[node] = "y" if len(last) == 1 else f"y{place}"
    steps = [_step(first, names, depth) for first in order[:_MOST]]
    return steps, max(len(order) - _MOST, 0)


def _step(first: Node, names: dict[Node, str], depth: int) -> dict[str, Any]:
    op: Any = first.op
    outputs = [o for o in first.outputs if o in names] or [first]
    return {
        "name": _several([names.get(o, "_") for o in outputs]),
        "op": type(op).__name__,
        "inputs": [_name(x, names) for x in first.inputs],
        "parameters": _parameters(op),
        "shape": str(tuple(outputs[0].shape)),
        "dtype": outputs[0].dtype,
        "formula": formula(op),
        "steps": _inside(op, first.inputs, names, depth + 1) if depth < _DEEPEST else None,
    }


def _several(names: list[str]) -> str:
    return ", ".join(names if len(names) <= 4 else [*names[:3], "…"])


def _inside(
    op: Any, inputs: Sequence[Node], outer: dict[Node, str], depth: int
) -> list[dict[str, Any]] | None:
    """Return a fused op in elementary ops, a scan as one of its steps; None for other ops."""
    if type(op).__name__ == "scan":
        body = op.body
        names = {**_named(body.sequences, "x"), **_named(body.states, "h")}
        names.update((n, _name(n, outer)) for n in body.captured)
        return _steps([*body.outputs, *body.new_states], names, depth)[0]
    if not hasattr(op, "expand"):
        return None
    letters = list(inspect.signature(op.expand).parameters)
    letters += [f"x{i}" for i in range(len(letters), len(inputs))]
    stand_ins = [Placeholder(x.shape, x.dtype) for x in inputs]
    try:
        made = op.expand(*stand_ins)
    except (ValueError, TypeError, IndexError):  # needs sizes that are not known yet
        return None
    outputs = list(made) if isinstance(made, tuple | list) else [made]
    return _steps(outputs, dict(zip(stand_ins, letters, strict=False)), depth)[0]


def _name(node: Node, names: dict[Node, str]) -> str:
    if node in names:
        return names[node]
    if node.value is not None:
        return f"{node.value.item():g}" if node.value.size == 1 else f"constant{node.shape}"
    if isinstance(node, Variable):
        return short_name(node)
    return node.name.split("/")[-1].removesuffix(":0")


def short_name(variable: Any) -> str:
    """Return a variable's own name, without its layer's."""
    return str(variable.name).split("/")[-1].removesuffix(":0")


def _parameters(op: Any) -> str:
    fields = (n for n in getattr(op, "__dataclass_fields__", {}) if n not in _UNTOLD)
    return ", ".join(f"{name}={getattr(op, name)!r}" for name in fields)


_UNTOLD = ("body", "program", "stream", "known")  # objects, and what only the engine needs
