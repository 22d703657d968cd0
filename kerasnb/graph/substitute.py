"""The same graph over other nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .autodiff import applications
from .node import Node


def substitute(nodes: Sequence[Node], replacements: Mapping[Node, Node]) -> list[Node]:
    """Return nodes computed from others in the place of those that `replacements` names.

    With updates as replacements, `{variable: new value}`, these are the nodes as they will be
    after the updates.

    Args:
        nodes: what to compute.
        replacements: for each node to leave out, the one that takes its place.
    """
    made: dict[Node, Node] = dict(replacements)
    for first in applications(nodes, stop=made):
        if first.op is not None and any(x in made for x in first.inputs):
            new = first.op(*(made.get(x, x) for x in first.inputs))
            for old, node in zip(
                first.outputs, new.outputs if first.op.nout == 1 else new, strict=True
            ):
                made.setdefault(old, node)
    return [made.get(n, n) for n in nodes]
