"""What a model says everywhere in a plane: the decision surface of a toy classification."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..language import say
from ..png import picture
from .data import as_labels
from .values import tensors_of

_COLOURS = np.array(
    [[47, 129, 247], [227, 98, 9], [26, 159, 90], [163, 91, 240], [214, 64, 159], [176, 136, 0]],
    float,
)
_RADIUS = 3.4  # of a point, in pixels


def surface(model: Any, limits: tuple[float, float, float, float], size: int) -> np.ndarray:
    """Return the share of each class at each place of a square grid, (size, size, classes).

    Args:
        model: model of two numbers, with one unit (two classes) or a unit for each class.
        limits: least and greatest x, least and greatest y; rows begin at the greatest y.
        size: places in a row.
    """
    x0, x1, y0, y1 = limits
    across, up = np.meshgrid(np.linspace(x0, x1, size), np.linspace(y1, y0, size))
    grid = np.stack([across.ravel(), up.ravel()], axis=1).astype("float32")
    made = np.asarray(model.predict_on_batch(grid))
    if made.ndim != 2:
        raise ValueError(f"surface: the model gives {made.shape}; needs a row for each sample.")
    if made.shape[1] == 1:
        made = np.concatenate([1 - made, made], axis=1)
    return made.reshape(size, size, -1)


def limits_of(x: np.ndarray) -> tuple[float, float, float, float]:
    """Return the limits of a square in which points lie, with some room."""
    low, high = x.min(axis=0), x.max(axis=0)
    middle, half = (low + high) / 2, 0.55 * float((high - low).max()) or 1.0
    (x0, y0), (x1, y1) = middle - half, middle + half
    return float(x0), float(x1), float(y0), float(y1)


def drawn(
    shares: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    limits: tuple[float, float, float, float],
    scale: int = 5,
) -> np.ndarray:
    """Return a surface with the points on it as pixels, (size * scale, size * scale, 3)."""
    colours = _COLOURS[np.arange(shares.shape[-1]) % len(_COLOURS)]
    shares = np.clip(np.nan_to_num(shares), 0, 1)
    # Paler where no class is sure.
    sure = 0.25 + 0.45 * (shares.max(axis=-1, keepdims=True) - 1 / shares.shape[-1])
    mixed = shares @ colours / np.maximum(shares.sum(axis=-1, keepdims=True), 1e-9)
    pixels = (255 * (1 - sure) + mixed * sure).repeat(scale, 0).repeat(scale, 1)
    side = len(pixels)
    x0, x1, y0, y1 = limits
    places = np.stack([(x[:, 0] - x0) / (x1 - x0), (y1 - x[:, 1]) / (y1 - y0)], axis=1)
    reach = int(np.ceil(_RADIUS)) + 1
    for (across, down), kind in zip(places * (side - 1), y, strict=True):
        top, left = max(int(down) - reach, 0), max(int(across) - reach, 0)
        part = pixels[top : int(down) + reach + 1, left : int(across) + reach + 1]
        rows, columns = np.indices(part.shape[:2])
        away = np.hypot(rows + top - down, columns + left - across)
        part[away < _RADIUS + 1] = 255  # a white edge
        part[away < _RADIUS] = colours[int(kind) % len(colours)]
    return np.round(pixels).astype(np.uint8)


def describe_surface(model: Any, x: Any, y: Any, size: int = 60) -> dict[str, Any]:
    """Return what a model says everywhere around some points, and the points.

    Args:
        model: model of two numbers, with one unit (two classes) or a unit for each class.
        x: points, (samples, 2).
        y: their classes, or one-hot rows.
        size: places in a row at which the model is asked.

    Returns:
        A description of kind "values" (see docs/displays.md) with `what` "surface".
    """
    x, classes = np.asarray(x, np.float64), as_labels(y)
    if x.ndim != 2 or x.shape[1] != 2 or not len(x):
        raise ValueError(f"surface: got x of shape {x.shape}; needs (samples, 2).")
    if classes is None or len(classes) != len(x):
        raise ValueError(f"surface: needs a class for each of the {len(x)} points.")
    limits = limits_of(x)
    shares = surface(model, limits, size)
    right = float((shares_at(model, x) == classes).mean())
    alt = say("values.surface_alt", points=len(x), right=f"{right:.0%}")
    pixels = drawn(shares, x, classes, limits)
    shown = [{"label": say("values.surface"), "picture": picture(pixels, alt)}]
    return {
        "kind": "values",
        "what": "surface",
        "layer": "",
        "class": type(model).__name__,
        "model": str(model.name),
        "samples": len(x),
        "tensors": tensors_of([say("values.surface")], [shares], [shown]),
        "signs": [],
    }


def shares_at(model: Any, x: np.ndarray) -> np.ndarray:
    """Return the class that a model gives each point."""
    made = np.asarray(model.predict_on_batch(x.astype("float32")))
    return (made[:, 0] > 0.5).astype(int) if made.shape[1] == 1 else made.argmax(axis=1)
