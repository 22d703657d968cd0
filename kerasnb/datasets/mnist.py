"""MNIST: handwritten digits, 28 x 28 pixels."""

from __future__ import annotations

from .editions import find
from .reading import Arrays, read_parts


def load_data(path: str = "mnist.npz", edition: str | None = None) -> Arrays:
    """Load the digits.

    Args:
        path: name of the full data set's file in `~/.keras/datasets`.
        edition: 'full', 'mini' or 'auto' (None: see `KERASNB_DATASETS`).

    Returns:
        `(x_train, y_train), (x_test, y_test)`: pictures of uint8, shape (n, 28, 28), 0 is the
        ground and 255 ink; digits of uint8, shape (n,).

    See: LeCun et al., Gradient-based learning applied to document recognition, 1998.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data(edition="mini")  # doctest: +SKIP
        MNIST: the edition bundled with kerasnb (10,000 of its training pictures); ...
    """
    return read_parts(find("mnist", edition, path).paths[0])
