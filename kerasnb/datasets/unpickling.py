"""Reads pickles of numbers, and of nothing else.

A pickle is a program: it may call any function of any module. Here it finds stand-ins for the four
names that arrays need, and no others; the stand-ins keep what they are given, check it, and only then
is an array made. NumPy itself is never called with what a file says.
"""

from __future__ import annotations

import io
import math
import pickle
import re
from typing import Any

import numpy as np


def unpickle(data: bytes, encoding: str = "ASCII") -> Any:
    """Return what a pickle holds, if that is arrays, lists, dicts, numbers and strings.

    Args:
        data: the pickle.
        encoding: of strings that Python 2 wrote; 'bytes' leaves them as they are.

    Raises:
        ValueError: if it asks for anything else, or is damaged.
    """
    try:
        return _plain(_Unpickler(io.BytesIO(data), encoding=encoding).load(), {})
    except ValueError:
        raise
    # A damaged pickle can fail in any way; what it built so far are plain lists and numbers.
    except Exception as error:
        raise ValueError(f"the pickle is damaged: {error or type(error).__name__}") from error


class _Type:
    """Stands in for `numpy.dtype`: a kind of number, or 'O' for objects."""

    def __init__(self, code: Any, *_: Any) -> None:
        text = code.decode("ascii") if isinstance(code, bytes) else code
        if not re.fullmatch(r"[biuf][1248]|O8?", text):
            raise ValueError(f"a pickle with values of type {text!r} is not read")
        self.code, self.order = text, "="

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order = state[1].decode("ascii") if isinstance(state[1], bytes) else state[1]
        if order not in "<>|=" or any(part is not None for part in state[2:5]):
            raise ValueError("a pickle with structured values is not read")
        self.order = order

    @property
    def objects(self) -> bool:
        return self.code.startswith("O")

    def numpy(self) -> np.dtype:
        return np.dtype(self.order + self.code)


class _Array:
    """Stands in for `numpy.ndarray`: empty, until its state is set."""

    flat: np.ndarray  # the values in the order of memory
    value: np.ndarray  # a view of them in their shape

    def __init__(self, *_: Any) -> None:
        self.flat = self.value = np.zeros(0)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, kind, fortran, values = state
        size = math.prod(shape)
        if kind.objects:
            if not isinstance(values, list) or len(values) != size:
                raise ValueError("a pickle has another number of objects than its shape")
            self.flat = np.empty(size, object)
            self.flat[:] = values
        else:
            if isinstance(values, str):
                values = values.encode("latin1")
            dtype = kind.numpy()
            if not isinstance(values, bytes) or len(values) != size * dtype.itemsize:
                raise ValueError("a pickle has another number of bytes than its shape")
            self.flat = np.frombuffer(values, dtype)
        # Objects are listed in one order whatever the array's; numbers lie as they lay in memory.
        order: Any = "F" if fortran and not kind.objects else "C"
        self.value = self.flat.reshape(shape, order=order)


def _number(kind: _Type, values: bytes) -> Any:
    return np.frombuffer(values, kind.numpy())[0]


def _encoded(text: str, encoding: str) -> bytes:
    if encoding not in ("latin1", "latin-1", "ascii"):
        raise ValueError(f"a pickle with bytes in the encoding {encoding!r} is not read")
    return text.encode(encoding)


_STAND_INS = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Type,
    ("_codecs", "encode"): _encoded,
}
for _module in ("numpy.core.multiarray", "numpy._core.multiarray"):
    _STAND_INS |= {(_module, "_reconstruct"): _Array, (_module, "scalar"): _number}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Return a stand-in; nothing is imported."""
        if (module, name) not in _STAND_INS:
            raise ValueError(
                f"the pickle asks for {module}.{name}. Only arrays, lists, numbers and strings are "
                "read from data files, since anything else could run a program."
            )
        return _STAND_INS[module, name]


_SIMPLE = {bool, bytes, float, int, str, type(None)}


def _plain(value: Any, done: dict[int, Any]) -> Any:
    """Return a value with arrays in place of their stand-ins; what is named twice is seen once."""
    if type(value) in _SIMPLE or isinstance(value, np.generic):
        return value
    if id(value) in done:
        return done[id(value)]
    if isinstance(value, _Array):
        done[id(value)] = value.value
        if value.flat.dtype == object:
            for i, part in enumerate(value.flat):
                value.flat[i] = _plain(part, done)
        return value.value
    if isinstance(value, list):
        done[id(value)] = value
        if not set(map(type, value)) <= _SIMPLE:
            value[:] = [_plain(part, done) for part in value]
        return value
    if isinstance(value, tuple):
        return tuple(_plain(part, done) for part in value)
    if isinstance(value, dict):
        done[id(value)] = value
        for key in value:
            if type(key) not in _SIMPLE:
                raise ValueError("the pickle has keys that are no numbers or strings")
            value[key] = _plain(value[key], done)
        return value
    raise ValueError("the pickle holds something else than arrays, lists, numbers and strings")
