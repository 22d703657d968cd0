"""Reads the files of data sets; nothing in a file can make it run code or fill the memory."""

from __future__ import annotations

import gzip
import json
import math
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ..utils.archives import check_size
from .unpickling import unpickle

Arrays = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]

_PIECE = 1 << 12  # bytes that are read at a time


def read_parts(path: Path) -> Arrays:
    """Return `(x_train, y_train), (x_test, y_test)` of an `.npz` archive."""
    x_train, y_train, x_test, y_test = read_npz(path, "x_train", "y_train", "x_test", "y_test")
    return (x_train, y_train), (x_test, y_test)


def read_npz(path: Path, *names: str) -> list[np.ndarray]:
    """Return arrays of an `.npz` archive; objects in them are lists, numbers and strings.

    Raises:
        ValueError: if it is no such archive, lacks one of them, or holds anything else.
    """
    with named(path), zipfile.ZipFile(path) as archive:
        there = set(archive.namelist())
        absent = [name for name in names if f"{name}.npy" not in there]
        if absent:
            raise ValueError(f"it has no array {', '.join(absent)}")
        infos = [archive.getinfo(f"{name}.npy") for name in names]
        check_size(path, sum(info.file_size for info in infos))
        return [_array(archive, info) for info in infos]


def _array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray:
    with archive.open(info) as opened:
        version = np.lib.format.read_magic(opened)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }.get(version)
        if read_header is None:
            raise ValueError(f"{info.filename} has the unknown version {version}")
        try:
            shape, by_columns, dtype = read_header(opened)
        except Exception as error:  # it is Python's text, and can fail in any way
            raise ValueError(f"{info.filename} has a header that says nothing: {error}") from error
        if dtype.hasobject:
            data = opened.read()
            found = unpickle(data)
            if not isinstance(found, np.ndarray) or found.shape != shape:
                raise ValueError(f"{info.filename} does not hold what its header says")
            # A word takes a byte at least, unless a list is named again and again.
            if sum(len(part) for part in found.flat if isinstance(part, list)) > len(data):
                raise ValueError(f"{info.filename} holds the same list many times")
            return found
        # Before room is made for it: a header may promise anything.
        size, length = math.prod(shape) * dtype.itemsize, info.file_size - opened.tell()
        if size != length:
            raise ValueError(f"{info.filename} has {length} bytes; its header says {size}")
        # In pieces: NumPy reads an archive's small arrays whole, twice their size in memory.
        room = bytearray(size)
        for begin in range(0, size, _PIECE):
            piece = opened.read(min(_PIECE, size - begin))
            memoryview(room)[begin : begin + _PIECE] = piece  # a shorter one is refused
        opened.read()  # the end, where the checksum is compared
        return np.ndarray(shape, dtype, room, order="F" if by_columns else "C")


def read_idx(path: Path) -> np.ndarray:
    """Return the array of a gzipped idx file of bytes, the format of MNIST's makers.

    Two zeros, 8 for "unsigned bytes", the number of axes, then each axis' length in four bytes
    (big-endian), then the values.

    Raises:
        ValueError: if it is no such file, or not as long as it says.
    """
    with named(path), gzip.open(path) as opened:
        zeros, kind, axes = struct.unpack(">HBB", opened.read(4))
        if (zeros, kind) != (0, 8):
            raise ValueError("no idx file of bytes")
        shape = struct.unpack(f">{axes}I", opened.read(4 * axes))
        size = math.prod(shape)
        check_size(path, size)
        values = opened.read(size)
        if len(values) != size or opened.read(1):
            raise ValueError(f"its values are not the {size} that shape {shape} needs")
        return np.frombuffer(values, np.uint8).reshape(shape)


def read_tar(path: Path, *names: str) -> Iterator[bytes]:
    """Yield the contents of files in a tar archive, in the order in which they are asked for."""
    with named(path):
        found: dict[str, bytes] = {}
        with tarfile.open(path, "r|*") as archive:
            for member in archive:
                if member.name in names and member.isreg():
                    check_size(path, sum(map(len, found.values())) + member.size)
                    content = archive.extractfile(member)
                    found[member.name] = content.read() if content else b""
                    if len(found) == len(names):
                        break
        absent = [name for name in names if name not in found]
        if absent:
            raise ValueError(f"it has no file {', '.join(absent)}")
        for name in names:
            yield found.pop(name)


def read_word_index(path: Path) -> dict[str, int]:
    """Return the words and their numbers from a JSON file."""
    with named(path):
        found = json.loads(path.read_text("utf-8"))
        if not isinstance(found, dict) or not all(type(rank) is int for rank in found.values()):
            raise ValueError("no JSON of words and their numbers")
        return found


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Say which file it was when reading fails."""
    broken: tuple[type[Exception], ...] = (EOFError, struct.error, zipfile.BadZipFile, zlib.error)
    broken += (tarfile.TarError, gzip.BadGzipFile, ValueError, NotImplementedError, MemoryError)
    broken += (RuntimeError,)  # of zipfile, for encrypted entries
    try:
        yield
    except broken as error:
        reason = str(error) or type(error).__name__
        raise ValueError(f"{path} cannot be read: {reason}") from error
