"""What all networks share: checks, entry, head and weights; and short names for their layers."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import backend as K
from ..layers import (
    Activation,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    Input,
)
from ..models import Model
from ..utils.layer_utils import get_source_inputs
from .imagenet_utils import _obtain_input_shape
from .pretrained import Published, fetch


class Frame:
    """A network being built, apart from its middle.

    Args:
        network: its name, for messages.
        asked: the arguments of the public function, by name (its `locals()`).
        size: rows and columns of the pictures, if none are asked for.
        least: fewest rows and columns.
        fixed: whether rows and columns have to be known even without the top.

    Attributes:
        input: the tensor to begin with.
        input_shape: shape of a picture.
    """

    def __init__(
        self, network: str, asked: dict[str, Any], size: int, least: int, fixed: bool = False
    ) -> None:
        self.network = network
        self.include_top = asked["include_top"]
        self.weights = asked["weights"]
        self.classes = asked["classes"]
        self.pooling = asked["pooling"]
        self._tensor = asked["input_tensor"]
        self._check()
        self.input_shape = _obtain_input_shape(
            asked["input_shape"],
            default_size=size,
            min_size=least,
            data_format=K.image_data_format(),
            require_flatten=fixed or bool(self.include_top),
            weights=self.weights,
        )
        self.input = self._entry()

    @property
    def imagenet(self) -> bool:
        """Whether the published weights are asked for."""
        return isinstance(self.weights, str) and self.weights == "imagenet"

    def _check(self) -> None:
        weights = self.weights
        is_path = isinstance(weights, str | os.PathLike) and Path(weights).is_file()
        if weights is not None and not self.imagenet and not is_path:
            raise ValueError(
                f"{self.network}: got weights={weights!r}; needs None (random weights), 'imagenet', "
                "or the path of a file that exists."
            )
        if self.imagenet and self.include_top and self.classes != 1000:
            raise ValueError(
                f"{self.network}: got classes={self.classes!r}; weights='imagenet' with "
                "include_top=True needs classes=1000."
            )
        if self.pooling not in (None, "avg", "max"):
            raise ValueError(
                f"{self.network}: got pooling={self.pooling!r}; needs None, 'avg' or 'max'."
            )

    def _entry(self) -> Any:
        x = self._tensor
        if x is None:
            return Input(shape=self.input_shape)
        if not K.is_tensor(x):
            raise ValueError(
                f"{self.network}: got input_tensor={x!r} of type {type(x).__name__}; needs a "
                "symbolic tensor, of `Input` say."
            )
        return x if K.is_keras_tensor(x) else Input(tensor=x, shape=self.input_shape)

    def head(
        self, x: Any, predictions: str = "predictions", avg: str | None = None, max: Any = None
    ) -> Any:
        """Return the classes' probabilities if the top is asked for, else pool as asked.

        Args:
            x: the features.
            predictions: name of the last layer.
            avg: name of the average pooling where it is the end.
            max: name of the maximum pooling.
        """
        if not self.include_top:
            return self.pool(x, avg, max)
        x = GlobalAveragePooling2D(name="avg_pool")(x)
        return Dense(self.classes, activation="softmax", name=predictions)(x)

    def pool(self, x: Any, avg: str | None = None, max: str | None = None) -> Any:
        """Pool over all places, as asked."""
        if self.pooling == "avg":
            return GlobalAveragePooling2D(name=avg)(x)
        return GlobalMaxPooling2D(name=max)(x) if self.pooling == "max" else x

    def model(self, x: Any, name: str, published: Callable[[], Published]) -> Model:
        """Return the model, with the weights asked for.

        Args:
            x: its output.
            name: its name.
            published: gives the file of weights for 'imagenet'.
        """
        inputs = self.input if self._tensor is None else get_source_inputs(self._tensor)
        path = self.weights
        if self.imagenet:  # before the model is made: a mistake should show early
            path = fetch(published(), f"The weights of {self.network}")
        model = Model(inputs, x, name=name)
        if path is not None:
            model.load_weights(os.fspath(path))
        return model


def channel_axis() -> int:
    """Return the axis of the channels of a batch of pictures."""
    return 1 if K.image_data_format() == "channels_first" else 3


def sizes(x: Any) -> tuple[Any, ...]:
    """Return the rows and columns of a batch of pictures."""
    shape = K.int_shape(x)
    return shape[2:4] if K.image_data_format() == "channels_first" else shape[1:3]


def channels(x: Any) -> int:
    """Return the number of channels of a batch of pictures."""
    found = K.int_shape(x)[channel_axis()]
    if found is None:
        raise ValueError(f"Got {x} of shape {K.int_shape(x)}; needs a known number of channels.")
    return found


def conv(x: Any, filters: int, size: Any, **settings: Any) -> Any:
    """Return a convolution of x, without a bias unless one is asked for."""
    return Conv2D(filters, size, **{"use_bias": False, **settings})(x)


def norm(x: Any, **settings: Any) -> Any:
    """Return x normalized over the batch, channel by channel."""
    return BatchNormalization(axis=channel_axis(), **settings)(x)


def relu(x: Any, name: str | None = None) -> Any:
    """Return x where it is positive, else 0."""
    return Activation("relu", name=name)(x)


def join(xs: list[Any], name: str | None = None) -> Any:
    """Return the channels of several tensors behind one another."""
    return Concatenate(axis=channel_axis(), name=name)(xs)


def before_strides(x: Any, kernel: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the zeros around x that let a window move by 2 as TensorFlow's 'same' would.

    An even size gets one zero less in front than behind. One that is not known counts as even.
    """
    half = kernel // 2
    rows, columns = (half - (n is None or n % 2 == 0) for n in sizes(x))
    return ((rows, half), (columns, half))
