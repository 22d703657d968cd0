"""What a layer knows of its calls: inputs, outputs, shapes and masks of each."""

from __future__ import annotations

from typing import Any

from ..utils.generic_utils import unpack_singleton
from .node import Node


class Connected:
    """Base of layers: answers from the nodes that its calls have left behind.

    `input`, `output` and the like are for layers that have been called once; a layer that is
    shared by several calls has a node for each, and `get_output_at(node_index)` says which.
    """

    name: str
    _inbound_nodes: list[Node]
    _outbound_nodes: list[Node]

    def _at(self, node_index: int, attribute: str, what: str) -> Any:
        count = len(self._inbound_nodes)
        if not count:
            raise RuntimeError(f'Layer "{self.name}" has never been called, so it has no {what}.')
        if not -count <= node_index < count:
            raise ValueError(
                f'Asked for the {what} at node {node_index} of layer "{self.name}", which has '
                f"{count} inbound nodes."
            )
        return unpack_singleton(getattr(self._inbound_nodes[node_index], attribute))

    def _only(self, attribute: str, what: str) -> Any:
        count = len(self._inbound_nodes)
        if count > 1:
            raise AttributeError(
                f'Layer {self.name} has multiple inbound nodes, hence the notion of "layer {what}" '
                f"is ill-defined. Use `get_{what.replace(' ', '_')}_at(node_index)` instead."
            )
        if not count:
            raise AttributeError(
                f'Layer "{self.name}" has never been called, so it has no {what}. Call it on a '
                "tensor first."
            )
        return unpack_singleton(getattr(self._inbound_nodes[0], attribute))

    def _common_shape(self, attribute: str, what: str) -> Any:
        shapes = [getattr(node, attribute) for node in self._inbound_nodes]
        if shapes and all(s == shapes[0] for s in shapes):
            return unpack_singleton(shapes[0])
        return self._only(attribute, what)

    def get_input_at(self, node_index: int) -> Any:
        """Return the input at a node."""
        return self._at(node_index, "input_tensors", "input")

    def get_output_at(self, node_index: int) -> Any:
        """Return the output at a node."""
        return self._at(node_index, "output_tensors", "output")

    def get_input_shape_at(self, node_index: int) -> Any:
        """Return the input's shape at a node."""
        return self._at(node_index, "input_shapes", "input shape")

    def get_output_shape_at(self, node_index: int) -> Any:
        """Return the output's shape at a node."""
        return self._at(node_index, "output_shapes", "output shape")

    def get_input_mask_at(self, node_index: int) -> Any:
        """Return the input's mask at a node."""
        return self._at(node_index, "input_masks", "input mask")

    def get_output_mask_at(self, node_index: int) -> Any:
        """Return the output's mask at a node."""
        return self._at(node_index, "output_masks", "output mask")

    @property
    def input(self) -> Any:
        """The input, if the layer has been called once."""
        return self._only("input_tensors", "input")

    @property
    def output(self) -> Any:
        """The output, if the layer has been called once."""
        return self._only("output_tensors", "output")

    @property
    def input_mask(self) -> Any:
        """The input's mask, if the layer has been called once."""
        return self._only("input_masks", "input mask")

    @property
    def output_mask(self) -> Any:
        """The output's mask, if the layer has been called once."""
        return self._only("output_masks", "output mask")

    @property
    def input_shape(self) -> Any:
        """The input's shape, if it is the same in all calls."""
        return self._common_shape("input_shapes", "input shape")

    @property
    def output_shape(self) -> Any:
        """The output's shape, if it is the same in all calls."""
        return self._common_shape("output_shapes", "output shape")
