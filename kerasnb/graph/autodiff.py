"""Reverse-mode differentiation: gradients are graph."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .node import OPS, Node, on_behalf_of


def applications(nodes: Iterable[Node], stop: Iterable[Node] = ()) -> list[Node]:
    """Return the first output of every application that `nodes` need, in order of making.

    That order is a topological one. The walk does not go past the nodes in `stop`.
    """
    seen: set[Node] = set(stop)
    todo = list(nodes)
    found: set[Node] = set()
    while todo:
        node = todo.pop()
        found.add(node.outputs[0])
        if node not in seen:
            seen.add(node)
            todo.extend(node.inputs)
    return sorted(found, key=lambda n: n.serial)


def vjp(
    ys: Sequence[Node], dys: Sequence[Node | None], xs: Sequence[Node], partial: bool = False
) -> list[Node | None]:
    """Return the product of the gradients `dys` with the derivative of `ys` for each of `xs`.

    Args:
        ys: outputs.
        dys: gradient of the outputs; None where it is zero.
        xs: nodes to differentiate by.
        partial: whether `xs` count as independent, even where one is computed from another.

    Returns:
        One node for each of `xs`; None where `ys` do not depend on it.
    """
    halt = set(xs) if partial else set()
    order = [n for n in applications(ys, halt) if halt.isdisjoint(n.outputs)]
    leads: set[Node] = set(xs)  # nodes on a way from xs to ys
    for first in order:
        if any(x in leads for x in first.inputs):
            leads.update(o for o in first.outputs if o.dtype.startswith("float"))
    sums: dict[Node, Node] = {}

    def add(node: Node, d: Node) -> None:
        sums[node] = OPS["add"](sums[node], d) if node in sums else d

    for y, dy in zip(ys, dys, strict=True):
        if dy is not None and y in leads:
            add(y, dy)
    for first in reversed(order):
        op = first.op
        if op is None or not any(x in leads for x in first.inputs):
            continue
        outputs = first.outputs
        gradients = [sums.get(o) for o in outputs]
        if all(g is None for g in gradients):
            continue
        many = op.nout > 1
        with on_behalf_of(first):
            dxs = op.grad(
                outputs if many else first,
                tuple(gradients) if many else gradients[0],
                *first.inputs,
            )
            for x, dx in zip(first.inputs, dxs, strict=True):
                if dx is not None and x in leads:
                    add(x, dx)
    return [sums.get(x) for x in xs]


def gradients(loss: Node, wrt: Sequence[Node]) -> list[Node | None]:
    """Return the gradient of `loss`, summed over its entries, by each node of `wrt`.

    A gradient is a node: it can be looked at and differentiated again.
    """
    one = OPS["full_like"](loss, value=1.0)
    return vjp([loss], [one], wrt)
