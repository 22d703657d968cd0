"""Inception-ResNet v2: inception blocks between residual connections."""

from __future__ import annotations

from typing import Any

from .. import backend as K
from ..layers import AveragePooling2D, Lambda, MaxPooling2D
from ..models import Model
from .frame import Frame, channels, conv, join, norm, relu
from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocess_tf as preprocess_input  # noqa: F401 - its name in Keras
from .pretrained import weights_of

# block -> its branches, each a chain of (filters, window)
BLOCKS: dict[str, list[list[tuple[int, Any]]]] = {
    "block35": [[(32, 1)], [(32, 1), (32, 3)], [(32, 1), (48, 3), (64, 3)]],
    "block17": [[(192, 1)], [(128, 1), (160, (1, 7)), (192, (7, 1))]],
    "block8": [[(192, 1)], [(192, 1), (224, (1, 3)), (256, (3, 1))]],
}


def _conv(x: Any, filters: int, size: Any, name: str | None = None, **settings: Any) -> Any:
    x = conv(x, filters, size, **{"padding": "same", "name": name, **settings})
    return relu(norm(x, scale=False, name=name and f"{name}_bn"), name and f"{name}_ac")


def _chain(x: Any, *convs: tuple[int, Any]) -> Any:
    for filters, size in convs:
        x = _conv(x, filters, size)
    return x


def _halved(x: Any, filters: int) -> Any:
    return _conv(x, filters, 3, strides=2, padding="valid")


def _block(x: Any, scale: float, kind: str, number: int, activated: bool = True) -> Any:
    """Return x plus a small share of what the branches make of it."""
    name = f"{kind}_{number}"
    mixed = join([_chain(x, *branch) for branch in BLOCKS[kind]], f"{name}_mixed")
    change = conv(mixed, channels(x), 1, use_bias=True, padding="same", name=f"{name}_conv")
    x = Lambda(
        lambda inputs, scale: inputs[0] + inputs[1] * scale,
        output_shape=K.int_shape(x)[1:],
        arguments={"scale": scale},
        name=name,
    )([x, change])
    return relu(x, f"{name}_ac") if activated else x


def _stem(x: Any) -> Any:
    x = _conv(_halved(x, 32), 32, 3, padding="valid")
    x = MaxPooling2D(3, strides=2)(_conv(x, 64, 3))
    x = _conv(x, 80, 1, padding="valid")
    x = _conv(x, 192, 3, padding="valid")
    x = MaxPooling2D(3, strides=2)(x)
    branches = [
        _conv(x, 96, 1),
        _chain(x, (48, 1), (64, 5)),
        _chain(x, (64, 1), (96, 3), (96, 3)),
        _conv(AveragePooling2D(3, strides=1, padding="same")(x), 64, 1),
    ]
    return join(branches, "mixed_5b")


def _to_17(x: Any) -> Any:
    branches = [
        _halved(x, 384),
        _halved(_chain(x, (256, 1), (256, 3)), 384),
        MaxPooling2D(3, strides=2)(x),
    ]
    return join(branches, "mixed_6a")


def _to_8(x: Any) -> Any:
    branches = [
        _halved(_conv(x, 256, 1), 384),
        _halved(_conv(x, 256, 1), 288),
        _halved(_chain(x, (256, 1), (288, 3)), 320),
        MaxPooling2D(3, strides=2)(x),
    ]
    return join(branches, "mixed_7a")


def InceptionResNetV2(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Return InceptionResNetV2, for pictures of 299 x 299, at least 75 x 75 without its top.

    The arguments are those of `VGG16`. It has Lambdas: a saved model of it holds code, which
    `load_model` runs with `safe_mode=False` only. `weights=` takes such a file without that.

    See: Szegedy, Ioffe, Vanhoucke & Alemi, https://arxiv.org/abs/1602.07261
    """
    frame = Frame("InceptionResNetV2", locals(), size=299, least=75)
    x = _stem(frame.input)
    for i in range(1, 11):
        x = _block(x, 0.17, "block35", i)
    x = _to_17(x)
    for i in range(1, 21):
        x = _block(x, 0.1, "block17", i)
    x = _to_8(x)
    for i in range(1, 10):
        x = _block(x, 0.2, "block8", i)
    x = _block(x, 1.0, "block8", 10, activated=False)
    x = frame.head(_conv(x, 1536, 1, "conv_7b"))
    name = "inception_resnet_v2"
    return frame.model(x, name, lambda: weights_of(name, frame.include_top))
