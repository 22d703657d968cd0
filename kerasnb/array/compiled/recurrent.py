"""Recurrent sequences by compiled kernels: a function that runs one, or None for NumPy's way."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from . import threads
from .asking import Run, at, kernels_for, module

WORTH_IT = 30_000  # entries of z from which a sequence is quicker by more than a kernel costs
FOR_A_THREAD = 4_000_000  # products that are worth waking a thread for


def _kernels(xp: Any, z: Any, *others: Any, mask: Sequence[Any]) -> Any:
    """Return the kernels of sequences if they can take these arrays."""
    kernels = kernels_for(xp, z, *others)
    if kernels is None or any(not m.flags.c_contiguous for m in mask):
        return None
    if z.size < WORTH_IT and kernels.choice() != "compiled":
        return None
    return module("recurrent_kernels") if kernels.ready() else None


def _share(z: Any, units: int) -> int:
    """Return how many rows of a batch a thread should take: its part, if that is worth waking it."""
    rows = z.shape[1]
    return max(1, rows // threads.get_threads(), FOR_A_THREAD * rows // (z.size * units))


def lstm(
    xp: Any, arrays: Sequence[Any], out: Any, activation: str, recurrent_activation: str
) -> Run | None:
    """Return what runs `lstm_sequence`: the op of this name says what the arrays are."""
    z, u, h, c, *mask = arrays
    hs, cs, gates = out
    outputs = [a for a in out if a is not None]
    made = _kernels(xp, z, u, h, c, *outputs, mask=mask)
    if made is None:
        return None
    steps, (rows, units) = len(z), h.shape
    code = made.lstm(units, activation, recurrent_activation, bool(mask))

    def run() -> None:
        packed = xp.scratch(u.shape, u.dtype)
        made.pack_gates(u, packed)
        # What nobody reads is written over and over again.
        memory = xp.scratch(c.shape, c.dtype, 1) if cs is None else cs
        opened = xp.scratch((4, *c.shape), c.dtype, 2) if gates is None else gates
        places = [*map(at, (z, packed, h, c)), *map(at, mask or [h])]
        apart = (0 if cs is None else c.size, 0 if gates is None else 4 * c.size)
        numbers = (*places, at(hs), at(memory), at(opened), steps, rows, *apart)
        threads.split(rows, partial(code, *numbers), _share(z, units))

    return run


def lstm_grad(
    xp: Any,
    arrays: Sequence[Any],
    out: Any,
    activation: str,
    recurrent_activation: str,
    dcs: Any,
    mask: Sequence[Any],
) -> Run | None:
    """Return what runs all of `lstm_sequence_grad` but the gradient of u.

    Args:
        xp: array module.
        arrays: the gradient of h; h, c, gates, u and the first h and c, as the op says.
        out: dz, dh and dc; dh and dc may be None.
        activation: the activation of what is written.
        recurrent_activation: the activation of the gates.
        dcs: the gradient of c; None for zero.
        mask: the mask, if there is one.
    """
    dhs, _, cs, gates, u, h, c = arrays
    dz, dh, dc = out
    others = [a for a in (dh, dc, dcs) if a is not None]
    made = _kernels(xp, dz, cs, gates, u, c, *others, mask=mask)
    if made is None or dhs.dtype != dz.dtype or dhs.strides[2] != dhs.itemsize:
        return None
    if any(n % dhs.itemsize for n in dhs.strides):
        return None
    steps, (rows, units) = len(dz), h.shape
    code = made.lstm_grad(units, activation, recurrent_activation, dcs is not None, bool(mask))
    apart = [n // dhs.itemsize for n in dhs.strides[:2]]

    def run() -> None:
        packed = xp.scratch(u.shape, u.dtype)
        made.pack_back(u, packed)
        to_h = xp.scratch(h.shape, h.dtype, 1) if dh is None else dh
        to_c = xp.scratch(h.shape, h.dtype, 2) if dc is None else dc
        to_h[...] = to_c[...] = 0
        given = (dhs, dcs if dcs is not None else c, cs, gates, packed, c, *(mask or [h]))
        places = map(at, (*given, dz, to_h, to_c))
        numbers = (*places, steps, rows, *apart, int(dh is not None))
        threads.split(rows, partial(code, *numbers), _share(dz, units))

    return run
