"""Fusion: elementwise steps of one shape become chains that run block by block in cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .lower import Program, Step, Value
from .node import Variable
from .op import Op

BLOCK = 16384  # entries of a block: at four bytes, an operand takes 64 KiB


@dataclass(eq=False)
class Chain:
    """Elementwise steps whose results have one shape, with their places in the program."""

    shape: tuple[int, ...]
    steps: list[tuple[int, Step]] = field(default_factory=list)
    joined: Chain | None = None

    @property
    def whole(self) -> Chain:
        """The chain that this one has become part of."""
        chain = self
        while chain.joined is not None:
            chain = chain.joined
        return chain


def units_of(program: Program) -> list[list[Step]]:
    """Return the program's steps in lists: a list of several steps is a chain.

    A chain runs where the first of its results is needed by something else, so it collects all
    that can be done in one pass over its operands.
    """
    units: list[list[Step]] = []
    waiting: dict[Chain, None] = {}  # chains that have not run, in order
    owner: dict[Value, Chain] = {}  # of a result
    reader: dict[Value, Chain] = {}  # the last chain that reads a value in full

    def close(chain: Chain) -> None:
        del waiting[chain]
        units.append([step for _, step in sorted(chain.steps, key=lambda pair: pair[0])])

    for index, step in enumerate(program.steps):
        shape: Any = step.outputs[0].spec.shape
        fuses = step.op.elementwise
        for value in step.inputs:
            chain = owner[value].whole if value in owner else None
            if chain in waiting and not (fuses and chain.shape == shape):
                close(chain)
        if not fuses:
            units.append([step])
            continue
        full = [v for v in step.inputs if v.spec.shape == shape]
        near = [table[v].whole for v in full for table in (owner, reader) if v in table]
        chains = [c for c in dict.fromkeys(near) if c in waiting]
        target = chains[0] if chains else Chain(shape)
        waiting[target] = None
        for other in chains[1:]:
            target.steps += other.steps
            other.joined = target
            del waiting[other]
        target.steps.append((index, step))
        owner[step.outputs[0]] = target
        if shape:
            reader.update(dict.fromkeys(full, target))
    for chain in list(waiting):
        close(chain)
    return units


def sink(units: list[list[Step]]) -> list[list[Step]]:
    """Move ops that can work piece by piece to just before the chain that takes up their result."""
    order = list(units)
    first_use: dict[Value, int] = {}
    for number, unit in enumerate(order):
        for step in unit:
            for value in step.inputs:
                first_use.setdefault(value.root, number)
    moved: dict[int, list[Step]] = {}
    for unit in order:
        (value, *more) = unit[0].outputs
        number = first_use.get(value, -1)
        if type(unit[0].op).parts is not Op.parts and not more and number >= 0:
            if order[number][0].op.elementwise and number not in moved:
                moved[number] = unit
    away = set(map(id, moved.values()))
    result = []
    for number, unit in enumerate(order):
        if id(unit) not in away:
            result += [moved[number], unit] if number in moved else [unit]
    return result


def split_apply(
    program: Program, units: list[list[Step]]
) -> tuple[list[list[Step]], list[list[Step]]]:
    """Split units into those that compute and those that may write variables at the end.

    A unit of the second kind is elementwise and makes nothing but new values of variables (and
    what other such units need): it runs after everything else, so it may write in place.
    """
    readers: dict[Value, list[int]] = {}
    for number, unit in enumerate(units):
        for step in unit:
            for value in step.inputs:
                readers.setdefault(value, []).append(number)
    targets = {value for _, value in program.updates}
    results = {value.root for value in program.outputs}
    late: set[int] = set()
    for number in range(len(units) - 1, -1, -1):
        made = [v for step in units[number] for v in step.outputs]
        outside = [v for v in made if v in targets or any(r != number for r in readers.get(v, ()))]
        if (
            units[number][0].op.elementwise
            and any(v in targets for v in made)
            and not any(v in results for v in made)
            and all(r == number or r in late for v in outside for r in readers.get(v, ()))
        ):
            late.add(number)
    compute = [u for n, u in enumerate(units) if n not in late]
    return compute, [u for n, u in enumerate(units) if n in late]


def in_place(
    program: Program, order: Sequence[list[Step]], late: set[int]
) -> dict[Value, Variable]:
    """Return the new values that can be written straight into their variables.

    That is so where all who read the old value have run by then. `late` holds the numbers of
    the units in `order` that may write variables.
    """
    place = {s: (n, i) for n, unit in enumerate(order) for i, s in enumerate(unit)}
    reads: dict[Any, list[tuple[Step, Value, int]]] = {}
    for unit in order:
        for step in unit:
            for i, value in enumerate(step.inputs):
                leaf = value.root.leaf
                if isinstance(leaf, Variable):
                    reads.setdefault(leaf, []).append((step, value, i))
    chosen: dict[Value, Variable] = {}
    for variable, value in program.updates:
        maker = value.step
        if maker is None or place[maker][0] not in late or value in chosen:
            continue
        here = place[maker]
        free = maker.op.may_share()  # type: ignore[attr-defined]
        if value.spec[:2] == (variable.shape, variable.dtype) and all(
            place[s] < here
            and (place[s][0] != here[0] or v.leaf is variable)
            or (s is maker and v.leaf is variable and (free is None or i in free))
            for s, v, i in reads.get(variable, ())
        ):
            chosen[value] = variable
    return chosen
