"""NASNet: cells that a search has found, in two sizes."""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any, NamedTuple

from .. import backend as K
from ..layers import (
    Add,
    AveragePooling2D,
    Cropping2D,
    Dense,
    GlobalAveragePooling2D,
    MaxPooling2D,
    SeparableConv2D,
    ZeroPadding2D,
)
from ..models import Model
from . import frame as _frame
from .frame import Frame, before_strides, channels, join, relu, sizes
from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocess_tf as preprocess_input  # noqa: F401 - its name in Keras
from .pretrained import nasnet_weights

conv = partial(_frame.conv, kernel_initializer="he_normal")
norm = partial(_frame.norm, momentum=0.9997)


class Size(NamedTuple):
    """What the two networks differ in.

    Attributes:
        rows: rows and columns of the pictures.
        filters: filters of the first stage of normal cells.
        cells: normal cells in each of the three stages.
        stem: filters of the first convolution.
        skips: whether the cell after a reduction also sees what came before the reduction's
            input (in place of that input).
    """

    rows: int
    filters: int
    cells: int
    stem: int
    skips: bool


MOBILE = Size(rows=224, filters=44, cells=4, stem=32, skips=False)
LARGE = Size(rows=331, filters=168, cells=6, stem=96, skips=True)


def _separable(x: Any, filters: int, kernel: int, name: str, strides: int = 1) -> Any:
    """Two rounds of activation, separable convolution and normalization."""
    for i in (1, 2):
        x = relu(x)
        if strides > 1:
            x = ZeroPadding2D(before_strides(x, kernel), name=f"separable_conv_{i}_pad_{name}")(x)
        x = SeparableConv2D(
            filters,
            kernel,
            strides=strides,
            padding="same" if strides == 1 else "valid",
            use_bias=False,
            name=f"separable_conv_{i}_{name}",
        )(x)
        x = norm(x, name=f"separable_conv_{i}_bn_{name}")
        strides = 1
    return x


def _adjusted(p: Any, x: Any, filters: int, block: str) -> Any:
    """Return p, what came before x, with x's rows and columns and so many filters."""
    if p is None:
        return x
    if sizes(p)[1] != sizes(x)[1]:
        p = relu(p, f"adjust_relu_1_{block}")
        # Every second row and column, and the ones between them, each with half the filters.
        halves = []
        for i, kept in ((1, p), (2, None)):
            if kept is None:
                kept = Cropping2D(((1, 0), (1, 0)))(ZeroPadding2D(((0, 1), (0, 1)))(p))
            kept = AveragePooling2D(1, strides=2, name=f"adjust_avg_pool_{i}_{block}")(kept)
            name = f"adjust_conv_{i}_{block}"
            halves.append(conv(kept, filters // 2, 1, padding="same", name=name))
        return norm(join(halves), name=f"adjust_bn_{block}")
    if channels(p) != filters:
        name = f"adjust_conv_projection_{block}"
        return norm(conv(relu(p), filters, 1, padding="same", name=name), name=f"adjust_bn_{block}")
    return p


def _squeezed(x: Any, filters: int, kind: str, block: str) -> Any:
    x = conv(relu(x), filters, 1, padding="same", name=f"{kind}_conv_1_{block}")
    return norm(x, name=f"{kind}_bn_1_{block}")


def _same_average(x: Any, name: str) -> Any:
    return AveragePooling2D(3, strides=1, padding="same", name=name)(x)


def _normal_cell(x: Any, p: Any, filters: int, block: str) -> Any:
    p = _adjusted(p, x, filters, block)
    h = _squeezed(x, filters, "normal", block)

    def separable(t: Any, kernel: int, place: str) -> Any:
        return _separable(t, filters, kernel, f"normal_{place}_{block}")

    def add(number: int, a: Any, b: Any) -> Any:
        return Add(name=f"normal_add_{number}_{block}")([a, b])

    x1 = add(1, separable(h, 5, "left1"), separable(p, 3, "right1"))
    x2 = add(2, separable(p, 5, "left2"), separable(p, 3, "right2"))
    x3 = add(3, _same_average(h, f"normal_left3_{block}"), p)
    x4 = [_same_average(p, f"normal_{side}4_{block}") for side in ("left", "right")]
    x4 = add(4, *x4)
    x5 = add(5, separable(h, 3, "left5"), h)
    return join([p, x1, x2, x3, x4, x5], f"normal_concat_{block}")


def _reduction_cell(x: Any, p: Any, filters: int, block: str) -> Any:
    p = _adjusted(p, x, filters, block)
    h = _squeezed(x, filters, "reduction", block)
    padded = ZeroPadding2D(before_strides(h, 3), name=f"reduction_pad_1_{block}")(h)

    def separable(t: Any, kernel: int, place: str, strides: int = 2) -> Any:
        return _separable(t, filters, kernel, f"reduction_{place}_{block}", strides)

    def pooled(kind: Any, place: str) -> Any:
        return kind(3, strides=2, name=f"reduction_{place}_{block}")(padded)

    def add(name: str | None, a: Any, b: Any) -> Any:
        return Add(name=name and f"reduction_{name}_{block}")([a, b])

    x1 = add("add_1", separable(h, 5, "left1"), separable(p, 7, "right1"))
    x2 = add("add_2", pooled(MaxPooling2D, "left2"), separable(p, 7, "right2"))
    x3 = add("add3", pooled(AveragePooling2D, "left3"), separable(p, 5, "right3"))
    x4 = add(None, x2, _same_average(x1, f"reduction_left4_{block}"))
    x5 = add("add4", separable(x1, 3, "left4", strides=1), pooled(MaxPooling2D, "right5"))
    return join([x2, x3, x4, x5], f"reduction_concat_{block}")


def _body(x: Any, size: Size) -> Any:
    """Return the features: two reductions as a stem, then stages of normal cells."""
    x = conv(x, size.stem, 3, strides=2, name="stem_conv1")
    x, p = norm(x, name="stem_bn1"), None
    for i, share in ((1, 4), (2, 2)):
        x, p = _reduction_cell(x, p, size.filters // share, f"stem_{i}"), x
    for stage in range(3):
        filters, first = size.filters * 2**stage, stage * size.cells
        if stage:
            reduced = _reduction_cell(x, p, filters, f"reduce_{first}")
            x, p = reduced, p if size.skips else x
            first += 1
        for i in range(first, first + size.cells):
            x, p = _normal_cell(x, p, filters, str(i)), x
    return relu(x)


def _nasnet(network: str, size: Size, asked: dict[str, Any]) -> Model:
    data_format = K.image_data_format()
    if data_format != "channels_last":
        warnings.warn(
            f"{network} exists for pictures with their channels last only: the model takes them so, "
            f"though K.image_data_format() is {data_format!r}.",
            stacklevel=3,
        )
    K.set_image_data_format("channels_last")
    try:
        frame = Frame(network, asked, size=size.rows, least=32, fixed=True)
        x = _body(frame.input, size)
        if frame.include_top:
            x = GlobalAveragePooling2D()(x)
            x = Dense(frame.classes, activation="softmax", name="predictions")(x)
        else:
            x = frame.pool(x)
        kind = network.removeprefix("NASNet").lower()
        return frame.model(x, "NASNet", lambda: nasnet_weights(kind, frame.include_top))
    finally:
        K.set_image_data_format(data_format)


def NASNetLarge(
    input_shape: Any = None,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Return NASNet-A for pictures of 331 x 331, at least 32 x 32.

    The arguments are those of `VGG16`; rows and columns have to be known even without the top.

    See: Zoph, Vasudevan, Shlens & Le, https://arxiv.org/abs/1707.07012
    """
    return _nasnet("NASNetLarge", LARGE, locals())


def NASNetMobile(
    input_shape: Any = None,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Return NASNet-A for pictures of 224 x 224, at least 32 x 32.

    The arguments are those of `VGG16`; rows and columns have to be known even without the top.

    See: Zoph, Vasudevan, Shlens & Le, https://arxiv.org/abs/1707.07012
    """
    return _nasnet("NASNetMobile", MOBILE, locals())
