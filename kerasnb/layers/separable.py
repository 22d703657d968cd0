"""Convolutions in two halves: each channel by itself, then the channels with one another."""

from __future__ import annotations

from typing import Any

from .. import backend as K
from .configured import given
from .conv_base import Convolution


class _Separable(Convolution):
    """Base of separable convolutions."""

    def __init__(self, settings: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(settings, **kwargs)
        self._whole("depth_multiplier")

    def build(self, input_shape: Any) -> None:
        """Add both kernels and the bias."""
        channels = self._known_channels(input_shape)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.depthwise_kernel = self._add("depthwise_kernel", shape, setting="depthwise")
        shape = ((1,) * self.rank) + (channels * self.depth_multiplier, self.filters)
        self.pointwise_kernel = self._add("pointwise_kernel", shape, setting="pointwise")
        self._finish_build(self.filters)

    def _convolve(self, inputs: Any) -> Any:
        work = K.separable_conv1d if self.rank == 1 else K.separable_conv2d
        return work(
            inputs,
            self.depthwise_kernel,
            self.pointwise_kernel,
            strides=self.strides,
            padding=self.padding,
            data_format=self.data_format,
            dilation_rate=self.dilation_rate,
        )


class SeparableConv1D(_Separable):
    """Convolution over time in two halves, with fewer weights than a `Conv1D`.

    First every channel is convolved by itself; then, at each place, the channels are mixed.

    Args:
        filters: number of outputs at each place.
        kernel_size: steps of a window.
        strides: steps from window to window.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first".
        dilation_rate: distance of the places that a window sees; 1 unless strides are 1.
        depth_multiplier: number of outputs of the first half for each input channel.
        activation: activation function; None for none.
        use_bias: whether a bias is added.
        depthwise_initializer: first value of the first kernel, of shape (kernel_size,
            channels, depth_multiplier).
        pointwise_initializer: first value of the second kernel, of shape (1, channels *
            depth_multiplier, filters).
        bias_initializer: first value of the bias, of shape (filters,).
        depthwise_regularizer: penalty on the first kernel.
        pointwise_regularizer: penalty on the second kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        depthwise_constraint: what holds for the first kernel after each step.
        pointwise_constraint: what holds for the second kernel after each step.
        bias_constraint: what holds for the bias after each step.

    Input: (samples, steps, channels). Output: (samples, new_steps, filters).

    See: Chollet, https://arxiv.org/abs/1610.02357
    """

    rank = 1

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: Any = "channels_last",
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(given(locals()), **kwargs)


class SeparableConv2D(_Separable):
    """Convolution over images in two halves, with fewer weights than a `Conv2D`.

    First every channel is convolved by itself; then, at each place, the channels are mixed.

    Args:
        filters: number of outputs at each place.
        kernel_size: (rows, cols) of a window, or one integer for both.
        strides: steps from window to window.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first"; `K.image_data_format()` by default.
        dilation_rate: distance of the places that a window sees; 1 unless strides are 1.
        depth_multiplier: number of outputs of the first half for each input channel.
        activation: activation function; None for none.
        use_bias: whether a bias is added.
        depthwise_initializer: first value of the first kernel, of shape (rows, cols,
            channels, depth_multiplier).
        pointwise_initializer: first value of the second kernel, of shape (1, 1, channels *
            depth_multiplier, filters).
        bias_initializer: first value of the bias, of shape (filters,).
        depthwise_regularizer: penalty on the first kernel.
        pointwise_regularizer: penalty on the second kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        depthwise_constraint: what holds for the first kernel after each step.
        pointwise_constraint: what holds for the second kernel after each step.
        bias_constraint: what holds for the bias after each step.

    Input: (samples, rows, cols, channels). Output: (samples, new_rows, new_cols, filters).

    See: Chollet, https://arxiv.org/abs/1610.02357
    """

    rank = 2

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: Any = None,
        dilation_rate: Any = (1, 1),
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(given(locals()), **kwargs)
