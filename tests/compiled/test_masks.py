"""Random masks: NumPy and the kernel make the same bits."""

import numpy as np
import pytest

from kerasnb.array import numpy as xp
from kerasnb.array.compiled import threads

masks = pytest.importorskip("kerasnb.array.compiled.masks", reason="llvmlite is not installed")


def by_numpy(size, keys, limit):
    out = np.empty(size, bool)
    xp._mix(out, limit, *keys)
    return out


def by_kernel(size, keys, limit):
    out = np.empty(size, bool)
    masks.filler(out, limit)(*keys)
    return out


@pytest.mark.parametrize("lanes", [16, 8, 4])
@pytest.mark.parametrize("size", [0, 1, 2, 3, 31, 32, 33, 95, 16384, 16385, 40001])
def test_both_ways_give_the_same_bits(size, lanes):
    from kerasnb.array.compiled.host import force_lanes

    for keys in [(0, 0), (2**32 - 1, 2**31), (123456789, 2**32 - 7)]:
        for limit in (1, 32768, 65535):
            with force_lanes(lanes):
                got = by_kernel(size, keys, limit)
            np.testing.assert_array_equal(got, by_numpy(size, keys, limit))


def test_threads_change_nothing(monkeypatch):
    monkeypatch.setattr(masks, "FOR_A_THREAD", 100)
    monkeypatch.setattr(threads, "_chosen", [3])
    keys = (17, 4)
    np.testing.assert_array_equal(by_kernel(4001, keys, 9999), by_numpy(4001, keys, 9999))


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.8])
def test_as_many_are_kept_as_are_asked_for_and_neighbours_are_independent(keep):
    generator = xp.new_generator(3)
    found = np.empty((40, 10007), bool)
    for row in found:
        xp.keep_mask(keep, row)(generator)
    spread = (keep * (1 - keep) / found.size) ** 0.5
    assert abs(found.mean() - keep) < 5 * spread
    centered = (found - keep) / (keep * (1 - keep)) ** 0.5
    for shift in (1, 2, 3, 8, 64, 1024):
        together = (centered[:, shift:] * centered[:, :-shift]).mean()
        assert abs(together) < 5 / found.size**0.5, shift
    assert abs((centered[1:] * centered[:-1]).mean()) < 5 / found.size**0.5
    # Counts of ones in words of 16 entries are those of a binomial distribution.
    counts = found[:, :10000].reshape(-1, 16).sum(1)
    assert abs(counts.var() / (16 * keep * (1 - keep)) - 1) < 0.05


def test_the_same_seed_gives_the_same_masks():
    first, second, other = (np.empty(1000, bool) for _ in range(3))
    for seed, out in ((5, first), (5, second), (6, other)):
        xp.keep_mask(0.5, out)(xp.new_generator(seed))
    np.testing.assert_array_equal(first, second)
    assert np.any(first != other)


def test_small_masks_get_a_kernel_after_many_of_them(monkeypatch):
    from kerasnb.array import compiled

    monkeypatch.setenv("KERASNB_KERNELS", "auto")
    monkeypatch.setattr(compiled, "_patience", 250)
    out = np.empty(100, bool)
    done = [compiled.mask(out, 3) is not None for _ in range(4)]
    assert done == [False, False, True, True]
    monkeypatch.setenv("KERASNB_KERNELS", "numpy")
    assert compiled.mask(out, 3) is None
