"""Data sets to learn with: small editions come with the package, full ones are used if there."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_MODULES = (
    "fashion_mnist",
    "mnist",
)

__all__ = [*_MODULES]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
