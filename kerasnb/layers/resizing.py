"""Cropping, padding and enlarging of sequences, images and volumes."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import backend as K
from ..utils.conv_utils import normalize_tuple
from .configured import given
from .spatial import Spatial


def _pairs(value: Any, rank: int, name: str) -> tuple[tuple[int, int], ...]:
    """Return (before, after) for each axis from an integer, one for each axis, or pairs."""
    items = (value,) * rank if isinstance(value, int | np.integer) else value
    if not hasattr(items, "__len__") or len(items) != rank:
        raise ValueError(
            f"`{name}` must be an integer or have {rank} elements, one for each axis; "
            f"got {value!r}."
        )
    pairs = tuple(normalize_tuple(v, 2, name) for v in items)
    if min(min(pair) for pair in pairs) < 0:
        raise ValueError(f"`{name}` must not be negative; got {value!r}.")
    return pairs  # type: ignore[return-value]


class _Cropping(Spatial):
    """Base of layers that cut off borders."""

    @property
    def _cuts(self) -> tuple[Any, ...]:
        return self.cropping

    def call(self, inputs: Any) -> Any:
        """Cut off the borders."""
        self.compute_output_shape(K.int_shape(inputs))
        key = [slice(None)] * (self.rank + 2)
        for axis, (before, after) in zip(self._axes, self._cuts, strict=True):
            key[axis] = slice(before, -after or None)
        return inputs[tuple(key)]

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape without the borders."""
        sizes = [
            None if n is None else n - before - after
            for n, (before, after) in zip(self._sizes(input_shape), self._cuts, strict=True)
        ]
        if any(n is not None and n < 1 for n in sizes):
            raise self._needs(f"more than the {self._cuts} to cut off", tuple(input_shape))
        return self._with_sizes(input_shape, sizes)


class Cropping1D(_Cropping):
    """Cut off time steps at both ends.

    Args:
        cropping: (steps at the start, at the end), or one integer for both.

    Input: (samples, steps, features). Output: (samples, fewer_steps, features).
    """

    rank = 1

    def __init__(self, cropping: Any = (1, 1), **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)
        self.cropping = normalize_tuple(cropping, 2, "cropping")

    @property
    def _cuts(self) -> tuple[Any, ...]:
        return (self.cropping,)


class Cropping2D(_Cropping):
    """Cut off the borders of images.

    Args:
        cropping: ((top, bottom), (left, right)), (top and bottom, left and right), or one
            integer for all.
        data_format: "channels_last" or "channels_first"; `K.image_data_format()` by default.

    Example:
        >>> Cropping2D(((2, 2), (4, 4))).compute_output_shape((None, 28, 28, 3))
        (None, 24, 20, 3)
    """

    rank = 2

    def __init__(self, cropping: Any = ((0, 0), (0, 0)), data_format: Any = None, **kwargs: Any):
        super().__init__(given(locals()), **kwargs)
        self.cropping = _pairs(cropping, 2, "cropping")


class Cropping3D(_Cropping):
    """Cut off the borders of volumes.

    Args:
        cropping: three pairs (before, after), three integers, or one for all.
        data_format: "channels_last" or "channels_first"; `K.image_data_format()` by default.
    """

    rank = 3

    def __init__(
        self,
        cropping: Any = ((1, 1), (1, 1), (1, 1)),
        data_format: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(given(locals()), **kwargs)
        self.cropping = _pairs(cropping, 3, "cropping")


class _ZeroPadding(Spatial):
    """Base of layers that add borders of zeros."""

    @property
    def _borders(self) -> tuple[Any, ...]:
        return self.padding

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape with the borders."""
        sizes = [
            None if n is None else n + before + after
            for n, (before, after) in zip(self._sizes(input_shape), self._borders, strict=True)
        ]
        return self._with_sizes(input_shape, sizes)


class ZeroPadding1D(_ZeroPadding):
    """Add steps of zeros at both ends.

    Args:
        padding: (steps at the start, at the end), or one integer for both.

    Input: (samples, steps, features). Output: (samples, more_steps, features).
    """

    rank = 1

    def __init__(self, padding: Any = 1, **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)
        self.padding = normalize_tuple(padding, 2, "padding")

    @property
    def _borders(self) -> tuple[Any, ...]:
        return (self.padding,)

    def call(self, inputs: Any) -> Any:
        """Add the zeros."""
        return K.temporal_padding(inputs, padding=self.padding)


class ZeroPadding2D(_ZeroPadding):
    """Add borders of zeros to images.

    Args:
        padding: ((top, bottom), (left, right)), (top and bottom, left and right), or one
            integer for all.
        data_format: "channels_last" or "channels_first"; `K.image_data_format()` by default.
    """

    rank = 2

    def __init__(self, padding: Any = (1, 1), data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)
        self.padding = _pairs(padding, 2, "padding")

    def call(self, inputs: Any) -> Any:
        """Add the zeros."""
        return K.spatial_2d_padding(inputs, padding=self.padding, data_format=self.data_format)


class ZeroPadding3D(_ZeroPadding):
    """Add borders of zeros to volumes.

    Args:
        padding: three pairs (before, after), three integers, or one for all.
        data_format: "channels_last" or "channels_first"; `K.image_data_format()` by default.
    """

    rank = 3

    def __init__(self, padding: Any = (1, 1, 1), data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)
        self.padding = _pairs(padding, 3, "padding")

    def call(self, inputs: Any) -> Any:
        """Add the zeros."""
        return K.spatial_3d_padding(inputs, padding=self.padding, data_format=self.data_format)


class _UpSampling(Spatial):
    """Base of layers that repeat places."""

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape with each spatial size times its factor."""
        factors = normalize_tuple(self.size, self.rank, "size")
        sizes = [
            None if n is None else n * factor
            for n, factor in zip(self._sizes(input_shape), factors, strict=True)
        ]
        return self._with_sizes(input_shape, sizes)


class UpSampling1D(_UpSampling):
    """Repeat every time step.

    Args:
        size: how often.

    Input: (samples, steps, features). Output: (samples, size * steps, features).
    """

    rank = 1

    def __init__(self, size: int = 2, **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)
        self._whole("size")

    def call(self, inputs: Any) -> Any:
        """Repeat the steps."""
        return K.repeat_elements(inputs, self.size, axis=1)


class UpSampling2D(_UpSampling):
    """Enlarge images by whole factors.

    Args:
        size: factors of (rows, cols), or one for both.
        data_format: "channels_last" or "channels_first"; `K.image_data_format()` by default.
        interpolation: "nearest" repeats pixels, "bilinear" mixes neighbours.
    """

    rank = 2

    def __init__(
        self,
        size: Any = (2, 2),
        data_format: Any = None,
        interpolation: str = "nearest",
        **kwargs: Any,
    ) -> None:
        super().__init__(given(locals()), **kwargs)
        self.size = normalize_tuple(size, 2, "size")
        if interpolation not in ("nearest", "bilinear"):
            raise self._needs('interpolation to be "nearest" or "bilinear"', repr(interpolation))

    def call(self, inputs: Any) -> Any:
        """Enlarge the images."""
        return K.resize_images(
            inputs, self.size[0], self.size[1], self.data_format, self.interpolation
        )


class UpSampling3D(_UpSampling):
    """Enlarge volumes by whole factors.

    Args:
        size: three factors, or one for all.
        data_format: "channels_last" or "channels_first"; `K.image_data_format()` by default.
    """

    rank = 3

    def __init__(self, size: Any = (2, 2, 2), data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)
        self.size = normalize_tuple(size, 3, "size")

    def call(self, inputs: Any) -> Any:
        """Enlarge the volumes."""
        depth, height, width = self.size
        return K.resize_volumes(inputs, depth, height, width, self.data_format)
