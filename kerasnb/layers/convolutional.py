"""Convolutions over sequences, images and volumes."""

from __future__ import annotations

import warnings
from typing import Any

from .. import backend as K
from .configured import given
from .conv_base import Convolution, Transposed
from .pooling import AveragePooling1D as AveragePooling1D
from .pooling import AveragePooling2D as AveragePooling2D
from .pooling import AveragePooling3D as AveragePooling3D
from .pooling import MaxPooling1D as MaxPooling1D
from .pooling import MaxPooling2D as MaxPooling2D
from .pooling import MaxPooling3D as MaxPooling3D
from .resizing import Cropping1D as Cropping1D
from .resizing import Cropping2D as Cropping2D
from .resizing import Cropping3D as Cropping3D
from .resizing import UpSampling1D as UpSampling1D
from .resizing import UpSampling2D as UpSampling2D
from .resizing import UpSampling3D as UpSampling3D
from .resizing import ZeroPadding1D as ZeroPadding1D
from .resizing import ZeroPadding2D as ZeroPadding2D
from .resizing import ZeroPadding3D as ZeroPadding3D
from .separable import SeparableConv1D as SeparableConv1D
from .separable import SeparableConv2D as SeparableConv2D


class Conv1D(Convolution):
    """Convolution over time: each output is a weighted sum over a window of steps.

    Args:
        filters: number of outputs at each place.
        kernel_size: steps of a window.
        strides: steps from window to window.
        padding: "valid" (whole windows only), "same" (zeros around, as many outputs as strides
            fit in), or "causal" (zeros before: output t sees no input after t).
        data_format: "channels_last" or "channels_first".
        dilation_rate: distance of the steps that a window sees; 1 unless strides are 1.
        activation: activation function; None for none.
        use_bias: whether a bias is added.
        kernel_initializer: first value of the kernel, of shape (kernel_size, channels, filters).
        bias_initializer: first value of the bias, of shape (filters,).
        kernel_regularizer: penalty on the kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: what holds for the kernel after each step.
        bias_constraint: what holds for the bias after each step.

    Input: (samples, steps, channels). Output: (samples, new_steps, filters).

    See: "causal": van den Oord et al., https://arxiv.org/abs/1609.03499

    Example:
        >>> Conv1D(16, 3).compute_output_shape((None, 10, 4))
        (None, 8, 16)
    """

    rank = 1
    paddings = ("valid", "same", "causal")

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: Any = "channels_last",
        dilation_rate: Any = 1,
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
        if self.padding == "causal" and self.data_format != "channels_last":
            raise self._needs('data_format="channels_last" for causal padding', self.data_format)


class Conv2D(Convolution):
    """Convolution over images: each output is a weighted sum over a window of pixels.

    Args:
        filters: number of outputs at each place.
        kernel_size: (rows, cols) of a window, or one integer for both.
        strides: steps from window to window.
        padding: "valid" (whole windows only) or "same" (zeros around, as many outputs as strides
            fit in).
        data_format: "channels_last" or "channels_first"; `K.image_data_format()` by default.
        dilation_rate: distance of the pixels that a window sees; 1 unless strides are 1.
        activation: activation function; None for none.
        use_bias: whether a bias is added.
        kernel_initializer: first value of the kernel, of shape (rows, cols, channels, filters).
        bias_initializer: first value of the bias, of shape (filters,).
        kernel_regularizer: penalty on the kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: what holds for the kernel after each step.
        bias_constraint: what holds for the bias after each step.

    Input: (samples, rows, cols, channels). Output: (samples, new_rows, new_cols, filters).

    Example:
        >>> Conv2D(64, (3, 3)).compute_output_shape((None, 28, 28, 1))
        (None, 26, 26, 64)
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


class Conv3D(Convolution):
    """Convolution over volumes: each output is a weighted sum over a window of places.

    Args:
        filters: number of outputs at each place.
        kernel_size: three sizes of a window, or one integer for all.
        strides: steps from window to window.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first"; `K.image_data_format()` by default.
        dilation_rate: distance of the places that a window sees; 1 unless strides are 1.
        activation: activation function; None for none.
        use_bias: whether a bias is added.
        kernel_initializer: first value of the kernel, of shape (*kernel_size, channels, filters).
        bias_initializer: first value of the bias, of shape (filters,).
        kernel_regularizer: penalty on the kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: what holds for the kernel after each step.
        bias_constraint: what holds for the bias after each step.

    Input: (samples, dim1, dim2, dim3, channels). Output: the same with new sizes and `filters`.
    """

    rank = 3

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1, 1),
        padding: str = "valid",
        data_format: Any = None,
        dilation_rate: Any = (1, 1, 1),
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


class Conv2DTranspose(Transposed, Conv2D):
    """Transposed convolution over images: the way back through the shapes of a `Conv2D`.

    Each pixel of the input puts a weighted window into the output; where windows overlap they add
    up. It is the gradient of a convolution by its input.

    Args:
        filters: number of outputs at each place.
        kernel_size: (rows, cols) of a window, or one integer for both.
        strides: steps from window to window, in the output.
        padding: "valid" or "same".
        output_padding: how much the output's sizes exceed the smallest that fit; below strides.
            None lets strides and padding decide.
        data_format: "channels_last" or "channels_first"; `K.image_data_format()` by default.
        dilation_rate: distance of a window's pixels; 1 unless strides are 1.
        activation: activation function; None for none.
        use_bias: whether a bias is added.
        kernel_initializer: first value of the kernel, of shape (rows, cols, filters, channels).
        bias_initializer: first value of the bias, of shape (filters,).
        kernel_regularizer: penalty on the kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: what holds for the kernel after each step.
        bias_constraint: what holds for the bias after each step.

    Input: (samples, rows, cols, channels). Output: (samples, new_rows, new_cols, filters).

    See: Dumoulin & Visin, https://arxiv.org/abs/1603.07285

    Example:
        >>> Conv2DTranspose(8, 3, strides=2, padding="same").compute_output_shape((None, 7, 7, 16))
        (None, 14, 14, 8)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        output_padding: Any = None,
        data_format: Any = None,
        dilation_rate: Any = (1, 1),
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
        Transposed.__init__(self, given(locals()), **kwargs)


class Conv3DTranspose(Transposed, Conv3D):
    """Transposed convolution over volumes: the way back through the shapes of a `Conv3D`.

    Args:
        filters: number of outputs at each place.
        kernel_size: three sizes of a window, or one integer for all.
        strides: steps from window to window, in the output.
        padding: "valid" or "same".
        output_padding: how much the output's sizes exceed the smallest that fit; below strides.
        data_format: "channels_last" or "channels_first"; `K.image_data_format()` by default.
        activation: activation function; None for none.
        use_bias: whether a bias is added.
        kernel_initializer: first value of the kernel, of shape (*kernel_size, filters, channels).
        bias_initializer: first value of the bias, of shape (filters,).
        kernel_regularizer: penalty on the kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: what holds for the kernel after each step.
        bias_constraint: what holds for the bias after each step.

    Input: (samples, dim1, dim2, dim3, channels). Output: the same with new sizes and `filters`.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1, 1),
        padding: str = "valid",
        output_padding: Any = None,
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
        Transposed.__init__(self, given(locals()), **kwargs)


class DepthwiseConv2D(Conv2D):
    """Convolution of each channel by itself: the first half of a `SeparableConv2D`.

    Args:
        kernel_size: (rows, cols) of a window, or one integer for both.
        strides: steps from window to window.
        padding: "valid" or "same".
        depth_multiplier: number of outputs for each input channel.
        data_format: "channels_last" or "channels_first"; `K.image_data_format()` by default.
        dilation_rate: distance of the pixels that a window sees; 1 unless strides are 1.
        activation: activation function; None for none.
        use_bias: whether a bias is added.
        depthwise_initializer: first value of the kernel, of shape (rows, cols, channels,
            depth_multiplier).
        bias_initializer: first value of the bias, of shape (channels * depth_multiplier,).
        depthwise_regularizer: penalty on the kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        depthwise_constraint: what holds for the kernel after each step.
        bias_constraint: what holds for the bias after each step.

    Input: (samples, rows, cols, channels). Output: (samples, new_rows, new_cols, channels *
    depth_multiplier).
    """

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: Any = None,
        dilation_rate: Any = (1, 1),
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        # Not super(): a Conv2D has `filters`, which follow from the input here.
        Convolution.__init__(self, given(locals()), **kwargs)
        self._whole("depth_multiplier")

    def build(self, input_shape: Any) -> None:
        """Add kernel and bias."""
        channels = self._known_channels(input_shape)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.depthwise_kernel = self._add("depthwise_kernel", shape, setting="depthwise")
        self._finish_build(channels * self.depth_multiplier)

    def _convolve(self, inputs: Any) -> Any:
        return K.depthwise_conv2d(
            inputs,
            self.depthwise_kernel,
            strides=self.strides,
            padding=self.padding,
            data_format=self.data_format,
            dilation_rate=self.dilation_rate,
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape with one place for each window."""
        channels = input_shape[self._channel_axis]
        outputs = None if channels is None else channels * self.depth_multiplier
        return self._places_and_channels(input_shape, outputs)


def AtrousConvolution1D(*args: Any, **kwargs: Any) -> Conv1D:
    """Return a `Conv1D` with `dilation_rate=atrous_rate`."""
    return Conv1D(*args, **_dilated("Conv1D", kwargs))


def AtrousConvolution2D(*args: Any, **kwargs: Any) -> Conv2D:
    """Return a `Conv2D` with `dilation_rate=atrous_rate`."""
    return Conv2D(*args, **_dilated("Conv2D", kwargs))


def _dilated(layer: str, kwargs: dict[str, Any]) -> dict[str, Any]:
    rate = kwargs.pop("atrous_rate", 1)
    warnings.warn(
        f"Atrous{layer.replace('Conv', 'Convolution')} is a layer of Keras 1; use "
        f"{layer}(..., dilation_rate={rate}).",
        stacklevel=3,
    )
    return {**kwargs, "dilation_rate": rate}


Convolution1D, Convolution2D, Convolution3D = Conv1D, Conv2D, Conv3D
SeparableConvolution1D, SeparableConvolution2D = SeparableConv1D, SeparableConv2D
Convolution2DTranspose = Deconvolution2D = Deconv2D = Conv2DTranspose
Deconvolution3D = Deconv3D = Conv3DTranspose
AtrousConv1D, AtrousConv2D = AtrousConvolution1D, AtrousConvolution2D
