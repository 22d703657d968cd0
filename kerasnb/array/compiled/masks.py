"""Random masks: a number is made of each place and a key, so that threads can share the work."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import MIX, threads
from .asking import at
from .build import Kernel, Reg, once

FOR_A_THREAD = 200_000  # pairs of entries that are worth waking a thread for


def filler(out: np.ndarray, limit: int) -> Callable[[int, int], None]:
    """Return what `numpy.keep_mask` does, for a mask with one axis, in C order."""
    code, address, pairs = once("mask", _write), at(out), len(out) // 2
    last = np.empty(2, bool)

    def fill(start: int, turn: int) -> None:
        if pairs < 2 * FOR_A_THREAD:
            code(address, 0, pairs, start, turn, limit)
        else:
            split = threads.split
            split(pairs, lambda a, b: code(address, a, b, start, turn, limit), FOR_A_THREAD)
        if len(out) % 2:
            code(at(last) - 2 * pairs, pairs, pairs + 1, start, turn, limit)
            out[-1] = last[0]

    return fill


def _write() -> Callable[..., None]:
    k = Kernel("mask", "int16* int64 int64 int64 int64 int64")
    out, first, end, *numbers = k.arguments
    start, turn, limit = (k.cast(n, "int32") for n in numbers)
    step, *factors = (_signed(n) for n in MIX)
    places = k.counting("int32", k.lanes)

    def body(i: Reg, lanes: int) -> None:
        place = k.cast(first + i, "int32")
        place = place + places if lanes else place
        x = place * step + start
        x = (x ^ (x >> 16)) * factors[0] ^ turn
        x = (x ^ (x >> 15)) * factors[1]
        x = x ^ (x >> 16)
        one, other = (k.cast(half < limit, "int16") for half in (x & 0xFFFF, x >> 16))
        k.store(one | (other << 8), out + (first + i))

    k.sweep(end - first, body)
    return k.compile()


def _signed(number: int) -> int:
    return number - 2**32 if number >= 2**31 else number
