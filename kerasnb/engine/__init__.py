"""Layers, models and training: what a model is and what it does."""

from __future__ import annotations

from importlib import import_module
from typing import Any

# Imported when first asked for: layers need `base_layer`, and networks need layers.
_HOME = {
    "Input": "input_layer",
    "InputLayer": "input_layer",
    "InputSpec": "base_layer",
    "Layer": "base_layer",
    "Model": "training",
    "Node": "base_layer",
    "Sequential": "sequential",
    "get_source_inputs": "network",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f".{_HOME[name]}", __name__), name)
    if name in _HOME.values():
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
