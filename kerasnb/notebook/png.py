"""Pictures as PNG files, one pixel a value, with nothing but zlib."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

import numpy as np

_MAGIC = b"\x89PNG\r\n\x1a\n"


def picture(pixels: np.ndarray, alt: str) -> dict[str, Any]:
    """Return an array as a picture of a description.

    Args:
        pixels: numbers from 0 to 255, (height, width) for grey or (height, width, 3).
        alt: what the picture shows, for those who cannot see it.
    """
    height, width = pixels.shape[:2]
    data = base64.b64encode(encode(np.asarray(pixels, np.uint8))).decode()
    return {"png": data, "width": int(width), "height": int(height), "alt": alt}


def encode(pixels: np.ndarray) -> bytes:
    """Return a PNG file: 8 bits a channel, no filter."""
    height, width = pixels.shape[:2]
    colour = 2 if pixels.ndim == 3 else 0
    rows = np.zeros((height, 1 + pixels[0].size), np.uint8)  # each begins with its filter, none
    rows[:, 1:] = pixels.reshape(height, -1)
    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes(), 6)), (b"IEND", b""))
    return _MAGIC + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def decode(data: bytes) -> np.ndarray:
    """Return the pixels of a PNG file that `encode` has made."""
    width, height, _, colour = struct.unpack_from(">IIBB", data, 16)
    (length,) = struct.unpack_from(">I", data, 33)
    rows = np.frombuffer(zlib.decompress(data[41 : 41 + length]), np.uint8).reshape(height, -1)
    return rows[:, 1:].reshape((height, width, 3) if colour else (height, width))


def enlarge(image: dict[str, Any], scale: int) -> dict[str, Any]:
    """Return a picture with each pixel a square of `scale` pixels: browsers would smooth it."""
    if scale <= 1:
        return image
    pixels = decode(base64.b64decode(image["png"]))
    return picture(pixels.repeat(scale, 0).repeat(scale, 1), image["alt"])


def grey(values: np.ndarray) -> np.ndarray:
    """Return values from their least, black, to their greatest, white; what is not finite is black."""
    values = np.nan_to_num(np.asarray(values, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = (values.min(), values.max()) if values.size else (0.0, 0.0)
    return np.uint8(255) * (values > 0) if low == high else _levels((values - low) / (high - low))


def signed(values: np.ndarray, limit: float | None = None) -> np.ndarray:
    """Return values in colours: blue below zero, white at zero, red above.

    Args:
        values: (height, width).
        limit: the size that gets the full colour; the greatest by default.
    """
    values = np.nan_to_num(np.asarray(values, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    limit = limit or (float(np.abs(values).max()) if values.size else 0.0) or 1.0
    share = np.clip(values / limit, -1, 1)[..., None]
    red, white, blue = np.array([178, 24, 43]), np.array([247.0] * 3), np.array([33, 102, 172])
    mixed = np.where(share > 0, white + share * (red - white), white - share * (blue - white))
    return np.round(mixed).astype(np.uint8)


def _levels(shares: np.ndarray) -> np.ndarray:
    return np.round(255 * shares).astype(np.uint8)


def sheet(tiles: list[np.ndarray], columns: int, gap: int = 1, ground: int = 128) -> np.ndarray:
    """Return pictures of one size on one sheet, row by row, with a gap around each."""
    height, width = tiles[0].shape[:2]
    rows = -(-len(tiles) // columns)
    shape = (rows * (height + gap) + gap, columns * (width + gap) + gap, *tiles[0].shape[2:])
    whole = np.full(shape, ground, np.uint8)
    for place, tile in enumerate(tiles):
        y, x = (
            gap + at * (size + gap)
            for at, size in zip(divmod(place, columns), (height, width), strict=True)
        )
        whole[y : y + height, x : x + width] = tile
    return whole
