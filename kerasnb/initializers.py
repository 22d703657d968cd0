"""Initializers: the first value of a weight, from its shape.

What an initializer returns may be a graph node: it is computed when the weight is first needed,
so that building a large model takes no time and no memory.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import backend as K
from .graph import ops
from .utils.generic_utils import (
    deserialize_keras_object,
    public_objects,
    serialize_keras_object,
)


class Initializer:
    """Base of all initializers."""

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Return the first value of a weight of this shape."""
        raise NotImplementedError(f"{type(self).__name__}.__call__(shape, dtype=None)")

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Initializer:
        """Make an initializer from what `get_config` gave."""
        config = dict(config)
        config.pop("dtype", None)  # tf.keras writes it
        return cls(**config)


class Zeros(Initializer):
    """Zero everywhere."""

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return K.constant(0, shape=shape, dtype=dtype)


class Ones(Initializer):
    """One everywhere."""

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return K.constant(1, shape=shape, dtype=dtype)


class Constant(Initializer):
    """A given value.

    Args:
        value: a number, or an array of the weight's shape.
    """

    def __init__(self, value: Any = 0) -> None:
        self.value = value

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return K.constant(self.value, shape=shape, dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        """Return `value`."""
        value = self.value
        return {"value": value.tolist() if isinstance(value, np.ndarray) else value}


class _Random(Initializer):
    """Base of what is drawn: a seeded initializer draws other numbers for each weight."""

    def __init__(self, seed: int | None = None) -> None:
        self.seed = seed
        self._calls = 0

    def _next_seed(self) -> int | None:
        if self.seed is None:
            return None
        self._calls += 1
        return self.seed + self._calls - 1


class RandomNormal(_Random):
    """Normal distribution.

    Args:
        mean: mean.
        stddev: standard deviation.
        seed: integer that makes the numbers repeatable.
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.mean = mean
        self.stddev = stddev

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        seed = self._next_seed()
        return K.random_normal(shape, self.mean, self.stddev, dtype=dtype, seed=seed)

    def get_config(self) -> dict[str, Any]:
        """Return mean, standard deviation and seed."""
        return {"mean": self.mean, "stddev": self.stddev, "seed": self.seed}


class RandomUniform(_Random):
    """Equal chances between two bounds.

    Args:
        minval: lower bound.
        maxval: upper bound.
        seed: integer that makes the numbers repeatable.
    """

    def __init__(
        self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None
    ) -> None:
        super().__init__(seed)
        self.minval = minval
        self.maxval = maxval

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        seed = self._next_seed()
        return K.random_uniform(shape, self.minval, self.maxval, dtype=dtype, seed=seed)

    def get_config(self) -> dict[str, Any]:
        """Return bounds and seed."""
        return {"minval": self.minval, "maxval": self.maxval, "seed": self.seed}


class TruncatedNormal(RandomNormal):
    """Normal distribution of which values beyond two standard deviations are drawn again."""

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        seed = self._next_seed()
        return K.truncated_normal(shape, self.mean, self.stddev, dtype=dtype, seed=seed)


class VarianceScaling(_Random):
    """Random numbers of variance `scale / n`, so that signals keep their size through layers.

    `n` is the number of inputs of a unit ("fan_in"), of outputs ("fan_out"), or the mean of the
    two ("fan_avg").

    Args:
        scale: positive number.
        mode: "fan_in", "fan_out" or "fan_avg".
        distribution: "normal" (truncated at two standard deviations) or "uniform".
        seed: integer that makes the numbers repeatable.

    Raises:
        ValueError: for another scale, mode or distribution.
    """

    # standard deviation of a normal distribution cut at -2 and 2
    _CUT = 0.87962566103423978

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "normal",
        seed: int | None = None,
    ) -> None:
        super().__init__(seed)
        if scale <= 0.0:
            raise ValueError(f"VarianceScaling: `scale` must be a positive float; got {scale!r}.")
        mode, distribution = mode.lower(), distribution.lower()
        if mode not in ("fan_in", "fan_out", "fan_avg"):
            raise ValueError(
                'VarianceScaling: `mode` must be one of "fan_in", "fan_out", "fan_avg"; '
                f"got {mode!r}."
            )
        if distribution not in ("normal", "uniform"):
            raise ValueError(
                'VarianceScaling: `distribution` must be "normal" or "uniform"; '
                f"got {distribution!r}."
            )
        self.scale = scale
        self.mode = mode
        self.distribution = distribution

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        fan_in, fan_out = _compute_fans(shape)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, fan)
        seed = self._next_seed()
        if self.distribution == "normal":
            stddev = math.sqrt(variance) / self._CUT
            return K.truncated_normal(shape, 0.0, stddev, dtype=dtype, seed=seed)
        limit = math.sqrt(3.0 * variance)
        return K.random_uniform(shape, -limit, limit, dtype=dtype, seed=seed)

    def get_config(self) -> dict[str, Any]:
        """Return scale, mode, distribution and seed."""
        return {
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "seed": self.seed,
        }


class Orthogonal(_Random):
    """A random matrix with orthogonal rows or columns, so that products keep lengths.

    Args:
        gain: factor of the result.
        seed: integer that makes the numbers repeatable.

    See: Saxe et al., https://arxiv.org/abs/1312.6120
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        super().__init__(seed)
        self.gain = gain

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        if len(shape) < 2:
            raise ValueError(
                f"Orthogonal: a shape of at least two axes is needed; got {tuple(shape)}."
            )
        flat = (math.prod(shape[:-1]), shape[-1])
        normal = K.random_normal(flat, dtype="float64", seed=self._next_seed())
        matrix = self.gain * ops.orthogonal(normal)
        return K.cast(K.reshape(matrix, tuple(shape)), dtype or K.floatx())

    def get_config(self) -> dict[str, Any]:
        """Return gain and seed."""
        return {"gain": self.gain, "seed": self.seed}


class Identity(Initializer):
    """Ones on the diagonal of a matrix.

    Args:
        gain: factor of the result.
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        if len(shape) != 2:
            raise ValueError(f"Identity: a shape of two axes is needed; got {tuple(shape)}.")
        return (self.gain * np.eye(*shape)).astype(dtype or K.floatx())

    def get_config(self) -> dict[str, Any]:
        """Return gain."""
        return {"gain": self.gain}


def lecun_uniform(seed: int | None = None) -> VarianceScaling:
    """Return uniform numbers within `sqrt(3 / fan_in)`.

    See: LeCun et al., http://yann.lecun.com/exdb/publis/pdf/lecun-98b.pdf
    """
    return VarianceScaling(1.0, "fan_in", "uniform", seed)


def lecun_normal(seed: int | None = None) -> VarianceScaling:
    """Return truncated normal numbers of standard deviation `sqrt(1 / fan_in)`.

    See: Klambauer et al., https://arxiv.org/abs/1706.02515
    """
    return VarianceScaling(1.0, "fan_in", "normal", seed)


def glorot_uniform(seed: int | None = None) -> VarianceScaling:
    """Return uniform numbers within `sqrt(6 / (fan_in + fan_out))`: the default of most layers.

    See: Glorot & Bengio, http://proceedings.mlr.press/v9/glorot10a.html
    """
    return VarianceScaling(1.0, "fan_avg", "uniform", seed)


def glorot_normal(seed: int | None = None) -> VarianceScaling:
    """Return truncated normal numbers of standard deviation `sqrt(2 / (fan_in + fan_out))`.

    See: Glorot & Bengio, http://proceedings.mlr.press/v9/glorot10a.html
    """
    return VarianceScaling(1.0, "fan_avg", "normal", seed)


def he_uniform(seed: int | None = None) -> VarianceScaling:
    """Return uniform numbers within `sqrt(6 / fan_in)`: made for relu.

    See: He et al., https://arxiv.org/abs/1502.01852
    """
    return VarianceScaling(2.0, "fan_in", "uniform", seed)


def he_normal(seed: int | None = None) -> VarianceScaling:
    """Return truncated normal numbers of standard deviation `sqrt(2 / fan_in)`: made for relu.

    See: He et al., https://arxiv.org/abs/1502.01852
    """
    return VarianceScaling(2.0, "fan_in", "normal", seed)


zero = zeros = Zeros
one = ones = Ones
constant = Constant
uniform = random_uniform = RandomUniform
normal = random_normal = RandomNormal
truncated_normal = TruncatedNormal
identity = Identity
orthogonal = Orthogonal


def _compute_fans(shape: Any, data_format: str = "channels_last") -> tuple[float, float]:
    """Return the numbers of inputs and outputs of one unit of a weight of this shape."""
    shape = tuple(shape)
    if len(shape) == 2:
        return shape[0], shape[1]
    if len(shape) in (3, 4, 5):  # convolution kernels
        if data_format == "channels_first":
            field = math.prod(shape[2:])
            return shape[1] * field, shape[0] * field
        field = math.prod(shape[:-2])
        return shape[-2] * field, shape[-1] * field
    side = math.sqrt(math.prod(shape))
    return side, side


def serialize(initializer: Any) -> Any:
    """Return what a config says of an initializer."""
    return serialize_keras_object(initializer)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """Return the initializer that a config means."""
    return deserialize_keras_object(
        config,
        module_objects=_OBJECTS,
        custom_objects=custom_objects,
        printable_module_name="initializer",
    )


def get(identifier: Any) -> Any:
    """Return an initializer from a name, a config, or a function of a shape.

    Example:
        >>> get("he_normal").get_config()["scale"]
        2.0
    """
    if isinstance(identifier, str):
        identifier = {"class_name": identifier, "config": {}}
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, type):
        return identifier()
    if callable(identifier):
        return identifier
    raise ValueError(
        f"Cannot make an initializer from {identifier!r} ({type(identifier).__name__}): "
        "a name, an initializer or a function of (shape, dtype) is needed."
    )


_OBJECTS = public_objects(globals())
