"""Writes the bundled editions the same to the last byte wherever it is done."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from pathlib import Path

import numpy as np

OUT = Path(__file__).resolve().parents[1]


def save(place: Path, **arrays: np.ndarray) -> None:
    """Write an `.npz` archive with no date in it, in the order in which the arrays are given.

    Less than 100,000 bytes are not compressed: to inflate them would take as much room again.
    """
    small = sum(array.nbytes for array in arrays.values()) < 100_000
    kind = zipfile.ZIP_STORED if small else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(place, "w", kind, compresslevel=9) as archive:
        for key, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(
                buffer, np.ascontiguousarray(array), (1, 0), allow_pickle=False
            )
            info = zipfile.ZipInfo(f"{key}.npy", (1980, 1, 1, 0, 0, 0))
            info.compress_type, info.create_system = kind, 3
            archive.writestr(info, buffer.getvalue())
    report(place)


def save_json(place: Path, value: object) -> None:
    """Write a JSON file without spaces."""
    place.write_text(json.dumps(value, separators=(",", ":"), ensure_ascii=False), "utf-8")
    report(place)


def report(place: Path) -> None:
    """Print what was written. The checksum of an archive also depends on zlib, which is named."""
    digest = hashlib.sha256(place.read_bytes()).hexdigest()
    print(f"{place.name:32}{place.stat().st_size:>10,} {digest} (zlib {zlib.ZLIB_RUNTIME_VERSION})")
