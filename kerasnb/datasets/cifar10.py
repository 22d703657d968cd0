"""CIFAR-10: small colour photographs of ten things, 32 x 32 pixels."""

from __future__ import annotations

import numpy as np

from . import cifar
from .editions import find
from .reading import Arrays, read_parts

FILES = tuple(
    f"cifar-10-batches-py/{name}"
    for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch")
)


def load_data(edition: str | None = None) -> Arrays:
    """Load the pictures. The bundled edition is synthetic: drawings of the same ten things.

    Args:
        edition: 'full', 'mini' or 'auto' (None: see `KERASNB_DATASETS`).

    Returns:
        `(x_train, y_train), (x_test, y_test)`: pictures of uint8, shape (n, 32, 32, 3), or
        (n, 3, 32, 32) if `K.image_data_format()` is 'channels_first'; classes of uint8 from 0 to
        9, shape (n, 1).

    See: Krizhevsky, Learning multiple layers of features from tiny images, 2009.
    """
    found = find("cifar10", edition)
    if found.edition == "mini":
        (x_train, y_train), (x_test, y_test) = read_parts(found.paths[0])
        x_train, x_test = (x.transpose(0, 3, 1, 2) for x in (x_train, x_test))
    else:
        *train, (x_test, y_test) = cifar.read(found, FILES, "labels")
        x_train, y_train = (np.concatenate(arrays) for arrays in zip(*train, strict=True))
    return (cifar.formatted(x_train), y_train), (cifar.formatted(x_test), y_test)
