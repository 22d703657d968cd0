"""Activations with parameters, as layers."""

from __future__ import annotations

from typing import Any

from .. import activations
from .. import backend as K
from ..engine.base_layer import InputSpec
from ..utils.generic_utils import to_list
from .configured import Configured, given


class _Activation(Configured):
    """Base of layers that act entry by entry."""

    def __init__(self, settings: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(settings, **kwargs)
        self.supports_masking = True

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the input's shape."""
        return input_shape


class LeakyReLU(_Activation):
    """Return `x` where `x >= 0`, else `alpha * x`.

    Args:
        alpha: slope on the negative side.
    """

    def __init__(self, alpha: float = 0.3, **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)
        self.alpha = float(alpha)

    def call(self, inputs: Any) -> Any:
        """Return the leaky rectified input."""
        return K.relu(inputs, alpha=self.alpha)


class PReLU(_Activation):
    """Return `x` where `x >= 0`, else `alpha * x` with a learned alpha for every unit.

    Args:
        alpha_initializer: first value of alpha.
        alpha_regularizer: penalty on alpha.
        alpha_constraint: what holds for alpha after each step.
        shared_axes: axes along which alpha is the same: `[1, 2]` behind a Conv2D gives one
            alpha for each channel.

    See: He et al., https://arxiv.org/abs/1502.01852
    """

    def __init__(
        self,
        alpha_initializer: Any = "zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(given(locals()), **kwargs)
        if shared_axes is not None:
            self.shared_axes = to_list(shared_axes, allow_tuple=True)

    def build(self, input_shape: Any) -> None:
        """Add alpha."""
        shared = self.shared_axes or []
        shape = [1 if i in shared else n for i, n in enumerate(input_shape)][1:]
        if None in shape:
            raise self._needs(
                "every axis to have a known size or to be in `shared_axes`",
                f"input shape {tuple(input_shape)}",
            )
        self.alpha = self._add("alpha", tuple(shape))
        axes = {i: n for i, n in enumerate(input_shape) if i and i not in shared}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=axes)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return the leaky rectified input."""
        return K.relu(inputs) - self.alpha * K.relu(-inputs)


class ELU(_Activation):
    """Return `x` where `x >= 0`, else `alpha * (exp(x) - 1)`.

    Args:
        alpha: what it tends to on the negative side, with the other sign.

    See: Clevert et al., https://arxiv.org/abs/1511.07289
    """

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)
        self.alpha = float(alpha)

    def call(self, inputs: Any) -> Any:
        """Return the exponential linear unit of the input."""
        return K.elu(inputs, self.alpha)


class ThresholdedReLU(_Activation):
    """Return `x` where `x > theta`, else 0.

    Args:
        theta: the threshold.

    See: Konda et al., https://arxiv.org/abs/1402.3337
    """

    def __init__(self, theta: float = 1.0, **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)
        self.theta = float(theta)

    def call(self, inputs: Any) -> Any:
        """Return what lies above the threshold."""
        return inputs * K.cast(K.greater(inputs, self.theta), K.dtype(inputs))


class Softmax(_Activation):
    """Return positive numbers that sum to one along an axis.

    Args:
        axis: axis of the classes.
    """

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)

    def call(self, inputs: Any) -> Any:
        """Return the softmax of the input."""
        return activations.softmax(inputs, axis=self.axis)


class ReLU(_Activation):
    """Return the rectified linear unit, `max(x, 0)` by default.

    In general `max_value` where `x >= max_value`, `x` where `threshold <= x < max_value`, else
    `negative_slope * (x - threshold)`.

    Args:
        max_value: largest output, or None.
        negative_slope: slope below the threshold.
        threshold: where the rectified part begins.

    Raises:
        ValueError: if one of them is negative.
    """

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(given(locals()), **kwargs)
        for name, value in (("max_value", max_value), ("negative_slope", negative_slope)):
            if value is not None and value < 0.0:
                raise self._needs(f"{name} not to be negative", value)
        self.max_value = None if max_value is None else float(max_value)
        self.negative_slope = float(negative_slope)
        self.threshold = float(threshold)

    def call(self, inputs: Any) -> Any:
        """Return the rectified input."""
        return K.relu(
            inputs,
            alpha=self.negative_slope,
            max_value=self.max_value,
            threshold=self.threshold,
        )
