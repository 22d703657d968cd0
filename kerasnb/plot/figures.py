"""The figures. matplotlib is imported when the first is drawn."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..notebook import describe
from ..notebook.colours import SERIES
from ..notebook.png import decode, sheet
from .fonts import fonts, label


def history(history: Any, name: str = "loss", log: bool = False, ax: Any = None) -> Any:
    """Draw the curve of a loss or metric over the epochs, of training and validation.

    Args:
        history: what `fit` has returned; or a dictionary of those by the names of the runs.
        name: "loss", or the name of a metric.
        log: whether the vertical axis is logarithmic.
        ax: matplotlib's Axes; new ones by default.

    Returns:
        The Axes.
    """
    found = describe.describe_history(history)
    series = [s for s in found["series"] if s["name"] == name]
    if not series:
        names = ", ".join(dict.fromkeys(s["name"] for s in found["series"]))
        raise ValueError(f"plot.history: got name={name!r}; the history has {names}.")
    runs = list(dict.fromkeys(s["run"] for s in series))
    with fonts() as font:
        ax = axes(ax)
        for one in series:
            validation = one["split"] == "validation"
            split = label(f"training.{one['split']}")
            x, y = zip(*((x, math.nan if y is None else y) for x, y in one["points"]), strict=True)
            place = runs.index(one["run"]) if len(runs) > 1 else int(validation)
            ax.plot(
                x,
                y,
                "--" if validation else "-",
                color=SERIES[place % len(SERIES)],
                label=f"{one['run']}, {split}" if one["run"] else split,
            )
        if log:
            ax.set_yscale("log")
        ax.set_xlabel(label("training.epochs_axis"), **font)
        ax.set_ylabel(name, **font)
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.grid(alpha=0.3)
        ax.legend()
    return ax


def confusion(
    y_true: Any, y_pred: Any, class_names: Sequence[str] | None = None, ax: Any = None
) -> Any:
    """Draw how often each class is taken for each.

    Args:
        y_true: classes, or one-hot rows.
        y_pred: classes, or probabilities of classes.
        class_names: names of the classes.
        ax: matplotlib's Axes; new ones by default.

    Returns:
        The Axes.
    """
    found = describe.describe_confusion(y_true, y_pred, class_names)
    matrix = np.array(found["matrix"])
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    places = range(len(matrix))
    with fonts() as font:
        ax = axes(ax)
        ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        ax.set_xticks(places, found["classes"], rotation=45, ha="right", **font)
        ax.set_yticks(places, found["classes"], **font)
        ax.set_xlabel(label("confusion.predicted_class"), **font)
        ax.set_ylabel(label("confusion.true_class"), **font)
        if len(matrix) <= 30:
            for i, j in np.ndindex(matrix.shape):
                ink = "white" if shares[i, j] > 0.5 else "black"
                if matrix[i, j]:
                    ax.text(j, i, matrix[i, j], ha="center", va="center", color=ink, fontsize=8)
        total, share = f"{found['total']:,}", f"{found['accuracy']:.1%}"
        ax.set_title(label("confusion.title", total=total, accuracy=share), **font)
    return ax


def images(
    x: Any, labels: Any = None, class_names: Sequence[str] | None = None, ax: Any = None
) -> Any:
    """Draw pictures side by side, each with its class below.

    Args:
        x: (samples, height, width), with 1 or 3 channels behind, or flat squares.
        labels: classes, or one-hot rows.
        class_names: names of the classes.
        ax: matplotlib's Axes; new ones by default.

    Returns:
        The Axes.
    """
    x = np.asarray(x)
    found = describe.describe_dataset((x, labels), page_size=len(x), class_names=class_names)
    if not len(x) or found["samples"][0]["picture"] is None:
        raise ValueError(f"plot.images: got an array of shape {x.shape}; needs pictures.")
    tiles = [sample["picture"] for sample in found["samples"]]
    texts = [sample["name"] or "" for sample in found["samples"]]
    with fonts():
        return _sheet(tiles, texts if labels is not None else [], ax)


def kernels(layer: Any, ax: Any = None) -> Any:
    """Draw a layer's kernel: of a convolution each filter's first channel, else the whole matrix.

    Args:
        layer: a layer with weights.
        ax: matplotlib's Axes; new ones by default.

    Returns:
        The Axes. Blue is below zero, red above.
    """
    found = describe.describe_weights(layer)
    if not found["tensors"]:
        raise ValueError(f'plot.kernels: layer "{layer.name}" has no weights.')
    return _values(found, ax)


def activations(
    model: Any, layer: Any, x: Any, node_index: int | None = None, ax: Any = None
) -> Any:
    """Draw what a layer gives: the maps of the first sample, or a table of samples by units.

    Args:
        model: the model.
        layer: layer of the model, its name, or a tensor.
        x: inputs of the model, an array or a list of arrays.
        node_index: which of the layer's calls, if there are several in the model.
        ax: matplotlib's Axes; new ones by default.

    Returns:
        The Axes.
    """
    return _values(describe.describe_activations(model, layer, x, node_index), ax)


def _values(found: dict[str, Any], ax: Any) -> Any:
    tensor = found["tensors"][0]
    with fonts() as font:
        ax = _sheet([item["picture"] for item in tensor["pictures"]], [], ax)
        ax.set_title(f"{found['layer']}: {tensor['name']} {tensor['shape']}", **font)
    return ax


def _sheet(pictures: list[dict[str, Any]], texts: list[str], ax: Any) -> Any:
    """Draw pictures of one size in rows, with texts below them."""
    tiles = [decode(base64.b64decode(image["png"])) for image in pictures]
    height, width = tiles[0].shape[:2]
    columns = max(1, min(len(tiles), round(math.sqrt(1.6 * len(tiles) * height / width))))
    # Room for the texts: a stripe below each picture.
    stripe = math.ceil(height * 0.3) if texts else 0
    if stripe:
        pad = ((0, stripe), (0, 0)) + ((0, 0),) * (tiles[0].ndim - 2)
        tiles = [np.pad(tile, pad, constant_values=255) for tile in tiles]
    whole = sheet(tiles, columns, gap=1, ground=255)
    ax = axes(ax)
    ax.imshow(whole, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    for place, text in enumerate(texts):
        row, column = divmod(place, columns)
        at_y = row * (height + stripe + 1) + 1 + height + stripe / 2
        at_x = column * (width + 1) + 1 + width / 2
        ax.text(at_x, at_y, text, ha="center", va="center", fontsize=8, color="black")
    ax.set_axis_off()
    return ax


def axes(ax: Any) -> Any:
    """Return the Axes that are given, or new ones."""
    if ax is not None:
        return ax
    from matplotlib import pyplot

    return pyplot.subplots()[1]
