"""Fashion-MNIST: pictures of clothes, 28 x 28 pixels, in place of MNIST's digits."""

from __future__ import annotations

from .editions import find
from .reading import Arrays, read_idx, read_parts


def load_data(edition: str | None = None) -> Arrays:
    """Load the pictures of clothes.

    Args:
        edition: 'full', 'mini' or 'auto' (None: see `KERASNB_DATASETS`).

    Returns:
        `(x_train, y_train), (x_test, y_test)`: pictures of uint8, shape (n, 28, 28), 0 is the
        ground; classes of uint8 from 0 to 9, shape (n,).

    See: Xiao et al., Fashion-MNIST, arXiv:1708.07747.
    """
    found = find("fashion_mnist", edition)
    if found.edition == "mini":
        return read_parts(found.paths[0])
    y_train, x_train, y_test, x_test = (read_idx(path) for path in found.paths)
    return (x_train, y_train), (x_test, y_test)
