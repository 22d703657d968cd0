"""VGG19: VGG16 with three more convolutions."""

from __future__ import annotations

from typing import Any

from ..models import Model
from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocess_input as preprocess_input
from .vgg16 import vgg


def VGG19(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Return VGG19, for pictures of 224 x 224, at least 32 x 32 without its top.

    The arguments are those of `VGG16`.

    See: Simonyan & Zisserman, https://arxiv.org/abs/1409.1556
    """
    return vgg("vgg19", (2, 2, 4, 4, 4), locals())
