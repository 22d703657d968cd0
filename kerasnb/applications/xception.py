"""Xception: depthwise separable convolutions between residual connections."""

from __future__ import annotations

from typing import Any

from ..layers import Add, MaxPooling2D, SeparableConv2D
from ..models import Model
from .frame import Frame, conv, norm, relu
from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocess_tf as preprocess_input  # noqa: F401 - its name in Keras
from .pretrained import weights_of


def _separable(x: Any, filters: int, name: str) -> Any:
    x = SeparableConv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
    return norm(x, name=f"{name}_bn")


def _shrink(x: Any, block: int, first: int, second: int) -> Any:
    """Halve rows and columns; the first of these blocks has its activation before it."""
    shortcut = norm(conv(x, second, 1, strides=2, padding="same"))
    if block > 2:
        x = relu(x, f"block{block}_sepconv1_act")
    x = relu(_separable(x, first, f"block{block}_sepconv1"), f"block{block}_sepconv2_act")
    x = _separable(x, second, f"block{block}_sepconv2")
    x = MaxPooling2D(3, strides=2, padding="same", name=f"block{block}_pool")(x)
    return Add()([x, shortcut])


def _middle(x: Any, block: int) -> Any:
    shortcut = x
    for i in range(1, 4):
        name = f"block{block}_sepconv{i}"
        x = _separable(relu(x, f"{name}_act"), 728, name)
    return Add()([x, shortcut])


def Xception(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Return Xception, for pictures of 299 x 299, at least 71 x 71 without its top.

    The arguments are those of `VGG16`.

    See: Chollet, https://arxiv.org/abs/1610.02357
    """
    frame = Frame("Xception", locals(), size=299, least=71)
    x = conv(frame.input, 32, 3, strides=2, name="block1_conv1")
    x = relu(norm(x, name="block1_conv1_bn"), "block1_conv1_act")
    x = conv(x, 64, 3, name="block1_conv2")
    x = relu(norm(x, name="block1_conv2_bn"), "block1_conv2_act")
    for block, filters in ((2, 128), (3, 256), (4, 728)):
        x = _shrink(x, block, filters, filters)
    for block in range(5, 13):
        x = _middle(x, block)
    x = _shrink(x, 13, 728, 1024)
    for i, filters in ((1, 1536), (2, 2048)):
        x = relu(_separable(x, filters, f"block14_sepconv{i}"), f"block14_sepconv{i}_act")
    x = frame.head(x)
    return frame.model(x, "xception", lambda: weights_of("xception", frame.include_top))
