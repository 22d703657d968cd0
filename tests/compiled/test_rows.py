"""Adding rows, against NumPy: repeated ones too, in both integer types, of every width."""

import numpy as np
import pytest

pytest.importorskip("llvmlite", reason="kernels are compiled by llvmlite")

from kerasnb.array import compiled
from kerasnb.array import numpy as xp


@pytest.mark.parametrize("width", [1, 7, 16, 129])
@pytest.mark.parametrize("index_type", ["int32", "int64"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rows_are_added_in_their_order(width, index_type, dtype, monkeypatch):
    rng = np.random.default_rng(width)
    index = rng.integers(0, 20, 300).astype(index_type)
    values = rng.standard_normal((300, width)).astype(dtype)
    start = rng.standard_normal((20, width)).astype(dtype)
    want, got = start.copy(), start.copy()
    monkeypatch.setenv("KERASNB_KERNELS", "numpy")
    xp.scatter_add(want, index, values)
    monkeypatch.setenv("KERASNB_KERNELS", "compiled")
    assert compiled.add_rows(got.copy(), index, values)
    xp.scatter_add(got, index, values)
    np.testing.assert_array_equal(got, want)


def test_numpy_adds_what_a_kernel_cannot():
    values = np.ones((300, 200), "f2")
    out = np.zeros((3, 200), "f2")
    index = np.arange(300) % 3
    assert not compiled.add_rows(out, index, values)
    assert not compiled.add_rows(np.zeros((3, 400), "f4")[:, ::2], index, values.astype("f4"))
    xp.scatter_add(out, index, values)
    np.testing.assert_array_equal(out, np.full((3, 200), 100, "f2"))


def test_few_rows_are_left_to_numpy(monkeypatch):
    monkeypatch.delenv("KERASNB_KERNELS", raising=False)
    assert not compiled.add_rows(np.zeros((3, 2), "f4"), np.array([1]), np.ones((1, 2), "f4"))
