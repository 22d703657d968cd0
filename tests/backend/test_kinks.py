"""Gradients where a function has no slope, or no number: they are those of TensorFlow."""

import numpy as np
import pytest

from kerasnb import backend as K

INF, NAN = np.inf, np.nan
KINKS = {
    "max shares among equals": (lambda x: K.max(x), [1, 2, 2, 0], [0, 0.5, 0.5, 0]),
    "min shares among equals": (lambda x: K.min(x), [1, 1, 2, 1], [1 / 3, 1 / 3, 0, 1 / 3]),
    "maximum goes to its first": (lambda x: K.maximum(x, 2.0), [1, 2, 3], [0, 1, 1]),
    "and not to its second": (lambda x: K.maximum(2.0, x), [1, 2, 3], [0, 0, 1]),
    "minimum goes to its first": (lambda x: K.minimum(x, 2.0), [1, 2, 3], [1, 1, 0]),
    "clip keeps its bounds": (lambda x: K.clip(x, -1, 1), [-2, -1, 0, 1, 2], [0, 1, 1, 1, 0]),
    "abs": (K.abs, [-2, 0, 2], [-1, 0, 1]),
    "relu": (K.relu, [-2, 0, 2], [0, 0, 1]),
    "relu with a slope": (lambda x: K.relu(x, 0.3), [-2, 0, 2], [0.3, 0.3, 1]),
    "relu with a bound": (lambda x: K.relu(x, max_value=2), [-1, 0, 1, 2, 3], [0, 0, 1, 1, 0]),
    "elu": (K.elu, [0, 2], [1, 1]),
    "hard_sigmoid": (K.hard_sigmoid, [-3, -2.5, 0, 2.5, 3], [0, 0.2, 0.2, 0.2, 0]),
    "sqrt of zero and less": (K.sqrt, [-1, 0, 4], [0, INF, 0.25]),
    "softplus far out": (K.softplus, [-80, 0, 80], [np.exp(-80), 0.5, 1]),
    "prod of zeros": (K.prod, [0, 3, 2], [6, 0, 0]),
    "prod of two zeros": (K.prod, [0, 3, 0], [0, 0, 0]),
    "cumprod of zeros": (K.cumprod, [2, 0, 3], [1, 2 + 6, 0]),
    "l2_normalize of zeros": (K.l2_normalize, [0, 0], [1e6, 1e6]),
    "log of zero": (K.log, [0, 2], [INF, 0.5]),
    "round and sign are flat": (lambda x: K.round(x) + K.sign(x) + x, [0.5, 0], [1, 1]),
}


@pytest.mark.parametrize("name", KINKS)
def test_gradients(name):
    function, at, wanted = KINKS[name]
    x = K.placeholder((len(at),), dtype="float64")
    y = function(x)
    (slope,) = K.function([x], K.gradients(K.sum(y), x))([at])
    np.testing.assert_allclose(slope, wanted, rtol=1e-9)


def test_the_largest_of_a_window_is_the_first():
    x = K.variable(np.full((1, 2, 2, 1), 3.0))
    (slope,) = K.gradients(K.sum(K.pool2d(x, (2, 2))), x)
    np.testing.assert_array_equal(K.eval(slope).ravel(), [1, 0, 0, 0])
