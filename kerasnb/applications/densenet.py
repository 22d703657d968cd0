"""DenseNet: every layer of a block sees what all layers before it have found."""

from __future__ import annotations

from typing import Any

from ..layers import AveragePooling2D, MaxPooling2D, ZeroPadding2D
from ..models import Model
from . import imagenet_utils
from .frame import Frame, channels, conv, join, relu
from .imagenet_utils import decode_predictions as decode_predictions
from .pretrained import weights_of
from .resnet_common import norm

GROWTH = 32  # channels that a layer adds
BLOCKS = {
    "DenseNet121": (6, 12, 24, 16),
    "DenseNet169": (6, 12, 32, 32),
    "DenseNet201": (6, 12, 48, 32),
}


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Scale pictures as `imagenet_utils.preprocess_input` does in mode 'torch'."""
    return imagenet_utils.preprocess_input(x, data_format, mode="torch")


def _layer(x: Any, name: str) -> Any:
    y = relu(norm(x, name=f"{name}_0_bn"), f"{name}_0_relu")
    y = conv(y, 4 * GROWTH, 1, name=f"{name}_1_conv")
    y = relu(norm(y, name=f"{name}_1_bn"), f"{name}_1_relu")
    y = conv(y, GROWTH, 3, padding="same", name=f"{name}_2_conv")
    return join([x, y], f"{name}_concat")


def _transition(x: Any, name: str) -> Any:
    x = relu(norm(x, name=f"{name}_bn"), f"{name}_relu")
    x = conv(x, channels(x) // 2, 1, name=f"{name}_conv")
    return AveragePooling2D(2, strides=2, name=f"{name}_pool")(x)


def _densenet(network: str, asked: dict[str, Any]) -> Model:
    frame = Frame(network, asked, size=224, least=32)
    x = ZeroPadding2D(3)(frame.input)
    x = conv(x, 64, 7, strides=2, name="conv1/conv")
    x = relu(norm(x, name="conv1/bn"), "conv1/relu")
    x = ZeroPadding2D(1)(x)
    x = MaxPooling2D(3, strides=2, name="pool1")(x)
    for number, layers in enumerate(BLOCKS[network], 2):
        for i in range(1, layers + 1):
            x = _layer(x, f"conv{number}_block{i}")
        if number < 5:
            x = _transition(x, f"pool{number}")
    x = relu(norm(x, name="bn"), "relu")
    x = frame.head(x, "fc1000", avg="avg_pool", max="max_pool")
    name = network.lower()
    return frame.model(x, name, lambda: weights_of(name, frame.include_top))


def DenseNet121(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Return DenseNet121, for pictures of 224 x 224, at least 32 x 32 without its top.

    The arguments are those of `VGG16`.

    See: Huang, Liu, van der Maaten & Weinberger, https://arxiv.org/abs/1608.06993
    """
    return _densenet("DenseNet121", locals())


def DenseNet169(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Return DenseNet169, for pictures of 224 x 224, at least 32 x 32 without its top.

    The arguments are those of `VGG16`.

    See: Huang, Liu, van der Maaten & Weinberger, https://arxiv.org/abs/1608.06993
    """
    return _densenet("DenseNet169", locals())


def DenseNet201(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Return DenseNet201, for pictures of 224 x 224, at least 32 x 32 without its top.

    The arguments are those of `VGG16`.

    See: Huang, Liu, van der Maaten & Weinberger, https://arxiv.org/abs/1608.06993
    """
    return _densenet("DenseNet201", locals())
