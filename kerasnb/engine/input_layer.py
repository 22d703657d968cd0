"""The layer that stands at the entry of a model."""

from __future__ import annotations

from typing import Any

from .. import backend as K
from .base_layer import Layer, Node


class InputLayer(Layer):
    """Entry of a model: a placeholder, or a tensor that exists already.

    Args:
        input_shape: shape without samples.
        batch_size: number of samples, if it is fixed.
        batch_input_shape: shape with samples, in place of the two.
        dtype: type.
        input_tensor: tensor to wrap, in place of a new placeholder.
        sparse: accepted; sparse matrices become dense when they are fed.
        name: name.
    """

    def __init__(
        self,
        input_shape: Any = None,
        batch_size: int | None = None,
        batch_input_shape: Any = None,
        dtype: str | None = None,
        input_tensor: Any = None,
        sparse: bool = False,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name or f"input_{K.get_uid('input')}", dtype=dtype)
        self.trainable = False
        self.built = True
        self.sparse = sparse
        if input_shape is not None and batch_input_shape is not None:
            raise ValueError("Input: give either input_shape or batch_input_shape, not both.")
        if input_tensor is not None:
            batch_input_shape = K.int_shape(input_tensor)
            self.dtype = dtype or K.dtype(input_tensor)
        elif batch_input_shape is None:
            if input_shape is None:
                raise ValueError("Input: needs input_shape, batch_input_shape or input_tensor.")
            batch_input_shape = (batch_size, *input_shape)
        self.batch_input_shape = tuple(batch_input_shape)
        self.is_placeholder = input_tensor is None
        if input_tensor is None:
            input_tensor = K.placeholder(
                shape=self.batch_input_shape, dtype=self.dtype, sparse=sparse, name=self.name
            )
        input_tensor._keras_shape = self.batch_input_shape
        input_tensor._keras_mask = None
        input_tensor._keras_history = (self, 0, 0)
        Node(
            self,
            inbound_layers=[],
            node_indices=[],
            tensor_indices=[],
            input_tensors=[input_tensor],
            output_tensors=[input_tensor],
            input_masks=[None],
            output_masks=[None],
            input_shapes=[self.batch_input_shape],
            output_shapes=[self.batch_input_shape],
        )

    def get_config(self) -> dict[str, Any]:
        """Return what makes an equal layer."""
        return {
            "batch_input_shape": self.batch_input_shape,
            "dtype": self.dtype,
            "sparse": self.sparse,
            "name": self.name,
        }


def Input(
    shape: Any = None,
    batch_shape: Any = None,
    name: str | None = None,
    dtype: str | None = None,
    sparse: bool = False,
    tensor: Any = None,
) -> Any:
    """Return the tensor that a model begins with.

    Args:
        shape: shape of a sample: `(784,)` for vectors of 784 numbers.
        batch_shape: shape with the number of samples, in its place.
        name: name.
        dtype: type, `floatx()` by default.
        sparse: accepted; sparse matrices become dense when they are fed.
        tensor: tensor to use, in place of a new placeholder.

    Example:
        >>> from kerasnb.layers import Dense, Input
        >>> from kerasnb.models import Model
        >>> x = Input(shape=(32,))
        >>> Model(x, Dense(16)(x)).output_shape
        (None, 16)
    """
    if shape is None and batch_shape is None and tensor is None:
        raise ValueError(
            "Input: needs `shape`, without the number of samples: Input(shape=(784,)), say."
        )
    if isinstance(shape, int):
        raise ValueError(f"Input: got shape={shape}; needs a tuple, ({shape},) perhaps.")
    if shape is not None and batch_shape is None:
        batch_shape = (None, *shape)
    layer = InputLayer(
        batch_input_shape=batch_shape, name=name, dtype=dtype, sparse=sparse, input_tensor=tensor
    )
    return layer._inbound_nodes[0].output_tensors[0]
