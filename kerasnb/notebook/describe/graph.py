"""Models as drawings: each layer once, or each call; nested models folded or open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ...utils.layer_utils import count_params
from ..numbers import short
from .batch import describe_batch
from .details import describe_layers
from .families import family
from .layout import place
from .summary import calls_in, is_model, model_name

_WIDTH, _HEIGHT = (116.0, 236.0), 56.0  # of a box: least and most, and always
_HEAD = 24.0  # height of the title of an open model
LETTERS = 32  # of a label that are drawn


def describe_graph(
    model: Any, x: Any = None, y: Any = None, training: bool = False
) -> dict[str, Any]:
    """Return drawings of a model's graph, laid out.

    Args:
        model: the model. One made by subclassing has boxes and no arrows: only its code knows how
            data flows.
        x, y, training: a batch to be told of (see `describe_batch`); None for none.

    Returns:
        A description of kind "graph" (see docs/displays.md).
    """
    if x is None and y is not None:
        raise ValueError("graph: got y without x; needs both for gradients.")
    batch = {} if x is None else {"batch": describe_batch(model, x, y, training)}
    layers = list(_all_layers(model))
    shared = any(len(calls_in(owner, layer)) > 1 for _, owner, layer in layers)
    nested = any(is_model(layer) for _, _, layer in layers)
    views = {}
    for by_call in (False, True) if shared else (False,):
        name = "node" if by_call else "layer"
        views[name] = _drawing(model, _View(by_call, False))
        if nested:
            views[f"{name}_open"] = _drawing(model, _View(by_call, True))
    return {
        "kind": "graph",
        "model": model_name(model),
        "views": views,
        **describe_layers(layers),
        **batch,
    }


class _View(NamedTuple):
    by_call: bool
    open: bool


def _all_layers(model: Any, path: str = "") -> Iterable[tuple[str, Any, Any]]:
    """Yield each layer's key, its names from the outermost model on, its model, and the layer."""
    for layer in model.layers:
        yield f"{path}{layer.name}", model, layer
        if is_model(layer):
            yield from _all_layers(layer, f"{path}{layer.name}/")


def _drawing(
    model: Any, view: _View, path: str = "", names: str = "", depth: int = 0
) -> dict[str, Any]:
    """Return a model's boxes and arrows.

    Args:
        path, names: what goes before the ids and the keys of what is nested.
    """
    boxes: list[dict[str, Any]] = []
    inner: list[dict[str, Any] | None] = []
    places: dict[Any, int] = {}  # of a call's box
    for key, layer, call, nodes in _units(model, view):
        box = _box(layer, call, nodes, f"{path}{key}", f"{names}{layer.name}", depth)
        inside = None
        if view.open and is_model(layer) and layer.layers:
            inside = _drawing(layer, view, f"{box['id']}/", f"{box['key']}/", depth + 1)
            box["frame"] = True
            box["width"] = max(inside["width"], box["width"])
            box["height"] = inside["height"] + _HEAD
        places.update((node, len(boxes)) for node in nodes)
        boxes.append(box)
        inner.append(inside)
    edges = _edges(model, places) if model._is_graph_network else _chain(model, len(boxes))
    placed = place([(b["width"], b["height"]) for b in boxes], list(edges))
    drawn: list[dict[str, Any]] = []
    arrows = []
    for ((a, b), shape), line in zip(edges.items(), placed.lines, strict=True):
        points = [[round(x, 1), round(y, 1)] for x, y in line]
        ends = {"from": boxes[a]["id"], "to": boxes[b]["id"]}
        arrows.append({**ends, "points": points, "shape": shape})
    for box, inside, (x, y) in zip(boxes, inner, placed.corners, strict=True):
        box["x"], box["y"] = round(x, 1), round(y, 1)
        drawn.append(box)
        if inside is not None:
            aside = box["x"] + (box["width"] - inside["width"]) / 2
            _move(inside, aside, box["y"] + _HEAD)
            drawn += inside["boxes"]
            arrows += inside["arrows"]
    size = {"width": round(placed.width, 1), "height": round(placed.height, 1)}
    return {**size, "boxes": drawn, "arrows": arrows}


def _units(model: Any, view: _View) -> Iterable[tuple[str, Any, int | None, list[Any]]]:
    """Yield what becomes a box: its key, the layer, which call it is, and the calls."""
    if not model._is_graph_network:
        for layer in model.layers:
            yield layer.name, layer, None, []
        return
    if view.by_call:
        number = {}
        for layer in model._layers:
            calls = calls_in(model, layer)
            number.update({node: (i if len(calls) > 1 else None) for i, node in calls})
        rank = {layer: i for i, layer in enumerate(model._layers)}
        depths = sorted(model._nodes_by_depth.items(), reverse=True)
        for node in (
            node
            for _, nodes in depths
            for node in sorted(nodes, key=lambda n: (rank[n.outbound_layer], number[n] or 0))
        ):
            layer, call = node.outbound_layer, number[node]
            yield layer.name if call is None else f"{layer.name}[{call}]", layer, call, [node]
        return
    for layer in model._layers:
        yield layer.name, layer, None, [node for _, node in calls_in(model, layer)]


def _edges(model: Any, places: dict[Any, int]) -> dict[tuple[int, int], str]:
    """Return the arrows between boxes, by their places, with the shape of what flows."""
    edges: dict[tuple[int, int], str] = {}
    for node in model._graph.ordered_nodes():
        for before, shape in zip(node.inbound_nodes, node.input_shapes, strict=False):
            edges.setdefault((places[before], places[node]), str(shape))
    return edges


def _chain(model: Any, count: int) -> dict[tuple[int, int], str]:
    if type(model).__name__ != "Sequential":
        return {}
    return {(i, i + 1): "" for i in range(count - 1)}


def _box(
    layer: Any, call: int | None, nodes: list[Any], identifier: str, key: str, depth: int
) -> dict[str, Any]:
    label = str(layer.name) if call is None else f"{layer.name}[{call}]"
    input_shape, output_shape = (
        _shapes(nodes, attribute) for attribute in ("input_shapes", "output_shapes")
    )
    lines = [label, type(layer).__name__, output_shape]
    longest = max(text_width(short(line, LETTERS)) for line in lines)
    return {
        "id": identifier,
        "layer": str(layer.name),
        "key": key,
        "call": call,
        "label": label,
        "class": type(layer).__name__,
        "x": 0.0,
        "y": 0.0,
        "width": min(max(longest + 24, _WIDTH[0]), _WIDTH[1]),
        "height": _HEIGHT,
        "family": family(layer),
        "frame": False,
        "depth": depth,
        "input_shape": input_shape,
        "output_shape": output_shape,
        "parameters": count_params(layer.weights),
        "trainable": bool(layer.trainable),
    }


def _shapes(nodes: list[Any], attribute: str) -> str:
    """Return the shapes of calls, each once."""
    texts = dict.fromkeys(", ".join(map(str, getattr(node, attribute))) for node in nodes)
    return " / ".join(texts)


def text_width(text: str) -> float:
    """Return about how wide a text is in pixels."""
    return sum(12.0 if ord(sign) > 0x2E7F else 6.9 for sign in text)


def _move(drawing: dict[str, Any], dx: float, dy: float) -> None:
    for box in drawing["boxes"]:
        box["x"], box["y"] = round(box["x"] + dx, 1), round(box["y"] + dy, 1)
    for arrow in drawing["arrows"]:
        arrow["points"] = [[round(x + dx, 1), round(y + dy, 1)] for x, y in arrow["points"]]
