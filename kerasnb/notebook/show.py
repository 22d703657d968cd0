"""Displays of models, layers, trainings and data: each function returns something to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import describe
from .describe.part import choose_part
from .display import Display
from .forms import data as data_form
from .forms import graph as graph_form
from .forms import inspection as inspection_form
from .forms import summary as summary_form
from .forms import training as training_form
from .forms import values as values_form
from .insight import augmentation as augmentation
from .insight import class_activation as class_activation
from .insight import gates as gates
from .insight import points as points
from .insight import saliency as saliency
from .insight import surface as surface
from .timing import timing as timing


def summary(model: Any) -> Display:
    """Return a model's layers with shapes, parameters, memory, multiply-adds and connections."""
    return Display(describe.describe_summary(model), summary_form.FORM)


def graph(
    model: Any,
    view: str = "layer",
    open: bool = False,
    first: Any = None,
    last: Any = None,
    x: Any = None,
    y: Any = None,
    training: bool = False,
) -> Display:
    """Return a drawing of a model, or of the part between two of its layers.

    Args:
        model: the model.
        view: "layer" draws each layer once, "node" each of its calls.
        open: whether models within the model are drawn open.
        first, last: layers or their names ("model/layer" in a nested model): only what is on a way
            from the one to the other; None: from the inputs, to the outputs.
        x: inputs of the model: a click on a layer shows what it gives for the first few of them.
        y: targets as for `train_on_batch`, of a compiled model: a click shows gradients as well.
        training: whether dropout and the like are on for that batch.
    """
    if view not in ("layer", "node"):
        raise ValueError(f"graph: got view={view!r}; needs 'layer' or 'node'.")
    description = describe.describe_graph(model, x, y, training)
    # Where all layers are called once both views are the same, and so on.
    wishes = [f"{view}_open", "layer_open"] if open else []
    names = [*wishes, view, "layer"]
    description["view"] = next(name for name in names if name in description["views"])
    return Display(choose_part(description, first, last), graph_form.FORM)


def inspect(layer_or_tensor: Any, node_index: int = 0) -> Display:
    """Look into a layer, model or symbolic tensor.

    What is shown: its calls (inbound nodes) with inputs, outputs and shapes, the models that it is
    part of, its settings, statistics of its weights, and what a call computes, with fused ops as
    the elementary ones that they stand for.

    Args:
        layer_or_tensor: layer, model or symbolic tensor.
        node_index: which call's computation is shown.

    Example:
        >>> from kerasnb.layers import Dense
        >>> from kerasnb.models import Sequential
        >>> model = Sequential([Dense(2, input_shape=(3,), name="units")], name="small")
        >>> print(str(inspect(model.layers[0])).splitlines()[4])
        Call 0: units_input[0][0] (None, 3) -> units[0][0] (None, 2)
    """
    return Display(describe.describe_inspection(layer_or_tensor, node_index), inspection_form.FORM)


def activations(
    model: Any, layer: Any, x: Any, node_index: int | None = None, training: bool = False
) -> Display:
    """Return what a layer gives for a batch: numbers, maps, and signs of dead units.

    Args:
        model: the model.
        layer: layer of the model, its name, or a tensor.
        x: inputs of the model, an array or a list of arrays.
        node_index: which of the layer's calls, if there are several in the model.
        training: whether dropout and the like are on.
    """
    found = describe.describe_activations(model, layer, x, node_index, training)
    return Display(found, values_form.FORM)


def gradients(
    model: Any,
    layer: Any,
    x: Any,
    y: Any,
    sample_weight: Any = None,
    node_index: int | None = None,
    training: bool = True,
) -> Display:
    """Return the gradients of a model's loss for a batch, and signs that they explode or vanish.

    Args:
        model: the model, compiled.
        layer: layer of the model, its name, or a tensor: the gradients by its output and its
            weights; None: those by all weights of the model.
        x, y, sample_weight: the batch, as for `train_on_batch`.
        node_index: which of the layer's calls, if there are several in the model.
        training: whether dropout and the like are on.
    """
    found = describe.describe_gradients(model, layer, x, y, sample_weight, node_index, training)
    return Display(found, values_form.FORM)


def weights(layer: Any) -> Display:
    """Return a layer's weights: numbers, distribution and pictures."""
    return Display(describe.describe_weights(layer), values_form.FORM)


def training(history: Any, log: bool = False) -> Display:
    """Return the curves of a training, or of several to compare them.

    Args:
        history: what `fit` has returned; or a dictionary of those by the names of the runs.
        log: whether the vertical axes are logarithmic.
    """
    found = describe.describe_history(history)
    return Display({**found, "log": log}, training_form.FORM)


def dataset(
    data: Any,
    start: int = 0,
    page_size: int = 24,
    split: str = "train",
    label: int | None = None,
    predictions: Any = None,
    wrong_only: bool = False,
    class_names: Sequence[str] | None = None,
    mistake: tuple[int, int] | None = None,
    pages: int = 4,
) -> Display:
    """Return pages of a data set: pictures, texts or rows of numbers with their classes.

    Args:
        data: name of a data set of `kerasnb.datasets`, or a pair of arrays (x, y); y may be None.
        start: how many samples, of those that are left by `label` and `wrong_only`, to skip.
        page_size: how many samples to show.
        split: "train" or "test", of a data set given by its name.
        label: the only class to show.
        predictions: what a model says of the samples, classes or probabilities of classes.
        wrong_only: whether only samples are shown that the predictions have wrong.
        class_names: names of the classes.
        mistake: (true class, predicted class): only samples that are so mixed up.
        pages: so many pages to turn in JupyterLab, fewer if they are large; elsewhere the first.
    """
    found = describe.describe_dataset(
        data, start, page_size, split, label, predictions, wrong_only, class_names, mistake, pages
    )
    return Display(found, data_form.FORM)


def confusion(y_true: Any, y_pred: Any, class_names: Sequence[str] | None = None) -> Display:
    """Return how often each class is taken for each, as a matrix and in words.

    Args:
        y_true: classes, or one-hot rows.
        y_pred: classes, or probabilities of classes.
        class_names: names of the classes.
    """
    found = describe.describe_confusion(y_true, y_pred, class_names)
    return Display(found, data_form.CONFUSION)
