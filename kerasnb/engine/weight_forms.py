"""Weights as other versions of Keras wrote them, brought into the form that layers need now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import backend as K
from ..utils.conv_utils import convert_kernel
from .network import Network

Weights = list[Any]
Convert = Callable[[Any, Weights], Weights]

_CONVOLUTIONS = ("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "ConvLSTM2D")
_GATES = {"LSTM": 4, "CuDNNLSTM": 4, "GRU": 3, "CuDNNGRU": 3}
_LSTM_OF_KERAS_1 = (0, 2, 1, 3)  # it had the gates i, c, f, o; now they are i, f, c, o


def preprocess_weights_for_loading(
    layer: Any,
    weights: Sequence[Any],
    original_keras_version: str | None = None,
    original_backend: str | None = None,
    reshape: bool = False,
) -> Weights:
    """Bring saved weights into the form that a layer needs.

    What Keras 1 kept apart is put together, Theano's convolution kernels are turned, and the
    weights of CuDNN's recurrent layers become those of the others, and the other way round.

    Args:
        layer: the layer.
        weights: its weights in the file.
        original_keras_version: version that wrote the file; "1" for Keras 1.
        original_backend: backend that wrote the file.
        reshape: whether a convolution kernel may get another shape of the same size.

    Returns:
        The weights; unchanged where nothing is known to fit.

    Raises:
        ValueError: for a GRU whose weights mean something else.
    """

    def convert(inner: Any, part: Weights) -> Weights:
        return preprocess_weights_for_loading(
            inner, part, original_keras_version, original_backend, reshape
        )

    kind = type(layer).__name__
    weights = list(weights)
    if kind == "Bidirectional":
        half = len(weights) // 2
        weights = convert(layer.forward_layer, weights[:half]) + convert(
            layer.backward_layer, weights[half:]
        )
    elif kind == "TimeDistributed":
        weights = convert(layer.layer, weights)
    elif isinstance(layer, Network):
        weights = _convert_nested(layer, weights, convert)
    if not weights:
        return weights
    if original_keras_version == "1":
        weights = _from_keras_1(layer, kind, weights)
    if kind in _CONVOLUTIONS:
        weights = _convert_kernels(layer, kind, weights, original_backend == "theano", reshape)
    if kind in _GATES and len(weights) == 3:
        weights = _convert_gates(layer, kind, weights)
    return weights


def _convert_nested(network: Any, weights: Weights, convert: Convert) -> Weights:
    """Convert the weights of a network within: the trainable ones of all layers, then the others."""
    parts = [(layer, layer.trainable_weights) for layer in network.layers]
    parts += [(layer, layer.non_trainable_weights) for layer in network.layers]
    if sum(len(params) for _, params in parts) != len(weights):
        return weights
    converted: Weights = []
    for layer, params in parts:
        start = len(converted)
        part = weights[start : start + len(params)]
        # A conversion looks at all weights of a layer: with some of them there is nothing to do.
        whole = len(params) == len(layer.weights)
        converted += convert(layer, part) if whole else part
    return converted


def _from_keras_1(layer: Any, kind: str, weights: Weights) -> Weights:
    kernel = np.asarray(weights[0])
    first = getattr(layer, "data_format", None) == "channels_first"
    if kind == "Conv1D" and kernel.ndim == 4:
        size = layer.kernel_size[0]
        if kernel.shape[:2] != (size, 1) or kernel.shape[3] != layer.filters:
            kernel = kernel.transpose(2, 3, 1, 0)  # (filters, channels, size, 1) before 1.2
        return [kernel[:, 0], *weights[1:]]
    if kind == "Conv2D" and first:
        return [kernel.transpose(2, 3, 1, 0), *weights[1:]]
    if kind == "Conv2DTranspose":
        return [kernel.transpose((2, 3, 0, 1) if first else (0, 1, 3, 2)), *weights[1:]]
    if kind == "Conv3D" and first:
        return [kernel.transpose(2, 3, 4, 1, 0), *weights[1:]]
    if kind == "GRU" and len(weights) == 9:
        return _joined(weights, (0, 1, 2))
    if kind in ("LSTM", "ConvLSTM2D") and len(weights) == 12:
        if kind == "ConvLSTM2D" and first:
            weights = [np.asarray(w) for w in weights]
            weights = [w.transpose(2, 3, 1, 0) if w.ndim == 4 else w for w in weights]
        return _joined(weights, _LSTM_OF_KERAS_1)
    return weights


def _joined(weights: Weights, order: Sequence[int]) -> Weights:
    """Return kernel, recurrent kernel and bias from those of each gate."""
    return [np.concatenate([weights[3 * gate + i] for gate in order], axis=-1) for i in range(3)]


def _convert_kernels(
    layer: Any, kind: str, weights: Weights, turned: bool, reshape: bool
) -> Weights:
    for i in range(2 if kind == "ConvLSTM2D" else 1):
        kernel, needed = np.asarray(weights[i]), K.int_shape(layer.weights[i])
        if turned and 3 <= kernel.ndim <= 5:
            kernel = convert_kernel(kernel)
        if kernel.shape != needed:
            if reshape and i == 0:
                kernel = _reshaped(layer, kernel, needed)
            elif kernel.ndim == 4 and kernel.transpose(3, 2, 0, 1).shape == needed:
                kernel = kernel.transpose(3, 2, 0, 1)
        weights[i] = kernel
    return weights


def _reshaped(layer: Any, kernel: np.ndarray, needed: Any) -> np.ndarray:
    if kernel.size != np.prod(needed, dtype=int):
        raise ValueError(
            f'Layer "{layer.name}": weights must be of equal size to be reshaped; needs {needed}, '
            f"the file has {kernel.shape}."
        )
    return kernel.reshape(needed)


def _convert_gates(layer: Any, kind: str, weights: Weights) -> Weights:
    """Convert between recurrent layers; the shape of the bias tells which one wrote it."""
    gates = _GATES[kind]
    kernel, recurrent, bias = map(np.asarray, weights)
    size = gates * recurrent.shape[0]
    forms = {(size,): "before", (2, size): "after", (2 * size,): "cudnn"}
    saved = forms.get(bias.shape)
    needed = forms.get(K.int_shape(layer.weights[2]))
    if saved is None or needed is None or saved == needed:
        return weights
    if gates == 3 and "before" in (saved, needed):
        names = {
            "before": "GRU(reset_after=False)",
            "after": "GRU(reset_after=True)",
            "cudnn": "CuDNNGRU",
        }
        raise ValueError(
            f'Layer "{layer.name}": {names[saved]} in the file and {names[needed]} in the model '
            "compute different things, so the weights of one are of no use to the other."
        )
    if "cudnn" in (saved, needed):
        order = "F" if saved == "cudnn" else "C"
        kernel = _each_gate(kernel, gates, lambda w: w.T.reshape(w.shape, order=order))
        recurrent = _each_gate(recurrent, gates, lambda w: w.T)
    if gates == 3:
        bias = bias.reshape(K.int_shape(layer.weights[2]))
    elif saved == "cudnn":
        bias = bias.reshape(2, -1).sum(axis=0)
    else:  # CuDNN adds two biases
        bias = np.tile(0.5 * bias, 2)
    return [kernel, recurrent, bias]


def _each_gate(
    kernel: np.ndarray, gates: int, change: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    return np.hstack([change(w) for w in np.hsplit(kernel, gates)])
