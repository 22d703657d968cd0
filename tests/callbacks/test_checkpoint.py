"""ModelCheckpoint: when it saves, under which name, and what lies there after a kill."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.callbacks import LambdaCallback, ModelCheckpoint
from kerasnb.layers import Dense
from kerasnb.models import Sequential, load_model

X, Y = np.ones((4, 1)), np.ones(4)


@pytest.fixture(autouse=True)
def fresh_names():
    K.clear_session()


class Recorder:
    """Stands where a model would: writes down what is saved."""

    def __init__(self):
        self.saved = []

    def save(self, path, overwrite=False):
        self.saved.append(path)

    def save_weights(self, path, overwrite=False):
        self.saved.append(f"weights in {path}")


def saved(values, name="val_loss", path="{epoch}", **kwargs):
    callback, recorder = ModelCheckpoint(path, **kwargs), Recorder()
    callback.set_model(recorder)
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {name: value})
    return recorder.saved


def model():
    made = Sequential([Dense(1, input_shape=(1,))])
    made.compile("adam", "mse", metrics=["accuracy"])
    return made


class TestWhen:
    @pytest.mark.parametrize(
        ("arguments", "values", "epochs"),
        [
            ({}, [3, 2, 2, 4], "1234"),
            ({"period": 2}, [3, 2, 2, 4, 5], "24"),
            ({"save_best_only": True}, [3, 2, 2, 4, 1], "125"),
            ({"save_best_only": True, "mode": "max"}, [3, 2, 4, 4, 5], "135"),
            ({"save_best_only": True, "monitor": "val_acc"}, [0.1, 0.3, 0.2], "12"),
            ({"save_best_only": True, "monitor": "val_acc", "mode": "min"}, [3, 2, 4], "12"),
            ({"save_best_only": True, "period": 2}, [1, 3, 0, 2, 1, 1], "246"),
        ],
    )
    def test_epochs(self, arguments, values, epochs):
        name = arguments.get("monitor", "val_loss").replace("acc", "accuracy")
        assert saved(values, name, **arguments) == list(epochs)

    def test_weights_only(self):
        assert saved([1], save_weights_only=True) == ["weights in 1"]

    def test_names(self):
        path = "w.{epoch:02d}-{val_acc:.2f}.h5"
        assert saved([0.123, 0.5], "val_accuracy", path) == ["w.01-0.12.h5", "w.02-0.50.h5"]
        with pytest.raises(KeyError, match=r"needs 'val_los', which is not among.*epoch, val_loss"):
            saved([1], path="{val_los}")

    def test_says_so(self, capsys):
        saved([3, 2, 2.5], verbose=1, save_best_only=True)
        assert capsys.readouterr().out == (
            "\nEpoch 00001: val_loss has gone from inf to 3.00000, saving 1\n"
            "\nEpoch 00002: val_loss has gone from 3.00000 to 2.00000, saving 2\n"
            "\nEpoch 00003: val_loss is not better than 2.00000\n"
        )
        saved([3], verbose=1)
        assert capsys.readouterr().out == "\nEpoch 00001: saving 1\n"

    def test_without_the_result(self):
        with pytest.warns(RuntimeWarning, match="ModelCheckpoint watches `val_loss`, which is not"):
            assert saved([1], "loss", save_best_only=True) == []
        with pytest.warns(RuntimeWarning, match="got 'most'"):
            ModelCheckpoint("x", mode="most")


class TestFiles:
    def test_models(self, tmp_path):
        made = model()
        checkpoint = ModelCheckpoint(tmp_path / "model.{epoch:02d}-{loss:.2f}.h5")
        history = made.fit(X, Y, epochs=2, verbose=0, callbacks=[checkpoint])
        names = [f"model.{i + 1:02d}-{v:.2f}.h5" for i, v in enumerate(history.history["loss"])]
        assert sorted(p.name for p in tmp_path.iterdir()) == names
        loaded = load_model(tmp_path / names[1])
        np.testing.assert_array_equal(loaded.predict(X), made.predict(X))
        assert loaded.optimizer.iterations.read() == 2

    def test_weights(self, tmp_path):
        made, path = model(), tmp_path / "weights.h5"
        checkpoint = ModelCheckpoint(str(path), save_weights_only=True)
        made.fit(X, Y, epochs=2, verbose=0, callbacks=[checkpoint])
        other = model()
        other.load_weights(path)
        np.testing.assert_array_equal(other.predict(X), made.predict(X))

    def test_the_best_weights(self, tmp_path):
        made, path = model(), tmp_path / "best.h5"
        weights = []
        values = iter([3.0, 1.0, 2.0])
        note = LambdaCallback(
            on_epoch_end=lambda epoch, logs: (
                weights.append(made.get_weights()), logs.update(val_loss=next(values)),
            )
        )  # fmt: skip
        checkpoint = ModelCheckpoint(path, save_best_only=True, save_weights_only=True)
        made.fit(X, Y, epochs=3, verbose=0, callbacks=[note, checkpoint])
        made.load_weights(path)
        for one, other in zip(made.get_weights(), weights[1], strict=True):
            np.testing.assert_array_equal(one, other)


PROGRAM = """
import sys
import numpy as np
from kerasnb.callbacks import LambdaCallback, ModelCheckpoint
from kerasnb.layers import Dense
from kerasnb.models import Sequential
model = Sequential([Dense(300, input_shape=(300,)), Dense(1)])
model.compile("sgd", "mse")
x = np.ones((4, 300))
say = LambdaCallback(on_epoch_end=lambda epoch, logs: epoch or print("saved", flush=True))
model.fit(x, np.ones(4), epochs=10**6, verbose=0,
          callbacks=[ModelCheckpoint(sys.argv[1]), say])
"""


@pytest.mark.skipif(os.name == "nt", reason="kills by SIGKILL")
def test_a_killed_training_leaves_a_whole_file(tmp_path):
    path = tmp_path / "model.h5"
    for seed in range(3):
        run = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert run.stdout.readline() == "saved\n"
        time.sleep(np.random.RandomState(seed).uniform(0, 0.2))
        run.send_signal(signal.SIGKILL)
        run.communicate()
        assert load_model(path).count_params() == 300 * 301 + 301
