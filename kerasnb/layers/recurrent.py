"""Recurrent layers: an RNN with a cell of our own, made from one list of arguments."""

from __future__ import annotations

import warnings
from typing import Any

from .cells import GRUCell as GRUCell
from .cells import LSTMCell as LSTMCell
from .cells import SimpleRNNCell as SimpleRNNCell
from .configured import given
from .own_cell import OwnCell, shows_cell
from .rnn import RNN as RNN
from .rnn import StackedRNNCells as StackedRNNCells


class Recurrent(OwnCell):
    """Base of SimpleRNN, GRU and LSTM. It has no cell: use those.

    Args:
        return_sequences: whether to return the output of all steps instead of that of the last.
        return_state: whether to return the last states, too.
        go_backwards: whether to begin with the last step.
        stateful: whether the last states of a batch are the first states of the next.
        unroll: whether to write all steps out instead of a loop.
        implementation: see GRU and LSTM.
    """

    def __init__(
        self,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        implementation: int = 0,
        **kwargs: Any,
    ) -> None:
        raise TypeError(
            f"{type(self).__name__} is a base without a cell; use SimpleRNN, GRU or LSTM, or "
            "RNN(cell) with a cell of your own."
        )


@shows_cell
class SimpleRNN(Recurrent):
    """A layer whose output is fed back: `h = activation(x @ kernel + h @ recurrent + bias)`.

    Args:
        units: number of units.
        activation: activation of the output.
        use_bias: whether a bias is added.
        kernel_initializer: first value of the kernel (features, units).
        recurrent_initializer: first value of the recurrent kernel (units, units).
        bias_initializer: first value of the bias (units).
        kernel_regularizer: penalty on the kernel.
        recurrent_regularizer: penalty on the recurrent kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: what holds for the kernel after each step of training.
        recurrent_constraint: what holds for the recurrent kernel.
        bias_constraint: what holds for the bias.
        dropout: part of the inputs that is dropped, the same ones at all steps.
        recurrent_dropout: part of the state that is dropped, the same one at all steps.
        return_sequences: whether to return the output of all steps, not only of the last.
        return_state: whether to return the last states, too.
        go_backwards: whether to begin with the last step; outputs come in the order of the steps.
        stateful: whether the last states of a batch are the first of the next; see RNN.
        unroll: whether to write all steps out instead of a loop.

    Input: (samples, time, features). Output: (samples, units), or (samples, time, units) with
    `return_sequences`; with `return_state` a list of it and the last states.

    Example:
        >>> SimpleRNN(8, return_sequences=True).compute_output_shape((None, 10, 4))
        (None, 10, 8)
    """

    cell_class = SimpleRNNCell

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
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
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        **kwargs: Any,
    ) -> None:
        if "implementation" in kwargs:
            kwargs.pop("implementation")
            warnings.warn("SimpleRNN has no `implementation`; leave it out.", stacklevel=2)
        self._set_up(given(locals()), kwargs)


@shows_cell
class GRU(Recurrent):
    """Gated recurrent unit: an update gate says how much of the state is kept.

    `h' = s * h + (1 - s) * n` with the update gate s, the reset gate r, and the new state
    `n = activation(x @ kernel_n + (r * h) @ recurrent_n + bias_n)`.

    Args:
        units: number of units.
        activation: activation of the new state.
        recurrent_activation: activation of the gates.
        use_bias: whether a bias is added.
        kernel_initializer: first value of the kernel (features, 3 units).
        recurrent_initializer: first value of the recurrent kernel (units, 3 units).
        bias_initializer: first value of the bias (3 units), or (2, 3 units).
        kernel_regularizer: penalty on the kernel.
        recurrent_regularizer: penalty on the recurrent kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: what holds for the kernel after each step of training.
        recurrent_constraint: what holds for the recurrent kernel.
        bias_constraint: what holds for the bias.
        dropout: part of the inputs that is dropped, the same ones at all steps.
        recurrent_dropout: part of the state that is dropped, the same one at all steps.
        implementation: 1 for dropout masks of their own for each gate, 2 for common ones.
        return_sequences: whether to return the output of all steps, not only of the last.
        return_state: whether to return the last states, too.
        go_backwards: whether to begin with the last step; outputs come in the order of the steps.
        stateful: whether the last states of a batch are the first of the next; see RNN.
        unroll: whether to write all steps out instead of a loop.
        reset_after: whether the reset gate comes after the matrix product, with a second bias:
            `r * (h @ recurrent_n + bias)` (as cuDNN does) instead of `(r * h) @ recurrent_n`.

    Input: (samples, time, features). Output: (samples, units), or (samples, time, units) with
    `return_sequences`; with `return_state` a list of it and the last states.

    See: Cho et al., https://arxiv.org/abs/1406.1078
    """

    cell_class = GRUCell

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "hard_sigmoid",
        use_bias: bool = True,
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
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        implementation: int = 1,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        reset_after: bool = False,
        **kwargs: Any,
    ) -> None:
        self._set_up(given(locals()), kwargs)


@shows_cell
class LSTM(Recurrent):
    """Long short-term memory: gates say what is written to a memory, kept, and shown.

    `c' = f * c + i * activation(x @ kernel_c + h @ recurrent_c + bias_c)` and
    `h' = o * activation(c')`, with input gate i, forget gate f and output gate o.

    Args:
        units: number of units.
        activation: activation of what is written and shown.
        recurrent_activation: activation of the gates.
        use_bias: whether a bias is added.
        kernel_initializer: first value of the kernel (features, 4 units).
        recurrent_initializer: first value of the recurrent kernel (units, 4 units).
        bias_initializer: first value of the bias (4 units): gates i, f, c, o.
        unit_forget_bias: whether the forget gate's bias begins with 1.
        kernel_regularizer: penalty on the kernel.
        recurrent_regularizer: penalty on the recurrent kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: what holds for the kernel after each step of training.
        recurrent_constraint: what holds for the recurrent kernel.
        bias_constraint: what holds for the bias.
        dropout: part of the inputs that is dropped, the same ones at all steps.
        recurrent_dropout: part of the state that is dropped, the same one at all steps.
        implementation: 1 for dropout masks of their own for each gate, 2 for common ones.
        return_sequences: whether to return the output of all steps, not only of the last.
        return_state: whether to return the last states, too.
        go_backwards: whether to begin with the last step; outputs come in the order of the steps.
        stateful: whether the last states of a batch are the first of the next; see RNN.
        unroll: whether to write all steps out instead of a loop.

    Input: (samples, time, features). Output: (samples, units), or (samples, time, units) with
    `return_sequences`; with `return_state` a list of it and the last states.

    See: Hochreiter & Schmidhuber, https://doi.org/10.1162/neco.1997.9.8.1735

    Example:
        >>> LSTM(32).compute_output_shape((None, 10, 16))
        (None, 32)
    """

    cell_class = LSTMCell

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "hard_sigmoid",
        use_bias: bool = True,
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
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        implementation: int = 1,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        **kwargs: Any,
    ) -> None:
        self._set_up(given(locals()), kwargs)
