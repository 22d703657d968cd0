"""Activations, normalization, losses, and what depends on the learning phase."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..graph import Node, as_node, ops
from ..graph.op import match_types
from .config import epsilon, learning_phase, normalize_data_format
from .math import clip
from .variables import _seed, int_shape

__all__ = [
    "batch_normalization",
    "bias_add",
    "binary_crossentropy",
    "categorical_crossentropy",
    "dropout",
    "elu",
    "hard_sigmoid",
    "in_test_phase",
    "in_top_k",
    "in_train_phase",
    "l2_normalize",
    "normalize_batch_in_training",
    "relu",
    "sigmoid",
    "softmax",
    "softplus",
    "softsign",
    "sparse_categorical_crossentropy",
    "switch",
    "tanh",
]


def relu(
    x: Node, alpha: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Node:
    """Rectified linear unit.

    max_value for x >= max_value, x between the threshold and max_value, alpha * (x - threshold)
    below the threshold.
    """
    if isinstance(alpha, int | float) and alpha == 0 and threshold == 0:
        y = ops.relu(x)
        return y if max_value is None else ops.minimum(y, float(max_value))
    if max_value is None and isinstance(threshold, int | float) and threshold == 0:
        return ops.where(x > 0, x, alpha * x)
    above = ops.where(x > threshold, x, 0.0) if threshold != 0 else ops.relu(x)
    if max_value is not None:
        above = ops.minimum(above, float(max_value))
    below = ops.relu(threshold - x) if threshold != 0 else ops.relu(-x)
    return above - alpha * below


def elu(x: Node, alpha: float = 1.0) -> Node:
    """x where it is positive, alpha * (e^x - 1) elsewhere."""
    return ops.where(x > 0, x, alpha * ops.expm1(ops.minimum(x, 0.0)))


def softmax(x: Node, axis: int = -1) -> Node:
    """Exponentials divided by their sum along an axis."""
    return ops.softmax(x, axis=axis)


def softplus(x: Node) -> Node:
    """log(1 + e^x)."""
    return ops.softplus(x)


def softsign(x: Node) -> Node:
    """x / (1 + |x|)."""
    return x / (1.0 + ops.absolute(x))


def sigmoid(x: Node) -> Node:
    """1 / (1 + e^-x)."""
    return ops.sigmoid(x)


def hard_sigmoid(x: Node) -> Node:
    """0.2 x + 0.5, at least 0 and at most 1."""
    return clip(0.2 * x + 0.5, 0.0, 1.0)


def tanh(x: Node) -> Node:
    """Hyperbolic tangent."""
    return ops.tanh(x)


def dropout(
    x: Node, level: float, noise_shape: Sequence[Any] | None = None, seed: int | None = None
) -> Node:
    """Set a part `level` of the entries to zero, at random, and scale the others."""
    shape = None if noise_shape is None else tuple(noise_shape)
    int_shape(x)  # one tensor, no list
    return ops.dropout(x, rate=float(level), stream=_seed(seed), noise_shape=shape)[0]


def l2_normalize(x: Node, axis: int | None = None) -> Node:
    """x divided by its length along an axis."""
    axes = tuple(axis) if isinstance(axis, list) else axis
    length = ops.reduce_sum(ops.square(x), axis=axes, keepdims=True)
    return x / ops.sqrt(ops.maximum(length, 1e-12))


def in_top_k(predictions: Node, targets: Node, k: int) -> Node:
    """Whether the right class is among the k that get the largest predictions."""
    return ops.in_top_k(predictions, targets, k=int(k))


def _class_axis(axis: int, ndim: int, who: str) -> int:
    if not -ndim <= axis < ndim:
        raise ValueError(f"{who}: got axis {axis} for a tensor with {ndim} axes.")
    return axis % ndim


def categorical_crossentropy(
    target: Node, output: Node, from_logits: bool = False, axis: int = -1
) -> Node:
    """Cross-entropy of predictions with targets that are probabilities of classes.

    Args:
        target: tensor of the shape of `output`.
        output: predictions: probabilities, which are scaled to a sum of 1, or logits.
        from_logits: whether `output` are logits.
        axis: axis of the classes, which is taken away.
    """
    axis = _class_axis(axis, output.ndim, "categorical_crossentropy")
    if from_logits:
        return ops.softmax_cross_entropy(output, target, axis=axis)
    entropy = ops.cross_entropy.op(axis, epsilon())
    if np.ndim(target) == output.ndim and target.shape[axis] in (None, output.shape[axis]):
        return entropy(output, target)
    return entropy.expand(output, target)  # which broadcasts


def sparse_categorical_crossentropy(
    target: Node, output: Node, from_logits: bool = False, axis: int = -1
) -> Node:
    """Cross-entropy of predictions with targets that are numbers of classes.

    Args:
        target: tensor of the shape of `output` without the axis of classes, or with size 1 there.
        output: predictions: probabilities or logits.
        from_logits: whether `output` are logits.
        axis: axis of the classes, which is taken away.
    """
    axis = _class_axis(axis, output.ndim, "sparse_categorical_crossentropy")
    if axis != output.ndim - 1:
        order = [a for a in range(output.ndim) if a != axis]
        output = ops.transpose(output, perm=(*order, axis))
    if target.ndim == output.ndim:
        target = ops.squeeze(target, axis=axis if target.shape[axis] == 1 else -1)
    if not from_logits:
        output = ops.log(clip(output, epsilon(), 1.0 - epsilon()))
    return ops.sparse_softmax_cross_entropy(output, ops.cast(target, dtype="int64"))


def binary_crossentropy(target: Node, output: Node, from_logits: bool = False) -> Node:
    """Cross-entropy of predictions with targets, entry by entry.

    Args:
        target: tensor of the shape of `output`.
        output: predictions: probabilities or logits.
        from_logits: whether `output` are logits.
    """
    if not from_logits:
        output = clip(output, epsilon(), 1.0 - epsilon())
        output = ops.log(output / (1.0 - output))
    # softplus(output) - output * target, without a difference of large numbers.
    positive = output >= 0
    rest = output * ops.where(positive, 1.0 - target, -target)
    return ops.softplus(ops.where(positive, -output, output)) + rest


def normalize_batch_in_training(
    x: Node, gamma: Any, beta: Any, reduction_axes: Sequence[int], epsilon: float = 1e-3
) -> tuple[Node, Node, Node]:
    """Normalize a batch by its own mean and variance, then scale and shift it.

    Args:
        x: tensor.
        gamma: scale, or None.
        beta: shift, or None.
        reduction_axes: axes over which mean and variance are taken.
        epsilon: small number that is added to the variance.

    Returns:
        The normalized batch, the mean and the variance.
    """
    axes = tuple(sorted(a % x.ndim for a in reduction_axes))
    kept = tuple(x.shape[a] for a in range(x.ndim) if a not in axes)

    def filled(value: float) -> Node:
        if None not in kept:
            return as_node(np.full(kept, value, x.dtype))
        return ops.full_like(ops.reduce_mean(x, axis=axes), value=value)

    gamma = filled(1.0) if gamma is None else gamma
    beta = filled(0.0) if beta is None else beta
    return ops.batch_norm(x, gamma, beta, axes=axes, epsilon=float(epsilon))


def batch_normalization(
    x: Node, mean: Node, var: Node, beta: Any, gamma: Any, axis: int = -1, epsilon: float = 1e-3
) -> Node:
    """Normalize x by a given mean and variance, then scale (gamma) and shift (beta) it."""

    def spread(v: Any) -> Any:
        if v.ndim != 1 or axis % x.ndim == x.ndim - 1:
            return v
        return ops.reshape(v, shape=(-1, *(1,) * (x.ndim - 1 - axis % x.ndim)))

    factor = 1.0 / ops.sqrt(spread(var) + epsilon)
    if gamma is not None:
        factor = factor * spread(gamma)
    shift = -spread(mean) * factor
    if beta is not None:
        shift = shift + spread(beta)
    return x * factor + shift


def switch(condition: Any, then_expression: Any, else_expression: Any) -> Node:
    """Return one of two tensors, as a condition says; both are computed.

    Args:
        condition: one truth value, or one for each entry (or for each of the first entries).
        then_expression: tensor, or function that makes it.
        else_expression: tensor of the same shape, or function that makes it.
    """
    then = then_expression() if callable(then_expression) else then_expression
    other = else_expression() if callable(else_expression) else else_expression
    then, other, condition = as_node(then), as_node(other), as_node(condition)
    if condition.ndim > then.ndim:
        raise ValueError(
            f"switch: got a condition with {condition.ndim} axes for tensors with {then.ndim}; "
            "needs at most as many."
        )
    if condition.ndim:
        for _ in range(then.ndim - condition.ndim):
            condition = ops.expand_dims(condition, axis=-1)
    return ops.where(condition, then, other)


def in_train_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """Return x when training, else alt; each may be a function that makes the tensor."""
    asked = training is None
    if asked:
        training = learning_phase()
    if isinstance(training, bool | int | np.bool_ | np.integer):
        chosen = x if training else alt
        return chosen() if callable(chosen) else chosen
    result = switch(training, x, alt)
    if asked:
        result._uses_learning_phase = True  # type: ignore[attr-defined]
    return result


def in_test_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """Return x when testing, else alt; each may be a function that makes the tensor."""
    return in_train_phase(alt, x, training)


def bias_add(x: Node, bias: Node, data_format: str | None = None) -> Node:
    """Add a bias for each channel, or one for each place and channel.

    Args:
        x: tensor (samples, ..., channels), or (samples, channels, ...) with channels first.
        bias: tensor (channels), or (..., channels) with all axes of x but the first; with channels
            first, the latter's numbers are read in their order as (channels, ...).
        data_format: 'channels_last' or 'channels_first'.
    """
    data_format = normalize_data_format(data_format)
    x, bias = match_types((x, bias))
    if bias.ndim not in (1, x.ndim - 1):
        raise ValueError(
            f"bias_add: got a bias of shape {bias.shape} for shape {x.shape}; needs one axis or "
            f"{x.ndim - 1}."
        )
    if data_format == "channels_first" and x.ndim > 2:
        if bias.ndim == 1:
            bias = ops.reshape(bias, shape=(-1, *(1,) * (x.ndim - 2)))
        else:
            # Keras reads the numbers in their order as (channels, ...): it does not turn the axes.
            sizes = ops.concatenate(ops.shape_of(bias)[-1:], ops.shape_of(bias)[:-1], axis=0)
            known = (bias.shape[-1], *bias.shape[:-1])
            bias = ops.reshape_to(bias, sizes, known=known)
    return x + bias
