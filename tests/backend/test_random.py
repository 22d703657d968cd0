"""Random tensors: what they look like, and that a seed says it all."""

import numpy as np
import pytest

from kerasnb import backend as K

COUNT = 40_000
DRAWS = {
    "random_normal": (lambda s, **kw: K.random_normal(s, mean=1.0, stddev=2.0, **kw), 1.0, 2.0),
    "random_uniform": (lambda s, **kw: K.random_uniform(s, -1.0, 3.0, **kw), 1.0, 4 / 12**0.5),
    "truncated_normal": (
        lambda s, **kw: K.truncated_normal(s, mean=1.0, stddev=2.0, **kw), 1.0, 2 * 0.879626,
    ),
    "random_binomial": (lambda s, **kw: K.random_binomial(s, p=0.3, **kw), 0.3, 0.21**0.5),
}  # fmt: skip


@pytest.mark.parametrize("dtype", [None, "float64"])
@pytest.mark.parametrize("name", DRAWS)
def test_statistics(name, dtype):
    draw, mean, deviation = DRAWS[name]
    x = K.eval(draw((COUNT,), dtype=dtype, seed=3)).astype("float64")
    assert draw((2,), dtype=dtype).dtype == (dtype or "float32")
    assert abs(x.mean() - mean) < 5 * deviation / COUNT**0.5
    assert abs(x.std() / deviation - 1) < 0.02
    if name == "truncated_normal":
        assert np.abs(x - 1).max() <= 4.0
    if name == "random_uniform":
        assert -1 <= x.min() < -0.99 and 2.99 < x.max() < 3
    if name == "random_binomial":
        assert set(np.unique(x)) == {0.0, 1.0}


@pytest.mark.parametrize("name", DRAWS)
def test_seeds(name):
    draw = DRAWS[name][0]
    once, again, other = (K.eval(draw((50, 2), seed=s)) for s in (7, 7, 8))
    np.testing.assert_array_equal(once, again)
    assert (once != other).any()
    values = []
    for seed in (5, 5, 6):
        K.set_random_seed(seed)
        a, b = draw((50,)), draw((50,))
        values.append((K.eval(a), K.eval(b)))
    assert (values[0][0] != values[0][1]).any()
    np.testing.assert_array_equal(values[0], values[1])
    assert (values[0][0] != values[2][0]).any()
    np.random.seed(5)  # is how users of Keras 2 do it
    np.testing.assert_array_equal(K.eval(draw((50,))), values[0][0])


@pytest.mark.parametrize("name", DRAWS)
def test_each_run_draws_anew_in_any_shape(name):
    x = K.placeholder((None, 3))
    f = K.function([x], [DRAWS[name][0](K.shape(x), seed=1), DRAWS[name][0]((K.shape(x)[0], 2))])
    assert K.int_shape(f.outputs[0]) == (None, 3)  # what is known of x is known of it
    first, pair = f([np.zeros((30, 3))])
    assert first.shape == (30, 3) and pair.shape == (30, 2)
    assert (first != f([np.zeros((30, 3))])[0]).any()
    assert f([np.zeros((0, 3))])[0].shape == (0, 3)


def test_variables():
    for made, low, high in [
        (K.random_uniform_variable((2000,), -2.0, 4.0, seed=1, name="r"), -2, 4),
        (K.random_normal_variable((2000,), mean=1.0, scale=0.5, seed=1, name="r"), -2, 4),
    ]:
        x = K.get_value(made)
        assert K.is_variable(made) and made.name == "r:0" and made.dtype == "float32"
        assert abs(x.mean() - 1) < 0.2 and low <= x.min() and x.max() < high
        np.testing.assert_array_equal(x, K.get_value(made))


def test_dropout():
    x = K.variable(np.ones((200, 50)))
    y = K.eval(K.dropout(x, 0.25, seed=4))
    assert set(np.unique(y)) == {0.0, np.float32(4 / 3)} and abs((y == 0).mean() - 0.25) < 0.02
    np.testing.assert_array_equal(y, K.eval(K.dropout(x, 0.25, seed=4)))
    rows = K.eval(K.dropout(x, 0.5, noise_shape=(None, 1), seed=4))
    assert (rows == rows[:, :1]).all() and 0 < (rows == 0).mean() < 1
    np.testing.assert_array_equal(K.eval(K.dropout(x, 0.0)), K.eval(x))
    (slope,) = K.gradients(K.sum(K.dropout(x, 0.5, seed=2)), x)
    assert set(np.unique(K.eval(slope))) == {0.0, 2.0}
