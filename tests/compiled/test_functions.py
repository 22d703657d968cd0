"""exp, log and their like against more digits: nowhere further off than `chain.ULPS` says."""

import numpy as np
import pytest

pytest.importorskip("llvmlite", reason="kernels are compiled by llvmlite")

from kerasnb.array.compiled import chain
from kerasnb.array.compiled.elementwise import kernel
from kerasnb.array.compiled.host import force_lanes

TRUE = {
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0),
}


def apply(name, x):
    """Compute a function by a kernel of its own."""
    step = chain.Step(name, x.dtype.name, (0,))
    out = np.empty_like(x)
    table = np.array([chain.line([x, out])])
    run = kernel(chain.Chain((step,), (x.dtype.name,) * 2, (1, 1), 1, (0,)))
    run(table.ctypes.data, 1)
    return out


def numbers(dtype, count=100_000):
    """Numbers of every size, many of ordinary size, and the odd ones."""
    rng = np.random.default_rng(0)
    info = np.finfo(dtype)
    edge = np.log(info.max)
    ends = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, info.max, info.tiny]
    parts = [
        rng.integers(0, 2 ** (8 * info.dtype.itemsize), count, "u8"),
        *(rng.uniform(-width, width, count) for width in (1e-3, 1, 20)),
        rng.uniform(0.5, 2, count),
        rng.uniform(-1.2 * edge, 1.2 * edge, count),
        [*ends, info.smallest_subnormal, -info.tiny, edge, -edge],
    ]
    parts[0] = parts[0].astype(f"u{info.bits // 8}").view(dtype)
    with np.errstate(all="ignore"):
        return np.concatenate(parts, dtype=dtype, casting="unsafe")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", TRUE)
def test_errors_are_bounded(name, dtype):
    wide = np.float64 if dtype == "float32" else np.longdouble
    if np.finfo(wide).eps >= np.finfo(dtype).eps:
        pytest.skip("no type with more digits than float64 on this machine")
    x = numbers(dtype)
    if name == "sigmoid":  # further down e^-x is infinite and the result 0, as NumPy's
        x = x[~(x < 1 - np.log(np.finfo(dtype).max))]
    with np.errstate(all="ignore"):
        got, true = apply(name, x), TRUE[name](x.astype(wide))
        want = true.astype(dtype)
        np.testing.assert_array_equal(np.isnan(got), np.isnan(want))
        # Where the one overflows the other may be the largest number.
        fine = np.isfinite(want)
        np.testing.assert_array_equal(got[~fine], want[~fine])
        error = np.abs(got - true)[fine] / np.spacing(np.abs(want[fine]))
    worst = error.argmax()
    assert error[worst] <= chain.ULPS[name], x[fine][worst]


@pytest.mark.parametrize("lanes", [4, 8, 16])
def test_the_width_of_vectors_changes_nothing(lanes):
    x = numbers("float32", 1000)
    for name in TRUE:
        with force_lanes(lanes):
            got = apply(name, x)
        np.testing.assert_array_equal(got, apply(name, x))


def test_every_function_has_a_bound_and_a_test():
    assert {*chain.ULPS} == {*TRUE, "power"}
