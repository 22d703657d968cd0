"""MobileNetV2: depthwise convolutions on many channels, residual connections between few."""

from __future__ import annotations

from typing import Any

from .. import backend as K
from ..layers import Add, Dense, DepthwiseConv2D, GlobalAveragePooling2D, ZeroPadding2D
from ..models import Model
from . import frame as _frame
from .frame import Frame, before_strides, channels, conv
from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocess_tf as preprocess_input  # noqa: F401 - its name in Keras
from .mobilenet import default_size, relu_to_6, rows_and_columns, rows_of_weights
from .pretrained import mobilenet_v2_weights

SIZES = (96, 128, 160, 192, 224)
WIDTHS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)

# filters, strides of the first block, and number of blocks; the first stage does not expand
STAGES = [(16, 1, 1), (24, 2, 2), (32, 2, 3), (64, 2, 4), (96, 1, 3), (160, 2, 3), (320, 1, 1)]
EXPANSION = 6


def _norm(x: Any, name: str) -> Any:
    return _frame.norm(x, momentum=0.999, name=name)


def _in_eights(filters: float) -> int:
    """Return the nearest multiple of 8 that is not below 90 % of a number, at least 8."""
    rounded = max(8, int(filters + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * filters else rounded + 8


def _block(x: Any, filters: int, strides: int, number: int) -> Any:
    found = channels(x)
    name, y = f"block_{number}" if number else "expanded_conv", x
    if number:
        y = conv(y, EXPANSION * found, 1, padding="same", name=f"{name}_expand")
        y = relu_to_6(_norm(y, f"{name}_expand_BN"), f"{name}_expand_relu")
    if strides > 1:
        y = ZeroPadding2D(before_strides(y, 3), name=f"{name}_pad")(y)
    padding = "same" if strides == 1 else "valid"
    layer = f"{name}_depthwise"
    y = DepthwiseConv2D(3, strides=strides, padding=padding, use_bias=False, name=layer)(y)
    y = relu_to_6(_norm(y, f"{name}_depthwise_BN"), f"{name}_depthwise_relu")
    y = conv(y, filters, 1, padding="same", name=f"{name}_project")
    y = _norm(y, f"{name}_project_BN")
    return Add(name=f"{name}_add")([x, y]) if strides == 1 and found == filters else y


def _picture_shape(input_tensor: Any) -> Any:
    """Return a tensor's shape without samples; None if it is not that of pictures."""
    known = K.is_tensor(input_tensor) and K.ndim(input_tensor) == 4
    return K.int_shape(input_tensor)[1:] if known else None


def _check_sizes(input_shape: Any, given: Any) -> None:
    """Say so if the tensor has other rows or columns than the shape."""
    asked = rows_and_columns(input_shape)
    for one, other in zip(asked, rows_and_columns(given), strict=True):
        if None not in (one, other) and one != other:
            raise ValueError(
                f"MobileNetV2: got input_shape={input_shape!r} and an input_tensor of shape "
                f"{(None, *given)}; needs the same rows and columns in both."
            )


def MobileNetV2(
    input_shape: Any = None,
    alpha: float = 1.0,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Return MobileNetV2, for pictures of 224 x 224, at least 32 x 32 without its top.

    Args:
        input_shape: shape of a picture; there are weights for 96, 128, 160, 192 and 224 rows.
        alpha: factor of the number of filters; there are weights for 0.35, 0.5, 0.75, 1, 1.3 and
            1.4.
        include_top: as the other arguments, see `VGG16`.

    See: Sandler, Howard, Zhu, Zhmoginov & Chen, https://arxiv.org/abs/1801.04381
    """
    given = _picture_shape(input_tensor)
    _check_sizes(input_shape, given)
    size = default_size(input_shape or given, SIZES)
    frame = Frame("MobileNetV2", locals(), size=size, least=32)
    rows = rows_of_weights(frame, alpha, WIDTHS, SIZES)
    x = ZeroPadding2D(before_strides(frame.input, 3), name="Conv1_pad")(frame.input)
    x = conv(x, _in_eights(32 * alpha), 3, strides=2, name="Conv1")
    x = relu_to_6(_norm(x, "bn_Conv1"), "Conv1_relu")
    number = 0
    for filters, strides, blocks in STAGES:
        for i in range(blocks):
            x = _block(x, _in_eights(int(filters * alpha)), 1 if i else strides, number)
            number += 1
    x = conv(x, _in_eights(1280 * max(alpha, 1.0)), 1, name="Conv_1")
    x = relu_to_6(_norm(x, "Conv_1_bn"), "out_relu")
    if include_top:
        x = GlobalAveragePooling2D()(x)
        x = Dense(classes, activation="softmax", name="Logits")(x)
    else:
        x = frame.pool(x)
    name = f"mobilenetv2_{alpha:0.2f}_{rows}"
    return frame.model(x, name, lambda: mobilenet_v2_weights(alpha, rows, include_top))
