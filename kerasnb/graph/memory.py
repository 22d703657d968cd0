"""Memory that plans share: blocks that are taken, given back, and taken again."""

from __future__ import annotations

import math
import os
import threading
import weakref
from bisect import bisect_left, insort
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..array.compiled.threads import compiling
from .node import first_value


class Pool:
    """Memory that plans share which do not run at the same time."""

    def __init__(self) -> None:
        self.slabs: list[Any] = []
        self.used: list[int] = []  # of each slab, how many of its bytes plans have handed out
        self.lock = threading.RLock()

    @property
    def nbytes(self) -> int:
        """Bytes that have been of use."""
        return sum(self.used)


class Block(NamedTuple):
    """A stretch of memory: its bytes, and where it lies."""

    bytes: Any
    slab: int
    start: int


class Lease:
    """The pool's memory as one plan hands it to its values.

    What is given back joins its free neighbours, so that large values find room where small ones
    have been.
    """

    def __init__(self, pool: Pool, xp: Any) -> None:
        self.pool = pool
        self.xp = xp
        self.free: list[tuple[int, int, int]] = []  # (size, slab, start), in order
        self.sizes: dict[tuple[int, int], int] = {}  # by slab and start
        self.starts: dict[tuple[int, int], int] = {}  # by slab and end
        for number, slab in enumerate(pool.slabs):
            self.add(number, 0, slab.nbytes)

    def add(self, slab: int, start: int, size: int) -> None:
        """Note a free stretch."""
        insort(self.free, (size, slab, start))
        self.sizes[slab, start] = size
        self.starts[slab, start + size] = start

    def remove(self, slab: int, start: int) -> int:
        """Forget a free stretch; return its size."""
        size = self.sizes.pop((slab, start))
        del self.starts[slab, start + size]
        del self.free[bisect_left(self.free, (size, slab, start))]
        return size

    def take(self, shape: Sequence[int], dtype: str) -> tuple[Any, Block]:
        """Return an array and the block that it lies in."""
        # A line of the cache between blocks: arrays whose sizes are powers of two would all begin
        # in the same lines.
        size = -(-math.prod(shape) * np.dtype(dtype).itemsize // 64) * 64 + 64
        at = bisect_left(self.free, (size,))
        if at == len(self.free):
            self.pool.slabs.append(self.xp.memory(size))
            self.pool.used.append(0)
            self.add(len(self.pool.slabs) - 1, 0, self.pool.slabs[-1].nbytes)
        _, slab, start = self.free[at]
        rest = self.remove(slab, start) - size
        if rest:
            self.add(slab, start + size, rest)
        self.pool.used[slab] = max(self.pool.used[slab], start + size)
        block = Block(self.pool.slabs[slab][start : start + size], slab, start)
        return as_array(block.bytes, shape, dtype), block

    def give(self, block: Block) -> None:
        """Take a block back."""
        (_, slab, start), size = block, len(block.bytes)
        before = self.starts.get((slab, start))
        if before is not None:
            size += self.remove(slab, before)
            start = before
        if (slab, start + size) in self.sizes:
            size += self.remove(slab, start + size)
        self.add(slab, start, size)


def as_array(memory: Any, shape: Sequence[int], dtype: str) -> Any:
    """Return the beginning of some bytes as an array."""
    nbytes = math.prod(shape) * np.dtype(dtype).itemsize
    return memory[:nbytes].view(dtype).reshape(tuple(shape))


# A child of a fork is to find models whole, and free to be used: no run is cut in two by it.
_pools: weakref.WeakSet[Pool] = weakref.WeakSet()
_forking = threading.Lock()
_held: list[Any] = []


def keep_whole(pool: Pool) -> None:
    """Let forks wait for runs that use a pool."""
    _pools.add(pool)


def _hold() -> None:
    _forking.acquire()
    # In the order in which a run takes them, or the two would wait for each other.
    for lock in (*(pool.lock for pool in tuple(_pools)), first_value, compiling):
        lock.acquire()
        _held.append(lock)


def _let_go() -> None:
    for lock in _held:
        lock.release()
    _held.clear()
    _forking.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_hold, after_in_parent=_let_go, after_in_child=_let_go)
