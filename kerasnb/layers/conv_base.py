"""What convolutions share: windows, weights, and where the output's shape comes from."""

from __future__ import annotations

from typing import Any

from .. import backend as K
from ..engine.base_layer import InputSpec
from ..utils.conv_utils import (
    deconv_length,
    normalize_padding,
    normalize_tuple,
)
from .spatial import Spatial


class Convolution(Spatial):
    """Base of convolutions: a window moves over the input and weighs what it sees.

    Attributes:
        paddings: what `padding` may be.
    """

    paddings: tuple[str, ...] = ("valid", "same")
    padding: Any
    bias: Any
    dilation_rate: Any = 1  # of layers that do not take it as an argument

    def __init__(self, settings: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(settings, **kwargs)
        for name in ("kernel_size", "strides", "dilation_rate"):
            sizes = normalize_tuple(getattr(self, name), self.rank, name)
            if min(sizes) < 1:
                raise self._needs(f"{name} of at least 1", sizes)
            setattr(self, name, sizes)
        self.padding = normalize_padding(self.padding)
        if self.padding not in self.paddings:
            allowed = " or ".join(map(repr, self.paddings))
            raise self._needs(f"padding to be {allowed}", repr(self.padding))
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise self._needs(
                "strides or dilation_rate to be 1", f"{self.strides} and {self.dilation_rate}"
            )
        if "filters" in settings:
            self._whole("filters")

    def _known_channels(self, input_shape: Any) -> int:
        """Return the number of channels, which from now on every input must have."""
        channels = input_shape[self._channel_axis]
        if channels is None:
            raise self._needs(
                f"a known number of channels (axis {self._channel_axis})",
                f"input shape {tuple(input_shape)}",
            )
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self._channel_axis: channels})
        return channels

    def build(self, input_shape: Any) -> None:
        """Add kernel and bias."""
        channels = self._known_channels(input_shape)
        self.kernel = self._add("kernel", (*self.kernel_size, channels, self.filters))
        self._finish_build(self.filters)

    def _finish_build(self, filters: int) -> None:
        self.bias = self._add("bias", (filters,)) if self.use_bias else None
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return `activation(convolution(inputs) + bias)`."""
        output = self._convolve(inputs)
        if self.use_bias:
            output = K.bias_add(output, self.bias, data_format=self.data_format)
        return self.activation(output)

    def _convolve(self, inputs: Any) -> Any:
        work = (K.conv1d, K.conv2d, K.conv3d)[self.rank - 1]
        return work(
            inputs,
            self.kernel,
            strides=self.strides,
            padding=self.padding,
            data_format=self.data_format,
            dilation_rate=self.dilation_rate,
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape with one place for each window and one channel for each filter."""
        return self._places_and_channels(input_shape, self.filters)

    def _places_and_channels(self, input_shape: Any, channels: Any) -> tuple[Any, ...]:
        places = self._places(input_shape, self.kernel_size, self.dilation_rate)
        return self._with_sizes(input_shape, places, channels)


class Transposed(Convolution):
    """Base of transposed convolutions: what is the input there is the output here."""

    output_padding: Any

    def __init__(self, settings: dict[str, Any], **kwargs: Any) -> None:
        # Not super(): behind this class comes Conv2D or Conv3D, with arguments of its own.
        Convolution.__init__(self, settings, **kwargs)
        if self.output_padding is None:
            return
        self.output_padding = normalize_tuple(self.output_padding, self.rank, "output_padding")
        if any(s <= extra for s, extra in zip(self.strides, self.output_padding, strict=True)):
            raise self._needs(
                f"strides greater than output_padding={self.output_padding}", self.strides
            )

    def build(self, input_shape: Any) -> None:
        """Add kernel and bias."""
        channels = self._known_channels(input_shape)
        self.kernel = self._add("kernel", (*self.kernel_size, self.filters, channels))
        self._finish_build(self.filters)

    def _lengths(self, sizes: Any) -> list[Any]:
        """Return the output's sizes from the input's: numbers, tensors, or None."""
        extras = self.output_padding or (None,) * self.rank
        windows = (self.strides, self.kernel_size, extras, self.dilation_rate)
        return [
            deconv_length(n, s, k, self.padding, extra, d)
            for n, s, k, extra, d in zip(sizes, *windows, strict=True)
        ]

    def _convolve(self, inputs: Any) -> Any:
        shape, known = K.shape(inputs), K.int_shape(inputs)
        self.compute_output_shape(known)
        sizes = [shape[a] if known[a] is None else known[a] for a in self._axes]
        output_shape = self._with_sizes((shape[0], *known[1:]), self._lengths(sizes), self.filters)
        settings: dict[str, Any] = {
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
        }
        if self.rank == 3:
            return K.conv3d_transpose(inputs, self.kernel, output_shape, **settings)
        settings["dilation_rate"] = self.dilation_rate
        return K.conv2d_transpose(inputs, self.kernel, output_shape, **settings)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape that a convolution would turn into the input's."""
        sizes = self._sizes(input_shape)
        shape = self._with_sizes(input_shape, self._lengths(sizes), self.filters)
        if self.output_padding is not None:
            back = self._places(shape, self.kernel_size, self.dilation_rate)
            if tuple(back) != sizes:
                raise self._needs(
                    f"output_padding with which a convolution leads back from {shape} to its input",
                    f"output_padding={self.output_padding} for input shape {tuple(input_shape)}",
                )
        return shape
