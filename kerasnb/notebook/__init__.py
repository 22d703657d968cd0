"""kerasnb inside IPython and Jupyter: `%load_ext kerasnb`."""

from __future__ import annotations

from typing import Any

__all__ = ["load_ipython_extension", "unload_ipython_extension"]


def load_ipython_extension(shell: Any) -> None:
    """Make `import keras` mean kerasnb, and offer the `%kerasnb` magic (`%load_ext kerasnb`)."""
    import kerasnb
    from kerasnb.notebook.magics import KerasnbMagics

    kerasnb.install_as_keras()
    shell.register_magics(KerasnbMagics)


def unload_ipython_extension(shell: Any) -> None:
    """Undo `load_ipython_extension` (`%unload_ext kerasnb`)."""
    import kerasnb

    kerasnb.uninstall_as_keras()
    shell.magics_manager.magics["line"].pop("kerasnb", None)
