"""An array module whose arrays refuse silent copies to the host, as CuPy's do.

It computes with `kerasnb.array.numpy`, but its arrays are of a type that NumPy cannot read: what
runs on it mixes no host arrays in, and takes numbers to the host only by `item` and `to_host`.
"""

from __future__ import annotations

import contextlib
import operator
from types import ModuleType

import numpy as np

import kerasnb.array
from kerasnb.array import numpy as host

# What takes host arrays: the ways from the host to the device.
FROM_HOST = {"asarray", "load", "gather_rows"}


def refuse(what):
    def method(self, *args, **kwargs):
        raise TypeError(f"a device array was asked for {what}: use item() or to_host()")

    return method


class Strict:
    """An array that lives on a device."""

    __slots__ = ("_array",)
    __array_ufunc__ = None
    __hash__ = object.__hash__

    def __init__(self, array):
        self._array = array

    for _name in ("shape", "dtype", "ndim", "size", "strides", "itemsize", "nbytes", "flags"):
        locals()[_name] = property(operator.attrgetter(f"_array.{_name}"))
    for _name in ("__array__", "__float__", "__int__", "__bool__", "__index__", "__iter__"):
        locals()[_name] = refuse(_name)
    for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and_", "or_"):
        _function, _dunder = getattr(operator, _name), _name.strip("_")
        locals()[f"__{_dunder}__"] = lambda self, other, f=_function: wrap(
            f(self._array, unwrap(other))
        )
        locals()[f"__r{_dunder}__"] = lambda self, other, f=_function: wrap(
            f(unwrap(other), self._array)
        )
    for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
        _function = getattr(operator, _name)
        locals()[f"__{_name}__"] = lambda self, other, f=_function: wrap(
            f(self._array, unwrap(other))
        )
    for _name in ("neg", "abs", "invert"):
        _function = getattr(operator, _name)
        locals()[f"__{_name}__"] = lambda self, f=_function: wrap(f(self._array))
    del _name, _function, _dunder

    def __array_function__(self, func, types, args, kwargs):
        raise TypeError(f"NumPy's {func.__name__} was called with a device array")

    @property
    def T(self):
        return Strict(self._array.T)

    def __len__(self):
        return len(self._array)

    def __getitem__(self, key):
        array = self._array[unwrap(key)]
        # As in CuPy, an entry is an array without axes that shares the memory.
        return Strict(array if isinstance(array, np.ndarray) else self._array[_with_dots(key)])

    def __setitem__(self, key, value):
        self._array[unwrap(key)] = unwrap(value)

    def reshape(self, *shape):
        return Strict(self._array.reshape(*shape))

    def view(self, dtype):
        return Strict(self._array.view(dtype))

    def astype(self, dtype):
        return Strict(self._array.astype(dtype))

    def item(self):
        return self._array.item()

    def __repr__(self):
        return f"Strict({self._array!r})"


def _with_dots(key):
    key = unwrap(key)
    return (*key, ...) if isinstance(key, tuple) else (key, ...)


def unwrap(value):
    """Return what the device computes with; host arrays are refused."""
    if isinstance(value, Strict):
        return value._array
    if isinstance(value, np.ndarray):
        raise TypeError(f"a host array of shape {value.shape} met device arrays")
    if isinstance(value, list | tuple):
        return type(value)(unwrap(v) for v in value)
    return value


def wrap(value):
    if isinstance(value, np.ndarray | np.generic):
        return Strict(np.asarray(value))
    if isinstance(value, tuple):
        return tuple(map(wrap, value))
    return value


def _guarded(name, function):
    def call(*args, **kwargs):
        if name in FROM_HOST:
            args = [a._array if isinstance(a, Strict) else a for a in args]
        else:
            args = [unwrap(a) for a in args]
        kwargs = {k: unwrap(v) for k, v in kwargs.items()}
        result = function(*args, **kwargs)
        return result if name == "to_host" else wrap(result)

    return call


def _module():
    names = {}
    for name in host.__all__:
        value = getattr(host, name)
        names[name] = _guarded(name, value) if callable(value) else value
    module = ModuleType("strict")
    module.__dict__.update(names, DEVICE="strict", kernels=lambda: None)
    return module


xp = _module()


@contextlib.contextmanager
def strict_arrays():
    """Compute with strict arrays inside the block."""
    before = kerasnb.array._current
    kerasnb.array._current = xp
    try:
        yield xp
    finally:
        kerasnb.array._current = before
