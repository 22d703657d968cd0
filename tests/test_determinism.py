"""Same seed, same machine, same bytes: in one process and in another, with one thread and with two.

What is not promised stands in docs/determinism.md.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb import initializers
from kerasnb.layers import (
    LSTM,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GaussianNoise,
    MaxPooling2D,
)
from kerasnb.models import Sequential
from kerasnb.preprocessing.image import ImageDataGenerator
from kerasnb.utils import Sequence

ROOT = Path(__file__).resolve().parents[1]


class Batches(Sequence):
    """Batches that workers fetch."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x) // 8

    def __getitem__(self, index):
        rows = slice(8 * index, 8 * index + 8)
        return self.x[rows], self.y[rows]


def images():
    random = np.random.RandomState(0)
    return random.random_sample((32, 12, 12, 3)), np.eye(4)[random.randint(0, 4, 32)]


def fitted(model, x, y, **more):
    """Return the weights and losses of a training that shuffles."""
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, batch_size=8, epochs=2, verbose=0, **more)
    return [*model.get_weights(), *history.history.values(), model.predict(x)]


def mlp():
    x, y = images()
    layers = [Dense(32, activation="relu"), Dropout(0.3), GaussianNoise(0.1), BatchNormalization()]
    model = Sequential([Flatten(input_shape=(12, 12, 3)), *layers, Dense(4, activation="softmax")])
    return fitted(model, x, y, validation_split=0.25)


def cnn():
    x, y = images()
    layers = [Conv2D(8, 3, activation="relu", input_shape=(12, 12, 3)), MaxPooling2D(), Flatten()]
    return fitted(Sequential([*layers, Dropout(0.2), Dense(4, activation="softmax")]), x, y)


def lstm():
    _, y = images()
    words = np.random.RandomState(1).randint(0, 9, (32, 6))
    layers = [Embedding(9, 5, mask_zero=True), LSTM(8, dropout=0.2, recurrent_dropout=0.2)]
    return fitted(Sequential([*layers, Dense(4, activation="softmax")]), words, y)


def weights():
    """First values, as every initializer draws them."""
    names = [n for n in vars(initializers) if isinstance(getattr(initializers, n), type)]
    random = [n for n in names if n.startswith(("Random", "Truncated", "Orthogonal", "Variance"))]
    random += ["glorot_normal", "he_uniform", "lecun_normal"]
    return [K.eval(initializers.get(n)((6, 4))) for n in random]


def augmented():
    """Pictures as a generator turns, moves and flips them, in an order that it draws."""
    x, y = images()
    made = ImageDataGenerator(
        rotation_range=30, width_shift_range=0.2, zoom_range=0.2, horizontal_flip=True,
        channel_shift_range=0.1, brightness_range=None, fill_mode="nearest",
    )  # fmt: skip
    flow = made.flow(x, y, batch_size=8)
    return [array for _ in range(4) for array in next(flow)]


def workers():
    """A training by batches that threads fetch: they come in the order that was drawn."""
    x, y = images()
    model = Sequential([Flatten(input_shape=(12, 12, 3)), Dense(4, activation="softmax")])
    model.compile("sgd", "categorical_crossentropy")
    model.fit_generator(Batches(x, y), epochs=2, workers=3, shuffle=True, verbose=0)
    return model.get_weights()


PARTS = {f.__name__: f for f in (weights, augmented, mlp, cnn, lstm, workers)}


def digest(name):
    """Return the bytes of what a part gives with the seed 7, shortly."""
    K.clear_session()
    K.set_random_seed(7)
    found = hashlib.sha256()
    for array in PARTS[name]():
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def elsewhere(**environment):
    """Return the digests of another process."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.test_determinism"], cwd=ROOT, text=True,
        env={**os.environ, "PYTHONHASHSEED": "random", **environment}, capture_output=True,
        check=False,
    )  # fmt: skip
    assert not run.returncode, run.stderr[-3000:]
    return dict(line.split() for line in run.stdout.splitlines())


@pytest.fixture(scope="module")
def other_process():
    return elsewhere(KERASNB_THREADS="2")


@pytest.mark.parametrize("name", PARTS)
def test_same_bytes(name, other_process):
    """Twice here, and in another process; and the seed is what decides."""
    if name == "augmented":
        pytest.importorskip("scipy", reason="scipy, which turns pictures, is not installed")
    first = digest(name)
    assert digest(name) == first == other_process[name]
    K.set_random_seed(8)
    other = PARTS[name]()
    K.set_random_seed(7)
    assert any((np.asarray(a) != b).any() for a, b in zip(PARTS[name](), other, strict=True))


def test_threads_of_kernels(other_process):
    """What is drawn does not depend on them, nor does what small models compute."""
    assert elsewhere(KERASNB_THREADS="1") == other_process


def test_numpy_seed_is_the_seed():
    """As users of Keras 2 set it."""
    K.set_random_seed(3)
    drawn = K.eval(initializers.he_normal()((5, 5)))
    np.random.seed(3)
    np.testing.assert_array_equal(K.eval(initializers.he_normal()((5, 5))), drawn)


if __name__ == "__main__":
    for part in PARTS:
        print(part, digest(part))
