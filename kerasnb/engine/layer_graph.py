"""The layers and nodes between the inputs and outputs of a network, and their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from .base_layer import Layer, Node


class LayerGraph:
    """The part of the graph of layers that leads from some inputs to some outputs.

    Args:
        inputs: tensors that `Input` has made.
        outputs: tensors that layers have made from them.
        who: what to call the network in error messages.

    Attributes:
        layers: the layers, from the inputs to the outputs.
        nodes: the calls of them that are part of it.

    Raises:
        ValueError: if an output does not follow from the inputs, or two layers share a name.
    """

    def __init__(self, inputs: list[Any], outputs: list[Any], who: str) -> None:
        order, places = _post_order(outputs, who)
        depths: dict[Node, int] = {}
        layer_depths: dict[Layer, int] = {}
        for node in reversed(order):
            layer = node.outbound_layer
            depth = max(depths.get(node, 0), layer_depths.get(layer, 0))
            depths[node] = layer_depths[layer] = depth
            for before in node.inbound_nodes:
                depths[before] = max(depth + 1, depths.get(before, 0))
        for x in inputs:  # those on which no output depends are part of it nevertheless
            layer, index, _ = x._keras_history
            if layer not in layer_depths:
                layer_depths[layer] = depths[layer._inbound_nodes[index]] = 0
                places[layer] = -1
        self.layers = sorted(layer_depths, key=lambda x: (-layer_depths[x], places[x]))
        self.nodes = set(depths)
        self._by_depth: dict[int, list[Node]] = {}
        for node, depth in depths.items():
            self._by_depth.setdefault(depth, []).append(node)
        self._on_top: list[Node] = []
        self._check(inputs, who)
        self._names = {layer.name for layer in self.layers}

    @property
    def nodes_by_depth(self) -> dict[int, list[Node]]:
        """The nodes by their depth: the longest way from there to an output."""
        if self._on_top:
            higher = len(self._on_top)
            self._by_depth = {depth + higher: nodes for depth, nodes in self._by_depth.items()}
            self._by_depth |= {i: [node] for i, node in enumerate(reversed(self._on_top))}
            self._on_top = []
        return self._by_depth

    def put_on_top(self, node: Node, who: str) -> None:
        """Add the only call of a layer, that on the only output; its own becomes the output."""
        layer = node.outbound_layer
        if layer.name in self._names:
            raise ValueError(_not_unique(who, layer.name, 2))
        self._names.add(layer.name)
        self.layers.append(layer)
        self.nodes.add(node)
        self._on_top.append(node)

    def ordered_nodes(self) -> Iterator[Node]:
        """Yield the nodes in an order in which they can be computed."""
        for depth in sorted(self.nodes_by_depth, reverse=True):
            yield from self.nodes_by_depth[depth]

    def calls(self) -> Iterator[Node]:
        """Yield the nodes that compute something: all but those of the inputs."""
        return (node for node in self.ordered_nodes() if node.inbound_layers)

    def _check(self, inputs: list[Any], who: str) -> None:
        computable = set(inputs)
        for node in self.calls():
            for x in node.input_tensors:
                if x not in computable:
                    raise ValueError(
                        f'{who}: the graph is disconnected: layer "{node.outbound_layer.name}" '
                        f"needs the tensor {x.name!r}, which does not follow from the inputs "
                        f"given ({', '.join(i.name for i in inputs)}). Add the Input that it "
                        "comes from."
                    )
            computable.update(node.output_tensors)
        name, count = Counter(layer.name for layer in self.layers).most_common(1)[0]
        if count > 1:
            raise ValueError(_not_unique(who, name, count))


def _not_unique(who: str, name: str, count: int) -> str:
    return f'{who}: the name "{name}" is used {count} times; the names of layers must be unique.'


def _post_order(outputs: list[Any], who: str) -> tuple[list[Node], dict[Layer, int]]:
    """Return the nodes behind `outputs`, each after those it needs, and when each layer was met."""
    order: list[Node] = []
    places: dict[Layer, int] = {}
    done: dict[Node, bool] = {}  # False while a node's inputs are being visited
    stack: list[tuple[Node, Iterator[Node]]] = []

    def visit(node: Node) -> None:
        if not done.get(node, True):
            raise ValueError(
                f'{who}: layer "{node.outbound_layer.name}" depends on its own output.'
            )
        if node in done:
            return
        places.setdefault(node.outbound_layer, len(places))
        done[node] = False
        for x, layer in zip(node.input_tensors, node.inbound_layers, strict=False):
            if layer is None:
                raise ValueError(
                    f'{who}: layer "{node.outbound_layer.name}" was called on {x!r}, which no '
                    "Keras `Layer` has made. Wrap operations on tensors in a Lambda layer."
                )
        stack.append((node, iter(node.inbound_nodes)))

    for x in outputs:
        layer, index, _ = x._keras_history
        visit(layer._inbound_nodes[index])
        while stack:
            node, rest = stack[-1]
            following = next(rest, None)
            if following is not None:
                visit(following)
            else:
                done[node] = True
                order.append(node)
                stack.pop()
    return order, places
