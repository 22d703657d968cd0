"""Pictures as the networks of ImageNet take them, and names for what they answer."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from .. import backend as K
from .pretrained import Published, fetch

CLASS_INDEX_FILE = Published(
    "imagenet_class_index.json",
    "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json",
    "c2c37ea517e94d9795004a39431a14cb",
)

# mode -> whether red and blue change places, divisor, mean and deviation of each channel after it
_MODES: dict[str, tuple[bool, float, Any, Any]] = {
    "caffe": (True, 1.0, (103.939, 116.779, 123.68), None),
    "tf": (False, 127.5, (1.0, 1.0, 1.0), None),
    "torch": (False, 255.0, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}

_class_index: dict[str, list[str]] = {}


def preprocess_input(x: Any, data_format: str | None = None, mode: str = "caffe") -> Any:
    """Scale pictures with numbers from 0 to 255, red first, to what a network was trained on.

    Args:
        x: an array or a symbolic tensor with 3 or 4 axes. An array of floats is changed in place,
            as Keras does; give `x.copy()` if you need the old one.
        data_format: where the three channels stand (default: `K.image_data_format()`).
        mode: 'caffe': blue first, minus the mean colour of ImageNet; 'tf': from -1 to 1; 'torch':
            from 0 to 1, minus the mean colour, divided by its deviation.

    Returns:
        An array or a tensor of x's shape.

    Example:
        >>> preprocess_input(np.full((1, 1, 1, 3), 255.0), mode="tf").ravel()
        array([1., 1., 1.])
    """
    data_format = K.normalize_data_format(data_format)
    if mode not in _MODES:
        raise ValueError(
            f"preprocess_input: got mode={mode!r}; needs one of {', '.join(map(repr, _MODES))}."
        )
    symbolic = K.is_tensor(x)
    if not symbolic:
        x = np.asarray(x)
        if not np.issubdtype(x.dtype, np.floating):
            x = x.astype(K.floatx())
        elif not x.flags.writeable:
            x = x.copy()
    elif not K.dtype(x).startswith("float"):
        x = K.cast(x, K.floatx())
    ndim = K.ndim(x) if symbolic else x.ndim
    shape = K.int_shape(x) if symbolic else x.shape
    axis = ndim - (3 if data_format == "channels_first" else 1)
    if ndim not in (3, 4) or (mode != "tf" and shape[axis] not in (None, 3)):
        raise ValueError(
            f"preprocess_input: got x of shape {shape}; mode={mode!r} and data_format="
            f"{data_format!r} need 3 or 4 axes{', with 3 channels' * (mode != 'tf')}."
        )
    return (_of_tensor if symbolic else _in_place)(x, axis, mode)


def preprocess_tf(x: Any, data_format: str | None = None) -> Any:
    """Scale pictures from 0..255 to -1..1: `preprocess_input` in mode 'tf'."""
    return preprocess_input(x, data_format, mode="tf")


def _along(values: Any, axis: int, ndim: int, dtype: str) -> np.ndarray:
    """Return a number for each channel in a shape that meets the pictures at an axis."""
    return np.array(values, dtype).reshape([-1 if i == axis else 1 for i in range(ndim)])


def _in_place(x: np.ndarray, axis: int, mode: str) -> np.ndarray:
    swap, divisor, mean, deviation = _MODES[mode]
    if mode == "tf":
        mean = 1.0  # however many channels there are
    if swap:
        x = np.flip(x, axis)  # a view
    if divisor != 1:
        x /= divisor
    x -= _along(mean, axis, x.ndim, x.dtype.name)
    if deviation is not None:
        x /= _along(deviation, axis, x.ndim, x.dtype.name)
    return x


def _of_tensor(x: Any, axis: int, mode: str) -> Any:
    swap, divisor, mean, deviation = _MODES[mode]
    if mode == "tf":
        return x / divisor - 1.0
    if swap:
        x = K.reverse(x, axis)
    if divisor != 1:
        x = x / divisor
    x = x - K.constant(_along(mean, axis, K.ndim(x), K.dtype(x)), dtype=K.dtype(x))
    if deviation is not None:
        x = x / K.constant(_along(deviation, axis, K.ndim(x), K.dtype(x)), dtype=K.dtype(x))
    return x


def decode_predictions(preds: Any, top: int = 5) -> list[list[tuple[str, str, Any]]]:
    """Return the likeliest classes of each picture, by name.

    Args:
        preds: probabilities of the 1000 classes of ImageNet, shape (samples, 1000).
        top: how many classes of each.

    Returns:
        For each picture a list of (WordNet's number, name, probability), the likeliest first.

    Raises:
        ValueError: if `preds` has another shape.
        FileNotFoundError: if the list of names is not on this machine and cannot be had.
    """
    preds = np.asarray(preds)
    if preds.ndim != 2 or preds.shape[1] != 1000:
        raise ValueError(
            f"decode_predictions: got an array of shape {preds.shape}; needs predictions for the "
            "1000 classes of ImageNet, shape (samples, 1000)."
        )
    if not _class_index:
        path = Path(fetch(CLASS_INDEX_FILE, "The names of ImageNet's classes"))
        _class_index.update(json.loads(path.read_text("utf-8")))
    best = np.argsort(preds, axis=1)[:, ::-1][:, :top]
    return [
        [(*_class_index[str(i)], row[i]) for i in likeliest]
        for row, likeliest in zip(preds, best, strict=True)
    ]


def _obtain_input_shape(
    input_shape: Any,
    default_size: int,
    min_size: int,
    data_format: str,
    require_flatten: bool,
    weights: Any = None,
) -> tuple[int | None, ...]:
    """Return the shape of a network's pictures: the one asked for, once checked, or the default.

    Args:
        input_shape: the shape asked for, or None.
        default_size: rows and columns if none are asked for.
        min_size: fewest rows and columns.
        data_format: 'channels_last' or 'channels_first'.
        require_flatten: whether rows and columns have to be known.
        weights: 'imagenet' needs pictures with 3 channels, of the default size if
            `require_flatten`.
    """
    imagenet = isinstance(weights, str) and weights == "imagenet"
    first = data_format == "channels_first"

    def with_channels(sizes: tuple[Any, ...], channels: Any) -> tuple[Any, ...]:
        return (channels, *sizes) if first else (*sizes, channels)

    if not input_shape:
        size = default_size if require_flatten else None
        return with_channels((size, size), 3)
    got = f"got input_shape={input_shape!r}"
    if not isinstance(input_shape, tuple | list) or len(input_shape) != 3:
        raise ValueError(f"{got}; needs three integers, {with_channels((default_size,) * 2, 3)}.")
    input_shape = tuple(input_shape)
    channels = input_shape[0] if first else input_shape[-1]
    sizes = input_shape[1:] if first else input_shape[:-1]
    default = with_channels((default_size, default_size), 3)
    if imagenet and require_flatten and input_shape != default:
        raise ValueError(
            f"{got}; include_top=True with weights='imagenet' needs input_shape={default}."
        )
    if imagenet and channels != 3:
        raise ValueError(f"{got}; weights='imagenet' needs 3 channels ({data_format}).")
    if not imagenet and channels not in (1, 3):
        warnings.warn(
            f"Pictures usually have 1 or 3 channels; {got}, that is {channels} ({data_format}).",
            stacklevel=4,
        )
    if any(size is not None and size < min_size for size in sizes):
        raise ValueError(f"{got}; needs at least {min_size} rows and columns ({data_format}).")
    if require_flatten and None in input_shape:
        raise ValueError(f"{got}; include_top=True needs a shape without None.")
    return input_shape
