"""The strict arrays themselves: they refuse what CuPy refuses."""

import numpy as np
import pytest

from tests.graph.strict import Strict, strict_arrays, xp

a = xp.asarray(np.arange(6.0).reshape(2, 3))


@pytest.mark.parametrize(
    "use",
    [
        lambda: np.add(a, 1.0),
        lambda: np.sum(a),
        lambda: np.concatenate([a, a]),
        lambda: np.asarray(a),
        lambda: np.ones((2, 3)) + a,
        lambda: a + np.ones((2, 3)),
        lambda: xp.add(a, np.ones((2, 3))),
        lambda: xp.add(a, 1.0, out=np.ones((2, 3))),
        lambda: xp.concatenate([a, np.ones((2, 3))]),
        lambda: xp.copyto(a, np.ones((2, 3))),
        lambda: a.__setitem__(0, np.ones(3)),
        lambda: a[np.array([0])],
        lambda: float(a[0, 0]),
        lambda: bool(a[0, 0] > 0),
        lambda: int(a[0, 0]),
        lambda: list(a),
        lambda: range(3)[a[0, 0]],
    ],
)
def test_silent_copies_are_refused(use):
    with pytest.raises(TypeError):
        use()


def test_what_is_allowed():
    assert isinstance(xp.add(a, 1.0), Strict)
    assert isinstance(xp.sum(a, None), Strict)
    assert isinstance(a[0, 1], Strict)
    assert a[1, 2].item() == 5.0
    assert xp.add(a, np.float32(1))[0, 0].item() == 1.0
    np.testing.assert_array_equal(xp.to_host(a.T), np.arange(6.0).reshape(2, 3).T)
    b = xp.zeros((2,), "float32")
    b[0] = 3
    entry = b[1]
    entry[...] = 4
    np.testing.assert_array_equal(xp.to_host(b), [3, 4])


def test_the_device_is_given_back():
    from kerasnb.array import device

    with strict_arrays():
        assert device() == "strict"
    assert device() == "cpu"
