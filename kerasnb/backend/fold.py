"""Functions of the user's, applied along the first axis of tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..graph import Node, as_node, ops
from ..graph.ops.scan import scan_over

__all__ = ["foldl", "foldr", "map_fn"]

Nest = Any  # a tensor, or a tuple or list of them


def _flat(nest: Nest) -> list[Any]:
    return list(nest) if isinstance(nest, tuple | list) else [nest]


def _like(nest: Nest, values: list[Node]) -> Nest:
    return tuple(values) if isinstance(nest, tuple | list) else values[0]


def _sequences(elems: Nest, who: str) -> list[Node]:
    nodes = [as_node(x) for x in _flat(elems)]
    for node in nodes:
        if not node.ndim:
            raise ValueError(f"{who}: got {node!r}; needs a first axis to go along.")
    return nodes


def map_fn(fn: Callable, elems: Nest, name: str | None = None, dtype: Any = None) -> Nest:
    """Apply a function to each entry along the first axis, whose length may be open.

    Args:
        fn: function of an entry (of a tuple of them, if there are several tensors) that returns
            a tensor, or several.
        elems: tensor, or tuple of tensors of one length.
        name: accepted for Keras's sake.
        dtype: type of the result, or types of the results.
    """
    made: list[Nest] = []

    def step(entries: list[Node], states: list[Node]) -> tuple[list[Node], list[Node]]:
        made.append(fn(_like(elems, entries)))
        outputs = [as_node(y) for y in _flat(made[0])]
        if dtype is not None:
            types = _flat(dtype) * (1 if isinstance(dtype, tuple | list) else len(outputs))
            outputs = [ops.cast(y, dtype=t) for y, t in zip(outputs, types, strict=True)]
        return outputs, []

    outputs, _ = scan_over(step, _sequences(elems, "map_fn"), [])
    return _like(made[0], outputs)


def foldl(fn: Callable, elems: Nest, initializer: Nest = None, name: str | None = None) -> Nest:
    """Combine the entries along the first axis with fn(so far, entry), from the first on.

    Args:
        fn: function of what has been combined and an entry; each is a tuple of tensors where
            `initializer`, or `elems`, is.
        elems: tensor, or tuple of tensors of one length, which may be open.
        initializer: what to begin with; the first entry by default.
        name: accepted for Keras's sake.
    """
    return _fold(fn, elems, initializer, backwards=False, who="foldl")


def foldr(fn: Callable, elems: Nest, initializer: Nest = None, name: str | None = None) -> Nest:
    """Combine the entries along the first axis with fn(so far, entry), from the last on.

    See `foldl` for the arguments.
    """
    return _fold(fn, elems, initializer, backwards=True, who="foldr")


def _fold(fn: Callable, elems: Nest, initializer: Nest, backwards: bool, who: str) -> Nest:
    sequences = _sequences(elems, who)
    if initializer is None:
        initializer = elems
        first = [x[-1 if backwards else 0] for x in sequences]
        sequences = [x[:-1] if backwards else x[1:] for x in sequences]
    else:
        first = [as_node(x) for x in _flat(initializer)]

    def step(entries: list[Node], states: list[Node]) -> tuple[list[Node], list[Node]]:
        news = _flat(fn(_like(initializer, states), _like(elems, entries)))
        if len(news) != len(states):
            raise ValueError(f"{who}: got {len(news)} tensors from fn; needs {len(states)}.")
        return [], [ops.cast(y, dtype=s.dtype) for y, s in zip(news, states, strict=True)]

    return _like(initializer, scan_over(step, sequences, first, backwards)[1])
