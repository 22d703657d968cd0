"""RNN: the layer that applies a cell along time, whatever the cell is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import backend as K
from ..engine.base_layer import InputSpec, Layer
from ..graph import ops
from ..utils.generic_utils import has_arg, to_list
from .cells import Cell
from .stacked_cells import StackedRNNCells as StackedRNNCells
from .stacked_cells import flat_sizes

FLAGS = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll")


class RNN(Layer):
    """Apply a cell to every time step, handing its states on from step to step.

    A cell is an object with

    * `call(inputs, states)`, which takes the inputs at one time (samples, features) and the list
      of states, and returns the output and the list of new states. It may take `training`, and
      `constants`, tensors that are the same at all steps;
    * `state_size`: the size of the state, or a tuple with one size for each state; the first is
      the size of the output;
    * `output_size`, if the output has another size;
    * `build(input_shape)`, if it is a `Layer` with weights.

    Args:
        cell: the cell, or a list of cells, each fed by the one before.
        return_sequences: whether to return the output of all steps instead of that of the last.
        return_state: whether to return the last states, too.
        go_backwards: whether to begin with the last step; outputs come in the order of the steps.
        stateful: whether the last states of a batch are the first states of the next, sample by
            sample. The batch size must be known: `batch_input_shape=(32, 10, 16)` in the first
            layer, or `Input(batch_shape=(32, 10, 16))`. `reset_states()` begins anew.
        unroll: whether to write all steps out instead of a loop, for a known number of steps.

    Call arguments:
        inputs: tensor (samples, time, ...).
        mask: truth values (samples, time); where false, a step is skipped: the output is the
            previous one.
        training: handed on to the cell.
        initial_state: the first states; zeros by default.
        constants: tensors that the cell gets at all steps.

    Output: (samples, units), or (samples, time, units) with `return_sequences`; with `return_state`
    a list of it and the last states.

    Example:
        >>> class MinimalCell(Layer):
        ...     def __init__(self, units, **kwargs):
        ...         self.units = self.state_size = units
        ...         super().__init__(**kwargs)
        ...     def build(self, input_shape):
        ...         self.kernel = self.add_weight("kernel", (input_shape[-1], self.units))
        ...         super().build(input_shape)
        ...     def call(self, inputs, states):
        ...         output = K.dot(inputs, self.kernel) + states[0]
        ...         return output, [output]
        >>> RNN([MinimalCell(32), MinimalCell(16)]).compute_output_shape((None, 10, 5))
        (None, 16)
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
        if isinstance(cell, list | tuple):
            cell = StackedRNNCells(cell)
        for what in ("call", "state_size"):
            if not hasattr(cell, what):
                raise ValueError(
                    f"{type(self).__name__}: `cell` needs `{what}`; got {cell!r}. A cell has "
                    "`call(inputs, states)` and `state_size`, an int or a tuple of one int for "
                    "each state."
                )
        if "input_dim" in kwargs or "input_length" in kwargs:
            shape = (kwargs.pop("input_length", None), kwargs.pop("input_dim", None))
            kwargs.setdefault("input_shape", shape)
        super().__init__(**kwargs)
        self.cell = cell
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.supports_masking = True
        self.input_spec: Any = [InputSpec(ndim=3)]
        self.state_spec: Any = None
        self.constants_spec: Any = None
        self._states: Any = None
        self._num_constants: int | None = None

    # -- shapes

    @property
    def states(self) -> list[Any]:
        """The variables that hold the states between batches; None each, if not stateful."""
        return [None] * len(self._state_shapes()) if self._states is None else self._states

    @states.setter
    def states(self, states: Any) -> None:
        self._states = states

    def _state_shapes(self) -> list[tuple[Any, ...]]:
        """Return the shape of a sample of each state."""
        return [(size,) for size in flat_sizes(self.cell.state_size)]

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the output, in a list with those of the states if returned."""
        shape = input_shape[0] if isinstance(input_shape, list) else input_shape
        size = getattr(self.cell, "output_size", None)
        size = flat_sizes(self.cell.state_size)[0] if size is None else size
        output = (shape[0], shape[1], size) if self.return_sequences else (shape[0], size)
        if not self.return_state:
            return output
        return [output, *((shape[0], *state) for state in self._state_shapes())]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask of the outputs of all steps; states have none."""
        mask = mask[0] if isinstance(mask, list) else mask
        output_mask = mask if self.return_sequences else None
        return [output_mask, *(None for _ in self.states)] if self.return_state else output_mask

    # -- building

    def build(self, input_shape: Any) -> None:
        """Build the cell."""
        constants: list[Any] = []
        if isinstance(input_shape, list):
            if self._num_constants:
                constants = input_shape[-self._num_constants :]
            input_shape = input_shape[0]
        self._check_constants(constants)
        batch = input_shape[0] if self.stateful else None
        first = InputSpec(shape=(batch, None, *input_shape[2:]))
        self.input_spec = [first, *self.input_spec[1:]]
        if isinstance(self.cell, Layer) and not self.cell.built:
            entry = (input_shape[0], *input_shape[2:])
            with naming(self):
                self.cell.build([entry, *constants] if constants else entry)
            self.cell.built = True
        self._check_state_spec()
        if self.stateful:
            self.reset_states()
        self.built = True

    def _check_constants(self, constants: Any) -> None:
        if constants and not has_arg(self.cell.call, "constants"):
            raise ValueError(
                f'Layer "{self.name}" got constants, but its cell does not take them: '
                f"{type(self.cell).__name__}.call needs an argument `constants`."
            )

    def _check_state_spec(self) -> None:
        shapes = [(None, *s) for s in self._state_shapes()]
        if self.state_spec is None:
            self.state_spec = [InputSpec(shape=s) for s in shapes]
            return
        given = [tuple(spec.shape) for spec in self.state_spec]
        if len(given) != len(shapes) or not all(map(_fits, given, shapes)):
            raise ValueError(
                f'Layer "{self.name}": an `initial_state` was passed that does not fit '
                f"`cell.state_size`={self.cell.state_size}; got states of shape {given}."
            )

    def get_initial_state(self, inputs: Any) -> list[Any]:
        """Return the states before the first step: zeros.

        Args:
            inputs: tensor (samples, time, ...).
        """
        zero = K.sum(K.zeros_like(inputs), axis=tuple(range(1, K.ndim(inputs))))  # (samples,)
        return [
            K.reshape(zero, (-1, *(1 for _ in shape)))
            + np.broadcast_to(np.zeros((), K.dtype(zero)), (1, *shape))
            for shape in self._state_shapes()
        ]

    # -- calling

    def assert_input_compatibility(self, inputs: Any) -> None:
        """Check inputs; a missing time axis is explained."""
        try:
            super().assert_input_compatibility(inputs)
        except ValueError as error:
            first = to_list(inputs)[0]
            if not K.is_tensor(first) or K.ndim(first) != 2 or K.ndim(first) == self._ndim:
                raise
            raise ValueError(
                f"{error} A recurrent layer reads sequences, (samples, time, features). If a "
                "recurrent layer comes before this one, give that one return_sequences=True: it "
                "then returns its output at every step, not only at the last."
            ) from None

    @property
    def _ndim(self) -> int | None:
        return to_list(self.input_spec)[0].ndim

    def __call__(
        self, inputs: Any, initial_state: Any = None, constants: Any = None, **kwargs: Any
    ) -> Any:
        """Apply the layer; states and constants may be Keras tensors or others."""
        inputs, initial_state, constants = split_inputs(
            inputs, initial_state, constants, self._num_constants
        )
        if initial_state:
            self.state_spec = [InputSpec(shape=K.int_shape(s)) for s in initial_state]
        if constants:
            self.constants_spec = [InputSpec(shape=K.int_shape(c)) for c in constants]
            self._num_constants = len(constants)
        return call_with(self, super().__call__, inputs, initial_state, constants, kwargs)

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: Any = None,
        initial_state: Any = None,
        constants: Any = None,
    ) -> Any:
        """Return the output, and the last states if they are asked for."""
        all_inputs = inputs
        if isinstance(inputs, list):
            inputs, initial_state, constants = split_inputs(inputs, None, None, self._num_constants)
        mask = mask[0] if isinstance(mask, list) else mask
        first = self._first_states(inputs, initial_state)
        steps = K.int_shape(inputs)[1]
        if self.unroll and steps in (None, 1):
            raise ValueError(
                f'Layer "{self.name}": cannot unroll {steps} time steps; needs a known number '
                "above 1. Give the first layer an `input_shape` or `batch_input_shape` with it, or "
                "leave out unroll=True."
            )
        if hasattr(self.cell, "forget_masks"):
            self.cell.forget_masks()
        made = None
        if not constants and not self.unroll:
            made = self._at_once(inputs, first, mask, training, initial_state is not None)
        if made is None:
            made = self._step_by_step(inputs, first, mask, training, constants)
        last, outputs, states = made
        if self.stateful:
            updates = [K.update(v, s) for v, s in zip(self.states, states, strict=True)]
            self.add_update(updates, all_inputs)
        output = outputs if self.return_sequences else last
        return [output, *states] if self.return_state else output

    def _first_states(self, inputs: Any, initial_state: Any) -> list[Any]:
        if initial_state:
            first = to_list(initial_state, allow_tuple=True)
        elif self.stateful:
            first = self.states
        else:
            first = to_list(self.get_initial_state(inputs), allow_tuple=True)
        if len(first) != len(self.states):
            raise ValueError(
                f'Layer "{self.name}" has {len(self.states)} states; got {len(first)} initial '
                "states."
            )
        return list(first)

    def _at_once(self, inputs: Any, first: list[Any], mask: Any, training: Any, given: bool) -> Any:
        """Return what `K.rnn` would, computed by one op, if there is one for the cell; else None."""
        if not _has_sequence(self.cell):
            return None
        sequence = _by_time(inputs)
        masks = [] if mask is None else [_by_time(_column(mask))]
        if self.go_backwards:
            sequence, *masks = [K.reverse(x, 0) for x in (sequence, *masks)]
        made = self.cell.sequence(sequence, first, masks, training)
        if made is None:
            return None
        outputs, states = made
        if mask is not None and (given or self.stateful):
            # The op gives states. A row that is masked from the start on has none as output yet.
            begun = K.cumsum(K.cast(masks[0], "int32"), axis=0) > 0
            outputs = K.switch(begun, outputs, K.zeros_like(outputs))
        return outputs[-1], _by_time(outputs), states

    def _step_by_step(
        self, inputs: Any, first: list[Any], mask: Any, training: Any, constants: Any
    ) -> Any:
        call = self.cell.call
        kwargs = {"training": training} if has_arg(call, "training") else {}
        self._check_constants(constants)
        number = len(constants or [])

        def step(entry: Any, states: list[Any]) -> Any:
            own, fixed = states[: len(states) - number], states[len(states) - number :]
            given = {**kwargs, "constants": fixed} if number else kwargs
            output, new = call(entry, own, **given)
            return output, to_list(new, allow_tuple=True)

        return K.rnn(
            step,
            inputs,
            first,
            go_backwards=self.go_backwards,
            mask=mask,
            constants=constants,
            unroll=self.unroll,
            input_length=K.int_shape(inputs)[1],
        )

    # -- states between batches

    def reset_states(self, states: Any = None) -> None:
        """Set the states that the next batch begins with.

        Args:
            states: an array, or one for each state; zeros by default.
        """
        if not self.stateful:
            raise AttributeError(
                f'Layer "{self.name}" keeps no states: it was made without stateful=True.'
            )
        batch = self.input_spec[0].shape[0] if self.input_spec[0].shape else None
        if not batch:
            raise ValueError(
                f'Layer "{self.name}" is stateful, so it needs to know the batch size. In a '
                "Sequential model give the first layer `batch_input_shape=(batch, time, ...)`; "
                "in the functional API use `Input(batch_shape=(batch, time, ...))`."
            )
        shapes = [(batch, *shape) for shape in self._state_shapes_between_batches()]
        if self._states is None:
            self._states = [K.zeros(s, dtype=self.dtype, name="state") for s in shapes]
        arrays = [np.zeros(s) for s in shapes] if states is None else to_list(states, True)
        if len(arrays) != len(shapes):
            raise ValueError(
                f'Layer "{self.name}" has {len(shapes)} states; reset_states got {len(arrays)} '
                "arrays."
            )
        for i, (variable, value, shape) in enumerate(
            zip(self._states, arrays, shapes, strict=True)
        ):
            if np.shape(value) != shape:
                raise ValueError(
                    f'State {i} of layer "{self.name}" needs shape {shape}; reset_states got '
                    f"{np.shape(value)}."
                )
            K.set_value(variable, value)

    def _state_shapes_between_batches(self) -> list[tuple[Any, ...]]:
        return self._state_shapes()

    # -- configs

    def get_config(self) -> dict[str, Any]:
        """Return the settings and the cell's config."""
        config = {**super().get_config(), **{name: getattr(self, name) for name in FLAGS}}
        if self._num_constants is not None:
            config["num_constants"] = self._num_constants
        if hasattr(self.cell, "get_config"):
            name = type(self.cell).__name__
            config["cell"] = {"class_name": name, "config": self.cell.get_config()}
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Make a layer from what `get_config` returned."""
        from . import deserialize

        config = dict(config)
        cell = deserialize(config.pop("cell"), custom_objects=custom_objects)
        number = config.pop("num_constants", None)
        layer = cls(cell, **config)
        layer._num_constants = number
        return layer


@contextlib.contextmanager
def naming(layer: Layer) -> Iterator[None]:
    """Let an error from something inside of a layer name the layer."""
    try:
        yield
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f'Layer "{layer.name}": {error}') from None


def split_inputs(inputs: Any, initial_state: Any, constants: Any, number: Any) -> tuple[Any, ...]:
    """Return the input, the states and the constants, which may have come in one list.

    Args:
        inputs: tensor, or list [input, states..., constants...].
        initial_state: tensor, list of tensors, or None.
        constants: likewise.
        number: how many constants a list ends with.
    """
    if isinstance(inputs, list | tuple):
        if initial_state is not None or constants is not None:
            raise ValueError(
                "A recurrent layer got a list of inputs beside `initial_state` or `constants`; "
                "give states and constants in one way: in the list, or by name."
            )
        inputs = list(inputs)
        if number:
            constants, inputs = inputs[-number:], inputs[:-number]
        initial_state, inputs = inputs[1:], inputs[0]
    states, constants = ([] if x is None else to_list(x, True) for x in (initial_state, constants))
    return inputs, states or None, constants or None


def call_with(
    layer: Any, call: Any, inputs: Any, states: Any, constants: Any, kwargs: dict[str, Any]
) -> Any:
    """Call a layer: Keras tensors among states and constants become inputs, others are arguments.

    Args:
        layer: the layer, whose `input_spec` is that of the input alone.
        call: its base class's `__call__`.
        inputs: the input.
        states: list of states, or None.
        constants: list of constants, or None.
        kwargs: further arguments of the call.
    """
    more = [*(states or []), *(constants or [])]
    kinds = {K.is_keras_tensor(x) for x in more}
    if len(kinds) > 1:
        raise ValueError(
            f'Layer "{layer.name}": initial states and constants must be all Keras tensors (which '
            "`Input` and layers return) or all other tensors; got a mix."
        )
    if kinds != {True}:
        given = {"initial_state": states, "constants": constants}
        return call(inputs, **kwargs, **{k: v for k, v in given.items() if v is not None})
    own = to_list(layer.input_spec)
    layer.input_spec = [*own, *(InputSpec(shape=K.int_shape(x)) for x in more)]
    try:
        return call([inputs, *more], **kwargs)
    finally:
        layer.input_spec = layer.input_spec[: len(own)]


def _fits(got: tuple[Any, ...], needed: tuple[Any, ...]) -> bool:
    pairs = zip(got, needed, strict=False)
    return len(got) == len(needed) and all(n == m or None in (n, m) for n, m in pairs)


def _by_time(x: Any) -> Any:
    """Return a tensor with the axes of samples and time in each other's place."""
    return K.permute_dimensions(x, (1, 0, *range(2, K.ndim(x))))


def _column(mask: Any) -> Any:
    mask = ops.cast(mask, dtype="bool")
    return K.expand_dims(mask) if K.ndim(mask) == 2 else mask


def _has_sequence(cell: Any) -> bool:
    """Whether a cell can do a whole sequence, and does at each step what its class says."""
    if not isinstance(cell, Cell):
        return False

    def owner(name: str) -> Any:
        return next(c for c in type(cell).__mro__ if name in vars(c))

    return owner("call") in owner("_run").__mro__
