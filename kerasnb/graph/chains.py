"""Chains of a plan as compiled kernels: what can be one, and its calls."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from .lower import Step, Value
from .op import is_number, type_name

Call = tuple[Callable[[], Any], Any]

# Microseconds that a step of NumPy's takes, and for how many entries it takes one more. A kernel
# takes 20,000 to be made; what it saves in a run of the plan must give that back in 10,000 runs.
STEP, ENTRIES, LEAST = 0.4, 8000, 2.0
PIECE = 50_000  # entries of a chain that are worth giving to a thread


def describe(kernels: Any, unit: Sequence[Step]) -> tuple[tuple[Any, ...], list[Value]] | None:
    """Return the steps of a chain as kernels know them and the values that it reads.

    None if kernels cannot do one of its steps.
    """
    made: dict[Value, int] = {}
    reads: dict[Value, int] = {}
    steps = []
    for number, step in enumerate(unit):
        operands = tuple(
            ~made[v] if v in made else reads.setdefault(v, len(reads)) for v in step.inputs
        )
        name, exponent = type(step.op).__name__, None
        if name == "power":
            known = kernels.chain.POWERS
            exponent = next((p for p in known if is_number(step.inputs[1].spec, p)), None)
        one = kernels.chain.Step(name, step.outputs[0].spec.dtype, operands, exponent)
        if not kernels.chain.supported(one, [v.spec.dtype for v in step.inputs]):
            return None
        steps.append(one)
        made[step.outputs[0]] = number
    return tuple(steps), list(reads)


def pieces(arrays: list[Any]) -> list[list[Any]]:
    """Cut arrays of one shape along the first axis, as far as it pays to give pieces to threads."""
    rows, size = len(arrays[0]), arrays[0].size
    count = min(rows, size // PIECE)
    if count < 2:
        return [arrays]
    step = -(-rows // count)
    if size == rows:
        step = -(-step // 64) * 64  # no two threads write into the same line of the cache
    return [[a[i : i + step] for a in arrays] for i in range(0, rows, step)]


class Jobs:
    """A call of one kernel for several sets of arrays.

    Args:
        kernels: the maker of kernels.
        chain: what the kernel does.
        nodes: for each set who asked for each step.
        sets: the arrays.
    """

    def __init__(
        self, kernels: Any, chain: Any, nodes: list[list[Any]], sets: list[list[Any]]
    ) -> None:
        self.kernels, self.chain, self.nodes, self.sets = kernels, chain, nodes, sets

    def call(self) -> Call:
        """Return the call; its table holds the addresses of the arrays, which it keeps alive."""
        kernel, line = self.kernels.kernel(self.chain), self.kernels.chain.line
        parts = [pieces(arrays) for arrays in self.sets]
        table = np.array([line(piece) for part in parts for piece in part], np.int64)
        if len(table) == len(parts):
            function: Any = partial(kernel, table.ctypes.data, len(table))
        else:
            start, step, threads = table.ctypes.data, table.strides[0], self.kernels.threads

            def lines(first: int, end: int) -> None:
                kernel(start + first * step, end - first)

            # A set may read what the one before it writes; the pieces of a set do not.
            work, begin = [], 0
            for part in parts:
                work.append(partial(lines, begin, begin + 1))
                if len(part) > 1:
                    shifted = partial(_shifted, lines, begin)
                    work[-1] = partial(threads.split, len(part), shifted)
                begin += len(part)
            function = partial(_in_turn, work)
        function.keep = (table, self.sets)
        function.nodes = self.nodes
        return function, self.nodes[-1][0]


def _shifted(lines: Callable[[int, int], None], begin: int, first: int, end: int) -> None:
    lines(begin + first, begin + end)


def _in_turn(work: Sequence[Callable[[], None]]) -> None:
    for call in work:
        call()


def jobs(
    kernels: Any,
    steps: tuple[Any, ...],
    reads: Sequence[Any],
    writes: Mapping[int, Any],
    nodes: list[Any],
) -> Jobs | None:
    """Return a call of the kernel that does `steps`, None if the arrays lie too oddly.

    Args:
        kernels: the maker of kernels.
        steps: what `describe` gave.
        reads: the arrays that are read.
        writes: for the number of a step the array in which its result is kept.
        nodes: who asked for each step.
    """
    arrays = [*reads, *writes.values()]
    lie = kernels.chain.lie
    if arrays[0].ndim > 4 or any(lie(a) != 1 for a in arrays[len(reads) :]):
        return None
    types = tuple(type_name(a.dtype) for a in arrays)
    inner = tuple(lie(a) for a in arrays)
    chain = kernels.chain.Chain(steps, types, inner, arrays[0].ndim, tuple(writes))
    return Jobs(kernels, chain, [nodes], [arrays])


def joined(calls: Iterable[Call | Jobs]) -> list[Call]:
    """Return calls in which neighbours that call the same kernel are one."""
    result: list[Call | Jobs] = []
    for call in calls:
        last = result[-1] if result else None
        if isinstance(call, Jobs) and isinstance(last, Jobs) and call.chain == last.chain:
            nodes, sets = [*last.nodes, *call.nodes], [*last.sets, *call.sets]
            result[-1] = Jobs(call.kernels, call.chain, nodes, sets)
        else:
            result.append(call)
    return [c.call() if isinstance(c, Jobs) else c for c in result]


def worth_compiling(units: Iterable[tuple[Sequence[Step], Jobs | None]]) -> set[Any]:
    """Return the chains whose kernels save enough in all the units that they would replace."""
    saved: dict[Any, float] = {}
    for unit, kernel in units:
        if kernel is not None:
            size = math.prod(unit[0].outputs[0].spec.shape)  # type: ignore[arg-type]
            time = (len(unit) - 1) * (STEP + size / ENTRIES)
            saved[kernel.chain] = saved.get(kernel.chain, 0) + time
    return {chain for chain, time in saved.items() if time >= LEAST}
