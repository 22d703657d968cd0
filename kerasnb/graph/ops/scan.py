"""The scan: a step of a sequence, applied from one end of it to the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..autodiff import applications, vjp
from ..lower import Program, lower
from ..node import OPS, Node, Placeholder, Spec
from ..op import Op, op
from .math import Grads

_DEAR = ("matmul", "conv", "depthwise_conv")  # ops whose results are kept for the way back


class Body:
    """One step of a scan, as a graph.

    Args:
        sequences: nodes that stand for the entries of the sequences at one time.
        states: nodes that stand for the states before the step.
        outputs: what the step gives.
        new_states: the states after the step, of the shapes of the old ones.

    Attributes:
        captured: nodes from outside that the step reads; they are computed once.
        kept: inner results that the gradient reads.
    """

    def __init__(
        self,
        sequences: Sequence[Node],
        states: Sequence[Node],
        outputs: Sequence[Node],
        new_states: Sequence[Node],
    ) -> None:
        self.sequences = list(sequences)
        self.states = list(states)
        self.outputs = list(outputs)
        self.new_states = list(new_states)
        given = [*self.sequences, *self.states]
        inside = set(given)
        captured: dict[Node, None] = {}
        order = applications([*self.outputs, *self.new_states], stop=given)
        for first in order:
            if not inside.isdisjoint(first.inputs):
                inside.update(first.outputs)
        for first in order:
            if first in inside and first not in given:
                captured.update((n, None) for n in first.inputs if n not in inside)
        captured.update((n, None) for n in (*outputs, *new_states) if n not in inside)
        self.captured = [n for n in captured if n.value is None]
        self.kept = [
            n
            for first in order
            for n in first.outputs
            if first in inside and n not in given and _is_kept(first.op)
        ]
        self._programs: dict[Any, Program] = {}

    @property
    def results(self) -> list[Node]:
        """All that one step makes: outputs, old states, kept results, new states."""
        old = [OPS["identity"](s) for s in self.states]
        return [*self.outputs, *old, *self.kept, *self.new_states]

    def program(self, specs: Sequence[Spec]) -> Program:
        """Return the program of one step for given sequences, states and captured nodes."""
        key = tuple(
            (s.shape, s.dtype, None if s.value is None else s.value.tobytes()) for s in specs
        )
        if key not in self._programs:
            inputs = [*self.sequences, *self.states, *self.captured]
            self._programs[key] = lower(self.results, (), inputs, specs)
        return self._programs[key]


def _is_kept(op: Op | None) -> bool:
    # Random results would come out differently if they were computed again, prints come twice.
    again = op is None or (op.pure and not hasattr(op, "stream"))
    return not again or type(op).__name__ in _DEAR


@op
class scan(Op):
    """A step applied to the entries of sequences, one after the other.

    Inputs are the sequences (time first), the first states and what the body has captured.
    Outputs are the step's outputs, its old states and kept results, each with time first, and
    the last states.
    """

    body: Body
    backwards: bool = False
    program: Program | None = None

    @property
    def contiguous(self) -> tuple[int, ...]:
        body = self.body
        return tuple(range(len(body.sequences) + len(body.states) + len(body.captured)))

    @property
    def nout(self) -> int:
        body = self.body
        return len(body.outputs) + 2 * len(body.states) + len(body.kept)

    def _inner(self, specs: Sequence[Spec]) -> list[Spec]:
        # What is known of the first states holds for the first step only.
        n, m = len(self.body.sequences), len(self.body.states)
        entries = [s._replace(shape=s.shape[1:], value=None) for s in specs[:n]]
        return [*entries, *(s._replace(value=None) for s in specs[n : n + m]), *specs[n + m :]]

    def settle(self, *specs: Spec) -> Op:
        program = self.body.program(self._inner(specs))
        return scan.op(self.body, self.backwards, program)

    def infer(self, *specs: Spec) -> Any:
        lengths = {n for s in specs[: len(self.body.sequences)] if (n := s.shape[0]) is not None}
        if len(lengths) > 1:
            raise ValueError(f"got sequences of lengths {sorted(lengths)}; needs equal ones.")
        length = lengths.pop() if lengths else None
        made = [v.spec for v in self.body.program(self._inner(specs)).outputs]
        stacked = len(made) - len(self.body.states)
        for old, new in zip(specs[len(self.body.sequences) :], made[stacked:], strict=False):
            if None not in (*old.shape, *new.shape) and old[:2] != new[:2]:
                raise ValueError(
                    f"got a state of shape {old.shape} and type {old.dtype} that becomes "
                    f"{new.shape} and {new.dtype}; a state must keep both."
                )
        results = tuple(
            Spec((length, *s.shape) if i < stacked else s.shape, s.dtype)
            for i, s in enumerate(made)
        )
        return results if len(results) > 1 else results[0]

    def run(self, xp: Any, *arrays: Any, out: Any) -> None:
        self.bind(xp, arrays, out)()

    def bind(self, xp: Any, arrays: Sequence[Any], out: Any) -> Callable[[], Any]:
        from ..memory import Pool
        from ..plan import Plan

        body = self.body
        n, m = len(body.sequences), len(body.states)
        sequences, first, captured = arrays[:n], arrays[n : n + m], arrays[n + m :]
        specs = self._inner([Spec(a.shape, a.dtype.name) for a in arrays])
        program = self.program or body.program(specs)
        out = out if isinstance(out, tuple) else (out,)
        fixed = dict(zip(program.feeds[n + m :], captured, strict=True))
        plan = Plan(program, Pool(), {v: a for v, a in fixed.items() if v is not None})
        stacked, last = list(out[: len(out) - m]), out[len(out) - m :]
        feeds, states = plan.feeds[:n], plan.feeds[n : n + m]
        results, news = plan.results[: len(stacked)], plan.results[len(stacked) :]
        wanted = [(o, r) for o, r in zip(stacked, results, strict=True) if o is not None]
        read = [(f, s) for f, s in zip(feeds, sequences, strict=True) if f is not None]
        held = [xp.empty(a.shape, a.dtype) for a in first]
        times = range(len(sequences[0]))

        def loop() -> None:
            for state, value in zip(held, first, strict=True):
                xp.copyto(state, value)
            for t in reversed(times) if self.backwards else times:
                for feed, sequence in read:
                    xp.copyto(feed, sequence[t])
                for feed, state in zip(states, held, strict=True):
                    if feed is not None:
                        xp.copyto(feed, state)
                plan.step()
                for target, result in wanted:
                    target[t] = result
                for state, result in zip(held, news, strict=True):
                    xp.copyto(state, result)
            for target, state in zip(last, held, strict=True):
                if target is not None:
                    xp.copyto(target, state)

        return loop

    def grad(self, ys: Any, dys: Any, *x: Node) -> Grads:
        body = self.body
        ys, dys = (ys, dys) if isinstance(ys, tuple) else ((ys,), (dys,))
        n, m = len(body.sequences), len(body.states)
        k = len(ys) - m  # of the outputs that have a time axis
        given = [i for i in range(k) if dys[i] is not None]
        steps = [_like_entry(dys[i]) for i in given]
        dstates = [Placeholder(s.shape, s.dtype, "dstate") for s in body.states]
        results = body.results
        targets = [results[i] for i in given] + results[k:]
        wrt = [*body.sequences, *body.states, *body.captured]
        grads = vjp(targets, [*steps, *dstates], wrt, partial=True)
        zeros = OPS["full_like"]
        to_sequences = [i for i in range(n) if grads[i] is not None]
        to_captured = [i for i in range(n + m, len(wrt)) if grads[i] is not None]
        sums = [Placeholder(wrt[i].shape, wrt[i].dtype, "sum") for i in to_captured]
        back = Body(
            [*body.sequences, *body.states, *body.kept, *steps],
            [*dstates, *sums],
            [grads[i] for i in to_sequences],  # type: ignore[misc]
            [
                *(
                    zeros(s, value=0.0) if g is None else g
                    for s, g in zip(body.states, grads[n : n + m], strict=True)
                ),
                *(s + grads[i] for s, i in zip(sums, to_captured, strict=True)),
            ],
        )
        inputs: dict[Node, Node] = dict(zip(wrt, x, strict=True))
        past = ys[len(body.outputs) : k]
        first = [
            zeros(y, value=0.0) if d is None else d for y, d in zip(ys[k:], dys[k:], strict=True)
        ]
        made = scan.op(back, not self.backwards)(
            *x[:n],
            *past,
            *(dys[i] for i in given),
            *first,
            *(zeros(inputs[wrt[i]], value=0.0) for i in to_captured),
            *(inputs.get(c, c) for c in back.captured),
        )
        made = made if isinstance(made, tuple) else (made,)
        tail = made[len(made) - len(back.states) :]
        result: list[Node | None] = [None] * len(x)
        for i, d in zip(to_sequences, made, strict=False):
            result[i] = d
        for i in range(m):
            result[n + i] = tail[i] if x[n + i].dtype.startswith("float") else None
        for i, d in zip(to_captured, tail[m:], strict=True):
            result[i] = d
        return result


def _like_entry(sequence: Node) -> Placeholder:
    return Placeholder(sequence.shape[1:], sequence.dtype, "entry")


def scan_over(
    step: Callable[[list[Node], list[Node]], tuple[Sequence[Node], Sequence[Node]]],
    sequences: Sequence[Node],
    states: Sequence[Node],
    backwards: bool = False,
) -> tuple[list[Node], list[Node]]:
    """Apply `step` along the first axis of sequences.

    Args:
        step: takes the sequences' entries and the states, returns outputs and new states.
        sequences: nodes, time first.
        states: the first states.
        backwards: whether to begin at the end; outputs keep their places.

    Returns:
        The outputs, time first, and the last states.
    """
    entries: list[Node] = [_like_entry(s) for s in sequences]
    olds: list[Node] = [Placeholder(s.shape, s.dtype, "state") for s in states]
    outputs, news = step(entries, olds)
    body = Body(entries, olds, outputs, news)
    made = scan(*sequences, *states, *body.captured, body=body, backwards=backwards)
    made = made if isinstance(made, tuple) else (made,)
    return list(made[: len(outputs)]), list(made[len(made) - len(states) :])
