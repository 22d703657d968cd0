"""Many numbers a sample, drawn as points in a plane: principal components."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ... import backend as K
from ...engine.base_layer import Layer
from ..language import say

_MOST = 1000


def principal(rows: np.ndarray, count: int = 2) -> tuple[np.ndarray, list[float]]:
    """Return rows in the directions in which they differ most, and each one's share of that.

    Args:
        rows: (rows, columns).
        count: number of directions.

    See: Pearson, On lines and planes of closest fit to systems of points in space, 1901.
    """
    centred = np.asarray(rows, np.float64) - np.mean(rows, axis=0)
    left, size, right = np.linalg.svd(centred, full_matrices=False)
    # The sign of a direction is free: let its greatest entry be positive.
    sign = np.sign(right[np.arange(len(right)), np.abs(right).argmax(axis=1)])
    places = np.zeros((len(centred), count))
    kept = min(count, len(size))
    places[:, :kept] = (left * size * sign)[:, :kept]
    total = float((size**2).sum()) or 1.0
    shares = [float(s**2) / total for s in size[:count]]
    return places, shares + [0.0] * (count - len(shares))


def describe_points(
    data: Any, names: Sequence[str] | None = None, classes: Any = None, title: str = ""
) -> dict[str, Any]:
    """Return rows of numbers as points in a plane.

    Args:
        data: an Embedding layer, whose rows are the vectors of words; or an array (rows, columns).
        names: of the rows: words, say. With more rows than names the first rows count.
        classes: of the rows, numbers.
        title: what it is.

    Returns:
        A description of kind "points" (see docs/displays.md).
    """
    if isinstance(data, Layer):
        if not data.weights:
            raise ValueError(f'points: layer "{data.name}" has no weights.')
        title = title or str(data.name)
        data = K.get_value(data.weights[0])
    rows = np.asarray(data)
    if rows.ndim != 2 or not rows.size or not np.isfinite(rows).all():
        raise ValueError(
            f"points: got an array of shape {rows.shape}; needs rows of finite numbers."
        )
    count = min(len(rows), _MOST, len(names) if names is not None else _MOST)
    places, shares = principal(rows)
    kinds = None if classes is None else np.asarray(classes).reshape(-1)
    if kinds is not None and len(kinds) < count:
        raise ValueError(f"points: got {count} rows and {len(kinds)} classes; needs as many.")
    return {
        "kind": "points",
        "name": title,
        "total": len(rows),
        "shape": str(rows.shape),
        "shares": shares,
        "facts": [say("points.shares", share=f"{sum(shares):.0%}")],
        "points": [
            {
                "x": float(f"{places[i, 0]:.5g}"),
                "y": float(f"{places[i, 1]:.5g}"),
                "label": None if kinds is None else int(kinds[i]),
                "name": None if names is None else str(names[i]),
            }
            for i in range(count)
        ],
    }
