"""Inputs for cases."""

import numpy as np


def normal(*shapes, scale=1.0):
    """Normal numbers, one array for each shape."""
    return lambda rng: [scale * rng.standard_normal(s) for s in shapes]


def uniform(low, high, *shapes):
    """Numbers from [low, high), one array for each shape."""
    return lambda rng: [rng.uniform(low, high, s) for s in shapes]


def apart(*shapes, gap=0.05, around=0.0):
    """Numbers that keep away from `around` and from each other: kinks are not differentiable."""

    def arrays(rng):
        total = sum(int(np.prod(s)) for s in shapes)
        steps = np.concatenate([-1 - np.arange(total), 1 + np.arange(total)])
        chosen = rng.permutation(steps[np.abs(steps) <= max(4, total)])[:total]
        numbers = around + gap * (chosen + rng.uniform(-0.2, 0.2, total))
        ends = np.cumsum([int(np.prod(s)) for s in shapes])[:-1]
        return [p.reshape(s) for p, s in zip(np.split(numbers, ends), shapes, strict=True)]

    return arrays


def integers(low, high, *shapes, dtype="int32"):
    """Integers from [low, high)."""
    return lambda rng: [rng.integers(low, high, s).astype(dtype) for s in shapes]


def bools(*shapes):
    """Truth values."""
    return lambda rng: [rng.random(s) < 0.5 for s in shapes]


def exactly(*arrays):
    """The given arrays."""
    return lambda rng: [np.array(a) for a in arrays]


def joined(*makers):
    """The arrays of several makers."""
    return lambda rng: [a for m in makers for a in m(rng)]
