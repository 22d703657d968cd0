"""Recurrent layers that make their cell themselves, from one list of arguments."""

from __future__ import annotations

import inspect
import warnings
from typing import Any, ClassVar

from .. import regularizers
from ..legacy.interfaces import TakesKeras1
from .rnn import FLAGS, RNN


class OwnCell(TakesKeras1, RNN):
    """Base of recurrent layers whose constructor takes the cell's settings and the layer's.

    The cell's settings are attributes of the layer, too: `layer.units`, `layer.activation`, ...
    """

    cell_class: ClassVar[Any] = None
    """The class of the cell."""

    def _set_up(self, settings: dict[str, Any], kwargs: dict[str, Any]) -> None:
        """Make the layer from its constructor's arguments.

        Args:
            settings: the constructor's own arguments: flags of the layer, `activity_regularizer`,
                and settings of the cell.
            kwargs: what every layer takes.
        """
        if settings.get("implementation") == 0:
            warnings.warn(
                f"{type(self).__name__}: implementation=0 is a thing of the past; 1 is used. "
                "Leave it out.",
                stacklevel=3,
            )
            settings["implementation"] = 1
        flags = {name: settings.pop(name) for name in FLAGS if name in settings}
        activity_regularizer = settings.pop("activity_regularizer")
        types = {name: kwargs[name] for name in ("dtype",) if kwargs.get(name)}
        super().__init__(self.cell_class(**settings, **types), **flags, **kwargs)
        self.activity_regularizer = regularizers.get(activity_regularizer)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        cell = config.pop("cell")["config"]
        for name in ("name", "trainable", "dtype"):
            cell.pop(name)
        activity = regularizers.serialize(self.activity_regularizer)
        return {**config, **cell, "activity_regularizer": activity}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Make a layer from what `get_config` returned."""
        config = dict(config)
        number = config.pop("num_constants", None)
        if config.get("implementation") == 0:
            config["implementation"] = 1
        layer = cls(**config)
        layer._num_constants = number
        return layer


def shows_cell(cls: Any) -> Any:
    """Let the cell's settings be attributes of the layer."""
    for name in list(inspect.signature(cls.__init__).parameters)[1:-1]:
        if name not in FLAGS and name != "activity_regularizer":
            setattr(cls, name, _of_cell(name))
    return cls


def _of_cell(name: str) -> property:
    return property(lambda layer: getattr(layer.cell, name), doc=f"The cell's `{name}`.")
