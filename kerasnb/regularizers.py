"""Regularizers: a number to add to the loss, from a weight or an output."""

from __future__ import annotations

from typing import Any

from . import backend as K
from .utils.generic_utils import (
    deserialize_keras_object,
    public_objects,
    serialize_keras_object,
)


class Regularizer:
    """Base of all regularizers."""

    def __call__(self, x: Any) -> Any:
        """Return the penalty of a tensor."""
        return 0.0

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Regularizer:
        """Make a regularizer from what `get_config` gave."""
        return cls(**config)


class L1L2(Regularizer):
    """The penalty `l1 * sum(abs(x)) + l2 * sum(x ** 2)`.

    Args:
        l1: factor of the absolute values.
        l2: factor of the squares.
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        try:
            self.l1, self.l2 = float(l1), float(l2)
        except (TypeError, ValueError):
            raise ValueError(f"L1L2 needs two numbers; got l1={l1!r:.60}, l2={l2!r:.60}.") from None

    def __call__(self, x: Any) -> Any:
        penalty: Any = 0.0
        if self.l1:
            penalty = penalty + self.l1 * K.sum(K.abs(x))
        if self.l2:
            penalty = penalty + self.l2 * K.sum(K.square(x))
        return penalty

    def get_config(self) -> dict[str, Any]:
        """Return the two factors."""
        return {"l1": self.l1, "l2": self.l2}


def l1(l: float = 0.01) -> L1L2:  # noqa: E741 - Keras's name
    """Return the penalty `l * sum(abs(x))`."""
    return L1L2(l1=l)


def l2(l: float = 0.01) -> L1L2:  # noqa: E741 - Keras's name
    """Return the penalty `l * sum(x ** 2)`."""
    return L1L2(l2=l)


def l1_l2(l1: float = 0.01, l2: float = 0.01) -> L1L2:
    """Return the penalty `l1 * sum(abs(x)) + l2 * sum(x ** 2)`."""
    return L1L2(l1=l1, l2=l2)


def serialize(regularizer: Any) -> Any:
    """Return what a config says of a regularizer."""
    return serialize_keras_object(regularizer)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """Return the regularizer that a config means."""
    return deserialize_keras_object(
        config,
        module_objects=_OBJECTS,
        custom_objects=custom_objects,
        printable_module_name="regularizer",
    )


def get(identifier: Any) -> Any:
    """Return a regularizer from None, a name, a config, or a function.

    Example:
        >>> get("l2").get_config()
        {'l1': 0.0, 'l2': 0.01}
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
        f"Cannot make a regularizer from {identifier!r} ({type(identifier).__name__}): "
        "use `keras.regularizers.l2(0.01)`, a name, or a function."
    )


_OBJECTS = public_objects(globals())
