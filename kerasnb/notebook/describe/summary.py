"""Models as tables: layers, shapes, parameters, memory, multiply-adds, connections."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from ... import backend as K
from ...engine.network import Network
from ...utils.layer_utils import count_params
from ..language import say
from .cost import multiply_adds


def describe_summary(model: Any) -> dict[str, Any]:
    """Return a model's layers with all that is counted of them.

    Args:
        model: the model; it must be built.

    Returns:
        A description of kind "summary" (see docs/displays.md); `text` in it is what
        `model.summary()` prints.
    """
    lines: list[str] = []
    model.summary(print_fn=lines.append)
    rows = list(_rows(model, 0))
    fixed, trainable = model.non_trainable_weights, model.trainable_weights
    return {
        "kind": "summary",
        "model": model_name(model),
        "totals": {
            "layers": len(rows),
            "parameters": count_params([*trainable, *fixed]),
            "trainable": count_params(trainable),
            "fixed": count_params(fixed),
            "memory": weights_memory(model.weights),
            "activations": activations_memory(model),
            "multiply_adds": _model_cost(model),
        },
        "layers": rows,
        "text": "\n".join(lines),
    }


def model_name(model: Any) -> dict[str, str]:
    """Return a model's name and class."""
    return {"name": str(model.name), "class": type(model).__name__}


def is_model(layer: Any) -> bool:
    """Whether a layer is a model."""
    return isinstance(layer, Network)


def calls_in(model: Any, layer: Any) -> list[tuple[int, Any]]:
    """Return the calls of a layer that are part of a model, with their indices."""
    if not model._is_graph_network:
        return []
    known = model._network_nodes
    return [(i, node) for i, node in enumerate(layer._inbound_nodes) if node in known]


def origin(layer: Any, node_index: int, tensor_index: int) -> str:
    """Return where a tensor comes from: "lstm_1[0][0]"."""
    return f"{layer.name}[{node_index}][{tensor_index}]"


def origins(node: Any) -> list[str]:
    """Return where the inputs of a call come from."""
    sources = zip(node.inbound_layers, node.node_indices, node.tensor_indices, strict=True)
    return [origin(*source) for source in sources if source[0] is not None]


def call(index: int, node: Any) -> dict[str, Any]:
    """Return what is told of a call of a layer everywhere."""
    return {
        "index": index,
        "inputs": origins(node),
        "input_shapes": [str(s) for s in node.input_shapes],
        "output_shapes": [str(s) for s in node.output_shapes],
    }


def weights_memory(weights: Iterable[Any]) -> int:
    """Return the bytes that weights take, each counted once."""
    unique = {id(w): w for w in weights}.values()
    return sum(math.prod(w.shape) * np.dtype(w.dtype).itemsize for w in unique)


def _rows(model: Any, depth: int) -> Iterable[dict[str, Any]]:
    for layer in model.layers:
        calls = [_call(index, node) for index, node in calls_in(model, layer)]
        shapes = {str(s) for call in calls for s in [_together(call["output_shapes"])]}
        shape = shapes.pop() if len(shapes) == 1 else _own_shape(layer, several=bool(shapes))
        costs = [call["multiply_adds"] for call in calls]
        yield {
            "name": str(layer.name),
            "class": type(layer).__name__,
            "depth": depth,
            "model": is_model(layer),
            "trainable": bool(layer.trainable),
            "parameters": count_params(layer.weights),
            "trainable_parameters": count_params(layer.trainable_weights),
            "memory": weights_memory(layer.weights),
            "shape": shape,
            "multiply_adds": None if None in costs or not costs else sum(costs),
            "calls": calls,
        }
        if is_model(layer):
            yield from _rows(layer, depth + 1)


def _call(index: int, node: Any) -> dict[str, Any]:
    cost = multiply_adds(node.output_tensors, node.input_tensors)
    return {**call(index, node), "multiply_adds": cost}


def _together(shapes: list[str]) -> str:
    return shapes[0] if len(shapes) == 1 else ", ".join(shapes)


def _own_shape(layer: Any, several: bool) -> str:
    if several:
        return say("summary.several_shapes")
    try:
        return str(layer.output_shape)
    except (AttributeError, RuntimeError):
        return "?"


def activations_memory(model: Any) -> int | None:
    """Return the bytes of all that the layers give for a sample."""
    if not model._is_graph_network:
        return None
    tensors = [y for node in model._network_nodes for y in node.output_tensors]
    sizes: list[tuple[Any, str]] = [(K.int_shape(y)[1:], y.dtype) for y in tensors]
    if any(None in shape for shape, _ in sizes):
        return None
    return sum(math.prod(shape) * np.dtype(dtype).itemsize for shape, dtype in sizes)


def _model_cost(model: Any) -> int | None:
    if not model.outputs:
        return None
    return multiply_adds(model.outputs, model.inputs)
