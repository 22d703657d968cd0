"""From graph to program: the steps that some outputs need, with every size known.

Known values are computed here and now, results that equal an input are replaced by it, equal ops
of equal inputs are merged, and what nobody needs (dropout at test time) is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .autodiff import applications
from .node import LearningPhase, Node, Placeholder, Spec, Update, Variable
from .op import Op, blame, infer
from .ops.shape import contiguous


@dataclass(eq=False)
class Value:
    """A result of the program, or something it starts from.

    Attributes:
        spec: shape, type, and the value if it is known.
        leaf: the placeholder or variable that it is.
        step: the step that makes it.
        base: the value in whose memory it lies, if it is a view.
        dense: whether it lies in C order.
    """

    spec: Spec
    leaf: Node | None = None
    step: Step | None = None
    base: Value | None = None
    dense: bool = True

    @property
    def root(self) -> Value:
        """The value that owns the memory."""
        value = self
        while value.base is not None:
            value = value.base
        return value


@dataclass(eq=False)
class Step:
    """An op, the values it reads and those it makes; `node` says who asked for it."""

    op: Op
    inputs: list[Value]
    node: Node
    outputs: list[Value] = field(default_factory=list)


@dataclass(eq=False)
class Program:
    """Steps in an order in which they can run."""

    steps: list[Step]
    feeds: list[Value | None]
    outputs: list[Value]
    updates: list[tuple[Variable, Value]]


def lower(
    outputs: Sequence[Node],
    updates: Sequence[Update],
    inputs: Sequence[Node],
    specs: Sequence[Spec],
) -> Program:
    """Return the program that computes `outputs` and the values of `updates`.

    Args:
        outputs: nodes to compute.
        updates: variables and their new values, each variable once.
        inputs: placeholders that are given.
        specs: shape and type of what is given for each; the learning phase also has its value.
    """
    lowering = _Lowering(dict(zip(inputs, specs, strict=True)))
    targets = [*outputs, *(u.value for u in updates)]
    for first in applications(targets, stop=inputs):
        lowering.add(first)
    values = lowering.values
    results = [values[n] for n in outputs]
    changes = []
    for variable, node in updates:
        value = values[node]
        if value.leaf is variable:
            continue
        if value.root.leaf is not None or not value.dense:
            # The variable it shows may change before it is read: take a copy in time.
            value = lowering.copy(value, node)
        changes.append((variable, value))
    feeds = [values.get(n) for n in inputs]
    steps = _needed(lowering.steps, [*results, *(v for _, v in changes)])
    return Program(steps, feeds, results, changes)


class _Lowering:
    def __init__(self, given: dict[Node, Spec]) -> None:
        self.given = given
        self.values: dict[Node, Value] = {}
        self.steps: list[Step] = []
        self.made: dict[Any, Step] = {}
        self.constants: dict[Any, Value] = {}

    def add(self, first: Node) -> None:
        if first in self.given or first.op is None:
            self.values[first] = self.leaf(first)
            return
        op = first.op
        inputs = [self.values[n] for n in first.inputs]
        known = [v.spec for v in inputs]
        try:
            specs = infer(op, known)
        except (ValueError, TypeError, IndexError) as error:
            raise blame(error, first) from None
        same = op.alias(*known) if op.nout == 1 else None
        if same is not None:
            self.values[first] = inputs[same]
            return
        if all(s.value is not None for s in specs):
            made = [self.constant(s) for s in specs]
        else:
            made = self.step(op.settle(*known), inputs, specs, first)
        for node, value in zip(first.outputs, made, strict=True):
            self.values[node] = value

    def leaf(self, node: Node) -> Value:
        if node in self.given:
            spec = self.given[node]
        elif isinstance(node, LearningPhase):
            spec = node.spec._replace(value=np.asarray(False))
        elif isinstance(node, Placeholder):
            raise ValueError(
                f"The outputs depend on the placeholder {node.name!r}, which is not among the "
                "inputs."
            )
        else:
            spec = node.spec
        return self.constant(spec) if spec.value is not None else Value(spec, leaf=node)

    def constant(self, spec: Spec) -> Value:
        array = spec.value
        if array is None or array.size > 64:
            return Value(spec, dense=_is_dense(array))
        key = (spec.shape, spec.dtype, array.tobytes())
        if key not in self.constants:
            self.constants[key] = Value(spec, dense=_is_dense(array))
        return self.constants[key]

    def step(self, op: Op, inputs: list[Value], specs: Sequence[Spec], node: Node) -> list[Value]:
        for i in op.contiguous:
            if i < len(inputs) and not inputs[i].dense:  # the last inputs may be left out
                inputs[i] = self.copy(inputs[i], node)
        key = (op, *map(id, inputs))
        if key not in self.made:
            step = Step(op, inputs, node)
            if op.view:
                dense = bool(op.contiguous) and inputs[0].dense
                step.outputs = [Value(specs[0], step=step, base=inputs[0], dense=dense)]
            else:
                step.outputs = [Value(s, step=step) for s in specs]
            self.made[key] = step
            self.steps.append(step)
        return self.made[key].outputs

    def copy(self, value: Value, node: Node) -> Value:
        return self.step(contiguous.op(), [value], [value.spec._replace(value=None)], node)[0]


def _is_dense(array: np.ndarray | None) -> bool:
    return array is not None and array.flags.c_contiguous


def _needed(steps: list[Step], targets: list[Value]) -> list[Step]:
    wanted = {v.step for v in targets}
    kept = []
    for step in reversed(steps):
        if step in wanted:
            kept.append(step)
            wanted.update(v.step for v in step.inputs)
    return kept[::-1]
