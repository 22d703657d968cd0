"""Cases of CTC. The oracle walks through every path there is."""

import itertools

import numpy as np

from kerasnb.graph import ops
from tests.graph.checks import Case


def spoken(path, blank):
    """The labels of a path: runs count once, blanks not at all."""
    return tuple(k for k, _ in itertools.groupby(path) if k != blank)


def chances(logits, length):
    """The probability of each label sequence, summed over all its paths."""
    p = np.exp(logits - logits.max(-1, keepdims=True))
    p = p / p.sum(-1, keepdims=True)
    classes = p.shape[-1]
    total = {}
    for path in itertools.product(range(classes), repeat=int(length)):
        key = spoken(path, classes - 1)
        total[key] = total.get(key, 0.0) + np.prod([p[t, k] for t, k in enumerate(path)])
    return total


def loss(logits, labels, frames, counts):
    each = zip(logits, labels, frames, counts, strict=True)
    return np.array([-np.log(chances(x, n)[tuple(row[:m])]) for x, row, n, m in each])


def slope(logits, labels, frames, counts):
    """The gradient of the loss, by finite differences."""
    out = np.zeros(logits.shape)
    for place in np.ndindex(logits.shape):
        step = np.zeros(logits.shape)
        step[place] = 1e-3
        f = [loss(logits + k * step, labels, frames, counts).sum() for k in (-2, -1, 1, 2)]
        out[place] = (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / 12e-3
    return out


def problem(shape, labels, frames, counts):
    def arrays(rng):
        given = [np.array(a, "int32") for a in (labels, frames, counts)]
        given[0] = given[0].reshape(shape[0], -1)
        return [2 * rng.standard_normal(shape), *given]

    return arrays


PROBLEMS = {
    "two samples of other lengths": ((2, 4, 3), [[0, 1], [1, 0]], [4, 2], [2, 1]),
    "equal labels need a blank": ((2, 4, 3), [[1, 1, 0], [0, 0, 1]], [4, 3], [2, 2]),
    "no labels": ((2, 3, 3), [[0], [1]], [3, 3], [0, 1]),
    "no steps": ((1, 2, 3), [[0]], [0], [0]),
    "one sample, many classes": ((1, 3, 5), [[3, 2, 0]], [3], [3]),
}
FLOATS = ("float32", "float64")


def greedy(logits, frames):
    blank = logits.shape[-1] - 1
    rows = np.full(logits.shape[:2], -1)
    total = np.zeros((len(logits), 1))
    for row, x, n, t in zip(rows, logits, frames, total, strict=True):
        labels = spoken(x[:n].argmax(-1), blank)
        row[: len(labels)] = labels
        t[0] = -x[:n].max(-1).sum()
    return rows, total


def best(count):
    def want(logits, frames):
        rows = np.full((count, *logits.shape[:2]), -1)
        logs = np.full((len(logits), count), -np.inf)
        for i, (x, n) in enumerate(zip(logits, frames, strict=True)):
            found = sorted(chances(x, n).items(), key=lambda item: -item[1])[:count]
            for j, (labels, chance) in enumerate(found):
                rows[j, i, : len(labels)] = labels
                logs[i, j] = np.log(chance)
        return rows, logs

    return want


def frames_for(shape, frames):
    return lambda rng: [2 * rng.standard_normal(shape), np.array(frames, "int32")]


CASES = {
    "ctc_loss": [
        Case(ops.ctc_loss, problem(*p), loss, name, dtypes=FLOATS, grad=(0,), scale=4.0)
        for name, p in PROBLEMS.items()
    ],
    "ctc_loss_grad": [
        Case(
            ops.ctc_loss_grad, problem(*p), slope, name, dtypes=FLOATS, grad=(0,), scale=4.0,
            order=2 if name == "equal labels need a blank" else 1,
        )
        for name, p in PROBLEMS.items()
    ],
    "ctc_greedy": [
        Case(
            ops.ctc_greedy, frames_for(shape, frames), greedy, str(shape),
            dtypes=FLOATS, order=0, result=("int64", ""),
        )
        for shape, frames in [((3, 6, 3), [6, 3, 0]), ((1, 1, 4), [1]), ((0, 4, 3), [])]
    ],
    "ctc_beam": [
        Case(
            lambda x, n, k=count: ops.ctc_beam(x, n, width=400, paths=k),
            frames_for(shape, frames), best(count), f"{shape} {count}",
            dtypes=FLOATS, order=0, result=("int64", ""),
        )
        for shape, frames, count in [
            ((2, 5, 3), [5, 3], 3), ((1, 4, 4), [4], 5), ((2, 3, 2), [3, 0], 1), ((0, 3, 3), [], 2)
        ]
    ],
}  # fmt: skip
