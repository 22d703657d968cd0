"""What a computation costs: multiplications with an addition, counted over the graph's ops."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from ...graph.autodiff import applications
from ...graph.node import Node, Spec
from ...graph.op import infer


def multiply_adds(outputs: Iterable[Node], inputs: Iterable[Node]) -> int | None:
    """Return how many multiply-adds lead from inputs to outputs for one sample.

    Products of matrices, convolutions and recurrences count; what is done entry by entry does
    not. None if a size is not known, that of a sequence of any length say.

    Args:
        outputs, inputs: symbolic tensors.
    """
    specs = {x: one_sample(x.spec) for x in inputs}
    try:
        return _count(list(outputs), specs)
    except (ValueError, TypeError, IndexError, ArithmeticError, Unknown):
        return None


class Unknown(Exception):
    """A size that is needed is not known."""


def one_sample(spec: Spec) -> Spec:
    """Return the spec of a batch of one sample."""
    if spec.shape[:1] == (None,):
        return spec._replace(shape=(1, *spec.shape[1:]))
    return spec


def _count(outputs: Sequence[Node], specs: dict[Node, Spec]) -> int:
    total = 0
    given = set(specs)
    for first in applications(outputs, stop=given):
        if first in given:
            continue
        if first.op is None:
            specs[first] = first.spec
            continue
        made = [specs.get(x, x.spec) for x in first.inputs]
        results = infer(first.op, made)
        specs.update(zip(first.outputs, results, strict=True))
        total += _cost(first.op, made, results[0])
    return total


def _cost(op: Any, inputs: Sequence[Spec], output: Spec) -> int:
    name = type(op).__name__
    if name == "matmul":
        return _size(output.shape) * _size(inputs[0].shape[-1:])
    if name == "conv":  # kernel: window, channels in (of a group), channels out
        return _size(output.shape) * _size(inputs[1].shape[:-1])
    if name == "conv_input_grad":  # a transposed convolution reads what a convolution gives
        return _size(inputs[0].shape) * _size(inputs[1].shape[:-1])
    if name in ("lstm_sequence", "gru_sequence", "rnn_sequence"):
        # The inputs have been multiplied before: (steps, samples, gates * units), (units, ...).
        return _size(inputs[0].shape) * _size(inputs[1].shape[:1])
    if name == "scan":
        return _cost_of_scan(op, inputs)
    return 0


def _cost_of_scan(op: Any, inputs: Sequence[Spec]) -> int:
    body = op.body
    n = len(body.sequences)
    entries = [s._replace(shape=s.shape[1:], value=None) for s in inputs[:n]]
    nodes = [*body.sequences, *body.states, *body.captured]
    inner = dict(zip(nodes, [*entries, *inputs[n:]], strict=True))
    return _size(inputs[0].shape[:1]) * _count([*body.outputs, *body.new_states], inner)


def _size(shape: Sequence[int | None]) -> int:
    sizes = [n for n in shape if n is not None]
    if len(sizes) != len(shape):
        raise Unknown(shape)
    return math.prod(sizes)


def operations(op: Any, inputs: Sequence[Spec], outputs: Sequence[Spec]) -> int:
    """Return how many operations on numbers an op is, all sizes being known.

    A multiply-add counts as two, anything done entry by entry as one for each entry of the result,
    gradients of convolutions and recurrences too; views and copies count as none.
    """
    name = type(op).__name__
    if name == "conv_kernel_grad":  # inputs, gradient of the output; kernel
        return 2 * _size(inputs[1].shape) * _size(outputs[0].shape[:-1])
    if name.endswith(
        "_sequence_grad"
    ):  # gradients of all gates (steps, rows, ...), of (units, ...)
        return 4 * _size(outputs[0].shape) * _size(outputs[1].shape[:1])
    found = _cost(op, inputs, outputs[0])
    if found:
        return 2 * found
    if name.startswith(("reduce_", "softmax", "log_softmax", "sparse_softmax", "batch_norm")):
        return max(_size(spec.shape) for spec in (*inputs, outputs[0]))
    return _size(outputs[0].shape) if op.elementwise else 0
