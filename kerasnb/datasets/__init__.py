"""Data sets to learn with: small editions come with the package, full ones are used if there."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_MODULES = (
    "boston_housing",
    "cifar",
    "cifar10",
    "cifar100",
    "fashion_mnist",
    "imdb",
    "mnist",
    "reuters",
)

__all__ = [*_MODULES, "info"]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name == "info":
        return import_module(".about", __name__).info
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
