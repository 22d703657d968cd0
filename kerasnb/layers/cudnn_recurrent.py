"""GRU and LSTM as NVIDIA's cuDNN library computes them: fixed activations, and two biases."""

from __future__ import annotations

import inspect
from typing import Any

from .. import backend as K
from ..engine.base_layer import Layer
from .cells import GRUCell, LSTMCell, forget_bias
from .configured import given
from .own_cell import shows_cell
from .recurrent import Recurrent


def _as_cudnn_reads(kernel: Any, gates: int) -> Any:
    """Return the matrix that a kernel is to cuDNN.

    It takes the numbers of each gate in a row, and reads them as (units, inputs) where Keras has
    written (inputs, units). Files with weights of these layers are made for that.
    """
    inputs, width = kernel.shape
    units = width // gates
    each = K.permute_dimensions(K.reshape(kernel, (inputs, gates, units)), (1, 0, 2))
    read = K.permute_dimensions(K.reshape(each, (gates, units, inputs)), (2, 0, 1))
    return K.reshape(read, (inputs, width))


class _GRUCell(GRUCell):
    bias: Any

    def __init__(self, units: int, **settings: Any) -> None:
        super().__init__(units, recurrent_activation="sigmoid", reset_after=True, **settings)

    def _add_bias(self) -> Any:
        return self._own("bias", (6 * self.units,), "bias")

    def _matrix(self, kernel: Any) -> Any:
        return _as_cudnn_reads(kernel, 3)

    def _both_biases(self) -> Any:
        return K.reshape(self.bias, (2, 3 * self.units))


class _LSTMCell(LSTMCell):
    bias: Any

    def __init__(self, units: int, **settings: Any) -> None:
        super().__init__(units, recurrent_activation="sigmoid", **settings)

    def _add_bias(self) -> Any:
        initializer = forget_bias(self, 5, 2, self.units)
        return self._own("bias", (8 * self.units,), "bias", initializer=initializer)

    def _matrix(self, kernel: Any) -> Any:
        return _as_cudnn_reads(kernel, 4)

    def _input_bias(self) -> Any:
        width = 4 * self.units
        return self.bias[:width] + self.bias[width:]


class _CuDNN(Recurrent):
    """Base of the two: neither masks nor unrolling."""

    def __init__(self, settings: dict[str, Any], **kwargs: Any) -> None:
        self._set_up(settings, kwargs)
        self.supports_masking = False

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: Any = None,
        initial_state: Any = None,
        constants: Any = None,
    ) -> Any:
        """Return the output, and the last states if they are asked for."""
        Layer.compute_mask(self, inputs, mask)
        return super().call(inputs, None, training, initial_state, constants)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        own = {*inspect.signature(type(self).__init__).parameters, "go_backwards"}
        return {k: v for k, v in config.items() if k in own or k in Layer.get_config(self)}


@shows_cell
class CuDNNGRU(_CuDNN):
    """GRU with `reset_after` and sigmoid gates, as cuDNN computes it; it runs on any device.

    Args:
        units: number of units.
        kernel_initializer: first value of the kernel (features, 3 units).
        recurrent_initializer: first value of the recurrent kernel (units, 3 units).
        bias_initializer: first value of the bias (6 units): the inputs', then the state's.
        kernel_regularizer: penalty on the kernel.
        recurrent_regularizer: penalty on the recurrent kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: what holds for the kernel after each step of training.
        recurrent_constraint: what holds for the recurrent kernel.
        bias_constraint: what holds for the bias.
        return_sequences: whether to return the output of all steps, not only of the last.
        return_state: whether to return the last state, too.
        stateful: whether the last state of a batch is the first of the next; see RNN.

    Input: (samples, time, features), without a mask. Output: as GRU.
    """

    cell_class = _GRUCell

    def __init__(
        self,
        units: int,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        return_sequences: bool = False,
        return_state: bool = False,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(given(locals()), **kwargs)


@shows_cell
class CuDNNLSTM(_CuDNN):
    """LSTM with sigmoid gates and two biases, as cuDNN computes it; it runs on any device.

    Args:
        units: number of units.
        kernel_initializer: first value of the kernel (features, 4 units): gates i, f, c, o.
        recurrent_initializer: first value of the recurrent kernel (units, 4 units).
        bias_initializer: first value of the bias (8 units): the inputs', then the state's.
        unit_forget_bias: whether the forget gate's bias begins with 1.
        kernel_regularizer: penalty on the kernel.
        recurrent_regularizer: penalty on the recurrent kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: what holds for the kernel after each step of training.
        recurrent_constraint: what holds for the recurrent kernel.
        bias_constraint: what holds for the bias.
        return_sequences: whether to return the output of all steps, not only of the last.
        return_state: whether to return the last states, too.
        stateful: whether the last states of a batch are the first of the next; see RNN.

    Input: (samples, time, features), without a mask. Output: as LSTM.
    """

    cell_class = _LSTMCell

    def __init__(
        self,
        units: int,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        return_sequences: bool = False,
        return_state: bool = False,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(given(locals()), **kwargs)
