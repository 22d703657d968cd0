"""Nodes, which calls of layers leave behind, and what layers expect of their inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import backend as K

if TYPE_CHECKING:
    from .base_layer import Layer


class Node:
    """One call of a layer: from which tensors to which.

    Each call adds a node to the layer's `_inbound_nodes` and to the `_outbound_nodes` of the
    layers that made the inputs.

    Attributes:
        outbound_layer: the layer that was called.
        inbound_layers: the layers that made the inputs (None: no layer did).
        node_indices: for each input, the place of its node among its layer's nodes.
        tensor_indices: for each input, its place among that node's outputs.
        input_tensors, output_tensors: what went in and came out.
        input_masks, output_masks: their masks.
        input_shapes, output_shapes: their shapes.
        arguments: further arguments of the call.
    """

    def __init__(
        self,
        outbound_layer: Layer,
        inbound_layers: list[Any],
        node_indices: list[Any],
        tensor_indices: list[Any],
        input_tensors: list[Any],
        output_tensors: list[Any],
        input_masks: list[Any],
        output_masks: list[Any],
        input_shapes: list[Any],
        output_shapes: list[Any],
        arguments: dict[str, Any] | None = None,
    ) -> None:
        self.outbound_layer = outbound_layer
        self.inbound_layers = inbound_layers
        self.node_indices = node_indices
        self.tensor_indices = tensor_indices
        self.input_tensors = input_tensors
        self.output_tensors = output_tensors
        self.input_masks = input_masks
        self.output_masks = output_masks
        self.input_shapes = input_shapes
        self.output_shapes = output_shapes
        self.arguments = arguments
        for layer in inbound_layers:
            if layer is not None:
                layer._outbound_nodes.append(self)
        outbound_layer._inbound_nodes.append(self)

    @property
    def inbound_nodes(self) -> list[Node]:
        """The nodes that made the inputs, as far as layers did."""
        pairs = zip(self.inbound_layers, self.node_indices, strict=True)
        return [layer._inbound_nodes[i] for layer, i in pairs if layer is not None]

    def get_config(self) -> dict[str, Any]:
        """Return the node as names and numbers."""
        return {
            "outbound_layer": self.outbound_layer.name if self.outbound_layer else None,
            "inbound_layers": [x.name if x else None for x in self.inbound_layers],
            "node_indices": self.node_indices,
            "tensor_indices": self.tensor_indices,
        }


class InputSpec:
    """What a layer expects of an input; what is None is not checked.

    Args:
        dtype: type.
        shape: shape; None in it fits every size.
        ndim: number of axes.
        max_ndim: largest number of axes.
        min_ndim: smallest number of axes.
        axes: sizes of single axes.

    Example:
        >>> InputSpec(min_ndim=2, axes={-1: 8})
        InputSpec(min_ndim=2, axes={-1: 8})
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: dict[int, int | None] | None = None,
    ) -> None:
        self.dtype = dtype
        self.shape = shape
        self.ndim = len(shape) if shape is not None else ndim
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = axes or {}

    def __repr__(self) -> str:
        given = (f"{name}={value}" for name, value in vars(self).items() if value)
        return f"InputSpec({', '.join(given)})"

    def misfit(self, x: Any) -> str | None:
        """Return what is needed and `x` is not, with what it is; None if it fits."""
        shape = K.int_shape(x)
        ndim = len(shape)
        if self.dtype is not None and K.dtype(x) != self.dtype:
            return f"needs dtype={self.dtype}, got dtype={K.dtype(x)}"
        for limit, wrong in (
            ("ndim", self.ndim not in (None, ndim)),
            ("max_ndim", self.max_ndim is not None and ndim > self.max_ndim),
            ("min_ndim", self.min_ndim is not None and ndim < self.min_ndim),
        ):
            if wrong:
                return f"needs {limit}={getattr(self, limit)}, got ndim={ndim} (shape {shape})"
        for axis, size in self.axes.items():
            got = shape[axis] if -ndim <= axis < ndim else None
            if size is not None and got not in (size, None):
                return f"needs size {size} on axis {axis}, got size {got} (shape {shape})"
        for n, m in zip(self.shape or (), shape, strict=False):
            if None not in (n, m) and n != m:
                return f"needs shape {tuple(self.shape)}, got shape {shape}"
        return None
