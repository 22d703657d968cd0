"""Inception v3: several convolutions side by side."""

from __future__ import annotations

from typing import Any

from ..layers import AveragePooling2D, MaxPooling2D
from ..models import Model
from .frame import Frame, conv, join, norm, relu
from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocess_tf as preprocess_input  # noqa: F401 - its name in Keras
from .pretrained import weights_of


def _conv(x: Any, filters: int, rows: int, columns: int, **settings: Any) -> Any:
    x = conv(x, filters, (rows, columns), **{"padding": "same", **settings})
    return relu(norm(x, scale=False))


def _chain(x: Any, *convs: tuple[int, int, int]) -> Any:
    for filters, rows, columns in convs:
        x = _conv(x, filters, rows, columns)
    return x


def _halved(x: Any, filters: int) -> Any:
    return _conv(x, filters, 3, 3, strides=2, padding="valid")


def _pooled(x: Any, filters: int) -> Any:
    return _conv(AveragePooling2D(3, strides=1, padding="same")(x), filters, 1, 1)


def _stem(x: Any) -> Any:
    x = _conv(_halved(x, 32), 32, 3, 3, padding="valid")
    x = MaxPooling2D(3, strides=2)(_conv(x, 64, 3, 3))
    x = _conv(x, 80, 1, 1, padding="valid")
    x = _conv(x, 192, 3, 3, padding="valid")
    return MaxPooling2D(3, strides=2)(x)


def _small(x: Any, filters: int, name: str) -> Any:
    """Windows up to 5 x 5, on 35 x 35 places."""
    branches = [
        _conv(x, 64, 1, 1),
        _chain(x, (48, 1, 1), (64, 5, 5)),
        _chain(x, (64, 1, 1), (96, 3, 3), (96, 3, 3)),
        _pooled(x, filters),
    ]
    return join(branches, name)


def _long(x: Any, n: int, name: str) -> Any:
    """Windows of 1 x 7 and 7 x 1, on 17 x 17 places."""
    branches = [
        _conv(x, 192, 1, 1),
        _chain(x, (n, 1, 1), (n, 1, 7), (192, 7, 1)),
        _chain(x, (n, 1, 1), (n, 7, 1), (n, 1, 7), (n, 7, 1), (192, 1, 7)),
        _pooled(x, 192),
    ]
    return join(branches, name)


def _forked(x: Any, name: str | None) -> Any:
    return join([_conv(x, 384, 1, 3), _conv(x, 384, 3, 1)], name)


def _wide(x: Any, number: int) -> Any:
    """Branches that fork, on 8 x 8 places."""
    branches = [
        _conv(x, 320, 1, 1),
        _forked(_conv(x, 384, 1, 1), f"mixed9_{number}"),
        _forked(_chain(x, (448, 1, 1), (384, 3, 3)), None),
        _pooled(x, 192),
    ]
    return join(branches, f"mixed{9 + number}")


def _to_17(x: Any) -> Any:
    branches = [
        _halved(x, 384),
        _halved(_chain(x, (64, 1, 1), (96, 3, 3)), 96),
        MaxPooling2D(3, strides=2)(x),
    ]
    return join(branches, "mixed3")


def _to_8(x: Any) -> Any:
    branches = [
        _halved(_conv(x, 192, 1, 1), 320),
        _halved(_chain(x, (192, 1, 1), (192, 1, 7), (192, 7, 1)), 192),
        MaxPooling2D(3, strides=2)(x),
    ]
    return join(branches, "mixed8")


def InceptionV3(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Return InceptionV3, for pictures of 299 x 299, at least 75 x 75 without its top.

    The arguments are those of `VGG16`.

    See: Szegedy, Vanhoucke, Ioffe, Shlens & Wojna, https://arxiv.org/abs/1512.00567
    """
    frame = Frame("InceptionV3", locals(), size=299, least=75)
    x = _stem(frame.input)
    for i, filters in enumerate((32, 64, 64)):
        x = _small(x, filters, f"mixed{i}")
    x = _to_17(x)
    for i, filters in enumerate((128, 160, 160, 192), 4):
        x = _long(x, filters, f"mixed{i}")
    x = _to_8(x)
    for i in range(2):
        x = _wide(x, i)
    x = frame.head(x)
    return frame.model(x, "inception_v3", lambda: weights_of("inception_v3", frame.include_top))
