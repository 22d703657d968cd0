"""Configs from texts and files: read with limits, and brought from tf.keras's form into Keras's.

The forms differ in details: tf.keras (and Keras 3, when it writes HDF5) gives objects for names of
types, names classes that Keras has as functions, and adds settings that Keras 2 does not have.
A setting without an equal here is dropped where it says what Keras 2 does anyway, and refused
where it says something else.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from .. import initializers, layers, losses, optimizers, regularizers
from ..utils.generic_utils import get_custom_objects

DEEPEST = 200
"""Levels of lists and dictionaries that a config may have."""

_RENAMED = {
    "Functional": "Model",
    "GlorotNormal": "glorot_normal",
    "GlorotUniform": "glorot_uniform",
    "HeNormal": "he_normal",
    "HeUniform": "he_uniform",
    "LecunNormal": "lecun_normal",
    "LecunUniform": "lecun_uniform",
    "L1": "L1L2",
    "L2": "L1L2",
}

# Settings of tf.keras that Keras 2 does not have, and what they must be to mean what it does.
_NEUTRAL: dict[str, tuple[Any, ...]] = {
    "autocast": (True,),
    "axis": (-1,),
    "centered": (False,),
    "ema_overwrite_frequency": (None,),
    "global_clipnorm": (None,),
    "gradient_accumulation_steps": (None,),
    "groups": (1,),
    "ignore_class": (None,),
    "implementation": (1,),
    "initial_accumulator_value": (0,),
    "keepdims": (False,),
    "loss_scale_factor": (None,),
    "lora_rank": (None,),
    "momentum": (0,),
    "optional": (False,),
    "quantization_config": (None,),
    "ragged": (False,),
    "renorm": (False,),
    "synchronized": (False,),
    "time_major": (False,),
    "use_ema": (False,),
    "weight_decay": (None, 0),
}
# Settings that change no number: where a thing comes from, how it is computed, what it is called.
_IDLE = {
    "dtype",
    "ema_momentum",
    "fn",
    "function_module",
    "is_legacy_optimizer",
    "jit_compile",
    "kernel_constraint",  # SeparableConv has them beside those of its two kernels
    "kernel_initializer",
    "kernel_regularizer",
    "module",
    "name",
    "output_shape_module",
    "seed",
    "zero_output_for_mask",
}

MODEL = (layers, initializers, regularizers)
"""Where the classes in a model's config are."""


def parse_json(text: str | bytes, what: str) -> Any:
    """Return what JSON text says.

    Args:
        text: the text.
        what: what it is, for error messages.

    Raises:
        ValueError: if it is no JSON text, or nested too deeply.
    """
    try:
        if isinstance(text, bytes | bytearray):
            text = bytes(text).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{what} is no JSON text: {error}.") from error
    _check_depth(text, what)
    try:
        return json.loads(text)
    except ValueError as error:  # among others, for a number of thousands of digits
        raise ValueError(f"{what} is no JSON text: {error}.") from error


def _check_depth(text: str, what: str) -> None:
    # Before it is parsed: the parser would go as deep as the text says.
    depth = 0
    for token in re.finditer(r'"(?:[^"\\]+|\\.)*"?|[\[{\]}]', text, re.DOTALL):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
        if depth > DEEPEST:
            raise ValueError(f"{what} is nested more than {DEEPEST} levels deep: it is no config.")


def as_keras_2(
    config: Any,
    custom_objects: Mapping[str, Any] | None = None,
    modules: tuple[ModuleType, ...] = MODEL,
) -> Any:
    """Return a config in the form of Keras 2.3.1.

    Args:
        config: what JSON text said.
        custom_objects: names of the user's; what they name is left alone.
        modules: where our classes are that it may name.

    Raises:
        ValueError: for a setting that Keras 2.3.1 has no equal for.
    """
    names = {**get_custom_objects(), **(custom_objects or {})}

    def converted(config: Any) -> Any:
        if isinstance(config, list):
            return [converted(x) for x in config]
        if not isinstance(config, dict):
            return config
        config = {key: converted(value) for key, value in config.items()}
        kind, inner = config.get("class_name"), config.get("config")
        if not isinstance(kind, str) or kind in names:
            return config
        if kind == "function" and isinstance(inner, str):
            return inner  # Keras 3 writes functions so
        if kind in ("Policy", "DTypePolicy") and isinstance(inner, dict):
            return str(inner.get("name")).replace("mixed_float16", "float32")
        kind = kind.rpartition(">")[2]  # registered names have their package before them
        config["class_name"] = kind if kind in names else _RENAMED.get(kind, kind)
        found = None if kind in names else _find(config["class_name"], modules)
        if found is not None and isinstance(inner, dict):
            config["config"] = _settings(kind, found, inner)
        return config

    return converted(config)


def _find(kind: str, modules: tuple[ModuleType, ...]) -> Any:
    """Return our class or function of a name, None if it is none of ours."""
    own = __package__.partition(".")[0]
    for module in modules:
        found = getattr(module, kind, None)
        if callable(found) and getattr(found, "__module__", "").partition(".")[0] == own:
            return found
    return None


def _settings(kind: str, target: Any, config: dict[str, Any]) -> dict[str, Any]:
    """Return the settings without those that a class of ours does not have, and need not."""
    known = _arguments(target)
    kept = {}
    for name, value in config.items():
        if name in known or (name not in _IDLE and name not in _NEUTRAL):
            kept[name] = value
        elif name not in _IDLE and value not in _NEUTRAL[name]:
            raise ValueError(
                f"{kind} {config.get('name', '')!r} has {name}={value!r}, which Keras 2.3.1 has no "
                f"equal for (only {' or '.join(map(repr, _NEUTRAL[name]))})."
            )
    if isinstance(kept.get("axis"), list) and len(kept["axis"]) == 1:
        kept["axis"] = kept["axis"][0]  # tf.keras's BatchNormalization
    if kept.get("reduction") == "auto":
        kept["reduction"] = losses.Reduction.SUM_OVER_BATCH_SIZE
    if isinstance(target, type) and issubclass(target, optimizers.Optimizer):
        kept = {name: value for name, value in kept.items() if value is not None}
    return kept


def _arguments(target: Any) -> set[str]:
    """Return the names of the arguments that a class or a function takes."""
    names: set[str] = set()
    for make in _constructors(target):
        parameters = inspect.signature(make).parameters.values()
        names |= {p.name for p in parameters}
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break  # what stands behind gets what this one gives it
    if isinstance(target, type) and issubclass(target, layers.Layer):
        names |= {"name", "dtype", "trainable", "batch_input_shape"}
    return names


def _constructors(target: Any) -> list[Any]:
    if not isinstance(target, type):
        return [target]
    return [vars(base)["__init__"] for base in target.__mro__[:-1] if "__init__" in vars(base)]
