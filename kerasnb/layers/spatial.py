"""What layers over sequences, images and volumes share: where the channels stand."""

from __future__ import annotations

from typing import Any

from .. import backend as K
from ..engine.base_layer import InputSpec
from ..utils.conv_utils import conv_output_length
from .configured import Configured


class Spatial(Configured):
    """Base of layers whose input is (samples, *sizes, channels), or channels first.

    Attributes:
        rank: number of spatial axes.
        data_format: "channels_last" or "channels_first".
    """

    rank = 0
    data_format: Any = "channels_last"  # of layers that do not take it as an argument

    def __init__(self, settings: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(settings, **kwargs)
        self.data_format = K.normalize_data_format(self.data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def _channel_axis(self) -> int:
        return 1 if self.data_format == "channels_first" else self.rank + 1

    @property
    def _axes(self) -> tuple[int, ...]:
        """The spatial axes."""
        first = 2 if self.data_format == "channels_first" else 1
        return tuple(range(first, first + self.rank))

    def _sizes(self, shape: Any) -> tuple[Any, ...]:
        """Return the spatial sizes of a shape."""
        return tuple(shape[axis] for axis in self._axes)

    def _places(self, shape: Any, window: Any, dilation: Any) -> list[int | None]:
        """Return how many places a window takes along each spatial axis of an input's shape."""
        windows = zip(self._sizes(shape), window, self.strides, dilation, strict=True)
        places = [conv_output_length(n, k, self.padding, s, d) for n, k, s, d in windows]
        if any(n is not None and n < 1 for n in places):
            spans = tuple((k - 1) * d + 1 for k, d in zip(window, dilation, strict=True))
            raise self._needs(
                f"an input at least as large as its window, {spans}, or other padding",
                f"input shape {tuple(shape)}",
            )
        return places

    def _with_sizes(self, shape: Any, sizes: Any, channels: Any = None) -> tuple[Any, ...]:
        """Return a shape with other spatial sizes, and other channels if given."""
        result = list(shape)
        for axis, size in zip(self._axes, sizes, strict=True):
            result[axis] = size
        if channels is not None:
            result[self._channel_axis] = channels
        return tuple(result)
