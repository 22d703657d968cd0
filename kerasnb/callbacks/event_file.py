"""TensorBoard's event files, written without TensorFlow.

A file is a row of records; a record is an Event, a message of Protocol Buffers. Of both formats
little is needed: each field of a message is a number (what it means, times 8, plus how it is
written) and its bytes.

See: event.proto and summary.proto of TensorBoard; "Encoding" in the documentation of Protocol
Buffers; CRC-32C in RFC 3720, appendix B.4.
"""

from __future__ import annotations

import itertools
import os
import platform
import struct
import time
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ..utils.io_utils import append_whole

_VARINT, _DOUBLE, _BYTES, _FLOAT = 0, 1, 2, 5  # how a field is written
_count = itertools.count()


# -- messages


def varint(value: int) -> bytes:
    """Return a whole number in groups of seven bits, the low ones first."""
    value &= 2**64 - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def field(number: int, value: Any) -> bytes:
    """Return a field of a message: bytes and texts, whole numbers, or floats as doubles."""
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return varint(number << 3 | _BYTES) + varint(len(value)) + value
    if isinstance(value, int):
        return varint(number << 3 | _VARINT) + varint(value)
    return varint(number << 3 | _DOUBLE) + struct.pack("<d", value)


def scalar(tag: str, value: float) -> bytes:
    """Return a Summary.Value of a number."""
    return field(1, tag) + varint(2 << 3 | _FLOAT) + struct.pack("<f", value)


def image(tag: str, pixels: np.ndarray) -> bytes:
    """Return a Summary.Value of an image.

    Args:
        tag: its name.
        pixels: array (height, width, 1, 3 or 4) of uint8.
    """
    height, width, channels = pixels.shape
    inner = field(1, height) + field(2, width) + field(3, channels) + field(4, png(pixels))
    return field(1, tag) + field(4, inner)


def summary(values: Iterable[bytes]) -> bytes:
    """Return an Event's field with a Summary of values."""
    return field(5, b"".join(field(1, value) for value in values))


class Histogram:
    """Counts of numbers in buckets that grow by a tenth; numbers may come in parts."""

    edges = 1e-12 * 1.1 ** np.arange(774)  # to 1e20
    edges = np.concatenate(
        [[-np.finfo(float).max], -edges[::-1], [0], edges, [np.finfo(float).max]]
    )

    def __init__(self) -> None:
        self.counts = np.zeros(len(self.edges) - 1, int)
        self.low, self.high, self.sum, self.squares = np.inf, -np.inf, 0.0, 0.0

    def add(self, values: Any) -> None:
        """Add numbers; those that are not finite are left out."""
        values = np.asarray(values, float).ravel()
        values = values[np.isfinite(values)]
        if values.size:
            self.counts += np.histogram(values, self.edges)[0]
            self.low, self.high = min(self.low, values.min()), max(self.high, values.max())
            self.sum += values.sum()
            self.squares += np.square(values).sum()

    def value(self, tag: str) -> bytes:
        """Return a Summary.Value of it; buckets that are empty are left out, but for borders."""
        full = self.counts > 0
        shown = full.copy()
        shown[:-1] |= full[1:]  # where a bucket begins is where the one before ends
        floats = [self.low, self.high, float(self.counts.sum()), self.sum, self.squares]
        if not full.any():
            floats[:2] = 0.0, 0.0
            shown[-1] = True
        inner = b"".join(field(i + 1, float(v)) for i, v in enumerate(floats))
        inner += field(6, self.edges[1:][shown].astype("<f8").tobytes())
        inner += field(7, self.counts[shown].astype("<f8").tobytes())
        return field(1, tag) + field(5, inner)


def png(pixels: np.ndarray) -> bytes:
    """Return an image as a PNG file.

    Args:
        pixels: array (height, width, 1, 3 or 4) of uint8.
    """
    height, width, channels = pixels.shape
    lines = np.zeros((height, 1 + width * channels), np.uint8)  # a line begins with its filter: 0
    lines[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, {1: 0, 3: 2, 4: 6}[channels], 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes())), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


# -- the file


def _crc_table() -> list[int]:
    table = []
    for crc in range(256):
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
        table.append(crc)
    return table


_TABLE = _crc_table()


def _masked_crc(data: bytes) -> bytes:
    crc, table = 0xFFFFFFFF, _TABLE
    for byte in data:
        crc = table[(crc ^ byte) & 255] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


class EventFile:
    """A file of events, with a name that TensorBoard looks for; made with the first of them.

    It is opened for each event, so that nothing is left open whatever happens to a training.

    Args:
        folder: where it lies.
    """

    def __init__(self, folder: Any) -> None:
        mark = f"{int(time.time()):010d}.{platform.node()}.{os.getpid()}.{next(_count)}"
        self.path = Path(folder, f"events.out.tfevents.{mark}")

    def write(self, content: bytes, step: int = 0) -> None:
        """Add an event.

        Args:
            content: the field that says what it is about, from `summary` say.
            step: number of the epoch or sample that it is about.
        """
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._add(field(3, "brain.Event:2"))
        self._add((field(2, step) if step else b"") + content)

    def _add(self, event: bytes) -> None:
        data = field(1, time.time()) + event
        length = struct.pack("<Q", len(data))
        append_whole(self.path, length + _masked_crc(length) + data + _masked_crc(data))
