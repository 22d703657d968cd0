"""kerasnb inside IPython and Jupyter: `%load_ext kerasnb`, displays of models and trainings.

`kerasnb.notebook.show` has the displays, `kerasnb.notebook.describe` what they are made from,
`kerasnb.notebook.trainings()` gives the trainings that go on, to pause, steer or stop them.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_MODULES = ("describe", "show")
_MAGICS = ("%kerasnb", "%%kerasnb")
_STEERING = ("Training", "trainings")

__all__ = [*_MODULES, *_STEERING, "load_ipython_extension", "unload_ipython_extension"]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name in _STEERING:
        return getattr(import_module(".steering", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load_ipython_extension(shell: Any) -> None:
    """Make `import keras` mean kerasnb, offer the `%kerasnb` magic, show trainings."""
    import kerasnb
    from kerasnb.notebook.magics import KerasnbMagics

    kerasnb.install_as_keras()
    magics = KerasnbMagics(shell)
    shell.register_magics(magics)
    for magic in _MAGICS:
        shell.set_hook("complete_command", magics.complete, str_key=magic)
    magics.watching.begin()


def unload_ipython_extension(shell: Any) -> None:
    """Undo `load_ipython_extension` (`%unload_ext kerasnb`)."""
    import kerasnb

    kerasnb.uninstall_as_keras()
    magic = shell.magics_manager.magics["line"].pop("kerasnb", None)
    shell.magics_manager.magics["cell"].pop("kerasnb", None)
    if magic is not None:
        magic.__self__.watching.end()
        for name in _MAGICS:
            shell.strdispatchers["complete_command"].strs.pop(name, None)
