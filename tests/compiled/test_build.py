"""The language of kernels: its own example, loops, registers that change, and conversions."""

import textwrap
import threading

import numpy as np
import pytest

pytest.importorskip("llvmlite", reason="kernels are compiled by llvmlite")

from kerasnb.array.compiled import build, host
from kerasnb.array.compiled.build import Kernel


def at(array):
    return array.ctypes.data


@pytest.mark.parametrize("count", [0, 1, 7, 8, 100])
def test_the_example_of_the_docstring(count):
    _, _, text = build.__doc__.partition("a vector at a time:\n")
    code, _, _ = text.partition("`k.sweep")
    x, y = np.arange(count, dtype="f4"), np.full(count + 1, -1, "f4")
    names = {"Kernel": Kernel, "x_array": x, "y_array": y, "n": count}
    lines = textwrap.dedent(code).replace("ctypes.data, n)", f"ctypes.data, {count})")
    exec(lines, names)
    np.testing.assert_array_equal(y[:-1], 2 * x)
    assert y[-1] == -1


@pytest.mark.parametrize("lanes", [4, 8, 16])
def test_a_matrix_times_a_vector(lanes):
    """Nested loops, and a sum in a register."""
    with host.force_lanes(lanes):
        k = Kernel("product", "float64* float64* float64* int64 int64")
        a, x, y, rows, columns = k.arguments
        with k.loop(0, rows) as i:
            total = k.variable(k.constant(0.0, "float64"))
            with k.loop(0, columns) as j:
                total.value = k.fma(k.load(a + (i * columns + j)), k.load(x + j), total.value)
            k.store(total.value, y + i)
        run = k.compile()
    left, right = np.arange(12.0).reshape(3, 4), np.arange(4.0)
    out = np.empty(3)
    run(at(left), at(right), at(out), 3, 4)
    np.testing.assert_array_equal(out, left @ right)


def test_steps_conditions_and_integers():
    k = Kernel("places", "int64* int64* int64")
    x, y, n = k.arguments
    with k.loop(1, n, 3) as i:
        value = k.load(x + i)
        with k.when((value % 2).same(1)):
            k.store((value // 2) * 10 + k.halve(0 - value) + (value << 8), y + i)
    run = k.compile()
    numbers, out = np.arange(20), np.full(20, -1)
    run(at(numbers), at(out), 20)
    want = np.full(20, -1)
    for i in (1, 7, 13, 19):
        want[i] = i // 2 * 10 + -i // 2 + (i << 8)
    np.testing.assert_array_equal(out, want)


@pytest.mark.parametrize("source", ["float32", "float64", "int32", "int64", "uint8", "bool"])
@pytest.mark.parametrize("target", ["float32", "float64", "int32", "int64", "bool"])
def test_conversions(source, target):
    x = np.array([0, 1, 2.7, 3, 100, 200, 7, 0, 5]).astype(source)
    out = np.empty(len(x), target)
    k = Kernel("convert", f"{source}* {target}* int64")
    a, b, n = k.arguments
    k.sweep(n, lambda i, lanes: k.store(k.cast(k.load(a + i, lanes), target), b + i), 4)
    k.compile()(at(x), at(out), len(x))
    np.testing.assert_array_equal(out, x.astype(target))


def test_numbers_that_lie_apart_are_gathered():
    x = np.arange(60, dtype="f4").reshape(20, 3)
    out = np.empty(20, "f4")
    k = Kernel("column", "float32* float32* int64")
    a, b, n = k.arguments
    step = k.constant(12, "int64")
    k.sweep(n, lambda i, lanes: k.store(k.gather(a + i * 3, step, lanes), b + i))
    k.compile()(at(x), at(out), 20)
    np.testing.assert_array_equal(out, x[:, 0])


def test_a_kernel_is_made_once_for_each_width():
    made = []

    def ask():
        return build.once("test", lambda: made.append(host.host().lanes) or len(made))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    with host.force_lanes(2):
        assert ask() == 2
    assert ask() == 1


def test_other_threads_run_while_a_kernel_does():
    k = Kernel("long", "int64* int64")
    flag, turns = k.arguments
    total = k.variable(k.constant(1, "int64"))
    with k.loop(0, turns):
        total.value = total.value * 6364136223846793005 + 1442695040888963407
    k.store(total.value, flag)
    run = k.compile()
    out = np.zeros(1, "i8")
    thread = threading.Thread(target=run, args=(at(out), 400_000_000))
    thread.start()
    seen = 0
    while thread.is_alive():
        seen += 1
        thread.join(0.001)
    assert out[0]
    assert seen > 3


def test_memory_of_the_compiler_is_given_back_once(monkeypatch):
    from kerasnb.array import compiled

    asked = []
    monkeypatch.setattr(host.sys, "platform", "linux")
    monkeypatch.setattr(host.ctypes, "CDLL", lambda name: asked.append(name) or object())
    monkeypatch.setattr(host, "_untidy", ["a kernel"])
    compiled.tidy()  # this C library has no such function
    compiled.tidy()
    assert asked == [None]
