"""Resume: a training that was killed goes on with the very numbers of one that was not.

KERASNB_KILLS says how often the training is killed (10 by default).
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.callbacks import (
    Callback,
    CSVLogger,
    EarlyStopping,
    History,
    ModelCheckpoint,
    ReduceLROnPlateau,
    Resume,
)
from kerasnb.layers import Dense, Dropout, Flatten, GaussianNoise
from kerasnb.models import Sequential
from kerasnb.preprocessing.image import ImageDataGenerator
from kerasnb.utils import Sequence

KILLS = int(os.environ.get("KERASNB_KILLS", "10"))

# Dropout and noise draw from streams of their own, the shuffle from numpy.random; the learning rate
# falls on the way, and Adam remembers.
PROGRAM = """
import json, sys
import numpy as np
from kerasnb.callbacks import CSVLogger, EarlyStopping, ReduceLROnPlateau, Resume
from kerasnb.layers import Dense, Dropout, GaussianNoise
from kerasnb.models import Sequential

np.random.seed(7)
x = np.random.rand(256, 8)
y = x.sum(axis=1) + np.random.rand(256)
model = Sequential([
    Dense(16, activation="relu", input_shape=(8,)), Dropout(0.3), GaussianNoise(0.1), Dense(1)
])
model.compile("adam", "mse", metrics=["mae"])
callbacks = [
    Resume(sys.argv[1]), EarlyStopping(patience=30, restore_best_weights=True),
    ReduceLROnPlateau(factor=0.9, patience=1), CSVLogger(sys.argv[2]),
]
print("begins", flush=True)
history = model.fit(x, y, epochs=40, batch_size=4, verbose=0, callbacks=callbacks,
                    validation_split=0.25)
print(json.dumps({
    "epoch": history.epoch,
    "history": {k: [float(v).hex() for v in values] for k, values in history.history.items()},
    "weights": [w.tobytes().hex() for w in model.get_weights()],
    "iterations": int(model.optimizer.iterations.read()),
}))
"""


def begin(folder):
    arguments = [str(folder / "training.npz"), str(folder / "table.csv")]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "begins\n"
    return process


def result(process):
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return json.loads(out.splitlines()[-1])


@pytest.mark.skipif(os.name == "nt", reason="kills by SIGKILL")
def test_killed_at_random_moments(tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for folder in (whole, broken):
        folder.mkdir()
    process = begin(whole)
    length = time.monotonic()
    expected = result(process)
    length = time.monotonic() - length
    assert expected["epoch"] == list(range(40))
    kills = resumed = 0
    # Each life is long enough for some epochs, and short enough for several kills in a training.
    while kills < KILLS:
        process = begin(broken)
        while not kills and process.poll() is None and not (broken / "training.npz").exists():
            time.sleep(0.01)  # so that there is something to go on from, once at least
        time.sleep(random.uniform(0, length / 5))
        if process.poll() is not None:  # it has come to its end: once more from the beginning
            assert result(process) == expected
            assert [p.name for p in broken.iterdir()] == ["table.csv"]
            (broken / "table.csv").unlink()
            continue
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += 1
        resumed += (broken / "training.npz").exists()
    assert resumed and result(begin(broken)) == expected
    assert (broken / "table.csv").read_text() == (whole / "table.csv").read_text()
    assert [p.name for p in broken.iterdir()] == ["table.csv"]


class Noise(Sequence):
    """Batches with noise in them, drawn anew in every epoch."""

    def __len__(self):
        return 4

    def __getitem__(self, index):
        x = index + np.random.rand(5, 2)
        return x, x.sum(axis=1)


class Counting(Sequence):
    """Batches that depend on the number of the epoch."""

    def __init__(self):
        self.epoch = 0

    def __len__(self):
        return 2 + self.epoch % 2

    def __getitem__(self, index):
        return np.full((3, 2), index + self.epoch), np.full(3, self.epoch)

    def on_epoch_end(self):
        self.epoch += 1

    def get_state(self):
        return self.epoch

    def set_state(self, state):
        self.epoch = state


class Fail(Callback):
    """Ends a training by an exception in the midst of an epoch."""

    def __init__(self, epoch, kind=ZeroDivisionError):
        self.epoch = epoch
        self.kind = kind
        self.now = False

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch == self.epoch

    def on_batch_end(self, batch, logs=None):
        if self.now and batch == 1:
            raise self.kind


def train(data, fail=None, resume=None, seed=3, epochs=6, **kwargs):
    """Build a model, and train it as another process would: from the beginning, or what is kept."""
    K.clear_session()
    np.random.seed(seed)
    random.seed(seed)
    model = Sequential([Dense(3, input_shape=(2,)), Dropout(0.4), GaussianNoise(0.1), Dense(1)])
    model.compile("adam", "mse")
    callbacks = [c for c in (resume, fail) if c]
    others = [
        EarlyStopping("loss", patience=9, restore_best_weights=True),
        ReduceLROnPlateau("loss", factor=0.5, patience=1),
    ]
    try:
        history = model.fit(*data, epochs=epochs, verbose=0, callbacks=callbacks + others, **kwargs)
    except (ZeroDivisionError, KeyboardInterrupt):
        return None
    return history, model, others


def same(one, two):
    for a, b in zip(one[1].get_weights(), two[1].get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert one[0].epoch == two[0].epoch and one[0].history == two[0].history
    assert one[2][0].best == two[2][0].best and one[2][0].wait == two[2][0].wait
    return True


X = np.arange(40.0).reshape(20, 2) / 40
ARRAYS = (X, X.sum(axis=1))
WAYS = {
    "arrays": lambda: (ARRAYS, {"batch_size": 4}),
    "batches": lambda: (ARRAYS, {"batch_size": 4, "shuffle": "batch"}),
    "validation": lambda: (ARRAYS, {"batch_size": 4, "validation_split": 0.2}),
    "steps": lambda: (ARRAYS, {"steps_per_epoch": 4}),
    "sequence": lambda: ((Noise(),), {"workers": 0}),
    "one thread": lambda: ((Noise(),), {"workers": 1, "max_queue_size": 3}),
    "processes": lambda: ((Noise(),), {"workers": 2, "use_multiprocessing": True}),
    "changing sequence": lambda: ((Counting(),), {"shuffle": False}),
    "part of a sequence": lambda: ((Noise(),), {"workers": 0, "steps_per_epoch": 3}),
    "part, processes": lambda: (
        (Noise(),),
        {"workers": 2, "use_multiprocessing": True, "steps_per_epoch": 3},
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("epoch", [0, 1, 4])
def test_the_same_numbers(way, epoch, tmp_path):
    data, kwargs = WAYS[way]()
    expected = train(data, **kwargs)
    assert len(expected[0].epoch) == 6
    path = tmp_path / "new" / "training.npz"
    data, kwargs = WAYS[way]()
    assert train(data, Fail(epoch), Resume(path), **kwargs) is None
    assert path.exists() == (epoch > 0)
    data, kwargs = WAYS[way]()
    # Of a training that has begun, the file knows the seed.
    assert same(train(data, None, Resume(path), seed=3 if epoch == 0 else 5, **kwargs), expected)
    assert not path.exists()


def test_pictures(tmp_path):
    """Iterators over pictures remember the order of their samples."""
    x = np.random.RandomState(0).rand(12, 4, 4, 1)

    def run(fail=None, resume=None):
        np.random.seed(1)
        model = Sequential([Flatten(input_shape=(4, 4, 1)), Dense(1)])
        model.compile("adam", "mse")
        flow = ImageDataGenerator(horizontal_flip=True, rotation_range=9).flow(x, x.sum((1, 2)), 5)
        callbacks = [c for c in (resume, fail) if c]
        with contextlib.suppress(ZeroDivisionError):
            return model.fit(flow, epochs=4, verbose=0, callbacks=callbacks).history

    path = tmp_path / "training.npz"
    expected = run()
    assert run(Fail(2), Resume(path)) is None
    assert run(None, Resume(path)) == expected


def test_data_that_begins_anew(tmp_path):
    class Forgetful(Noise):
        def on_epoch_end(self):
            self.changed = True

    def generator():
        while True:
            yield X, X[:, :1]

    for data, steps in ((Forgetful(), 4), (generator(), 2)):
        with pytest.warns(UserWarning, match="Resume: what a .* gives may differ from epoch to"):
            train((data,), None, Resume(tmp_path / "training.npz"), steps_per_epoch=steps, epochs=1)


def test_interrupts_keep_the_file(tmp_path):
    path = tmp_path / "training.npz"
    expected = train(ARRAYS, batch_size=4)
    assert train(ARRAYS, Fail(2, KeyboardInterrupt), Resume(path), batch_size=4) is None
    assert path.exists()
    assert same(train(ARRAYS, None, Resume(path), batch_size=4), expected)


def test_more_epochs(tmp_path):
    path = tmp_path / "training.npz"
    expected = train(ARRAYS, batch_size=4)
    train(ARRAYS, None, Resume(path, delete=False), epochs=4, batch_size=4)
    got = train(ARRAYS, None, Resume(path, delete=False), batch_size=4)
    assert same(got, expected)
    again = train(ARRAYS, None, Resume(path, delete=False), batch_size=4)
    assert same(again, expected)  # nothing is left to do


def test_killed_at_the_very_end(tmp_path):
    """A training that EarlyStopping has stopped stays so, whenever the kill comes."""

    class Killed(Resume):
        def finish(self):
            raise ZeroDivisionError

    def run(*callbacks):
        K.clear_session()
        np.random.seed(0)
        model = Sequential([Dense(1, input_shape=(2,))])
        model.compile("sgd", "mse")
        stop = EarlyStopping("loss", min_delta=9, patience=2, restore_best_weights=True)
        history = model.fit(*ARRAYS, epochs=9, verbose=0, callbacks=[*callbacks, stop])
        return history, model, [stop]

    path = tmp_path / "training.npz"
    expected = run()
    assert expected[0].epoch == [0, 1, 2]
    with pytest.raises(ZeroDivisionError):
        run(Killed(path))
    assert same(run(Resume(path)), expected) and not path.exists()


def test_another_training(tmp_path):
    path = tmp_path / "training.npz"
    train(ARRAYS, None, Resume(path, delete=False), batch_size=4)
    model = Sequential([Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"training\.npz is of another training: shapes of var"):
        model.fit(X, X.sum(axis=1), verbose=0, callbacks=[Resume(path)])


def test_a_state_that_cannot_be_kept(tmp_path):
    class Odd(Callback):
        def get_state(self):
            return {"model": self.model}

    model = Sequential([Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match="a state is made of numbers.*got Sequential"):
        model.fit(*ARRAYS, verbose=0, callbacks=[Odd(), Resume(tmp_path / "training.npz")])


def test_states_of_callbacks(tmp_path):
    """What is kept goes through a file, and comes back as what it was."""
    from kerasnb.callbacks import resume

    table = tmp_path / "table.csv"
    checkpoint, plain = ModelCheckpoint("x"), History()
    checkpoint.best, checkpoint.epochs_since_last_save = np.float32(0.1), 3
    plain.set_state({"epoch": [0, 1], "history": {"acc": [0.5, np.float64(0.1)]}})
    table.write_text("epoch,acc\n0,0.5\n")
    logger = CSVLogger(table)
    logger.keys = ["acc"]
    states = [c.get_state() for c in (checkpoint, plain, logger)]
    states.append({(1, "a"): [None, True, float("nan"), float("inf"), 2**70, np.arange(3)]})
    arrays = {}
    packed = json.loads(json.dumps(resume._pack(states, arrays)))
    back = resume._unpack(packed, arrays)
    assert repr(back) == repr(states) and back[0]["best"].dtype == "float32"
    with table.open("a") as file:
        file.write("1,0.7\n")
    logger.set_state(back[2])
    logger.on_epoch_end(1, {"acc": 0.6})
    assert table.read_text() == "epoch,acc\n0,0.5\n1,0.6\n"
    other = History()
    other.set_state(back[1])
    assert other.history["accuracy"] == [0.5, 0.1]
