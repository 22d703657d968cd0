"""Whole sequences of recurrent layers, as kernels.

At each step the product of the states with the recurrent kernel is summed up in registers, a few
rows times a few vectors at a time, and the gates are computed while the sums are in cache. The
recurrent kernel comes in panels, so that the product reads one number after the other.
Kernels know the number of units; steps and rows are given to them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import functions as fn
from .build import Kernel, Reg, once
from .host import host
from .window import over_channels

TOGETHER = 4  # vectors of a panel of the way back
Code = Callable[..., None]


def activate(k: Kernel, name: str, x: Reg) -> Reg:
    """Return an activation of x."""
    if name == "hard_sigmoid":
        return fn.clamp(k, x * 0.2 + 0.5, 0.0, 1.0)
    if name == "relu":
        return k.select(x < 0.0, 0.0, x)
    return {"tanh": fn.tanh, "sigmoid": fn.sigmoid}.get(name, lambda k, x: x)(k, x)


def slope(k: Kernel, name: str, y: Reg) -> Reg:
    """Return the slope of an activation in terms of its result."""
    if name == "tanh":
        return k.fma(-y, y, 1.0)
    if name == "sigmoid":
        return (1.0 - y) * y
    if name == "hard_sigmoid":  # y (1 - y) is 0 at the ends and below 1 between them
        return k.intrinsic("ceil", (1.0 - y) * y) * 0.2
    return k.cast(y > 0.0, y.type) if name == "relu" else k.constant(1.0, y.type, y.lanes)


def pack_gates(u: Any, out: Any, gates: int = 4) -> None:
    """Write u (units, gates * units) in panels: (units, gates, vector) for each vector of units."""
    units, lanes = len(u), host().lanes
    whole = units - units % lanes
    flat, parts = out.reshape(-1), u.reshape(units, gates, units)
    first = flat[: whole * gates * units].reshape(-1, units, gates, lanes)
    first[...] = parts[:, :, :whole].reshape(units, gates, -1, lanes).transpose(2, 0, 1, 3)
    flat[whole * gates * units :].reshape(units, gates, -1)[...] = parts[:, :, whole:]


def pack_back(u: Any, out: Any, gates: int = 4) -> None:
    """Write the transpose of each gate's part of u in panels: (units, width of the panel) each."""
    units, width = len(u), TOGETHER * host().lanes
    whole = units - units % width
    parts = u.reshape(units, gates, units)
    for gate, flat in enumerate(out.reshape(gates, -1)):
        first = flat[: whole * units].reshape(-1, units, width)
        first[...] = parts[:whole, gate].reshape(-1, width, units).transpose(0, 2, 1)
        flat[whole * units :].reshape(units, -1)[...] = parts[whole:, gate].T


def product(
    k: Kernel,
    part: Sequence[Reg],
    left: tuple[Reg, int],
    weights: Reg,
    depth: int,
    lanes: Sequence[int],
    sources: tuple[Sequence[Reg], int],
    targets: tuple[Sequence[Reg], int],
) -> None:
    """Write: a row of targets is a row of sources, and a row of `left` times the weights.

    Args:
        k: the kernel.
        part: the first of the rows, and the one after the last.
        left: its row 0, and how far apart rows are.
        weights: (depth, sum of lanes).
        depth: entries of a row of `left`.
        lanes: entries of each vector of a row of weights.
        sources: where each vector of row 0 lies, and how far apart rows are.
        targets: likewise.
    """
    width, count = sum(lanes), max(1, k.registers // len(lanes) - 1)

    def some(row: Reg, count: int) -> None:
        def each(places: tuple[Sequence[Reg], int], i: int) -> list[Reg]:
            return [p + (row + i) * places[1] for p in places[0]]

        sums = [
            [k.variable(k.load(p, n)) for p, n in zip(each(sources, i), lanes, strict=True)]
            for i in range(count)
        ]
        begins = [left[0] + (row + i) * left[1] for i in range(count)]
        with k.loop(0, depth) as e:
            numbers = [k.load(begin + e) for begin in begins]
            for v, n in enumerate(lanes):
                weight = k.load(weights + e * width + sum(lanes[:v]), n)
                for number, row_sums in zip(numbers, sums, strict=True):
                    row_sums[v].value = k.fma(number, weight, row_sums[v].value)
        for i, row_sums in enumerate(sums):
            for place, total in zip(each(targets, i), row_sums, strict=True):
                k.store(total.value, place)

    done, last = part
    for number in (count, *(n for n in (4, 2, 1) if n < count)):
        end = last - (last - done) % number
        with k.loop(done, end, number) as row:
            some(row, number)
        done = end


def lstm(units: int, activation: str, opening: str, masked: bool) -> Code:
    """Return f(z, u, h, c, mask, hs, cs, gates, steps, rows, ..., first row, last).

    The rest: entries of a step of cs and of gates.
    """
    key = ("lstm", units, activation, opening, masked)
    return once(key, lambda: _lstm(*key[1:]))


def _lstm(units: int, activation: str, opening: str, masked: bool) -> Code:
    floats = "float32* " * 3
    k = Kernel("lstm", f"{floats} float32* bool* {floats} {'int64 ' * 6}")
    z, u, h, c, mask, hs, cs, gates, steps, rows, c_step, gates_step, *part = k.arguments
    first, last = part
    size = rows * units
    with k.loop(0, steps) as t:
        past_h = k.select(t < 1, h, hs + (t - 1) * size)
        past_c = k.select(t < 1, c, cs + (t - 1) * c_step)
        now = z + t * size * 4
        opened = [gates + t * gates_step + size * i for i in range(4)]

        def panel(unit: Any, lanes: int) -> None:
            sources = [now + unit + i * units for i in range(4)]
            targets = [o + unit for o in opened]
            weights = u + k.index(unit) * (4 * units)
            left, rights = (past_h, units), ((sources, 4 * units), (targets, units))
            product(k, part, left, weights, units, [lanes] * 4, *rights)

        over_channels(k, units, panel)
        with k.loop(first, last) as row:

            def entries(unit: Any, lanes: int) -> None:
                at = row * units + unit
                i, f, g, o = (k.load(p + at, lanes) for p in opened)
                i, f, o = (activate(k, opening, x) for x in (i, f, o))
                g = activate(k, activation, g)
                old_c = k.load(past_c + at, lanes)
                new_c = k.fma(f, old_c, i * g)
                if masked:
                    go = k.load(mask + (t * rows + row))
                    new_c = k.select(go, new_c, old_c)
                new_h = o * activate(k, activation, new_c)
                if masked:
                    new_h = k.select(go, new_h, k.load(past_h + at, lanes))
                for p, x in zip(opened, (i, f, g, o), strict=True):
                    k.store(x, p + at)
                k.store(new_c, cs + t * c_step + at)
                k.store(new_h, hs + t * size + at)

            over_channels(k, units, entries)
    return k.compile()


def lstm_grad(units: int, activation: str, opening: str, with_dcs: bool, masked: bool) -> Code:
    """Return f(dhs, dcs, cs, gates, u, c, mask, dz, dh, dc, steps, rows, ...).

    The rest: entries of a step and of a row of dhs, whether the first h's gradient is wanted, and
    the first row and the one after the last. dh and dc begin as zeros.
    """
    key = ("lstm_grad", units, activation, opening, with_dcs, masked)
    return once(key, lambda: _lstm_grad(*key[1:]))


def _lstm_grad(units: int, activation: str, opening: str, with_dcs: bool, masked: bool) -> Code:
    floats = "float32* " * 3
    k = Kernel("lstm_grad", f"{floats * 2} bool* {floats} {'int64 ' * 7}")
    dhs, dcs, cs, gates, u, c, mask, dz, dh, dc, steps, rows, *apart, wanted = k.arguments[:-2]
    part = k.arguments[-2:]
    size = rows * units
    with k.loop(0, steps) as back:
        t = steps - 1 - back
        past_c = k.select(t < 1, c, cs + (t - 1) * size)
        slopes = dz + t * size * 4
        with k.loop(*part) as row:

            def entries(unit: Any, lanes: int) -> None:
                at = row * units + unit
                here = t * size + at
                i, f, g, o = (k.load(gates + (t * 4 + n) * size + at, lanes) for n in range(4))
                d = k.load(dh + at, lanes)
                d = d + k.load(dhs + t * apart[0] + row * apart[1] + unit, lanes)
                e = k.load(dc + at, lanes)
                if with_dcs:
                    e = e + k.load(dcs + here, lanes)
                squashed = activate(k, activation, k.load(cs + here, lanes))
                live = k.fma(d * o, slope(k, activation, squashed), e)
                news = [
                    live * g * slope(k, opening, i),
                    live * k.load(past_c + at, lanes) * slope(k, opening, f),
                    live * i * slope(k, activation, g),
                    d * squashed * slope(k, opening, o),
                ]
                to_c, to_h = live * f, k.constant(0.0, d.type, lanes)
                if masked:  # a step that is masked has no gradient, it hands on what comes
                    go = k.load(mask + (t * rows + row))
                    news = [k.select(go, x, 0.0) for x in news]
                    to_c, to_h = k.select(go, to_c, e), k.select(go, 0.0, d)
                for n, x in enumerate(news):
                    k.store(x, slopes + row * (4 * units) + (unit + n * units))
                k.store(to_c, dc + at)
                k.store(to_h, dh + at)

            over_channels(k, units, entries)
        with k.when(t + wanted > 0), k.loop(0, 4) as gate:
            left = (slopes + gate * units, 4 * units)
            add_back(k, part, left, u + gate * (units * units), units, dh)
    return k.compile()


def add_back(
    k: Kernel, part: Sequence[Reg], left: tuple[Reg, int], weights: Reg, units: int, dh: Reg
) -> None:
    """Write: add to dh the product of `left` with what `pack_back` made of one gate."""
    lanes, width = k.lanes, TOGETHER * k.lanes
    whole = units - units % width
    rest = [lanes] * ((units - whole) // lanes) + [n for n in [units % lanes] if n]

    def panel(unit: Any, vectors: Sequence[int]) -> None:
        places = [dh + unit + sum(vectors[:v]) for v in range(len(vectors))]
        product(
            k,
            part,
            left,
            weights + k.index(unit) * units,
            units,
            vectors,
            (places, units),
            (places, units),
        )

    with k.loop(0, whole, width) as unit:
        panel(unit, [lanes] * TOGETHER)
    if rest:
        panel(whole, rest)
