"""ResNet50 as Keras first had it; `resnet.ResNet50` names its layers as its bigger sisters do."""

from __future__ import annotations

from typing import Any

from ..layers import Add, MaxPooling2D, ZeroPadding2D
from ..models import Model
from .frame import Frame, conv, norm, relu
from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocess_input as preprocess_input
from .pretrained import FIRST_RESNET50, weights_of

# filters of the first two convolutions of a block, and number of blocks
STAGES = ((64, 3), (128, 4), (256, 6), (512, 3))


def _conv_norm(x: Any, filters: int, size: int, stage: str, branch: str, **settings: Any) -> Any:
    settings = {"use_bias": True, "kernel_initializer": "he_normal", **settings}
    x = conv(x, filters, size, name=f"res{stage}_branch{branch}", **settings)
    return norm(x, name=f"bn{stage}_branch{branch}")


def _block(x: Any, filters: int, stage: str, strides: int, projected: bool) -> Any:
    y = relu(_conv_norm(x, filters, 1, stage, "2a", strides=strides))
    y = relu(_conv_norm(y, filters, 3, stage, "2b", padding="same"))
    y = _conv_norm(y, 4 * filters, 1, stage, "2c")
    if projected:
        x = _conv_norm(x, 4 * filters, 1, stage, "1", strides=strides)
    return relu(Add()([y, x]))


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
    frame = Frame("ResNet50", locals(), size=224, least=32)
    x = ZeroPadding2D(3, name="conv1_pad")(frame.input)
    x = conv(x, 64, 7, strides=2, use_bias=True, kernel_initializer="he_normal", name="conv1")
    x = relu(norm(x, name="bn_conv1"))
    x = ZeroPadding2D(1, name="pool1_pad")(x)
    x = MaxPooling2D(3, strides=2)(x)
    for stage, (filters, blocks) in enumerate(STAGES, 2):
        for i in range(blocks):
            strides = 2 if i == 0 and stage > 2 else 1
            x = _block(x, filters, f"{stage}{'abcdef'[i]}", strides, projected=i == 0)
    x = frame.head(x, "fc1000")
    return frame.model(
        x, "resnet50", lambda: weights_of("resnet50", frame.include_top, FIRST_RESNET50)
    )
