"""Models: what they are made of, copies of them, and models from configs."""

from __future__ import annotations

from typing import Any

from . import backend as K
from .engine.input_layer import Input as Input
from .engine.input_layer import InputLayer as InputLayer
from .engine.network import Network
from .engine.saving import load_model as load_model
from .engine.saving import model_from_config as model_from_config
from .engine.saving import model_from_json as model_from_json
from .engine.saving import model_from_yaml as model_from_yaml
from .engine.saving import save_model as save_model
from .engine.sequential import Sequential as Sequential
from .engine.training import Model as Model
from .utils.generic_utils import to_list, unpack_singleton


def clone_model(model: Any, input_tensors: Any = None) -> Any:
    """Return a model with the same layers, made anew: with weights of its own.

    Args:
        model: the model.
        input_tensors: tensors to build it on, in place of new inputs.

    Example:
        >>> from kerasnb.layers import Dense
        >>> model = Sequential([Dense(2, input_shape=(3,))])
        >>> clone_model(model).layers[0].kernel is model.layers[0].kernel
        False
    """
    if not isinstance(model, Model):
        raise ValueError(f"clone_model: needs a Model; got {model!r}.")
    given = None if input_tensors is None else to_list(input_tensors, allow_tuple=True)
    if isinstance(model, Sequential):
        return _clone_sequential(model, given)
    if not model._is_graph_network:
        raise ValueError(
            f'clone_model: model "{model.name}" ({type(model).__name__}) is made by code of its '
            "own; make another object of the class."
        )
    return _clone_graph(model, given)


def _clone(layer: Any) -> Any:
    if isinstance(layer, Network):
        return clone_model(layer)
    return type(layer).from_config(layer.get_config())


def _wrapped(tensor: Any, name: str) -> Any:
    """Return a tensor that a model can begin at."""
    if K.is_keras_tensor(tensor):
        return tensor
    return Input(tensor=tensor, name=f"input_wrapper_for_{name}")


def _clone_sequential(model: Any, tensors: list[Any] | None) -> Any:
    layers = [_clone(layer) for layer in model.layers]
    if tensors is None:
        copy = Sequential(layers=layers, name=model.name)
        if not copy.inputs and model._build_input_shape:
            copy.build(model._build_input_shape)
        return copy
    if len(tensors) != 1:
        raise ValueError(f"clone_model: a Sequential has one input; got {len(tensors)} tensors.")
    origin = _wrapped(tensors[0], model.name)._keras_history[0]
    if not isinstance(origin, InputLayer):
        raise ValueError(
            f'clone_model: a Sequential begins at an Input; got the output of layer "{origin.name}".'
            " Use the functional API to put a model on a layer."
        )
    return Sequential(layers=[origin, *layers], name=model.name)


def _clone_graph(model: Any, tensors: list[Any] | None) -> Any:
    copies: dict[Any, Any] = {}
    if tensors is None:
        entries = [x._keras_history[0] for x in model.inputs]
        tensors = [
            Input(batch_shape=e.batch_input_shape, dtype=e.dtype, sparse=e.sparse, name=e.name)
            for e in entries
        ]
    else:
        names = model.input_names
        tensors = [_wrapped(x, name) for x, name in zip(tensors, names, strict=True)]
    done = dict(zip(model.inputs, tensors, strict=True))
    for node in model._graph.calls():
        layer = node.outbound_layer
        if layer not in copies:
            copies[layer] = _clone(layer)
        inputs = unpack_singleton([done[x] for x in node.input_tensors])
        outputs = to_list(copies[layer](inputs, **(node.arguments or {})), allow_tuple=True)
        done.update(zip(node.output_tensors, outputs, strict=True))
    return Model(tensors, [done[y] for y in model.outputs], name=model.name)
