"""One layer or tensor, looked into: calls, models, weights, and what it computes."""

from __future__ import annotations

import gc
import inspect
import math
import warnings
from typing import Any

import numpy as np

from ... import backend as K
from ...engine.base_layer import Layer
from ...engine.network import Network
from ...utils.layer_utils import count_params
from ..language import language
from ..words.layers_zh import LAYERS
from .statistics import histogram, statistics
from .steps import describe_steps, short_name
from .summary import origin, weights_memory

_OURS = ("kerasnb.layers", "kerasnb.engine", "kerasnb.legacy")
_MOST_VALUES = 20_000_000  # of weights that are computed only to be looked at


def describe_inspection(subject: Any, node_index: int = 0) -> dict[str, Any]:
    """Return all that is known of a layer or a tensor.

    Args:
        subject: layer, model or symbolic tensor.
        node_index: which call's computation is shown, of a layer that was called several times.

    Returns:
        A description of kind "inspection" (see docs/displays.md).
    """
    if isinstance(subject, Layer):
        return _layer(subject, node_index)
    if K.is_tensor(subject):
        return _tensor(subject)
    raise TypeError(
        f"inspect: got {type(subject).__name__}; needs a layer, a model or a symbolic tensor."
    )


def _layer(layer: Any, node_index: int) -> dict[str, Any]:
    nodes = layer._inbound_nodes
    if nodes and not -len(nodes) <= node_index < len(nodes):
        raise ValueError(
            f'inspect: got node_index={node_index}; layer "{layer.name}" has {len(nodes)} calls.'
        )
    steps: list[dict[str, Any]] = []
    hidden = 0
    if nodes and not isinstance(layer, Network):
        node = nodes[node_index]
        steps, hidden = describe_steps(node.output_tensors, node.input_tensors)
    models = models_with(layer)
    return {
        "kind": "inspection",
        "subject": "layer",
        "name": str(layer.name),
        "class": type(layer).__name__,
        "about": about(type(layer)),
        "trainable": bool(layer.trainable),
        "config": settings(layer),
        "models": [str(model.name) for model in models],
        "nodes": [_node(layer, index, models) for index in range(len(nodes))],
        "weights": [_weight(w, layer) for w in layer.weights],
        "node_index": node_index,
        "steps": steps,
        "hidden_steps": hidden,
    }


def _tensor(tensor: Any) -> dict[str, Any]:
    history: Any = getattr(tensor, "_keras_history", None)
    layer: Any = history[0] if history else None
    if layer is not None:
        inputs = layer._inbound_nodes[history[1]].input_tensors
    else:
        inputs = list(tensor.inputs)
    is_input = any(tensor is x for x in inputs)
    steps, hidden = ([], 0) if is_input else describe_steps([tensor], inputs)
    models = models_with(layer) if layer is not None else []
    return {
        "kind": "inspection",
        "subject": "tensor",
        "name": str(tensor.name),
        "class": type(tensor).__name__ if tensor.op is None else type(tensor.op).__name__,
        "about": about(type(tensor if tensor.op is None else tensor.op)),
        "trainable": False,
        "config": [["shape", str(K.int_shape(tensor))], ["dtype", tensor.dtype]]
        + ([["layer", origin(*history)]] if history else []),
        "models": [
            str(model.name)
            for model in models
            if layer._inbound_nodes[history[1]] in model._network_nodes
        ],
        "nodes": [_node(layer, history[1], models)] if layer is not None else [],
        "weights": [_weight(tensor, None)] if K.is_variable(tensor) else [],
        "node_index": history[1] if history else 0,
        "steps": steps,
        "hidden_steps": hidden,
    }


def about(cls: type) -> str:
    """Return what a class does: the first paragraph of its documentation, or our own words."""
    if language() == "zh" and cls.__name__ in LAYERS and cls.__module__.startswith(_OURS):
        return LAYERS[cls.__name__]
    text = inspect.cleandoc(cls.__doc__ or "")
    return " ".join(text.split("\n\n")[0].split())


def models_with(layer: Any) -> list[Any]:
    """Return the models alive that a layer is part of, by their names."""
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd objects that warn when they are looked at
        models = [x for x in gc.get_objects() if issubclass(type(x), Network)]
    for model in models:
        if "_graph" in vars(model) and any(layer is mine for mine in model._sublayers()):
            found.append(model)
    return sorted(found, key=lambda model: str(model.name))


def settings(layer: Any) -> list[list[str]]:
    """Return the arguments that a layer was made with, as texts."""
    if isinstance(layer, Network):
        return []
    try:
        config = layer.get_config()
    except (NotImplementedError, AttributeError, TypeError):
        return []
    return [[str(name), _short(value)] for name, value in config.items() if name != "name"]


def _short(value: Any) -> str:
    if isinstance(value, dict) and isinstance(value.get("class_name"), str):
        return str(value["class_name"])
    text = str(value)
    return text if len(text) <= 200 else text[:200] + "…"


def _node(layer: Any, index: int, models: list[Any]) -> dict[str, Any]:
    node = layer._inbound_nodes[index]
    return {
        "index": index,
        "inputs": [_end(x) for x in node.input_tensors],
        "outputs": [_end(x) for x in node.output_tensors],
        "models": [
            str(model.name)
            for model in models
            if model._is_graph_network and node in model._network_nodes
        ],
    }


def _end(tensor: Any) -> dict[str, Any]:
    history = getattr(tensor, "_keras_history", None)
    return {
        "name": str(tensor.name),
        "shape": str(K.int_shape(tensor)),
        "dtype": str(tensor.dtype),
        "from": origin(*history) if history else None,
    }


def _weight(weight: Any, layer: Any) -> dict[str, Any]:
    # A big model that is only looked at does not get its weights for that.
    values = K.get_value(weight) if math.prod(weight.shape) <= _MOST_VALUES else None
    return {
        "name": short_name(weight),
        "shape": str(tuple(weight.shape)),
        "dtype": str(np.dtype(weight.dtype)),
        "parameters": count_params([weight]),
        "trainable": layer is None or any(weight is w for w in layer.trainable_weights),
        "memory": weights_memory([weight]),
        "statistics": None if values is None else statistics(values),
        "histogram": None if values is None else histogram(values),
    }
