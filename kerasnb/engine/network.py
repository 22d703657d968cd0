"""Networks: graphs of layers, which are layers themselves."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterable
from typing import Any

from .. import backend as K
from ..graph import LearningPhase
from ..graph.autodiff import applications
from ..utils.generic_utils import has_arg, to_list, unpack_singleton
from ..utils.layer_utils import get_source_inputs as get_source_inputs
from ..utils.layer_utils import print_summary
from .base_layer import InputSpec as InputSpec
from .base_layer import Layer, Node, unique
from .input_layer import Input as Input
from .input_layer import InputLayer
from .layer_graph import LayerGraph
from .network_config import KERAS_VERSION, describe, rebuild, to_json

_KERAS_1_NAMES = {"input": "inputs", "output": "outputs"}
# What other inputs give: outputs, their masks, and for each tensor inside the one in its place.
_Run = tuple[list[Any], list[Any], dict[Any, Any]]


class Network(Layer):
    """A graph of layers from inputs to outputs.

    A subclass that defines `call` is made without inputs and outputs: its layers are those among
    its attributes, and its graph is made when it first meets data.

    Args:
        inputs: tensor made by `Input`, or list of them.
        outputs: tensor, or list of tensors, that layers have made from them.
        name: name.
    """

    def __init__(
        self, inputs: Any = None, outputs: Any = None, name: str | None = None, **kwargs: Any
    ) -> None:
        for old, new in _KERAS_1_NAMES.items():
            if old in kwargs:
                value = kwargs.pop(old)
                inputs, outputs = (value, outputs) if old == "input" else (inputs, value)
                warnings.warn(
                    f"{type(self).__name__}({old}=...) is a spelling of Keras 1; write "
                    f"{type(self).__name__}(inputs=..., outputs=...) with {new}=.",
                    stacklevel=2,
                )
        if (inputs is None) != (outputs is None):
            missing = "inputs" if inputs is None else "outputs"
            raise TypeError(
                f"{type(self).__name__}: got no {missing}; needs inputs and outputs: "
                "Model(inputs=x, outputs=y)."
            )
        prefix = type(self).__name__.lower()
        super().__init__(name=name or f"{prefix}_{K.get_uid(prefix)}", **kwargs)
        self.inputs: Any = None
        self.outputs: Any = None
        self._graph: LayerGraph | None = None
        self._layers: list[Layer] = []
        self._is_graph_network = False
        if inputs is not None:
            self._init_graph(inputs, outputs)

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Layer) and "_graph" not in vars(self):
            raise RuntimeError(
                f"{type(self).__name__}: begin `__init__` with `super().__init__()`, before the "
                f"first layer ({name})."
            )
        super().__setattr__(name, value)

    def _init_graph(self, inputs: Any, outputs: Any, node_on_top: Node | None = None) -> None:
        """Find the layers between some tensors; quicker if one node was put on what was there."""
        self.inputs = to_list(inputs, allow_tuple=True)
        self.outputs = to_list(outputs, allow_tuple=True)
        who = f'Model "{self.name}"'
        self._check_ends(who)
        graph = self._graph
        if graph is not None and node_on_top is not None:
            graph.put_on_top(node_on_top, who)
        else:
            graph = self._graph = LayerGraph(self.inputs, self.outputs, who)
        self._layers = graph.layers
        self._network_nodes = graph.nodes
        self._is_graph_network = True
        self.built = True
        self._set_input_names([x._keras_history[0].name for x in self.inputs])
        self.output_names = [x._keras_history[0].name for x in self.outputs]
        self._inbound_nodes, self._outbound_nodes = [], []
        Node(
            self,
            inbound_layers=[],
            node_indices=[],
            tensor_indices=[],
            input_tensors=self.inputs,
            output_tensors=self.outputs,
            input_masks=[None for _ in self.inputs],
            output_masks=[None for _ in self.outputs],
            input_shapes=[K.int_shape(x) for x in self.inputs],
            output_shapes=[K.int_shape(x) for x in self.outputs],
        )
        masks = [getattr(x, "_keras_mask", None) for x in self.outputs]
        own = (*self.inputs, *(None for _ in self.inputs))
        self._runs: dict[Any, _Run] = {own: (self.outputs, masks, {})}

    @property
    def _nodes_by_depth(self) -> dict[int, list[Node]]:
        graph: Any = self._graph
        return graph.nodes_by_depth

    def _set_input_names(self, names: list[str]) -> None:
        """Name the inputs, and note those that are given as arrays."""
        self.input_names = names
        fed = [(n, x) for n, x in zip(names, self.inputs, strict=True) if K.is_placeholder(x)]
        self._feed_input_names = [n for n, _ in fed]
        self._feed_inputs = [x for _, x in fed]
        self._feed_input_shapes = [K.int_shape(x) for x in self._feed_inputs]

    def _check_ends(self, who: str) -> None:
        for what, tensors in (("inputs", self.inputs), ("outputs", self.outputs)):
            for x in tensors:
                if not K.is_tensor(x):
                    raise ValueError(f"{who}: {what} must be tensors; got {x!r}.")
                if not hasattr(x, "_keras_history"):
                    raise ValueError(
                        f"{who}: {what} must be tensors that a Keras `Layer` has made; got {x!r}. "
                        "Wrap operations on tensors in a Lambda layer."
                    )
        if len(set(self.inputs)) != len(self.inputs):
            raise ValueError(f"{who}: each input must be given once; got {self.inputs}.")
        for x in self.inputs:
            layer = x._keras_history[0]
            if not isinstance(layer, InputLayer):
                raise TypeError(
                    f"{who}: a model begins at tensors that `Input` has made; got {x!r}, which "
                    f'layer "{layer.name}" ({type(layer).__name__}) has made.'
                )

    # -- layers and weights

    @property
    def layers(self) -> list[Any]:
        """The layers, from the inputs to the outputs."""
        return self._sublayers()

    def _sublayers(self) -> list[Any]:
        return list(self._layers) if self._is_graph_network else super()._sublayers()

    def get_layer(self, name: str | None = None, index: int | None = None) -> Any:
        """Return a layer by its name or its place; the place goes first.

        Raises:
            ValueError: if there is no such layer; names those that there are.
        """
        layers = self.layers
        if index is not None:
            if index >= len(layers):
                raise ValueError(
                    f'get_layer: model "{self.name}" has {len(layers)} layers; got index {index}.'
                )
            return layers[index]
        if not name:
            raise ValueError("get_layer: needs a name or an index.")
        for layer in layers:
            if layer.name == name:
                return layer
        names = ", ".join(layer.name for layer in layers)
        raise ValueError(f'No such layer: {name}. Model "{self.name}" has: {names}.')

    def get_weights(self) -> list[Any]:
        """Return the values of all weights, layer after layer."""
        return K.batch_get_value(self._weights_in_order())

    def set_weights(self, weights: Any) -> None:
        """Set the values of all weights, in the order of `get_weights`."""
        needed = len(self._weights_in_order())
        if len(weights) != needed:
            raise ValueError(
                f'set_weights: model "{self.name}" needs {needed} arrays; got {len(weights)}.'
            )
        start = 0
        for owner, params in [(self, self._own_weights()), *((x, x.weights) for x in self.layers)]:
            owner._assign(params, weights[start : start + len(params)])
            start += len(params)

    def _own_weights(self) -> list[Any]:
        return self._trainable_weights + self._non_trainable_weights + self._loose_variables()

    def _weights_in_order(self) -> list[Any]:
        return self._own_weights() + [w for layer in self.layers for w in layer.weights]

    # -- losses, updates, states

    @property
    def losses(self) -> list[Any]:
        """The losses that the layers add, as far as they belong to this network's inputs."""
        if not self._is_graph_network:
            return super().losses
        found = [
            loss for node in self._nodes() for loss in _layer(node).get_losses_for(_inputs(node))
        ]
        found += self.get_losses_for(None) + self.get_losses_for(self.inputs)
        tensors = unique(x for x in found if K.is_tensor(x))
        return tensors + [x for x in found if not K.is_tensor(x)]

    @property
    def updates(self) -> list[Any]:
        """The updates that the layers add, as far as they belong to this network's inputs."""
        if not self.trainable and not self.stateful:
            return []
        if not self._is_graph_network:
            return super().updates
        found = [u for node in self._nodes() for u in _layer(node).get_updates_for(_inputs(node))]
        return unique(found + self.get_updates_for(None))

    def _nodes(self) -> list[Node]:
        """The calls that are part of the network, layer after layer."""
        return [
            node
            for layer in self._layers
            for node in layer._inbound_nodes
            if node in self._network_nodes
        ]

    @property
    def state_updates(self) -> list[Any]:
        """The updates of stateful layers, which are carried out in prediction too."""
        mine = {id(u) for layer in _stateful_leaves(self) for u in layer.updates}
        return [u for u in self.updates if id(u) in mine]

    @property
    def stateful(self) -> bool:
        """Whether a layer keeps its state from batch to batch."""
        return any(getattr(layer, "stateful", False) for layer in self._all_layers())

    @stateful.setter
    def stateful(self, value: bool) -> None:
        if value:
            raise AttributeError(
                f'Model "{self.name}": a network is stateful if one of its layers is.'
            )

    def _all_layers(self) -> list[Any]:
        return self._sublayers() if hasattr(self, "_is_graph_network") else []

    def reset_states(self) -> None:
        """Set the states of stateful layers back to zero."""
        for layer in self.layers:
            if hasattr(layer, "reset_states") and getattr(layer, "stateful", False):
                layer.reset_states()

    @property
    def uses_learning_phase(self) -> bool:
        """Whether training and testing differ."""
        return bool(learning_phases(self.outputs or []))

    # -- running on other tensors

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Return the outputs for other inputs."""
        return unpack_singleton(list(self._run(inputs, mask)[0]))

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the outputs' masks for other inputs."""
        if not self._is_graph_network:
            return None
        return unpack_singleton(list(self._run(inputs, mask)[1]))

    def _run(self, inputs: Any, mask: Any) -> _Run:
        if not self._is_graph_network:
            raise NotImplementedError(
                f'Model "{self.name}" ({type(self).__name__}) was made without inputs and outputs; '
                "define `call(self, inputs)` in the class."
            )
        inputs = to_list(inputs)
        if len(inputs) != len(self.inputs):
            raise ValueError(
                f'Model "{self.name}" needs {len(self.inputs)} inputs; got {len(inputs)}.'
            )
        masks = [None for _ in inputs] if mask is None else to_list(mask)
        key = (*inputs, *masks)
        if key not in self._runs:
            self._runs[key] = self._run_graph(inputs, masks)
        return self._runs[key]

    def run_internal_graph(self, inputs: list[Any], masks: Any = None) -> tuple[Any, Any, Any]:
        """Return outputs, their masks and their shapes for other inputs.

        Args:
            inputs: list of tensors.
            masks: list of their masks.
        """
        outputs, output_masks, _ = self._run_graph(inputs, masks or [None for _ in inputs])
        shapes = [K.int_shape(y) for y in outputs]
        return unpack_singleton(outputs), unpack_singleton(output_masks), unpack_singleton(shapes)

    def _run_graph(self, inputs: list[Any], masks: list[Any]) -> _Run:
        """Apply the layers to other tensors; the calls leave no nodes behind."""
        graph: Any = self._graph
        done = {x: (y, m) for x, y, m in zip(self.inputs, inputs, masks, strict=True)}
        for node in graph.calls():
            layer = node.outbound_layer
            given = [done[x] for x in node.input_tensors]
            tensors = [y for y, _ in given]
            mask = unpack_singleton([m for _, m in given])
            kwargs = dict(node.arguments or {})
            if has_arg(layer.call, "mask"):
                kwargs.setdefault("mask", mask)
            with K.layer_scope(layer.name):
                outputs = to_list(layer.call(unpack_singleton(tensors), **kwargs), True)
                output_mask = layer.compute_mask(unpack_singleton(tensors), mask)
                layer._set_shapes(tensors, outputs)
                layer._regularize_activity(outputs, tensors)
            # What the call adds to loss and updates belongs to the network's call.
            self._per_input_losses.setdefault(tuple(inputs), []).extend(
                layer.get_losses_for(tensors)
            )
            self._per_input_updates.setdefault(tuple(inputs), []).extend(
                layer.get_updates_for(tensors)
            )
            output_masks = to_list(output_mask, True)
            if len(output_masks) != len(outputs):
                output_masks = [output_mask] * len(outputs)
            done.update(
                zip(node.output_tensors, zip(outputs, output_masks, strict=True), strict=True)
            )
        results = [done[x] for x in self.outputs]
        inside = {x: y for x, (y, _) in done.items()}
        return [y for y, _ in results], [m for _, m in results], inside

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the outputs' shapes for other input shapes."""
        if not self._is_graph_network:
            raise NotImplementedError(f"{type(self).__name__}.compute_output_shape")
        graph: Any = self._graph
        several = isinstance(input_shape, list)
        shapes = [tuple(s) for s in (input_shape if several else [input_shape])]
        if len(shapes) != len(self.inputs):
            raise ValueError(
                f'Model "{self.name}" needs {len(self.inputs)} input shapes; got {shapes}.'
            )
        if shapes == [K.int_shape(x) for x in self.inputs]:
            return unpack_singleton([K.int_shape(x) for x in self.outputs])
        done = dict(zip(self.inputs, shapes, strict=True))
        for node in graph.calls():
            given = unpack_singleton([done[x] for x in node.input_tensors])
            made = node.outbound_layer.compute_output_shape(given)
            made = made if isinstance(made, list) else [made]
            done.update(zip(node.output_tensors, made, strict=True))
        return unpack_singleton([done[x] for x in self.outputs])

    # -- configs

    def get_config(self) -> dict[str, Any]:
        """Return the layers, how they are connected, and where the graph begins and ends."""
        if not self._is_graph_network:
            raise NotImplementedError(
                f'Model "{self.name}" ({type(self).__name__}) is made by code of its own, which no '
                "config can hold; define get_config, or save its weights only."
            )
        return describe(self)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Make a network from what `get_config` returned; the weights are new.

        Args:
            config: the config.
            custom_objects: names of one's own classes and functions.
        """
        inputs, outputs = rebuild(config, known_names(custom_objects))
        return cls(inputs=inputs, outputs=outputs, name=config.get("name"))

    def to_json(self, **kwargs: Any) -> str:
        """Return the architecture, without weights, as JSON text.

        Args:
            **kwargs: passed on to `json.dumps`.
        """
        return json.dumps(self._updated_config(), default=to_json, **kwargs)

    def to_yaml(self, **kwargs: Any) -> str:
        """Return the architecture, without weights, as YAML text.

        Args:
            **kwargs: passed on to `yaml.safe_dump`.
        """
        from .yaml_format import write_yaml

        return write_yaml(json.loads(self.to_json()), **kwargs)

    def _updated_config(self) -> dict[str, Any]:
        return {
            "class_name": type(self).__name__,
            "config": self.get_config(),
            "keras_version": KERAS_VERSION,
            "backend": K.backend(),
        }

    # -- files

    def save(self, filepath: Any, overwrite: bool = True, include_optimizer: bool = True) -> None:
        """Save the model: its architecture, its weights, how it is trained, the optimizer's state.

        Args:
            filepath: path of the HDF5 file, group (or file) of h5py, or binary stream.
            overwrite: whether an existing file goes unasked; otherwise the user is asked.
            include_optimizer: whether to save how it is trained, and the optimizer's state.
        """
        from .saving import save_model

        save_model(self, filepath, overwrite, include_optimizer)

    def save_weights(self, filepath: Any, overwrite: bool = True) -> None:
        """Save the weights only.

        Args:
            filepath: path of the HDF5 file, group (or file) of h5py, or binary stream.
            overwrite: whether an existing file goes unasked; otherwise the user is asked.
        """
        from .saving import save_weights

        save_weights(self, filepath, overwrite)

    def load_weights(
        self,
        filepath: Any,
        by_name: bool = False,
        skip_mismatch: bool = False,
        reshape: bool = False,
    ) -> None:
        """Load weights that `save_weights` or `save` has saved.

        Args:
            filepath: path of the HDF5 file, group (or file) of h5py, or binary stream.
            by_name: whether layers get the weights that were saved under their names, and the
                others keep theirs; without it the layers are taken in order.
            skip_mismatch: whether layers keep theirs where the shapes do not fit, with a warning
                (by name only).
            reshape: whether convolution kernels may get another shape of the same size.

        Raises:
            ValueError: if the weights do not fit; names the layer. Then no weight has changed.
        """
        from .saving import load_weights

        load_weights(self, filepath, by_name, skip_mismatch, reshape)

    def __reduce__(self) -> Any:
        from .saving import pickle_model, unpickle_model

        return unpickle_model, (pickle_model(self),)

    def summary(
        self,
        line_length: int | None = None,
        positions: list[float] | None = None,
        print_fn: Callable[[str], Any] | None = None,
    ) -> None:
        """Print the layers, their output shapes and numbers of parameters.

        Args:
            line_length: width in characters.
            positions: where the columns end, as parts of the width or in characters.
            print_fn: function that gets each line; `print` by default.
        """
        if not self.built:
            raise ValueError(
                f'summary: model "{self.name}" has no weights yet, because the shape of its input '
                "is not known. Give the first layer `input_shape`, call "
                "`build(batch_input_shape)`, or fit it to data."
            )
        print_summary(self, line_length=line_length, positions=positions, print_fn=print_fn)

    def _check_trainable_weights_consistency(self) -> None:
        """Warn if `trainable` was changed after `compile`, which training does not see."""
        collected = getattr(self, "_collected_trainable_weights", None)
        if collected is not None and len(collected) != len(self.trainable_weights):
            warnings.warn(
                f'Model "{self.name}": `trainable` was changed after `compile`; training goes by '
                "what it was then. Call `compile` again for the change to count.",
                stacklevel=3,
            )


def learning_phases(tensors: Iterable[Any]) -> list[Any]:
    """Return the learning phase, if tensors depend on it."""
    return [node for node in applications(tensors) if isinstance(node, LearningPhase)]


def known_names(custom_objects: Any = None) -> dict[str, Any]:
    """Return what a network's config may name beside layers: networks, and what users add."""
    from .sequential import Sequential
    from .training import Model

    networks = {"Model": Model, "Network": Network, "Sequential": Sequential}
    return {**networks, **(custom_objects or {})}


def _layer(node: Node) -> Any:
    return node.outbound_layer


def _inputs(node: Node) -> list[Any]:
    return node.input_tensors


def _stateful_leaves(layer: Any) -> list[Any]:
    """Return the layers within a network that keep a state themselves."""
    if not isinstance(layer, Network):
        return [layer] if getattr(layer, "stateful", False) else []
    return [leaf for inner in layer.layers for leaf in _stateful_leaves(inner)]
