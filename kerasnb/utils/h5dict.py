"""Values in a group of an HDF5 file, looked at as a dictionary."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .io_utils import path_to_string

HEADER_LIMIT = 64512
"""Bytes that an attribute may have; longer lists of names are cut into several."""


def save_names(group: Any, name: str, names: Sequence[Any]) -> None:
    """Attach a list of names to a group, cut into pieces `name0`, `name1`, ... if it is long.

    Args:
        group: group of h5py.
        name: what the list is called.
        names: the names, as texts or bytes.

    Raises:
        RuntimeError: if one of the names alone is too long.
    """
    texts = [x.encode("utf-8") if isinstance(x, str) else x for x in names]
    # All names of a piece take the room of the longest.
    width = max(map(len, texts), default=0) or 1
    if width > HEADER_LIMIT:
        raise RuntimeError(
            f"{name}: HDF5 takes names of {HEADER_LIMIT} bytes at most; got {width} bytes: "
            f"{max(texts, key=len)[:60]!r}..."
        )
    fit = HEADER_LIMIT // width
    if len(texts) <= fit:
        group.attrs[name] = np.array(texts, f"S{width}") if texts else texts
        return
    for number, start in enumerate(range(0, len(texts), fit)):
        group.attrs[f"{name}{number}"] = np.array(texts[start : start + fit], f"S{width}")


def _joined(group: Any, name: str) -> list[bytes] | None:
    """Return a list that was cut into pieces, None if there is none."""
    pieces: list[bytes] = []
    number = 0
    while f"{name}{number}" in group.attrs:
        pieces += group.attrs[f"{name}{number}"].tolist()
        number += 1
    return pieces if number else None


def _as_text(name: Any) -> str:
    return name.decode("utf-8") if isinstance(name, bytes) else name


class H5Dict:
    """A group of an HDF5 file, or a dictionary, as a dictionary of values.

    Arrays become data sets; texts, numbers and lists of texts become attributes; reading a name
    that is not there makes a group.

    Args:
        path: path, group of h5py, or dictionary.
        mode: "r" (reading only), "w" (anew), or "a".
    """

    def __init__(self, path: Any, mode: str = "a") -> None:
        self._is_file = isinstance(path, str | os.PathLike)
        self.read_only = mode == "r"
        if self._is_file:
            import h5py

            self.data: Any = h5py.File(path_to_string(path), mode)
        elif self.is_supported_type(path):
            self.data = path
            if isinstance(path, dict) and mode == "w":
                path.clear()
        else:
            raise TypeError(
                f"H5Dict: needs a path, a group of h5py or a dictionary; got {path!r:.80}."
            )

    @staticmethod
    def is_supported_type(path: Any) -> bool:
        """Whether something can be looked at as a dictionary of values."""
        known = isinstance(path, str | os.PathLike | dict)
        return known or any(c.__module__.startswith("h5py.") for c in type(path).mro())

    def _names(self) -> list[str]:
        return list(self.data) + list(getattr(self.data, "attrs", ()))

    def __setitem__(self, attr: Any, val: Any) -> None:
        if self.read_only:
            raise ValueError("H5Dict: it was opened for reading only.")
        attr = _as_text(attr)
        if isinstance(self.data, dict):
            self.data[attr] = val
            return
        if attr in self.data:
            raise KeyError(f"H5Dict: there is {attr!r} already.")
        if isinstance(val, np.ndarray | np.generic):
            self.data[attr] = val
        elif isinstance(val, list | tuple) and all(isinstance(x, str | bytes) for x in val):
            save_names(self.data, attr, val)
        else:
            self.data.attrs[attr] = val

    def __getitem__(self, attr: Any) -> Any:
        attr = _as_text(attr)
        if isinstance(self.data, dict):
            return self._of_dictionary(attr)
        if attr in self.data.attrs:
            val = self.data.attrs[attr]
            return val.tolist() if isinstance(val, np.ndarray) and val.dtype.kind in "SO" else val
        if attr in self.data:
            val = self.data[attr]
            return (
                H5Dict(val, self._mode)
                if hasattr(val, "attrs") and hasattr(val, "keys")
                else (np.asarray(val))
            )
        pieces = _joined(self.data, attr)
        if pieces is not None:
            return pieces
        if self.read_only:
            raise KeyError(f"H5Dict: there is no {attr!r}; there are {self._names()}.")
        return H5Dict(self.data.create_group(attr))

    def _of_dictionary(self, attr: str) -> Any:
        if attr not in self.data and self.read_only:
            raise KeyError(f"H5Dict: there is no {attr!r}; there are {self._names()}.")
        val = self.data.setdefault(attr, {})
        return H5Dict(val, self._mode) if isinstance(val, dict) else val

    @property
    def _mode(self) -> str:
        return "r" if self.read_only else "a"

    def __contains__(self, key: Any) -> bool:
        key = _as_text(key)
        return key in self._names() or (
            not isinstance(self.data, dict) and f"{key}0" in self.data.attrs
        )

    def __len__(self) -> int:
        return len(self._names())

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the value of a name, or a default."""
        return self[key] if key in self else default

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """Return the value of a name, which is set first if there is none."""
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Set the values of a dictionary."""
        for key, value in dict(*args, **kwargs).items():
            self[key] = value

    def pop(self, key: Any, *args: Any) -> Any:
        """Take a value out and return it, or a default."""
        if key not in self and args:
            return args[0]
        value = self[key]
        key = _as_text(key)
        del (self.data if key in self.data else self.data.attrs)[key]
        return value

    def close(self) -> None:
        """Close the file, if it was opened here."""
        if self._is_file:
            self.data.close()

    def __enter__(self) -> H5Dict:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()


h5dict = H5Dict
