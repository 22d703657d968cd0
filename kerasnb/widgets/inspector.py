"""The layer inspector: any layer, any of its calls, any batch."""

from __future__ import annotations

from typing import Any

import ipywidgets
import numpy as np
import traitlets

from ..notebook import show
from ..notebook.describe.summary import calls_in
from ..notebook.display import Display
from ..notebook.language import say
from ..utils.generic_utils import to_list
from .models import ModelView
from .view import bind, checkbox, control, needs, number

_WHAT = ("structure", "weights", "activations", "gradients")


class LayerInspector(ModelView):
    """Looks into a layer: its calls and what they compute, its weights, and what a batch makes of it.

    Args:
        model: the model.
        x, y: data for activations and, with the targets, gradients: arrays or lists of them.

    Attributes:
        model, layer: see `ModelView`.
        x, y: the data.
        what: "structure", "weights", "activations" or "gradients".
        node: which of the layer's calls.
        batch: which batch of the data, from 0.
        batch_size: samples of a batch.
        training: whether dropout and the like are on.
    """

    shown_by = ("model", "layer", "what", "node", "batch", "batch_size", "training", "x", "y")
    needs_layer = True
    x = traitlets.Any()
    y = traitlets.Any()
    what = traitlets.Enum(_WHAT, "structure")
    node = traitlets.Int(0)
    batch = traitlets.Int(0)
    batch_size = traitlets.Int(8, min=1)
    training = traitlets.Bool(False)

    def __init__(self, model: Any = None, x: Any = None, y: Any = None, **traits: Any) -> None:
        options = [(say(f"widgets.{name}"), name) for name in _WHAT]
        self.what_chooser = control(ipywidgets.ToggleButtons, "", options=options)
        self.node_chooser = control(ipywidgets.Dropdown, "call", options=[("0", 0)])
        self.batch_chooser = number("batch", 0)
        self.training_chooser = checkbox(say("widgets.training_phase"))
        for name in ("what", "node", "batch", "training"):
            bind(self, name, getattr(self, f"{name}_chooser"))
        choosers = [self.node_chooser, self.what_chooser, self.batch_chooser, self.training_chooser]
        self.observe(lambda change: self._offer_calls(), ["model", "layer"])
        self.observe(lambda change: self._offer_batches(), ["x", "batch_size"])
        self.observe(lambda change: self._show_controls(), ["what"])
        super().__init__(model, choosers, x=x, y=y, **traits)
        self._show_controls()

    # -- choices

    def calls(self) -> list[int]:
        """Return the indices of the layer's calls in the model, [0] where they are not known."""
        layer = self.chosen
        if layer is None:
            return [0]
        if "/" in self.layer:
            return list(range(len(layer._inbound_nodes))) or [0]
        return [index for index, _ in calls_in(self.model, layer)] or [0]

    def batches(self) -> int:
        """Return how many batches the data has; 0 without data."""
        arrays = [] if self.x is None else to_list(self.x, True)
        return -(-len(arrays[0]) // self.batch_size) if arrays else 0

    @traitlets.validate("node")
    def _check_node(self, proposal: Any) -> Any:
        return needs(self, "node", proposal["value"], self.calls())

    @traitlets.validate("batch")
    def _check_batch(self, proposal: Any) -> Any:
        most = max(self.batches() - 1, 0)
        if not 0 <= proposal["value"] <= most:
            raise traitlets.TraitError(
                f"LayerInspector: got batch={proposal['value']}; needs 0 to {most}."
            )
        return proposal["value"]

    def _offer_calls(self) -> None:
        calls = self.calls()
        keep = self.node if self.node in calls else calls[0]
        with self.quiet():
            self.node_chooser.options = [(str(index), index) for index in calls]
            self.node = self.node_chooser.value = keep
        self.node_chooser.disabled = len(calls) < 2

    def _offer_batches(self) -> None:
        most = max(self.batches() - 1, 0)
        with self.quiet():
            self.batch = min(self.batch, most)
            self.batch_chooser.max = most

    def _show_controls(self) -> None:
        of_data = self.what in ("activations", "gradients")
        for chooser in (self.batch_chooser, self.training_chooser):
            chooser.disabled = not of_data

    # -- what is shown

    def display(self) -> Display | None:
        """Return the display of the function of `kerasnb.notebook.show` that `what` names."""
        layer = self.chosen
        if layer is None:
            return None
        if self.what == "structure":
            return show.inspect(layer, self.node if layer._inbound_nodes else 0)
        if self.what == "weights":
            return show.weights(layer)
        x = self._part(self.x, "x")
        if self.what == "activations":
            return show.activations(self.model, layer, x, self.node, self.training)
        y = self._part(self.y, "y")
        return show.gradients(self.model, layer, x, y, None, self.node, self.training)

    def hint(self) -> str:
        """Say that a model is needed, with layers."""
        return super().hint() if self.model is None else say("widgets.no_layers")

    def _part(self, data: Any, name: str) -> Any:
        """Return the chosen batch of arrays."""
        if data is None:
            raise ValueError(say("widgets.no_data", name=name))
        start = self.batch * self.batch_size
        parts = [np.asarray(a)[start : start + self.batch_size] for a in to_list(data, True)]
        return parts if isinstance(data, list | tuple) else parts[0]
