"""What the deep residual networks of both versions share, save for the first ResNet50."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..layers import MaxPooling2D, ZeroPadding2D
from ..models import Model
from . import frame as _frame
from .frame import Frame, relu
from .pretrained import weights_of

norm = partial(_frame.norm, epsilon=1.001e-5)
conv = partial(_frame.conv, use_bias=True)

# name -> blocks of each stage
DEPTHS = {"ResNet50": (3, 4, 6, 3), "ResNet101": (3, 4, 23, 3), "ResNet152": (3, 8, 36, 3)}


def resnet(
    network: str, asked: dict[str, Any], stage: Callable[..., Any], preactivated: bool = False
) -> Model:
    """Return a residual network.

    Args:
        network: its name.
        asked: the arguments of the public function.
        stage: adds a stage of blocks: `stage(x, filters, blocks, name)`.
        preactivated: whether normalization and activation stand before the convolutions.
    """
    frame = Frame(network, asked, size=224, least=32)
    x = ZeroPadding2D(3, name="conv1_pad")(frame.input)
    x = conv(x, 64, 7, strides=2, name="conv1_conv")
    if not preactivated:
        x = relu(norm(x, name="conv1_bn"), "conv1_relu")
    x = ZeroPadding2D(1, name="pool1_pad")(x)
    x = MaxPooling2D(3, strides=2, name="pool1_pool")(x)
    for i, blocks in enumerate(DEPTHS[network.removesuffix("V2")]):
        x = stage(x, 64 * 2**i, blocks, f"conv{i + 2}")
    if preactivated:
        x = relu(norm(x, name="post_bn"), "post_relu")
    x = frame.head(x, "probs", avg="avg_pool", max="max_pool")
    name = network.lower()
    return frame.model(x, name, lambda: weights_of(name, frame.include_top))
