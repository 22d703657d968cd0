"""Vectors for numbers that stand for words."""

from __future__ import annotations

from typing import Any

from .. import backend as K
from ..utils.generic_utils import to_list
from .configured import Configured, given


class Embedding(Configured):
    """Turn integers (of words, say) into vectors that are learned: rows of a table.

    Args:
        input_dim: number of rows: the largest integer plus one.
        output_dim: length of a vector.
        embeddings_initializer: first value of the table, of shape (input_dim, output_dim).
        embeddings_regularizer: penalty on the table.
        activity_regularizer: penalty on the output.
        embeddings_constraint: what holds for the table after each step.
        mask_zero: whether 0 marks steps to skip; words then count from 1.
        input_length: number of time steps, if it is always the same; a Flatten and Dense behind
            it need that.

    Input: integers (samples, timesteps). Output: (samples, timesteps, output_dim).

    Example:
        >>> Embedding(1000, 64, input_length=10).compute_output_shape((None, 10))
        (None, 10, 64)
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        activity_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        input_length: Any = None,
        **kwargs: Any,
    ) -> None:
        if "input_shape" not in kwargs and "batch_input_shape" not in kwargs:
            kwargs["input_shape"] = tuple(to_list(input_length, allow_tuple=True))
        super().__init__(given(locals()), **kwargs)
        self._whole("input_dim")
        self._whole("output_dim")
        self.supports_masking = mask_zero

    def build(self, input_shape: Any) -> None:
        """Add the table."""
        self.embeddings = self._add(
            "embeddings", (self.input_dim, self.output_dim), dtype=self.dtype
        )
        self.built = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return which steps are not 0, if 0 marks steps to skip."""
        return K.not_equal(inputs, 0) if self.mask_zero else None

    def call(self, inputs: Any) -> Any:
        """Return the rows."""
        self.compute_output_shape(K.int_shape(inputs))  # says so if the length is another
        if K.dtype(inputs) not in ("int32", "int64"):
            inputs = K.cast(inputs, "int32")
        return K.gather(self.embeddings, inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the input's shape with `output_dim` appended."""
        if self.input_length is None:
            return (*input_shape, self.output_dim)
        wanted = to_list(self.input_length, allow_tuple=True)
        got = tuple(input_shape[1:])
        if len(wanted) != len(got) or any(
            w is not None and g is not None and w != g for w, g in zip(wanted, got, strict=True)
        ):
            raise self._needs(
                f"(samples, {', '.join(map(str, wanted))}), for `input_length` is "
                f"{self.input_length}",
                f"input shape {tuple(input_shape)}",
            )
        sizes = [g if w is None else w for w, g in zip(wanted, got, strict=True)]
        return (input_shape[0], *sizes, self.output_dim)
