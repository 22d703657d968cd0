"""Arrays in a few numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..numbers import finite


def statistics(values: Any) -> dict[str, Any]:
    """Return count, range, mean, spread, norm, zeros and what is not finite of an array."""
    array = np.asarray(values).ravel()
    good = array[np.isfinite(array)] if array.dtype.kind == "f" else array
    numbers: dict[str, Any] = dict.fromkeys(("min", "max", "mean", "std", "norm"))
    if good.size:
        exact = good.astype(np.float64)
        found = (exact.min(), exact.max(), exact.mean(), exact.std(), np.linalg.norm(exact))
        numbers = {name: finite(x) for name, x in zip(numbers, found, strict=True)}
    counts = {"zeros": int((good == 0).sum()), "not_finite": int(array.size - good.size)}
    return {"count": int(array.size), **numbers, **counts}


def histogram(values: Any, bins: int = 30) -> dict[str, Any]:
    """Return how often values fall into equal steps of their range; only finite ones count."""
    array = np.asarray(values, np.float64).ravel()
    array = array[np.isfinite(array)]
    if not array.size:
        return {"edges": [0.0, 1.0], "counts": [0]}
    low, high = float(array.min()), float(array.max())
    step = (high - low) / bins
    if not (np.isfinite(step) and low + step > low and high - step < high):  # all the same
        return {"edges": [low, high], "counts": [int(array.size)]}
    counts, edges = np.histogram(array, bins, (low, high))
    return {"edges": [float(e) for e in edges], "counts": [int(c) for c in counts]}
