"""Convolutions whose windows share no weights."""

from __future__ import annotations

import math
from typing import Any

from .. import backend as K
from ..engine.base_layer import InputSpec
from .configured import given
from .conv_base import Convolution


class _Local(Convolution):
    """Base of convolutions with a kernel for each place."""

    paddings = ("valid",)

    def build(self, input_shape: Any) -> None:
        """Add a kernel and a bias for each place."""
        if None in input_shape[1:]:
            raise self._needs(
                "known sizes and channels, for each place has weights of its own",
                f"input shape {tuple(input_shape)}",
            )
        channels = input_shape[self._channel_axis]
        self.places = self._sizes(self.compute_output_shape(input_shape))
        features = math.prod(self.kernel_size) * channels
        self.kernel_shape = (math.prod(self.places), features, self.filters)
        self.kernel = self._add("kernel", self.kernel_shape)
        self.bias = self._add("bias", (*self.places, self.filters)) if self.use_bias else None
        axes = dict(enumerate(input_shape[1:], start=1))
        self.input_spec = InputSpec(ndim=self.rank + 2, axes=axes)
        self.built = True

    def _convolve(self, inputs: Any) -> Any:
        settings = (inputs, self.kernel, self.kernel_size, self.strides)
        if self.rank == 1:
            return K.local_conv1d(*settings, data_format=self.data_format)
        return K.local_conv2d(*settings, self.places, data_format=self.data_format)


class LocallyConnected1D(_Local):
    """`Conv1D` without shared weights: each window of steps has a kernel of its own.

    Args:
        filters: number of outputs at each place.
        kernel_size: steps of a window.
        strides: steps from window to window.
        padding: "valid" only.
        data_format: "channels_last" or "channels_first"; `K.image_data_format()` by default.
        activation: activation function; None for none.
        use_bias: whether a bias is added.
        kernel_initializer: first value of the kernels, of shape (places, kernel_size * channels,
            filters).
        bias_initializer: first value of the bias, of shape (places, filters).
        kernel_regularizer: penalty on the kernels.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: what holds for the kernels after each step.
        bias_constraint: what holds for the bias after each step.

    Input: (samples, steps, channels), steps known. Output: (samples, new_steps, filters).

    Example:
        >>> LocallyConnected1D(64, 3).compute_output_shape((None, 10, 32))
        (None, 8, 64)
    """

    rank = 1

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: Any = None,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(given(locals()), **kwargs)


class LocallyConnected2D(_Local):
    """`Conv2D` without shared weights: each window of pixels has a kernel of its own.

    Args:
        filters: number of outputs at each place.
        kernel_size: (rows, cols) of a window, or one integer for both.
        strides: steps from window to window.
        padding: "valid" only.
        data_format: "channels_last" or "channels_first"; `K.image_data_format()` by default.
        activation: activation function; None for none.
        use_bias: whether a bias is added.
        kernel_initializer: first value of the kernels, of shape (places, rows * cols * channels,
            filters).
        bias_initializer: first value of the bias, of shape (new_rows, new_cols, filters).
        kernel_regularizer: penalty on the kernels.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: what holds for the kernels after each step.
        bias_constraint: what holds for the bias after each step.

    Input: (samples, rows, cols, channels), all sizes known. Output: (samples, new_rows, new_cols,
    filters).

    Example:
        >>> LocallyConnected2D(16, 3).compute_output_shape((None, 8, 8, 3))
        (None, 6, 6, 16)
    """

    rank = 2

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: Any = None,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(given(locals()), **kwargs)
