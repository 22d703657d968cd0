"""The `%kerasnb` magic."""

from __future__ import annotations

from IPython.core.magic import Magics, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

import kerasnb


@magics_class
class KerasnbMagics(Magics):
    """What `%kerasnb ...` does."""

    @magic_arguments()
    @argument("command", choices=("version",), help="version: print kerasnb's version")
    @line_magic("kerasnb")
    def line(self, line: str) -> None:
        """Tell about kerasnb and steer its displays."""
        parse_argstring(self.line, line)
        print(f"kerasnb {kerasnb.__version__}")
