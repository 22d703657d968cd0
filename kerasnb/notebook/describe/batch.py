"""What a batch makes of each layer of a model, in short: activations, gradients, their signs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ... import backend as K
from ..language import say
from ..numbers import real
from ..png import grey, picture, sheet, signed
from .details import BINS, picture_of, rounded
from .families import family
from .statistics import histogram, statistics
from .steps import short_name
from .summary import activations_memory, calls_in, is_model
from .values import channels_last, run, signs_of_activations, signs_of_gradients, units_of

_MOST_SAMPLES = 32
_MOST_MEMORY = 200_000_000  # bytes of all activations; each sample has its share
_MOST_DISTRIBUTIONS = 64
_MANY = 300  # outputs of layers from which on there are no gradients by weights
_MOST_LETTERS = 110_000  # of all pictures
_SIDE, _COLUMNS = 32, 4  # pixels of a map's side; maps in a row
_PIXELS = 6_000  # of all maps of a picture, about
_PASS_ON = ("input", "shape", "noise", "pooling", "merge", "model")  # families of layers
_TABLE = (32, 64)  # rows and columns of a picture of other values


def describe_batch(model: Any, x: Any, y: Any = None, training: bool = False) -> dict[str, Any]:
    """Return what each layer of a model gives for a batch, and the gradients of the loss there.

    Args:
        model: the model; with `y` it must be compiled.
        x: inputs of the model: arrays as for `predict`. Of many samples the first few are taken.
        y: targets as for `train_on_batch`; None for no gradients.
        training: whether dropout and the like are on.

    Returns:
        The `batch` of a description of kind "graph" (see docs/displays.md).
    """
    if not model._is_graph_network or not model.inputs:
        raise ValueError(
            f'graph: model "{model.name}" has no graph of its own that a batch could go through; '
            "needs one made with inputs and outputs."
        )
    if y is not None:
        model._need_compile()
    of = _length(x, len(model.inputs))
    samples = _few(model, of)
    x = _first(x, samples, len(model.inputs))
    calls = list(_calls(model, {}))
    room = _Room()
    details: dict[str, Any] = {}
    for one in calls:
        details.setdefault(one.key, {"activations": [], "gradients": [], "signs": []})
    arrays, _, _ = model._standardize_user_data(x)
    tensors = list(dict.fromkeys(one.tensor for one in calls))
    values = dict(
        zip(tensors, run(model._feed_inputs, tensors, arrays, int(training)), strict=True)
    )
    for one in calls:
        found, value = details[one.key], values[one.tensor]
        found["activations"].append(room.activation(one, value))
        signs = signs_of_activations(value, one.layer)
        found["signs"] += [s for s in signs if _has_units(one.layer) or s["sign"] == "not_finite"]
    if y is not None:
        y = _first(y, samples, len(model.outputs))
        for one, value, signs in _gradients(model, calls, x, y, training):
            details[one.key]["gradients"].append(room.gradient(one, value))
            details[one.key]["signs"] += signs
    return {
        "samples": samples,
        "of": of,
        "facts": [
            *([say("graph.batch_first", samples=samples, of=of)] if samples < of else []),
            *([say("graph.batch_training")] if training else []),
            *([say("graph.batch_no_labels")] if y is None else []),
            *([say("graph.batch_no_weights")] if y is not None and len(calls) >= _MANY else []),
            *([say("graph.batch_left_out", number=room.left_out)] if room.left_out else []),
        ],
        "details": details,
    }


def _has_units(layer: Any) -> bool:
    """Whether a layer has units that can be dead: others only pass on what those have given."""
    return family(layer) not in _PASS_ON


class _Place(NamedTuple):
    """An output of a call of a layer, or a weight of one.

    Attributes:
        key: of the layer in the graph's details.
        layer: the layer.
        name: what the place is called.
        tensor: the tensor, or the weight.
        weight: whether it is one.
    """

    key: str
    layer: Any
    name: str
    tensor: Any
    weight: bool = False


def _calls(model: Any, inside: dict[Any, Any], key: str = "", name: str = "") -> Iterator[_Place]:
    """Yield the outputs of all layers, those in nested models as often as these are called.

    Args:
        inside: for tensors of a nested model those that its call has put in their place.
        key, name: what goes before keys and names.
    """
    for layer in model._layers:
        calls = calls_in(model, layer)
        for index, node in calls:
            mine = f"{name}{layer.name}" + (f"[{index}]" if len(calls) > 1 else "")
            outputs = [inside.get(x, x) for x in node.output_tensors]
            for number, tensor in enumerate(outputs):
                told = f"{mine}: {say('values.output')} {number}" if len(outputs) > 1 else mine
                yield _Place(f"{key}{layer.name}", layer, told, tensor)
            if is_model(layer) and layer._is_graph_network:
                given = [inside.get(x, x) for x in node.input_tensors]
                within = _inside(layer, given)
                if within is not None:
                    yield from _calls(layer, within, f"{key}{layer.name}/", f"{mine}/")


def _inside(model: Any, inputs: list[Any]) -> dict[Any, Any] | None:
    """Return the tensors in a call of a model by those that the model was made of."""
    for key, (_, _, inside) in model._runs.items():
        if all(x is mine for x, mine in zip(inputs, key, strict=False)):
            return inside
    return None


def _gradients(
    model: Any, calls: list[_Place], x: Any, y: Any, training: bool
) -> Iterator[tuple[_Place, Any, list[dict[str, str]]]]:
    """Yield the gradients by the layers' outputs and weights, as far as there are any."""
    weights: dict[Any, _Place] = {}
    for one in calls if len(calls) < _MANY else []:
        for weight in [] if is_model(one.layer) else one.layer.trainable_weights:
            name = short_name(weight)
            weights.setdefault((one.key, weight), _Place(one.key, one.layer, name, weight, True))
    places = [*calls, *weights.values()]
    found = K.gradients(model.total_loss, [place.tensor for place in places])
    there = [(p, g) for p, g in zip(places, found, strict=True) if g is not None]
    wanted = list(dict.fromkeys(g for _, g in there))
    made = run(model._fed(), wanted, model._learning_data(x, y), int(training))
    values = dict(zip(wanted, made, strict=True))
    for of_weights in (False, True):
        kind = [(p, values[g]) for p, g in there if p.weight is of_weights]
        signs = signs_of_gradients([p.name for p, _ in kind], [value for _, value in kind])
        for (place, value), mine in zip(kind, signs, strict=True):
            yield place, value, mine


# -- the batch


def _length(x: Any, ends: int) -> int:
    """Return the number of samples."""
    first: Any = next(iter(x.values()), None) if isinstance(x, dict) else x
    if first is x and _are_arrays(x, ends):
        first = x[0]
    if not hasattr(first, "__len__") or not len(first):
        raise ValueError(f"graph: got x of type {type(x).__name__}; needs arrays with samples.")
    return len(first)


def _are_arrays(data: Any, ends: int) -> bool:
    """Whether data for so many inputs or outputs is a list of arrays."""
    listed = isinstance(data, list | tuple) and len(data) > 0
    return listed and (ends > 1 or hasattr(data[0], "shape"))


def _few(model: Any, given: int) -> int:
    """Return how many samples are taken."""
    fixed = K.int_shape(model.inputs[0])[0]
    if fixed is not None:
        return int(fixed)
    each = activations_memory(model)
    return min(given, _MOST_SAMPLES, max(_MOST_MEMORY // max(each or 1, 1), 1))


def _first(data: Any, samples: int, ends: int) -> Any:
    """Return the first samples of arrays for so many inputs or outputs."""
    if isinstance(data, dict):
        return {name: np.asarray(array)[:samples] for name, array in data.items()}
    if _are_arrays(data, ends):
        return [np.asarray(array)[:samples] for array in data]
    return np.asarray(data)[:samples]


# -- what is told of an array


class _Room:
    """Tells of arrays, with pictures and distributions as long as there is room for them.

    Attributes:
        left_out: pictures that there was no room for.
    """

    def __init__(self) -> None:
        self._letters, self._distributions, self.left_out = _MOST_LETTERS, _MOST_DISTRIBUTIONS, 0

    def activation(self, place: _Place, values: Any) -> dict[str, Any]:
        """Return what is told of a layer's output."""
        dead = units = None
        if values.ndim > 1 and values.size and _has_units(place.layer):
            columns = units_of(values, place.layer)
            units, dead = columns.shape[1], int((columns == 0).all(axis=0).sum())
        return {**self._told(place, values, False), "dead": dead, "units": units}

    def gradient(self, place: _Place, values: Any) -> dict[str, Any]:
        """Return what is told of a gradient."""
        return {**self._told(place, values, True), "dead": None, "units": None}

    def _told(self, place: _Place, values: Any, gradient: bool) -> dict[str, Any]:
        found: dict[str, Any] = {"histogram": None, "picture": None, "caption": ""}
        if self._distributions:
            self._distributions -= 1
            found["histogram"] = rounded(histogram(values, BINS))
        if values.ndim > 1 and values.size:
            if self._letters > 0:
                found["caption"], found["picture"] = _drawn(place, values, gradient)
                self._letters -= len(found["picture"]["png"])
            else:
                self.left_out += 1
        return {
            "name": place.name,
            "weight": place.weight,
            "shape": str(tuple(values.shape)),
            "statistics": rounded(statistics(values)),
            **found,
        }


def _drawn(place: _Place, values: Any, gradient: bool) -> tuple[str, dict[str, Any]]:
    """Return what a picture of an array shows, and the picture."""
    if place.weight:
        return "", picture_of(values, place.name)
    if values.ndim == 4:
        return _maps(place, values, gradient)
    if values.ndim == 2:
        caption, table = say("values.samples_by_units"), values
    else:
        caption, table = say("values.first_sample"), values[0].reshape(len(values[0]), -1).T
    label = f"{place.name}, {caption}"
    limit = _limit(table)
    alt = say("values.table_alt", label=label, shape=values.shape, limit=real(limit))
    return caption, picture(signed(table[: _TABLE[0], : _TABLE[1]], limit), alt)


def _maps(place: _Place, values: Any, gradient: bool) -> tuple[str, dict[str, Any]]:
    """Return the first maps of the first sample on one sheet."""
    first = values[0] if channels_last(place.layer) else np.moveaxis(values[0], 0, -1)
    step = -(-max(first.shape[:2]) // _SIDE)
    first = first[::step, ::step]
    rows = min(max(_PIXELS // (first[..., 0].size * _COLUMNS), 1), _COLUMNS)
    shown = min(rows * _COLUMNS, first.shape[-1])
    columns = min(math.ceil(math.sqrt(shown)), _COLUMNS)
    caption = say("graph.maps_of", shown=shown, number=first.shape[-1])
    maps = np.moveaxis(first[..., :shown], -1, 0)
    if gradient:
        limit = _limit(maps)
        tiles = [signed(one, limit) for one in maps]
        label = f"{place.name}, {caption}"
        alt = say("values.table_alt", label=label, shape=values.shape, limit=real(limit))
    else:
        tiles = [grey(one) for one in maps]
        alt = say("graph.maps_alt", name=place.name, maps=caption)
    return caption, picture(sheet(tiles, columns), alt)


def _limit(values: Any) -> float:
    return float(np.abs(np.where(np.isfinite(values), values, 0)).max()) or 1.0
