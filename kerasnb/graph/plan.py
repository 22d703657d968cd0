"""Plans: a program bound to memory, run by a short loop.

Every size is known, so every buffer is too: a plan takes them from a pool when it is made, gives a
buffer to another value as soon as the first is read for the last time, and binds each call to its
arrays. A run then only calls; it allocates next to nothing.
"""

from __future__ import annotations

import contextlib
import importlib
import math
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, cast

import numpy as np

from .. import array as _array
from .chains import Call, Jobs, describe, jobs, joined, worth_compiling
from .fuse import BLOCK, in_place, sink, split_apply, units_of
from .lower import Program, Step, Value
from .memory import Block, Lease, Pool, as_array
from .node import Variable
from .op import Elementwise, blame

# What Python wraps converts handlers to enumerations and back: ten times as slow.
_handle = importlib.import_module("_signal").signal
PATIENCE = 1000  # runs after which a plan has kernels made for its small chains


class Plan:
    """A program ready to run.

    Args:
        program: the program.
        pool: where its memory comes from.
        given: arrays that some of the feeds are, so that nothing is copied for them.
    """

    def __init__(
        self, program: Program, pool: Pool, given: Mapping[Value, Any] | None = None
    ) -> None:
        self.pool = pool
        self.xp = _array.xp()
        self.kernels = self.xp.kernels()
        self.alone = self.xp.alone()
        units = sink(units_of(program))
        first, last = split_apply(program, units)
        self.order = [u for unit in first for u in _unroll(unit, self.kernels)]
        self.late = len(self.order)
        self.order += [u for unit in last for u in _unroll(unit, self.kernels)]
        placed = in_place(program, self.order, set(range(self.late, len(self.order))))
        lease = Lease(pool, self.xp)
        binder = _Binder(program, self.order, placed, lease, self.xp, given or {})
        self.feeds = [binder.arrays.get(v) if v else None for v in program.feeds]
        self.bound = [binder.bind(number, unit) for number, unit in enumerate(self.order)]
        self.copies: list[Call] = []
        for variable, value in program.updates:
            if placed.get(value) is not variable:
                copy = partial(self.xp.copyto, variable.array, binder.array(value))
                self.copies.append((copy, variable))
        self.results = [binder.array(v) for v in program.outputs]
        self.patience = PATIENCE if any(b.later for b in self.bound) else 0
        self.lay_out([b.calls for b in self.bound])
        if self.kernels:
            self.kernels.tidy()

    def lay_out(self, lists: list[Sequence[Call | Jobs]]) -> None:
        """Take the calls of each unit as those of a run."""
        self.compute = joined(c for calls in lists[: self.late] for c in calls)
        self.apply = joined(c for calls in lists[self.late :] for c in calls) + self.copies

    def wait(self) -> None:
        """Count a run; after many of them have kernels made for small chains too, if it pays."""
        self.patience -= 1
        if not self.patience and self.kernels.ready():
            self.compile_small()

    def compile_small(self) -> None:
        """Let kernels do the small chains that are worth it."""
        later = [b.later() if b.later else None for b in self.bound]
        worth = worth_compiling(zip(self.order, later, strict=True))
        pairs = zip(self.bound, later, strict=True)
        self.lay_out([[made] if made and made.chain in worth else b.calls for b, made in pairs])
        self.bound = [b._replace(later=None) for b in self.bound]

    def run(self, arrays: Sequence[Any]) -> list[Any]:
        """Compute the outputs from the feeds, then change the variables.

        Args:
            arrays: for each feed a host array or `Rows`.

        Returns:
            Fresh host arrays; numbers for outputs without axes.
        """
        xp = self.xp
        with self.pool.lock, xp.quiet(), self.alone:
            for buffer, given in zip(self.feeds, arrays, strict=True):
                if buffer is None:
                    continue
                if isinstance(given, Rows):
                    xp.gather_rows(buffer, given.array, given.index)
                else:
                    xp.load(buffer, given)
            if self.patience:
                self.wait()
            self.step()
            results = [_take_out(xp.to_host(r)) for r in self.results]
            if self.apply:
                with hold_interrupts():
                    _run(self.apply)
        return results

    def step(self) -> None:
        """Compute from what lies in the feeds; the results lie in `results`."""
        _run(self.compute)


class Rows:
    """Rows of a host array: `array[index]`, gathered when a plan reads them.

    Args:
        array: host array.
        index: slice, or integer array of row numbers.
    """

    def __init__(self, array: np.ndarray, index: Any) -> None:
        self.array = array
        self.index = index
        count = len(range(*index.indices(len(array)))) if isinstance(index, slice) else len(index)
        self.shape = (count, *array.shape[1:])
        self.dtype = array.dtype


def _run(calls: list[Call]) -> None:
    node: Any = None
    try:
        for function, node in calls:  # noqa: B007
            function()
    except (ValueError, TypeError, IndexError, MemoryError) as error:
        raise blame(error, node) from None


def _take_out(array: np.ndarray) -> Any:
    return array[()] if array.ndim == 0 else array.copy()


@contextlib.contextmanager
def hold_interrupts() -> Iterator[None]:
    """Let Ctrl-C wait until the block is done: variables change together or not at all."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[Any] = []
    before = _handle(signal.SIGINT, lambda *args: caught.append(args))
    try:
        yield
    finally:
        _handle(signal.SIGINT, before)
        if caught and callable(before):
            before(*caught[0])


class Bound(NamedTuple):
    """The calls of a unit, and what can replace them when the plan has run often enough."""

    calls: Sequence[Call | Jobs]
    later: Callable[[], Jobs | None] | None = None


def _unroll(unit: list[Step], kernels: Any) -> list[list[Step]]:
    """Return a chain as it is if it pays to run it in blocks or as a kernel, else each step."""
    size = math.prod(unit[0].outputs[0].spec.shape)  # type: ignore[arg-type]
    op = unit[0].op
    blocked = isinstance(op, Elementwise) and (len(unit) > 1 or not op.ufunc)
    whole = size > BLOCK or (kernels is not None and size > 1 and describe(kernels, unit))
    return [unit] if blocked and whole else [[step] for step in unit]


class _Binder:
    """Hands out memory in the order of the run and binds each step to its arrays."""

    def __init__(
        self,
        program: Program,
        order: list[list[Step]],
        placed: dict[Value, Variable],
        lease: Lease,
        xp: Any,
        given: Mapping[Value, Any],
    ) -> None:
        self.xp = xp
        self.kernels = xp.kernels()
        self.often = bool(program.updates)  # what trains runs often
        self.lease = lease
        self.placed = placed
        self.order = order
        self.ahead: list[tuple[int, Call]] | None = None  # pieces that the next chain takes up
        self.sources: set[Value] = set()  # what those pieces read
        self.late: list[Value] = []  # what can be given away when they are done
        self.arrays: dict[Value, Any] = dict(given)
        self.blocks: dict[Value, Block] = {}
        self.last: dict[Value, tuple[float, int]] = {}
        self.dying: dict[float, list[Value]] = {}
        for number, unit in enumerate(order):
            for i, step in enumerate(unit):
                for value in (*step.inputs, *step.outputs):
                    self.last[value.root] = (number, i)
        self.read = {v for unit in order for step in unit for v in step.inputs}
        for value in (*program.outputs, *(v for _, v in program.updates)):
            self.last[value.root] = (math.inf, 0)
            self.read.add(value)
        for root, (end, _) in self.last.items():
            self.dying.setdefault(end, []).append(root)
        for feed in program.feeds:
            if feed in self.last and feed not in self.arrays:
                self.new(feed)

    def new(self, value: Value) -> Any:
        """Give `value` memory of its own."""
        shape: Any = value.spec.shape
        try:
            self.arrays[value], self.blocks[value] = self.lease.take(shape, value.spec.dtype)
        except MemoryError:
            size = math.prod(shape) * np.dtype(value.spec.dtype).itemsize
            error = MemoryError(
                f"no memory for an array of shape {shape} and type {value.spec.dtype} "
                f"({size / 2**30:.3g} GiB). Smaller batches or a smaller layer need less."
            )
            node = value.step.node if value.step else value.leaf
            raise (error if node is None else blame(error, node)) from None
        return self.arrays[value]

    def array(self, value: Value) -> Any:
        """Return the array of a value, which exists by now or is a leaf."""
        if value not in self.arrays:
            if isinstance(value.leaf, Variable):
                array = value.leaf.array
            else:
                array = self.constant(value.spec)
            self.arrays[value] = array
        return self.arrays[value]

    def constant(self, spec: Any) -> Any:
        value = spec.value
        if value.ndim and value.size and not any(value.strides):
            return self.xp.broadcast_to(self.xp.asarray(value[(0,) * value.ndim]), spec.shape)
        return self.xp.asarray(value)

    def bind(self, number: int, unit: list[Step]) -> Bound:
        """Return the calls of one unit."""
        if len(unit) > 1 or self.pays(unit):
            bound = self.bind_chain(number, unit)
        else:
            bound = Bound(self.bind_step(number, unit[0]))
        done = [*self.late, *self.dying.get(number, ())]
        # A step that works in pieces runs together with the chain after it: its operands live on.
        self.late = done if self.ahead else []
        for root in () if self.ahead else done:
            if root in self.blocks:
                self.lease.give(self.blocks.pop(root))
        return bound

    def pays(self, unit: list[Step]) -> bool:
        """Whether a kernel is to be made at once: it saves passes over memory, or NumPy is slow."""
        size = math.prod(unit[0].outputs[0].spec.shape)  # type: ignore[arg-type]
        op = unit[0].op
        if self.kernels is None or not isinstance(op, Elementwise) or size < 2:
            return False
        # NumPy goes through a row, to which a bias is added say, two to four times slower.
        rows = any(1 < math.prod(v.spec.shape) < size for v in unit[0].inputs)  # type: ignore[arg-type]
        slow = len(unit) > 1 or rows or not op.ufunc or op.ufunc in self.kernels.chain.ULPS
        chosen = self.kernels.choice() == "compiled" or (slow and size > BLOCK)
        return chosen and bool(describe(self.kernels, unit)) and self.kernels.ready()

    def pays_later(self, unit: list[Step]) -> bool:
        """Whether a small chain is to become a kernel after many runs.

        Only if that changes no result, so that a run gives the same whenever it is repeated.
        """
        if self.kernels is None or not self.often or self.ahead or len(unit) < 2:
            return False
        return not any(type(s.op).__name__ in self.kernels.chain.ULPS for s in unit)

    def bind_step(self, number: int, step: Step) -> list[Call]:
        op, xp = step.op, self.xp
        arrays = [self.array(v) for v in step.inputs]
        if op.view:
            self.arrays[step.outputs[0]] = op.run(xp, *arrays, out=None)
            return []
        outs: list[Any] = []
        for index, value in enumerate(step.outputs):
            if index and value not in self.read:
                outs.append(None)
            else:
                outs.append(self.place(value, step, (number, 0)))
        if isinstance(op, Elementwise):
            arrays = [_as_number(a) for a in arrays]
            if not op.ufunc and outs[0].size > BLOCK:
                return self.blocks_of([(step, arrays, outs[0])], outs[0].shape, {})
        elif op.nout == 1 and self.meets_chain(number, step):
            pieces = op.parts(xp, arrays, outs[0])
            if pieces:
                self.ahead = [(stop, (call, step.node)) for stop, call in pieces]
                self.sources = {v.root for v in step.inputs}
                return []
        out = outs[0] if op.nout == 1 else tuple(outs)
        return [(op.bind(xp, arrays, out), step.node)]

    def meets_chain(self, number: int, step: Step) -> bool:
        """Whether the next unit is a blocked chain over the result of `step` and can follow it."""
        value = step.outputs[0]
        if number + 1 >= len(self.order) or len(self.order[number + 1]) < 2:
            return False
        chain = self.order[number + 1]
        seen = [v for s in chain for v in s.inputs if v.root is value]
        return (
            bool(seen)
            and all(v is value for v in seen)
            and chain[0].outputs[0].spec.shape == value.spec.shape
            and value.spec.shape[0] != 1
        )

    def place(
        self, value: Value, step: Step, here: tuple[float, int], seen: Sequence[Value] = ()
    ) -> Any:
        """Give a result memory: its variable's, that of an operand read for the last time, or new.

        Args:
            value: the result.
            step: the step that makes it.
            here: number of the unit, and of the step in it.
            seen: what the steps before it in its chain read.
        """
        if value in self.placed:
            self.arrays[value] = self.placed[value].array
            return self.arrays[value]
        op = step.op
        free = op.may_share() if isinstance(op, Elementwise) else op.inplace
        mine = [v for i, v in enumerate(step.inputs) if free is None or i in free]
        done = [v for v in seen if (here[0], 0) <= self.last[v.root] < here]
        for operand in (*(v for v in mine if self.last[v.root] == here), *done):
            if (
                operand in self.blocks
                and operand.spec[:2] == value.spec[:2]
                and not (self.ahead and operand in self.sources)
                and not self.seen_otherwise(operand, here[0])
            ):
                self.blocks[value] = self.blocks.pop(operand)
                self.arrays[value] = self.arrays[operand]
                return self.arrays[value]
        return self.new(value)

    def seen_otherwise(self, value: Value, number: float) -> bool:
        """Whether the unit also reads a view of `value`, so that it cannot be overwritten."""
        return any(
            v is not value and v.root is value
            for step in self.order[int(number)]
            for v in step.inputs
        )

    def bind_chain(self, number: int, unit: list[Step]) -> Bound:
        """Bind a chain: results that others read get arrays, the rest lives in blocks."""
        inside = {s.outputs[0] for s in unit}
        temporary = {v for v in inside if self.last[v][0] == number}
        work: dict[Value, Any] = {}
        shape: Any = unit[0].outputs[0].spec.shape
        members = []
        seen: list[Value] = []
        for i, step in enumerate(unit):
            value = step.outputs[0]
            out = value if value in temporary else self.place(value, step, (number, i), seen)
            seen += step.inputs
            operands = [v if v in temporary else _as_number(self.array(v)) for v in step.inputs]
            members.append((step, operands, out))
        # A view of an inside value cannot occur: a view closes its chain.
        if self.pays(unit):
            kernel = self.kernel_of(unit, shape, temporary)
            if kernel:
                return Bound(kernel)
        later = partial(self.jobs_of, unit, shape, temporary) if self.pays_later(unit) else None
        free: list[Any] = []
        held: list[Any] = []
        for i, step in enumerate(unit):
            value = step.outputs[0]
            ends = [
                v for v in dict.fromkeys(step.inputs) if v in work and self.last[v] == (number, i)
            ]
            share = step.op.may_share()  # type: ignore[attr-defined]
            reuse = [
                v
                for v in ends
                if v.spec.dtype == value.spec.dtype
                and (share is None or all(j in share for j, x in enumerate(step.inputs) if x is v))
            ]
            if value in temporary:
                if reuse:
                    ends.remove(reuse[0])
                    work[value] = work[reuse[0]]
                else:
                    work[value] = free.pop() if free else None
                    if work[value] is None:
                        work[value] = [0]
                        held.append(work[value])
                if value not in self.read:
                    ends.append(value)
            free += [work[v] for v in ends]
        return Bound(self.blocks_of(members, shape, work, held), later)

    def jobs_of(self, unit: list[Step], shape: tuple[int, ...], inside: set[Value]) -> Jobs | None:
        """Return a whole chain as a call of a kernel, None if it cannot be one."""
        made = self.kernel_of(unit, shape, inside)
        return cast(Jobs, made[0]) if made else None

    def kernel_of(
        self, unit: list[Step], shape: tuple[int, ...], inside: set[Value]
    ) -> list[Call | Jobs]:
        """Return the calls of a chain as a kernel, none if it cannot be one.

        Args:
            unit: the chain.
            shape: shape of all results.
            inside: results that nobody else reads.
        """
        described = describe(self.kernels, unit) if self.kernels else None
        if described is None:
            return []
        steps, reads = described
        writes = {
            i: s.outputs[0]
            for i, s in enumerate(unit)
            if s.outputs[0] not in inside and s.outputs[0] in self.arrays
        }
        arrays = [_as_number(self.array(v)) for v in (*reads, *writes.values())]
        flat, views = _collapse(self.xp, shape, arrays)
        cuts, start = self.cuts(flat[0] // shape[0] if self.ahead else 1, flat[0]), 0
        calls: list[Call | Jobs] = []
        for limit, call in cuts:
            parts = [v[start:limit] for v in views]
            outs = dict(zip(writes, parts[len(reads) :], strict=True))
            nodes = [s.node for s in unit]
            made = jobs(self.kernels, steps, parts[: len(reads)], outs, nodes)
            if made is None:
                return []
            calls += [call, made] if call else [made]
            start = limit
        self.ahead = None
        return calls

    def cuts(self, times: int, rows: int) -> list[tuple[int, Call | None]]:
        """Return where a chain waits for the next piece of what it reads, with the piece's call.

        Args:
            times: rows of the chain for a row of what comes in pieces.
            rows: rows of the chain.
        """
        return [(stop * times, call) for stop, call in self.ahead or ()] or [(rows, None)]

    def blocks_of(
        self,
        members: list[tuple[Step, list[Any], Any]],
        shape: tuple[int, ...],
        work: dict[Value, Any],
        held: Sequence[list] = (),
    ) -> list[Call]:
        """Return the calls of a chain, block after block.

        Args:
            members: step, operands and result; a Value among them is a temporary of the chain.
            shape: shape of all results.
            work: the slot of each temporary.
            held: the slots; each gets a block of memory that serves any type.
        """
        arrays = {
            id(a): a
            for _, operands, out in members
            for a in (*operands, out)
            if not isinstance(a, Value) and a.ndim
        }
        flat, flattened = _collapse(self.xp, shape, list(arrays.values()))
        views = dict(zip(arrays, flattened, strict=True))
        rest = math.prod(flat[1:])
        rows = min(flat[0], max(1, BLOCK // rest))
        block_shape = (rows, *flat[1:])
        for slot in held:
            slot[0] = self.lease.take(block_shape, "float64")[1]
        temporaries = {
            v: as_array(slot[0].bytes, block_shape, v.spec.dtype) for v, slot in work.items()
        }
        for slot in held:
            self.lease.give(slot[0])
        cuts = self.cuts(flat[0] // shape[0] if self.ahead else 1, flat[0])
        self.ahead = None
        calls: list[Call] = []
        start = 0
        for limit, call in cuts:
            if call is not None:
                calls.append(call)
            while start < limit:
                stop = min(start + rows, limit)
                for step, operands, out in members:
                    parts = [
                        temporaries[a][: stop - start]
                        if isinstance(a, Value)
                        else views[id(a)][start:stop]
                        if a.ndim
                        else a
                        for a in (*operands, out)
                    ]
                    calls.append((step.op.bind(self.xp, parts[:-1], parts[-1]), step.node))
                start = stop
        return calls


def _as_number(array: Any) -> Any:
    """Return an array that holds one number everywhere as an array without axes."""
    if array.ndim and array.size and not any(array.strides):
        return array[(0,) * array.ndim + (...,)]  # '...': a view, not a copy of the number
    return array


def _collapse(
    xp: Any, shape: tuple[int, ...], arrays: list[Any]
) -> tuple[tuple[int, ...], list[Any]]:
    """Return the arrays, broadcast to `shape`, with as few axes as show them all."""
    ndim = len(shape)
    table = []
    for a in arrays:
        lead = ndim - a.ndim
        table.append([0] * lead + [0 if a.shape[i] == 1 else a.strides[i] for i in range(a.ndim)])
    sizes: list[int] = []
    strides: list[list[int]] = [[] for _ in arrays]
    for axis, size in enumerate(shape):
        if size == 1:
            continue
        now = [row[axis] for row in table]
        if sizes and all(s[-1] == n * size for s, n in zip(strides, now, strict=True)):
            sizes[-1] *= size
            for s, n in zip(strides, now, strict=True):
                s[-1] = n
        else:
            sizes.append(size)
            for s, n in zip(strides, now, strict=True):
                s.append(n)
    flat = tuple(sizes)
    return flat, [
        a.reshape(flat)  # as_strided takes ten times as long
        if a.shape == shape and a.flags.c_contiguous
        else xp.as_strided(a, flat, tuple(s))
        for a, s in zip(arrays, strides, strict=True)
    ]
