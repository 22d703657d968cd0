"""Pictures of models, drawn by Graphviz."""

from __future__ import annotations

import functools
import shutil
import sys
from pathlib import Path
from typing import Any, NamedTuple

from ..engine.network import Network
from ..engine.sequential import Sequential
from ..layers.wrappers import Wrapper

_PICTURES = ("png", "jpg", "jpeg", "gif")  # what IPython's Image shows


class _Style(NamedTuple):
    show_shapes: bool
    show_layer_names: bool
    expand_nested: bool


def model_to_dot(
    model: Any,
    show_shapes: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 96,
    subgraph: bool = False,
    expand_dim: bool | None = None,
) -> Any:
    """Return a model as a graph of pydot, which Graphviz can draw.

    Each layer is a box. Its node is named after it (after the models around it too, where they are
    expanded), so that the same model gives the same text. A model made by subclassing has boxes
    and no arrows: only its code knows how data flows.

    Args:
        model: the model.
        show_shapes: whether boxes show the shapes that go in and come out.
        show_layer_names: whether boxes show the layers' names beside their classes.
        rankdir: direction of the flow: "TB" (downwards) or "LR" (to the right).
        expand_nested: whether models within the model are drawn open, with a frame.
        dpi: dots per inch.
        subgraph: whether to return a `pydot.Cluster`, to be put in another graph.
        expand_dim: another name of `expand_nested`.

    Returns:
        A `pydot.Dot`: `create(prog="dot", format="svg")` gives the picture's bytes,
        `write(path, format="png")` writes it, `to_string()` gives the text.

    Raises:
        ImportError: if pydot is missing; says how to get it.
    """
    pydot = _pydot()
    style = _Style(
        show_shapes, show_layer_names, expand_nested if expand_dim is None else expand_dim
    )
    if subgraph:
        dot = _frame(_identifier([model.name]), model.name)
    else:
        dot = _dot_class()(
            _quoted(_identifier([model.name])), rankdir=rankdir, concentrate=True, dpi=dpi
        )
        dot.set_node_defaults(shape="record")
    _draw(dot, model, [model.name] if subgraph else [], style)
    if isinstance(model, Sequential) and not model._is_graph_network:  # its shapes are not known
        names = [_quoted(_identifier([x.name])) for x in model.layers]
        for before, after in zip(names, names[1:], strict=False):
            dot.add_edge(pydot.Edge(before, after))
    return dot


def plot_model(
    model: Any,
    to_file: Any = "model.png",
    show_shapes: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 96,
    expand_dim: bool | None = None,
) -> Any:
    """Draw a model and save the picture.

    Args:
        model: the model.
        to_file: path of the picture; its end gives the format (png, svg, pdf, ...).
        show_shapes: whether boxes show the shapes that go in and come out.
        show_layer_names: whether boxes show the layers' names beside their classes.
        rankdir: direction of the flow: "TB" (downwards) or "LR" (to the right).
        expand_nested: whether models within the model are drawn open, with a frame.
        dpi: dots per inch.
        expand_dim: another name of `expand_nested`.

    Returns:
        In IPython and notebooks the picture, to be shown; else None.

    Raises:
        ImportError: if pydot is missing; says how to get it.
        OSError: if Graphviz is missing; says how to get it.
        ValueError: if Graphviz has no such format.
    """
    dot = model_to_dot(
        model, show_shapes, show_layer_names, rankdir, expand_nested, dpi, expand_dim=expand_dim
    )
    extension = Path(to_file).suffix[1:].lower() or "png"
    if extension not in dot.formats:
        raise ValueError(
            f"plot_model: got to_file={str(to_file)!r}; Graphviz has no format {extension!r}. "
            "Let the name end in .png, .svg or .pdf."
        )
    dot.write(to_file, format=extension)
    return _shown(model, str(to_file), extension)


def is_model(layer: Any) -> bool:
    """Whether a layer is a model itself."""
    return isinstance(layer, Network)


def is_wrapped_model(layer: Any) -> bool:
    """Whether a layer is a wrapper, such as TimeDistributed, around a model."""
    return isinstance(layer, Wrapper) and is_model(layer.layer)


def add_edge(dot: Any, src: str, dst: str) -> None:
    """Add an arrow to a graph of pydot, unless it is there."""
    if not dot.get_edge(src, dst):
        dot.add_edge(_pydot().Edge(src, dst))


def _draw(dot: Any, model: Any, path: list[str], style: _Style) -> None:
    """Add a model's layers to a graph; `path` names the models around them."""
    for layer in model._sublayers():
        inner = _opened(layer, style)
        here = [*path, layer.name]
        if inner is None:
            name = _quoted(_identifier(here))
            dot.add_node(_pydot().Node(name, label=_quoted(_label(layer, style))))
        else:
            frame = _frame(_identifier(here), _layer_name(layer))
            _draw(frame, inner, here, style)
            dot.add_subgraph(frame)
    for layer in model._sublayers() if model._is_graph_network else ():
        for node in layer._inbound_nodes:
            if node in model._network_nodes:
                sources = zip(node.inbound_layers, node.tensor_indices, strict=True)
                for place, (before, index) in enumerate(sources):
                    end = _entrance(layer, place, path, style)
                    add_edge(dot, _exit(before, index, path, style), end)


def _opened(layer: Any, style: _Style) -> Any:
    """Return the model inside a layer that is to be drawn open, or None."""
    inner = layer.layer if is_wrapped_model(layer) else layer
    return inner if style.expand_nested and is_model(inner) and inner._is_graph_network else None


def _entrance(layer: Any, place: int, path: list[str], style: _Style) -> str:
    """Return the node at which an input of a layer, by its place, arrives."""
    inner = _opened(layer, style)
    if inner is None:
        return _quoted(_identifier([*path, layer.name]))
    first = inner.inputs[min(place, len(inner.inputs) - 1)]._keras_history[0]
    return _quoted(_identifier([*path, layer.name, first.name]))


def _exit(layer: Any, index: int, path: list[str], style: _Style) -> str:
    """Return the node that makes an output of a layer, by its index."""
    inner = _opened(layer, style)
    if inner is None:
        return _quoted(_identifier([*path, layer.name]))
    last, _, number = inner.outputs[index]._keras_history
    return _exit(last, number, [*path, layer.name], style)


# -- texts


def _layer_name(layer: Any) -> str:
    return f"{layer.name}({layer.layer.name})" if isinstance(layer, Wrapper) else str(layer.name)


def _label(layer: Any, style: _Style) -> str:
    """Return what a box shows, in the language of Graphviz's records."""
    kind = type(layer).__name__
    if isinstance(layer, Wrapper):
        kind = f"{kind}({type(layer.layer).__name__})"
    label = _escaped(f"{_layer_name(layer)}: {kind}" if style.show_layer_names else kind)
    if not style.show_shapes:
        return label
    before, after = (_escaped(_shape(layer, a)) for a in ("input_shape", "output_shape"))
    return f"{label}|{{input:|output:}}|{{{{{before}}}|{{{after}}}}}"


def _shape(layer: Any, attribute: str) -> str:
    if not layer._inbound_nodes:
        return "?"
    try:
        return str(getattr(layer, attribute))
    except AttributeError:
        return "multiple"  # other shapes in other calls


def _escaped(text: str) -> str:
    """Return a text so that a record shows it as it is, on one line."""
    written = {c: f"\\{c}" for c in "\\{}|<>"} | {"&": "&amp;"}
    return "".join(written.get(c, c) if c.isprintable() else " " for c in text)


def _identifier(path: list[str]) -> str:
    """Return the name of a node: other for other paths, and without signs that Graphviz reads."""
    return "/".join(
        "".join(c if c.isprintable() and c not in '%/:"\\&<>' else f"%{ord(c):X};" for c in name)
        for name in path
    )


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


# -- pydot, Graphviz, IPython


def _pydot() -> Any:
    try:
        import pydot
    except ImportError as error:
        raise ImportError(
            "model_to_dot and plot_model need the Python package pydot, which is missing: "
            'pip install "kerasnb[lab]"'
        ) from error
    return pydot


def _frame(identifier: str, label: str) -> Any:
    return _pydot().Cluster(
        identifier, style="dashed", label=_quoted(_escaped(label)), labeljust="l"
    )


@functools.cache
def _dot_class() -> Any:
    base: Any = _pydot().Dot

    class Dot(base):
        """A graph of pydot that says what to do where Graphviz is missing."""

        def create(self, prog: Any = None, format: str = "ps", encoding: Any = None) -> Any:
            """Return the picture's bytes; the text goes to Graphviz in UTF-8, which it expects."""
            command = prog or self.prog
            program = command if isinstance(command, str) else command[0]
            if shutil.which(program) is None:
                raise OSError(
                    f"Drawing a model needs Graphviz, and its program `{program}` is not on the "
                    "PATH. Install it with `apt-get install graphviz`, `brew install graphviz` or "
                    "`conda install graphviz`, or from graphviz.org/download; "
                    "model_to_dot(model).to_string() works without it."
                )
            return super().create(prog, format, encoding or "utf-8")

    return Dot


def _shown(model: Any, path: str, extension: str) -> Any:
    """Return a picture for IPython, if that runs, with a text for those who cannot see it."""
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        return None
    from IPython import display

    if extension == "svg":  # has names and classes in its own text
        return display.SVG(filename=path)
    if extension not in _PICTURES:
        return None
    layers = model._sublayers()
    first, last = (f"{x.name} ({type(x).__name__})" for x in (layers[0], layers[-1]))
    alt = f'Graph of model "{model.name}": {len(layers)} layers, from {first} to {last}'
    return display.Image(filename=path, alt=alt)
