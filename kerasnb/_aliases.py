"""Other names of kerasnb's modules: those that Keras used to have, and `keras` itself.

One finder serves them all. Whatever the name, the import gives the one module object, so that
classes are the same classes: isinstance and pickle go on working.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

# Modules of Keras that have no file of their own here, and where their contents live.
DEAD = {
    "backend.cntk_backend": "backend",
    "backend.common": "backend",
    "backend.load_backend": "backend",
    "backend.numpy_backend": "backend",
    "backend.tensorflow_backend": "backend",
    "backend.theano_backend": "backend",
    "callbacks.callbacks": "callbacks",
    "callbacks.tensorboard_v1": "callbacks.tensorboard",
    "callbacks.tensorboard_v2": "callbacks.tensorboard",
    "engine.topology": "engine.network",
    "engine.training_arrays": "engine.loops",
    "legacy.layers": "layers",
    "objectives": "losses",
    "utils.visualize_util": "utils.vis_utils",
}

_PACKAGE = __name__.partition(".")[0]


class AliasFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds modules under their other names.

    Attributes:
        as_keras: whether `keras` and all below it mean this package.
    """

    def __init__(self) -> None:
        self.as_keras = False

    def real_name(self, name: str) -> str | None:
        """Return the full name of the module that another name means; None if it is no alias."""
        head, _, rest = name.partition(".")
        if head != _PACKAGE and not (head == "keras" and self.as_keras):
            return None
        rest = DEAD.get(rest, rest)
        real = f"{_PACKAGE}.{rest}" if rest else _PACKAGE
        return None if real == name else real

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return how to import an alias."""
        real = self.real_name(fullname)
        if real is None or (real not in sys.modules and not _exists(real)):
            return None
        return importlib.util.spec_from_loader(fullname, self)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """Return the module itself."""
        module = importlib.import_module(str(self.real_name(spec.name)))
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Undo what importing under another name has changed: the module keeps its own spec."""
        spec: Any = module.__spec__
        module.__spec__ = spec.loader_state


def _exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _finder() -> AliasFinder:
    """Return the finder in use; there is one, also after `importlib.reload`."""
    for finder in sys.meta_path:
        if type(finder).__name__ == AliasFinder.__name__:
            return finder  # type: ignore[return-value]
    made = AliasFinder()
    sys.meta_path.insert(0, made)
    return made


def install_as_keras() -> None:
    """Let `import keras` mean kerasnb, with everything below it.

    Raises:
        RuntimeError: if another `keras` has been imported already.

    Example:
        >>> import kerasnb
        >>> kerasnb.install_as_keras()
        >>> from keras.layers import Dense
        >>> Dense is kerasnb.layers.Dense
        True
        >>> kerasnb.uninstall_as_keras()
    """
    ours = sys.modules[_PACKAGE]
    found = sys.modules.get("keras")
    if found is not None and found is not ours:
        raise RuntimeError(
            f"Another keras is already imported ({getattr(found, '__file__', 'no file')}), so "
            "`import keras` cannot mean kerasnb here. Start anew and call "
            "kerasnb.install_as_keras() (or %load_ext kerasnb) before anything imports keras."
        )
    _finder().as_keras = True
    sys.modules["keras"] = ours


def uninstall_as_keras() -> None:
    """Undo `install_as_keras`; what has been imported by then goes on working."""
    _finder().as_keras = False
    for name, module in list(sys.modules.items()):
        own = getattr(module, "__name__", "").partition(".")[0] == _PACKAGE
        if name.partition(".")[0] == "keras" and own:
            del sys.modules[name]


_finder()
