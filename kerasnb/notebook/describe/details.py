"""What is known of the layers of a graph: settings, calls, weights. Short, as models are large."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from ... import backend as K
from ...utils.layer_utils import count_params
from ..language import say
from ..numbers import real
from ..png import picture, sheet, signed
from .inspection import settings
from .statistics import histogram, statistics
from .steps import short_name
from .summary import call, calls_in, is_model

_MOST_VALUES = 3_000_000  # of weights that are looked at, in all
_MOST_WEIGHTS = 48  # of which there are statistics
_MOST_PICTURES = 16
BINS = 20
_FILTERS, _SIDE = 16, 24  # in a picture of kernels, and its pixels for other weights


def describe_layers(layers: Iterable[tuple[str, Any, Any]]) -> dict[str, Any]:
    """Return what is known of layers.

    Args:
        layers: (key, model that the layer is in, layer).

    Returns:
        `details` by key and `defaults` by class (see "graph" in docs/displays.md). What all layers
        of a class have in common is told once.
    """
    layers = list(layers)
    configs = {key: settings(layer) for key, _, layer in layers}
    common: dict[str, list[list[str]]] = {}
    for key, _, layer in layers:
        mine = configs[key]
        first = common.setdefault(type(layer).__name__, mine)
        common[type(layer).__name__] = [pair for pair in first if pair in mine]
    looked = _Looked()
    return {
        "defaults": {name: pairs for name, pairs in common.items() if pairs},
        "details": {
            key: {
                "config": [p for p in configs[key] if p not in common[type(layer).__name__]],
                "calls": [call(i, node) for i, node in calls_in(model, layer)],
                "weights": [] if is_model(layer) else [looked.at(w, layer) for w in layer.weights],
            }
            for key, model, layer in layers
        },
    }


class _Looked:
    """Looks at weights, as long as there are not too many."""

    def __init__(self) -> None:
        self._values, self._weights, self._pictures = _MOST_VALUES, _MOST_WEIGHTS, _MOST_PICTURES

    def at(self, weight: Any, layer: Any) -> dict[str, Any]:
        """Return what is known of a weight."""
        size = math.prod(weight.shape)
        found: dict[str, Any] = {"statistics": None, "histogram": None, "picture": None}
        if size <= self._values and self._weights:
            self._values, self._weights = self._values - size, self._weights - 1
            values = K.get_value(weight)
            found["statistics"] = rounded(statistics(values))
            found["histogram"] = rounded(histogram(values, BINS))
            if values.ndim >= 2 and values.size and self._pictures:
                self._pictures -= 1
                found["picture"] = picture_of(values, short_name(weight))
        return {
            "name": short_name(weight),
            "shape": str(tuple(weight.shape)),
            "parameters": count_params([weight]),
            "trainable": any(weight is t for t in layer.trainable_weights),
            **found,
        }


def rounded(value: Any) -> Any:
    """Return numbers in four digits, which is all that is shown."""
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def picture_of(values: np.ndarray, name: str) -> dict[str, Any]:
    """Return the first filters of a kernel, or the beginning of a table of weights."""
    finite = np.where(np.isfinite(values), values, 0)
    limit = float(np.abs(finite).max()) or 1.0
    alt = say("values.table_alt", label=name, shape=values.shape, limit=real(limit))
    if values.ndim == 4:  # rows, columns, channels in, filters
        tiles = [signed(values[:, :, 0, i], limit) for i in range(min(values.shape[3], _FILTERS))]
        return picture(sheet(tiles, 4), alt)
    flat = values.reshape(len(values), -1)
    return picture(signed(flat[:_SIDE, :_SIDE], limit), alt)
