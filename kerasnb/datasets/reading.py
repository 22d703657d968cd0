"""Reads the files of data sets; nothing in a file can make it run code or fill the memory."""

from __future__ import annotations

import gzip
import math
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np


def read_npz(path: Path, *names: str) -> list[np.ndarray]:
    """Return arrays of an `.npz` archive.

    Raises:
        ValueError: if it is no such archive, lacks one of them, or holds more than numbers.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            absent = [name for name in names if name not in archive.files]
            if absent:
                raise ValueError(f"it has {archive.files}, not {absent}")
            return [archive[name] for name in names]
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error


def read_idx(path: Path) -> np.ndarray:
    """Return the array of a gzipped idx file of bytes, the format of MNIST's makers.

    Two zeros, 8 for "unsigned bytes", the number of axes, then each axis' length in four bytes
    (big-endian), then the values.

    Raises:
        ValueError: if it is no such file, or not as long as it says.
    """
    try:
        with gzip.open(path) as opened:
            zeros, kind, axes = struct.unpack(">HBB", opened.read(4))
            if (zeros, kind) != (0, 8):
                raise ValueError("no idx file of bytes")
            shape = struct.unpack(f">{axes}I", opened.read(4 * axes))
            size = math.prod(shape)
            values = opened.read(size)
            if len(values) != size or opened.read(1):
                raise ValueError(f"its values are not the {size} that shape {shape} needs")
    except (ValueError, EOFError, OSError, struct.error, zlib.error) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    return np.frombuffer(values, np.uint8).reshape(shape)
