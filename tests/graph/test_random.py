"""Statistics and reproducibility of random ops."""

import numpy as np
import pytest

from kerasnb.array import Stream
from kerasnb.graph import Function, Placeholder, evaluate, gradients, ops

COUNT = 200_000
DRAWS = {
    "random_uniform": ({"low": -1.0, "high": 3.0}, 1.0, 4 / 12**0.5),
    "random_normal": ({"mean": 2.0, "stddev": 0.5}, 2.0, 0.5),
    # The variance of a normal distribution cut at two deviations is 0.7737.
    "truncated_normal": ({"mean": 2.0, "stddev": 0.5}, 2.0, 0.5 * 0.87962566),
    "random_binomial": ({"p": 0.3}, 0.3, 0.21**0.5),
    "random_mask": ({"keep": 0.7}, 0.7, 0.21**0.5),
}


def draw(name, seed, shape=(COUNT,), **params):
    return getattr(ops, name)(shape, stream=Stream(seed), **params)


@pytest.mark.parametrize("name", DRAWS)
def test_mean_and_deviation(name):
    params, mean, deviation = DRAWS[name]
    dtypes = ("bool",) if name == "random_mask" else ("float16", "float32", "float64")
    for dtype in dtypes:
        (x,) = evaluate(draw(name, 1, dtype=dtype, **params))
        assert x.dtype == dtype
        x = x.astype("float64")
        assert abs(x.mean() - mean) < 5 * deviation / COUNT**0.5 + 1e-3 * (dtype == "float16")
        assert abs(x.std() - deviation) < 0.01 * deviation


@pytest.mark.parametrize("name", DRAWS)
def test_the_seed_decides(name):
    params = DRAWS[name][0]
    first = Function([], [draw(name, 7, **params)])
    same = Function([], [draw(name, 7, **params)])
    other = Function([], [draw(name, 8, **params)])
    a, b = first([])[0], first([])[0]
    np.testing.assert_array_equal(a, same([])[0])
    np.testing.assert_array_equal(b, same([])[0])
    assert (a != b).any()
    assert (a != other([])[0]).any()


def test_a_stream_begins_again():
    stream = Stream(3)
    f = Function([], [ops.random_normal((5,), stream=stream)])
    a = f([])[0]
    assert (f([])[0] != a).any()
    stream.restart()
    np.testing.assert_array_equal(f([])[0], a)


def test_two_draws_are_never_merged():
    a, b = Function([], [draw("random_normal", 1), draw("random_normal", 1)])([])
    np.testing.assert_array_equal(a, b)  # the same seed, but two streams
    stream = Stream(1)
    first, second = (ops.random_normal((9,), stream=stream) for _ in range(2))
    again = ops.random_normal((9,), stream=Stream(1))
    a, b, c = Function([], [first, second, again])([])
    assert a.shape == b.shape == c.shape


def test_uniform_never_reaches_its_end():
    """In half floats, rounding would reach it once in a few thousand draws."""
    (x,) = evaluate(draw("random_uniform", 2, dtype="float16", low=0.5, high=1.0))
    assert x.min() >= 0.5
    assert x.max() < 1.0


def test_uniform_integers_are_equally_likely():
    (x,) = evaluate(draw("random_uniform", 2, dtype="int64", low=-2, high=3))
    values, counts = np.unique(x, return_counts=True)
    assert values.tolist() == [-2, -1, 0, 1, 2]
    assert abs(counts / COUNT - 0.2).max() < 0.01


@pytest.mark.parametrize("rate", [0.1, 0.2, 0.5, 0.9])
def test_dropout_drops_its_rate_and_keeps_the_mean(rate):
    x = Placeholder((None, 100))
    y, mask = ops.dropout(x, rate=rate, stream=Stream(4))
    (dx,) = gradients(y, [x])
    data = np.ones((2000, 100), "float32")
    y, mask, dx = Function([x], [y, mask, dx])([data])
    assert mask.dtype == bool
    assert abs(mask.mean() - (1 - rate)) < 0.005
    assert abs(y.mean() - 1) < 0.05
    np.testing.assert_allclose(y, mask / (1 - rate), rtol=1e-6)
    np.testing.assert_array_equal(dx, y)
    # Rows and columns are dropped independently of each other.
    assert mask.mean(0).std() < 3 * (rate * (1 - rate) / 2000) ** 0.5


def test_dropout_of_whole_rows():
    x = Placeholder((4, None, 8))
    y, mask = ops.dropout(x, rate=0.5, noise_shape=(None, 1, 8), stream=Stream(4))
    assert mask.shape == (4, 1, 8)
    y, mask = Function([x], [y, mask])([np.ones((4, 5, 8))])
    np.testing.assert_array_equal(y, np.repeat(2.0 * mask, 5, 1))


def test_dropout_says_what_is_wrong():
    x = Placeholder((None, 3))
    with pytest.raises(ValueError, match=r"got rate 1\.5"):
        ops.dropout(x, rate=1.5, stream=Stream(1))
    with pytest.raises(ValueError, match=r"noise_shape \(1,\) for shape \(None, 3\)"):
        ops.dropout(x, rate=0.5, noise_shape=(1,), stream=Stream(1))
