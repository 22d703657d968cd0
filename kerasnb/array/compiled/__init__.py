"""Kernels compiled for the CPU at hand, with llvmlite.

`build` is the language that they are written in, `host` the machine, `functions` has exp, log and
their like, `chain` and `elementwise` make the elementwise chains of a plan, `threads` lets several
processors work on a call. llvmlite is imported when
the first kernel is made, never before; without it NumPy does everything.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from . import chain, threads

__all__ = [
    "add_rows",
    "chain",
    "choice",
    "kernel",
    "mask",
    "ready",
    "threads",
    "tidy",
    "wanted",
    "why_not",
]

MANY = 32768  # entries from which a kernel that adds rows is quicker by more than it costs
# A mask's bits: its places times the first number, and a key; then mixed by way of the others.
MIX = (0x9E3779B1, 0x7FEB352D, 0x846CA68B)
_patience = 2**24  # entries of small masks after which they get a kernel, too


def choice() -> str:
    """Return what `KERASNB_KERNELS` asks for: 'auto' (compile what pays), 'numpy' or 'compiled'."""
    chosen = os.environ.get("KERASNB_KERNELS") or "auto"
    if chosen not in ("auto", "numpy", "compiled"):
        raise ValueError(f"KERASNB_KERNELS: got {chosen!r}; needs 'numpy', 'compiled' or 'auto'.")
    return chosen


def wanted() -> bool:
    """Whether kernels are to be compiled, as far as one can say without importing llvmlite."""
    return choice() != "numpy" and _installed()


@cache
def _installed() -> bool:
    return find_spec("llvmlite") is not None


@cache
def why_not() -> str:
    """Return why no kernel can be made here, empty if one can; imports llvmlite."""
    if not _installed():
        return "llvmlite is not installed"
    try:
        importlib.import_module(".build", __name__)
    except Exception as error:  # a library that does not load, a processor that LLVM does not know
        return f"llvmlite cannot be used: {error}"
    return ""


def ready() -> bool:
    """Whether kernels can be made; imports llvmlite."""
    return not why_not()


def kernel(description: chain.Chain) -> Callable[[int, int], Any]:
    """Return the kernel of a chain; it takes the address of its table and the number of lines."""
    return importlib.import_module(".elementwise", __name__).kernel(description)


def tidy() -> None:
    """Give memory that compiling took back to the system."""
    machine = sys.modules.get(f"{__name__}.host")
    if machine is not None:
        machine.tidy()


def add_rows(out: np.ndarray, index: np.ndarray, values: np.ndarray) -> bool:
    """Do what `scatter_add` does if a kernel can and it pays; return whether it is done."""
    if not (values.size > MANY or choice() == "compiled") or not wanted():
        return False
    if not out.dtype == values.dtype in (np.float32, np.float64) or index.dtype not in ("i4", "i8"):
        return False
    if not all(a.flags.c_contiguous for a in (out, index, values)) or not ready():
        return False
    rows = (len(index), values.size // len(index))
    add = importlib.import_module(".rows", __name__).add_rows
    add(out.reshape(-1, rows[1]), index, values.reshape(rows))
    return True


def mask(out: np.ndarray, limit: int) -> Callable[[int, int], None] | None:
    """Return what fills a mask, as `numpy.keep_mask` does, if a kernel can and it pays."""
    global _patience
    _patience -= out.size
    if not (out.size > MANY or _patience < 0 or choice() == "compiled") or not wanted():
        return None
    return importlib.import_module(".masks", __name__).filler(out, limit) if ready() else None
