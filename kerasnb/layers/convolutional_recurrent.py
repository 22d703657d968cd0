"""Recurrent layers over images: the products with kernels are convolutions."""

from __future__ import annotations

from typing import Any

from .. import backend as K
from ..engine.base_layer import InputSpec
from ..utils.conv_utils import conv_output_length, normalize_padding, normalize_tuple
from .cells import dropout_masks, forget_bias
from .configured import Configured, given
from .own_cell import OwnCell, shows_cell
from .rnn import RNN


class ConvRNN2D(RNN):
    """Apply a convolutional cell to every image of a sequence.

    Args:
        cell: cell with the attributes of `ConvLSTM2DCell`: `filters`, `kernel_size`, `strides`,
            `padding`, `data_format`, `dilation_rate`, `kernel_shape` and `input_conv`.
        return_sequences: whether to return the output of all steps, not only of the last.
        return_state: whether to return the last states, too.
        go_backwards: whether to begin with the last step.
        stateful: whether the last states of a batch are the first of the next; see RNN.
        unroll: cannot be used.

    Input: (samples, time, rows, cols, channels), or channels before rows with "channels_first".
    Output: (samples, rows, cols, filters), with a time axis if `return_sequences`.
    """

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        **kwargs: Any,
    ) -> None:
        if unroll:
            raise TypeError(f"{type(self).__name__}: convolutional RNNs cannot be unrolled.")
        if isinstance(cell, list | tuple):
            raise TypeError(
                f"{type(self).__name__}: convolutional cells cannot be stacked; put one layer "
                "with return_sequences=True before another."
            )
        super().__init__(
            cell, return_sequences, return_state, go_backwards, stateful, False, **kwargs
        )
        self.input_spec = [InputSpec(ndim=5)]

    def _image(self, shape: Any) -> tuple[Any, ...]:
        """Return the shape of an output image for an input (samples, time, ...)."""
        cell = self.cell
        first = cell.data_format == "channels_first"
        rows, cols = (
            conv_output_length(
                size, cell.kernel_size[i], cell.padding, cell.strides[i], cell.dilation_rate[i]
            )
            for i, size in enumerate(shape[3:5] if first else shape[2:4])
        )
        return (cell.filters, rows, cols) if first else (rows, cols, cell.filters)

    def _state_shapes(self) -> list[tuple[Any, ...]]:
        open_ = (None,) * 5
        shape = self.input_spec[0].shape or open_
        return [self._image(shape)] * len(self.cell.state_size)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the output, in a list with those of the states if returned."""
        shape = input_shape[0] if isinstance(input_shape, list) else input_shape
        image = self._image(shape)
        output = (*shape[:2], *image) if self.return_sequences else (shape[0], *image)
        if not self.return_state:
            return output
        return [output, *[(shape[0], *image)] * len(self.cell.state_size)]

    def get_initial_state(self, inputs: Any) -> list[Any]:
        """Return the states before the first step: zeros in the shape that the inputs lead to."""
        cell = self.cell
        entry = K.sum(K.zeros_like(inputs), axis=1)
        kernel = K.zeros_like(cell.kernel[..., : cell.filters])
        zeros = cell.input_conv(entry, kernel, padding=cell.padding)
        return [zeros] * len(cell.state_size)


class ConvLSTM2DCell(Configured):
    """An LSTM cell over images: convolutions take the place of matrix products.

    Args:
        filters: number of channels of the output.
        kernel_size: rows and columns of the window; one number for both.
        strides: steps of the window over the inputs.
        padding: "valid" or "same", for the inputs; the states keep their size.
        data_format: "channels_last" or "channels_first".
        dilation_rate: distance of the entries that a window looks at.
        activation: activation of what is written to the memory and shown.
        recurrent_activation: activation of the gates.
        use_bias: whether a bias is added.
        kernel_initializer: first value of the kernel (rows, cols, channels, 4 filters).
        recurrent_initializer: first value of the recurrent kernel (rows, cols, filters, 4 filters).
        bias_initializer: first value of the bias (4 filters): gates i, f, c, o.
        unit_forget_bias: whether the forget gate's bias begins with 1.
        kernel_regularizer: penalty on the kernel.
        recurrent_regularizer: penalty on the recurrent kernel.
        bias_regularizer: penalty on the bias.
        kernel_constraint: what holds for the kernel after each step of training.
        recurrent_constraint: what holds for the recurrent kernel.
        bias_constraint: what holds for the bias.
        dropout: part of the inputs that is dropped, the same ones at all steps.
        recurrent_dropout: part of the state that is dropped, the same one at all steps.
    """

    filters: int
    use_bias: bool
    kernel_size: Any
    strides: Any
    dilation_rate: Any
    activation: Any
    recurrent_activation: Any
    bias_regularizer: Any
    bias_constraint: Any
    bias: Any

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: Any = None,
        dilation_rate: Any = (1, 1),
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
        **kwargs: Any,
    ) -> None:
        super().__init__(given(locals()), **kwargs)
        self._whole("filters")
        for name in ("kernel_size", "strides", "dilation_rate"):
            setattr(self, name, normalize_tuple(getattr(self, name), 2, name))
        self.padding = normalize_padding(padding)
        self.data_format = K.normalize_data_format(data_format)
        self.dropout = min(1.0, max(0.0, dropout))
        self.recurrent_dropout = min(1.0, max(0.0, recurrent_dropout))
        self.state_size = (self.filters, self.filters)
        self.forget_masks()

    def forget_masks(self) -> None:
        """Let the next call draw new dropout masks, which serve all steps of a sequence."""
        self._dropout_mask: Any = None
        self._recurrent_dropout_mask: Any = None

    @property
    def _channel_axis(self) -> int:
        return 1 if self.data_format == "channels_first" else 3

    def build(self, input_shape: Any) -> None:
        """Add the weights."""
        channels = input_shape[self._channel_axis]
        if channels is None:
            raise self._needs("a known number of channels", f"input shape {tuple(input_shape)}")
        width = 4 * self.filters
        self.kernel_shape = (*self.kernel_size, channels, width)
        self.kernel = self._own("kernel", self.kernel_shape, "kernel")
        recurrent_shape = (*self.kernel_size, self.filters, width)
        self.recurrent_kernel = self._own("recurrent_kernel", recurrent_shape, "recurrent")
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(width,),
                name="bias",
                initializer=forget_bias(self, 1, 2, self.filters),
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.built = True

    def _own(self, name: str, shape: Any, setting: str) -> Any:
        return self.add_weight(
            shape=shape,
            name=name,
            initializer=getattr(self, f"{setting}_initializer"),
            regularizer=getattr(self, f"{setting}_regularizer"),
            constraint=getattr(self, f"{setting}_constraint"),
        )

    def input_conv(self, x: Any, w: Any, b: Any = None, padding: str = "valid") -> Any:
        """Return the convolution of an input with a kernel, and add a bias."""
        y = K.conv2d(
            x,
            w,
            strides=self.strides,
            padding=padding,
            data_format=self.data_format,
            dilation_rate=self.dilation_rate,
        )
        return y if b is None else K.bias_add(y, b, data_format=self.data_format)

    def recurrent_conv(self, x: Any, w: Any) -> Any:
        """Return the convolution of a state with a kernel; the size stays."""
        return K.conv2d(x, w, strides=(1, 1), padding="same", data_format=self.data_format)

    def _gates(self, x: Any, axis: int) -> list[Any]:
        parts = []
        for i in range(4):
            key: list[Any] = [slice(None)] * K.ndim(x)
            key[axis] = slice(i * self.filters, (i + 1) * self.filters)
            parts.append(x[tuple(key)])
        return parts

    def _convolved(self, convolve: Any, x: Any, kernel: Any, masks: Any) -> Any:
        """Return a convolution, with a dropout mask of its own for each gate."""
        if masks is None:
            return convolve(x, kernel)
        pairs = zip(masks, self._gates(kernel, -1), strict=True)
        parts = [convolve(x * mask, part) for mask, part in pairs]
        return K.concatenate(parts, axis=self._channel_axis)

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """Return output and states of one step."""
        h, c = states
        if 0 < self.dropout < 1 and self._dropout_mask is None:
            self._dropout_mask = dropout_masks(inputs, self.dropout, training, 4)
        if 0 < self.recurrent_dropout < 1 and self._recurrent_dropout_mask is None:
            self._recurrent_dropout_mask = dropout_masks(h, self.recurrent_dropout, training, 4)

        def convolve(x: Any, kernel: Any) -> Any:
            return self.input_conv(x, kernel, padding=self.padding)

        z = self._convolved(convolve, inputs, self.kernel, self._dropout_mask)
        if self.use_bias:
            z = K.bias_add(z, self.bias, data_format=self.data_format)
        masks = self._recurrent_dropout_mask
        z = z + self._convolved(self.recurrent_conv, h, self.recurrent_kernel, masks)
        z_i, z_f, z_c, z_o = self._gates(z, self._channel_axis)
        i, f, o = (self.recurrent_activation(gate) for gate in (z_i, z_f, z_o))
        c = f * c + i * self.activation(z_c)
        h = o * self.activation(c)
        return h, [h, c]


class ConvRecurrent2D(OwnCell, ConvRNN2D):
    """Base of ConvLSTM2D. It has no cell: use that.

    Args:
        filters: number of channels of the output.
        kernel_size: rows and columns of the window.
        strides: steps of the window.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first".
        dilation_rate: distance of the entries that a window looks at.
        return_sequences: whether to return the output of all steps.
        go_backwards: whether to begin with the last step.
        stateful: whether the last states of a batch are the first of the next.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: Any = None,
        dilation_rate: Any = (1, 1),
        return_sequences: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        raise TypeError(
            f"{type(self).__name__} is a base without a cell; use ConvLSTM2D, or ConvRNN2D(cell) "
            "with a cell of your own."
        )


@shows_cell
class ConvLSTM2D(ConvRecurrent2D):
    """An LSTM over images: convolutions take the place of matrix products.

    Args:
        filters: number of channels of the output.
        kernel_size: rows and columns of the window; one number for both.
        strides: steps of the window over the inputs.
        padding: "valid" or "same", for the inputs; the states keep their size.
        data_format: "channels_last" or "channels_first".
        dilation_rate: distance of the entries that a window looks at.
        activation: activation of what is written to the memory and shown.
        recurrent_activation: activation of the gates.
        use_bias: whether a bias is added.
        kernel_initializer: first value of the kernel (rows, cols, channels, 4 filters).
        recurrent_initializer: first value of the recurrent kernel (rows, cols, filters, 4 filters).
        bias_initializer: first value of the bias (4 filters): gates i, f, c, o.
        unit_forget_bias: whether the forget gate's bias begins with 1.
        kernel_regularizer: penalty on the kernel.
        recurrent_regularizer: penalty on the recurrent kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: what holds for the kernel after each step of training.
        recurrent_constraint: what holds for the recurrent kernel.
        bias_constraint: what holds for the bias.
        return_sequences: whether to return the output of all steps, not only of the last.
        go_backwards: whether to begin with the last step.
        stateful: whether the last states of a batch are the first of the next; see RNN.
        dropout: part of the inputs that is dropped, the same ones at all steps.
        recurrent_dropout: part of the state that is dropped, the same one at all steps.

    Input: (samples, time, rows, cols, channels), or channels before rows with "channels_first".
    Output: (samples, rows, cols, filters), with a time axis if `return_sequences`.

    See: Shi et al., https://arxiv.org/abs/1506.04214 (without the connections from the memory to
        the gates)
    """

    cell_class = ConvLSTM2DCell

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: Any = None,
        dilation_rate: Any = (1, 1),
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
        return_sequences: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        **kwargs: Any,
    ) -> None:
        self._set_up(given(locals()), kwargs)
