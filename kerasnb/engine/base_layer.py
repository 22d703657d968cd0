"""Layers: functions of tensors with weights."""

from __future__ import annotations

import contextlib
import contextvars
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .. import backend as K
from .. import initializers
from ..utils.generic_utils import has_arg, is_all_none, to_list, unpack_singleton
from .connected import Connected
from .node import InputSpec as InputSpec
from .node import Node as Node

_KWARGS = (
    "input_shape",
    "batch_input_shape",
    "batch_size",
    "dtype",
    "name",
    "trainable",
    "weights",
    "input_dtype",
)

_to_come: contextvars.ContextVar[bool] = contextvars.ContextVar("to_come", default=False)


@contextlib.contextmanager
def weights_to_come() -> Iterator[None]:
    """Let the weights that are added inside a `with` block wait for their values, as zeros.

    For models whose weights come from a file: no random numbers are drawn, and a shape that only
    a file claims takes no memory.
    """
    token = _to_come.set(True)
    try:
        yield
    finally:
        _to_come.reset(token)


class Layer(Connected):
    """A function of tensors with weights: the base of all layers.

    A layer of one's own defines

    * `build(input_shape)`: make the weights with `add_weight`, then `super().build(input_shape)`;
    * `call(inputs)`: return what the layer computes, in terms of the backend;
    * `compute_output_shape(input_shape)`: only needed where it cannot be seen from the result.

    Layers, metrics and variables among its attributes belong to it: their weights are its weights.

    Args:
        **kwargs: `name`, `trainable`, `dtype`, `weights` (first values), and for the first layer
            of a Sequential model `input_shape` (without samples), `batch_input_shape` or
            `batch_size`.

    Attributes:
        name: unique name.
        built: whether the weights have been made.
        trainable: whether training changes the weights (read when a model is compiled).
        input_spec: an `InputSpec`, or one for each input.
        supports_masking: whether a mask passes through.
        stateful: whether the state of a batch goes over to the next.

    Example:
        >>> import numpy as np
        >>> from kerasnb.models import Sequential
        >>> class Scale(Layer):
        ...     def build(self, input_shape):
        ...         self.factor = self.add_weight("factor", (input_shape[-1],), initializer="ones")
        ...         super().build(input_shape)
        ...     def call(self, inputs):
        ...         return inputs * self.factor
        >>> Sequential([Scale(input_shape=(3,))]).predict(np.array([[1, 2, 3]]))
        array([[1., 2., 3.]], dtype=float32)
    """

    _untracked: tuple[str, ...] = ()
    """Attributes whose layers and variables are not the layer's own."""

    def __init__(self, **kwargs: Any) -> None:
        self.input_spec: Any = None
        self.supports_masking = False
        self.stateful = False
        self._reset_records()
        self._built = False
        unknown = sorted(set(kwargs) - set(_KWARGS))
        if unknown:
            raise TypeError(
                f"{type(self).__name__}: got an unknown argument, "
                f"{', '.join(map(repr, unknown))}; every layer takes {', '.join(_KWARGS[:-1])}."
            )
        self.name = kwargs.get("name") or _unique_name(type(self).__name__)
        self.trainable = kwargs.get("trainable", True)
        if kwargs.get("batch_input_shape") is not None:
            self.batch_input_shape = tuple(kwargs["batch_input_shape"])
        elif kwargs.get("input_shape") is not None:
            shape = _as_tuple(kwargs["input_shape"], self.name)
            self.batch_input_shape = (kwargs.get("batch_size"), *shape)
        self.dtype = kwargs.get("dtype") or kwargs.get("input_dtype") or K.floatx()
        self._initial_weights = kwargs.get("weights")

    def _reset_records(self) -> None:
        self._trainable_weights: list[Any] = []
        self._non_trainable_weights: list[Any] = []
        self._losses: list[Any] = []
        self._updates: list[Any] = []
        self._metrics: list[Any] = []
        # The same losses and updates by the inputs that they depend on; () for none.
        self._per_input_losses: dict[tuple[Any, ...], list[Any]] = {}
        self._per_input_updates: dict[tuple[Any, ...], list[Any]] = {}
        self._inbound_nodes: list[Node] = []
        self._outbound_nodes: list[Node] = []

    # -- weights

    @property
    def built(self) -> bool:
        """Whether the weights have been made."""
        return self._built

    @built.setter
    def built(self, value: bool) -> None:
        self._built = value

    def _attributes(self) -> Iterable[Any]:
        return (v for name, v in vars(self).items() if name not in self._untracked)

    def _sublayers(self) -> list[Any]:
        """The layers among the attributes, metrics apart."""
        return unique(v for v in self._attributes() if isinstance(v, Layer) and not _is_metric(v))

    def _loose_variables(self) -> list[Any]:
        """The variables among the attributes that `add_weight` has not made."""
        known = {id(w) for w in self._trainable_weights + self._non_trainable_weights}
        return [v for v in self._attributes() if K.is_variable(v) and id(v) not in known]

    @property
    def trainable_weights(self) -> list[Any]:
        """The weights that training changes."""
        if not self.trainable:
            return []
        inner = [w for layer in self._sublayers() for w in layer.trainable_weights]
        return unique(self._trainable_weights + inner)

    @trainable_weights.setter
    def trainable_weights(self, weights: list[Any]) -> None:
        self._trainable_weights = weights

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The weights that training does not change."""
        own = self._non_trainable_weights + self._loose_variables()
        if self.trainable:
            inner = [w for layer in self._sublayers() for w in layer.non_trainable_weights]
            return unique(own + inner)
        inner = [w for layer in self._sublayers() for w in layer.weights]
        return unique(self._trainable_weights + own + inner)

    @non_trainable_weights.setter
    def non_trainable_weights(self, weights: list[Any]) -> None:
        self._non_trainable_weights = weights

    @property
    def weights(self) -> list[Any]:
        """All weights, the trainable ones first."""
        return self.trainable_weights + self.non_trainable_weights

    def add_weight(
        self,
        name: str | None = None,
        shape: Any = None,
        dtype: str | None = None,
        initializer: Any = None,
        regularizer: Any = None,
        trainable: bool = True,
        constraint: Any = None,
    ) -> Any:
        """Add a weight; its first value is computed when it is first needed.

        Args:
            name: name.
            shape: shape, all sizes known.
            dtype: type, the layer's by default.
            initializer: initializer or its name; Glorot's uniform one by default.
            regularizer: function of the weight whose result is added to the loss.
            trainable: whether training changes the weight.
            constraint: function that gives each new value.

        Returns:
            The variable.
        """
        shape = tuple(shape or ())
        if None in shape:
            raise ValueError(
                f'Layer "{self.name}": the weight {name!r} would have shape {shape}; needs known '
                "sizes. Give the layer before it, or the input, a shape without None there."
            )
        dtype = dtype or self.dtype
        initializer = initializers.get(initializer or "glorot_uniform")
        value = (initializers.Zeros() if _to_come.get() else initializer)(shape, dtype=dtype)
        weight = K.variable(value, dtype=dtype, name=name, constraint=constraint)
        if regularizer is not None:
            self.add_loss(regularizer(weight))
        (self._trainable_weights if trainable else self._non_trainable_weights).append(weight)
        return weight

    def get_weights(self) -> list[Any]:
        """Return the values of the weights as NumPy arrays."""
        return K.batch_get_value(self.weights)

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set the values of the weights, in the order of `get_weights`.

        Raises:
            ValueError: if their number or a shape does not fit.
        """
        self._assign(self.weights, weights)

    def _assign(self, params: Sequence[Any], weights: Sequence[Any]) -> None:
        if len(params) != len(weights):
            shapes = ", ".join(str(p.shape) for p in params) or "none"
            raise ValueError(
                f'set_weights: layer "{self.name}" needs {len(params)} arrays (of shapes {shapes}); '
                f"got {len(weights)}."
            )
        for param, value in zip(params, weights, strict=True):
            got = getattr(value, "shape", param.shape)
            if got != param.shape:
                raise ValueError(
                    f'set_weights: weight {param.name!r} of layer "{self.name}" needs shape '
                    f"{param.shape}; got {got}."
                )
        K.batch_set_value(list(zip(params, weights, strict=True)))

    def count_params(self) -> int:
        """Return how many numbers the weights hold."""
        if not self.built:
            raise RuntimeError(
                f'count_params: layer "{self.name}" has no weights yet. Call it on a tensor, or '
                f"build it with `{self.name}.build(batch_input_shape)`."
            )
        return sum(K.count_params(w) for w in unique(self.weights))

    # -- what a layer of one's own defines

    def build(self, input_shape: Any) -> None:
        """Make the weights for inputs of a shape (a list of shapes with several inputs)."""
        self.built = True

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Return what the layer computes of the inputs."""
        return inputs

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the output's mask.

        Raises:
            TypeError: if there is a mask and the layer does not support masks.
        """
        if self.supports_masking:
            return mask
        if not is_all_none(mask):
            raise TypeError(
                f'Layer "{self.name}" ({type(self).__name__}) does not support masking, but got '
                f"the input mask {mask}. Put it before the layer that makes the mask, or use a "
                "layer that supports masks."
            )
        return None

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the output's shape for an input's."""
        return input_shape

    # -- calls

    def assert_input_compatibility(self, inputs: Any) -> None:
        """Check inputs against `input_spec`.

        Raises:
            ValueError: saying what does not fit.
        """
        inputs = to_list(inputs)
        for x in inputs:
            if not K.is_tensor(x):
                raise ValueError(
                    f'Layer "{self.name}" was called with {_short(x)}, which is not a symbolic '
                    "tensor. Call layers on the output of `Input(...)` or of another layer; give "
                    "arrays to `predict` or `fit`."
                )
        if not self.input_spec:
            return
        specs = to_list(self.input_spec, allow_tuple=True)
        if len(inputs) != len(specs):
            raise ValueError(
                f'Layer "{self.name}" needs {len(specs)} inputs; got {len(inputs)}: '
                f"{', '.join(map(str, inputs))}."
            )
        for index, (x, spec) in enumerate(zip(inputs, specs, strict=True)):
            problem = spec and spec.misfit(x)
            if problem:
                raise ValueError(
                    f'Input {index} does not fit layer "{self.name}" ({type(self).__name__}): '
                    f"{problem}."
                )

    def __call__(self, inputs: Any, **kwargs: Any) -> Any:
        """Apply the layer to a tensor, or to a list of tensors."""
        if isinstance(inputs, list | tuple):
            inputs = list(inputs)
        given = to_list(inputs)
        with K.layer_scope(self.name):
            self._build_for(inputs)
            self.assert_input_compatibility(inputs)
            arguments = dict(kwargs)
            masks = [getattr(x, "_keras_mask", None) for x in given]
            if not is_all_none(masks) and has_arg(self.call, "mask"):
                kwargs.setdefault("mask", unpack_singleton(masks))
            outputs = self._outputs(self.call(inputs, **kwargs), given)
            output_mask = self.compute_mask(inputs, kwargs.get("mask", unpack_singleton(masks)))
            output_masks = to_list(output_mask, allow_tuple=True)
            if len(output_masks) != len(outputs):
                output_masks = [output_mask] * len(outputs)
            self._set_shapes(given, outputs)
            self._add_inbound_node(given, outputs, masks, output_masks, arguments)
            self._regularize_activity(outputs, given)
        return unpack_singleton(outputs)

    def _build_for(self, inputs: Any) -> None:
        if self.built:
            return
        self.assert_input_compatibility(inputs)
        self.build(unpack_singleton([K.int_shape(x) for x in to_list(inputs)]))
        self.built = True
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)
            self._initial_weights = None

    def _outputs(self, output: Any, inputs: list[Any]) -> list[Any]:
        """Return what `call` returned as a list of tensors that have no history yet."""
        known = {id(x) for x in inputs}
        outputs = []
        for y in to_list(output, allow_tuple=True):
            if not K.is_tensor(y):
                raise TypeError(
                    f'Layer "{self.name}" ({type(self).__name__}): `call` must return tensors; '
                    f"got {_short(y)}."
                )
            owned = id(y) in known or hasattr(y, "_keras_history") or K.is_variable(y)
            outputs.append(K.identity(y) if owned else y)
        return outputs

    def _set_shapes(self, inputs: list[Any], outputs: list[Any]) -> None:
        # What the result shows counts; `compute_output_shape` fills in what it leaves open.
        shapes = [tuple(y.shape) for y in outputs]
        own = type(self).compute_output_shape is not Layer.compute_output_shape
        if own and any(None in s[1:] for s in shapes):
            said = self.compute_output_shape(unpack_singleton([K.int_shape(x) for x in inputs]))
            wishes = said if isinstance(said, list) else [said]
            if [len(s) for s in wishes if s is not None] == [len(s) for s in shapes]:
                shapes = [
                    tuple(m if n is None else n for n, m in zip(shape, wish, strict=True))
                    for shape, wish in zip(shapes, wishes, strict=True)
                ]
        for y, shape in zip(outputs, shapes, strict=True):
            y._keras_shape = shape

    def _add_inbound_node(
        self,
        inputs: list[Any],
        outputs: list[Any],
        masks: list[Any],
        output_masks: list[Any],
        arguments: dict[str, Any],
    ) -> None:
        origins = [getattr(x, "_keras_history", (None, None, None)) for x in inputs]
        Node(
            self,
            inbound_layers=[o[0] for o in origins],
            node_indices=[o[1] for o in origins],
            tensor_indices=[o[2] for o in origins],
            input_tensors=inputs,
            output_tensors=outputs,
            input_masks=masks,
            output_masks=output_masks,
            input_shapes=[K.int_shape(x) for x in inputs],
            output_shapes=[K.int_shape(y) for y in outputs],
            arguments=arguments,
        )
        for index, (y, mask) in enumerate(zip(outputs, output_masks, strict=True)):
            y._keras_history = (self, len(self._inbound_nodes) - 1, index)
            y._keras_mask = mask

    def _regularize_activity(self, outputs: list[Any], inputs: list[Any]) -> None:
        regularizer = getattr(self, "activity_regularizer", None)
        if regularizer is not None:
            self.add_loss([regularizer(y) for y in outputs], inputs=inputs)

    # -- losses, updates, metrics

    @property
    def losses(self) -> list[Any]:
        """The losses that the layer adds."""
        return self._losses + [x for layer in self._sublayers() for x in layer.losses]

    @property
    def updates(self) -> list[Any]:
        """The updates that the layer adds; none while it is not trainable."""
        if not self.trainable and not self.stateful:
            return []
        return self._updates + [u for layer in self._sublayers() for u in layer.updates]

    @property
    def metrics(self) -> list[Any]:
        """The metrics that the layer adds: metric objects, or tensors whose mean is reported."""
        return unique(getattr(v, "_metric_obj", v) for v in self._metric_values())

    def _metric_values(self) -> list[Any]:
        """The tensors to report, of all calls: which of them counts depends on the model."""
        own = [v for v in self._attributes() if _is_metric(v)]
        results = [m._call_result for m in own if hasattr(m, "_call_result")]
        inner = [v for layer in self._sublayers() for v in layer._metric_values()]
        return unique(self._metrics + results + inner)

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Add losses to those of the models that the layer is part of.

        Args:
            losses: tensor, or list of tensors.
            inputs: the tensors that they depend on; None if they depend on no input.
        """
        if losses is not None:
            self._losses += to_list(losses)
            self._per_input_losses.setdefault(_key(inputs), []).extend(to_list(losses))

    def add_update(self, updates: Any, inputs: Any = None) -> None:
        """Add updates that a training step carries out.

        Args:
            updates: update, (variable, value) pair, or list of those.
            inputs: the tensors that they depend on; None if they depend on no input.
        """
        if updates is not None:
            self._updates += to_list(updates)
            self._per_input_updates.setdefault(_key(inputs), []).extend(to_list(updates))

    def add_metric(self, value: Any, name: str | None = None) -> None:
        """Add a tensor to what is reported in training and evaluation.

        Args:
            value: tensor, whose mean is reported, or what a metric object returned.
            name: name under which it is reported.
        """
        if not hasattr(value, "_metric_obj"):
            value._metric_name = name or f"{self.name}_metric"
        self._metrics.append(value)

    def get_losses_for(self, inputs: Any) -> list[Any]:
        """Return the losses that depend on given inputs (None: on none)."""
        inner = [x for layer in self._sublayers() for x in layer.get_losses_for(inputs)]
        return self._per_input_losses.get(_key(inputs), []) + inner

    def get_updates_for(self, inputs: Any) -> list[Any]:
        """Return the updates that depend on given inputs (None: on none)."""
        if not self.trainable and not self.stateful:
            return []
        inner = [x for layer in self._sublayers() for x in layer.get_updates_for(inputs)]
        return self._per_input_updates.get(_key(inputs), []) + inner

    # -- configs

    def get_config(self) -> dict[str, Any]:
        """Return what makes an equal layer, as numbers, texts, lists and dictionaries."""
        config: dict[str, Any] = {"name": self.name, "trainable": self.trainable}
        if hasattr(self, "batch_input_shape"):
            config["batch_input_shape"] = self.batch_input_shape
        config["dtype"] = self.dtype
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make a layer from what `get_config` returned."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"


def _is_metric(x: Any) -> bool:
    return isinstance(x, Layer) and hasattr(x, "update_state")


def unique(items: Iterable[Any]) -> list[Any]:
    """Return the items in order, each object once."""
    return list({id(x): x for x in items}.values())


def _key(inputs: Any) -> tuple[Any, ...]:
    return () if inputs is None else tuple(to_list(inputs))


def _as_tuple(shape: Any, name: str) -> tuple[Any, ...]:
    if isinstance(shape, int):
        raise ValueError(
            f'Layer "{name}": got input_shape={shape!r}; needs a tuple, ({shape},) perhaps: the '
            "comma makes it one."
        )
    return tuple(shape)


def _unique_name(class_name: str) -> str:
    return f"{to_snake_case(class_name)}_{K.get_uid(class_name)}"


def to_snake_case(name: str) -> str:
    """Return 'MaxPooling2D' as 'max_pooling2d'."""
    words = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    snake = re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
    return snake if not snake.startswith("_") else "private" + snake


def _short(x: Any) -> str:
    shape = getattr(x, "shape", None)
    if shape is not None:
        return f"an array of shape {tuple(shape)}"
    text = repr(x)
    return f"{text[:60]}{'...' if len(text) > 60 else ''} (a {type(x).__name__})"
