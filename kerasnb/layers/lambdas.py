"""Any function of tensors as a layer."""

from __future__ import annotations

import types
from typing import Any

import numpy as np

from .. import backend as K
from ..engine.base_layer import Layer
from ..utils.generic_utils import (
    deserialize_keras_object,
    func_dump,
    func_load,
    get_custom_objects,
    has_arg,
    to_list,
    unpack_singleton,
)


class Lambda(Layer):
    """Wrap a function of tensors as a layer.

    Args:
        function: function of the input (a list of tensors if there are several).
        output_shape: shape of a sample of the output, or a function of the input's shape; not
            needed, the shape is seen from the result.
        mask: mask of the output, or a function of (inputs, mask).
        arguments: further arguments of the function, by name.

    Example:
        >>> Lambda(lambda x: x ** 2).compute_output_shape((None, 3))
        (None, 3)
    """

    def __init__(
        self,
        function: Any,
        output_shape: Any = None,
        mask: Any = None,
        arguments: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.function = function
        self.arguments = dict(arguments or {})
        self.mask = mask
        self.supports_masking = mask is not None
        if isinstance(output_shape, tuple | list):
            output_shape = tuple(output_shape)
        elif output_shape is not None and not callable(output_shape):
            raise TypeError(
                f"Layer {self.name} (Lambda) needs `output_shape` to be a list, a tuple, or a "
                f"function; got {output_shape!r}."
            )
        self._output_shape = output_shape

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the output's shape, by trying the function where it was not given."""
        many = isinstance(input_shape, list)
        if self._output_shape is None:
            x = [K.placeholder(shape=s) for s in to_list(input_shape)]
            y = self.call(x if many else x[0])
            return unpack_singleton([K.int_shape(t) for t in to_list(y)])
        if isinstance(self._output_shape, tuple):
            first = input_shape[0] if many else input_shape
            return (first[0] if first else None, *self._output_shape)
        shape = self._output_shape(input_shape)
        if not isinstance(shape, tuple | list):
            raise ValueError(
                f"Layer {self.name} (Lambda): the `output_shape` function must return a tuple or "
                f"a list of tuples; got {shape!r}."
            )
        several = isinstance(shape, list) and shape and isinstance(shape[0], tuple | list)
        return shape if several else tuple(shape)

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Return `function(inputs, **arguments)`."""
        if has_arg(self.function, "mask"):
            return self.function(inputs, **{**self.arguments, "mask": mask})
        return self.function(inputs, **self.arguments)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask that was given, or what it makes of (inputs, mask)."""
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self) -> dict[str, Any]:
        """Return the function's code (or its name, if it has none) and the other arguments."""
        function, function_type = _dump(self.function)
        output_shape, output_shape_type = _dump(self._output_shape)
        return {
            **super().get_config(),
            "function": function,
            "function_type": function_type,
            "output_shape": output_shape,
            "output_shape_type": output_shape_type,
            "arguments": self.arguments,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Lambda:
        """Make the layer again.

        Code from a file is refused (see `func_load`); a function in `custom_objects` under the
        layer's name goes before it.
        """
        config = dict(config)
        missing = [name for name in _NEEDED if name not in config]
        if missing:
            raise ValueError(
                f"A Lambda's config needs {', '.join(_NEEDED)}; {', '.join(missing)} is missing."
            )
        names = {**get_custom_objects(), **(custom_objects or {})}
        kind = config.pop("function_type")
        function = names.get(config.get("name")) or _load(config["function"], kind, names)
        if not callable(function):
            raise ValueError(f"A Lambda's config needs a function; got {function!r:.60}.")
        shape_kind = config.pop("output_shape_type")
        output_shape = _load(config["output_shape"], shape_kind, names)
        config.update(function=function, output_shape=output_shape)
        config["arguments"] = {
            name: np.array(value["value"])
            if isinstance(value, dict) and value.get("type") == "ndarray"
            else value
            for name, value in (config.get("arguments") or {}).items()
        }
        return cls(**config)


_NEEDED = ("function", "function_type", "output_shape", "output_shape_type")


def _dump(thing: Any) -> tuple[Any, str]:
    if isinstance(thing, types.FunctionType):
        return func_dump(thing), "lambda"
    if callable(thing):
        return thing.__name__, "function"
    return thing, "raw"


def _load(thing: Any, kind: str, names: dict[str, Any]) -> Any:
    if kind == "lambda":
        return func_load(thing)
    if kind == "function":
        return deserialize_keras_object(
            thing, custom_objects=names, printable_module_name="function in Lambda layer"
        )
    if kind == "raw":
        return thing
    raise ValueError(f"Unknown kind of function in a Lambda's config: {kind!r}")
