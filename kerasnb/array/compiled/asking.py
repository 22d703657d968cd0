"""What all who ask for a kernel need. Nothing here imports llvmlite before a kernel is made."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

Run = Callable[[], None]


def kernels_for(xp: Any, *arrays: Any) -> Any:
    """Return the maker of kernels if it can take these arrays, else None.

    Kernels take float32 in C order; the first array tells whether there is anything to do.
    """
    kernels = xp.kernels()
    if kernels is None or not arrays[0].size:
        return None
    if any(a.dtype != np.float32 or not a.flags.c_contiguous for a in arrays):
        return None
    return kernels


def module(name: str) -> Any:
    """Return a module of kernels, imported now."""
    return importlib.import_module("." + name, __package__)


def at(array: Any) -> int:
    """Return the address of an array, which must live on until it is used."""
    return array.ctypes.data
