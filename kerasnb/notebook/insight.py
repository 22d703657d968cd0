"""More displays: what outputs look at, gates over time, points in a plane, augmentation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .describe.attention import describe_class_activation, describe_saliency
from .describe.augmentation import describe_augmentation
from .describe.points import describe_points
from .describe.recurrence import describe_gates
from .describe.surface import describe_surface
from .display import Display
from .forms import data as data_form
from .forms import points as points_form
from .forms import values as values_form


def augmentation(x: Any, generator: Any, copies: int = 7, seed: int = 0) -> Display:
    """Return pictures, each followed by copies that a generator has changed at random.

    Args:
        x: pictures (samples, height, width, channels), or without channels.
        generator: an `ImageDataGenerator`.
        copies: changed copies of each picture.
        seed: the same seed gives the same changes.
    """
    return Display(describe_augmentation(x, generator, copies, seed), data_form.FORM)


def saliency(model: Any, x: Any, unit: int | None = None) -> Display:
    """Return how much an output would change with each entry of the inputs.

    Args:
        model: the model, with one output.
        x: inputs of the model, an array or a list of arrays.
        unit: which unit of the output; by default for each sample its greatest one.
    """
    return Display(describe_saliency(model, x, unit), values_form.FORM)


def class_activation(model: Any, x: Any, layer: Any = None, unit: int | None = None) -> Display:
    """Return where in pictures an output finds what speaks for it, in red.

    Args:
        model: the model, with one input of pictures and one output.
        x: pictures.
        layer: layer of the model with maps, or its name; by default the last that has any.
        unit: which unit of the output; by default for each sample its greatest one.
    """
    return Display(describe_class_activation(model, x, layer, unit), values_form.FORM)


def gates(
    model: Any, layer: Any, x: Any, node_index: int | None = None, sample: int = 0
) -> Display:
    """Return what the gates and states of a recurrent layer are at each step of a sequence.

    Args:
        model: the model.
        layer: an LSTM, GRU or SimpleRNN of the model, or its name.
        x: inputs of the model, an array or a list of arrays.
        node_index: which of the layer's calls, if there are several in the model.
        sample: which sample is drawn.
    """
    return Display(describe_gates(model, layer, x, node_index, sample), values_form.FORM)


def points(
    data: Any, names: Sequence[str] | None = None, classes: Any = None, title: str = ""
) -> Display:
    """Return rows of numbers, the vectors of an embedding say, as points in a plane.

    Args:
        data: an Embedding layer, or an array (rows, columns).
        names: of the rows: words, say.
        classes: of the rows, numbers.
        title: what it is.
    """
    return Display(describe_points(data, names, classes, title), points_form.FORM)


def surface(model: Any, x: Any, y: Any, size: int = 60) -> Display:
    """Return what a model says everywhere around some points in a plane.

    Args:
        model: model of two numbers, with one unit (two classes) or a unit for each class.
        x: points, (samples, 2).
        y: their classes, or one-hot rows.
        size: places in a row at which the model is asked.
    """
    return Display(describe_surface(model, x, y, size), values_form.FORM)
