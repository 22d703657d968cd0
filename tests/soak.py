"""Soak: all kinds of work in one process for long, and memory, file handles, threads stay flat.

    python -m tests.soak --minutes 30        # mixed work; a line a minute
    python -m tests.soak --models 10000      # small models built and dropped

Memory is what the process has in RAM after the garbage has been collected and the C library has
given free pages back. The first third of the readings is warm-up. Then memory may grow by 2 %, from
the median of the next third to that of the last; file handles and threads may not grow at all.
The exit code is 1 if they did. Linux only: the readings are from /proc.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import ctypes
import gc
import io
import itertools
import os
import pickle
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from kerasnb import backend as K
from kerasnb.callbacks import (
    CSVLogger,
    EarlyStopping,
    ModelCheckpoint,
    Resume,
    TensorBoard,
    TerminateOnNaN,
)
from kerasnb.layers import (
    LSTM,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    MaxPooling2D,
)
from kerasnb.models import Sequential, clone_model, load_model, model_from_json
from kerasnb.notebook import show
from kerasnb.notebook.steering import Training
from kerasnb.notebook.watch import Watch
from kerasnb.utils import Sequence as Batches

GROWTH = 0.02  # of memory, that is allowed
CLASSES = 4


class Reading(NamedTuple):
    """What a process has: memory in MB, open files, threads of Python and of the system."""

    memory: float
    handles: int
    threads: int
    tasks: int


def reading() -> Reading:
    """Look at this process."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # other C libraries have nothing like it
        ctypes.CDLL(None).malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    handles, tasks = (sum(1 for _ in Path("/proc/self", n).iterdir()) for n in ("fd", "task"))
    megabytes = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return Reading(megabytes, handles, threading.active_count(), tasks)


def verdict(readings: Sequence[Reading]) -> list[str]:
    """Return what has grown after the warm-up, a sentence each; nothing if all is flat."""
    if len(readings) < 6:
        return [f"{len(readings)} readings are too few to tell; six are needed"]
    third = len(readings) // 3
    before, after = readings[third:-third], readings[-third:]
    found = []
    first, last = (median(r.memory for r in part) for part in (before, after))
    if last > first * (1 + GROWTH):
        found.append(
            f"memory has grown by {last / first - 1:.1%}, from {first:.1f} to {last:.1f} MB"
        )
    for name in ("handles", "threads", "tasks"):
        first, last = (max(getattr(r, name) for r in part) for part in (before, after))
        if last > first:
            found.append(f"{name} have grown from {first} to {last}")
    return found


# -- the work


def dense() -> Sequential:
    return Sequential([Dense(32, "relu", input_shape=(20,)), Dropout(0.2), Dense(CLASSES)])


def pictures() -> Sequential:
    return Sequential(
        [
            Conv2D(8, 3, activation="relu", input_shape=(12, 12, 1)),
            BatchNormalization(),
            MaxPooling2D(),
            Flatten(),
            Dense(CLASSES),
        ]
    )


def texts() -> Sequential:
    return Sequential([Embedding(50, 8, input_length=10), LSTM(8), Dense(CLASSES)])


def data(kind: Callable[[], Any], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Samples for a kind of model, with targets."""
    shape = {dense: (20,), pictures: (12, 12, 1), texts: (10,)}[kind]
    x = (
        np.random.randint(50, size=(count, *shape))
        if kind is texts
        else np.random.rand(count, *shape)
    )
    return x.astype("float32"), np.eye(CLASSES, dtype="float32")[
        np.random.randint(CLASSES, size=count)
    ]


def compiled(kind: Callable[[], Any]) -> Any:
    model = kind()
    model.compile(np.random.choice(["sgd", "adam", "rmsprop"]), "mse", metrics=["mae"])
    return model


class Rows(Batches):
    """Batches of a kind of model."""

    def __init__(self, kind: Callable[[], Any]) -> None:
        self.x, self.y = data(kind, 64)

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> Any:
        return self.x[8 * index : 8 * index + 8], self.y[8 * index : 8 * index + 8]


class Soak:
    """Work of all kinds, with models that live on and others that come and go.

    Args:
        folder: where files may be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.old = {kind: compiled(kind) for kind in (dense, pictures, texts)}
        self.works = [
            self.train, self.predict, self.save, self.display, self.watch, self.generate, self.copy,
            self.resume, self.fail,
        ]  # fmt: skip

    def __iter__(self) -> Iterator[str]:
        """Do one piece of work after the other; each kind of it with each kind of model."""
        for round_ in itertools.count():
            for work, kind in itertools.product(self.works, self.old):
                if round_ % 2:
                    work(kind, compiled(kind))
                else:
                    work(kind, self.old[kind])
                yield work.__name__
            if round_ % 5 == 4:
                K.clear_session()

    def train(self, kind: Any, model: Any) -> None:
        x, y = data(kind, 40 + np.random.randint(16))
        callbacks = [
            CSVLogger(self.folder / "table.csv"), TensorBoard(self.folder / "logs"),
            ModelCheckpoint(self.folder / "best.h5", save_best_only=True), TerminateOnNaN(),
            EarlyStopping(patience=1, restore_best_weights=True),
        ]  # fmt: skip
        with contextlib.redirect_stdout(io.StringIO()):
            model.fit(x, y, 16, epochs=2, validation_data=(x, y), callbacks=callbacks)
        for path in (self.folder / "logs").iterdir():
            path.unlink()

    def predict(self, kind: Any, model: Any) -> None:
        x, y = data(kind, 1 + np.random.randint(90))  # more sizes than plans are kept
        model.predict(x)
        model.evaluate(x, y, verbose=0)
        model.train_on_batch(x, y)

    def save(self, kind: Any, model: Any) -> None:
        path = self.folder / "model.h5"
        model.save(path)
        load_model(path).predict(data(kind, 4)[0])
        model.save_weights(path)
        again = model_from_json(model.to_json())
        again.load_weights(path)

    def display(self, kind: Any, model: Any) -> None:
        x, y = data(kind, 8)
        shown = [
            show.summary(model), show.graph(model), show.weights(model.layers[-1]),
            show.activations(model, model.layers[0], x[:1]), show.gradients(model, None, x, y), show.inspect(model.layers[0]),
            show.training(model.fit(x, y, verbose=0)),
        ]  # fmt: skip
        for one in shown:
            one._repr_mimebundle_()

    def watch(self, kind: Any, model: Any) -> None:
        messages: list[Any] = []
        training = Training([Watch(lambda *message: messages.append(message))])
        x, y = data(kind, 32)
        model.fit(x, y, 4, verbose=0, callbacks=[training])
        if training.state != "finished" or not messages:
            raise RuntimeError(f"the display of a training was left {training.state!r}")

    def generate(self, kind: Any, model: Any) -> None:
        batches = Rows(kind)
        model.fit_generator(batches, epochs=1, verbose=0, workers=2)
        model.predict_generator(batches, workers=2, use_multiprocessing=kind is dense)
        model.fit_generator(itertools.cycle([batches[0]]), 3, verbose=0)

    def copy(self, kind: Any, model: Any) -> None:
        x, _ = data(kind, 4)
        for again in (clone_model(model), copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
            again.predict(x)

    def resume(self, kind: Any, model: Any) -> None:
        x, y = data(kind, 16)
        model.fit(x, y, epochs=2, verbose=0, callbacks=[Resume(self.folder / "state.npz")])

    def fail(self, kind: Any, model: Any) -> None:
        """What raises lets go of what it had, too."""
        x, y = data(kind, 16)
        for wrong in (x[..., :-1], x[:0]):
            with contextlib.suppress(ValueError):
                model.fit(wrong, y, verbose=0)
                raise RuntimeError("wrong data was taken")

        def broken() -> Iterator[Any]:
            yield x, y
            raise LookupError

        with contextlib.suppress(LookupError):
            model.fit_generator(broken(), 3, verbose=0)


def mixed(minutes: float, every: float) -> list[Reading]:
    """Work for some minutes; return the readings."""
    readings: list[Reading] = []
    with tempfile.TemporaryDirectory() as folder:
        soak = Soak(Path(folder))
        begin, counts = time.monotonic(), 0
        for _ in soak:
            counts += 1
            spent = time.monotonic() - begin
            if spent >= every * (len(readings) + 1):
                told(f"{spent / 60:6.2f} min {counts:7d} pieces of work", readings)
            if spent >= 60 * minutes:
                return readings
    raise AssertionError("work does not end by itself")


def dropped(count: int, clear: bool) -> list[Reading]:
    """Build models, train each once, drop it; return the readings."""
    readings: list[Reading] = []
    x, y = data(dense, 8)
    alive: weakref.WeakSet[Any] = weakref.WeakSet()
    for number in range(1, count + 1):
        model = compiled(dense)
        model.train_on_batch(x, y)
        alive.add(model)
        del model
        if clear:
            K.clear_session()
        if number % max(count // 15, 1) == 0:
            gc.collect()
            how = "with" if clear else "without"
            told(f"{number:6d} models {how} clear_session, {len(alive)} alive,", readings)
    return readings


def told(what: str, readings: list[Reading]) -> None:
    """Take a reading and print it."""
    readings.append(reading())
    last = readings[-1]
    print(
        f"{what} {last.memory:8.1f} MB {last.handles:4d} handles {last.threads:3d} threads "
        f"{last.tasks:3d} tasks",
        flush=True,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for; return 1 if something has grown."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument(
        "--minutes", type=float, help="minutes of mixed work (30, if nothing is said)"
    )
    parser.add_argument("--models", type=int, help="number of models to build and drop")
    parser.add_argument("--every", type=float, default=60, help="seconds between two readings")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    np.random.seed(chosen.seed)
    runs: list[tuple[str, list[Reading]]] = []
    if chosen.models:
        for clear in (False, True):
            name = f"{chosen.models} models {'with' if clear else 'without'} clear_session"
            runs.append((name, dropped(chosen.models, clear)))
    if chosen.minutes or not chosen.models:
        runs.append(("mixed work", mixed(chosen.minutes or 30, chosen.every)))
    grown = False
    for name, readings in runs:
        found = verdict(readings)
        grown = grown or bool(found)
        first, last = (f"{r.memory:.1f} MB" for r in (readings[0], readings[-1]))
        print(f"{name}: {first} at first, {last} at last; {'; '.join(found) or 'flat'}")
    return int(grown)


if __name__ == "__main__":
    sys.exit(main())
