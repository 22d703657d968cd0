"""Ctrl-C in a training: whole steps, a History of what was done, a model that goes on."""

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.callbacks import Callback
from kerasnb.layers import Dense
from kerasnb.models import Sequential
from kerasnb.optimizers import SGD

N = 64
STEP = 2.0**-7  # sums of it are exact


@pytest.fixture(autouse=True)
def fresh_names():
    K.clear_session()


def counting():
    """A model whose weights, kernel and bias, are both -STEP * (number of steps)."""
    model = Sequential([Dense(1, kernel_initializer="zeros", input_shape=(1,))])
    model.compile(SGD(STEP), lambda y_true, y_pred: K.mean(y_pred, axis=-1), metrics=["mae"])
    return model


def steps_done(model):
    kernel, bias = (float(w.ravel()[0]) for w in model.get_weights())
    assert kernel == bias
    return -kernel / STEP


class InterruptAt(Callback):
    """Presses Ctrl-C in a batch, counted over all epochs."""

    def __init__(self, batch):
        self.left = batch
        self.ended = 0

    def on_batch_begin(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            signal.raise_signal(signal.SIGINT)

    def on_train_end(self, logs=None):
        self.ended += 1


def interrupted(batch, **kwargs):
    model, callback = counting(), InterruptAt(batch)
    x = np.ones((N, 1))
    with pytest.raises(KeyboardInterrupt):
        model.fit(x, x, batch_size=8, epochs=3, verbose=0, callbacks=[callback], **kwargs)
    return model, callback


class TestHistory:
    def test_of_a_part_of_an_epoch(self):
        model, callback = interrupted(4)
        assert steps_done(model) == 3 and callback.ended == 1
        history = model.history
        assert history.epoch == [0]
        # Before the steps the model gives 0, -2 * STEP and -4 * STEP where 1 is right.
        assert history.history == {"loss": [-2 * STEP], "mae": [1 + 2 * STEP]}

    def test_of_epochs_before(self):
        x = np.ones((N, 1))
        model, _ = interrupted(11, validation_data=(x, x))
        assert steps_done(model) == 10 and model.history.epoch == [0, 1]
        assert len(model.history.history["loss"]) == 2
        assert len(model.history.history["val_loss"]) == 1

    def test_at_the_very_beginning(self):
        model, callback = interrupted(1)
        assert steps_done(model) == 0 and callback.ended == 1
        assert model.history.epoch == [] and model.history.history == {}

    def test_the_model_goes_on(self):
        model, _ = interrupted(4)
        x = np.ones((N, 1))
        model.fit(x, x, batch_size=8, verbose=0)
        assert steps_done(model) == 11
        assert model.evaluate(x, x, verbose=0)[1] == 1 + 22 * STEP


def test_at_a_prompt_fit_ends_in_peace(monkeypatch, capsys):
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    model = counting()
    x = np.ones((N, 1))
    history = model.fit(x, x, batch_size=8, epochs=3, verbose=0, callbacks=[InterruptAt(12)])
    assert history is model.history and history.epoch == [0, 1]
    said = capsys.readouterr().out
    assert said == (
        "Interrupted in epoch 2 of 3, after 3 batches; the model keeps what it has learned.\n"
    )
    assert steps_done(model) == 11


def test_whole_steps_at_any_moment():
    model = counting()
    x = np.ones((N, 1))
    model.fit(x, x, batch_size=1, verbose=0)
    random = np.random.RandomState(0)
    for _ in range(25):
        timer = threading.Timer(random.uniform(0.001, 0.02), os.kill, (os.getpid(), signal.SIGINT))
        before = steps_done(model)
        with pytest.raises(KeyboardInterrupt):
            timer.start()
            model.fit(x, x, batch_size=1, epochs=10**6, verbose=0)
        timer.join()
        done = steps_done(model)
        assert done >= before and done == int(done)
        model.set_weights([[[0.0]], [0.0]])


PROGRAM = """
import os, signal, threading, numpy as np
from kerasnb.layers import Dense
from kerasnb.models import Sequential
model = Sequential([Dense(1, input_shape=(1,))])
model.compile("sgd", "mse")
x = np.ones((64, 1))
model.train_on_batch(x, x)
threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
model.fit(x, x, epochs=10**6, verbose=0)
print("not reached")
"""


def test_a_script_ends():
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert run.stdout == "" and run.returncode != 0
    assert run.stderr.splitlines()[-1].startswith("KeyboardInterrupt")
