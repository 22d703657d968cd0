"""Deep residual networks with normalization and activation first: ResNet50V2 and its sisters."""

from __future__ import annotations

from typing import Any

from ..layers import Add, MaxPooling2D, ZeroPadding2D
from ..models import Model
from .frame import relu
from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocess_tf as preprocess_input  # noqa: F401 - its name in Keras
from .resnet_common import conv, norm, resnet


def _block(x: Any, filters: int, strides: int, projected: bool, name: str) -> Any:
    y = relu(norm(x, name=f"{name}_preact_bn"), f"{name}_preact_relu")
    if projected:
        x = conv(y, 4 * filters, 1, strides=strides, name=f"{name}_0_conv")
    elif strides > 1:
        x = MaxPooling2D(1, strides=strides)(x)
    y = conv(y, filters, 1, use_bias=False, name=f"{name}_1_conv")
    y = relu(norm(y, name=f"{name}_1_bn"), f"{name}_1_relu")
    y = ZeroPadding2D(1, name=f"{name}_2_pad")(y)
    y = conv(y, filters, 3, strides=strides, use_bias=False, name=f"{name}_2_conv")
    y = relu(norm(y, name=f"{name}_2_bn"), f"{name}_2_relu")
    y = conv(y, 4 * filters, 1, name=f"{name}_3_conv")
    return Add(name=f"{name}_out")([x, y])


def _stage(x: Any, filters: int, blocks: int, name: str) -> Any:
    for i in range(1, blocks + 1):
        strides = 2 if i == blocks and filters < 512 else 1
        x = _block(x, filters, strides, projected=i == 1, name=f"{name}_block{i}")
    return x


def ResNet50V2(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Return ResNet50V2, for pictures of 224 x 224, at least 32 x 32 without its top.

    The arguments are those of `VGG16`.

    See: He, Zhang, Ren & Sun, https://arxiv.org/abs/1603.05027
    """
    return resnet("ResNet50V2", locals(), _stage, preactivated=True)


def ResNet101V2(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Return ResNet101V2, for pictures of 224 x 224, at least 32 x 32 without its top.

    The arguments are those of `VGG16`.

    See: He, Zhang, Ren & Sun, https://arxiv.org/abs/1603.05027
    """
    return resnet("ResNet101V2", locals(), _stage, preactivated=True)


def ResNet152V2(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Return ResNet152V2, for pictures of 224 x 224, at least 32 x 32 without its top.

    The arguments are those of `VGG16`.

    See: He, Zhang, Ren & Sun, https://arxiv.org/abs/1603.05027
    """
    return resnet("ResNet152V2", locals(), _stage, preactivated=True)
