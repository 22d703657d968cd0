"""Callbacks: when they are called, with what, and what the built-in ones do."""

import sys
import time

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.callbacks import (
    BaseLogger,
    Callback,
    CallbackList,
    EarlyStopping,
    History,
    LambdaCallback,
    Logs,
    ProgbarLogger,
)
from kerasnb.layers import Dense
from kerasnb.models import Sequential

X, Y = np.ones((4, 1)), np.array([1.0, 1.0, 1.0, 5.0])


@pytest.fixture(autouse=True)
def fresh_names():
    K.clear_session()


def model(**kwargs):
    made = Sequential([Dense(1, kernel_initializer="zeros", input_shape=(1,))])
    made.compile("sgd", "mse", **kwargs)
    return made


class Everything(Callback):
    """Defines every hook, and writes each call down."""

    def __init__(self):
        self.calls = []


def _recording(name):
    def hook(self, *args, logs=None):
        self.calls.append((name, *(a for a in args if not isinstance(a, dict | None))))

    return hook


for _name in vars(Callback):
    if _name.startswith("on_"):
        setattr(Everything, _name, _recording(_name))


class TestCalls:
    def test_of_a_training(self):
        callback = Everything()
        model().fit(X, Y, batch_size=2, epochs=1, verbose=0, callbacks=[callback],
                    validation_data=(X[:1], Y[:1]))  # fmt: skip
        assert [call[0] for call in callback.calls] == [
            "on_train_begin",
            "on_epoch_begin",
            "on_train_batch_begin", "on_train_batch_end",
            "on_train_batch_begin", "on_train_batch_end",
            "on_test_begin", "on_test_batch_begin", "on_test_batch_end", "on_test_end",
            "on_epoch_end",
            "on_train_end",
        ]  # fmt: skip

    def test_of_evaluation_and_prediction(self):
        callback = Everything()
        made = model()
        made.evaluate(X, Y, batch_size=2, verbose=0, callbacks=[callback])
        made.predict(X, callbacks=[callback])
        assert callback.calls == [
            ("on_test_begin",),
            ("on_test_batch_begin", 0), ("on_test_batch_end", 0),
            ("on_test_batch_begin", 1), ("on_test_batch_end", 1),
            ("on_test_end",),
            ("on_predict_begin",), ("on_predict_batch_begin", 0), ("on_predict_batch_end", 0),
            ("on_predict_end",),
        ]  # fmt: skip

    def test_what_they_are_given(self):
        seen = {}

        class Look(Callback):
            def on_train_begin(self, logs=None):
                seen.update(params=self.params, model=self.model, data=self.validation_data)

            def on_batch_end(self, batch, logs=None):
                seen[batch] = dict(logs)

            def on_epoch_end(self, epoch, logs=None):
                seen["epoch"] = dict(logs)

            def on_predict_batch_end(self, batch, logs=None):
                seen["outputs"] = logs["outputs"]

        made = model(metrics=["mae"])
        made.fit(X, Y, batch_size=3, verbose=0, callbacks=[Look()], shuffle=False,
                 validation_data=(X[:2], Y[:2]))  # fmt: skip
        assert seen["params"] == {
            "batch_size": 3,
            "epochs": 1,
            "steps": None,
            "samples": 4,
            "verbose": 0,
            "do_validation": True,
            "metrics": ["loss", "mae", "val_loss", "val_mae"],
        }
        assert seen["model"] is made and seen["data"][0] is not None
        assert len(seen["data"]) == 3 and seen["data"][1].shape == (2, 1)
        assert (seen[0]["batch"], seen[0]["size"], seen[0]["loss"]) == (0, 3, 1.0)
        assert seen[1]["size"] == 1
        assert list(seen["epoch"]) == ["val_loss", "val_mae", "loss", "mae"]
        assert seen["epoch"]["loss"] == pytest.approx((3 * 1.0 + seen[1]["loss"]) / 4)
        made.predict(X, callbacks=[Look()])
        assert seen["outputs"][0].shape == (4, 1)

    def test_only_listeners_are_called_in_batches(self):
        quiet, loud = Callback(), LambdaCallback(on_batch_end=lambda batch, logs: None)
        hooks = CallbackList([quiet, History(), loud])
        assert hooks.hooks("train", "begin") == []
        assert [hook.__self__ for hook in hooks.hooks("train", "end")] == [loud]
        hooks.append(LambdaCallback(on_test_batch_begin=lambda batch, logs: None))
        assert len(hooks.hooks("test", "begin")) == 1

    def test_a_slow_one_is_told(self):
        slow = LambdaCallback(on_batch_end=lambda batch, logs: time.sleep(0.12))
        with pytest.warns(RuntimeWarning, match="on_train_batch_end 0.1. s a batch"):
            model().fit(X, Y, verbose=0, callbacks=[slow])

    def test_one_that_is_slow_for_once_is_not_told(self):
        wait = LambdaCallback(on_batch_end=lambda batch, logs: batch == 3 and time.sleep(0.12))
        assert model().fit(X, Y, batch_size=1, verbose=0, callbacks=[wait]).epoch == [0]

    def test_another_model_for_callbacks(self):
        made = model()
        made.callback_model = other = model()
        seen = []
        note = LambdaCallback(on_train_begin=lambda logs: seen.append(note.model))
        made.fit(X, Y, verbose=0, callbacks=[note])
        assert seen == [other]


class TestLogs:
    @pytest.mark.parametrize(
        ("has", "asked"),
        [("accuracy", "acc"), ("acc", "accuracy"), ("val_accuracy", "val_acc"),
         ("out_acc", "out_accuracy"), ("val_a_accuracy_1", "val_a_acc_1")],
    )  # fmt: skip
    def test_other_name(self, has, asked):
        logs = Logs({has: 3})
        assert logs[asked] == logs.get(asked) == 3 and asked in logs
        assert list(logs) == [has]

    def test_no_other_name(self):
        logs = Logs(loss=1, accuracy=2)
        assert logs.get("los") is None and logs.get("accurac", 7) == 7
        for name in ("los", "account", "val_acc"):
            assert name not in logs
            with pytest.raises(KeyError, match=name):
                logs[name]

    def test_its_own_name_goes_first(self):
        assert Logs(acc=1, accuracy=2)["acc"] == 1


class TestBaseLogger:
    def test_averages(self):
        logger = BaseLogger(stateful_metrics=["mae"])
        logger.set_params({"metrics": ["loss", "mae", "val_loss"]})
        logger.on_epoch_begin(0)
        logger.on_batch_end(0, {"size": 3, "loss": 1.0, "mae": 5.0})
        logger.on_batch_end(1, {"size": 1, "loss": 5.0, "mae": 4.0})
        logs = {}
        logger.on_epoch_end(0, logs)
        assert logs == {"loss": 2.0, "mae": 4.0}


class TestProgress:
    @pytest.fixture(autouse=True)
    def outside_of_notebooks(self, monkeypatch):
        monkeypatch.delitem(sys.modules, "ipykernel", raising=False)  # a plugin may import it

    def fit(self, capsys, **kwargs):
        model(metrics=["mae"]).fit(X, Y, batch_size=2, shuffle=False, **kwargs)
        return capsys.readouterr().out

    def test_silent(self, capsys):
        assert self.fit(capsys, verbose=0) == ""

    def test_a_line_an_epoch(self, capsys):
        lines = self.fit(capsys, verbose=2, epochs=2, validation_data=(X, Y)).splitlines()
        assert lines[:2] == ["Train on 4 samples, validate on 4 samples", "Epoch 1/2"]
        names = [part.split(":")[0] for part in lines[2].split(" - ")[2:]]
        assert names == ["loss", "mae", "val_loss", "val_mae"]
        assert lines[3] == "Epoch 2/2" and len(lines) == 5

    def test_a_bar(self, capsys):
        text = self.fit(capsys, verbose=1)
        assert text.startswith("Epoch 1/1\n")
        assert "\n4/4 [==============================] - 0s " in text
        assert text.endswith("\n") and "us/step - loss: " in text or "ms/step - loss: " in text

    def test_counts_steps(self, capsys):
        model().fit(X, Y, steps_per_epoch=3, verbose=1)
        assert "3/3 [====" in capsys.readouterr().out

    def test_of_evaluation(self, capsys):
        model().evaluate(X, Y, batch_size=2)
        assert capsys.readouterr().out.startswith("\n2/4 [==============>......")

    def test_unknown_mode(self):
        with pytest.raises(ValueError, match="count_mode must be 'samples' or 'steps'"):
            ProgbarLogger("minutes")


class Replay:
    """Stands where a training would: gives a callback the results of epochs."""

    def __init__(self, callback, values, name="val_loss"):
        self.weights = self.restored = None
        self.stop_training = False
        callback.set_model(self)
        callback.on_train_begin()
        self.epochs = 0
        for epoch, value in enumerate(values):
            self.weights = epoch
            callback.on_epoch_end(epoch, Logs({name: value}))
            self.epochs += 1
            if self.stop_training:
                break
        callback.on_train_end()

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.restored = weights


class TestEarlyStopping:
    @pytest.mark.parametrize(
        ("arguments", "values", "epochs"),
        [
            ({}, [3, 2, 2, 1], 3),
            ({"patience": 2}, [3, 2, 2, 2, 1], 4),
            ({"patience": 1}, [3, 2, 4, 1], 3),
            ({"patience": 2}, [3, 4, 2, 3, 1], 5),
            ({"min_delta": 0.5}, [3, 2, 1.8, 1], 3),
            ({"mode": "max"}, [1, 2, 3, 3], 4),
            ({"monitor": "val_accuracy"}, [0.1, 0.2, 0.2, 0.3], 3),
            ({"monitor": "val_acc"}, [0.1, 0.2, 0.2, 0.3], 3),
            ({"baseline": 1.0}, [3, 2, 1], 1),
            ({"baseline": 5.0}, [3, 2, 1], 3),
        ],
    )
    def test_when(self, arguments, values, epochs):
        name = "val_accuracy" if "acc" in arguments.get("monitor", "") else "val_loss"
        assert Replay(EarlyStopping(**arguments), values, name).epochs == epochs

    def test_best_weights(self, capsys):
        callback = EarlyStopping(patience=2, restore_best_weights=True, verbose=1)
        assert Replay(callback, [3, 1, 2, 2]).restored == 1
        assert capsys.readouterr().out.splitlines()[-1] == "Epoch 00004: early stopping"

    def test_without_the_result(self):
        with pytest.warns(RuntimeWarning, match="watches `val_loss`, which is not there.*: loss"):
            Replay(EarlyStopping(), [1.0], "loss")
        with pytest.warns(RuntimeWarning, match="mode must be 'auto', 'min' or 'max'"):
            EarlyStopping(mode="less")

    def test_in_a_training(self):
        callback = EarlyStopping(monitor="loss", min_delta=10.0, patience=2)
        history = model().fit(X, Y, epochs=50, verbose=0, callbacks=[callback])
        assert history.epoch == [0, 1, 2] and callback.stopped_epoch == 2


def test_lambda_callbacks_take_all_hooks():
    seen = []
    hooks = ("train_begin", "train_end", "epoch_begin", "epoch_end", "batch_begin", "batch_end")
    callback = LambdaCallback(
        **{f"on_{h}": lambda *args, h=h, **kwargs: seen.append(h) for h in hooks},
        on_test_begin=lambda logs: seen.append("test"),
    )
    made = model()
    made.fit(X, Y, verbose=0, callbacks=[callback])
    made.evaluate(X, Y, verbose=0, callbacks=[callback])
    assert seen == [
        "train_begin", "epoch_begin", "batch_begin", "batch_end", "epoch_end", "train_end", "test",
    ]  # fmt: skip
