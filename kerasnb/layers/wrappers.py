"""Layers around a layer."""

from __future__ import annotations

import copy
from typing import Any

from .. import backend as K
from ..engine.base_layer import InputSpec, Layer, to_snake_case, unique
from ..graph import ops
from ..utils.generic_utils import CustomObjectScope, has_arg, to_list
from .rnn import call_with, naming, split_inputs


class Wrapper(Layer):
    """Base of layers that do something with another layer. Its weights are those of that layer.

    Args:
        layer: the layer.
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        if not isinstance(layer, Layer):
            raise TypeError(
                f"{to_snake_case(type(self).__name__)}: needs a Layer to wrap; got {layer!r}."
            )
        self.layer = layer
        # What the layer inside was called with, by what the wrapper was called with.
        self._inner_inputs: dict[tuple[Any, ...], Any] = {}
        kwargs.setdefault("trainable", layer.trainable)
        super().__init__(**kwargs)

    @property
    def trainable(self) -> bool:
        """Whether training changes the weights of the layer inside."""
        return self.layer.trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self.layer.trainable = value

    @property
    def activity_regularizer(self) -> Any:
        """The penalty on the output of the layer inside."""
        return getattr(self.layer, "activity_regularizer", None)

    @property
    def weights(self) -> list[Any]:
        """The weights of the layer inside, in its order."""
        return self.layer.weights

    def get_losses_for(self, inputs: Any = None) -> list[Any]:
        """Return the losses that depend on given inputs (None: on none)."""
        found = super().get_losses_for(inputs)
        if inputs is not None and tuple(to_list(inputs)) in self._inner_inputs:
            inner = self._inner_inputs[tuple(to_list(inputs))]
            found += [x for layer in self._sublayers() for x in layer.get_losses_for(inner)]
        return unique(found)

    def get_updates_for(self, inputs: Any = None) -> list[Any]:
        """Return the updates that depend on given inputs (None: on none)."""
        found = super().get_updates_for(inputs)
        if inputs is not None and tuple(to_list(inputs)) in self._inner_inputs:
            inner = self._inner_inputs[tuple(to_list(inputs))]
            found += [u for layer in self._sublayers() for u in layer.get_updates_for(inner)]
        return unique(found)

    def get_config(self) -> dict[str, Any]:
        """Return the config of the layer inside, beside the wrapper's own."""
        inner = {"class_name": type(self.layer).__name__, "config": self.layer.get_config()}
        return {**super().get_config(), "layer": inner}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Make a wrapper, and the layer inside, from what `get_config` returned."""
        from . import deserialize

        config = dict(config)
        layer = deserialize(config.pop("layer"), custom_objects=custom_objects)
        return cls(layer, **config)


class TimeDistributed(Wrapper):
    """Apply a layer (or a model) to every time step, with the same weights.

    Samples and time steps become one axis, the layer sees each as a sample of its own.

    Args:
        layer: the layer.

    Input: (samples, time, ...). Output: (samples, time, ...).

    Example:
        >>> from kerasnb.layers import Dense
        >>> TimeDistributed(Dense(8)).compute_output_shape((None, 10, 16))
        (None, 10, 8)
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)
        self.supports_masking = True
        self.input_spec = InputSpec(min_ndim=3)

    def build(self, input_shape: Any) -> None:
        """Build the layer inside."""
        self.input_spec = InputSpec(shape=(None, None, *input_shape[2:]))
        with K.layer_scope(self.layer.name):
            entry = K.placeholder((None, *input_shape[2:]), dtype=self.layer.dtype)
        with naming(self):
            self.layer._build_for(entry)
        self.built = True

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the inner layer's shape, with the axis of time."""
        with naming(self):
            child = self.layer.compute_output_shape((input_shape[0], *input_shape[2:]))
        return (child[0], input_shape[1], *child[1:])

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Apply the layer to every step of every sample."""
        kwargs: dict[str, Any] = {}
        if has_arg(self.layer.call, "training"):
            kwargs["training"] = training
        rows = _rows(inputs)
        # A mask of the steps out here says nothing of steps that the layer inside may have.
        within = mask is not None and (K.ndim(mask) > 2 or K.ndim(rows) == 2)
        if within and has_arg(self.layer.call, "mask"):
            kwargs["mask"] = _rows(mask)
        self._inner_inputs[(inputs,)] = rows
        made = self.layer.call(rows, **kwargs)
        if isinstance(made, list | tuple):
            raise ValueError(
                f'Layer "{self.name}": the layer inside, "{self.layer.name}", must have one output; '
                f"got {len(made)}."
            )
        return _steps(made, inputs)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask of the inner layer, for every step; or whether a step has any entry."""
        inner = self._inner_inputs.get((inputs,))
        rows = _rows(inputs) if inner is None else inner
        with naming(self):
            output_mask = self.layer.compute_mask(rows, None if mask is None else _rows(mask))
        if output_mask is not None:
            return _steps(output_mask, inputs)
        if mask is not None:
            while K.ndim(mask) > 2:
                mask = K.any(mask, axis=-1)
        return mask


def _rows(x: Any) -> Any:
    """Return a tensor with samples and time steps as one axis."""
    rows = ops.merge_axes(x, start=0, stop=2)
    if hasattr(x, "_keras_shape"):
        rows._keras_shape = (None, *x._keras_shape[2:])
    return rows


def _steps(rows: Any, inputs: Any) -> Any:
    """Return rows with the axes of samples and time that `inputs` has."""
    outer, inner = K.shape(inputs), K.shape(rows)
    sizes = [outer[0], outer[1], *(inner[i] for i in range(1, K.ndim(rows)))]
    known = (*inputs.shape[:2], *rows.shape[1:])
    return ops.reshape_to(rows, K.stack(sizes), known=known)


class Bidirectional(Wrapper):
    """Read sequences with a recurrent layer and, with another one like it, from the end.

    Args:
        layer: the recurrent layer; the second one is made from its config.
        merge_mode: how the outputs are merged: "concat", "sum", "mul", "ave" (the mean), or None
            for a list of both.
        weights: first values: the forward layer's, then the backward layer's.

    Call arguments:
        initial_state: the forward layer's states, then the backward layer's.

    Output: as that of the layer, merged; with `return_state` the states of both layers follow.

    Example:
        >>> from kerasnb.layers import LSTM
        >>> Bidirectional(LSTM(10, return_sequences=True)).compute_output_shape((None, 5, 10))
        (None, 5, 20)
    """

    _untracked = ("layer",)

    def __init__(
        self, layer: Any, merge_mode: str | None = "concat", weights: Any = None, **kwargs: Any
    ) -> None:
        if merge_mode not in ("sum", "mul", "ave", "concat", None):
            raise ValueError(
                f"Bidirectional: got merge_mode={merge_mode!r}; needs 'sum', 'mul', 'ave', "
                "'concat' or None."
            )
        if not hasattr(layer, "go_backwards"):
            raise TypeError(f"Bidirectional: needs a recurrent layer to wrap; got {layer!r}.")
        self.forward_layer = copy.copy(layer)
        self.forward_layer._reset_records()
        config = layer.get_config()
        config["go_backwards"] = not config["go_backwards"]
        with CustomObjectScope(_cell_classes(layer)):
            self.backward_layer = type(layer).from_config(config)
        self.forward_layer.name = f"forward_{layer.name}"
        self.backward_layer.name = f"backward_{layer.name}"
        self.merge_mode = merge_mode
        super().__init__(layer, weights=weights, **kwargs)
        self.stateful = layer.stateful
        self.return_sequences = layer.return_sequences
        self.return_state = layer.return_state
        self.supports_masking = layer.supports_masking
        self.input_spec = list(to_list(layer.input_spec))
        self._num_constants: int | None = None

    @property
    def _both(self) -> tuple[Any, Any]:
        return self.forward_layer, self.backward_layer

    @property
    def trainable(self) -> bool:
        """Whether training changes the weights of both layers."""
        return self.forward_layer.trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in (self.layer, *self._both):
            layer.trainable = value

    @property
    def weights(self) -> list[Any]:
        """The weights of the forward layer, then those of the backward layer."""
        return [w for layer in self._both for w in layer.weights]

    @property
    def constraints(self) -> dict[Any, Any]:
        """The constraints of both layers."""
        return {w: w.constraint for w in self.weights if getattr(w, "constraint", None)}

    def _halves(self, states: Any) -> tuple[Any, Any]:
        """Return the states of the forward layer and those of the backward layer."""
        if not states:
            return None, None
        if len(states) % 2:
            raise ValueError(
                f'Layer "{self.name}": needs as many initial states for the backward layer as for '
                f"the forward layer; got {len(states)} in all."
            )
        half = len(states) // 2
        return states[:half], states[half:]

    def build(self, input_shape: Any) -> None:
        """Build both layers."""
        number = self._num_constants or 0
        shape, *more = input_shape if isinstance(input_shape, list) else [input_shape]
        constants = more[len(more) - number :]
        for layer in self._both:
            with naming(self), K.layer_scope(layer.name):
                layer.build([shape, *constants] if constants else shape)
            layer.built = True
        self.built = True

    def __call__(
        self, inputs: Any, initial_state: Any = None, constants: Any = None, **kwargs: Any
    ) -> Any:
        """Apply the layer; states and constants may be Keras tensors or others."""
        inputs, states, constants = split_inputs(
            inputs, initial_state, constants, self._num_constants
        )
        for layer, own in zip(self._both, self._halves(states), strict=True):
            if own:
                layer.state_spec = [InputSpec(shape=K.int_shape(s)) for s in own]
            if constants:
                self._num_constants = layer._num_constants = len(constants)
        return call_with(self, super().__call__, inputs, states, constants, kwargs)

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: Any = None,
        initial_state: Any = None,
        constants: Any = None,
    ) -> Any:
        """Return the merged output, and the states of both layers if they are asked for."""
        if isinstance(inputs, list):
            key = tuple(inputs)
            inputs, initial_state, constants = split_inputs(inputs, None, None, self._num_constants)
            self._inner_inputs[key] = inputs
        mask = mask[0] if isinstance(mask, list) else mask
        outputs, last = [], []
        for layer, own in zip(self._both, self._halves(initial_state), strict=True):
            given = {"mask": mask, "training": training}
            given.update(initial_state=own, constants=constants)
            given = {k: v for k, v in given.items() if v is not None and has_arg(layer.call, k)}
            output, *states = to_list(layer.call(inputs, **given))
            outputs.append(output)
            last += states
        if self.return_sequences:
            outputs[1] = K.reverse(outputs[1], 1)
        merged = self._merge(*outputs)
        return [*to_list(merged), *last] if self.return_state else merged

    def _merge(self, forward: Any, backward: Any) -> Any:
        if self.merge_mode is None:
            return [forward, backward]
        if self.merge_mode == "concat":
            return K.concatenate([forward, backward])
        if self.merge_mode == "mul":
            return forward * backward
        total = forward + backward
        return total / 2.0 if self.merge_mode == "ave" else total

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the merged output's shape, in a list with those of the states if returned."""
        made = self.forward_layer.compute_output_shape(input_shape)
        output, *states = made if self.return_state else [made]
        if self.merge_mode == "concat":
            output = (*output[:-1], output[-1] * 2)
        outputs = [output] if self.merge_mode else [output, output]
        shapes = [*outputs, *states, *states]
        return shapes if len(shapes) > 1 else output

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask of the outputs of all steps; states have none."""
        mask = mask[0] if isinstance(mask, list) else mask
        if not self.supports_masking:
            super().compute_mask(inputs, mask)
        outputs = [mask if self.return_sequences else None] * (1 if self.merge_mode else 2)
        states = [None] * (2 * len(self.forward_layer.states)) if self.return_state else []
        return [*outputs, *states] if len(outputs) + len(states) > 1 else outputs[0]

    def reset_states(self) -> None:
        """Set the states of both layers back to zero."""
        for layer in self._both:
            layer.reset_states()

    def get_config(self) -> dict[str, Any]:
        """Return the settings and the layer's config."""
        config = {**super().get_config(), "merge_mode": self.merge_mode}
        if self._num_constants is not None:
            config["num_constants"] = self._num_constants
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Make a wrapper, and the layers inside, from what `get_config` returned."""
        config = dict(config)
        number = config.pop("num_constants", None)
        wrapper = super().from_config(config, custom_objects)
        wrapper._num_constants = number
        for layer in wrapper._both:
            layer._num_constants = number
        return wrapper


def _cell_classes(layer: Any) -> dict[str, Any]:
    """Return the classes of a layer's cells by name: the second layer is made from a config."""
    cell = getattr(layer, "cell", None)
    cells = [] if cell is None else [cell, *getattr(cell, "cells", [])]
    return {type(c).__name__: type(c) for c in cells}
