"""Deep residual networks: ResNet50, ResNet101, ResNet152."""

from __future__ import annotations

from typing import Any

from ..layers import Add
from ..models import Model
from .frame import relu
from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocess_input as preprocess_input
from .resnet_common import conv, norm, resnet


def _block(x: Any, filters: int, strides: int, projected: bool, name: str) -> Any:
    shortcut = x
    if projected:
        shortcut = conv(x, 4 * filters, 1, strides=strides, name=f"{name}_0_conv")
        shortcut = norm(shortcut, name=f"{name}_0_bn")
    x = conv(x, filters, 1, strides=strides, name=f"{name}_1_conv")
    x = relu(norm(x, name=f"{name}_1_bn"), f"{name}_1_relu")
    x = conv(x, filters, 3, padding="same", name=f"{name}_2_conv")
    x = relu(norm(x, name=f"{name}_2_bn"), f"{name}_2_relu")
    x = norm(conv(x, 4 * filters, 1, name=f"{name}_3_conv"), name=f"{name}_3_bn")
    return relu(Add(name=f"{name}_add")([shortcut, x]), f"{name}_out")


def _stage(x: Any, filters: int, blocks: int, name: str) -> Any:
    for i in range(1, blocks + 1):
        strides = 2 if i == 1 and filters > 64 else 1
        x = _block(x, filters, strides, projected=i == 1, name=f"{name}_block{i}")
    return x


def ResNet50(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Return ResNet50, for pictures of 224 x 224, at least 32 x 32 without its top.

    The arguments are those of `VGG16`.

    See: He, Zhang, Ren & Sun, https://arxiv.org/abs/1512.03385
    """
    return resnet("ResNet50", locals(), _stage)


def ResNet101(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Return ResNet101, for pictures of 224 x 224, at least 32 x 32 without its top.

    The arguments are those of `VGG16`.

    See: He, Zhang, Ren & Sun, https://arxiv.org/abs/1512.03385
    """
    return resnet("ResNet101", locals(), _stage)


def ResNet152(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Return ResNet152, for pictures of 224 x 224, at least 32 x 32 without its top.

    The arguments are those of `VGG16`.

    See: He, Zhang, Ren & Sun, https://arxiv.org/abs/1512.03385
    """
    return resnet("ResNet152", locals(), _stage)
