"""Tiny files in the formats of the official ones, and a catalog that takes them for official."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import io
import json
import pickle
import struct
import tarfile
from pathlib import Path

import numpy as np

from kerasnb.datasets import catalog

R = np.random.RandomState(3)


def objects(lists: list) -> np.ndarray:
    """Return an array of lists, also if they are all of the same length."""
    found = np.empty(len(lists), object)
    found[:] = lists
    return found


def texts(count: int, words: int = 40, longest: int = 12) -> np.ndarray:
    """Return texts of word numbers from 1, none of them empty."""
    return objects(
        [R.randint(1, words, R.randint(1, longest)).tolist() for _ in range(count)],
    )


def npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays, allow_pickle=True)
    return buffer.getvalue()


def idx(array: np.ndarray) -> bytes:
    head = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return gzip.compress(head + array.tobytes())


def batch(count: int, **labels: list[int]) -> dict[bytes, object]:
    """Return what a file of CIFAR holds, as Python 2 wrote it: names are bytes."""
    data = R.randint(0, 256, (count, 3072)).astype(np.uint8)
    named = {key.encode(): value for key, value in labels.items()}
    return {b"batch_label": b"one", b"data": data, b"filenames": [b"a.png"] * count, **named}


def as_python_2(value: dict[bytes, object]) -> bytes:
    """Return a pickle with strings in place of bytes, as Python 2 would have written it."""

    class Pickler(pickle._Pickler):  # the one in Python: its parts can be replaced
        dispatch = dict(pickle._Pickler.dispatch)

        def save_bytes(self, data):
            self.write(b"T" + struct.pack("<i", len(data)) + data)
            self.memoize(data)

        def save_str(self, text):
            self.save_bytes(text.encode("latin1"))

        dispatch[bytes], dispatch[str] = save_bytes, save_str

    buffer = io.BytesIO()
    Pickler(buffer, protocol=2).dump(value)
    return buffer.getvalue().replace(b"cnumpy._core.", b"cnumpy.core.")


def tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as made:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def put(monkeypatch, folder: Path, name: str, form: dict[str, bytes], index: bytes = b"") -> None:
    """Write files into a cache and let the catalog take them for official."""
    dataset = catalog.CATALOG[name]
    official = tuple(write(folder, file, content) for file, content in form.items())
    changes = {"forms": (official, *dataset.forms)}
    if index:
        changes["word_index"] = write(folder, dataset.word_index.name, index)
    monkeypatch.setitem(catalog.CATALOG, name, dataclasses.replace(dataset, **changes))


def write(folder: Path, name: str, content: bytes) -> catalog.Official:
    place = folder / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return catalog.Official(name, hashlib.sha256(content).hexdigest(), "http://127.0.0.1:9/x")


def word_index() -> bytes:
    return json.dumps({"the": 1, "of": 2}).encode()
