"""Weights in HDF5 files: a group for each layer, an array for each weight."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from .. import backend as K
from .h5_format import Source, save_attributes_to_hdf5_group
from .network_config import KERAS_VERSION
from .weight_forms import preprocess_weights_for_loading

_OWN = "top_level_model_weights"
"""Group of a model's weights that belong to none of its layers, as tf.keras calls it."""

Pairs = list[tuple[Any, Any]]


def write_arrays(group: Any, variables: Sequence[Any]) -> None:
    """Write variables to a group: each under its name, and the list of names.

    Args:
        group: group of h5py.
        variables: the variables.
    """
    names: list[str] = []
    for i, variable in enumerate(variables):
        base = name = str(getattr(variable, "name", None) or f"param_{i}")
        count = 0
        while name in names:
            count += 1
            name = f"{base}_{count}"
        names.append(name)
    save_attributes_to_hdf5_group(group, "weight_names", names)
    for name, variable in zip(names, variables, strict=True):
        group[name] = K.get_value(variable)


def save_weights_to_hdf5_group(group: Any, layers: Sequence[Any]) -> None:
    """Write the weights of layers to a group.

    Args:
        group: group of h5py, empty.
        layers: the layers.
    """
    save_attributes_to_hdf5_group(group, "layer_names", [layer.name for layer in layers])
    group.attrs["backend"] = K.backend().encode("utf-8")
    group.attrs["keras_version"] = KERAS_VERSION.encode("utf-8")
    for layer in layers:
        write_arrays(group.require_group(layer.name), layer.weights)


def save_weights_of(group: Any, model: Any) -> None:
    """Write all weights of a model to a group: its layers' and its own."""
    save_weights_to_hdf5_group(group, model.layers)
    own = model._own_weights()
    if own:
        write_arrays(group.require_group(_OWN), own)


def load_weights_from_hdf5_group(f: Any, layers: Sequence[Any], reshape: bool = False) -> None:
    """Give layers the weights in a group, first to first, second to second.

    All weights are read and checked before one is changed.

    Args:
        f: group of h5py.
        layers: the layers; those without weights are passed over.
        reshape: whether convolution kernels may get another shape of the same size.

    Raises:
        ValueError: if number or shapes do not fit; says which.
    """
    K.batch_set_value(_in_order(Source(f), f, layers, reshape))


def load_weights_from_hdf5_group_by_name(
    f: Any, layers: Sequence[Any], skip_mismatch: bool = False, reshape: bool = False
) -> None:
    """Give layers the weights that a group has under their names; leave the others alone.

    Args:
        f: group of h5py.
        layers: the layers.
        skip_mismatch: whether to leave layers alone whose weights do not fit, with a warning.
        reshape: whether convolution kernels may get another shape of the same size.

    Raises:
        ValueError: if number or shapes do not fit, unless they may be skipped.
    """
    K.batch_set_value(_by_name(Source(f), f, layers, skip_mismatch, reshape))


def load_weights_of(
    source: Source,
    group: Any,
    model: Any,
    by_name: bool = False,
    skip_mismatch: bool = False,
    reshape: bool = False,
) -> None:
    """Give a model the weights in a group: its layers and itself.

    Args:
        source: the file.
        group: the group within it.
        model: the model.
        by_name: whether layers find their weights by name, or in order.
        skip_mismatch: whether layers are left alone whose weights do not fit (by name only).
        reshape: whether convolution kernels may get another shape of the same size.
    """
    if by_name:
        pairs = _by_name(source, group, model.layers, skip_mismatch, reshape)
        if not pairs and any(layer.weights for layer in model.layers):
            there = _listed(source.names(group, "layer_names"))
            needed = _listed(layer.name for layer in model.layers if layer.weights)
            warnings.warn(
                f'load_weights: nothing was loaded, for no name fits: model "{model.name}" has the '
                f"layers {needed}; the file has {there}.",
                stacklevel=4,
            )
    else:
        pairs = _in_order(source, group, model.layers, reshape)
    own = model._own_weights()
    saved = source.subgroup(group, _OWN)
    if own and saved is not None:
        names = source.names(saved, "weight_names")
        pairs += _fitting(model, own, [source.array(saved, n) for n in names])
    elif own and not by_name:
        raise ValueError(
            f'Model "{model.name}" has {len(own)} weights of its own; the file has none for it.'
        )
    K.batch_set_value(pairs)


def _origin(source: Source, group: Any) -> tuple[str, str | None]:
    """Return version and backend of the Keras that wrote a group."""
    return source.text(group, "keras_version") or "1", source.text(group, "backend")


def _saved_layers(source: Source, group: Any) -> Iterator[tuple[str, Any, list[str]]]:
    """Yield name, group and names of weights of each layer in a file."""
    for name in source.names(group, "layer_names"):
        inner = source.subgroup(group, name)
        if inner is None:
            raise ValueError(f'The file lists a layer "{name}", but has no weights for it.')
        yield name, inner, source.names(inner, "weight_names")


def _read(
    source: Source, saved: tuple[str, Any, list[str]], layer: Any, origin: Any, reshape: bool
) -> list[Any]:
    """Return the weights of one layer in the form and order that a layer needs."""
    _, group, names = saved
    values = [source.array(group, n) for n in names]
    needed = [w.name for w in layer.weights]
    if len(set(names)) == len(names) and sorted(names) == sorted(needed):
        # What was trainable when the file was written stands first in networks within.
        found = dict(zip(names, values, strict=True))
        values = [found[name] for name in needed]
    return preprocess_weights_for_loading(layer, values, origin[0], origin[1], reshape)


def _in_order(source: Source, group: Any, layers: Sequence[Any], reshape: bool) -> Pairs:
    origin = _origin(source, group)
    needing = [layer for layer in layers if layer.weights]
    saved = [layer for layer in _saved_layers(source, group) if layer[2]]
    if len(saved) != len(needing):
        raise ValueError(
            f"You are trying to load a weight file containing {len(saved)} layers into a model "
            f"with {len(needing)} layers. The file has {_listed(s[0] for s in saved)}; the model "
            f"has {_listed(layer.name for layer in needing)}. With by_name=True, layers of the "
            "same name get their weights."
        )
    pairs: Pairs = []
    for k, (layer, found) in enumerate(zip(needing, saved, strict=True)):
        values = _read(source, found, layer, origin, reshape)
        pairs += _fitting(layer, layer.weights, values, f" (#{k}, in the file {found[0]!r})")
    return pairs


def _by_name(
    source: Source, group: Any, layers: Sequence[Any], skip_mismatch: bool, reshape: bool
) -> Pairs:
    origin = _origin(source, group)
    pairs: Pairs = []
    for found in _saved_layers(source, group):
        values = None
        for layer in layers:
            if layer.name != found[0]:
                continue
            if values is None:
                values = _read(source, found, layer, origin, reshape)
            try:
                pairs += _fitting(layer, layer.weights, values)
            except ValueError as error:
                if not skip_mismatch:
                    raise
                warnings.warn(
                    f"Skipping loading of weights for layer {layer.name}: {error}", stacklevel=5
                )
    return pairs


def _fitting(layer: Any, variables: Sequence[Any], values: list[Any], where: str = "") -> Pairs:
    """Return pairs of variable and value.

    Raises:
        ValueError: if their number or a shape does not fit.
    """
    who = f'Layer "{layer.name}"{where}'
    if len(variables) != len(values):
        needed = _listed(f"{v.name} {v.shape}" for v in variables)
        raise ValueError(
            f"{who} needs {len(variables)} weights: {needed}; the file has {len(values)}, of "
            f"shapes {_listed(str(np.shape(v)) for v in values)}."
        )
    for variable, value in zip(variables, values, strict=True):
        if variable.shape != np.shape(value):
            raise ValueError(
                f"{who}: weight {variable.name!r} has shape {variable.shape}; the saved weight has "
                f"shape {np.shape(value)}."
            )
    return list(zip(variables, values, strict=True))


def _listed(names: Iterable[str], most: int = 12) -> str:
    shown = list(names)
    more = f", ... ({len(shown)} in all)" if len(shown) > most else ""
    return (", ".join(shown[:most]) + more) or "none"
