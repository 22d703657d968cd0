"""Families of layers, which colours stand for."""

from __future__ import annotations

from typing import Any

from ...engine.input_layer import InputLayer
from ...engine.network import Network

FAMILIES = (
    "input",
    "dense",
    "convolution",
    "recurrent",
    "pooling",
    "normalization",
    "merge",
    "activation",
    "shape",
    "noise",
    "embedding",
    "model",
    "other",
)

_BY_MODULE = {
    "advanced_activations": "activation",
    "conv_base": "convolution",
    "convolutional": "convolution",
    "convolutional_recurrent": "recurrent",
    "cudnn_recurrent": "recurrent",
    "embeddings": "embedding",
    "local": "convolution",
    "merge": "merge",
    "noise": "noise",
    "normalization": "normalization",
    "pooling": "pooling",
    "recurrent": "recurrent",
    "resizing": "shape",
    "rnn": "recurrent",
    "separable": "convolution",
}
_BY_CLASS = {
    "Activation": "activation",
    "ActivityRegularization": "noise",
    "Dense": "dense",
    "Dropout": "noise",
    "Flatten": "shape",
    "Masking": "noise",
    "Permute": "shape",
    "RepeatVector": "shape",
    "Reshape": "shape",
}


def family(layer: Any) -> str:
    """Return a layer's family; a wrapper's is that of the layer in it."""
    if isinstance(layer, Network):
        return "model"
    if isinstance(layer, InputLayer):
        return "input"
    for cls in type(layer).__mro__:
        package, _, module = cls.__module__.rpartition(".")
        if package != "kerasnb.layers":
            continue
        if module == "wrappers" and hasattr(layer, "layer"):
            return family(layer.layer)
        found = _BY_CLASS.get(cls.__name__) or _BY_MODULE.get(module)
        if found:
            return found
    return "other"
