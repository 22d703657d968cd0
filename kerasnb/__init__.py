"""kerasnb: the Keras 2 API on NumPy, with Jupyter displays and chapters to learn from."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ._aliases import install_as_keras, uninstall_as_keras

__version__ = "0.1.0"

# Imported when first asked for, so that `import kerasnb` is quick.
_MODULES = (
    "activations",
    "applications",
    "backend",
    "callbacks",
    "checking",
    "constraints",
    "datasets",
    "engine",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "notebook",
    "objectives",
    "optimizers",
    "plot",
    "preprocessing",
    "regularizers",
    "utils",
    "widgets",
    "wrappers",
)
_NAMES = {
    "Input": "engine.input_layer",
    "Model": "engine.training",
    "Sequential": "engine.sequential",
    "check": "checking",
    "inspect": "notebook.show",
}

__all__ = [*_NAMES, *_MODULES, "install_as_keras", "uninstall_as_keras"]


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(import_module(f".{_NAMES[name]}", __name__), name)
    if name in _MODULES:
        try:
            return import_module(f".{name}", __name__)
        except ModuleNotFoundError as error:
            if error.name != f"{__name__}.{name}":
                raise
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(shell: Any) -> None:
    """Make `import keras` mean kerasnb, and offer the `%kerasnb` magic (`%load_ext kerasnb`)."""
    from .notebook import load_ipython_extension as load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Undo `load_ipython_extension` (`%unload_ext kerasnb`)."""
    from .notebook import unload_ipython_extension as unload

    unload(shell)
