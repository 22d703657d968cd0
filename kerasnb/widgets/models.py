"""Models: the summary and the graph, with a layer to choose."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ipywidgets
import traitlets

from ..engine.network import Network
from ..notebook import show
from ..notebook.display import Display
from ..notebook.language import say
from ..notebook.numbers import count, large, memory
from .view import View, bind, checkbox, control, lines, needs


def layers_of(model: Any, path: str = "") -> Iterable[tuple[str, Any]]:
    """Yield the layers of a model by their names, those of nested models as "model/layer"."""
    for layer in [] if model is None else model.layers:
        yield path + layer.name, layer
        if isinstance(layer, Network):
            yield from layers_of(layer, f"{path}{layer.name}/")


class ModelView(View):
    """Shows something of a model, and of a layer in it.

    Attributes:
        model: the model.
        layer: name of the layer, "model/layer" in a nested model; "" for none.
    """

    model = traitlets.Any()
    layer = traitlets.Unicode()
    needs_layer = False

    def __init__(self, model: Any = None, controls: Iterable[Any] = (), **traits: Any) -> None:
        self.layer_chooser = control(ipywidgets.Dropdown, "layer", options=[("", "")])
        bind(self, "layer", self.layer_chooser)
        super().__init__([self.layer_chooser, *controls], model=model, **traits)

    @property
    def chosen(self) -> Any:
        """The layer that is chosen, None if there is none."""
        return dict(layers_of(self.model)).get(self.layer)

    @traitlets.validate("model")
    def _check_model(self, proposal: Any) -> Any:
        value = proposal["value"]
        if value is not None and not isinstance(value, Network):
            name = type(self).__name__
            raise traitlets.TraitError(f"{name}: got a {type(value).__name__}; needs a model.")
        return value

    @traitlets.validate("layer")
    def _check_layer(self, proposal: Any) -> Any:
        names = [name for name, _ in layers_of(self.model)]
        if not (self.needs_layer and names):
            return needs(self, "layer", proposal["value"], ["", *names])
        if proposal["value"] == "":  # linked to a widget in which none is chosen
            return self.layer or names[0]
        return needs(self, "layer", proposal["value"], names)

    def layer_options(self) -> list[tuple[str, str]]:
        """Return the layers as a chooser offers them: what is read, and the name."""
        names = [name for name, _ in layers_of(self.model)]
        return [("\u2003" * name.count("/") + name.split("/")[-1], name) for name in names]

    @traitlets.observe("model")
    def _offer_layers(self, change: Any = None) -> None:
        options = self.layer_options()
        if not (self.needs_layer and options):
            options.insert(0, (say("widgets.no_layer"), ""))
        values = [value for _, value in options]
        keep = self.layer if self.layer in values else values[0]
        with self.quiet():
            self.layer_chooser.options = options
            self.layer = self.layer_chooser.value = keep

    def hint(self) -> str:
        """Say that a model is needed."""
        return say("widgets.no_model")


class ModelSummary(ModelView):
    """A model's layers with shapes, parameters, memory, multiply-adds, and facts about one of them.

    Args:
        model: the model.

    Attributes:
        model, layer: see `ModelView`.
        facts: what is told of the chosen layer, a dictionary; {} if there is none.
    """

    shown_by = ("model",)
    facts: Any = traitlets.Dict(read_only=True)

    def __init__(self, model: Any = None, **traits: Any) -> None:
        super().__init__(model, **traits)
        self.observe(lambda change: self._tell(), "layer")

    def display(self) -> Display | None:
        """Return the display of `kerasnb.notebook.show.summary`."""
        return None if self.model is None else show.summary(self.model)

    def refresh(self) -> None:
        """Draw again, if the model has other layers now say."""
        super().refresh()
        self._tell()

    def _tell(self) -> None:
        found = self._facts()
        self.set_trait("facts", found)
        if not found:
            self.note.value = ""
            return
        shares = f"{count(found['trainable_parameters'])} / {count(found['parameters'])}"
        rows = [
            (say("common.class"), found["class"]),
            (say("common.output_shape"), found["shape"]),
            (say("widgets.trained_parameters"), shares),
            (say("common.memory"), memory(found["memory"])),
            (say("common.multiply_adds"), large(found["multiply_adds"])),
            (say("common.connected_to"), self._sources(found)),
        ]
        self.note.value = lines(rows)

    def _facts(self) -> dict[str, Any]:
        names = [name for name, _ in layers_of(self.model)]
        if not self.layer or self.description is None or self.layer not in names:
            return {}
        return dict(self.description["layers"][names.index(self.layer)])

    @staticmethod
    def _sources(found: dict[str, Any]) -> str:
        sources = [source for call in found["calls"] for source in call["inputs"]]
        return ", ".join(dict.fromkeys(sources)) or "–"


class ModelGraph(ModelView):
    """A drawing of a model, and facts about one of its layers.

    Args:
        model: the model.
        x, y: a batch, of which a click shows activations and, with the targets, gradients.

    Attributes:
        model, layer: see `ModelView`.
        x, y: the batch.
        view: "layer" draws each layer once, "node" each of its calls.
        opened: whether models within the model are drawn open.
        first, last: names of layers between which the part lies that is drawn; "" from the inputs,
            to the outputs.
        boxes: the boxes of the chosen layer, as the description has them.

    In JupyterLab and Notebook 7 a click on a box chooses its layer.
    """

    shown_by = ("model", "view", "opened", "first", "last", "x", "y")
    x = traitlets.Any()
    y = traitlets.Any()
    view = traitlets.Enum(("layer", "node"), "layer")
    opened = traitlets.Bool(False)
    first = traitlets.Unicode()
    last = traitlets.Unicode()
    boxes: Any = traitlets.List(read_only=True)

    def __init__(self, model: Any = None, x: Any = None, y: Any = None, **traits: Any) -> None:
        views = [(say("graph.by_layer"), "layer"), (say("graph.by_call"), "node")]
        self.view_chooser = control(ipywidgets.ToggleButtons, "", options=views)
        self.open_chooser = checkbox(say("graph.open_models"))
        self.first_chooser = control(ipywidgets.Dropdown, "first", options=[("", "")])
        self.last_chooser = control(ipywidgets.Dropdown, "last", options=[("", "")])
        for name in ("first", "last"):
            bind(self, name, getattr(self, f"{name}_chooser"))
        bind(self, "view", self.view_chooser)
        bind(self, "opened", self.open_chooser)
        # Nobody sees it: a box that is clicked on is written into it, and what is chosen elsewhere
        # stands in its placeholder, which the page can watch (see labextension/src/wire.ts).
        self.wire = ipywidgets.Text(layout={"display": "none"})
        self.wire.add_class("jp-kerasnb-Wire")
        bind(self, "layer", self.wire)
        traitlets.dlink((self, "layer"), (self.wire, "placeholder"))
        choosers = [self.view_chooser, self.open_chooser, self.first_chooser, self.last_chooser]
        super().__init__(model, [*choosers, self.wire], x=x, y=y, **traits)
        self.observe(lambda change: self._tell(), "layer")

    @traitlets.validate("first", "last")
    def _check_end(self, proposal: Any) -> Any:
        names = [name for name, _ in layers_of(self.model)]
        return needs(self, proposal["trait"].name, proposal["value"], ["", *names])

    @traitlets.observe("model")
    def _offer_ends(self, change: Any = None) -> None:
        options = self.layer_options()
        for end, none in (("first", "the_inputs"), ("last", "the_outputs")):
            offered = [(say(f"graph.{none}"), ""), *options]
            keep = getattr(self, end) if getattr(self, end) in dict(options).values() else ""
            with self.quiet():
                chooser = getattr(self, f"{end}_chooser")
                chooser.options = offered
                chooser.value = keep
                setattr(self, end, keep)

    def display(self) -> Display | None:
        """Return the display of `kerasnb.notebook.show.graph`."""
        if self.model is None:
            return None
        ends = (self.first or None, self.last or None)
        return show.graph(self.model, self.view, self.opened, *ends, self.x, self.y)

    def refresh(self) -> None:
        """Draw again, if the model has other layers now say."""
        super().refresh()
        self._tell()

    def _tell(self) -> None:
        boxes = self._boxes()
        self.set_trait("boxes", boxes)
        rows = [(box["label"], _told(box)) for box in boxes]
        self.note.value = lines(rows) if rows else ""

    def _boxes(self) -> list[dict[str, Any]]:
        if not self.layer or self.description is None:
            return []
        *_, name = self.layer.split("/")
        views = self.description["views"]
        drawn = views[self.description["view"]]["boxes"]
        found = [box for box in drawn if box["layer"] == name]
        if not found and "layer_open" in views:  # it is inside of a model that is drawn closed
            found = [box for box in views["layer_open"]["boxes"] if box["layer"] == name]
        return found


def _told(box: dict[str, Any]) -> str:
    shapes = f"{box['class']} {box['input_shape']} → {box['output_shape']}"
    return f"{shapes}, {say('common.parameters')}: {count(box['parameters'])}"
