"""Callbacks that steer: learning rates, as real Keras sets them, and the stop at NaN."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import kerasnb
from kerasnb import backend as K
from kerasnb.callbacks import LearningRateScheduler, ReduceLROnPlateau, TerminateOnNaN
from kerasnb.layers import Dense
from kerasnb.models import Sequential
from kerasnb.optimizers import SGD
from tests.callbacks.plateau_cases import CASES, trace

REAL = json.loads(Path(__file__).with_name("plateau_cases.json").read_text("utf-8"))
X, Y = np.ones((4, 1)), np.ones(4)


@pytest.fixture(autouse=True)
def fresh_names():
    K.clear_session()


def model(rate=0.5):
    made = Sequential([
        Dense(2, input_shape=(1,), kernel_initializer="ones"),
        Dense(1, kernel_initializer="ones"),
    ])  # fmt: skip
    made.compile(SGD(rate), "mse", metrics=["accuracy"])
    return made


class TestReduceLROnPlateau:
    @pytest.mark.parametrize("name", CASES)
    def test_as_real_keras(self, name):
        got, expected = np.array(trace(kerasnb, name)), np.array(REAL[name])
        np.testing.assert_array_equal(got[:, 1:], expected[:, 1:])
        np.testing.assert_allclose(got[:, 0], expected[:, 0], rtol=1e-6)
        assert len(set(got[:, 0])) > 1

    def test_in_a_training(self, capsys):
        made = model(1e-6)
        callback = ReduceLROnPlateau("loss", factor=0.5, patience=2, verbose=1, min_delta=1)
        history = made.fit(X, Y, epochs=6, verbose=0, callbacks=[callback])
        rates = [1e-6] * 3 + [5e-7] * 2 + [2.5e-7]
        np.testing.assert_allclose(history.history["lr"], rates)
        assert "\nEpoch 00003: ReduceLROnPlateau lowers the learning rate to" in (
            capsys.readouterr().out
        )

    def test_accuracy_by_either_name(self):
        for name in ("acc", "accuracy"):
            callback = ReduceLROnPlateau(name, patience=1)
            model().fit(X, Y, verbose=0, callbacks=[callback])
            assert np.isfinite(callback.best)

    def test_mistakes(self):
        with pytest.raises(ValueError, match="factor must be less than 1; got 1.5"):
            ReduceLROnPlateau(factor=1.5)
        with pytest.warns(UserWarning, match="write min_delta=0.2"):
            assert ReduceLROnPlateau(epsilon=0.2).min_delta == 0.2
        with pytest.raises(TypeError, match="unknown argument, 'patients'"):
            ReduceLROnPlateau(patients=3)
        with pytest.warns(RuntimeWarning, match="mode must be 'auto', 'min' or 'max'; got 'mean'"):
            ReduceLROnPlateau(mode="mean")
        with pytest.warns(RuntimeWarning, match="watches `val_loss`, which is not there"):
            model().fit(X, Y, verbose=0, callbacks=[ReduceLROnPlateau()])


class TestLearningRateScheduler:
    @pytest.mark.parametrize(
        ("schedule", "rates"),
        [
            (lambda epoch: 0.1 / (epoch + 1), [0.1, 0.05, 0.1 / 3]),
            (lambda epoch, lr: lr / 2, [0.25, 0.125, 0.0625]),
            (lambda epoch, lr=7.0: np.float32(lr / 2), [0.25, 0.125, 0.0625]),
            (partial(lambda lr, epoch: lr, 0.5), [0.5] * 3),
            ([0.3, 0.2, 0.1].__getitem__, [0.3, 0.2, 0.1]),
        ],
    )
    def test_rates(self, schedule, rates):
        made = model()
        callback = LearningRateScheduler(schedule)
        history = made.fit(X, Y, epochs=3, verbose=0, callbacks=[callback])
        np.testing.assert_allclose(history.history["lr"], rates, rtol=1e-6)
        assert float(K.get_value(made.optimizer.lr)) == pytest.approx(rates[-1])

    def test_it_counts(self):
        """The steps are made with the rates: none at all with 0."""
        made = model()
        before = made.get_weights()
        made.fit(X, Y, verbose=0, callbacks=[LearningRateScheduler(lambda epoch: 0.0)])
        for one, other in zip(before, made.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)

    def test_verbose(self, capsys):
        callback = LearningRateScheduler(lambda epoch: 0.25, verbose=1)
        model().fit(X, Y, verbose=0, callbacks=[callback])
        assert capsys.readouterr().out == (
            "\nEpoch 00001: LearningRateScheduler sets the learning rate to 0.25.\n"
        )

    def test_mistakes(self):
        with pytest.raises(ValueError, match="must return a float; got 1 of type int for epoch 0"):
            model().fit(X, Y, verbose=0, callbacks=[LearningRateScheduler(lambda epoch: 1)])

        def broken(epoch, lr):
            raise TypeError("its own")

        with pytest.raises(TypeError, match="its own"):
            model().fit(X, Y, verbose=0, callbacks=[LearningRateScheduler(broken)])
        made = model()
        made.optimizer = object()
        callback = LearningRateScheduler(lambda epoch: 0.1)
        callback.set_model(made)
        with pytest.raises(ValueError, match='optimizer object needs an attribute "lr"'):
            callback.on_epoch_begin(0)


class TestTerminateOnNaN:
    def test_stops(self, capsys):
        history = model(1e20).fit(
            X, 1e9 * Y, epochs=9, batch_size=1, verbose=0, callbacks=[TerminateOnNaN()]
        )
        assert history.epoch == [0] and not np.isfinite(history.history["loss"][0])
        said = capsys.readouterr().out
        assert said.startswith("Batch 1: the loss is ") and said.count("\n") == 1
        assert '"dense_1" is the first layer with' in said

    def test_names_the_first_layer(self, capsys):
        made = model()
        made.set_weights([np.ones((1, 2)), np.zeros(2), np.full((2, 1), np.nan), np.zeros(1)])
        callback = TerminateOnNaN()
        callback.set_model(made)
        callback.on_batch_end(0, {"loss": np.nan})
        assert '"dense_2" is the first layer with NaN in its weights (dense_2/kernel:0)' in (
            capsys.readouterr().out
        )

    def test_looks_at_the_data(self, capsys):
        made = model()
        made._make_train_function()
        callback = TerminateOnNaN()
        callback.set_model(made)
        callback.on_batch_end(3, {"loss": np.inf})
        assert made.stop_training
        assert capsys.readouterr().out == (
            "Batch 3: the loss is inf, so the training ends. Is there NaN in the data? No batch was "
            "learned from before: look for the log or root of 0, or a division by it, in a layer "
            "or the loss, and at the weights that the model began with.\n"
        )

    def test_lets_others_go_on(self):
        history = model(0.01).fit(X, Y, epochs=3, verbose=0, callbacks=[TerminateOnNaN()])
        assert history.epoch == [0, 1, 2]
