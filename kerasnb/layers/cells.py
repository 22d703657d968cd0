"""Cells: what recurrent layers do at one time step."""

from __future__ import annotations

from typing import Any

from .. import activations, initializers
from .. import backend as K
from ..graph import ops
from ..graph.ops.rnn import ACTIVATIONS
from .configured import Configured, given


class Cell(Configured):
    """Base of our own cells: a kernel, a recurrent kernel and a bias for each of some gates.

    Attributes:
        gates: number of gates, whose weights stand side by side.
    """

    gates = 1
    units: int
    dropout: float
    recurrent_dropout: float
    implementation = 1
    recurrent_activation: Any = None
    activation: Any
    use_bias: bool
    bias: Any

    def __init__(self, settings: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(settings, **kwargs)
        self._whole("units")
        self.dropout = min(1.0, max(0.0, self.dropout))
        self.recurrent_dropout = min(1.0, max(0.0, self.recurrent_dropout))
        self.state_size: Any = self.units
        self.output_size = self.units
        self.forget_masks()

    def forget_masks(self) -> None:
        """Let the next call draw new dropout masks, which serve all steps of a sequence."""
        self._dropout_mask: Any = None
        self._recurrent_dropout_mask: Any = None

    def _own(self, name: str, shape: Any, setting: str, **kwargs: Any) -> Any:
        return self.add_weight(
            shape=shape,
            name=name,
            initializer=kwargs.get("initializer", getattr(self, f"{setting}_initializer")),
            regularizer=getattr(self, f"{setting}_regularizer"),
            constraint=getattr(self, f"{setting}_constraint"),
        )

    def build(self, input_shape: Any) -> None:
        """Add the weights."""
        inputs = input_shape[-1]
        if inputs is None:
            raise self._needs("a last axis of known size", f"input shape {tuple(input_shape)}")
        width = self.gates * self.units
        self.kernel = self._own("kernel", (inputs, width), "kernel")
        self.recurrent_kernel = self._own("recurrent_kernel", (self.units, width), "recurrent")
        self.bias = self._add_bias() if self.use_bias else None
        self.built = True

    def _add_bias(self) -> Any:
        return self._own("bias", (self.gates * self.units,), "bias")

    def _input_bias(self) -> Any:
        """The bias that is added to the product with the inputs; None for none."""
        return self.bias

    def _columns(self, x: Any) -> list[Any]:
        """Return the columns of each gate."""
        n = self.units
        return [x[:, i * n : (i + 1) * n] for i in range(self.gates)]

    def _masks(self, inputs: Any, state: Any, training: Any) -> tuple[Any, Any]:
        """Return the dropout masks of inputs and state, one for each gate; None for none."""
        if 0 < self.dropout < 1 and self._dropout_mask is None:
            self._dropout_mask = dropout_masks(inputs, self.dropout, training, self.gates)
        if 0 < self.recurrent_dropout < 1 and self._recurrent_dropout_mask is None:
            self._recurrent_dropout_mask = dropout_masks(
                state, self.recurrent_dropout, training, self.gates
            )
        return self._dropout_mask, self._recurrent_dropout_mask

    def _product(self, x: Any, kernel: Any, masks: Any) -> Any:
        """Return `dot(x, kernel)`, with a mask of its own for each gate's columns."""
        if masks is None:
            return K.dot(x, kernel)
        if self.implementation == 2 or self.gates == 1:
            return K.dot(x * masks[0], kernel)
        pairs = zip(masks, self._columns(kernel), strict=True)
        return K.concatenate([K.dot(x * mask, part) for mask, part in pairs])

    def _matrix(self, kernel: Any) -> Any:
        """Return what a kernel means, as a matrix with a block of columns for each gate."""
        return kernel

    def _driven(self, inputs: Any, masks: Any) -> Any:
        """Return what the inputs contribute to the gates."""
        product = self._product(inputs, self._matrix(self.kernel), masks)
        bias = self._input_bias()
        return product if bias is None else product + bias

    # -- whole sequences at once

    def _names(self) -> dict[str, str] | None:
        """Return the activations by name if a sequence can be computed by one op, else None."""
        names = {"activation": _stock_name(self.activation)}
        if self.recurrent_activation is not None:
            names["recurrent_activation"] = _stock_name(self.recurrent_activation)
        possible = "" not in names.values() and not 0 < self.recurrent_dropout < 1
        return names if possible else None

    def sequence(
        self, inputs: Any, states: list[Any], mask: list[Any], training: Any
    ) -> tuple[Any, list[Any]] | None:
        """Return what the cell makes of a whole sequence, or None if it must be done step by step.

        Args:
            inputs: tensor (steps, samples, features).
            states: the states before the first step.
            mask: no entry, or truth values (steps, samples, 1).
            training: whether to drop out; None for the learning phase.

        Returns:
            The states that are the outputs (steps, samples, units), and all last states.
        """
        names = self._names()
        if names is None:
            return None
        masks, _ = self._masks(inputs[0], states[0], training)
        driven = self._driven_at_once(inputs, None)
        if masks is not None:
            dropped = self._driven_at_once(inputs, masks)
            driven = K.in_train_phase(dropped, driven, training)
        return self._run(driven, states, mask, names)

    def _run(self, driven: Any, states: list[Any], mask: list[Any], names: Any) -> Any:
        raise NotImplementedError

    def _driven_at_once(self, inputs: Any, masks: Any) -> Any:
        """Return `_driven` for all steps: one large product instead of many small ones."""
        if masks is not None:
            return self._driven(inputs, masks)
        flat = self._driven(ops.merge_axes(inputs, start=0, stop=2), None)
        sizes = K.shape(inputs)
        width = self.gates * self.units
        known = (*inputs.shape[:2], width)
        return ops.reshape_to(flat, K.stack([sizes[0], sizes[1], width]), known=known)


def dropout_masks(like: Any, rate: float, training: Any, count: int) -> list[Any]:
    """Return dropout masks, scaled to keep the mean; in the test phase they are ones."""
    ones = K.ones_like(like)

    def dropped() -> Any:
        return K.dropout(ones, rate)

    return [K.in_train_phase(dropped, ones, training=training) for _ in range(count)]


def _stock_name(activation: Any) -> str:
    """Return the name under which ops know an activation, or ''."""
    return next((n for n in ACTIVATIONS if getattr(activations, n) is activation), "")


class SimpleRNNCell(Cell):
    """A layer whose output is fed back: `output = activation(x @ kernel + h @ recurrent + bias)`.

    Args:
        units: number of units.
        activation: activation of the output.
        use_bias: whether a bias is added.
        kernel_initializer: first value of the kernel (inputs, units).
        recurrent_initializer: first value of the recurrent kernel (units, units).
        bias_initializer: first value of the bias (units).
        kernel_regularizer: penalty on the kernel.
        recurrent_regularizer: penalty on the recurrent kernel.
        bias_regularizer: penalty on the bias.
        kernel_constraint: what holds for the kernel after each step of training.
        recurrent_constraint: what holds for the recurrent kernel.
        bias_constraint: what holds for the bias.
        dropout: part of the inputs that is dropped, the same ones at all steps.
        recurrent_dropout: part of the state that is dropped, the same one at all steps.
    """

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
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(given(locals()), **kwargs)

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """Return output and states of one step."""
        (h,) = states
        input_masks, state_masks = self._masks(inputs, h, training)
        recurrent = self._product(h, self._matrix(self.recurrent_kernel), state_masks)
        output = self.activation(self._driven(inputs, input_masks) + recurrent)
        return output, [output]

    def _run(self, driven: Any, states: list[Any], mask: list[Any], names: Any) -> Any:
        hs = ops.rnn_sequence(driven, self._matrix(self.recurrent_kernel), *states, *mask, **names)
        return hs, [hs[-1]]


class GRUCell(Cell):
    """A gated recurrent unit: an update gate says how much of the state is kept.

    `h' = s * h + (1 - s) * n` with the update gate s, the reset gate r, and the new state
    `n = activation(x @ kernel_n + (r * h) @ recurrent_n + bias_n)`.

    Args:
        units: number of units.
        activation: activation of the new state.
        recurrent_activation: activation of the gates.
        use_bias: whether a bias is added.
        kernel_initializer: first value of the kernel (inputs, 3 units).
        recurrent_initializer: first value of the recurrent kernel (units, 3 units).
        bias_initializer: first value of the bias (3 units), or (2, 3 units) with `reset_after`.
        kernel_regularizer: penalty on the kernel.
        recurrent_regularizer: penalty on the recurrent kernel.
        bias_regularizer: penalty on the bias.
        kernel_constraint: what holds for the kernel after each step of training.
        recurrent_constraint: what holds for the recurrent kernel.
        bias_constraint: what holds for the bias.
        dropout: part of the inputs that is dropped, the same ones at all steps.
        recurrent_dropout: part of the state that is dropped, the same one at all steps.
        implementation: 1 for dropout masks of their own for each gate, 2 for common ones.
        reset_after: whether the reset gate comes after the matrix product, with a second bias:
            `r * (h @ recurrent_n + bias)` (as cuDNN does) instead of `(r * h) @ recurrent_n`.

    See: Cho et al., https://arxiv.org/abs/1406.1078
    """

    gates = 3

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
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        implementation: int = 1,
        reset_after: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(given(locals()), **kwargs)

    reset_after: bool

    def _add_bias(self) -> Any:
        width = 3 * self.units
        return self._own("bias", (2, width) if self.reset_after else (width,), "bias")

    def _both_biases(self) -> Any:
        """The biases of inputs and state (2, 3 units), where the reset gate comes after."""
        return self.bias

    def _input_bias(self) -> Any:
        # The gates add up both biases; the state's for the new state is met by the reset gate.
        if not (self.reset_after and self.use_bias):
            return self.bias
        both, n = self._both_biases(), 2 * self.units
        return K.concatenate([both[0, :n] + both[1, :n], both[0, n:]])

    def _inner_bias(self) -> Any:
        """The state's bias for the new state."""
        return self._both_biases()[1, 2 * self.units :]

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """Return output and states of one step."""
        h = states[0]
        input_masks, state_masks = self._masks(inputs, h, training)
        x_s, x_r, x_n = self._columns(self._driven(inputs, input_masks))
        u_s, u_r, u_n = self._columns(self._matrix(self.recurrent_kernel))
        if state_masks is not None and self.implementation == 2:
            h, state_masks = h * state_masks[0], None  # what is dropped is gone from the state, too
        h_s, h_r, h_n = [h * m for m in state_masks] if state_masks else [h] * 3
        s = self.recurrent_activation(x_s + K.dot(h_s, u_s))
        r = self.recurrent_activation(x_r + K.dot(h_r, u_r))
        if self.reset_after:
            met = K.dot(h_n, u_n)
            met = r * (met + self._inner_bias() if self.use_bias else met)
        else:
            met = K.dot(r * h_n, u_n)
        output = s * h + (1 - s) * self.activation(x_n + met)
        return output, [output]

    def _run(self, driven: Any, states: list[Any], mask: list[Any], names: Any) -> Any:
        inner = []
        if self.reset_after:
            zeros = K.zeros_like(self.recurrent_kernel[0, : self.units])
            inner = [self._inner_bias() if self.use_bias else zeros]
        hs, _, _ = ops.gru_sequence(
            driven,
            self._matrix(self.recurrent_kernel),
            *states,
            *inner,
            *mask,
            reset_after=bool(self.reset_after),
            **names,
        )
        return hs, [hs[-1]]


class LSTMCell(Cell):
    """A long short-term memory: gates say what is written to a memory, kept, and shown.

    `c' = f * c + i * activation(x @ kernel_c + h @ recurrent_c + bias_c)` and
    `h' = o * activation(c')`, with input gate i, forget gate f and output gate o.

    Args:
        units: number of units.
        activation: activation of what is written and shown.
        recurrent_activation: activation of the gates.
        use_bias: whether a bias is added.
        kernel_initializer: first value of the kernel (inputs, 4 units): gates i, f, c, o.
        recurrent_initializer: first value of the recurrent kernel (units, 4 units).
        bias_initializer: first value of the bias (4 units).
        unit_forget_bias: whether the forget gate's bias begins with 1.
        kernel_regularizer: penalty on the kernel.
        recurrent_regularizer: penalty on the recurrent kernel.
        bias_regularizer: penalty on the bias.
        kernel_constraint: what holds for the kernel after each step of training.
        recurrent_constraint: what holds for the recurrent kernel.
        bias_constraint: what holds for the bias.
        dropout: part of the inputs that is dropped, the same ones at all steps.
        recurrent_dropout: part of the state that is dropped, the same one at all steps.
        implementation: 1 for dropout masks of their own for each gate, 2 for common ones.

    See: Hochreiter & Schmidhuber, https://doi.org/10.1162/neco.1997.9.8.1735; for the forget
        gate's bias, Jozefowicz et al., http://www.jmlr.org/proceedings/papers/v37/jozefowicz15.pdf
    """

    gates = 4

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
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        implementation: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(given(locals()), **kwargs)
        self.state_size = (self.units, self.units)

    unit_forget_bias: bool

    def _add_bias(self) -> Any:
        initializer = forget_bias(self, 1, 2, self.units)
        return self._own("bias", (4 * self.units,), "bias", initializer=initializer)

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """Return output and states of one step."""
        h, c = states
        input_masks, state_masks = self._masks(inputs, h, training)
        recurrent = self._product(h, self._matrix(self.recurrent_kernel), state_masks)
        z_i, z_f, z_c, z_o = self._columns(self._driven(inputs, input_masks) + recurrent)
        i, f, o = (self.recurrent_activation(z) for z in (z_i, z_f, z_o))
        c = f * c + i * self.activation(z_c)
        h = o * self.activation(c)
        return h, [h, c]

    def _run(self, driven: Any, states: list[Any], mask: list[Any], names: Any) -> Any:
        kernel = self._matrix(self.recurrent_kernel)
        hs, cs, _ = ops.lstm_sequence(driven, kernel, *states, *mask, **names)
        return hs, [hs[-1], cs[-1]]


def forget_bias(layer: Any, before: int, after: int, units: int) -> Any:
    """Return the initializer of a bias with ones for the forget gate, if the layer wants them.

    Args:
        layer: layer with `unit_forget_bias` and `bias_initializer`.
        before: number of columns, in units, before the forget gate's.
        after: number of columns after it.
        units: number of units.
    """
    if not layer.unit_forget_bias:
        return layer.bias_initializer

    def first(shape: Any, dtype: Any = None) -> Any:
        parts = [
            layer.bias_initializer((before * units,), dtype=dtype),
            initializers.Ones()((units,), dtype=dtype),
            layer.bias_initializer((after * units,), dtype=dtype),
        ]
        return K.concatenate([K.cast(p, dtype or K.floatx()) for p in parts])

    return first
