"""Arrays and devices: the array module in use, host copies and random streams.

Everything above this floor computes through the module that `xp()` returns, which is
`kerasnb.array.numpy` or `kerasnb.array.cupy`; the two offer the same names.
"""

from __future__ import annotations

import importlib
import math
from types import ModuleType
from typing import Any

import numpy as _np

from . import numpy as _numpy

__all__ = ["Stream", "device", "devices", "to_device", "to_host", "use_device", "xp"]

_current: ModuleType = _numpy


def xp() -> ModuleType:
    """Return the array module of the device in use."""
    return _current


def device() -> str:
    """Return the name of the device in use: `'cpu'` or `'gpu:0'`."""
    return _current.DEVICE


def devices() -> list[str]:
    """Return the names of the devices of this machine: `'cpu'`, and `'gpu:0'`, ... if CuPy is there."""
    try:
        count = importlib.import_module(".cupy", __name__).check()
    except Exception:  # no CuPy, no driver, no GPU: CuPy has an error of its own for each
        count = 0
    return ["cpu", *(f"gpu:{i}" for i in range(count))]


def use_device(name: str) -> None:
    """Compute on `'cpu'` or on `'gpu'` from now on.

    Raises:
        ValueError: if the name is neither.
        RuntimeError: if CuPy or the GPU is missing; says what to install.
    """
    global _current
    if name == "cpu":
        _current = _numpy
    elif name in ("gpu", "gpu:0"):
        try:
            module = importlib.import_module(".cupy", __name__)
            module.check()
        except Exception as error:
            raise RuntimeError(
                f"use_device({name!r}): no GPU can be used here ({error}). "
                'Install CuPy with pip install "kerasnb[cuda]" on a machine with an NVIDIA GPU.'
            ) from error
        _current = module
    else:
        raise ValueError(f"use_device: got {name!r}, needs 'cpu' or 'gpu'.")


def to_host(array: Any) -> _np.ndarray:
    """Return `array`, wherever it lies, as a NumPy array."""
    return array if isinstance(array, _np.ndarray) else _current.to_host(array)


def to_device(array: Any) -> Any:
    """Return `array` as an array of the device in use."""
    return _current.asarray(array)


class Stream:
    """A random stream: the same seed gives the same numbers, on the same device.

    Every random op owns one, so two ops never share numbers and the order in which a plan
    runs them does not matter.
    """

    def __init__(self, seed: int):
        if not -math.inf < seed < math.inf:
            raise ValueError(f"a seed needs to be a whole number; got {seed!r}.")
        self.seed = int(seed)
        self._generators: dict[str, Any] = {}

    def generator(self, xp: Any) -> Any:
        """Return the stream's generator on the device of the array module `xp`."""
        name = xp.DEVICE
        if name not in self._generators:
            self._generators[name] = xp.new_generator(self.seed)
        return self._generators[name]

    def restart(self) -> None:
        """Begin the stream again from its seed."""
        self._generators.clear()

    def __repr__(self) -> str:
        return f"Stream({self.seed})"
