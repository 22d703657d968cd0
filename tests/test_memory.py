"""A training step works in memory that the first step has laid out.

NumPy reports its arrays to tracemalloc. A trace function looks after every line of Python, kerasnb's
and NumPy's, whether memory grew meanwhile by more than 64 KiB, even if it is free again.
"""

import sys
import tracemalloc

import numpy as np
import pytest

import kerasnb
from benchmarks import keras_models
from benchmarks.workloads import WORKLOADS
from kerasnb.array import compiled
from kerasnb.array.compiled import threads

LIMIT = 64 * 1024


class large_allocations:
    """Collects 'file:line: KiB' of each line that took more than LIMIT, if only for a moment."""

    def __enter__(self):
        self.found = []
        tracemalloc.start()
        self.tracer = sys.gettrace()
        self.begin(sys._getframe())
        sys.settrace(self.trace)
        return self.found

    def __exit__(self, *error):
        self.end()
        sys.settrace(self.tracer)
        tracemalloc.stop()

    def begin(self, frame):
        self.line = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        tracemalloc.reset_peak()
        self.before, _ = tracemalloc.get_traced_memory()

    def end(self):
        grown = tracemalloc.get_traced_memory()[1] - self.before
        if grown > LIMIT:
            self.found.append(f"{self.line}: {grown / 1024:.0f} KiB")

    def trace(self, frame, event, arg):
        self.end()
        self.begin(frame.f_back if event == "return" and frame.f_back else frame)
        return self.trace


def fit(model, x, y, batch):
    model.fit(x, y, batch_size=batch, epochs=1, verbose=0)


def train_on_batch(model, x, y, batch):
    for start in range(0, len(x), batch):
        model.train_on_batch(x[start : start + batch], y[start : start + batch])


@pytest.fixture
def one_thread(monkeypatch):
    """Kernels in this thread only: others take memory of their own when they first help."""
    monkeypatch.setattr(threads, "_chosen", [1])


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("steps", [fit, train_on_batch])
@pytest.mark.parametrize("name", ["mlp", "mnist_cnn", "mlp_small", "conv1d", "resnet"])
def test_steps_allocate_no_large_array(name, steps):
    """Nothing remains above 64 KiB: not in the steps, not around them."""
    if name == "resnet" and not compiled.wanted():
        pytest.skip("NumPy turns a mask into floats in a buffer of its own, of 65 KiB")
    workload = WORKLOADS[name]
    model = getattr(keras_models, name)(kerasnb)
    x, y = workload.data(2)
    steps(model, x, y, workload.batch)
    with large_allocations() as found:
        steps(model, x, y, workload.batch)
    assert not found, "\n".join(found)


def test_a_temporary_is_seen():
    x = np.zeros(LIMIT, "uint8")

    def work():
        x[:] = x + x
        x[:] = np.concatenate([x, x])[:LIMIT]
        return np.add(x, x, out=x)

    with large_allocations() as found:
        work()
    first = work.__code__.co_firstlineno
    seen = [line.rpartition("/")[2].split() for line in found]
    assert [place for place, *_ in seen] == [f"test_memory.py:{first + n}:" for n in (1, 2)]
    # The first line may also take some KiB for the interpreter's own use.
    assert [int(kib) // 8 for _, kib, _ in seen] == [64 // 8, 128 // 8]
