"""Recurrent layers over time: what their gates do at each step."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import backend as K
from ...layers import GRU, LSTM, SimpleRNN
from ..language import say
from .values import run, table_of, targets, tensors_of

_NAMES = {
    "LSTM": ("input_gate", "forget_gate", "candidate", "output_gate", "cell", "state"),
    "GRU": ("update_gate", "reset_gate", "candidate", "state"),
    "SimpleRNN": ("state",),
}


def describe_gates(
    model: Any, layer: Any, x: Any, node_index: int | None = None, sample: int = 0
) -> dict[str, Any]:
    """Return what the gates and states of a recurrent layer are at each step of a sequence.

    Args:
        model: the model.
        layer: an LSTM, GRU or SimpleRNN of the model, or its name.
        x: inputs of the model, an array or a list of arrays.
        node_index: which of the layer's calls, if there are several in the model.
        sample: which sample is drawn; the numbers are of all of them.

    Returns:
        A description of kind "values" (see docs/displays.md) with `what` "gates": a tensor
        (samples, steps, units) for each gate, drawn as units by steps.
    """
    name, kind, _, layer = targets(model, layer, node_index)
    if not isinstance(layer, LSTM | GRU | SimpleRNN):
        raise ValueError(f'gates: layer "{name}" is a {kind}; needs an LSTM, a GRU or a SimpleRNN.')
    kind = next(c.__name__ for c in (LSTM, GRU, SimpleRNN) if isinstance(layer, c))
    arrays, _, _ = model._standardize_user_data(x)
    if not 0 <= sample < len(arrays[0]):
        raise ValueError(f"gates: got sample={sample}; there are {len(arrays[0])}.")
    given = layer._inbound_nodes[0 if node_index is None else node_index].input_tensors[0]
    if layer.go_backwards:
        given = K.reverse(given, 1)
    begin = K.zeros_like(given[:, 0, :1]) + K.zeros((1, layer.cell.units))
    step = {"LSTM": _lstm, "GRU": _gru, "SimpleRNN": _simple}[kind]
    _, together, _ = K.rnn(
        lambda entry, states: step(layer.cell, entry, states),
        given,
        [begin] * (1 + (kind == "LSTM")),
    )
    (values,) = run(model._feed_inputs, [together], arrays, 0)
    parts = np.split(values, len(_NAMES[kind]), axis=-1)
    names = [say(f"values.{part}") for part in _NAMES[kind]]
    pictures = [table_of(v[sample].T, n) for n, v in zip(names, parts, strict=True)]
    return {
        "kind": "values",
        "what": "gates",
        "layer": name,
        "class": type(layer).__name__,
        "model": str(model.name),
        "samples": len(arrays[0]),
        "tensors": tensors_of(names, parts, pictures),
        "signs": [],
    }


def _lstm(cell: Any, entry: Any, states: list[Any]) -> tuple[Any, list[Any]]:
    h, c = states
    z = K.dot(entry, cell.kernel) + K.dot(h, cell.recurrent_kernel)
    z = z + cell.bias if cell.use_bias else z
    i, f, g, o = (z[:, k * cell.units : (k + 1) * cell.units] for k in range(4))
    i, f, o = (cell.recurrent_activation(gate) for gate in (i, f, o))
    g = cell.activation(g)
    c = f * c + i * g
    h = o * cell.activation(c)
    return K.concatenate([i, f, g, o, c, h]), [h, c]


def _gru(cell: Any, entry: Any, states: list[Any]) -> tuple[Any, list[Any]]:
    (h,), n = states, 2 * cell.units
    inner = cell.recurrent_kernel
    x = K.dot(entry, cell.kernel)
    own = K.zeros((3 * cell.units,))
    if cell.use_bias:
        x = x + (cell.bias[0] if cell.reset_after else cell.bias)
        own = cell.bias[1] if cell.reset_after else own
    both = cell.recurrent_activation(x[:, :n] + K.dot(h, inner[:, :n]) + own[:n])
    z, r = both[:, : cell.units], both[:, cell.units :]
    if cell.reset_after:
        past = r * (K.dot(h, inner[:, n:]) + own[n:])
    else:
        past = K.dot(r * h, inner[:, n:])
    new = cell.activation(x[:, n:] + past)
    h = z * h + (1 - z) * new
    return K.concatenate([z, r, new, h]), [h]


def _simple(cell: Any, entry: Any, states: list[Any]) -> tuple[Any, list[Any]]:
    (h,) = states
    z = K.dot(entry, cell.kernel) + K.dot(h, cell.recurrent_kernel)
    h = cell.activation(z + cell.bias if cell.use_bias else z)
    return h, [h]
