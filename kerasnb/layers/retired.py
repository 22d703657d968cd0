"""Layers of Keras 1 that Keras 2 keeps for old programs."""

from __future__ import annotations

from typing import Any

from .. import backend as K
from ..engine.base_layer import InputSpec
from .configured import Configured, given


class _Retired(Configured):
    """Base of layers of (samples, features) whose arguments have the names of Keras 1."""

    def __init__(self, settings: dict[str, Any], **kwargs: Any) -> None:
        weights = settings.pop("weights")
        if settings["input_dim"] is not None:
            kwargs["input_shape"] = (settings["input_dim"],)
        super().__init__(settings, weights=weights, **kwargs)
        self.input_spec = InputSpec(ndim=2)

    def _inputs(self, input_shape: Any) -> int:
        """Return the number of features, which from now on every input must have."""
        inputs = input_shape[1]
        if inputs is None:
            raise self._needs("a known number of features", f"input shape {tuple(input_shape)}")
        self.input_spec = InputSpec(ndim=2, axes={1: inputs})
        return inputs

    def _weight(self, name: str, shape: tuple[int, ...]) -> Any:
        return self.add_weight(
            name,
            shape,
            initializer=self.init,
            regularizer=self.W_regularizer,
            constraint=self.W_constraint,
        )

    def _offset(self, name: str, shape: tuple[int, ...], initializer: str) -> Any:
        return self.add_weight(
            name,
            shape,
            initializer=initializer,
            regularizer=self.b_regularizer,
            constraint=self.b_constraint,
        )


class MaxoutDense(_Retired):
    """Keep, for each output, the largest of several linear functions of the input.

    Args:
        output_dim: number of outputs.
        nb_feature: number of functions for each output.
        init: first value of the kernels.
        weights: first values of all weights.
        W_regularizer: penalty on the kernels.
        b_regularizer: penalty on the biases.
        activity_regularizer: penalty on the output.
        W_constraint: what holds for the kernels after each step.
        b_constraint: what holds for the biases after each step.
        bias: whether biases are added.
        input_dim: number of inputs, for the first layer of a model.

    Input: (samples, inputs). Output: (samples, output_dim).

    See: Goodfellow et al., https://arxiv.org/abs/1302.4389
    """

    def __init__(
        self,
        output_dim: int,
        nb_feature: int = 4,
        init: Any = "glorot_uniform",
        weights: Any = None,
        W_regularizer: Any = None,
        b_regularizer: Any = None,
        activity_regularizer: Any = None,
        W_constraint: Any = None,
        b_constraint: Any = None,
        bias: bool = True,
        input_dim: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(given(locals()), **kwargs)
        self._whole("output_dim")
        self._whole("nb_feature")

    def build(self, input_shape: Any) -> None:
        """Add kernels and biases."""
        inputs = self._inputs(input_shape)
        self.W = self._weight("W", (self.nb_feature, inputs, self.output_dim))
        self.b = None
        if self.bias:
            self.b = self._offset("b", (self.nb_feature, self.output_dim), "zeros")
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return the largest of the functions."""
        output = K.dot(inputs, self.W)
        return K.max(output if self.b is None else output + self.b, axis=1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return (samples, output_dim)."""
        return (input_shape[0], self.output_dim)


class Highway(_Retired):
    """Mix a dense layer's output with its input, as learned gates decide.

    `gate * activation(dot(x, W) + b) + (1 - gate) * x` with
    `gate = sigmoid(dot(x, W_carry) + b_carry)`.

    Args:
        init: first value of both kernels.
        activation: activation function.
        weights: first values of all weights.
        W_regularizer: penalty on the kernels.
        b_regularizer: penalty on the biases.
        activity_regularizer: penalty on the output.
        W_constraint: what holds for the kernels after each step.
        b_constraint: what holds for the biases after each step.
        bias: whether biases are added.
        input_dim: number of inputs, for the first layer of a model.

    Input and output: (samples, inputs).

    See: Srivastava et al., https://arxiv.org/abs/1505.00387
    """

    def __init__(
        self,
        init: Any = "glorot_uniform",
        activation: Any = None,
        weights: Any = None,
        W_regularizer: Any = None,
        b_regularizer: Any = None,
        activity_regularizer: Any = None,
        W_constraint: Any = None,
        b_constraint: Any = None,
        bias: bool = True,
        input_dim: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(given(locals()), **kwargs)

    def build(self, input_shape: Any) -> None:
        """Add kernels and biases of the layer and of the gates."""
        inputs = self._inputs(input_shape)
        self.W = self._weight("W", (inputs, inputs))
        self.W_carry = self._weight("W_carry", (inputs, inputs))
        self.b = self._offset("b", (inputs,), "zeros") if self.bias else None
        self.b_carry = self._offset("b_carry", (inputs,), "ones") if self.bias else None
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return the mixture."""

        def linear(kernel: Any, bias: Any) -> Any:
            product = K.dot(inputs, kernel)
            return product if bias is None else product + bias

        gate = K.sigmoid(linear(self.W_carry, self.b_carry))
        return gate * self.activation(linear(self.W, self.b)) + (1 - gate) * inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the input's shape."""
        return input_shape
