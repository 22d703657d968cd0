"""Toy data in a plane: two classes that some networks can tell apart and others cannot."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Points = tuple[np.ndarray, np.ndarray]

_SIZE = 4.0  # numbers of this size are learned from well


def toy(name: str, samples: int = 200, noise: float = 0.1, seed: int = 0) -> Points:
    """Return points in a plane, about from -4 to 4, and their classes.

    Args:
        name: "gaussians", "circles", "xor" or "spirals".
        samples: number of points, half of each class (of "xor": about half).
        noise: standard deviation of what is added to each coordinate, of a quarter of that.
        seed: the same seed gives the same points.

    Returns:
        Arrays (samples, 2) of float32 and (samples,) of int64, in an order of their own.

    Example:
        >>> x, y = toy("circles", 4, noise=0)
        >>> x.shape, sorted(y.tolist())
        ((4, 2), [0, 0, 1, 1])
    """
    if name not in TOYS:
        raise ValueError(f"toy: got {name!r}; needs one of {', '.join(TOYS)}.")
    random = np.random.RandomState(seed)
    y = np.arange(samples) % 2
    x, y = TOYS[name](y, random)
    order = random.permutation(samples)
    x = _SIZE * (x + noise * random.randn(samples, 2))
    return x[order].astype("float32"), y[order]


def _gaussians(y: np.ndarray, random: np.random.RandomState) -> Points:
    return 0.15 * random.randn(len(y), 2) + np.where(y, 0.5, -0.5)[:, None], y


def _circles(y: np.ndarray, random: np.random.RandomState) -> Points:
    # Class 1 lies inside.
    radius = np.where(y, 0.45 * np.sqrt(random.rand(len(y))), random.uniform(0.7, 1.0, len(y)))
    angle = random.uniform(0, 2 * np.pi, len(y))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), y


def _xor(y: np.ndarray, random: np.random.RandomState) -> Points:
    x = random.uniform(0.05, 1, (len(y), 2)) * random.choice([-1, 1], (len(y), 2))
    return x, (x[:, 0] * x[:, 1] > 0).astype(y.dtype)


def _spirals(y: np.ndarray, random: np.random.RandomState) -> Points:
    way = np.sqrt(random.uniform(0.01, 1, len(y)))
    angle = 1.75 * 2 * np.pi * way + np.pi * y
    return np.stack([way * np.sin(angle), way * np.cos(angle)], axis=1), y


TOYS: dict[str, Callable[[np.ndarray, np.random.RandomState], Points]] = {
    "gaussians": _gaussians,
    "circles": _circles,
    "xor": _xor,
    "spirals": _spirals,
}
