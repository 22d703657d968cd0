"""Functions: what K.function makes."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from .. import array as _array
from .lower import lower
from .memory import Pool, keep_whole
from .node import Change, LearningPhase, Node, Spec, Update, Variable
from .plan import Plan, Rows

MOST_PLANS = 32


class Function:
    """A compiled graph: called with arrays, returns arrays.

    A plan is made for each new combination of input shapes, learning phase and device, and kept.

    Args:
        inputs: placeholders to be given; the learning phase may be among them.
        outputs: nodes to compute.
        updates: `Update`s or (variable, node) pairs, applied after everything is computed. Of
            several for one variable the last counts, but a `Change` goes on from the one before.
        pool: memory to share with other functions that do not run at the same time.
        name: name for error messages.
    """

    def __init__(
        self,
        inputs: Sequence[Node],
        outputs: Sequence[Node],
        updates: Iterable[Any] = (),
        pool: Pool | None = None,
        name: str = "function",
    ) -> None:
        self.inputs = list(inputs)
        self.outputs = list(outputs)
        self.updates = _in_turn(updates)
        self.pool = pool or Pool()
        keep_whole(self.pool)
        self.name = name
        self.plans: dict[Any, Plan] = {}

    def __call__(self, arrays: Sequence[Any] | np.ndarray) -> list[Any]:
        """Return the outputs, as host arrays, for the given inputs.

        Args:
            arrays: for each input a number, an array, a sparse matrix or `Rows`; converted to the
                input's type. One array will do for one input.
        """
        if isinstance(arrays, np.ndarray):
            arrays = [arrays]
        if len(arrays) != len(self.inputs):
            raise ValueError(
                f"{self.name}: got {len(arrays)} input arrays, needs {len(self.inputs)}: "
                f"{', '.join(n.name for n in self.inputs)}."
            )
        given: list[Any] = [a if isinstance(a, Rows) else _dense(a) for a in arrays]
        phases = [
            bool(np.all(a)) if isinstance(n, LearningPhase) else None
            for n, a in zip(self.inputs, given, strict=True)
        ]
        key = (_array.device(), *(a.shape for a in given), *phases)
        plan = self.plans.get(key)
        if plan is None:
            specs = [self.check(*x) for x in zip(self.inputs, given, phases, strict=True)]
            with self.pool.lock:  # another thread may be making it
                plan = self.plans.get(key) or self._plan(key, specs)
        return plan.run(given)

    def _plan(self, key: Any, specs: list[Spec]) -> Plan:
        with no_collection():
            plan = Plan(lower(self.outputs, self.updates, self.inputs, specs), self.pool)
        if len(self.plans) >= MOST_PLANS:
            self.plans.pop(next(iter(self.plans)))
        self.plans[key] = plan
        return plan

    def __reduce__(self) -> Any:
        raise TypeError(
            f"{self.name}: a compiled function cannot be pickled or copied. Pickle the model, and "
            "make the function anew with K.function."
        )

    def check(self, node: Node, array: Any, phase: bool | None) -> Spec:
        """Return the Spec of a given array.

        Raises:
            ValueError: if it does not fit the placeholder.
        """
        if phase is not None:
            return Spec((), "bool", np.asarray(phase))
        if array.dtype.kind not in "biuf":
            raise ValueError(
                f"{self.name}: input {node.name!r} needs numbers; got an array of type "
                f"{array.dtype}."
            )
        if len(array.shape) != len(node.shape) or any(
            n not in (None, m) for n, m in zip(node.shape, array.shape, strict=True)
        ):
            raise ValueError(
                f"{self.name}: input {node.name!r} needs shape {node.shape}; got {array.shape}."
            )
        return Spec(tuple(array.shape), node.dtype)


@contextmanager
def no_collection() -> Iterator[None]:
    """Keep the garbage collector from going over a growing graph again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _in_turn(updates: Iterable[Any]) -> list[Update]:
    """Return one update for each variable."""
    latest: dict[Variable, Node] = {}
    for u in updates:
        variable, value = u
        follows = variable in latest and isinstance(u, Change)
        latest[variable] = u.rule(latest[variable]) if follows else value
    return [Update(*pair) for pair in latest.items()]


def _dense(array: Any) -> np.ndarray:
    # As all matrices of scipy.sparse do, whatever their format.
    return array.toarray() if hasattr(array, "tocoo") else np.asarray(array)


_phase = [LearningPhase()]


def learning_phase_node(fresh: bool = False) -> LearningPhase:
    """Return the node that says whether a run trains; `fresh` makes another one."""
    if fresh:
        _phase[:] = [LearningPhase()]
    return _phase[0]
