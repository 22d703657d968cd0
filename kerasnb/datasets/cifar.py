"""The files that CIFAR-10 and CIFAR-100 are published in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .. import backend as K
from .editions import Found
from .reading import named, read_tar
from .unpickling import unpickle


def load_batch(
    fpath: str | os.PathLike[str], label_key: str = "labels"
) -> tuple[np.ndarray, list[int]]:
    """Return the pictures and labels of one file.

    Args:
        fpath: the file, a pickle.
        label_key: what the labels are called in it.

    Returns:
        Pictures of uint8, shape (n, 3, 32, 32), and a list of n labels.

    Raises:
        ValueError: if it is no such file; a pickle that asks for anything but arrays, lists,
            numbers and strings is refused, and nothing in it is run.
    """
    with named(Path(fpath)):
        return parse_batch(Path(fpath).read_bytes(), label_key)


def parse_batch(data: bytes, label_key: str) -> tuple[np.ndarray, list[int]]:
    """Return the pictures and labels in the bytes of a file."""
    found = unpickle(data, encoding="bytes")
    wanted = (b"data", label_key.encode())
    if not isinstance(found, dict) or not all(key in found for key in wanted):
        raise ValueError(f"no pictures with {label_key} in it")
    pictures, labels = (found[key] for key in wanted)
    return pictures.reshape(len(pictures), 3, 32, 32), labels


def read(found: Found, names: tuple[str, ...], label_key: str) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield pictures and labels (uint8, shape (n, 1)) of files, in their archive or beside it."""
    if len(found.paths) == 1:
        with named(found.paths[0]):
            for data in read_tar(found.paths[0], *names):
                yield _arrays(*parse_batch(data, label_key))
    else:
        for path in found.paths:
            yield _arrays(*load_batch(path, label_key))


def _arrays(pictures: np.ndarray, labels: list[int]) -> tuple[np.ndarray, np.ndarray]:
    # Keras's documentation says uint8; some of Keras's own labels are int64 by accident.
    return pictures, np.array(labels, np.uint8).reshape(-1, 1)


def formatted(pictures: np.ndarray) -> np.ndarray:
    """Return pictures of shape (n, 3, 32, 32) in the data format of this session."""
    return pictures.transpose(0, 2, 3, 1) if K.image_data_format() == "channels_last" else pictures
