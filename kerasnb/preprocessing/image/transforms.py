"""Changes of one picture: turned, shifted, sheared, zoomed, in other light."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import backend as K
from .files import optional, to_bytes_range


def apply_affine_transform(
    x: np.ndarray,
    theta: float = 0,
    tx: float = 0,
    ty: float = 0,
    shear: float = 0,
    zx: float = 1,
    zy: float = 1,
    row_axis: int = 0,
    col_axis: int = 1,
    channel_axis: int = 2,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    order: int = 1,
) -> np.ndarray:
    """Return a picture turned, shifted, sheared and zoomed about its middle.

    The value at a place p of the result is that of the input at `M (p - c) + c`, where c is the
    middle and M = turn * shift * shear * zoom; so `zx` below 1 enlarges, and a positive `tx` moves
    the picture up.

    Args:
        x: the picture, three axes.
        theta: degrees to turn.
        tx, ty: pixels to shift, along rows' and columns' axis.
        shear: degrees to shear.
        zx, zy: factors to zoom, along rows' and columns' axis.
        row_axis, col_axis, channel_axis: where rows, columns and channels are.
        fill_mode: what is outside: 'constant' (`cval`), 'nearest' (the border), 'reflect', 'wrap'.
        cval: value outside for 'constant'.
        order: 0 takes the nearest pixel, 1 mixes four, up to 5 for splines of that order.

    Returns:
        Array of the same shape and type.

    Raises:
        ImportError: if there is something to do and SciPy is not installed.
    """
    matrix = _matrix(theta, tx, ty, shear, zx, zy)
    if matrix is None:
        return x
    ndimage = optional("scipy.ndimage", "SciPy", "apply_affine_transform")
    # Keras puts the middle half a pixel behind that of the pixels' centres.
    row, col = x.shape[row_axis] / 2 + 0.5, x.shape[col_axis] / 2 + 0.5
    matrix = _shift(row, col) @ matrix @ _shift(-row, -col)
    pictures = np.transpose(x, (channel_axis, row_axis, col_axis))
    changed = np.empty_like(pictures, order="C")
    try:
        for picture, out in zip(pictures, changed, strict=True):
            ndimage.affine_transform(
                picture,
                matrix[:2, :2],
                matrix[:2, 2],
                output=out,
                order=order,
                mode=fill_mode,
                cval=cval,
            )
    except RuntimeError as error:
        raise ValueError(
            f"apply_affine_transform: got fill_mode={fill_mode!r}, order={order!r} ({error}); needs "
            "'constant', 'nearest', 'reflect' or 'wrap', and an order from 0 to 5."
        ) from None
    return np.transpose(changed, np.argsort((channel_axis, row_axis, col_axis)))


def _matrix(
    theta: float, tx: float, ty: float, shear: float, zx: float, zy: float
) -> np.ndarray | None:
    """Return turn * shift * shear * zoom as a 3 x 3 matrix; None if nothing changes."""
    if (theta, tx, ty, shear, zx, zy) == (0, 0, 0, 0, 1, 1):
        return None
    turn, lean = np.deg2rad(theta), np.deg2rad(shear)
    rotation = [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
    shearing = [[1, -np.sin(lean), 0], [0, np.cos(lean), 0], [0, 0, 1]]
    return rotation @ _shift(tx, ty) @ shearing @ np.diag([zx, zy, 1])


def _shift(row: float, col: float) -> np.ndarray:
    return np.array([[1, 0, row], [0, 1, col], [0, 0, 1]])


def flip_axis(x: Any, axis: int) -> np.ndarray:
    """Return an array with one axis turned round."""
    return np.flip(x, axis)


def apply_channel_shift(x: np.ndarray, intensity: float, channel_axis: int = 0) -> np.ndarray:
    """Return a picture with a number added to all values, kept between its old extremes.

    Args:
        x: the picture.
        intensity: what to add.
        channel_axis: where channels are; all are treated alike, so it makes no difference.
    """
    return np.clip(x + intensity, np.min(x), np.max(x))


def apply_brightness_shift(x: Any, brightness: float) -> np.ndarray:
    """Return a picture brought to the values 0 to 255 and made darker or brighter.

    The values are scaled as in `array_to_img`, cut to whole numbers and multiplied by
    `brightness`; what leaves the range is cut off. A fourth channel (alpha) is only scaled.

    Args:
        x: array (height, width, channels).
        brightness: 0 is black, 1 changes nothing, more is brighter.
    """
    return brighten(np.asarray(x), brightness, channel_axis=2)


def brighten(x: np.ndarray, brightness: float, channel_axis: int) -> np.ndarray:
    """Return `apply_brightness_shift` of a picture that has its channels on some axis."""
    dtype = x.dtype if x.dtype.kind == "f" else K.floatx()
    pixels = np.floor(to_bytes_range(x.astype(K.floatx())))
    light = np.floor(np.clip(pixels.astype("float32") * np.float32(brightness), 0, 255))
    if x.shape[channel_axis] == 4:
        alpha = np.arange(4) == 3
        light = np.where(
            np.expand_dims(alpha, [a for a in range(3) if a != channel_axis]), pixels, light
        )
    return light.astype(dtype)


def random_rotation(
    x: np.ndarray,
    rg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:
    """Return a picture turned by an angle drawn from -rg to rg degrees.

    Args:
        x: the picture, three axes.
        rg: largest angle, in degrees.
        row_axis, col_axis, channel_axis: where rows, columns and channels are.
        fill_mode, cval: what is outside, as in `apply_affine_transform`.
        interpolation_order: `order` of `apply_affine_transform`.
    """
    theta = np.random.uniform(-rg, rg)
    return apply_affine_transform(
        x,
        theta,
        0,
        0,
        0,
        1,
        1,
        row_axis,
        col_axis,
        channel_axis,
        fill_mode,
        cval,
        interpolation_order,
    )


def random_shift(
    x: np.ndarray,
    wrg: float,
    hrg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:
    """Return a picture shifted by random parts of its width (to wrg) and height (to hrg).

    Args:
        x: the picture, three axes.
        wrg, hrg: largest shifts, as parts of width and height.
        row_axis, col_axis, channel_axis: where rows, columns and channels are.
        fill_mode, cval: what is outside, as in `apply_affine_transform`.
        interpolation_order: `order` of `apply_affine_transform`.
    """
    tx = np.random.uniform(-hrg, hrg) * x.shape[row_axis]
    ty = np.random.uniform(-wrg, wrg) * x.shape[col_axis]
    return apply_affine_transform(
        x,
        0,
        tx,
        ty,
        0,
        1,
        1,
        row_axis,
        col_axis,
        channel_axis,
        fill_mode,
        cval,
        interpolation_order,
    )


def random_shear(
    x: np.ndarray,
    intensity: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:
    """Return a picture sheared by an angle drawn from -intensity to intensity degrees.

    Args:
        x: the picture, three axes.
        intensity: largest angle, in degrees.
        row_axis, col_axis, channel_axis: where rows, columns and channels are.
        fill_mode, cval: what is outside, as in `apply_affine_transform`.
        interpolation_order: `order` of `apply_affine_transform`.
    """
    shear = np.random.uniform(-intensity, intensity)
    return apply_affine_transform(
        x,
        0,
        0,
        0,
        shear,
        1,
        1,
        row_axis,
        col_axis,
        channel_axis,
        fill_mode,
        cval,
        interpolation_order,
    )


def random_zoom(
    x: np.ndarray,
    zoom_range: Any,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:
    """Return a picture zoomed by two factors drawn from a range, one for each direction.

    Args:
        x: the picture, three axes.
        zoom_range: (smallest, largest) factor; below 1 enlarges.
        row_axis, col_axis, channel_axis: where rows, columns and channels are.
        fill_mode, cval: what is outside, as in `apply_affine_transform`.
        interpolation_order: `order` of `apply_affine_transform`.
    """
    if len(zoom_range) != 2:
        raise ValueError(f"random_zoom: got zoom_range={zoom_range}; needs two numbers.")
    zx, zy = draw_zoom(*zoom_range)
    return apply_affine_transform(
        x,
        0,
        0,
        0,
        0,
        zx,
        zy,
        row_axis,
        col_axis,
        channel_axis,
        fill_mode,
        cval,
        interpolation_order,
    )


def draw_zoom(low: float, high: float) -> Any:
    """Return two factors drawn from a range; nothing is drawn if it is just 1."""
    return (1, 1) if low == high == 1 else np.random.uniform(low, high, 2)


def random_channel_shift(
    x: np.ndarray, intensity_range: float, channel_axis: int = 0
) -> np.ndarray:
    """Return `apply_channel_shift` by a number drawn from -intensity_range to intensity_range."""
    intensity = np.random.uniform(-intensity_range, intensity_range)
    return apply_channel_shift(x, intensity, channel_axis)


def random_brightness(x: Any, brightness_range: Any) -> np.ndarray:
    """Return `apply_brightness_shift` by a number drawn from a range (low, high)."""
    if len(brightness_range) != 2:
        raise ValueError(
            f"random_brightness: got brightness_range={brightness_range}; needs two numbers."
        )
    return apply_brightness_shift(x, np.random.uniform(*brightness_range))
