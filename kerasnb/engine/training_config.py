"""How a model is trained, as files hold it: optimizer, losses, metrics, the optimizer's state."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .. import backend as K
from .. import losses, metrics, optimizers
from ..utils.generic_utils import CustomObjectScope, get_custom_objects, serialize_keras_object
from .config_forms import as_keras_2
from .h5_format import Source
from .network_config import to_json

_MOST = 10**6
"""Largest whole number in what metrics are made with: a million thresholds, say."""


def describe_training(model: Any) -> str:
    """Return the arguments of `compile` as JSON text."""
    return json.dumps(
        {
            "optimizer_config": serialize_keras_object(model.optimizer),
            "loss": model.loss,
            "metrics": model._compile_metrics,
            "weighted_metrics": model._compile_weighted_metrics,
            "sample_weight_mode": model.sample_weight_mode,
            "loss_weights": model.loss_weights,
        },
        default=as_plain,
    )


def as_plain(value: Any) -> Any:
    """Return what JSON can hold in place of an object: its config, its name, or its number."""
    if K.is_variable(value):
        return as_plain(K.get_value(value))
    if (hasattr(value, "get_config") or callable(value)) and not K.is_tensor(value):
        return serialize_keras_object(value)
    return to_json(value)


def restore_training(model: Any, config: Any, custom_objects: Any = None) -> None:
    """Compile a model as `describe_training` says.

    Args:
        model: the model.
        config: what the JSON text said.
        custom_objects: names of one's own classes and functions.
    """
    names = {**get_custom_objects(), **(custom_objects or {})}
    with CustomObjectScope(custom_objects):
        made = as_keras_2(config["optimizer_config"], names, (optimizers,))
        loss = _revived(as_keras_2(config.get("loss"), names, (losses,)), losses)
        reported = [
            _reported(as_keras_2(config.get(key), names, (metrics,)), model)
            for key in ("metrics", "weighted_metrics")
        ]
        model.compile(
            optimizer=optimizers.deserialize(made, custom_objects=names),
            loss=loss or None,
            metrics=reported[0],
            weighted_metrics=reported[1],
            loss_weights=config.get("loss_weights"),
            sample_weight_mode=config.get("sample_weight_mode"),
        )


def _revived(config: Any, module: Any) -> Any:
    """Return the losses or metrics that a config means, in the same lists and dictionaries."""
    if isinstance(config, Mapping):
        if "class_name" not in config:
            return {key: _revived(value, module) for key, value in config.items()}
        inner = config["config"]
        if isinstance(inner, dict):
            if any(isinstance(x, int) and x > _MOST for x in inner.values()):
                raise ValueError(f"{config['class_name']}: a number is too large: {inner}.")
            if isinstance(inner.get("fn"), str):
                config = {**config, "config": {**inner, "fn": module.get(inner["fn"])}}
        return module.deserialize(config)
    if isinstance(config, list):
        return [_revived(x, module) for x in config]
    return config


def _reported(config: Any, model: Any) -> Any:
    """Return metrics as `compile` takes them."""

    def named(config: Any) -> Any:
        if isinstance(config, Mapping) and "class_name" in config:
            return _own_name(config, model)
        if isinstance(config, Mapping):
            return {key: named(value) for key, value in config.items()}
        if isinstance(config, list):
            return [named(x) for x in config if x is not None]
        return config

    return _revived(named(config), metrics)


def _own_name(config: Any, model: Any) -> Any:
    """Return a metric's config without the output's name that `compile` has put before its own."""
    inner = dict(config["config"])
    name = str(inner.get("name", ""))
    if len(model.output_names) > 1:
        for output in model.output_names:
            name = name.removeprefix(f"{output}_")
    fn = inner.get("fn")
    if config["class_name"] == "MeanMetricWrapper" and isinstance(fn, str):
        if name in ("acc", "accuracy"):  # tf.keras names what it has chosen
            return name
        if set(inner) <= {"name", "dtype", "fn"} and metrics.get(fn) is metrics.get(name or fn):
            return name or fn
    return {**config, "config": {**inner, "name": name} if name else inner}


# -- the optimizer's state

# Names of state variables in tf.keras, and the names that Keras has for them.
_SLOTS = {
    "SGD": {"momentum": "moment", "m": "moment"},
    "RMSprop": {"rms": "accumulator", "velocity": "accumulator"},
    "Adagrad": {"accumulator": "accumulator"},
    "Adadelta": {
        "accum_grad": "accumulator",
        "accum_var": "delta_accumulator",
        "accumulated_grad": "accumulator",
        "accumulated_delta_var": "delta_accumulator",
    },
    "Adam": {"m": "m", "v": "v", "vhat": "vhat"},
    "Adamax": {"m": "m", "v": "u", "u": "u"},
}
_STACK = re.compile(r"stacked_rnn_cells(_\d+)?")
_CELL = re.compile(r"(lstm|gru|simple_rnn)_cell(_\d+)?|stacked_rnn_cells(_\d+)?")


def restore_state(source: Source, group: Any, model: Any) -> None:
    """Give a compiled model's optimizer the state in a group; warn if it does not fit.

    Args:
        source: the file.
        group: the group within it.
        model: the model.
    """
    names = source.names(group, "weight_names")
    values = [source.array(group, name) for name in names]
    model._make_train_function()
    optimizer = model.optimizer
    try:
        if names and names[0].removesuffix(":0").split("/")[-1] in ("iter", "iteration"):
            values = _from_tf(optimizer, model._collected_trainable_weights, names, values)
        optimizer.set_weights(values)
    except ValueError as error:
        warnings.warn(
            "Error in loading the saved optimizer state. As a result, your model is starting with "
            f"a freshly initialized optimizer. ({error})",
            stacklevel=4,
        )


def _from_tf(
    optimizer: Any, params: Sequence[Any], names: Sequence[str], values: Sequence[Any]
) -> list[Any]:
    """Return tf.keras's state in the order of ours.

    Its names are `Adam/dense/kernel/m:0`, or `Adam/m/dense/kernel:0` since 2.11; the first part may
    be missing, or have another before it.

    Raises:
        ValueError: if a weight has no state, or there is more than we know of.
    """
    kind = type(optimizer).__name__
    known = _SLOTS.get(kind, {})
    paths = {param.name.removesuffix(":0"): param for param in params}
    state: dict[tuple[str, int], Any] = {}
    for name, value in zip(names[1:], values[1:], strict=True):
        found = _slot_and_path(name.removesuffix(":0").split("/"), known, paths)
        if found is None:
            raise ValueError(f"{kind} has nothing that {name!r} could be")
        state[known[found[0]], id(paths[found[1]])] = value
    result = [np.asarray(values[0]), *optimizer.get_weights()[1:]]
    place = 1 + len(optimizer._common())
    for slot in optimizer._slots:
        saved = [state.get((slot, id(param))) for param in params]
        lost = [p.name for p, value in zip(params, saved, strict=True) if value is None]
        if 0 < len(lost) < len(params):
            raise ValueError(f"there is no {slot!r} for {', '.join(lost)}")
        for value in saved:
            result[place] = result[place] if value is None else value
            place += 1
    return result


def _slot_and_path(
    parts: list[str], known: Mapping[str, str], paths: Mapping[str, Any]
) -> tuple[str, str] | None:
    """Return the slot and the weight that a name in parts means."""
    for start in range(min(3, len(parts))):
        rest = parts[start:]
        for slot, path in ((rest[-1], rest[:-1]), (rest[0], rest[1:])):
            if slot not in known:
                continue
            # Keras does not count the cell of a recurrent layer in the names of its weights.
            for cells in (None, _STACK, _CELL):
                found = "/".join(p for p in path if not (cells and cells.fullmatch(p)))
                if found in paths:
                    return slot, found
    return None
