"""What a training step costs, layer by layer, and `%%kerasnb time`."""

import itertools
import json

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.layers import GRU, LSTM, Conv2D, Dense, Dropout, Embedding, Flatten
from kerasnb.models import Sequential
from kerasnb.notebook import show
from kerasnb.notebook.language import set_language
from kerasnb.notebook.timing import PHASES, batch_of, describe_timing
from tests.notebook import models
from tests.notebook.pages import read


class Clock:
    """A clock that is one second later each time: every call takes a second."""

    def __init__(self):
        self.count = itertools.count()

    def __call__(self):
        return float(next(self.count))


def described(model, x, y, **kwargs):
    return describe_timing(model, x, y, seconds=0, clock=Clock(), **kwargs)


def rows(found):
    return {row["layer"]: row for row in found["rows"]}


def dense(*sizes, optimizer="sgd"):
    layers = [
        Dense(n, use_bias=False, name=f"dense_{n}", **({} if i else {"input_shape": (sizes[0],)}))
        for i, n in enumerate(sizes[1:])
    ]
    model = Sequential(layers)
    model.compile(optimizer, "mse")
    return model


def test_every_call_counts_once():
    model = models.chain()
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    found = described(model, np.ones((4, 8, 8, 1)), np.eye(3)[[0, 1, 2, 0]])
    calls = sum(row["calls"] for row in found["rows"])
    assert found["calls"] == calls == pytest.approx(sum(row["seconds"] for row in found["rows"]))
    assert sum(row["share"] for row in found["rows"]) == pytest.approx(1)
    assert found["samples"] == 4 and found["runs"] == 3 and found["memory"] > 0
    for row in found["rows"]:
        assert row["seconds"] == pytest.approx(sum(row[phase] for phase in PHASES))


def test_each_layer_has_its_phases():
    model = models.chain()
    model.get_layer("conv").trainable = False
    model.compile("adam", "categorical_crossentropy")
    found = rows(described(model, np.ones((4, 8, 8, 1)), np.eye(3)[[0, 1, 2, 0]]))
    conv, out = found["conv"], found["out"]
    assert conv["forward"] and not conv["backward"] and not conv["optimizer"]
    assert out["forward"] and out["backward"] and out["optimizer"]
    assert found["loss and metrics"]["forward"] and not found["loss and metrics"]["backward"]
    assert out["class"] == "Dense" and out["weights"] == 4 * (36 * 3 + 3)


def test_operations_of_products():
    found = rows(described(dense(5, 7, 3), np.ones((4, 5)), np.ones((4, 3))))
    first, second = 2 * 4 * 5 * 7, 2 * 4 * 7 * 3
    # Forward and by the kernel; by the input too where something learns before it. Updates are
    # up to four numbers for each weight.
    assert first * 2 <= found["dense_7"]["operations"] <= first * 2 + 4 * 5 * 7
    assert second * 3 <= found["dense_3"]["operations"] <= second * 3 + 4 * 7 * 3 + 4 * 4 * 3


@pytest.mark.parametrize(
    "layers, shape, least",
    [
        # Forward and by the kernel: rows, columns, window, channels.
        ([Conv2D(4, 3, input_shape=(8, 8, 2), name="a")], (2, 8, 8, 2), 2 * 2 * 2 * 36 * 9 * 2 * 4),
        # Forward 1, backward 2 times: steps, samples, gates.
        ([LSTM(4, input_shape=(5, 3), name="a")], (2, 5, 3), 3 * 2 * 5 * 2 * 16 * 4),
        ([GRU(4, input_shape=(5, 3), name="a")], (2, 5, 3), 3 * 2 * 5 * 2 * 12 * 4),
    ],
)
def test_operations_of_convolutions_and_recurrences(layers, shape, least):
    model = Sequential([*layers, *([Flatten()] if len(shape) == 4 else []), Dense(1)])
    model.compile("sgd", "mse")
    found = rows(described(model, np.ones(shape), np.ones((2, 1))))
    assert least <= found["a"]["operations"] < 2.5 * least


def test_nothing_changes():
    def trained(look):
        K.clear_session()
        K.set_random_seed(3)
        model = Sequential(
            [Embedding(9, 4, input_length=6), Flatten(), Dropout(0.5), Dense(2, name="out")]
        )
        model.compile("adam", "mse", metrics=["mae"])
        x = np.random.RandomState(0).randint(0, 9, (8, 6))
        y = np.random.RandomState(1).rand(8, 2)
        results = [model.train_on_batch(x, y)]
        if look:
            describe_timing(model, x, y, seconds=0)
        results.append(model.train_on_batch(x, y))
        return results, model.get_weights(), K.batch_get_value(model.optimizer.weights)

    for plain, looked in zip(trained(False), trained(True), strict=True):
        for a, b in zip(plain, looked, strict=True):
            np.testing.assert_array_equal(a, b)


def test_chains_that_layers_share_are_shared_out(monkeypatch):
    monkeypatch.setenv("KERASNB_KERNELS", "compiled")
    model = dense(40, 50, 40, optimizer="adam")
    x = np.ones((4, 40))
    found = described(model, x, x)
    if not found["kernels"]:
        pytest.skip("no kernels here: llvmlite is missing")
    seconds = [rows(found)[name]["optimizer"] for name in ("dense_50", "dense_40")]
    assert 0 < seconds[0] == pytest.approx(seconds[1])  # one kernel for both, of as many numbers
    assert rows(found)["other"]["optimizer"]  # what all weights' updates need
    assert found["shared"] > 0
    assert "shared out by the numbers" in repr(show.timing(model, x, x, seconds=0))


def test_nested_models_and_shared_layers():
    model = models.twins()
    model.compile("sgd", "mse")
    x = [np.ones((4, 6)), np.ones((4, 6))]
    found = rows(described(model, x, np.ones((4, 1))))
    assert found["inner_dense"]["optimizer"] and found["shared"]["backward"]
    weights = describe_timing(model, x, np.ones((4, 1)), np.ones(4), 0)
    assert weights["samples"] == 4


def test_mistakes():
    with pytest.raises(RuntimeError, match="compile the model"):
        show.timing(models.chain(), np.ones((1, 8, 8, 1)), np.ones((1, 3)))
    with pytest.raises(TypeError, match="got a int; needs a model"):
        show.timing(3, 1, 1)
    with pytest.raises(ValueError, match="needs shape"):
        show.timing(dense(2, 1), np.ones((4, 3)), np.ones((4, 1)))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_all_forms(language):
    set_language(language)
    display = show.timing(dense(5, 7, 3), np.ones((4, 5)), np.ones((4, 3)), seconds=0)
    page = read(display)
    assert len(page.drawings()) == len(display.description["rows"])
    json.dumps(display.description, allow_nan=False)
    lines = repr(display).splitlines()
    assert "dense_7" in lines[2] and "Dense" in lines[2]


# -- the magic


def batch(source, **names):
    ran = []
    found = batch_of(source, lambda text: eval(text, names), ran.append)
    return *found, ran


def test_the_batch_of_a_cell():
    model = dense(2, 1)
    x, y = np.arange(200).reshape(100, 2), np.arange(100)
    names = {"m": [model], "x": x, "y": y, "n": 8}
    source = "before = 1\nm[0].fit(x, y, batch_size=n, epochs=5, verbose=0)"
    found, x_batch, y_batch, weights, ran = batch(source, **names)
    assert found is model and ran == ["before = 1"] and weights is None
    np.testing.assert_array_equal(x_batch, x[:8])
    np.testing.assert_array_equal(y_batch, y[:8])
    _, x_batch, *_ = batch("m[0].fit(x=[x], y=y)", **names)
    assert len(x_batch[0]) == 32
    _, x_batch, _, weights, _ = batch("h = m[0].train_on_batch(x, y, y * 2)", **names)
    assert len(x_batch) == 100 and weights[1] == 2
    _, x_batch, *_ = batch("m[0].fit({'a': x}, y, 4)", **names)
    assert len(x_batch["a"]) == 4


@pytest.mark.parametrize("source", ["", "x", "m[0].predict(x)", "m.fit(x)", "fit(x)"])
def test_cells_that_train_nothing(source):
    with pytest.raises(ValueError, match="must end with MODEL.fit"):
        batch(source, m=[dense(2, 1)], x=np.ones((4, 2)))
