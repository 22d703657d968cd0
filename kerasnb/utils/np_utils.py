"""Labels and vectors as NumPy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np


def to_categorical(y: Any, num_classes: int | None = None, dtype: str = "float32") -> np.ndarray:
    """Return class numbers as one-hot rows: `out[..., c] = 1` where `y[...] == c`, else 0.

    Args:
        y: integers from 0 to `num_classes - 1`, of any shape; a last axis of size 1 is dropped.
        num_classes: number of classes; by default the largest class plus one.
        dtype: type of the result.

    Returns:
        Array of the shape of `y` with `num_classes` appended.

    Raises:
        IndexError: if a class lies outside 0 to `num_classes - 1`.

    Example:
        >>> to_categorical([0, 2], num_classes=3)
        array([[1., 0., 0.],
               [0., 0., 1.]], dtype=float32)
    """
    classes = np.array(y, dtype="int")
    shape = classes.shape
    if len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    classes = classes.ravel()
    if not num_classes:
        num_classes = int(classes.max()) + 1
    wrong = classes[(classes < 0) | (classes >= num_classes)]
    if wrong.size:
        raise IndexError(
            f"to_categorical: got class {wrong[0]}, but with num_classes={num_classes} classes "
            f"go from 0 to {num_classes - 1}."
        )
    rows = np.zeros((classes.size, num_classes), dtype=dtype)
    rows[np.arange(classes.size), classes] = 1
    return rows.reshape(*shape, num_classes)


def normalize(x: Any, axis: int = -1, order: Any = 2) -> np.ndarray:
    """Return an array divided by its norm along an axis; vectors of zeros stay.

    Args:
        x: array.
        axis: axis of the vectors.
        order: order of the norm, as in `numpy.linalg.norm`.

    Example:
        >>> normalize(np.array([[3.0, 4.0]]))
        array([[0.6, 0.8]])
    """
    norms = np.atleast_1d(np.linalg.norm(x, order, axis))
    norms[norms == 0] = 1
    return x / np.expand_dims(norms, axis)
