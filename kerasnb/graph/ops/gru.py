"""A whole sequence of a GRU as one op."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..autodiff import vjp
from ..node import Node, Spec
from ..op import family, op
from .calls import Calls
from .linalg import matmul, swap_last
from .math import Grads, where
from .reduce import reduce_sum
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
from .shape import concatenate, full_like


@family
class _Gru(Recurrence):
    recurrent_activation: str = "sigmoid"
    reset_after: bool = False
    gates = 3


def _columns(x: Any, units: int) -> list[Any]:
    """Return the columns of update gate, reset gate and new state."""
    return [x[:, i * units : (i + 1) * units] for i in range(3)]


@op
class gru_sequence(_Gru):
    """States of a gated recurrent unit.

    With u in three parts, s and r = recurrent_activation(z_s + h @ u_s) and the like,
    n = activation(z_n + (r * h) @ u_n), or activation(z_n + r * (h @ u_n + b)) with `reset_after`;
    h[t] = s * h + (1 - s) * n, all with h = h[t - 1].

    Inputs: z (steps, rows, 3 units) with columns s, r, n; u (units, 3 units); h before the first
    step (rows, units); b (units), if `reset_after`; perhaps a mask. Returns h (steps, rows, units),
    s, r and n (steps, rows, 3 units), and what r meets: r * h, or h @ u_n + b.

    See: Cho et al., https://arxiv.org/abs/1406.1078
    """

    nout = 3
    contiguous = (0, 1, 2)
    inplace = (0,)

    @property
    def floats(self) -> int:
        return 3 + self.reset_after

    def infer(self, *specs: Spec) -> tuple[Spec, ...]:
        z, u, h = specs[:3]
        steps, rows, units = self.check(z, u, h, *specs[self.floats :])
        states = Spec((steps, rows, units), z.dtype)
        return states, Spec((steps, rows, units and 3 * units), z.dtype), states

    def bind(self, xp: Any, arrays: Sequence[Any], out: Any) -> Any:
        z, u, h, *rest = arrays
        hs, gates, inner = out
        mask = rest[self.reset_after :]
        do = Calls(xp, z.dtype)
        rows, units = h.shape
        wide = do.work(rows, 3 * units)
        new, meets = do.works(2, rows, units)
        product = do.work(rows, (3 if self.reset_after else 2) * units)
        opening, last = slice(0, 2 * units), slice(2 * units, None)
        for t in range(len(z)):
            all_ = wide if gates is None else gates[t]
            s, r, n = _columns(all_, units)
            met = meets if inner is None else inner[t]
            do(xp.matmul, h, u if self.reset_after else u[:, opening], product)
            do(xp.add, z[t][:, opening], product[:, opening], all_[:, opening])
            activate(do, self.recurrent_activation, all_[:, opening], all_[:, opening])
            if self.reset_after:
                do(xp.add, product[:, last], rest[0], met)
                do(xp.multiply, r, met, new)
            else:
                do(xp.multiply, r, h, met)
                do(xp.matmul, met, u[:, last], new)
            do(xp.add, new, z[t][:, last], new)
            activate(do, self.activation, new, n)
            # s h + (1 - s) n = n + s (h - n)
            to = new if mask else hs[t]
            do(xp.subtract, h, n, to)
            do(xp.multiply, to, s, to)
            do(xp.add, to, n, to)
            if mask:
                keep(do, new, h, hs[t], mask[0][t])
            h = hs[t]
        return do.run

    def grad(self, ys: Any, dys: Any, *x: Node) -> Grads:
        hs, gates, inner = ys
        if dys[1] is not None or dys[2] is not None:  # only a gradient of a gradient asks for this
            return vjp(self.expand(*x), dys, x, partial=True)
        _, u, h, *rest = x
        mask = rest[self.reset_after :]
        made = gru_sequence_grad(
            dys[0],
            hs,
            gates,
            inner,
            u,
            h,
            *mask,
            activation=self.activation,
            recurrent_activation=self.recurrent_activation,
            reset_after=self.reset_after,
        )
        return [*made[: self.floats], *(None for _ in mask)]

    def expand(self, *x: Node) -> tuple[Node, ...]:
        """The same as a scan."""
        z, u, h, *rest = x
        units = h.shape[1] or 0
        mask = rest[self.reset_after :]

        def step(entries: list[Node], states: list[Node]) -> Any:
            (h,) = states
            z_s, z_r, z_n = _columns(entries[0], units)
            u_s, u_r, u_n = _columns(u, units)
            s = activation_of(self.recurrent_activation, z_s + matmul(h, u_s))
            r = activation_of(self.recurrent_activation, z_r + matmul(h, u_r))
            met = matmul(h, u_n) + rest[0] if self.reset_after else r * h
            part = r * met if self.reset_after else matmul(met, u_n)
            n = activation_of(self.activation, z_n + part)
            new = n + s * (h - n)
            if mask:
                new = where(entries[1], new, h)
            return [new, concatenate(s, r, n, axis=-1), met], [new]

        return tuple(scan_over(step, [z, *mask], [h])[0])


@op
class gru_sequence_grad(_Gru):
    """Gradients of `gru_sequence` by z, u, the first h and, if `reset_after`, b (else zeros).

    Inputs: the gradient of h; h, the gates and what r meets; u and the first h; perhaps a mask.
    """

    nout = 4
    floats = 6
    contiguous = (1, 2, 3, 4, 5)

    def infer(self, *specs: Spec) -> tuple[Spec, ...]:
        _, hs, gates, _, u, h, *mask = specs
        self.check(gates, u, h, *mask)
        return (*(Spec(s.shape, hs.dtype) for s in (gates, u, h)), Spec(h.shape[1:], hs.dtype))

    def bind(self, xp: Any, arrays: Sequence[Any], out: Any) -> Any:
        dhs, hs, gates, inner, u, first, *mask = arrays
        dz, du, dh, db = out
        do = Calls(xp, hs.dtype)
        rows, units = first.shape
        dh = do.work(rows, units) if dh is None else dh
        steep, wide = do.works(2, rows, 3 * units)
        held, work, back = do.works(3, rows, units)
        opening, last = slice(0, 2 * units), slice(2 * units, None)
        do(xp.copyto, dh, do.number(0.0))
        for t in reversed(range(len(hs))):
            past = hs[t - 1] if t else first
            s, r, n = _columns(gates[t], units)
            to_s, to_r, to_n = _columns(dz[t], units)
            do(xp.add, dh, dhs[t], dh)
            if mask:
                hold_back(do, dh, mask[0][t], held)
            slope(do, self.recurrent_activation, gates[t], steep)
            do(xp.multiply, dh, s, back)
            do(xp.subtract, dh, back, work)  # dh (1 - s), the gradient of n
            slope(do, self.activation, n, to_n)
            do(xp.multiply, to_n, work, to_n)
            do(xp.subtract, past, n, work)
            do(xp.multiply, work, dh, work)
            do(xp.multiply, work, steep[:, :units], to_s)
            if self.reset_after:
                do(xp.multiply, to_n, inner[t], to_r)
                do(xp.multiply, to_r, steep[:, units : 2 * units], to_r)
                do(xp.copyto, wide[:, opening], dz[t][:, opening])
                do(xp.multiply, to_n, r, wide[:, last])
                do(xp.dot, wide, u.T, dh)
            else:
                do(xp.matmul, to_n, u[:, last].T, work)
                do(xp.multiply, work, past, to_r)
                do(xp.multiply, to_r, steep[:, units : 2 * units], to_r)
                do(xp.multiply, work, r, work)
                do(xp.matmul, dz[t][:, opening], u[:, opening].T, dh)
                do(xp.add, dh, work, dh)
            do(xp.add, dh, back, dh)
            if mask:
                do(xp.add, dh, held, dh)
        do(self.weights, xp, hs, gates, inner, first, dz, du, db)
        return do.run

    def weights(
        self, xp: Any, hs: Any, gates: Any, inner: Any, first: Any, dz: Any, du: Any, db: Any
    ) -> None:
        """Write the gradients of u and b."""
        units = first.shape[1]
        opening, last = slice(0, 2 * units), slice(2 * units, None)
        if not self.reset_after:
            if du is not None:
                sum_of_products(xp, first, hs, dz[:, :, opening], du[:, opening])
                met, to_n = inner.reshape(-1, units), dz[:, :, last].reshape(-1, units)
                xp.matmul(met.T, to_n, du[:, last])
            if db is not None:
                db[...] = 0
            return
        d = xp.scratch(dz.shape, dz.dtype, 1)
        xp.copyto(d, dz)
        r = gates[:, :, units : 2 * units]
        xp.multiply(d[:, :, last], r, d[:, :, last])
        if du is not None:
            sum_of_products(xp, first, hs, d, du)
        if db is not None:
            xp.sum(d[:, :, last], (0, 1), out=db)

    def expand(self, *x: Node) -> tuple[Node, ...]:
        """The same as a scan from the end."""
        dhs, hs, gates, inner, u, first, *mask = x
        units = first.shape[1] or 0
        u_s, u_r, u_n = (swap_last(part) for part in _columns(u, units))

        def step(entries: list[Node], states: list[Node]) -> Any:
            dh, past, all_, met, *masks = entries
            dh = live = states[0] + dh
            if mask:
                live = dh * masks[0]
            s, r, n = _columns(all_, units)
            to_n = live * (1.0 - s) * slope_of(self.activation, n)
            to_s = live * (past - n) * slope_of(self.recurrent_activation, s)
            into = matmul(to_n, u_n)
            to_r = to_n * met if self.reset_after else into * past
            to_r = to_r * slope_of(self.recurrent_activation, r)
            part = matmul(to_n * r, u_n) if self.reset_after else into * r
            back = live * s + part + matmul(to_s, u_s) + matmul(to_r, u_r)
            return [concatenate(to_s, to_r, to_n, axis=-1)], [back + (dh - live)]

        past = before(first, hs)
        entries = [dhs, past, gates, inner, *mask]
        (dz,), (dh,) = scan_over(step, entries, [full_like(first, value=0.0)], True)
        opening, to_n = dz[:, :, : 2 * units], dz[:, :, 2 * units :]
        if self.reset_after:
            to_n = to_n * gates[:, :, units : 2 * units]
            db = reduce_sum(to_n, axis=(0, 1))
        else:
            past, db = inner, full_like(u[:, 0], value=0.0)
        du = concatenate(products(before(first, hs), opening), products(past, to_n), axis=-1)
        return dz, du, dh, db
