"""Recurrence: a step, applied along the time axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..graph import Node, ops
from ..graph.ops.scan import scan_over

__all__ = ["rnn"]


def rnn(
    step_function: Callable[[Any, list[Node]], tuple[Node, Sequence[Node]]],
    inputs: Any,
    initial_states: Sequence[Node],
    go_backwards: bool = False,
    mask: Node | None = None,
    constants: Sequence[Node] | None = None,
    unroll: bool = False,
    input_length: Any = None,
) -> tuple[Node, Node, list[Node]]:
    """Apply a step to the entries of sequences, one after the other.

    Where the mask is false the output is the previous one (zero before the first) and the states
    stay as they are.

    Args:
        step_function: takes the inputs at one time (samples, ...) and the list of states followed
            by the constants; returns the output (samples, ...) and the new states, whose shapes
            are those of the old ones.
        inputs: tensor (samples, time, ...), or a list of them for a step that takes a list.
        initial_states: the states before the first step.
        go_backwards: whether to begin at the end; the outputs come in the order of the steps.
        mask: truth values (samples, time), or (samples, time, 1).
        constants: tensors that every step gets.
        unroll: whether to write all steps out in the graph instead of a loop.
        input_length: accepted; the length is that of the inputs.

    Returns:
        The last output, all outputs (samples, time, ...), and the last states.
    """
    many = isinstance(inputs, list | tuple)
    sequences = [_swapped(x) for x in (inputs if many else [inputs])]
    if mask is not None:
        mask = ops.cast(mask, dtype="bool")
        mask = ops.expand_dims(mask, axis=-1) if mask.ndim == 2 else mask
        sequences.append(_swapped(mask))
    if go_backwards:
        sequences = [ops.reverse(s, axes=(0,)) for s in sequences]
    fixed = list(constants or [])

    def step(entries: list[Node], states: list[Node]) -> tuple[Node, list[Node]]:
        own = entries if mask is None else entries[:-1]
        output, new = step_function(own if many else own[0], [*states, *fixed])
        return output, list(new)

    def masked(entries: list[Node], states: list[Node]) -> tuple[list[Node], list[Node]]:
        # The last state is the previous output.
        output, new = step(entries, states[:-1])
        chosen = [_where(entries[-1], n, o) for n, o in zip([*new, output], states, strict=True)]
        return [chosen[-1]], chosen

    def plain(entries: list[Node], states: list[Node]) -> tuple[list[Node], list[Node]]:
        output, new = step(entries, states)
        return [output], new

    states = list(initial_states)
    length = sequences[0].shape[0]
    if unroll and length is None:
        raise ValueError("rnn: unroll=True needs a known number of time steps; got None.")
    # One step outside of the loop: what a cell makes once for all steps, as a dropout mask, is
    # made here. Nothing else of it is computed.
    output, _ = step([s[0] for s in sequences], states)
    if mask is not None:
        states.append(ops.full_like(output, value=0.0))
    body = plain if mask is None else masked
    if unroll:
        results = []
        for t in range(length or 0):
            (output,), states = body([s[t] for s in sequences], states)
            results.append(output)
        outputs = ops.stack(*results, axis=0)
    else:
        (outputs,), states = scan_over(body, sequences, states)
    last = list(states) if mask is None else list(states[:-1])
    return outputs[-1], _swapped(outputs), last


def _swapped(x: Node) -> Node:
    """Return a tensor with its first two axes in each other's place."""
    return ops.transpose(x, perm=(1, 0, *range(2, x.ndim)))


def _where(mask: Node, new: Node, old: Node) -> Node:
    for _ in range(new.ndim - mask.ndim):
        mask = ops.expand_dims(mask, axis=-1)
    return ops.where(mask, new, old)
