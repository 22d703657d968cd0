"""Activations, gradients and weights: numbers, pictures, and what they are signs of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ... import backend as K
from ...engine.base_layer import Layer
from ...engine.network import learning_phases
from ...utils.generic_utils import to_list
from ..language import say
from ..numbers import real
from ..png import grey, picture, signed
from .statistics import histogram, statistics
from .steps import short_name
from .summary import calls_in

MOST_PICTURES = 32
_LARGEST = 256  # pixels of a picture's side
_TALL = 8  # times as high as wide: such a table is turned
_SATURATED = 0.98  # of an activation's range
_EXPLODING, _VANISHING = 1e3, 1e-7  # norm of a gradient, mean size of its entries
_FALL = 1e-3  # share of the largest mean gradient below which a layer's is said to vanish


def describe_activations(
    model: Any, layer: Any, x: Any, node_index: int | None = None, training: bool = False
) -> dict[str, Any]:
    """Return what a layer of a model gives for a batch.

    Args:
        model: the model.
        layer: layer of the model, its name, or a tensor.
        x: inputs of the model, an array or a list of arrays.
        node_index: which of the layer's calls, if there are several in the model.
        training: whether dropout and the like are on.

    Returns:
        A description of kind "values" (see docs/displays.md).
    """
    name, kind, tensors, owner = targets(model, layer, node_index)
    arrays, _, _ = model._standardize_user_data(x)
    values = run(model._feed_inputs, tensors, arrays, int(training))
    pictures = [_maps(v, owner) for v in values]
    names = [str(t.name).removesuffix(":0") for t in tensors]
    return {
        "kind": "values",
        "what": "activations",
        "layer": name,
        "class": kind,
        "model": str(model.name),
        "samples": len(arrays[0]) if arrays else 0,
        "tensors": tensors_of(names, values, pictures),
        "signs": [sign for v in values for sign in signs_of_activations(v, owner)],
    }


def describe_gradients(
    model: Any,
    layer: Any,
    x: Any,
    y: Any,
    sample_weight: Any = None,
    node_index: int | None = None,
    training: bool = True,
) -> dict[str, Any]:
    """Return the gradients of a model's loss for a batch.

    Args:
        model: the model, compiled.
        layer: layer of the model, its name, or a tensor: the gradients by its output and its
            weights; None: those by all weights of the model.
        x, y, sample_weight: the batch, as for `train_on_batch`.
        node_index: which of the layer's calls, if there are several in the model.
        training: whether dropout and the like are on.

    Returns:
        A description of kind "values" (see docs/displays.md).
    """
    model._need_compile()
    if layer is None:
        name, kind, weights = "", "", list(model.trainable_weights)
        outputs: list[Any] = []
    else:
        name, kind, outputs, owner = targets(model, layer, node_index)
        weights = list(owner.trainable_weights) if owner is not None else []
    found = K.gradients(model.total_loss, [*outputs, *weights])
    names = [say("values.output")] * len(outputs)
    names += [str(w.name).removesuffix(":0") if layer is None else short_name(w) for w in weights]
    wanted = [(n, g) for n, g in zip(names, found, strict=True) if g is not None]
    arrays = model._learning_data(x, y, sample_weight)
    values = run(model._fed(), [g for _, g in wanted], arrays, int(training))
    labels = [n for n, _ in wanted]
    pictures = [table_of(v, n) for n, v in zip(labels, values, strict=True)]
    return {
        "kind": "values",
        "what": "gradients",
        "layer": name,
        "class": kind,
        "model": str(model.name),
        "samples": len(arrays[0]) if arrays else 0,
        "tensors": tensors_of(labels, values, pictures),
        "signs": [s for found in signs_of_gradients(labels, values) for s in found],
    }


def describe_weights(layer: Any) -> dict[str, Any]:
    """Return the weights of a layer.

    Returns:
        A description of kind "values" (see docs/displays.md).
    """
    values = K.batch_get_value(layer.weights)
    names = [short_name(w) for w in layer.weights]
    pictures = [table_of(v, n) for n, v in zip(names, values, strict=True)]
    signs = [s for n, v in zip(names, values, strict=True) for s in _not_finite(v, n)]
    return {
        "kind": "values",
        "what": "weights",
        "layer": str(layer.name),
        "class": type(layer).__name__,
        "model": "",
        "samples": 0,
        "tensors": tensors_of(names, values, pictures),
        "signs": signs,
    }


def targets(model: Any, layer: Any, node_index: int | None) -> tuple[str, str, list[Any], Any]:
    """Return name, class, tensors and layer of what is asked for."""
    if K.is_tensor(layer):
        owner = getattr(layer, "_keras_history", (None,))[0]
        return str(layer.name), "", [layer], owner
    layer = layer if isinstance(layer, Layer) else model.get_layer(layer)
    calls = dict(calls_in(model, layer))
    if not calls:
        raise ValueError(
            f'Layer "{layer.name}" has no call in model "{model.name}"; needs a layer of the model '
            "(for one in a nested model, give that model)."
        )
    if node_index is None and len(calls) > 1:
        raise ValueError(
            f'Layer "{layer.name}" is called {len(calls)} times in model "{model.name}"; needs '
            f"node_index, one of {sorted(calls)}."
        )
    index = next(iter(calls)) if node_index is None else node_index
    if index not in calls:
        raise ValueError(
            f'Layer "{layer.name}": got node_index={index}; model "{model.name}" has calls '
            f"{sorted(calls)}."
        )
    name = str(layer.name) if len(calls) == 1 else f"{layer.name}[{index}]"
    return name, type(layer).__name__, list(calls[index].output_tensors), layer


def run(inputs: list[Any], outputs: list[Any], arrays: list[Any], phase: int) -> list[Any]:
    phases = learning_phases(outputs)
    function = K.function([*inputs, *phases], outputs)
    return to_list(function([*arrays, *(phase for _ in phases)]))


def tensors_of(
    names: Iterable[str], values: Iterable[Any], pictures: Iterable[list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "shape": str(tuple(value.shape)),
            "statistics": statistics(value),
            "histogram": histogram(value),
            "pictures": drawn[:MOST_PICTURES],
            "hidden": max(len(drawn) - MOST_PICTURES, 0),
        }
        for name, value, drawn in zip(names, values, pictures, strict=True)
    ]


# -- pictures


def _maps(values: Any, layer: Any) -> list[dict[str, Any]]:
    """Return pictures of activations: the first sample's maps, or a table of all samples."""
    if values.ndim == 4:
        first = values[0] if channels_last(layer) else np.moveaxis(values[0], 0, -1)
        low, high = real(first.min()), real(first.max())
        return [
            _labelled(
                say("values.map", number=channel),
                grey(_small(first[..., channel])),
                say("values.map_alt", number=channel, low=low, high=high),
            )
            for channel in range(first.shape[-1])
        ]
    if values.ndim == 3:
        return table_of(values[0].T, say("values.first_sample"))
    return table_of(values, say("values.samples_by_units"))


def channels_last(layer: Any) -> bool:
    return getattr(layer, "data_format", None) in (None, "channels_last")


def table_of(values: Any, label: str) -> list[dict[str, Any]]:
    """Return pictures of an array in colours for its signs: of each filter, or one of the whole."""
    values = np.asarray(values)
    if not values.size:
        return []
    with np.errstate(all="ignore"):
        limit = float(np.nanmax(np.abs(np.where(np.isfinite(values), values, 0)))) or 1.0
    alt = say("values.table_alt", label=label, shape=values.shape, limit=real(limit))
    if values.ndim == 4:  # kernels: rows, columns, channels in, filters
        return [
            _labelled(
                say("values.filter", number=number),
                signed(_small(values[:, :, 0, number]), limit),
                alt,
            )
            for number in range(values.shape[-1])
        ]
    flat = values.reshape(1, -1) if values.ndim < 2 else values.reshape(len(values), -1)
    if len(flat) > _TALL * flat.shape[1]:  # a thin line down the page says little
        flat, turned = flat.T, say("values.turned")
        label, alt = f"{label} ({turned})", f"{alt}; {turned}"
    return [_labelled(label, signed(_small(flat), limit), alt)]


def _small(values: np.ndarray) -> np.ndarray:
    """Return rows and columns at equal distances, if there are too many for a picture."""
    steps = [-(-size // _LARGEST) for size in values.shape]
    return values[:: steps[0], :: steps[1]]


def _labelled(label: str, pixels: np.ndarray, alt: str) -> dict[str, Any]:
    return {"label": label, "picture": picture(pixels, alt)}


# -- signs


def units_of(values: Any, layer: Any) -> Any:
    """Return what each unit, or map, gives in a column of its own."""
    axis = values.ndim - 1 if channels_last(layer) or values.ndim != 4 else 1
    return np.moveaxis(values, axis, -1).reshape(-1, values.shape[axis])


def _sign(sign: str, **values: Any) -> dict[str, str]:
    return {"sign": sign, "text": say(f"values.sign_{sign}", **values)}


def _not_finite(values: Any, name: str) -> list[dict[str, str]]:
    wrong = int(values.size - np.isfinite(values).sum())
    return [_sign("not_finite", name=name, number=wrong, of=values.size)] if wrong else []


def signs_of_activations(values: Any, layer: Any) -> list[dict[str, str]]:
    name = layer.name if layer is not None else ""
    signs = _not_finite(values, name)
    if signs or values.ndim < 2 or not values.size:
        return signs
    units = units_of(values, layer)
    dead = int((units == 0).all(axis=0).sum())
    if dead:
        signs.append(_sign("dead", number=dead, of=units.shape[1]))
    same = int(((units == units[0]) & (units[0] != 0)).all(axis=0).sum())
    if same and len(units) > 1:
        signs.append(_sign("constant", number=same, of=units.shape[1]))
    function = getattr(getattr(layer, "activation", None), "__name__", "")
    if function in ("sigmoid", "hard_sigmoid", "tanh"):
        centred = units if function == "tanh" else 2 * units - 1
        share = float((np.abs(centred) > _SATURATED).mean())
        if share > 0.5:
            signs.append(_sign("saturated", share=f"{share:.0%}", function=function))
    return signs


def signs_of_gradients(names: list[str], values: list[Any]) -> list[list[dict[str, str]]]:
    """Return for each gradient the signs that it explodes or vanishes, beside the others."""
    good = [v.size and np.isfinite(v).all() for v in values]
    exact = [np.asarray(v, np.float64) for v in values]  # squares of great numbers overflow
    sizes = [float(np.abs(v).mean()) if g else None for v, g in zip(exact, good, strict=True)]
    largest = max((s for s in sizes if s is not None), default=0.0)
    return [
        _not_finite(value, name) if size is None else _signs_of_size(name, value, size, largest)
        for name, value, size in zip(names, exact, sizes, strict=True)
    ]


def _signs_of_size(name: str, value: Any, size: float, largest: float) -> list[dict[str, str]]:
    norm = float(np.linalg.norm(value))
    if norm > _EXPLODING:
        return [_sign("exploding", name=name, norm=real(norm))]
    if size < _VANISHING:
        return [_sign("vanishing", name=name, size=real(size))]
    if size < _FALL * largest:
        told = {"name": name, "size": real(size), "largest": real(largest)}
        return [{"sign": "vanishing", "text": say("values.sign_falling", **told)}]
    return []
