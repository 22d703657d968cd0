"""x[key] for keys drawn at random, beside NumPy."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kerasnb import backend as K

SHAPE = (3, 4, 2)
ends = st.none() | st.integers(-6, 6)
slices = st.builds(slice, ends, ends, st.none() | st.sampled_from([-3, -2, -1, 1, 2, 3]))


def places(size):
    few = st.lists(st.integers(-size, size - 1), min_size=0, max_size=4)
    table = st.lists(
        st.lists(st.integers(-size, size - 1), min_size=2, max_size=2), min_size=1, max_size=3
    )
    return (few | table).map(lambda v: np.array(v, "int64"))


@st.composite
def keys(draw):
    """A key with at most one array, so that all of them fit together."""
    count = draw(st.integers(0, 3))
    array_at = draw(st.integers(0, 5))
    key = [
        draw(places(SHAPE[i]) if i == array_at else slices | st.integers(-SHAPE[i], SHAPE[i] - 1))
        for i in range(count)
    ]
    if draw(st.booleans()):
        key.append(...)
    for _ in range(draw(st.integers(0, 2))):
        key.insert(draw(st.integers(0, len(key))), None)
    return tuple(key)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(keys(), st.booleans(), st.booleans())
def test_any_key(key, symbolic, open_sizes):
    array = np.arange(24.0, dtype="float32").reshape(SHAPE)
    x = K.placeholder((None,) * 3 if open_sizes else SHAPE)
    # Numbers of slices and places may be tensors, too.
    mine = tuple(as_tensors(k) for k in key) if symbolic else key
    y = x[mine]
    (got,) = K.function([x], [y])([array])
    want = array[key]
    np.testing.assert_array_equal(got, want)
    assert y.ndim == want.ndim
    assert all(n in (None, m) for n, m in zip(y.shape, want.shape, strict=True))
    (slope,) = K.function([x], K.gradients(K.sum(y * 2), x))([array])
    counted = np.zeros(24)
    np.add.at(counted, np.arange(24).reshape(SHAPE)[key].ravel(), 2)
    np.testing.assert_array_equal(slope, counted.reshape(SHAPE))


def as_tensors(k):
    def one(n):
        return (
            n
            if n is None
            else K.variable(n, dtype="int64")
            if np.ndim(n)
            else K.constant(n, dtype="int32")
        )

    if isinstance(k, slice):
        return slice(one(k.start), one(k.stop), one(k.step))
    return one(k) if isinstance(k, np.ndarray) else k
