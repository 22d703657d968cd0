"""VGG16: small convolutions, one behind the other."""

from __future__ import annotations

from typing import Any

from ..layers import Conv2D, Dense, Flatten, MaxPooling2D
from ..models import Model
from .frame import Frame
from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocess_input as preprocess_input
from .pretrained import weights_of

FILTERS = (64, 128, 256, 512, 512)


def vgg(name: str, depths: tuple[int, ...], asked: dict[str, Any]) -> Model:
    """Return a network of five blocks.

    Args:
        name: 'vgg16' or 'vgg19'.
        depths: convolutions in each block.
        asked: the arguments of the public function.
    """
    frame = Frame(name.upper(), asked, size=224, least=32)
    x = frame.input
    for block, (depth, filters) in enumerate(zip(depths, FILTERS, strict=True), 1):
        for i in range(1, depth + 1):
            layer = f"block{block}_conv{i}"
            x = Conv2D(filters, 3, activation="relu", padding="same", name=layer)(x)
        x = MaxPooling2D(2, strides=2, name=f"block{block}_pool")(x)
    if frame.include_top:
        x = Flatten(name="flatten")(x)
        x = Dense(4096, activation="relu", name="fc1")(x)
        x = Dense(4096, activation="relu", name="fc2")(x)
        x = Dense(frame.classes, activation="softmax", name="predictions")(x)
    else:
        x = frame.pool(x)
    return frame.model(x, name, lambda: weights_of(name, frame.include_top))


def VGG16(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Return VGG16, for pictures of 224 x 224, at least 32 x 32 without its top.

    Args:
        include_top: whether the classifier at the end is included.
        weights: 'imagenet' (downloaded when first needed), None (random), or the path of a file.
        input_tensor: tensor to take as the pictures.
        input_shape: shape of a picture, in `K.image_data_format()`.
        pooling: without the top: None (features of every place), 'avg' or 'max' over all places.
        classes: number of classes of the classifier.

    Example:
        >>> VGG16(weights=None, include_top=False, input_shape=(64, 64, 3)).output_shape
        (None, 2, 2, 512)

    See: Simonyan & Zisserman, https://arxiv.org/abs/1409.1556
    """
    return vgg("vgg16", (2, 2, 3, 3, 3), locals())
