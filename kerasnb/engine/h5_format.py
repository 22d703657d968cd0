"""HDF5 files as Keras 2 lays them out: opened, and read with a careful hand.

A file may come from anywhere. What is read here is checked against the file's own size before
memory is taken for it, and nothing leads out of the file: links are followed only if they are
hard ones, and data that lives elsewhere is refused.
"""

from __future__ import annotations

import contextlib
import io
import math
import mmap
import os
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..utils.h5dict import H5Dict, save_names
from ..utils.io_utils import atomic_write, path_to_string

_FILTERS = {1, 2, 3, 4, 32000}  # deflate, shuffle, fletcher32, szip, lzf: all are built in
_PACKED = 1100  # deflate makes nothing smaller than by this factor
_MOST_TEXT = 2**31  # bytes that the texts of a list may have together

_STARTS = {
    b"PK\x03\x04": "a zip archive; Keras 3's .keras files, for one, are that",
    b"\x80": "a pickle, perhaps",
    b"\x1f\x8b": "compressed with gzip; unpack it first",
    b"version https://git-lfs": "a note of Git LFS in place of the file; fetch it with `git lfs pull`",
    b"<": "a web page or XML, perhaps of a failed download",
    b"{": "JSON text, perhaps for model_from_json",
}


_HEAP = b"GCOL\x01"
"""How a collection of texts begins."""

_IN_DICTIONARY = "hdf5"


def is_path(where: Any) -> bool:
    """Whether something is a path."""
    return isinstance(where, str | bytes | os.PathLike)


def is_stream(where: Any) -> bool:
    """Whether something is a file that is open already, or acts like one."""
    return hasattr(where, "read") or hasattr(where, "write")


def is_group(where: Any) -> bool:
    """Whether something is a group (or file) of h5py; does not import h5py to find out."""
    return any(
        c.__module__.startswith("h5py.") and c.__name__ == "Group" for c in type(where).mro()
    )


@contextlib.contextmanager
def opened(where: Any) -> Iterator[Source]:
    """Open a file for reading.

    Args:
        where: path, group of h5py, binary stream, or dictionary.

    Yields:
        The file, to be read with care.

    Raises:
        FileNotFoundError: if there is no such file.
        OSError: if it is no HDF5 file, or damaged.
    """
    import h5py

    where = _inner(where)
    if is_group(where):
        yield Source(where)
        return
    if isinstance(where, dict):
        where = io.BytesIO(where.get(_IN_DICTIONARY, b""))
    if is_stream(where):
        data = where.read()
        if not isinstance(data, bytes):
            raise TypeError(f"Needs a binary stream; {type(where).__name__} gave text.")
        longest = _check(data, "the stream")
        try:
            file = h5py.File(h5py.h5f.open_file_image(data))
        except OSError as error:
            raise OSError(f"the stream is a damaged HDF5 file: {error}") from error
        with file:
            yield Source(file, longest)
        return
    if not is_path(where):
        raise _unknown(where)
    path = Path(path_to_string(where))
    if path.is_dir():
        raise OSError(
            f"{path} is a folder; needs an HDF5 file. (TensorFlow's SavedModel is a folder: save "
            "the model to a file that ends in .h5.)"
        )
    if not path.exists():
        raise FileNotFoundError(f"There is no file {path}.")
    with path.open("rb") as raw:
        size = os.fstat(raw.fileno()).st_size
        if size:
            with mmap.mmap(raw.fileno(), 0, access=mmap.ACCESS_READ) as data:
                longest = _check(data, str(path))
        else:
            longest = _check(b"", str(path))
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise OSError(f"{path} is no HDF5 file, or a damaged one: {error}") from error
    with file:
        yield Source(file, longest)


def _check(data: bytes | mmap.mmap, what: str) -> int:
    """Check that a file is one of HDF5, and none that HDF5 would read for ever.

    Returns:
        The length of the longest text in it, in bytes.
    """
    start = data[:64]
    if not start.startswith(b"\x89HDF\r\n\x1a\n"):
        guesses = [kind for begin, kind in _STARTS.items() if start.startswith(begin)]
        kind = "it is empty" if not start else f"it looks like {guesses[0]}" if guesses else ""
        raise OSError(f"{what} is no HDF5 file{f': {kind}' if kind else ''}.")
    longest = 0
    place = data.find(_HEAP)
    while place >= 0:
        for number, size in _texts(data, place):
            if number == 0 and size == 0:
                # HDF5 stays for ever at an entry that has no size at all.
                raise OSError(f"{what} is a damaged HDF5 file: its texts have no end.")
            longest = max(longest, size if number else 0)
        place = data.find(_HEAP, place + 1)
    return longest


def _texts(data: bytes | mmap.mmap, place: int) -> Iterator[tuple[int, int]]:
    """Yield number and size of the entries of a collection of texts; number 0 is free room.

    See: the HDF5 File Format Specification, III.E (Global Heap).
    """
    (size,) = struct.unpack("<Q", data[place + 8 : place + 16].ljust(8, b"\0"))
    end = min(place + size, len(data))
    entry = place + 16
    while entry + 16 <= end:
        number, _, _, size = struct.unpack("<HHIQ", data[entry : entry + 16])
        yield number, size
        entry += (16 + -(-size // 8) * 8) if number else max(size, 1)


@contextlib.contextmanager
def created(where: Any) -> Iterator[Any]:
    """Make a file to write to; it is in its place when all is written, or not at all.

    Args:
        where: path, group of h5py, binary stream, or dictionary.

    Yields:
        The group.
    """
    import h5py

    where = _inner(where)
    if is_group(where):
        yield where
    elif isinstance(where, dict):
        stream = io.BytesIO()
        with created(stream) as group:
            yield group
        where[_IN_DICTIONARY] = stream.getvalue()
    elif is_stream(where):
        with h5py.File("kerasnb", "w", driver="core", backing_store=False) as file:
            yield file
            file.flush()
            image = file.id.get_file_image()
        where.write(image)
    elif is_path(where):
        with atomic_write(where) as temporary, h5py.File(temporary, "w") as file:
            yield file
    else:
        raise _unknown(where)


def _inner(where: Any) -> Any:
    return where.data if isinstance(where, H5Dict) else where


def _unknown(where: Any) -> TypeError:
    return TypeError(
        f"Needs a path, a group of h5py, a binary stream or a dictionary; got {where!r:.80}."
    )


class Source:
    """A file that is read: each byte of it at most once for arrays.

    Args:
        group: group of h5py with the file's contents.
        longest: length of the longest text in the file, if it is known.

    Attributes:
        size: size of the file.
        left: bytes of it that have not been read as arrays.
    """

    def __init__(self, group: Any, longest: int = 0) -> None:
        self.group = group
        self.longest = longest
        self.size = int(group.file.id.get_filesize())
        self.left = self.size

    # -- groups

    def child(self, group: Any, name: str) -> Any:
        """Return what a group holds under a name; None if it holds nothing there.

        Raises:
            ValueError: if the name leads out of the group.
        """
        import h5py

        if name.startswith("/"):
            raise self._refused(group, name, "names must not begin with '/'")
        found = group
        for part in filter(None, name.split("/")):
            link = found.get(part, getlink=True) if isinstance(found, h5py.Group) else None
            if link is None:
                return None
            if not isinstance(link, h5py.HardLink):
                raise self._refused(group, name, f"it is a link ({type(link).__name__})")
            found = found[part]
        return found

    def subgroup(self, group: Any, name: str) -> Any:
        """Return a group within a group; None if there is none."""
        import h5py

        found = self.child(group, name)
        return found if isinstance(found, h5py.Group) else None

    # -- attributes

    def attribute(self, group: Any, name: str) -> Any:
        """Return a text, number or array of them that is attached to a group; None for none."""
        import h5py

        if name not in group.attrs:
            return None
        handle = h5py.h5a.open(group.id, name.encode())
        if handle.get_space().get_simple_extent_type() == h5py.h5s.NULL:
            return None
        text = h5py.check_string_dtype(handle.dtype)
        if text is None and handle.dtype.kind not in "biufS":
            raise self._refused(
                group, name, f"attributes of type {handle.dtype} have no place here"
            )
        count = math.prod(handle.shape)
        # Each name of a list may stand for the same long text.
        open_end = text is not None and text.length is None
        too_much = open_end and count > 1 and count * self.longest > _MOST_TEXT
        if count * handle.dtype.itemsize > self.size or too_much:
            raise self._refused(group, name, f"its shape {handle.shape} is too large for the file")
        value = group.attrs[name]
        return value.tolist() if isinstance(value, np.ndarray | np.generic) else value

    def text(self, group: Any, name: str) -> str | None:
        """Return a text that is attached to a group; None for none."""
        value = self.attribute(group, name)
        return None if value is None else self._decoded(group, name, value)

    def names(self, group: Any, name: str) -> list[str]:
        """Return a list of texts that is attached to a group, in one piece or in several.

        Raises:
            ValueError: if there is none.
        """
        value = self.attribute(group, name)
        if value is None and name not in group.attrs:
            pieces: list[Any] = []
            while (piece := self.attribute(group, f"{name}{len(pieces)}")) is not None:
                pieces.append(piece)
            if not pieces:
                raise ValueError(f"{self._place(group)} has no list {name!r}: is it a Keras file?")
            value = [text for piece in pieces for text in _as_list(piece)]
        return [self._decoded(group, name, text) for text in _as_list(value)]

    def _decoded(self, group: Any, name: str, value: Any) -> str:
        if isinstance(value, bytes):
            try:
                return value.decode("utf-8")
            except UnicodeDecodeError as error:
                raise self._refused(group, name, f"it is no UTF-8 text ({error})") from error
        if isinstance(value, str):
            return value
        raise self._refused(group, name, f"needs text, got {value!r:.60}")

    # -- arrays

    def array(self, group: Any, name: str) -> np.ndarray:
        """Return the array that a group holds under a name.

        Raises:
            ValueError: if there is none, or it is not one that a weight can be.
        """
        import h5py

        data = self.child(group, name)
        if not isinstance(data, h5py.Dataset):
            raise self._refused(group, name, "there is no array of this name")
        if data.is_virtual or data.external or data.dtype.kind not in "biuf":
            what = "its numbers stand in another file"
            if data.dtype.kind not in "biuf":
                what = f"needs numbers, got {data.dtype}"
            raise self._refused(group, name, what)
        self._take(group, name, data)
        return np.asarray(data[()])

    def _take(self, group: Any, name: str, data: Any) -> None:
        """Check that the file can hold as much as an array claims to have."""
        needed = math.prod(data.shape) * data.dtype.itemsize
        plist = data.id.get_create_plist()
        filters = {plist.get_filter(i)[0] for i in range(plist.get_nfilters())}
        if not filters <= _FILTERS:
            raise self._refused(group, name, "it is packed by a filter that HDF5 does not bring")
        stored = data.id.get_storage_size()
        self.left -= stored if filters else needed
        if needed > stored * (_PACKED if filters else 1) or self.left < 0:
            raise self._refused(
                group,
                name,
                f"its shape {data.shape} needs {needed} bytes, more than the file has for it",
            )

    def _place(self, group: Any) -> str:
        return f"{group.file.filename}:{group.name}"

    def _refused(self, group: Any, name: str, why: str) -> ValueError:
        return ValueError(f"{self._place(group)}: cannot read {name!r}: {why}.")


def _as_list(value: Any) -> list[Any]:
    if value is None:  # a list of nothing has no shape
        return []
    return value if isinstance(value, list) else [value]


def save_attributes_to_hdf5_group(group: Any, name: str, data: Sequence[Any]) -> None:
    """Attach a list of names to a group, in several pieces if it is long."""
    save_names(group, name, data)


def load_attributes_from_hdf5_group(group: Any, name: str) -> list[str]:
    """Return the list of names that `save_attributes_to_hdf5_group` attached."""
    return Source(group).names(group, name)
