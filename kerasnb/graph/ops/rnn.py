"""Recurrent sequences: ops that carry a state along a sequence. The simplest of them is here.

What does not depend on the state, the product of the inputs with their kernel, is done for all
steps at once before such an op, and so is the gradient of the recurrent kernel after it: a step
has one small product and a few elementwise calls, which are written down when a plan is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..node import Node, Shape, Spec, as_node
from ..op import Op, family, match_types, op
from .calls import Calls
from .linalg import matmul, swap_last
from .math import Grads, cast, maximum, minimum, relu, sigmoid, tanh, where
from .nn import _fits
from .scan import scan_over
from .shape import concatenate, expand_dims, full_like, merge_axes

ACTIVATIONS = ("tanh", "sigmoid", "hard_sigmoid", "relu", "linear")
"""Activations whose slope can be told from their result."""


def activate(do: Calls, name: str, x: Any, out: Any) -> None:
    """Write down `out = activation(x)`; `out` may be `x`."""
    xp, number = do.xp, do.number
    if name == "tanh":
        do(xp.tanh, x, out)
    elif name == "sigmoid":  # 1 / (1 + e^-x) = (1 + tanh(x / 2)) / 2
        do(xp.multiply, x, number(0.5), out)
        do(xp.tanh, out, out)
        do(xp.multiply, out, number(0.5), out)
        do(xp.add, out, number(0.5), out)
    elif name == "hard_sigmoid":
        do(xp.multiply, x, number(0.2), out)
        do(xp.add, out, number(0.5), out)
        do(xp.maximum, out, number(0.0), out=out)
        do(xp.minimum, out, number(1.0), out=out)
    elif name == "relu":
        do(xp.maximum, x, number(0.0), out=out)
    elif x is not out:
        do(xp.copyto, out, x)


def slope(do: Calls, name: str, y: Any, out: Any) -> None:
    """Write down `out = activation'(x)`, in terms of `y = activation(x)`."""
    xp, number = do.xp, do.number
    if name == "tanh":
        do(xp.multiply, y, y, out)
        do(xp.subtract, number(1.0), out, out)
    elif name in ("sigmoid", "hard_sigmoid"):
        do(xp.subtract, number(1.0), y, out)
        do(xp.multiply, out, y, out)
        if name == "hard_sigmoid":  # y (1 - y) is 0 at the ends and below 1 between them
            do(xp.ceil, out, out)
            do(xp.multiply, out, number(0.2), out)
    elif name == "relu":
        do(xp.greater, y, number(0.0), out)
    else:
        do(xp.copyto, out, number(1.0))


def activation_of(name: str, x: Node) -> Node:
    """Return `activation(x)` in elementary ops."""
    if name == "hard_sigmoid":
        return minimum(maximum(x * 0.2 + 0.5, 0.0), 1.0)
    makers: dict[str, Any] = {"tanh": tanh, "sigmoid": sigmoid, "relu": relu}
    return makers[name](x) if name in makers else x


def slope_of(name: str, y: Node) -> Node:
    """Return `activation'(x)` in elementary ops, in terms of `y = activation(x)`."""
    if name == "tanh":
        return 1.0 - y * y
    if name == "sigmoid":
        return y * (1.0 - y)
    if name == "hard_sigmoid":
        return cast((y > 0.0) & (y < 1.0), dtype=y.dtype) * 0.2
    if name == "relu":
        return cast(y > 0.0, dtype=y.dtype)
    return full_like(y, value=1.0)


def keep(do: Calls, new: Any, old: Any, out: Any, go: Any) -> None:
    """Write down `out = new` where the mask says go, `old` elsewhere."""
    if old is not out:
        do(do.xp.copyto, out, old)
    do(do.xp.copyto, out, new, where=go)


def hold_back(do: Calls, d: Any, go: Any, held: Any) -> None:
    """Write down: a step that is masked has no gradient, it hands `d` on as `held`."""
    xp = do.xp
    do(xp.multiply, d, go, held)
    do(xp.subtract, d, held, held)
    do(xp.subtract, d, held, d)


def sum_of_products(xp: Any, first: Any, states: Any, d: Any, out: Any) -> None:
    """Write the sum over t of `states[t - 1].T @ d[t]` into `out`, with `first` as states[-1].

    Args:
        xp: array module.
        first: array (rows, units).
        states: array (steps, rows, units).
        d: array (steps, rows, width).
        out: array (units, width).
    """
    if not len(d):
        out[...] = 0
        return
    xp.matmul(first.T, d[0], out)
    if len(d) > 1:
        part = xp.scratch(out.shape, out.dtype)
        before, after = states[:-1].reshape(-1, out.shape[0]), d[1:].reshape(-1, out.shape[1])
        xp.product(before.T, after, part)()
        xp.add(out, part, out)


def before(first: Node, states: Node) -> Node:
    """Return the states before each step."""
    return concatenate(expand_dims(first, axis=0), states, axis=0)[:-1]


def products(states: Node, d: Node) -> Node:
    """Return the sum over t of `states[t].T @ d[t]`."""
    rows = merge_axes(states, start=0, stop=-1)
    return matmul(swap_last(rows), merge_axes(d, start=0, stop=-1))


@family
class Recurrence(Op):
    """An op over a sequence. Its last input may be a mask (steps, rows, 1), true where a step counts.

    A step that is masked leaves the states as they are.
    """

    activation: str = "tanh"
    gates = 1  # how many times as wide as a state the input is
    floats = 3  # how many inputs come before the mask

    def convert(self, inputs: tuple[Any, ...]) -> tuple[Node, ...]:
        mask = tuple(as_node(m) for m in inputs[self.floats :])
        return (*match_types(inputs[: self.floats]), *mask)

    def check(self, z: Spec, u: Spec, h: Spec, *mask: Spec) -> tuple[int | None, int | None, Any]:
        """Return steps, rows and units; an error says what does not fit."""
        for name in (self.activation, getattr(self, "recurrent_activation", self.activation)):
            if name not in ACTIVATIONS:
                raise ValueError(f"got activation {name!r}; needs one of {ACTIVATIONS}.")
        if not len(z.shape) == len(u.shape) + 1 == len(h.shape) + 1 == 3:
            raise ValueError(
                f"got inputs of shape {z.shape}, a recurrent kernel of {u.shape} and a state of "
                f"{h.shape}; needs (steps, rows, width), (units, width) and (rows, units)."
            )
        steps, rows, width = z.shape
        rows = h.shape[0] if rows is None else rows
        units = h.shape[1] if u.shape[0] is None else u.shape[0]
        wide = None if units is None else units * self.gates
        needed: list[tuple[str, Shape, Shape]] = [
            ("inputs", z.shape, (steps, rows, wide)),
            ("a recurrent kernel", u.shape, (units, wide)),
            ("a state", h.shape, (rows, units)),
            *(("a mask", m.shape, (steps, rows, 1)) for m in mask),
        ]
        for what, got, fit in needed:
            if not _fits(got, fit):
                raise ValueError(f"got {what} of shape {got}; needs {fit}.")
        if any(m.dtype != "bool" for m in mask):
            raise TypeError(f"got a mask of type {mask[0].dtype}; needs bools.")
        return steps, rows, units

    def run(self, xp: Any, *arrays: Any, out: Any) -> None:
        self.bind(xp, arrays, out)()


@op
class rnn_sequence(Recurrence):
    """States of the simplest recurrent step: `h[t] = activation(z[t] + h[t - 1] @ u)`.

    Inputs: z (steps, rows, units), u (units, units), the state before the first step (rows,
    units), and perhaps a mask. Returns h (steps, rows, units).
    """

    contiguous = (0, 1, 2)
    inplace = (0,)

    def infer(self, z: Spec, u: Spec, h: Spec, *mask: Spec) -> Spec:
        return Spec(self.check(z, u, h, *mask), z.dtype)

    def bind(self, xp: Any, arrays: Sequence[Any], out: Any) -> Any:
        z, u, h, *mask = arrays
        do = Calls(xp, z.dtype)
        new = do.work(*h.shape)
        for t in range(len(z)):
            do(xp.dot, h, u, new)
            do(xp.add, z[t], new, new)
            activate(do, self.activation, new, new if mask else out[t])
            if mask:
                keep(do, new, h, out[t], mask[0][t])
            h = out[t]
        return do.run

    def grad(self, hs: Node, dhs: Node, z: Node, u: Node, h: Node, *mask: Node) -> Grads:
        made = rnn_sequence_grad(dhs, hs, u, h, *mask, activation=self.activation)
        return [*made, *(None for _ in mask)]

    def expand(self, z: Node, u: Node, h: Node, *mask: Node) -> Node:
        """The same as a scan."""

        def step(entries: list[Node], states: list[Node]) -> Any:
            new = activation_of(self.activation, entries[0] + matmul(states[0], u))
            if mask:
                new = where(entries[1], new, states[0])
            return [new], [new]

        return scan_over(step, [z, *mask], [h])[0][0]


@op
class rnn_sequence_grad(Recurrence):
    """Gradients of `rnn_sequence` by z, u and the first state.

    Inputs: the gradient of the states, the states, u, the first state, and perhaps a mask.
    """

    nout = 3
    floats = 4
    contiguous = (1, 2, 3)

    def infer(self, dhs: Spec, hs: Spec, u: Spec, h: Spec, *mask: Spec) -> tuple[Spec, ...]:
        self.check(hs, u, h, *mask)
        return Spec(dhs.shape, hs.dtype), Spec(u.shape, hs.dtype), Spec(h.shape, hs.dtype)

    def bind(self, xp: Any, arrays: Sequence[Any], out: Any) -> Any:
        dhs, hs, u, first, *mask = arrays
        dz, du, dh = out
        do = Calls(xp, hs.dtype)
        wanted = dh is not None
        dh = dh if wanted else do.work(*first.shape)
        held, steep = do.works(2, *first.shape)
        do(xp.copyto, dh, do.number(0.0))
        for t in reversed(range(len(hs))):
            do(xp.add, dh, dhs[t], dh)
            if mask:
                hold_back(do, dh, mask[0][t], held)
            slope(do, self.activation, hs[t], steep)
            do(xp.multiply, dh, steep, dz[t])
            if t or wanted:
                do(xp.dot, dz[t], u.T, dh)
            if mask:
                do(xp.add, dh, held, dh)
        if du is not None:
            do(sum_of_products, xp, first, hs, dz, du)
        return do.run

    def expand(self, dhs: Node, hs: Node, u: Node, h: Node, *mask: Node) -> Any:
        """The same as a scan from the end."""

        def step(entries: list[Node], states: list[Node]) -> Any:
            d = live = states[0] + entries[0]
            if mask:
                live = d * entries[2]
            dz = live * slope_of(self.activation, entries[1])
            return [dz], [matmul(dz, swap_last(u)) + (d - live)]

        (dz,), (dh,) = scan_over(step, [dhs, hs, *mask], [full_like(h, value=0.0)], True)
        return dz, products(before(h, hs), dz), dh
