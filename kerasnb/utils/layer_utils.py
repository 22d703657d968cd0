"""What can be said of models and their layers: summaries, weights, sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .. import backend as K
from .conv_utils import convert_kernel


def count_params(weights: Iterable[Any]) -> int:
    """Return how many numbers some weights hold, each weight counted once."""
    return sum(K.count_params(w) for w in {id(w): w for w in weights}.values())


def print_summary(
    model: Any,
    line_length: int | None = None,
    positions: Any = None,
    print_fn: Callable[[str], Any] | None = None,
) -> None:
    """Print a model's layers, their output shapes and numbers of parameters.

    Args:
        model: the model.
        line_length: width in characters.
        positions: where the columns end, as parts of the width or in characters.
        print_fn: function that gets each line; `print` by default.
    """
    say = print_fn or print
    chain = _is_chain(model)
    line_length = line_length or (65 if chain else 98)
    positions = positions or ([0.45, 0.85, 1.0] if chain else [0.33, 0.55, 0.67, 1.0])
    if positions[-1] <= 1:
        positions = [int(line_length * p) for p in positions]
    titles = ["Layer (type)", "Output Shape", "Param #", "Connected to"]
    say(f'Model: "{model.name}"')
    say("_" * line_length)
    say(_row(titles[:3] if chain else titles, positions))
    say("=" * line_length)
    for number, layer in enumerate(model.layers, start=1):
        fields = [f"{layer.name} ({type(layer).__name__})", _shape(layer), layer.count_params()]
        if chain:
            say(_row(fields, positions))
        else:
            first, *others = _connections(model, layer) or [""]
            say(_row([*fields, first], positions))
            for other in others:
                say(_row(["", "", "", other], positions))
        say(("=" if number == len(model.layers) else "_") * line_length)
    model._check_trainable_weights_consistency()
    # What training changes is what was trainable when the model was compiled.
    trained = getattr(model, "_collected_trainable_weights", None)
    trainable = count_params(model.trainable_weights if trained is None else trained)
    fixed = count_params(model.non_trainable_weights)
    say(f"Total params: {trainable + fixed:,}")
    say(f"Trainable params: {trainable:,}")
    say(f"Non-trainable params: {fixed:,}")
    say("_" * line_length)


def _is_chain(model: Any) -> bool:
    """Whether each layer follows the one before it, so that no connections need to be shown."""
    if type(model).__name__ == "Sequential" or not model._is_graph_network:
        return True
    if any(len(v) > 1 or len(v[0].inbound_layers) > 1 for v in model._nodes_by_depth.values()):
        return False
    nodes = model._network_nodes
    return all(sum(n in nodes for n in layer._inbound_nodes) < 2 for layer in model.layers)


def _shape(layer: Any) -> Any:
    try:
        return layer.output_shape
    except AttributeError:
        return "multiple"


def _connections(model: Any, layer: Any) -> list[str]:
    return [
        f"{before.name}[{node_index}][{tensor_index}]"
        for node in layer._inbound_nodes
        if node in model._network_nodes
        for before, node_index, tensor_index in zip(
            node.inbound_layers, node.node_indices, node.tensor_indices, strict=True
        )
    ]


def _row(fields: list[Any], positions: Any) -> str:
    line = ""
    for field, end in zip(fields, positions, strict=False):
        line = f"{line[:-1]} {field}" if line else str(field)
        line = line[:end].ljust(end)
    return line


def get_source_inputs(tensor: Any, layer: Any = None, node_index: int | None = None) -> Any:
    """Return the tensors made by `Input` that a tensor is computed from.

    Args:
        tensor: tensor that a layer has made.
        layer: the layer that made it, where it cannot be seen from the tensor.
        node_index: which of its calls did.
    """
    if not hasattr(tensor, "_keras_history"):
        return tensor
    if layer is None or node_index:
        layer, node_index, _ = tensor._keras_history
    if not layer._inbound_nodes:
        return [tensor]
    found: dict[int, Any] = {}
    seen: set[Any] = set()
    todo = [layer._inbound_nodes[node_index or 0]]
    while todo:
        node = todo.pop()
        if node in seen:
            continue
        seen.add(node)
        if not node.inbound_layers:
            found.update((id(x), x) for x in node.input_tensors)
        todo += reversed(node.inbound_nodes)
    return list(found.values())


def convert_all_kernels_in_model(model: Any) -> None:
    """Turn the convolution kernels of a model around, as between Theano and TensorFlow."""
    kinds = ("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose")
    kernels = [layer.kernel for layer in model.layers if type(layer).__name__ in kinds]
    K.batch_set_value([(k, convert_kernel(K.get_value(k))) for k in kernels])


def convert_dense_weights_data_format(
    dense: Any, previous_feature_map_shape: Any, target_data_format: str = "channels_first"
) -> None:
    """Put a Dense layer's weights in the order of a Flatten with the other data format.

    Args:
        dense: the layer, which follows Flatten.
        previous_feature_map_shape: shape of what Flatten gets, without samples, in the order of
            `target_data_format`.
        target_data_format: "channels_last" or "channels_first".
    """
    data_format = K.normalize_data_format(target_data_format)
    kernel, *bias = dense.get_weights()
    shape = tuple(previous_feature_map_shape)
    if data_format == "channels_first":
        channels, rows, cols = shape
        maps = kernel.reshape(rows, cols, channels, -1).transpose(2, 0, 1, 3)
    else:
        rows, cols, channels = shape
        maps = kernel.reshape(channels, rows, cols, -1).transpose(1, 2, 0, 3)
    dense.set_weights([np.reshape(maps, kernel.shape), *bias])
