"""Compare what both sides have measured, and keep it as a few numbers for each array."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

TOLERANCE = {"float64": 1e-7, "float32": 2e-4}
"""Largest difference, relative to the largest number of an array (to 1, if that is smaller)."""


def projected(name: str, array: np.ndarray) -> list[float]:
    """Return three numbers that stand for an array: its size in the mean, and two projections."""
    a = np.asarray(array, float).ravel()
    random = np.random.RandomState(zlib.crc32(name.encode()))
    weights = random.standard_normal((2, a.size)) / np.sqrt(max(a.size, 1))
    size = float(np.sqrt(np.mean(a * a))) if a.size else 0.0
    return [float(f"{v:.9g}") for v in (size, *(weights @ a))]


def difference(got: Any, want: Any) -> float:
    """Return the largest difference, relative to the largest number; NaN equals NaN."""
    got, want = np.asarray(got, float), np.asarray(want, float)
    if got.shape != want.shape and (got.any() or want.any()):
        return float("inf")
    if got.shape != want.shape:
        return 0.0  # no gradient at all, and one of zeros
    same = (got == want) | (np.isnan(got) & np.isnan(want))
    if same.all():
        return 0.0
    if not (np.isfinite(got[~same]).all() and np.isfinite(want[~same]).all()):
        return float("inf")
    scale = max(1.0, float(np.abs(want[np.isfinite(want)]).max(initial=0.0)))
    return float(np.abs(got[~same] - want[~same]).max() / scale)


def disagreements(
    got: Mapping[str, Any], want: Mapping[str, Any], floatx: str
) -> list[tuple[str, float]]:
    """Return the names of what differs by more than rounding, and by how much."""
    found = []
    for name in sorted({*got, *want}):
        if name not in got or name not in want:
            found.append((name, float("inf")))
            continue
        d = difference(got[name], want[name])
        if d > TOLERANCE[floatx]:
            found.append((name, d))
    return found
