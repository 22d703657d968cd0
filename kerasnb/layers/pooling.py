"""Pooling: one number for each window, or one for each channel."""

from __future__ import annotations

from typing import Any

from .. import backend as K
from ..utils.conv_utils import normalize_padding, normalize_tuple
from .configured import given
from .spatial import Spatial


class _Pooling(Spatial):
    """Base of poolings over windows."""

    pool_mode = ""
    pool_size: Any
    strides: Any
    padding: Any

    def __init__(self, settings: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(settings, **kwargs)
        strides = self.pool_size if self.strides is None else self.strides
        self.pool_size = normalize_tuple(self.pool_size, self.rank, "pool_size")
        self.strides = normalize_tuple(strides, self.rank, "strides")
        self.padding = normalize_padding(self.padding)
        if min(self.pool_size + self.strides) < 1:
            raise self._needs(
                "pool_size and strides of at least 1", f"{self.pool_size} and {self.strides}"
            )

    def call(self, inputs: Any) -> Any:
        """Pool every channel."""
        self.compute_output_shape(K.int_shape(inputs))
        settings = {
            "padding": self.padding,
            "data_format": self.data_format,
            "pool_mode": self.pool_mode,
        }
        if self.rank == 3:
            return K.pool3d(inputs, self.pool_size, self.strides, **settings)
        if self.rank == 2:
            return K.pool2d(inputs, self.pool_size, self.strides, **settings)
        flat = self._axes[0] + 1  # a sequence is an image one pixel wide
        output = K.pool2d(
            K.expand_dims(inputs, flat), (*self.pool_size, 1), (*self.strides, 1), **settings
        )
        return K.squeeze(output, flat)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape with one place for each window."""
        places = self._places(input_shape, self.pool_size, (1,) * self.rank)
        return self._with_sizes(input_shape, places)


class MaxPooling1D(_Pooling):
    """Keep the largest value of each window of time steps.

    Args:
        pool_size: steps of a window.
        strides: steps from window to window; `pool_size` by default.
        padding: "valid" (whole windows only) or "same" (windows may stick out).
        data_format: "channels_last" or "channels_first".

    Input: (samples, steps, features). Output: (samples, new_steps, features).
    """

    rank = 1
    pool_mode = "max"

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: str = "valid",
        data_format: Any = "channels_last",
        **kwargs: Any,
    ) -> None:
        super().__init__(given(locals()), **kwargs)


class AveragePooling1D(_Pooling):
    """Average each window of time steps.

    Args:
        pool_size: steps of a window.
        strides: steps from window to window; `pool_size` by default.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first".

    Input: (samples, steps, features). Output: (samples, new_steps, features).
    """

    rank = 1
    pool_mode = "avg"

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: str = "valid",
        data_format: Any = "channels_last",
        **kwargs: Any,
    ) -> None:
        super().__init__(given(locals()), **kwargs)


class MaxPooling2D(_Pooling):
    """Keep the largest value of each window of an image.

    Args:
        pool_size: (rows, cols) of a window, or one integer for both.
        strides: steps from window to window; `pool_size` by default.
        padding: "valid" (whole windows only) or "same" (windows may stick out).
        data_format: "channels_last" or "channels_first"; `K.image_data_format()` by default.

    Input: (samples, rows, cols, channels). Output: (samples, new_rows, new_cols, channels).

    Example:
        >>> MaxPooling2D().compute_output_shape((None, 28, 28, 32))
        (None, 14, 14, 32)
    """

    rank = 2
    pool_mode = "max"

    def __init__(
        self,
        pool_size: Any = (2, 2),
        strides: Any = None,
        padding: str = "valid",
        data_format: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(given(locals()), **kwargs)


class AveragePooling2D(_Pooling):
    """Average each window of an image.

    Args:
        pool_size: (rows, cols) of a window, or one integer for both.
        strides: steps from window to window; `pool_size` by default.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first"; `K.image_data_format()` by default.

    Input: (samples, rows, cols, channels). Output: (samples, new_rows, new_cols, channels).
    """

    rank = 2
    pool_mode = "avg"

    def __init__(
        self,
        pool_size: Any = (2, 2),
        strides: Any = None,
        padding: str = "valid",
        data_format: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(given(locals()), **kwargs)


class MaxPooling3D(_Pooling):
    """Keep the largest value of each window of a volume.

    Args:
        pool_size: sizes of a window, or one integer for all three.
        strides: steps from window to window; `pool_size` by default.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first"; `K.image_data_format()` by default.

    Input: (samples, dim1, dim2, dim3, channels). Output: the same with fewer places.
    """

    rank = 3
    pool_mode = "max"

    def __init__(
        self,
        pool_size: Any = (2, 2, 2),
        strides: Any = None,
        padding: str = "valid",
        data_format: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(given(locals()), **kwargs)


class AveragePooling3D(_Pooling):
    """Average each window of a volume.

    Args:
        pool_size: sizes of a window, or one integer for all three.
        strides: steps from window to window; `pool_size` by default.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first"; `K.image_data_format()` by default.

    Input: (samples, dim1, dim2, dim3, channels). Output: the same with fewer places.
    """

    rank = 3
    pool_mode = "avg"

    def __init__(
        self,
        pool_size: Any = (2, 2, 2),
        strides: Any = None,
        padding: str = "valid",
        data_format: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(given(locals()), **kwargs)


class _GlobalPooling(Spatial):
    """Base of poolings over all places."""

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return (samples, channels)."""
        return (input_shape[0], input_shape[self._channel_axis])


class _GlobalAverage(_GlobalPooling):
    def call(self, inputs: Any) -> Any:
        """Average over all places."""
        return K.mean(inputs, axis=list(self._axes))


class _GlobalMax(_GlobalPooling):
    def call(self, inputs: Any) -> Any:
        """Return the largest value over all places."""
        return K.max(inputs, axis=list(self._axes))


class GlobalAveragePooling1D(_GlobalPooling):
    """Average over all time steps (those that a mask keeps).

    Args:
        data_format: "channels_last" or "channels_first".

    Input: (samples, steps, features). Output: (samples, features).
    """

    rank = 1

    def __init__(self, data_format: Any = "channels_last", **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Average over the steps."""
        (steps,) = self._axes
        if mask is None:
            return K.mean(inputs, axis=steps)
        kept = K.expand_dims(K.cast(mask, K.dtype(inputs)), self._channel_axis)
        return K.sum(inputs * kept, axis=steps) / K.sum(kept, axis=steps)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return None: no steps are left."""
        return None


class GlobalMaxPooling1D(_GlobalMax):
    """Keep the largest value over all time steps.

    Args:
        data_format: "channels_last" or "channels_first".

    Input: (samples, steps, features). Output: (samples, features).
    """

    rank = 1

    def __init__(self, data_format: Any = "channels_last", **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)


class GlobalAveragePooling2D(_GlobalAverage):
    """Average each channel over the whole image.

    Args:
        data_format: "channels_last" or "channels_first"; `K.image_data_format()` by default.

    Input: (samples, rows, cols, channels). Output: (samples, channels).
    """

    rank = 2

    def __init__(self, data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)


class GlobalMaxPooling2D(_GlobalMax):
    """Keep the largest value of each channel over the whole image.

    Args:
        data_format: "channels_last" or "channels_first"; `K.image_data_format()` by default.

    Input: (samples, rows, cols, channels). Output: (samples, channels).
    """

    rank = 2

    def __init__(self, data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)


class GlobalAveragePooling3D(_GlobalAverage):
    """Average each channel over the whole volume.

    Args:
        data_format: "channels_last" or "channels_first"; `K.image_data_format()` by default.

    Input: (samples, dim1, dim2, dim3, channels). Output: (samples, channels).
    """

    rank = 3

    def __init__(self, data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)


class GlobalMaxPooling3D(_GlobalMax):
    """Keep the largest value of each channel over the whole volume.

    Args:
        data_format: "channels_last" or "channels_first"; `K.image_data_format()` by default.

    Input: (samples, dim1, dim2, dim3, channels). Output: (samples, channels).
    """

    rank = 3

    def __init__(self, data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)


AvgPool1D, AvgPool2D, AvgPool3D = AveragePooling1D, AveragePooling2D, AveragePooling3D
MaxPool1D, MaxPool2D, MaxPool3D = MaxPooling1D, MaxPooling2D, MaxPooling3D
GlobalAvgPool1D, GlobalMaxPool1D = GlobalAveragePooling1D, GlobalMaxPooling1D
GlobalAvgPool2D, GlobalMaxPool2D = GlobalAveragePooling2D, GlobalMaxPooling2D
GlobalAvgPool3D, GlobalMaxPool3D = GlobalAveragePooling3D, GlobalMaxPooling3D
