"""Pictures in files and as arrays."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from ... import backend as K

FORMATS = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff")  # endings of files that are pictures
MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}  # color_mode -> Pillow's mode
CHANNELS = {"grayscale": 1, "rgb": 3, "rgba": 4}
_INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")
# Pillow knows more kinds of files; to read some (EPS) it starts other programs.
_READABLE = ("PNG", "JPEG", "BMP", "PPM", "TIFF", "GIF", "WEBP", "JPEG2000", "ICO")


def optional(module: str, package: str, who: str) -> Any:
    """Import a module of the extra `images`; an ImportError says how to install it."""
    try:
        return import_module(module)
    except ImportError:
        raise ImportError(
            f"{who} needs {package}, which is not installed. "
            'Install it with: pip install "kerasnb[images]"'
        ) from None


def load_img(
    path: Any,
    grayscale: bool = False,
    color_mode: str = "rgb",
    target_size: tuple[int, int] | None = None,
    interpolation: str = "nearest",
) -> Any:
    """Return a picture of a file as an image of Pillow.

    Args:
        path: file, or an open binary file.
        grayscale: old word for `color_mode='grayscale'`.
        color_mode: 'grayscale', 'rgb' or 'rgba'; other pictures are converted.
        target_size: (height, width) to bring it to; by default it keeps its own.
        interpolation: how: 'nearest', 'bilinear', 'bicubic', 'hamming', 'box' or 'lanczos'.

    Raises:
        ImportError: if Pillow is not installed.
        OSError: if there is no such file, or what it holds is no picture or is damaged.
        ValueError: if an argument is unknown, or the picture has more than
            `PIL.Image.MAX_IMAGE_PIXELS` pixels: a small file can fill the memory.
    """
    if grayscale:
        warnings.warn("load_img: say color_mode='grayscale' for grayscale=True.", stacklevel=2)
        color_mode = "grayscale"
    if color_mode not in MODES:
        raise ValueError(f"load_img: got color_mode={color_mode!r}; needs one of {list(MODES)}.")
    if interpolation not in _INTERPOLATIONS:
        raise ValueError(
            f"load_img: got interpolation={interpolation!r}; needs one of {list(_INTERPOLATIONS)}."
        )
    Image = optional("PIL.Image", "Pillow", "load_img")
    image = _read(Image, path, MODES[color_mode])
    if target_size is not None:
        size = (target_size[1], target_size[0])
        if image.size != size:
            image = image.resize(size, Image.Resampling[interpolation.upper()])
    return image


def _read(Image: Any, path: Any, mode: str) -> Any:
    limit = Image.MAX_IMAGE_PIXELS
    bomb = ValueError(
        f"load_img: {path} has more than {limit} pixels (PIL.Image.MAX_IMAGE_PIXELS)."
    )
    try:
        # From memory: of a file, Pillow reads as much as it claims to hold, and makes room for it.
        is_path = isinstance(path, str | bytes | os.PathLike)
        source = io.BytesIO(Path(os.fsdecode(path)).read_bytes()) if is_path else path
        with Image.open(source, formats=_READABLE) as opened:
            # Pillow itself only warns of those up to twice the limit.
            small = limit is None or opened.width * opened.height <= limit
            if small:
                return opened.copy() if opened.mode == mode else opened.convert(mode)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise bomb from None
    except Exception as error:  # a damaged file can make Pillow raise anything
        if getattr(error, "errno", None) is not None:
            raise  # no such file, no permission, ...
        reason = str(error) or type(error).__name__
        raise OSError(f"load_img: {path} cannot be read as a picture: {reason}") from error
    raise bomb


def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> np.ndarray:
    """Return a picture as an array (height, width, channels), or channels first.

    Args:
        img: image of Pillow, or an array (height, width) or (height, width, channels).
        data_format: 'channels_last' or 'channels_first', of the result; None is the session's.
        dtype: type of the result; None is `K.floatx()`.

    Example:
        >>> img_to_array(np.zeros((2, 5)), "channels_first").shape
        (1, 2, 5)
    """
    data_format = K.normalize_data_format(data_format)
    array = np.asarray(img, dtype=dtype or K.floatx())
    if array.ndim not in (2, 3):
        raise ValueError(
            f"img_to_array: got an image of shape {array.shape}; needs (height, width) or "
            "(height, width, channels)."
        )
    if array.ndim == 2:
        array = array[:, :, None]
    return array.transpose(2, 0, 1) if data_format == "channels_first" else array


def array_to_img(
    x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None
) -> Any:
    """Return an array as an image of Pillow.

    Args:
        x: array (height, width, channels) of 1, 3 or 4 channels, or channels first.
        data_format: 'channels_last' or 'channels_first', of `x`; None is the session's.
        scale: whether to bring the values to 0 to 255: negative ones are lifted so that the
            smallest is 0, then the largest becomes 255. Without it they must be in that range.
        dtype: type to compute with; None is `K.floatx()`.
    """
    data_format = K.normalize_data_format(data_format)
    pixels = np.asarray(x, dtype=dtype or K.floatx())
    if pixels.ndim != 3:
        raise ValueError(
            f"array_to_img: got an array of shape {pixels.shape}; needs three axes, one picture."
        )
    if data_format == "channels_first":
        pixels = pixels.transpose(1, 2, 0)
    channels = pixels.shape[2]
    if channels not in CHANNELS.values():
        raise ValueError(f"array_to_img: got {channels} channels ({data_format}); needs 1, 3 or 4.")
    Image = optional("PIL.Image", "Pillow", "array_to_img")
    if scale:
        pixels = to_bytes_range(pixels)
    pixels = pixels.astype("uint8")
    return Image.fromarray(pixels[:, :, 0] if channels == 1 else np.ascontiguousarray(pixels))


def to_bytes_range(pixels: np.ndarray) -> np.ndarray:
    """Return pixels lifted so that none is negative, and scaled so that the largest is 255."""
    pixels = pixels + max(-np.min(pixels), 0)
    largest = np.max(pixels)
    if largest != 0:
        pixels /= largest
    return pixels * 255


def save_img(
    path: Any,
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Write an array to a file as a picture.

    Args:
        path: file, or an open binary file.
        x, data_format, scale: as in `array_to_img`.
        file_format: 'png', 'jpeg', ...; by default the file's ending says.
        kwargs: go to Pillow's `save`.
    """
    image = array_to_img(x, data_format=data_format, scale=scale)
    if file_format is None and isinstance(path, (str, os.PathLike)):
        wanted = Path(path).suffix[1:].lower()
    else:
        wanted = (file_format or "").lower()
    if wanted in ("jpg", "jpeg"):
        file_format = "jpeg"  # Pillow has no format of the name jpg
        if image.mode == "RGBA":
            warnings.warn(
                "save_img: JPEG has no alpha channel, so the picture is saved as RGB.", stacklevel=2
            )
            image = image.convert("RGB")
    image.save(path, format=file_format, **kwargs)


def list_pictures(
    directory: Any, ext: Any = ("jpg", "jpeg", "bmp", "png", "ppm", "tif", "tiff")
) -> list[str]:
    """Return the paths of all pictures in a folder and the folders in it.

    Args:
        directory: the folder.
        ext: ending, or tuple of endings, of files that count.
    """
    endings = tuple(f".{e}" for e in ((ext,) if isinstance(ext, str) else ext))
    return list(walk(directory, endings, follow_links=False))


def walk(directory: Any, endings: tuple[str, ...], follow_links: bool) -> Iterator[str]:
    """Give the paths of all files in a folder with one of some endings, in a fixed order."""
    folders = sorted(os.walk(directory, followlinks=follow_links), key=lambda folder: folder[0])
    for folder, _, names in folders:
        for name in sorted(names):
            if name.lower().endswith(endings):
                yield str(Path(folder, name))
