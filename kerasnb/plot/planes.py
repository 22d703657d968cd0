"""Figures of what a model says: everywhere in a plane, and of each word of a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..notebook.describe.data import as_labels
from ..notebook.describe.surface import drawn, limits_of, surface
from .figures import axes
from .fonts import fonts, label

_WIDE = 48  # characters of a line of words


def decision_surface(model: Any, x: Any, y: Any, size: int = 100, ax: Any = None) -> Any:
    """Draw what a model says everywhere around some points, and the points.

    Args:
        model: model of two numbers, with one unit (two classes) or a unit for each class.
        x: points, (samples, 2).
        y: their classes, or one-hot rows.
        size: places in a row at which the model is asked.
        ax: matplotlib's Axes; new ones by default.

    Returns:
        The Axes. The ground has the colour of the class that the model expects there, paler where
        it is less sure; each point has that of its own class.
    """
    x, classes = np.asarray(x, np.float64), as_labels(y)
    if x.ndim != 2 or x.shape[1] != 2 or not len(x) or classes is None or len(classes) != len(x):
        raise ValueError(
            f"plot.decision_surface: got x of shape {x.shape}; needs (samples, 2) and a class for "
            "each sample."
        )
    limits = limits_of(x)
    shares = surface(model, limits, size)
    pixels = drawn(shares, x, classes, limits)
    with fonts() as font:
        ax = axes(ax)
        ax.imshow(pixels, extent=limits, interpolation="nearest")
        ax.set_aspect("equal")
        ax.set_title(label("values.surface"), **font)
    return ax


def attention(
    words: Sequence[str], weights: Any, by: Sequence[str] | None = None, ax: Any = None
) -> Any:
    """Draw how much each word counts: as a ground behind the words, or as rows of a matrix.

    Args:
        words: the words of a text.
        weights: how much each counts, (words,); or by whom, (rows, words), as attention layers give.
        by: names of the rows.
        ax: matplotlib's Axes; new ones by default.

    Returns:
        The Axes.
    """
    weights = np.asarray(weights, np.float64)
    rows = np.atleast_2d(weights)
    if rows.ndim != 2 or rows.shape[1] != len(words) or not rows.size:
        raise ValueError(
            f"plot.attention: got {len(words)} words and weights of shape {weights.shape}; needs a "
            "weight for each word, or rows of them."
        )
    if by is not None and len(by) != len(rows):
        raise ValueError(f"plot.attention: got {len(by)} names and {len(rows)} rows.")
    with fonts() as font:
        ax = axes(ax)
        if weights.ndim == 1:
            _running_text(ax, words, rows[0], font)
        else:
            ax.imshow(rows, cmap="Oranges", vmin=0, aspect="auto")
            ax.set_xticks(range(len(words)), words, rotation=60, ha="right", **font)
            names = by if by is not None else [str(i) for i in range(len(rows))]
            ax.set_yticks(range(len(rows)), names, **font)
    return ax


def _running_text(ax: Any, words: Sequence[str], weights: np.ndarray, font: Any) -> None:
    """Write words in lines, each on a ground as strong as its weight."""
    strength = np.clip(np.nan_to_num(weights), 0, None)
    strength = strength / (strength.max() or 1.0)
    place, row = 0, 0
    for word, share in zip(words, strength, strict=True):
        wide = sum(2 if ord(sign) > 0x2E7F else 1 for sign in word) + 1
        if place and place + wide > _WIDE:
            place, row = 0, row + 1
        ground = {"facecolor": (1.0, 1 - 0.55 * share, 1 - share), "edgecolor": "none"}
        ground.update(boxstyle="square,pad=0.25")
        ax.text(
            place,
            -row,
            word,
            va="center",
            **{**font, "fontfamily": ["monospace", *font["fontfamily"]]},
            bbox=ground,
        )
        place += wide
    ax.set_xlim(-1, _WIDE + 1)
    ax.set_ylim(-row - 1, 1)
    ax.set_axis_off()
