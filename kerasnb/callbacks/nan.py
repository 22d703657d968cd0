"""Where NaN or infinity in a loss came from: the data, the learning rate, a layer, the loss."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .. import backend as K
from ..graph import LearningPhase, Rows

_HUGE = 1e6  # no weight of a sound model is as large
_RISEN = 10  # a loss that is so many times its least value has got away


def cause_of(model: Any, arrays: Sequence[Any], losses: Sequence[float]) -> str:
    """Return sentences that say where the NaN or infinity in a loss came from.

    What is sure is said first: numbers in the batch that are none. Then the first layer with such
    numbers, and what to look at: weights that have grown, a loss that rose, the very first batch.

    Args:
        model: the model, after the batch.
        arrays: the batch, as its training function takes it; empty if it is not known.
        losses: the losses of earlier batches that were finite: the least one and the last one;
            empty if there was none.
    """
    named = list(zip(_names(model), arrays, strict=False))
    for name, array in named:
        bad = _bad_samples(array)
        if bad:
            return f"{_told(bad)} in the data: {name}, {_places(bad)}{_reaches(model, name)}."
    where = _first_weight(model) or _first_output(model, arrays)
    return f"{where}{_why(model, bool(named), losses)}"


def _why(model: Any, known: bool, losses: Sequence[float]) -> str:
    largest, weight = _largest(model)
    rate = _rate(model)
    less = f"the learning rate{rate} is too high. Try a tenth of it, or clipnorm."
    if losses and losses[1] > _RISEN * max(losses[0], 1e-3):
        return f"The loss had risen before, from {losses[0]:.4g} to {losses[1]:.4g}: {less}"
    if largest > _HUGE:
        return f"Weights have grown up to {largest:.0e} ({weight}): {less}"
    data = "The data of this batch is finite. " if known else "Is there NaN in the data? "
    if losses:
        return (
            f"{data}The loss was {losses[1]:.4g} in the batch before: the learning rate{rate} may "
            "be too high (try a tenth of it, or clipnorm), or a layer or the loss takes the log or "
            "root of 0, or divides by it."
        )
    return (
        f"{data}No batch was learned from before: look for the log or root of 0, or a division by "
        "it, in a layer or the loss, and at the weights that the model began with."
    )


def _rate(model: Any) -> str:
    rate = getattr(getattr(model, "optimizer", None), "lr", None)
    return "" if rate is None else f" ({float(K.get_value(rate)):g})"


# -- the data


def _names(model: Any) -> Iterator[str]:
    """Yield what each array of a batch is, in the order of the training function."""
    inputs, outputs = (getattr(model, f"_feed_{n}_names", ()) for n in ("input", "output"))
    yield from (f'the input "{name}"' for name in inputs)
    yield from (f'the targets of "{name}"' for name in outputs)
    yield from (f'the sample weights of "{name}"' for name in outputs)
    yield from itertools.repeat("an array of the batch")  # of a model that stands for another


def _bad_samples(array: Any) -> list[tuple[int, bool, int]]:
    """Return place, whether it is NaN, and number of samples, for each that is not finite."""
    values = np.asarray(array.array[array.index] if isinstance(array, Rows) else array)
    if values.dtype.kind != "f" or not values.size or not values.ndim:
        return []
    flat = values.reshape(len(values), -1)
    rows = np.flatnonzero(~np.isfinite(flat).all(axis=1))
    return [(int(row), bool(np.isnan(flat[row]).any()), len(flat)) for row in rows]


def _told(bad: Sequence[tuple[int, bool, int]]) -> str:
    return "NaN is" if any(nan for _, nan, _ in bad) else "Infinite numbers are"


def _places(bad: Sequence[tuple[int, bool, int]]) -> str:
    return f"in {len(bad)} of the {bad[0][2]} samples of this batch, first in number {bad[0][0]}"


def _reaches(model: Any, name: str) -> str:
    """Say where what is in an array appears first: in a layer, or in the loss."""
    if not name.startswith("the input"):
        return "; it appears first in the loss" if '"' in name else ""
    tensors = dict(zip(model._feed_input_names, model._feed_inputs, strict=True))
    tensor = tensors.get(name.split('"')[1])
    for node in _calls(model):
        if any(x is tensor for x in node.input_tensors):
            return f'; it appears first in the layer "{node.outbound_layer.name}"'
    return ""


# -- the layers


def _calls(model: Any) -> Iterator[Any]:
    """Yield the calls of the layers in the order in which they are computed."""
    return model._graph.calls() if getattr(model, "_graph", None) is not None else iter(())


def _first_weight(model: Any) -> str:
    for layer in model.layers:
        for weight in layer.weights:
            found = _what(K.get_value(weight))
            if found:
                return (
                    f'"{layer.name}" is the first layer with {found} in its weights '
                    f"({weight.name}). "
                )
    return ""


def _first_output(model: Any, arrays: Sequence[Any]) -> str:
    """Say which layer is the first whose result for the batch is not finite."""
    inputs = getattr(model, "_feed_inputs", [])
    pairs = [(n.outbound_layer, y) for n in _calls(model) for y in n.output_tensors]
    if not inputs or not pairs or len(arrays) < len(inputs):
        return ""
    outputs = [y for _, y in pairs]
    phases = [p for p in [K.learning_phase()] if isinstance(p, LearningPhase)]
    function = K.function([*inputs, *phases], outputs)
    values = function([*arrays[: len(inputs)], *(0 for _ in phases)])
    for (layer, _), value in zip(pairs, values, strict=True):
        if _what(value):
            return f'"{layer.name}" is the first layer with {_what(value)} in its output. '
    return "The outputs of all layers are finite, so it appears first in the loss. "


def _what(value: Any) -> str:
    if np.asarray(value).dtype.kind != "f" or np.isfinite(value).all():
        return ""
    return "NaN" if np.isnan(value).any() else "infinite numbers"


def _largest(model: Any) -> tuple[float, str]:
    """Return the largest size of a trainable weight that is finite, and the weight's name."""
    found = (0.0, "")
    for weight in model.trainable_weights:
        value = np.abs(np.asarray(K.get_value(weight)))
        value = value[np.isfinite(value)]
        largest = float(value.max()) if value.size else 0.0
        if math.isfinite(largest) and largest > found[0]:
            found = (largest, weight.name)
    return found
