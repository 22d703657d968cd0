"""Recurrence, against a loop."""

import numpy as np

from kerasnb import backend as K
from tests.backend.checks import Case
from tests.graph.cases.make import joined, normal


def made(**kwargs):
    """K.rnn with a step of two states: what has been seen, and how often a step was taken."""

    def make(x, h, n, w, *mask):
        def step(entry, states):
            seen, count, *constants = states
            new = K.tanh(K.dot(entry, w) + 0.5 * seen + sum(constants))
            return new * 2, [new, count + 1]

        constants = [w[0]] if kwargs.get("constants") else None
        given = {**kwargs, "constants": constants, "mask": mask[0] if mask else None}
        last, outputs, states = K.rnn(step, x, [h, n], **given)
        return [last, outputs, *states]

    return make


def loop(go_backwards=False, constants=False, **kwargs):
    def want(x, h, n, w, *mask):
        outputs = []
        times = range(x.shape[1])
        h, n = h.copy(), n.copy()
        for t in reversed(times) if go_backwards else times:
            new = np.tanh(x[:, t] @ w + 0.5 * h + (w[0] if constants else 0))
            seen = mask[0][:, t].reshape(-1, 1) != 0 if mask else np.ones((len(x), 1), bool)
            before = outputs[-1] if outputs else np.zeros_like(new)
            outputs.append(np.where(seen, 2 * new, before))
            h, n = np.where(seen, new, h), np.where(seen, n + 1, n)
        return outputs[-1], np.stack(outputs, 1), h, n

    return want


def problem(steps, mask=None):
    floats = normal((3, steps, 2), (3, 4), (3, 1), (2, 4), scale=0.7)
    if mask is None:
        return floats
    return joined(floats, lambda rng: [(rng.random((3, steps, *mask)) < 0.6).astype("int32")])


WAYS = {
    "plain": {}, "backwards": {"go_backwards": True}, "unrolled": {"unroll": True},
    "constants": {"constants": True}, "length": {"input_length": 4},
    "all at once": {"go_backwards": True, "unroll": True, "constants": True},
}  # fmt: skip
CASES = {
    "rnn": [
        Case(
            made(**way), problem(4, mask), loop(**way),
            name + {None: "", (): ", masked", (1,): ", masked with an axis"}[mask],
            samples=(0, 1, 2) if mask is None else (0, 1, 2, 4), scale=8.0,
            unknown=not way.get("unroll"),
        )
        for name, way in WAYS.items()
        for mask in (None, (), (1,))
    ]
}  # fmt: skip


def pairs(x, y, h):
    """Several sequences: the step takes a list."""

    def step(entries, states):
        a, b = entries
        return a * b, [states[0] + a]

    last, outputs, states = K.rnn(step, [x, y], [h])
    return [last, outputs, *states]


CASES["rnn"].append(
    Case(
        pairs, normal((2, 3, 4), (2, 3, 4), (2, 4)),
        lambda x, y, h: (x[:, -1] * y[:, -1], x * y, h + x.sum(1)), "two sequences",
        samples=(0, 1, 2),
    )
)  # fmt: skip
