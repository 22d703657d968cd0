"""Activation functions: tensor in, tensor of the same shape out."""

from __future__ import annotations

import warnings
from typing import Any

from . import backend as K
from .utils.generic_utils import deserialize_keras_object, public_objects


def softmax(x: Any, axis: int = -1) -> Any:
    """Return positive numbers that sum to one along an axis: `exp(x) / sum(exp(x))`.

    Args:
        x: tensor with at least two axes.
        axis: axis of the classes.

    Raises:
        ValueError: if `x` has one axis.
    """
    if K.ndim(x) < 2:
        raise ValueError(
            "Cannot apply softmax to a tensor that is 1D: it needs an axis of samples and one "
            f"of classes. Got {x!r}."
        )
    return K.softmax(x, axis=axis)


def elu(x: Any, alpha: float = 1.0) -> Any:
    """Return the exponential linear unit: `x` where `x > 0`, else `alpha * (exp(x) - 1)`.

    See: Clevert et al., https://arxiv.org/abs/1511.07289
    """
    return K.elu(x, alpha)


def selu(x: Any) -> Any:
    """Return the scaled exponential linear unit: `scale * elu(x, alpha)`.

    The two constants make mean 0 and variance 1 a fixed point from layer to layer, with
    `lecun_normal` weights and `AlphaDropout`.

    See: Klambauer et al., https://arxiv.org/abs/1706.02515
    """
    alpha = 1.6732632423543772848170429916717
    scale = 1.0507009873554804934193349852946
    return scale * K.elu(x, alpha)


def softplus(x: Any) -> Any:
    """Return `log(exp(x) + 1)`."""
    return K.softplus(x)


def softsign(x: Any) -> Any:
    """Return `x / (abs(x) + 1)`."""
    return K.softsign(x)


def relu(x: Any, alpha: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    """Return the rectified linear unit, `max(x, 0)` by default.

    In general `max_value` where `x >= max_value`, `x` where `threshold <= x < max_value`, else
    `alpha * (x - threshold)`.
    """
    return K.relu(x, alpha=alpha, max_value=max_value, threshold=threshold)


def tanh(x: Any) -> Any:
    """Return the hyperbolic tangent."""
    return K.tanh(x)


def sigmoid(x: Any) -> Any:
    """Return `1 / (1 + exp(-x))`."""
    return K.sigmoid(x)


def hard_sigmoid(x: Any) -> Any:
    """Return the straight line `0.2 * x + 0.5`, cut at 0 and 1: close to sigmoid, and faster."""
    return K.hard_sigmoid(x)


def exponential(x: Any) -> Any:
    """Return `exp(x)`."""
    return K.exp(x)


def linear(x: Any) -> Any:
    """Return `x` itself."""
    return x


def serialize(activation: Any) -> str:
    """Return the name by which a config knows an activation."""
    return activation.__name__


def deserialize(name: Any, custom_objects: Any = None) -> Any:
    """Return the activation of this name, ours or the user's."""
    return deserialize_keras_object(
        name,
        module_objects=_OBJECTS,
        custom_objects=custom_objects,
        printable_module_name="activation function",
    )


def get(identifier: Any) -> Any:
    """Return an activation from None (linear), a name, or a function.

    Raises:
        ValueError: if it is none of these, or the name is not known.

    Example:
        >>> get("relu").__name__, get(None).__name__
        ('relu', 'linear')
    """
    if identifier is None:
        return linear
    if isinstance(identifier, str | dict):
        return deserialize(identifier)
    if callable(identifier):
        if hasattr(identifier, "_inbound_nodes"):
            warnings.warn(
                f"The layer {identifier!r} was given as an activation. Layers are put behind one "
                "another, as any other layer, not inside `activation=`.",
                stacklevel=2,
            )
        return identifier
    raise ValueError(
        f"Cannot make an activation from {identifier!r} ({type(identifier).__name__}): "
        "a name or a function is needed."
    )


_OBJECTS = public_objects(globals())
