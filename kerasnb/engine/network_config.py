"""Networks as configs, and back: layers by name, calls as places of their inputs."""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np

from ..layers import deserialize
from ..utils.generic_utils import unpack_singleton
from .base_layer import Layer, Node

KERAS_VERSION = "2.3.1"
"""The version of Keras whose configs and files are written."""


def describe(network: Any) -> dict[str, Any]:
    """Return a network's layers, how they are connected, and where it begins and ends.

    A place is [layer's name, number of the call, number of the output]. Calls that are not part
    of the network are not counted; number 0 of a nested network is the one that made it.
    """
    nodes = network._graph.nodes
    number: dict[Node, int] = {}
    for layer in network._layers:
        kept = [node for node in layer._inbound_nodes if node in nodes]
        number.update({n: i for i, n in enumerate(kept, start=int(is_network(layer)))})

    def place(layer: Layer, node: int, index: int) -> list[Any]:
        return [layer.name, number[layer._inbound_nodes[node]], index]

    def inputs_of(node: Node) -> list[Any]:
        arguments = _plain(node)
        origins = zip(node.inbound_layers, node.node_indices, node.tensor_indices, strict=True)
        return [[*place(*origin), arguments] for origin in origins]

    return {
        "name": network.name,
        "layers": [
            {
                "name": layer.name,
                "class_name": type(layer).__name__,
                "config": layer.get_config(),
                "inbound_nodes": [
                    inputs_of(node)
                    for node in layer._inbound_nodes
                    if node in nodes and node.inbound_layers
                ],
            }
            for layer in network._layers
        ],
        "input_layers": [place(*x._keras_history) for x in network.inputs],
        "output_layers": [place(*x._keras_history) for x in network.outputs],
    }


def rebuild(config: dict[str, Any], custom_objects: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """Make the layers of a config and call them as it says; return inputs and outputs."""
    made: dict[str, Layer] = {}
    waiting: dict[str, list[Any]] = {}
    for data in config["layers"]:
        described = {"class_name": data["class_name"], "config": data["config"]}
        made[data["name"]] = deserialize(described, custom_objects=custom_objects)
        waiting[data["name"]] = list(data["inbound_nodes"])

    def tensor(name: str, node: int, index: int) -> Any:
        calls = made[name]._inbound_nodes
        return calls[node].output_tensors[index] if node < len(calls) else None

    def call_next(name: str) -> bool:
        inputs = [tensor(*place[:3]) for place in waiting[name][0]]
        if any(x is None for x in inputs):
            return False
        place = waiting[name].pop(0)[0]
        made[name](unpack_singleton(inputs), **(place[3] if len(place) > 3 else {}))
        return True

    progress = True
    while progress:
        progress = False
        for name, calls in waiting.items():
            while calls and call_next(name):
                progress = True
    if any(waiting.values()):
        stuck = ", ".join(name for name, calls in waiting.items() if calls)
        raise ValueError(f"from_config: nothing makes the inputs of the layers {stuck}.")
    inputs = [tensor(*place) for place in config.get("input_layers", [])]
    outputs = [tensor(*place) for place in config.get("output_layers", [])]
    return inputs, outputs


def is_network(layer: Any) -> bool:
    """Whether a layer is a network, so that its first node is the one that made it."""
    return getattr(layer, "_graph", None) is not None


def _plain(node: Node) -> dict[str, Any]:
    arguments = node.arguments or {}
    try:
        json.dumps(arguments, default=to_json)
    except TypeError:
        warnings.warn(
            f'Layer "{node.outbound_layer.name}" was called with arguments that no config can '
            f"hold: {arguments}. They are left out.",
            stacklevel=4,
        )
        return {}
    return arguments


def to_json(value: Any) -> Any:
    """Return what JSON can hold in place of a NumPy value or a class."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, type):
        return value.__name__
    raise TypeError(f"cannot be written as JSON: {value!r}")
