"""Noise that keeps a network from learning its samples by heart; only in training."""

from __future__ import annotations

import math
from typing import Any

from .. import backend as K
from .configured import Configured, given


class _Noise(Configured):
    """Base of layers that change values in training only."""

    def __init__(self, settings: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(settings, **kwargs)
        self.supports_masking = True

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the input's shape."""
        return input_shape


class GaussianNoise(_Noise):
    """In training, add normal noise of mean 0.

    Args:
        stddev: standard deviation of the noise.
    """

    def __init__(self, stddev: float, **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Return `inputs + noise` when training."""

        def noised() -> Any:
            return inputs + K.random_normal(
                K.shape(inputs), mean=0.0, stddev=self.stddev, dtype=K.dtype(inputs)
            )

        return K.in_train_phase(noised, inputs, training=training)


class GaussianDropout(_Noise):
    """In training, multiply by normal noise of mean 1 and the variance that dropout has.

    Args:
        rate: as in `Dropout`: the standard deviation is `sqrt(rate / (1 - rate))`.

    See: Srivastava et al., http://www.jmlr.org/papers/volume15/srivastava14a/srivastava14a.pdf
    """

    def __init__(self, rate: float, **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Return `inputs * noise` when training."""
        if not 0 < self.rate < 1:
            return inputs
        stddev = math.sqrt(self.rate / (1.0 - self.rate))

        def noised() -> Any:
            return inputs * K.random_normal(
                K.shape(inputs), mean=1.0, stddev=stddev, dtype=K.dtype(inputs)
            )

        return K.in_train_phase(noised, inputs, training=training)


class AlphaDropout(_Noise):
    """Dropout that keeps mean and variance: for `selu` networks.

    A dropped value becomes that to which selu tends for very negative inputs, and all are then
    scaled and shifted back.

    Args:
        rate: part of the values to drop.
        noise_shape: shape of the mask, which is broadcast; None in it stands for the input's size.
        seed: integer that makes the masks repeatable.

    See: Klambauer et al., https://arxiv.org/abs/1706.02515
    """

    def __init__(self, rate: float, noise_shape: Any = None, seed: Any = None, **kwargs: Any):
        super().__init__(given(locals()), **kwargs)

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Drop when training, else hand on."""
        if not 0.0 < self.rate < 1.0:
            return inputs
        low = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946
        a = ((1 - self.rate) * (1 + self.rate * low**2)) ** -0.5
        b = -a * low * self.rate

        def dropped() -> Any:
            sizes = K.shape(inputs)
            shape = self.noise_shape or (None,) * K.ndim(inputs)
            shape = [sizes[i] if n is None else n for i, n in enumerate(shape)]
            uniform = K.random_uniform(shape, dtype=K.dtype(inputs), seed=self.seed)
            kept = K.greater_equal(uniform, self.rate)
            return a * K.switch(kept, inputs, K.ones_like(inputs) * low) + b

        return K.in_train_phase(dropped, inputs, training=training)
