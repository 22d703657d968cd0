"""Displays of models, layers, trainings and data: each function returns something to be shown."""

from __future__ import annotations

from typing import Any

from . import describe
from .display import Display
from .forms import graph as graph_form
from .forms import summary as summary_form


def summary(model: Any) -> Display:
    """Return a model's layers with shapes, parameters, memory, multiply-adds and connections."""
    return Display(describe.describe_summary(model), summary_form.FORM)


def graph(model: Any, view: str = "layer", open: bool = False) -> Display:
    """Return a drawing of a model.

    Args:
        model: the model.
        view: "layer" draws each layer once, "node" each of its calls.
        open: whether models within the model are drawn open.
    """
    if view not in ("layer", "node"):
        raise ValueError(f"graph: got view={view!r}; needs 'layer' or 'node'.")
    description = describe.describe_graph(model)
    # Where all layers are called once both views are the same, and so on.
    wishes = [f"{view}_open", "layer_open"] if open else []
    names = [*wishes, view, "layer"]
    description["view"] = next(name for name in names if name in description["views"])
    return Display(description, graph_form.FORM)
