"""Kernels in several threads: who counts, who works, who waits, and the same results."""

import multiprocessing
import os
import signal
import sys
import threading
import time

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.array import numpy as xp
from kerasnb.array.compiled import threads
from kerasnb.graph import OPS, Function, Placeholder


@pytest.fixture
def count():
    """Sets the number of threads, and gives it back."""
    yield threads.set_threads
    threads.set_threads(None)


def test_ranges_cover_everything_once():
    for total in (1, 2, 7, 100):
        for parts in (0, 1, 2, 3, 200):
            pairs = threads.ranges(total, parts)
            assert [i for a, b in pairs for i in range(a, b)] == list(range(total))


@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_part_is_done_once(number, count):
    count(number)
    done = []
    threads.split(1000, lambda a, b: done.extend(range(a, b)))
    assert sorted(done) == list(range(1000))


def test_one_thread_calls_here_and_once(count):
    count(1)
    seen = []
    threads.split(1000, lambda *pair: seen.append((pair, threading.current_thread())))
    assert seen == [((0, 1000), threading.current_thread())]


def test_two_threads_work_at_the_same_time(count):
    count(2)
    meeting = threading.Barrier(2, timeout=20)
    threads.together([meeting.wait, meeting.wait])


def test_an_error_comes_out_when_all_is_done(count):
    count(3)
    done = []

    def bad():
        raise ValueError("bad part")

    with pytest.raises(ValueError, match="bad part"):
        threads.together([bad, lambda: done.append(1), lambda: done.append(2)])
    assert sorted(done) == [1, 2]


def test_calls_from_several_threads_and_within_each_other(count):
    count(3)
    done = []

    def some():
        threads.together([lambda: threads.together([lambda: done.append(1)] * 3)] * 4)

    callers = [threading.Thread(target=some) for _ in range(4)]
    for c in callers:
        c.start()
    for c in callers:
        c.join()
    assert len(done) == 48


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal to send")
def test_an_interrupt_waits_for_what_has_begun(count):
    count(2)
    here, log = threading.get_ident(), []
    both = threading.Barrier(2, timeout=20)

    def part():
        both.wait()
        if threading.get_ident() == here:
            signal.raise_signal(signal.SIGINT)
        time.sleep(0.2)
        log.append("ended")

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            threads.together([part, part, lambda: log.append("late")])
        ended = list(log)
    finally:
        signal.signal(signal.SIGINT, before)
    assert "ended" in ended  # the other thread's part, which is not killed half-way
    time.sleep(0.3)
    assert log == ended


def _child(queue):
    done = []
    threads.split(100, lambda a, b: done.extend(range(a, b)))
    queue.put(len(done))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_makes_threads_of_its_own(count):
    count(2)
    threads.together([lambda: None] * 8)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_child, args=(queue,))
    child.start()
    assert queue.get(timeout=60) == 100
    child.join()


def test_who_sets_the_number(monkeypatch, count):
    for name in ("KERASNB_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    threads._default.cache_clear()
    assert K.get_threads() == threads.cores()[0] >= 1
    K.set_threads(3)
    assert (K.get_threads(), threads.reason()) == (3, "K.set_threads")
    K.set_threads(None)
    monkeypatch.setenv("OMP_NUM_THREADS", "all")  # not ours: others have to say so
    threads._default.cache_clear()
    assert K.get_threads() == threads.cores()[0]
    for name, text in (("OMP_NUM_THREADS", "5,2"), ("KERASNB_THREADS", "7")):
        monkeypatch.setenv(name, text)
        threads._default.cache_clear()
        assert (K.get_threads(), threads.reason()) == (int(text[0]), name)
    monkeypatch.setenv("KERASNB_THREADS", "many")
    threads._default.cache_clear()
    with pytest.raises(ValueError, match="KERASNB_THREADS: got 'many'"):
        K.get_threads()
    for wrong in (0, -1, 1.5):
        with pytest.raises(ValueError, match="set_threads: got"):
            K.set_threads(wrong)
    monkeypatch.undo()
    threads._default.cache_clear()


def test_halves_of_cores_and_limits_of_groups(monkeypatch, tmp_path):
    monkeypatch.setattr(threads, "_system", tmp_path)
    for number in range(4):
        folder = tmp_path / f"devices/system/cpu/cpu{number}/topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text(f"{number % 2},{number % 2 + 2}\n")
    assert threads._real({0, 1, 2, 3}) == 2
    assert threads._real({0, 2}) == 1
    assert threads._real({0, 9}) == 2  # the machine does not say
    (tmp_path / "cpu.max").write_text("150000 100000\n")
    assert threads._limit(tmp_path) == [1.5]
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert threads._limit(tmp_path) == []
    old = tmp_path / "old"
    old.mkdir()
    (old / "cpu.cfs_quota_us").write_text("400000\n")
    (old / "cpu.cfs_period_us").write_text("100000\n")
    assert threads._limit(old) == [4.0]
    assert threads._limit(tmp_path / "nothing") == []


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype("float32")


@pytest.fixture
def compiled(monkeypatch):
    """Kernels are made even where they do not pay, and given to threads even if small."""
    pytest.importorskip("llvmlite", reason="kernels are compiled by llvmlite")
    from kerasnb.array.compiled import images, layers
    from kerasnb.graph import chains

    monkeypatch.setenv("KERASNB_KERNELS", "compiled")
    monkeypatch.setattr(images, "FOR_A_THREAD", 1)
    monkeypatch.setattr(layers, "FOR_A_THREAD", 1)
    monkeypatch.setattr(chains, "PIECE", 100)


def tasks():
    """Yield (op, its arrays, shapes and types of its results, largest error beside NumPy's)."""
    x, kernel, dy = normal(7, 9, 10, 17), normal(3, 3, 17, 18), normal(7, 9, 10, 18, seed=1)
    near = {"padding": "same"}
    yield OPS["conv"].op(**near), [x, kernel], [dy.shape], 2e-4
    yield OPS["conv_input_grad"].op(**near), [dy, kernel, np.array(x.shape)], [x.shape], 2e-4
    grad = OPS["conv_kernel_grad"]
    yield grad.op(**near), [x, dy, np.array(kernel.shape)], [kernel.shape], 5e-4
    alone = {"groups": 17, "padding": "same"}
    yield OPS["conv"].op(**alone), [x, kernel[:, :, :1, :17].copy()], [x.shape], 1e-4
    shape = (3, 3, 1, 17)
    yield grad.op(**alone), [x, x[::-1].copy(), np.array(shape)], [shape], 5e-4
    yield OPS["max_pool"].op(), [x], [(7, 4, 5, 17), (7, 4, 5, 17)], 0
    index = np.ones((7, 4, 5, 17), "uint8")
    yield OPS["unpool"].op(), [normal(7, 4, 5, 17), index, np.array(x.shape)], [x.shape], 0
    c = [normal(17, seed=i) for i in range(4)]
    axes = (0, 1, 2)
    yield OPS["batch_norm"].op(axes), [x, *c[:2]], [x.shape, (17,), (17,)], 1e-5
    mean, var = x.mean(axes), x.var(axes)
    arrays = [x[::-1].copy(), x, c[0], mean, var, c[2], c[3]]
    yield OPS["batch_norm_grad"].op(axes), arrays, [x.shape, (17,), (17,)], 5e-4


@pytest.mark.parametrize("lanes", [0, 4, 8])
@pytest.mark.parametrize("way", ["direct", "f2"])
def test_kernels_in_threads(way, lanes, count, compiled, monkeypatch):
    """With 1, 2 and 3 threads: near NumPy's results, and the same again for the same number."""
    from kerasnb.array.compiled.host import force_lanes, host

    monkeypatch.setenv("KERASNB_CONV", way)
    with force_lanes(lanes or host().lanes):
        for op, arrays, shapes, bound in tasks():
            types = ["float32", "uint8" if type(op).__name__ == "max_pool" else "float32"]
            types = (types + ["float32"] * 2)[: len(shapes)]

            def fresh(shapes=shapes, types=types):
                outs = tuple(np.full(s, 77, t) for s, t in zip(shapes, types, strict=True))
                return outs, outs if len(outs) > 1 else outs[0]

            want, out = fresh()
            op.run(xp, *arrays, out=out)
            for number in (1, 2, 3):
                count(number)
                (got, out), (again, out2) = fresh(), fresh()
                for target in (out, out2):
                    bound_op = op.bind(xp, arrays, target)
                    assert getattr(bound_op, "func", None) != op.run, "no kernel was made"
                    bound_op()
                for a, b, c in zip(got, again, want, strict=True):
                    np.testing.assert_array_equal(a, b)
                    np.testing.assert_allclose(a, c, rtol=1e-5, atol=bound, err_msg=str(op))


@pytest.mark.parametrize("shape", [(5000,), (70, 33), (3, 40, 50)])
def test_chains_in_threads_change_nothing(shape, count, compiled):
    x, row = Placeholder(shape, "float32"), Placeholder(shape[-1:], "float32")
    ops = OPS
    y = ops["tanh"](x * row + 1.0)
    run = Function([x, row], [y, ops["relu"](y - 0.5)])
    arrays = [normal(*shape), normal(shape[-1])]
    results = []
    for number in (1, 2, 3):
        count(number)
        results.append(run(arrays))
    for more in results[1:]:
        for a, b in zip(results[0], more, strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_chain_waits_for_the_same_chain_before_it(count, compiled):
    """Neighbours that call one kernel become one call, though one reads what the other writes."""
    from kerasnb.array import compiled as kernels
    from kerasnb.graph.chains import jobs, joined

    count(3)
    one = kernels.chain.Step("square", "float32", (0,))
    two = kernels.chain.Step("add", "float32", (~0, 0))
    arrays = [normal(5000), *(np.empty(5000, "float32") for _ in range(3))]
    pairs = zip(arrays[:-1], arrays[1:], strict=True)
    many = [jobs(kernels, (one, two), [a], {1: b}, [None] * 2) for a, b in pairs]
    calls = joined(many)
    assert len(calls) == 1
    for _ in range(20):
        calls[0][0]()
        want = arrays[0]
        for got in arrays[1:]:
            want = want * want + want
            np.testing.assert_array_equal(got, want)


def blas_threads():
    return [ask() for ask, _ in threads._openblas()]


needs_openblas = pytest.mark.skipif(
    not threads._openblas(), reason="NumPy has another BLAS here, or threadpoolctl is missing"
)


@needs_openblas
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(300, 200, 130), (130, 200, 300), (3, 9000, 301), (5, 0, 7)])
def test_products_in_parts(shape, dtype, count):
    count(3)
    rows, inner, columns = shape
    rng = np.random.default_rng(0)
    wide = rng.standard_normal((inner, 2 * rows)).astype(dtype)
    a, b = wide[:, ::2].T, rng.standard_normal((inner, columns)).astype(dtype)
    out = np.full((rows, columns + 3), 7, dtype)
    xp.product(a, b, out[:, :columns])()
    digits = 1e-5 if dtype == "float32" else 1e-13
    np.testing.assert_allclose(out[:, :columns], a @ b, rtol=0, atol=digits * (1 + inner) ** 0.5)
    assert (out[:, columns:] == 7).all()


@needs_openblas
def test_blas_gets_its_threads_back(count):
    count(2)
    before = blas_threads()
    with threads.Alone():
        assert set(blas_threads()) == {1}
        with pytest.raises(ZeroDivisionError), threads.Alone():
            raise ZeroDivisionError
        assert set(blas_threads()) == {1}
    assert blas_threads() == before


@needs_openblas
def test_runs_in_two_threads_leave_blas_as_it_was(count):
    count(2)
    before = blas_threads()
    first_in, second_out = threading.Event(), threading.Event()
    seen = []

    def long_run():
        with threads.Alone():
            first_in.set()
            assert second_out.wait(20)
            seen.append(set(blas_threads()))

    other = threading.Thread(target=long_run)
    other.start()
    assert first_in.wait(20)
    with threads.Alone():
        pass
    second_out.set()
    other.join()
    assert seen == [{1}] and blas_threads() == before


@needs_openblas
@pytest.mark.skipif(not hasattr(os, "fork"), reason="only systems with fork copy a process")
@pytest.mark.filterwarnings("ignore:.*multi-threaded")  # that is what is tried
def test_a_child_born_in_a_run_has_blas_threads(count):
    count(2)
    before = blas_threads()
    with threads.Alone():
        child = os.fork()
        if not child:
            os._exit(blas_threads() != before)
        assert os.waitpid(child, 0)[1] == 0
