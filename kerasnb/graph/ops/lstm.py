"""A whole sequence of an LSTM as one op."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...array.compiled import recurrent
from ..autodiff import vjp
from ..node import Node, Spec
from ..op import family, op
from .calls import Calls
from .linalg import matmul, swap_last
from .math import Grads, where
from .rnn import (
    Recurrence,
    activate,
    activation_of,
    before,
    hold_back,
    keep,
    products,
    slope,
    slope_of,
    sum_of_products,
)
from .scan import scan_over
from .shape import concatenate, full_like, stack


@family
class _Lstm(Recurrence):
    recurrent_activation: str = "sigmoid"
    gates = 4


def _columns(x: Node, units: int) -> list[Node]:
    """Return the columns of input, forget, new and output gate."""
    return [x[:, i * units : (i + 1) * units] for i in range(4)]


def _each(gates: Any) -> list[Any]:
    """Return input, forget, new and output gate of gates that lie one after the other."""
    return [gates[i] for i in range(4)]


def _by_gate(xp: Any, rows: Any) -> Any:
    """Return rows (samples, 4 units) as (4, samples, units), a view.

    Products need the gates side by side; all else is twice as fast with each in one stretch.
    """
    return xp.moveaxis(rows.reshape(rows.shape[0], 4, rows.shape[1] // 4), 1, 0)


@op
class lstm_sequence(_Lstm):
    """States of a long short-term memory.

    i, f, o = recurrent_activation(z[t] + h[t - 1] @ u) and g = activation(...), each its columns;
    c[t] = f * c[t - 1] + i * g; h[t] = o * activation(c[t])

    Inputs: z (steps, rows, 4 units) with columns i, f, g, o; u (units, 4 units); h and c before
    the first step (rows, units); perhaps a mask. Returns h and c (steps, rows, units) and
    the gates i, f, g, o (steps, 4, rows, units).

    See: Hochreiter & Schmidhuber, https://doi.org/10.1162/neco.1997.9.8.1735
    """

    nout = 3
    floats = 4
    contiguous = (0, 1, 2, 3, 4)

    def infer(self, z: Spec, u: Spec, h: Spec, c: Spec, *mask: Spec) -> tuple[Spec, ...]:
        steps, rows, units = self.check(z, u, h, *mask)
        self.check(z, u, c)
        states = Spec((steps, rows, units), z.dtype)
        return states, states, Spec((steps, 4, rows, units), z.dtype)

    def bind(self, xp: Any, arrays: Sequence[Any], out: Any) -> Any:
        z, u, h, c, *mask = arrays
        hs, cs, gates = out
        made = recurrent.lstm(xp, arrays, out, self.activation, self.recurrent_activation)
        if made is not None:
            return made
        do = Calls(xp, z.dtype)
        rows, units = h.shape
        wide, block = do.work(rows, 4 * units), do.work(4, rows, units)
        work, new, memory = do.works(3, rows, units)
        for t in range(len(z)):
            all_ = block if gates is None else gates[t]
            i, f, g, o = _each(all_)
            next_h, next_c = hs[t], memory if cs is None else cs[t]
            do(xp.dot, h, u, wide)
            do(xp.add, z[t], wide, wide)
            do(xp.copyto, all_, _by_gate(xp, wide))
            # Gates take their activation all at once, in one stretch of memory.
            activate(do, self.activation, g, work)
            activate(do, self.recurrent_activation, all_, all_)
            do(xp.copyto, g, work)
            do(xp.multiply, i, work, work)
            do(xp.multiply, f, c, new if mask else next_c)
            if mask:
                do(xp.add, new, work, new)
                keep(do, new, c, next_c, mask[0][t])
            else:
                do(xp.add, next_c, work, next_c)
            activate(do, self.activation, next_c, work)
            do(xp.multiply, o, work, work if mask else next_h)
            if mask:
                keep(do, work, h, next_h, mask[0][t])
            h, c = next_h, next_c
        return do.run

    def grad(self, ys: Any, dys: Any, *x: Node) -> Grads:
        hs, cs, gates = ys
        dhs, dcs, dgates = dys
        if dgates is not None:  # only a gradient of a gradient asks for this
            return vjp(self.expand(*x), dys, x, partial=True)
        _, u, h, c, *mask = x
        dhs = full_like(hs, value=0.0) if dhs is None else dhs
        made = lstm_sequence_grad(
            dhs,
            hs,
            cs,
            gates,
            u,
            h,
            c,
            *([] if dcs is None else [dcs]),
            *mask,
            activation=self.activation,
            recurrent_activation=self.recurrent_activation,
            with_dcs=dcs is not None,
        )
        return [*made, *(None for _ in mask)]

    def expand(self, z: Node, u: Node, h: Node, c: Node, *mask: Node) -> tuple[Node, ...]:
        """The same as a scan."""
        units = h.shape[1] or 0

        def step(entries: list[Node], states: list[Node]) -> Any:
            h, c = states
            columns = _columns(entries[0] + matmul(h, u), units)
            names = [self.recurrent_activation] * 4
            names[2] = self.activation
            i, f, g, o = (activation_of(n, x) for n, x in zip(names, columns, strict=True))
            new_c = f * c + i * g
            new_h = o * activation_of(self.activation, new_c)
            if mask:
                new_c, new_h = where(entries[1], new_c, c), where(entries[1], new_h, h)
            return [new_h, new_c, stack(i, f, g, o, axis=0)], [new_h, new_c]

        return tuple(scan_over(step, [z, *mask], [h, c])[0])


@op
class lstm_sequence_grad(_Lstm):
    """Gradients of `lstm_sequence` by z, u and the first h and c.

    Inputs: the gradient of h; h, c and the gates; u and the first h and c; the gradient of c, if
    `with_dcs`; perhaps a mask.
    """

    with_dcs: bool = False
    nout = 4
    contiguous = (1, 2, 3, 4, 5, 6, 7, 8)

    @property
    def floats(self) -> int:
        return 7 + self.with_dcs

    def infer(self, *specs: Spec) -> tuple[Spec, ...]:
        _, _, _, gates, u, h, c, *_ = specs
        steps, _, rows, units = gates.shape
        z = gates._replace(shape=(steps, rows, units and 4 * units))
        self.check(z, u, h, *specs[self.floats :])
        return tuple(Spec(s.shape, gates.dtype) for s in (z, u, h, c))

    def bind(self, xp: Any, arrays: Sequence[Any], out: Any) -> Any:
        dhs, hs, cs, gates, u, first_h, first_c, *rest = arrays
        dcs, mask = (rest[0] if self.with_dcs else None), rest[self.with_dcs :]
        dz, du, dh, dc = out
        do = Calls(xp, hs.dtype)
        names = self.activation, self.recurrent_activation
        made = recurrent.lstm_grad(xp, arrays[:7], (dz, dh, dc), *names, dcs, mask)
        if made is not None:
            do(made)
            if du is not None:
                do(sum_of_products, xp, first_h, hs, dz, du)
            return do.run
        rows, units = first_h.shape
        wanted = dh is not None
        dh = dh if wanted else do.work(rows, units)
        dc = do.work(rows, units) if dc is None else dc
        work, squashed, held_h, held_c = do.works(4, rows, units)
        factors, steep = do.works(2, 4, rows, units)
        to_i, to_f, to_g, to_o = _each(factors)
        for d in (dh, dc):
            do(xp.copyto, d, do.number(0.0))
        for t in reversed(range(len(hs))):
            i, f, g, o = _each(gates[t])
            do(xp.add, dh, dhs[t], dh)
            if dcs is not None:
                do(xp.add, dc, dcs[t], dc)
            if mask:
                hold_back(do, dh, mask[0][t], held_h)
                hold_back(do, dc, mask[0][t], held_c)
            activate(do, self.activation, cs[t], squashed)
            do(xp.multiply, dh, squashed, to_o)
            slope(do, self.activation, squashed, work)
            do(xp.multiply, work, o, work)
            do(xp.multiply, work, dh, work)
            do(xp.add, dc, work, dc)
            do(xp.multiply, dc, g, to_i)
            do(xp.multiply, dc, cs[t - 1] if t else first_c, to_f)
            do(xp.multiply, dc, i, to_g)
            do(xp.multiply, dc, f, dc)
            slope(do, self.activation, g, work)
            slope(do, self.recurrent_activation, gates[t], steep)
            do(xp.copyto, steep[2], work)
            do(xp.multiply, steep, factors, steep)
            do(xp.copyto, _by_gate(xp, dz[t]), steep)
            if t or wanted:
                do(xp.dot, dz[t], u.T, dh)
            if mask:
                do(xp.add, dh, held_h, dh)
                do(xp.add, dc, held_c, dc)
        if du is not None:
            do(sum_of_products, xp, first_h, hs, dz, du)
        return do.run

    def expand(self, *x: Node) -> tuple[Node, ...]:
        """The same as a scan from the end."""
        dhs, hs, cs, gates, u, first_h, first_c, *rest = x
        mask = rest[self.with_dcs :]

        def step(entries: list[Node], states: list[Node]) -> Any:
            dh, c, past, all_, *others = entries
            dh = live_h = states[0] + dh
            dc = live_c = states[1] + others[0] if self.with_dcs else states[1]
            if mask:
                live_h, live_c = dh * others[-1], dc * others[-1]
            i, f, g, o = _each(all_)
            squashed = activation_of(self.activation, c)
            d = live_c + live_h * o * slope_of(self.activation, squashed)
            opening, new = self.recurrent_activation, self.activation
            dz = concatenate(
                d * g * slope_of(opening, i),
                d * past * slope_of(opening, f),
                d * i * slope_of(new, g),
                live_h * squashed * slope_of(opening, o),
                axis=-1,
            )
            return [dz], [matmul(dz, swap_last(u)) + (dh - live_h), d * f + (dc - live_c)]

        zeros = [full_like(s, value=0.0) for s in (first_h, first_c)]
        entries = [dhs, cs, before(first_c, cs), gates, *rest]
        (dz,), (dh, dc) = scan_over(step, entries, zeros, True)
        return dz, products(before(first_h, hs), dz), dh, dc
