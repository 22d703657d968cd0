"""A layer whose arguments are its attributes and its config: the base of all of ours."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any

from .. import activations, constraints, initializers, regularizers
from ..engine.base_layer import Layer
from ..legacy.interfaces import TakesKeras1

_BY_SUFFIX: dict[str, Any] = {
    "activation": activations,
    "init": initializers,
    "initializer": initializers,
    "regularizer": regularizers,
    "constraint": constraints,
}


def given(scope: dict[str, Any]) -> dict[str, Any]:
    """Return a constructor's own arguments by name, from its `locals()`."""
    return {k: v for k, v in scope.items() if k not in ("self", "kwargs", "__class__")}


class Configured(TakesKeras1, Layer):
    """Base of layers whose config is just what they were made with.

    A setting whose name ends in activation, initializer, regularizer or constraint may be given
    as a name or a config; the attribute is the object.

    Args:
        settings: the constructor's own arguments by name (`given(locals())`); they become
            attributes and, read from there, the config.
        **kwargs: what every layer takes (`name`, `input_shape`, ...).
    """

    def __init__(self, settings: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._settings: tuple[str, ...] = ()
        self._keep(settings)

    def _keep(self, settings: dict[str, Any]) -> None:
        """Make settings attributes, and part of the config."""
        self._settings += tuple(settings)
        for name, value in settings.items():
            module = _BY_SUFFIX.get(name.rpartition("_")[2])
            setattr(self, name, module.get(value) if module else value)

    if TYPE_CHECKING:  # the settings are attributes that no assignment shows

        def __getattr__(self, name: str) -> Any: ...

    def get_config(self) -> dict[str, Any]:
        """Return what makes an equal layer, as numbers, texts, lists and dictionaries."""
        config = super().get_config()
        for name in self._settings:
            module = _BY_SUFFIX.get(name.rpartition("_")[2])
            value = getattr(self, name)
            config[name] = module.serialize(value) if module else value
        return config

    def _add(self, name: str, shape: Any, setting: str = "", **kwargs: Any) -> Any:
        """Add the weight whose initializer, regularizer and constraint are settings.

        Args:
            name: its name.
            shape: its shape.
            setting: what the settings are named after, the weight's name by default.
            **kwargs: what else `add_weight` takes.
        """
        setting = setting or name
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=getattr(self, f"{setting}_initializer"),
            regularizer=getattr(self, f"{setting}_regularizer", None),
            constraint=getattr(self, f"{setting}_constraint", None),
            **kwargs,
        )

    def _whole(self, name: str) -> None:
        """Make a setting an int, or say that it must be a positive one."""
        value = getattr(self, name)
        real = isinstance(value, numbers.Real) and not isinstance(value, bool)
        if not real or value <= 0 or value % 1:
            raise self._needs(f"{name} to be a positive integer", repr(value))
        setattr(self, name, int(value))

    def _needs(self, what: str, got: Any) -> ValueError:
        """Return the error that says who needs what."""
        return ValueError(f"Layer {self.name} ({type(self).__name__}) needs {what}; got {got}.")
