"""CIFAR-100: small colour photographs of a hundred things in twenty groups, 32 x 32 pixels."""

from __future__ import annotations

from . import cifar
from .editions import find
from .reading import Arrays, read_npz

FILES = ("cifar-100-python/train", "cifar-100-python/test")


def load_data(label_mode: str = "fine", edition: str | None = None) -> Arrays:
    """Load the pictures. The bundled edition is synthetic: drawings of 88 of the same things.

    Args:
        label_mode: 'fine' for the hundred things, 'coarse' for the twenty groups.
        edition: 'full', 'mini' or 'auto' (None: see `KERASNB_DATASETS`).

    Returns:
        `(x_train, y_train), (x_test, y_test)`: pictures of uint8, shape (n, 32, 32, 3), or
        (n, 3, 32, 32) if `K.image_data_format()` is 'channels_first'; classes of uint8, shape
        (n, 1).

    Raises:
        ValueError: if there is no such `label_mode`.

    See: Krizhevsky, Learning multiple layers of features from tiny images, 2009.
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError(f'`label_mode` must be one of `"fine"`, `"coarse"`; got {label_mode!r}.')
    found = find("cifar100", edition)
    if found.edition == "mini":
        labels = "y_{}" if label_mode == "fine" else "y_{}_coarse"
        x_train, y_train, x_test, y_test = (
            array
            for part in ("train", "test")
            for array in read_npz(found.paths[0], f"x_{part}", labels.format(part))
        )
        x_train, x_test = (x.transpose(0, 3, 1, 2) for x in (x_train, x_test))
    else:
        (x_train, y_train), (x_test, y_test) = cifar.read(found, FILES, f"{label_mode}_labels")
    return (cifar.formatted(x_train), y_train), (cifar.formatted(x_test), y_test)
