"""Constraints: what a weight is turned into after each step of training."""

from __future__ import annotations

from typing import Any

from . import backend as K
from .utils.generic_utils import (
    deserialize_keras_object,
    public_objects,
    serialize_keras_object,
)


class Constraint:
    """Base of all constraints; changes nothing."""

    def __call__(self, w: Any) -> Any:
        """Return the weight as it may be."""
        return w

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {}


class MaxNorm(Constraint):
    """Scales down what is longer than `max_value`.

    Args:
        max_value: largest norm.
        axis: axes along which norms are taken: 0 for the input vector of each unit of a Dense
            layer (its kernel has shape (inputs, units)), [0, 1, 2] for each filter of a Conv2D.

    See: Srivastava et al., http://www.cs.toronto.edu/~rsalakhu/papers/srivastava14a.pdf
    """

    def __init__(self, max_value: float = 2, axis: Any = 0) -> None:
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        norms = _norms(w, self.axis)
        return w * (K.clip(norms, 0, self.max_value) / (K.epsilon() + norms))

    def get_config(self) -> dict[str, Any]:
        """Return `max_value` and `axis`."""
        return {"max_value": self.max_value, "axis": self.axis}


class NonNeg(Constraint):
    """Puts zero where a weight is negative."""

    def __call__(self, w: Any) -> Any:
        return K.maximum(w, 0.0)


class UnitNorm(Constraint):
    """Scales to norm one.

    Args:
        axis: axes along which norms are taken, as in `MaxNorm`.
    """

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        return w / (K.epsilon() + _norms(w, self.axis))

    def get_config(self) -> dict[str, Any]:
        """Return `axis`."""
        return {"axis": self.axis}


class MinMaxNorm(Constraint):
    """Draws norms into an interval: `norm <- rate * clip(norm, min, max) + (1 - rate) * norm`.

    Args:
        min_value: smallest norm.
        max_value: largest norm.
        rate: 1 enforces the interval at each step, less goes only part of the way.
        axis: axes along which norms are taken, as in `MaxNorm`.
    """

    def __init__(
        self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0
    ) -> None:
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        norms = _norms(w, self.axis)
        inside = K.clip(norms, self.min_value, self.max_value)
        wanted = self.rate * inside + (1 - self.rate) * norms
        return w * (wanted / (K.epsilon() + norms))

    def get_config(self) -> dict[str, Any]:
        """Return the interval, `rate` and `axis`."""
        return {
            "min_value": self.min_value,
            "max_value": self.max_value,
            "rate": self.rate,
            "axis": self.axis,
        }


def _norms(w: Any, axis: Any) -> Any:
    return K.sqrt(K.sum(K.square(w), axis=axis, keepdims=True))


max_norm = maxnorm = MaxNorm
non_neg = nonneg = NonNeg
unit_norm = unitnorm = UnitNorm
min_max_norm = MinMaxNorm


def serialize(constraint: Any) -> Any:
    """Return what a config says of a constraint."""
    return serialize_keras_object(constraint)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """Return the constraint that a config means."""
    return deserialize_keras_object(
        config,
        module_objects=_OBJECTS,
        custom_objects=custom_objects,
        printable_module_name="constraint",
    )


def get(identifier: Any) -> Any:
    """Return a constraint from None, a name, a config, or a function.

    Example:
        >>> get("max_norm").get_config()
        {'max_value': 2, 'axis': 0}
    """
    if identifier is None:
        return None
    if isinstance(identifier, str):
        identifier = {"class_name": identifier, "config": {}}
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError(
        f"Cannot make a constraint from {identifier!r} ({type(identifier).__name__}): "
        "use `keras.constraints.max_norm(2)`, a name, or a function."
    )


_OBJECTS = public_objects(globals())
