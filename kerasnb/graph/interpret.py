"""The plain way to compute nodes: one op after the other, every result kept.

It makes initial values and is the oracle that plans are tested against.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import array as _array
from .autodiff import applications
from .node import LearningPhase, Node, Placeholder, Spec, Variable
from .op import blame, execute, infer


def evaluate(*nodes: Node, feed: Mapping[Node, Any] | None = None) -> list[np.ndarray]:
    """Compute nodes and return their values as host arrays.

    Args:
        nodes: what to compute.
        feed: values of placeholders.
    """
    xp = _array.xp()
    values: dict[Node, Any] = {}
    given = {n: np.asarray(v, dtype=n.dtype) for n, v in (feed or {}).items()}
    known: dict[Node, Spec] = {}
    for first in applications(nodes, stop=given):
        if isinstance(first, LearningPhase):
            given.setdefault(first, np.asarray(False))
        if first in given:
            values[first] = xp.asarray(given[first])
            value = given[first] if isinstance(first, LearningPhase) else None
            known[first] = Spec(given[first].shape, first.dtype, value)
        elif first.op is None:
            if isinstance(first, Placeholder):
                raise ValueError(f"{first.name} is a placeholder and was given no value.")
            values[first] = first.array if isinstance(first, Variable) else xp.asarray(first.value)
            known[first] = first.spec
        else:
            arrays = [values[x] for x in first.inputs]
            try:
                specs = infer(first.op, [known[x] for x in first.inputs])
                results = execute(first.op, xp, arrays, specs)
            except (ValueError, TypeError, IndexError, MemoryError) as error:
                raise blame(error, first) from None
            for node, spec, result in zip(first.outputs, specs, results, strict=True):
                known[node], values[node] = spec, result
    return [np.array(_array.to_host(values[n])) for n in nodes]
