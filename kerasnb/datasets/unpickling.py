"""Reads pickles of numbers, and of nothing else.

A pickle is a program: it may call any function of any module. Here it finds stand-ins for the four
names that arrays need, and no others; the stand-ins keep what they are given, check it, and only then
is an array made. NumPy itself is never called with what a file says.

Nor may it ask for more memory or time than its length allows: `_look_through` goes through its
instructions before they are followed.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
import re
from typing import Any, ClassVar

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
        kind = _InPython if _look_through(data) else _Unpickler
        return _Plain(len(data)).of(kind(io.BytesIO(data), encoding=encoding).load())
    except _Refused:
        raise
    # A damaged pickle can fail in any way; what it built so far are plain lists and numbers.
    except Exception as error:
        raise ValueError(f"the pickle is damaged: {str(error) or type(error).__name__}") from error


class _Refused(ValueError):
    """It is a pickle, and asks for what is not read."""


class _Type:
    """Stands in for `numpy.dtype`: a kind of number, or 'O' for objects."""

    def __init__(self, code: Any, *_: Any) -> None:
        text = code.decode("ascii") if isinstance(code, bytes) else code
        if not re.fullmatch(r"[biuf][1248]|O8?", text):
            raise _Refused(f"a pickle with values of type {text!r} is not read")
        self.code, self.order = text, "="

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order = state[1].decode("ascii") if isinstance(state[1], bytes) else state[1]
        if order not in "<>|=" or any(part is not None for part in state[2:5]):
            raise _Refused("a pickle with structured values is not read")
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
        if not all(type(length) is int and length >= 0 for length in shape):
            raise _Refused("a pickle with an array of no shape is not read")
        size = math.prod(shape)
        if kind.objects:
            if not isinstance(values, list) or len(values) != size:
                raise _Refused("a pickle has another number of objects than its shape")
            self.flat = np.empty(size, object)
            self.flat[:] = values
        else:
            if isinstance(values, str):
                values = values.encode("latin1")
            dtype = kind.numpy()
            if not isinstance(values, bytes) or len(values) != size * dtype.itemsize:
                raise _Refused("a pickle has another number of bytes than its shape")
            self.flat = np.frombuffer(values, dtype)
        # Objects are listed in one order whatever the array's; numbers lie as they lay in memory.
        order: Any = "F" if fortran and not kind.objects else "C"
        self.value = self.flat.reshape(shape, order=order)


def _number(kind: _Type, values: bytes) -> Any:
    return np.frombuffer(values, kind.numpy())[0]


def _encoded(text: str, encoding: str) -> bytes:
    if encoding not in ("latin1", "latin-1", "ascii"):
        raise _Refused(f"a pickle with bytes in the encoding {encoding!r} is not read")
    return text.encode(encoding)


_STAND_INS = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Type,
    ("_codecs", "encode"): _encoded,
}
for _module in ("numpy.core.multiarray", "numpy._core.multiarray"):
    _STAND_INS |= {(_module, "_reconstruct"): _Array, (_module, "scalar"): _number}


_SIMPLE = {bool, bytes, float, int, str, type(None)}


def _found(self: Any, module: str, name: str) -> Any:
    """Return a stand-in; nothing is imported."""
    if (module, name) not in _STAND_INS:
        raise _Refused(
            f"the pickle asks for {module}.{name}. Only arrays, lists, numbers and strings are "
            "read from data files, since anything else could run a program."
        )
    return _STAND_INS[module, name]


class _Unpickler(pickle.Unpickler):
    find_class = _found


class _InPython(pickle._Unpickler):
    """Reads pickles with dictionaries: slower, and looks at each key before it is used.

    A tuple of twice the same tuple, of twice the same tuple, and so on, is short; a dictionary
    that has it as a key works on it without end.
    """

    find_class = _found
    dispatch: ClassVar[dict[int, Any]] = dict(pickle._Unpickler.dispatch)

    def _check(self, keys: Any) -> None:
        if not {type(key) for key in keys} <= _SIMPLE:
            raise _Refused("the pickle has keys that are no numbers or strings")

    def _set_one(self: Any) -> None:
        self._check([self.stack[-2]])
        self.load_setitem()

    def _set_some(self: Any) -> None:
        self._check(self.stack[::2])
        self.load_setitems()

    def _make(self: Any) -> None:
        self._check(self.stack[::2])
        self.load_dict()

    def _refuse(self: Any) -> None:
        raise _Refused("a pickle with sets is not read")

    dispatch[pickle.SETITEM[0]] = _set_one
    dispatch[pickle.SETITEMS[0]] = _set_some
    dispatch[pickle.DICT[0]] = _make
    for _code in (pickle.EMPTY_SET, pickle.ADDITEMS, pickle.FROZENSET):
        dispatch[_code[0]] = _refuse


_CODES = {ord(code.code): code for code in pickletools.opcodes}
_LENGTHS = {-2: 1, -3: 4, -4: 4, -5: 8}  # pickletools' word for it -> bytes that the length takes
_KEYED = {*b"sud\x8f\x90\x91"}  # SETITEM, SETITEMS, DICT, and those of sets


def _fixed() -> re.Pattern[bytes]:
    """Return a pattern of instructions of known lengths, as many as follow each other."""
    by_length: dict[int, bytes] = {}
    for number, code in _CODES.items():
        length = code.arg.n if code.arg else 0
        if length >= 0 and number not in {*b"r.", *_KEYED}:
            by_length[length] = by_length.get(length, b"") + bytes([number])
    kinds = [b"[%s].{%d}" % (re.escape(codes), n) for n, codes in by_length.items()]
    # Small numbers first, for speed: a data set's texts are millions of them.
    return re.compile(b"(?:(?:K.)+|(?:M..)+|%s)+" % b"|".join(kinds), re.DOTALL)


_FIXED = _fixed()


def _look_through(data: bytes) -> bool:
    """Return whether a pickle makes dictionaries.

    Raises:
        ValueError: if it would number its values beyond its own length (the table of them would
            fill the memory), or has a text that ends after it.
    """
    place, keyed = 0, False
    while place < len(data):
        if run := _FIXED.match(data, place):
            place = run.end()
            continue
        code = _CODES.get(data[place])
        if code is None or code.name == "STOP":
            break  # the unpickler will say what is wrong
        keyed = keyed or data[place] in _KEYED
        place += 1
        length = code.arg.n if code.arg else 0
        if length in _LENGTHS:
            width = _LENGTHS[length]
            place += width + int.from_bytes(data[place : place + width], "little")
            if place > len(data):
                raise ValueError("it ends in the middle of a text")
        elif length < 0:  # a line, or two
            for _ in range(2 if code.name in ("GLOBAL", "INST") else 1):
                begin, place = place, data.find(b"\n", place) + 1
                if not place:
                    raise ValueError("it ends in the middle of a line")
            if code.name == "PUT":
                _check_number(data[begin:place], data)
        else:
            if code.name == "LONG_BINPUT":
                _check_number(str(int.from_bytes(data[place : place + 4], "little")), data)
            place += length
    return keyed


def _check_number(text: Any, data: bytes) -> None:
    if int(text) > len(data):
        raise _Refused("the pickle numbers more values than it has")


class _Plain:
    """Puts arrays in the place of their stand-ins.

    Args:
        most: how many values there may be if each is counted as often as it is named: ten lists,
            each of ten times the one before, are short and hold ten thousand million.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        # By `id`: the value (kept, as the number of one that is gone is given again), what became
        # of it, and how many values are in it.
        self.done: dict[int, tuple[Any, Any, int]] = {}

    def of(self, value: Any) -> Any:
        """Return what a value is, with all that it holds."""
        return self._of(value)[0]

    def _of(self, value: Any) -> tuple[Any, int]:
        if type(value) in _SIMPLE or isinstance(value, np.generic):
            return value, 1
        if id(value) not in self.done:
            self.done[id(value)] = value, None, self.most + 1  # what holds itself has no end
            made, size = self._made(value)
            self.done[id(value)] = value, made, size
        _, made, size = self.done[id(value)]
        if size > self.most:
            raise _Refused("the pickle holds the same list many times")
        return made, size

    def _made(self, value: Any) -> tuple[Any, int]:
        if isinstance(value, _Array):
            if value.flat.dtype != object:
                return value.value, 1
            parts, size = self._parts(value.flat)
            for i, part in enumerate(parts):  # all at once, lists of one length would be an array
                value.flat[i] = part
            return value.value, size
        if isinstance(value, list):
            value[:], size = self._parts(value)
            return value, size
        if isinstance(value, tuple):
            parts, size = self._parts(value)
            return tuple(parts), size
        if isinstance(value, dict):
            parts, size = self._parts(list(value.values()))
            value.update(zip(value, parts, strict=True))
            return value, size
        raise _Refused("the pickle holds something else than arrays, lists, numbers and strings")

    def _parts(self, values: Any) -> tuple[list[Any], int]:
        if set(map(type, values)) <= _SIMPLE:
            return list(values), 1 + len(values)
        found = [self._of(value) for value in values]
        return [made for made, _ in found], 1 + sum(size for _, size in found)
