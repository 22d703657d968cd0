"""Connectionist temporal classification: labels for frames that nobody has lined up.

Classes are numbered from 0; the last one is the blank, which stands for no label. See: Graves et
al., Connectionist temporal classification, ICML 2006.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..autodiff import vjp
from ..node import Node, Spec
from ..op import Op, family, op
from .index import gather_along, needs_integers
from .math import (
    Grads,
    cast,
    equal,
    exp,
    less,
    log,
    logical_and,
    maximum,
    not_equal,
    stop_gradient,
    where,
)
from .reduce import reduce_max, reduce_sum
from .rows import log_softmax
from .scan import scan_over
from .shape import (
    arange,
    concatenate,
    expand_dims,
    full_like,
    merge_axes,
    shape_of,
    slice_axis,
    stack,
    transpose,
)

NEVER = -1e30  # log of no chance at all: finite, so that differences of two are not NaN


class _Paths(NamedTuple):
    """What the recursions walk on, for (samples, steps, states); states are blank, label, blank, ...

    Attributes:
        chances: log of the probability of each class, (samples, steps, classes).
        states: class of each state, (samples, states).
        seen: `chances` of the states' classes.
        skips: 0 where a state may follow the last but one, else `NEVER`.
        ends: 0 at the two states in which a path may end, else `NEVER`.
        within: whether a step counts, (samples, steps).
    """

    chances: Any
    states: Any
    seen: Any
    skips: Any
    ends: Any
    within: Any


def _check(classes: int, steps: int, labels: Any, frames: Any, counts: Any) -> None:
    """Raise ValueError for a sample that has no path at all."""
    for i, (row, most, count) in enumerate(zip(labels, frames, counts, strict=True)):
        if not 0 <= most <= steps:
            raise ValueError(f"sample {i}: got input_length {most}; needs 0 to {steps} steps.")
        if not 0 <= count <= len(row):
            raise ValueError(f"sample {i}: got label_length {count}; needs 0 to {len(row)}.")
        label = row[:count]
        if count and not (0 <= label.min() and label.max() < classes - 1):
            raise ValueError(
                f"sample {i}: got labels {label.tolist()}; needs 0 to {classes - 2} "
                f"(class {classes - 1} is the blank)."
            )
        least = count + int(np.sum(label[1:] == label[:-1]))
        if most < least:
            raise ValueError(
                f"sample {i}: {count} labels need {least} steps (a blank between equal ones); got "
                f"input_length {most}."
            )


def _paths(xp: Any, logits: Any, labels: Any, frames: Any, counts: Any) -> _Paths:
    samples, steps, classes = logits.shape
    labels, frames, counts = (xp.to_host(a) for a in (labels, frames, counts))
    _check(classes, steps, labels, frames, counts)
    size = labels.shape[1]
    states = np.full((samples, 2 * size + 1), classes - 1, "int64")
    states[:, 1::2] = np.where(np.arange(size) < counts[:, None], labels, classes - 1)
    skips = np.full(states.shape, NEVER)
    skips[:, 2:][(states[:, 2:] != states[:, :-2]) & (states[:, 2:] != classes - 1)] = 0
    places, last = np.arange(states.shape[1]), 2 * counts[:, None].astype("int64")
    ends = np.where((places == last) | (places == last - 1), 0.0, NEVER)
    within = np.arange(steps) < frames[:, None]
    x = logits.astype("float64")  # sums of logarithms over many steps
    x = xp.subtract(x, xp.max(x, 2, keepdims=True))
    chances = xp.subtract(x, xp.log(xp.sum(xp.exp(x), 2, keepdims=True)))
    on_device = xp.asarray(states)
    index = xp.broadcast_to(xp.expand_dims(on_device, 1), (samples, steps, states.shape[1]))
    seen = xp.take_along_axis(chances, index, 2)
    return _Paths(chances, on_device, seen, *(xp.asarray(a) for a in (skips, ends, within)))


def _log_sum(xp: Any, *terms: Any) -> Any:
    top = terms[0]
    for term in terms[1:]:
        top = xp.maximum(top, term)
    total = xp.exp(xp.subtract(terms[0], top))
    for term in terms[1:]:
        total = xp.add(total, xp.exp(xp.subtract(term, top)))
    return xp.add(xp.log(total), top)


def _before(xp: Any, a: Any, by: int) -> Any:
    """Return what the state `by` places before holds, `NEVER` for the first ones."""
    moved = xp.full(a.shape, NEVER, "float64")
    moved[:, by:] = a[:, : max(a.shape[1] - by, 0)]
    return moved


def _after(xp: Any, a: Any, by: int) -> Any:
    moved = xp.full(a.shape, NEVER, "float64")
    moved[:, : max(a.shape[1] - by, 0)] = a[:, by:]
    return moved


def _forward(xp: Any, paths: _Paths) -> tuple[Any, Any]:
    """Return log of the chance to be in a state after each step, and of a whole path."""
    samples, steps, states = paths.seen.shape
    alphas = xp.empty((samples, steps, states), "float64")
    # Before the first step a path is at the leading blank: it goes on from there, or by one.
    alpha = xp.full((samples, states), NEVER, "float64")
    alpha[:, 0] = 0
    for t in range(steps):
        skipped = xp.add(_before(xp, alpha, 2), paths.skips)
        reached = xp.add(_log_sum(xp, alpha, _before(xp, alpha, 1), skipped), paths.seen[:, t])
        alpha = xp.where(paths.within[:, t : t + 1], reached, alpha)
        alphas[:, t] = alpha
    total = xp.add(alpha, paths.ends)
    top = xp.max(total, 1, keepdims=True)
    summed = xp.log(xp.sum(xp.exp(xp.subtract(total, top)), 1, keepdims=True))
    return alphas, xp.add(summed, top)[:, 0]


def _backward(xp: Any, paths: _Paths) -> Any:
    """Return log of the chance to get from a state to an end in the steps that are left."""
    betas = xp.empty(paths.seen.shape, "float64")
    beta = paths.ends
    for t in reversed(range(betas.shape[1])):
        betas[:, t] = beta
        ahead = xp.add(beta, paths.seen[:, t])
        skipped = _after(xp, xp.add(ahead, paths.skips), 2)
        reached = _log_sum(xp, ahead, _after(xp, ahead, 1), skipped)
        beta = xp.where(paths.within[:, t : t + 1], reached, beta)
    return betas


@family
class Alignment(Op):
    """An op of logits (samples, steps, classes), labels (samples, most), and the two lengths."""

    contiguous = (0, 1, 2, 3)

    def check(self, logits: Spec, labels: Spec, frames: Spec, counts: Spec) -> None:
        """Raise if shapes or types do not fit."""
        for spec, what in zip(
            (labels, frames, counts), ("labels", "input_length", "label_length"), strict=True
        ):
            needs_integers(spec, what)
        ndims = tuple(len(s.shape) for s in (logits, labels, frames, counts))
        sizes = {s.shape[0] for s in (logits, labels, frames, counts) if s.shape} - {None}
        if ndims != (3, 2, 1, 1) or len(sizes) > 1 or not logits.dtype.startswith("float"):
            raise ValueError(
                f"got logits {logits.shape} of type {logits.dtype}, labels {labels.shape} and "
                f"lengths {frames.shape} and {counts.shape}; needs floats (samples, steps, "
                "classes), (samples, labels), (samples,) and (samples,)."
            )


@op
class ctc_loss(Alignment):
    """-log of the probability of the labels, summed over all ways to line them up with the steps.

    Labels beyond `label_length` and steps beyond `input_length` play no role.
    """

    def infer(self, logits: Spec, labels: Spec, frames: Spec, counts: Spec) -> Spec:
        self.check(logits, labels, frames, counts)
        return Spec(logits.shape[:1], logits.dtype)

    def run(self, xp: Any, logits: Any, labels: Any, frames: Any, counts: Any, *, out: Any) -> None:
        if len(logits):
            paths = _paths(xp, logits, labels, frames, counts)
            xp.copyto(out, xp.negative(_forward(xp, paths)[1]), casting="unsafe")

    def grad(self, y: Node, dy: Node, *x: Node) -> Grads:
        each = expand_dims(expand_dims(dy, axis=1), axis=2)
        return [each * ctc_loss_grad(*x), None, None, None]

    def expand(self, logits: Node, labels: Node, frames: Node, counts: Node) -> Node:
        """The same in elementary ops: a scan over the steps."""
        blank = shape_of(logits)[2] - 1
        inside = less(_range(labels, 1), expand_dims(counts, axis=1))
        label = where(inside, cast(labels, dtype="int32"), blank)
        gap = full_like(label, value=0.0) + blank
        first = expand_dims(cast(full_like(counts, value=0.0), dtype="int32") + blank, axis=1)
        states = concatenate(first, merge_axes(stack(label, gap, axis=2), start=1, stop=3), axis=1)
        two_back = concatenate(first, first, states, axis=1)
        two_back = slice_axis(two_back, 1, None, -2)
        may_skip = logical_and(not_equal(states, two_back), not_equal(states, blank))
        skips = where(may_skip, cast(0.0, dtype=logits.dtype), NEVER)
        places, last = _range(states, 1), expand_dims(2 * cast(counts, dtype="int32"), axis=1)
        at_end = equal(places, last) | equal(places, last - 1)
        times = cast(full_like(slice_axis(logits, 2, 0, 1), value=0.0), dtype="int32")
        seen = gather_along(log_softmax(logits), expand_dims(states, axis=1) + times)
        within = less(_range(logits, 1), expand_dims(frames, axis=1))
        start = where(equal(places + 0 * states, 0), cast(0.0, dtype=logits.dtype), NEVER)

        def step(entries: list[Node], olds: list[Node]) -> tuple[list[Node], list[Node]]:
            now, counts_now = entries
            (alpha,) = olds
            never = full_like(slice_axis(alpha, 1, 0, 1), value=NEVER)
            one = concatenate(never, slice_axis(alpha, 1, None, -1), axis=1)
            two = slice_axis(concatenate(never, never, alpha, axis=1), 1, None, -2) + skips
            top = maximum(maximum(alpha, one), two)
            total = exp(alpha - top) + exp(one - top) + exp(two - top)
            reached = log(total) + top + now
            return [], [where(expand_dims(counts_now, axis=1), reached, alpha)]

        sequences = [transpose(seen, perm=(1, 0, 2)), transpose(within, perm=(1, 0))]
        (alpha,) = scan_over(step, sequences, [start])[1]
        total = where(at_end, alpha, NEVER)
        top = stop_gradient(reduce_max(total, axis=1, keepdims=True))
        return -(log(reduce_sum(exp(total - top), axis=1)) + top[:, 0])


def _range(x: Node, axis: int) -> Node:
    """Return 0, 1, ... up to the size of an axis, as a row."""
    return expand_dims(arange(0, shape_of(x)[axis], 1), axis=0)


@op
class ctc_loss_grad(Alignment):
    """The gradient of the sum of `ctc_loss` by the logits, by the forward-backward algorithm.

    It is softmax(logits) less the part of all paths that see the class at that step.
    """

    def infer(self, logits: Spec, labels: Spec, frames: Spec, counts: Spec) -> Spec:
        self.check(logits, labels, frames, counts)
        return Spec(logits.shape, logits.dtype)

    def run(self, xp: Any, logits: Any, labels: Any, frames: Any, counts: Any, *, out: Any) -> None:
        if not logits.size:
            return
        paths = _paths(xp, logits, labels, frames, counts)
        alphas, total = _forward(xp, paths)
        betas = _backward(xp, paths)
        whole = xp.expand_dims(xp.expand_dims(total, 1), 2)
        share = xp.exp(xp.subtract(xp.add(alphas, betas), whole))
        classes = xp.arange(logits.shape[2], dtype="int64")
        which = xp.equal(xp.expand_dims(paths.states, 2), classes).astype("float64")
        slope = xp.subtract(xp.exp(paths.chances), xp.matmul(share, which))
        xp.copyto(out, xp.where(xp.expand_dims(paths.within, 2), slope, 0.0), casting="unsafe")

    def expand(self, logits: Node, labels: Node, frames: Node, counts: Node) -> Node:
        """The same in elementary ops: the gradient of the scan."""
        loss = ctc_loss.op().expand(logits, labels, frames, counts)
        (slope,) = vjp([loss], [full_like(loss, value=1.0)], [logits], partial=True)
        return slope  # type: ignore[return-value]


@family
class Decoding(Op):
    """An op that reads label sequences off logits (samples, steps, classes) of some lengths."""

    nout = 2
    differentiable = False
    contiguous = (0, 1)

    def check(self, logits: Spec, frames: Spec) -> None:
        """Raise if shapes or types do not fit."""
        needs_integers(frames, "input_length")
        if len(logits.shape) != 3 or len(frames.shape) != 1:
            raise ValueError(
                f"got shapes {logits.shape} and {frames.shape}; needs (samples, steps, classes) "
                "and (samples,)."
            )


def _lengths(xp: Any, frames: Any, steps: int) -> list[int]:
    lengths = xp.to_host(frames).tolist()
    bad = [n for n in lengths if not 0 <= n <= steps]
    if bad:
        raise ValueError(f"got input_length {bad[0]}; needs 0 to {steps} steps.")
    return lengths


@op
class ctc_greedy(Decoding):
    """The labels along the likeliest class of each step, and the sum of its logits, negated.

    Equal labels in a row count once; -1 fills up the rows (samples, steps).
    """

    def infer(self, logits: Spec, frames: Spec) -> tuple[Spec, Spec]:
        self.check(logits, frames)
        samples, steps = logits.shape[:2]
        return Spec((samples, steps), "int64"), Spec((samples, 1), logits.dtype)

    def run(self, xp: Any, logits: Any, frames: Any, *, out: Any) -> None:
        labels, total = out
        best, steps = xp.to_host(xp.argmax(logits, 2)), logits.shape[1]
        decoded = np.full(best.shape, -1, "int64")
        lengths = _lengths(xp, frames, steps)
        for row, path, length in zip(decoded, best, lengths, strict=True):
            kept = _spoken(path[:length], logits.shape[2] - 1)
            row[: len(kept)] = kept
        xp.copyto(labels, xp.asarray(decoded))
        if total is not None:
            within = xp.asarray(np.arange(steps) < np.array(lengths, "int64")[:, None])
            high = xp.where(within, xp.max(logits, 2), 0.0)
            xp.copyto(total, xp.negative(xp.sum(high, 1, keepdims=True)), casting="unsafe")


def _spoken(path: np.ndarray, blank: int) -> np.ndarray:
    new = np.ones(len(path), bool)
    new[1:] = path[1:] != path[:-1]
    return path[new & (path != blank)]


@op
class ctc_beam(Decoding):
    """The likeliest label sequences, found with a beam, and the log of their probabilities.

    Returns labels (paths, samples, steps), filled up with -1, and (samples, paths).
    """

    width: int = 100
    paths: int = 1
    merge: bool = False

    def infer(self, logits: Spec, frames: Spec) -> tuple[Spec, Spec]:
        self.check(logits, frames)
        if not 1 <= self.paths <= self.width:
            raise ValueError(
                f"got top_paths {self.paths} and beam_width {self.width}; needs at least one path, "
                "and as many beams as paths."
            )
        samples, steps = logits.shape[:2]
        chances = Spec((samples, self.paths), logits.dtype)
        return Spec((self.paths, samples, steps), "int64"), chances

    def run(self, xp: Any, logits: Any, frames: Any, *, out: Any) -> None:
        labels, chances = out
        rows = xp.to_host(logits).astype("float64")
        decoded = np.full((self.paths, *rows.shape[:2]), -1, "int64")
        logs = np.full((len(rows), self.paths), -np.inf)
        lengths = _lengths(xp, frames, rows.shape[1])
        for i, (row, length) in enumerate(zip(rows, lengths, strict=True)):
            for j, (found, chance) in enumerate(_beam(row[:length], self.width, self.paths)):
                if self.merge:
                    found = [n for n, m in zip(found, [None, *found], strict=False) if n != m]
                decoded[j, i, : len(found)] = found
                logs[i, j] = chance
        xp.copyto(labels, xp.asarray(decoded))
        if chances is not None:
            xp.copyto(chances, xp.asarray(logs), casting="unsafe")


def _beam(logits: np.ndarray, width: int, count: int) -> list[tuple[list[int], float]]:
    """Return the `count` likeliest label sequences and the logs of their probabilities.

    A beam is a sequence, with the chances of the paths that end in a blank and of those that end in
    its last label.
    """
    if not len(logits):
        return [([], 0.0)]
    top = logits.max(1, keepdims=True)
    steps = logits - top - np.log(np.exp(logits - top).sum(1, keepdims=True))
    blank = logits.shape[1] - 1
    parents, lasts = [-1], [-1]  # of all sequences met, which are known by their numbers
    numbers: dict[tuple[int, int], int] = {}
    beams = np.zeros(1, "int64")
    in_blank, in_label = np.zeros(1), np.full(1, -np.inf)
    for now in steps:
        total = np.logaddexp(in_blank, in_label)
        last = np.array([lasts[b] for b in beams])
        # Longer by one label: after the same label, only paths that end in a blank are.
        longer = total[:, None] + now[None, :blank]
        ended = np.flatnonzero(last >= 0)
        longer[ended, last[ended]] = in_blank[ended] + now[last[ended]]
        stay = np.full(len(beams), -np.inf)
        stay[ended] = in_label[ended] + now[last[ended]]
        place = {int(b): i for i, b in enumerate(beams)}
        for i in ended.tolist():  # a beam that is also one of the longer ones: the two are one
            j = place.get(parents[beams[i]])
            if j is not None:
                stay[i] = np.logaddexp(stay[i], longer[j, last[i]])
                longer[j, last[i]] = -np.inf
        blanks = total + now[blank]
        scores = np.concatenate([np.logaddexp(blanks, stay), longer.ravel()])
        order = np.argsort(-scores, kind="stable")[:width]
        order = order[scores[order] > -np.inf]
        chosen: list[int] = []
        for rank in order.tolist():
            if rank < len(beams):
                chosen.append(int(beams[rank]))
                continue
            j, label = divmod(rank - len(beams), blank)
            key = (int(beams[j]), label)
            if key not in numbers:
                numbers[key] = len(parents)
                parents.append(key[0])
                lasts.append(label)
            chosen.append(numbers[key])
        nothing = np.full(longer.size, -np.inf)
        in_blank = np.concatenate([blanks, nothing])[order]
        in_label = np.concatenate([stay, longer.ravel()])[order]
        beams = np.array(chosen, "int64")
    total = np.logaddexp(in_blank, in_label)
    results = []
    for i in range(min(count, len(beams))):  # they are in order
        sequence, number = [], int(beams[i])
        while number:
            sequence.append(lasts[number])
            number = parents[number]
        results.append((sequence[::-1], float(total[i])))
    return results
