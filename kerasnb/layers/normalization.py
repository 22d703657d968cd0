"""Normalization of activations."""

from __future__ import annotations

from typing import Any

from .. import backend as K
from ..engine.base_layer import InputSpec
from .configured import Configured, given


class BatchNormalization(Configured):
    """Give every feature mean 0 and variance 1 over the batch, then learned scale and offset.

    `y = gamma * (x - mean) / sqrt(variance + epsilon) + beta`. In training, mean and variance are
    the batch's; at test time they are moving averages of those seen in training.

    Args:
        axis: axis of the features (1 after a Conv2D with data_format="channels_first").
        momentum: share of the old value in the moving averages at each step.
        epsilon: added to the variance, so that nothing is divided by zero.
        center: whether `beta` is added.
        scale: whether `gamma` multiplies.
        beta_initializer: first value of beta.
        gamma_initializer: first value of gamma.
        moving_mean_initializer: first value of the moving mean.
        moving_variance_initializer: first value of the moving variance.
        beta_regularizer: penalty on beta.
        gamma_regularizer: penalty on gamma.
        beta_constraint: what holds for beta after each step.
        gamma_constraint: what holds for gamma after each step.

    See: Ioffe & Szegedy, https://arxiv.org/abs/1502.03167
    """

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(given(locals()), **kwargs)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Add gamma, beta and the moving averages."""
        ndim = len(input_shape)
        if not -ndim <= self.axis < ndim:
            raise self._needs(
                f"an input that has axis {self.axis}", f"input shape {tuple(input_shape)}"
            )
        size = input_shape[self.axis]
        if size is None:
            raise self._needs(
                f"axis {self.axis} of the input to have a known size",
                f"input shape {tuple(input_shape)}",
            )
        self.gamma = self._add("gamma", (size,)) if self.scale else None
        self.beta = self._add("beta", (size,)) if self.center else None
        self.moving_mean = self._add("moving_mean", (size,), trainable=False)
        self.moving_variance = self._add("moving_variance", (size,), trainable=False)
        self.input_spec = InputSpec(ndim=ndim, axes={self.axis: size})
        self.built = True

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Normalize by the batch when training, else by the moving averages."""
        ndim = K.ndim(inputs)
        axis = self.axis % ndim

        def inference() -> Any:
            shape = [1] * ndim
            shape[axis] = -1

            def beside(w: Any) -> Any:
                return w if w is None or axis == ndim - 1 else K.reshape(w, tuple(shape))

            return K.batch_normalization(
                inputs,
                beside(self.moving_mean),
                beside(self.moving_variance),
                beside(self.beta),
                beside(self.gamma),
                axis=self.axis,
                epsilon=self.epsilon,
            )

        if training in (0, False):
            return inference()
        others = [i for i in range(ndim) if i != axis]
        normed, mean, variance = K.normalize_batch_in_training(
            inputs, self.gamma, self.beta, others, epsilon=self.epsilon
        )
        # The variance of a sample is smaller than that of what it was drawn from. Keras 2.3.1
        # corrects by n / (n - 1 - epsilon); its TensorFlow backend does so a second time where
        # TensorFlow's fused kernel had corrected by n / (n - 1) already, which is not copied.
        sizes = K.shape(inputs)
        n = K.cast(K.prod(K.stack([sizes[i] for i in others])), K.dtype(variance))
        variance = variance * (n / (n - (1.0 + self.epsilon)))
        self.add_update(
            [
                K.moving_average_update(self.moving_mean, mean, self.momentum),
                K.moving_average_update(self.moving_variance, variance, self.momentum),
            ],
            inputs,
        )
        return K.in_train_phase(normed, inference, training=training)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the input's shape."""
        return input_shape
