"""MobileNet: depthwise convolutions, each followed by one of 1 x 1."""

from __future__ import annotations

import warnings
from typing import Any

from .. import backend as K
from ..layers import (
    Activation,
    Conv2D,
    DepthwiseConv2D,
    Dropout,
    GlobalAveragePooling2D,
    ReLU,
    Reshape,
    ZeroPadding2D,
)
from ..models import Model
from .frame import Frame, conv, norm
from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocess_tf as preprocess_input  # noqa: F401 - its name in Keras
from .pretrained import mobilenet_weights

SIZES = (128, 160, 192, 224)
WIDTHS = (0.25, 0.5, 0.75, 1.0)

# filters and strides of the blocks
BLOCKS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)]
BLOCKS += [(512, 1)] * 5 + [(1024, 2), (1024, 1)]


def rows_and_columns(input_shape: Any) -> tuple[Any, Any]:
    """Return the rows and columns of a shape asked for; (None, None) if it is none."""
    if not isinstance(input_shape, tuple | list) or len(input_shape) != 3:
        return None, None
    first = K.image_data_format() == "channels_first"
    rows, columns = input_shape[1:] if first else input_shape[:2]
    return rows, columns


def default_size(shape: Any, known: tuple[int, ...]) -> int:
    """Return a shape's rows if there are weights for them, else 224."""
    rows, columns = rows_and_columns(shape)
    return rows if rows == columns and rows in known else 224


def rows_of_weights(
    frame: Frame, alpha: float, widths: tuple[float, ...], known: tuple[int, ...]
) -> Any:
    """Return for pictures of how many rows the published weights are; if none are asked for, the
    pictures' own rows.
    """
    rows, columns = rows_and_columns(frame.input_shape)
    if not frame.imagenet:
        return rows
    if alpha not in widths:
        raise ValueError(
            f"{frame.network}: got alpha={alpha!r}; weights='imagenet' needs one of "
            f"{', '.join(map(str, widths))}."
        )
    if rows == columns and rows in known:
        return rows
    warnings.warn(
        f"{frame.network}: there are weights for square pictures of {', '.join(map(str, known))} "
        f"rows; got {rows} x {columns}: the weights for 224 are loaded.",
        stacklevel=3,
    )
    return 224


def relu_to_6(x: Any, name: str) -> Any:
    """Return x, at least 0 and at most 6."""
    return ReLU(6.0, name=name)(x)


def _block(x: Any, filters: int, strides: int, multiplier: int, number: int) -> Any:
    name = f"conv_dw_{number}"
    if strides > 1:
        x = ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{number}")(x)
    x = DepthwiseConv2D(
        3,
        strides=strides,
        padding="same" if strides == 1 else "valid",
        depth_multiplier=multiplier,
        use_bias=False,
        name=name,
    )(x)
    x = relu_to_6(norm(x, name=f"{name}_bn"), f"{name}_relu")
    name = f"conv_pw_{number}"
    x = conv(x, filters, 1, padding="same", name=name)
    return relu_to_6(norm(x, name=f"{name}_bn"), f"{name}_relu")


def _top(x: Any, channels: int, classes: int, dropout: float) -> Any:
    first = K.image_data_format() == "channels_first"
    x = GlobalAveragePooling2D()(x)
    x = Reshape((channels, 1, 1) if first else (1, 1, channels), name="reshape_1")(x)
    x = Dropout(dropout, name="dropout")(x)
    x = Conv2D(classes, 1, padding="same", name="conv_preds")(x)
    x = Reshape((classes,), name="reshape_2")(x)
    return Activation("softmax", name="act_softmax")(x)


def MobileNet(
    input_shape: Any = None,
    alpha: float = 1.0,
    depth_multiplier: int = 1,
    dropout: float = 1e-3,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Return MobileNet, for pictures of 224 x 224, at least 32 x 32 without its top.

    Args:
        input_shape: shape of a picture; there are weights for 128, 160, 192 and 224 rows.
        alpha: factor of the number of filters; there are weights for 0.25, 0.5, 0.75 and 1.
        depth_multiplier: outputs of a depthwise convolution for each channel.
        dropout: share of the features that are dropped before the classifier in training.
        include_top: as the other arguments, see `VGG16`.

    See: Howard et al., https://arxiv.org/abs/1704.04861
    """
    frame = Frame("MobileNet", locals(), size=default_size(input_shape, SIZES), least=32)
    if frame.imagenet and depth_multiplier != 1:
        raise ValueError(
            f"MobileNet: got depth_multiplier={depth_multiplier!r}; weights='imagenet' needs 1."
        )
    rows = rows_of_weights(frame, alpha, WIDTHS, SIZES)
    x = ZeroPadding2D(((0, 1), (0, 1)), name="conv1_pad")(frame.input)
    x = conv(x, int(32 * alpha), 3, strides=2, name="conv1")
    x = relu_to_6(norm(x, name="conv1_bn"), "conv1_relu")
    for number, (filters, strides) in enumerate(BLOCKS, 1):
        x = _block(x, int(filters * alpha), strides, depth_multiplier, number)
    x = _top(x, int(1024 * alpha), classes, dropout) if include_top else frame.pool(x)
    return frame.model(
        x, f"mobilenet_{alpha:0.2f}_{rows}", lambda: mobilenet_weights(alpha, rows, include_top)
    )
