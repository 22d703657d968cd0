"""Several cells as one."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from .. import backend as K
from ..engine.base_layer import Layer, unique
from ..utils.generic_utils import has_arg, to_list


def flat_sizes(state_size: Any) -> list[Any]:
    """Return a cell's state size as a list with one size for each state."""
    return list(state_size) if hasattr(state_size, "__len__") else [state_size]


class StackedRNNCells(Layer):
    """Several cells as one: the output of each is the input of the next.

    Args:
        cells: list of cells. The states are those of the first cell, then the second's, ...

    Example:
        >>> from kerasnb.layers import LSTMCell
        >>> StackedRNNCells([LSTMCell(8), LSTMCell(4)]).state_size
        (8, 8, 4, 4)
    """

    def __init__(self, cells: Any, **kwargs: Any) -> None:
        for cell in cells:
            for what in ("call", "state_size"):
                if not hasattr(cell, what):
                    raise ValueError(f"All cells need `{what}`; got {cell!r}.")
        self.cells = list(cells)
        self.reverse_state_order = kwargs.pop("reverse_state_order", False)
        if self.reverse_state_order:
            warnings.warn(
                "reverse_state_order=True puts the last cell's states first, as Keras before 2.2 "
                "did; leave it out for the order of the cells.",
                stacklevel=2,
            )
        super().__init__(**kwargs)

    def _attributes(self) -> Iterable[Any]:
        return unique([*super()._attributes(), *self.cells])

    def _in_order_of_states(self) -> list[int]:
        """The numbers of the cells in the order in which their states come."""
        order = range(len(self.cells))
        return list(order)[::-1] if self.reverse_state_order else list(order)

    @property
    def state_size(self) -> tuple[Any, ...]:
        """The sizes of all states."""
        cells = (self.cells[i] for i in self._in_order_of_states())
        return tuple(n for cell in cells for n in flat_sizes(cell.state_size))

    @property
    def output_size(self) -> Any:
        """The last cell's output size."""
        last = self.cells[-1]
        size = getattr(last, "output_size", None)
        return flat_sizes(last.state_size)[0] if size is None else size

    def forget_masks(self) -> None:
        """Let the next call draw new dropout masks."""
        for cell in self.cells:
            if hasattr(cell, "forget_masks"):
                cell.forget_masks()

    def build(self, input_shape: Any) -> None:
        """Build the cells, each for the output of the one before."""
        constants: list[Any] = []
        if isinstance(input_shape, list):
            input_shape, *constants = input_shape
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                takes = has_arg(cell.call, "constants")
                with K.layer_scope(cell.name):
                    cell.build([input_shape, *constants] if constants and takes else input_shape)
                cell.built = True
            size = getattr(cell, "output_size", None)
            size = flat_sizes(cell.state_size)[0] if size is None else size
            input_shape = (input_shape[0], *to_list(size, allow_tuple=True))
        self.built = True

    def call(
        self, inputs: Any, states: Any, constants: Any = None, training: Any = None, **kwargs: Any
    ) -> Any:
        """Return the last cell's output and all new states."""
        order = self._in_order_of_states()
        mine = dict(zip(order, self._nested(states), strict=True))
        given = {"constants": constants, "training": training, **kwargs}
        for i, cell in enumerate(self.cells):
            takes = {k: v for k, v in given.items() if v is not None and has_arg(cell.call, k)}
            inputs, new = cell.call(inputs, mine[i], **takes)
            mine[i] = to_list(new, allow_tuple=True)
        return inputs, [state for i in order for state in mine[i]]

    def _nested(self, states: Any) -> Iterator[list[Any]]:
        rest = list(states)
        for i in self._in_order_of_states():
            number = len(flat_sizes(self.cells[i].state_size))
            yield rest[:number]
            rest = rest[number:]

    def get_config(self) -> dict[str, Any]:
        """Return the cells' configs."""
        cells = [{"class_name": type(c).__name__, "config": c.get_config()} for c in self.cells]
        return {**super().get_config(), "cells": cells}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Make the cells from what `get_config` returned."""
        from . import deserialize

        config = dict(config)
        cells = [deserialize(c, custom_objects) for c in config.pop("cells")]
        return cls(cells, **config)
