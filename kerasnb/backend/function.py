"""K.function: from a graph to a function of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..graph import Function, Node, Update, Variable
from .variables import update

__all__ = ["function"]


def function(inputs: Sequence[Any], outputs: Any, updates: Any = None, **kwargs: Any) -> Any:
    """Return a function of arrays.

    Args:
        inputs: tensors that are given: placeholders, also results in between, and
            `learning_phase()` if it is to be given.
        outputs: tensor, or list of tensors.
        updates: updates, or (variable, new value) pairs, applied after everything is computed.
        kwargs: `feed_dict`, values of further tensors; `fetches`, tensors and updates that are
            computed each time and not returned; `pool` and `name` of the `Function`.

    Returns:
        A function that takes a list of arrays and returns a list of arrays (or one array, if
        `outputs` is one tensor).

    Example:
        >>> from kerasnb import backend as K
        >>> x = K.placeholder((2,))
        >>> [float(y) for y in K.function([x], [K.sum(x), K.max(x)])([[3, 4]])]
        [7.0, 4.0]
    """
    extras = dict(kwargs.pop("feed_dict", None) or {})
    fetches = list(kwargs.pop("fetches", None) or [])
    unknown = set(kwargs) - {"pool", "name"}
    if unknown:
        raise ValueError(
            f"function: unknown arguments {', '.join(sorted(unknown))}; there are no sessions."
        )
    if not isinstance(inputs, list | tuple):
        raise TypeError(f"function: got inputs {inputs!r}; needs a list of tensors.")
    several = isinstance(outputs, list | tuple)
    wanted = [*outputs] if several else [outputs]
    for what, nodes in (("outputs", wanted), ("feed_dict", extras)):
        for x in nodes:
            if not isinstance(x, Node):
                raise TypeError(f"function: {what}: got {x!r}; needs symbolic tensors.")
    changes = _flat(updates) + _flat([f for f in fetches if not isinstance(f, Node)])
    computed = [f for f in fetches if isinstance(f, Node)]
    nodes = [x for x in inputs if isinstance(x, Node)]
    made = Function([*nodes, *extras], wanted + computed, changes, **kwargs)
    if several and len(nodes) == len(inputs) and not extras and not computed:
        return made
    # A learning phase that has been fixed is a number: what is given for it plays no role.
    used = [isinstance(x, Node) for x in inputs]
    return _Call(made, used, list(extras.values()), len(wanted) if several else None)


def _flat(updates: Any) -> list[Update]:
    flat: list[Update] = []
    for u in updates or []:
        if u is None:
            continue
        if isinstance(u, Update):
            flat.append(u)
            continue
        is_pair = isinstance(u, tuple) and len(u) == 2 and isinstance(u[0], Variable)
        if not is_pair and not isinstance(u, list | tuple):
            raise TypeError(f"function: got the update {u!r}; needs K.update or a pair.")
        flat += [update(*u)] if is_pair else _flat(u)
    return flat


class _Call:
    """A function with more inputs, or other outputs, than its caller gives and gets.

    Attributes:
        inner: the function of the graph.
        used: which of the caller's inputs it reads.
        extras: what it reads besides.
        count: how many outputs the caller gets; None for one that is not in a list.
    """

    def __init__(self, inner: Function, used: list[bool], extras: list, count: int | None) -> None:
        self.inner = inner
        self.used = used
        self.extras = extras
        self.count = count

    def __call__(self, arrays: Any) -> Any:
        if isinstance(arrays, np.ndarray):
            arrays = [arrays]
        if len(arrays) != len(self.used):
            raise ValueError(
                f"{self.inner.name}: got {len(arrays)} input arrays, needs {len(self.used)}."
            )
        given = [a for a, used in zip(arrays, self.used, strict=True) if used]
        results = self.inner([*given, *self.extras])
        return results[0] if self.count is None else results[: self.count]
