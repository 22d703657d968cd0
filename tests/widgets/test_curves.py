"""Training curves: past, live, several."""

import numpy as np
import pytest

pytest.importorskip("ipywidgets")

from kerasnb.callbacks import Callback
from kerasnb.layers import Dense
from kerasnb.models import Sequential
from kerasnb.notebook import show, steering
from kerasnb.widgets import TrainingCurves


@pytest.fixture
def model():
    made = Sequential([Dense(1, input_shape=(2,))], name="line")
    made.compile("sgd", "mse", metrics=["mae"])
    return made


def fit(model, curves, epochs=3, **kwargs):
    x = np.random.RandomState(0).rand(40, 2)
    return model.fit(
        x, x[:, :1], epochs=epochs, verbose=0, validation_split=0.25,
        callbacks=[curves.callback, *kwargs.pop("callbacks", [])], **kwargs,
    )  # fmt: skip


def test_a_history_is_shown_as_the_display_shows_it(model):
    curves = TrainingCurves()
    assert repr(curves) == "Nothing has been trained yet: give `callback` to fit, or a History."
    history = fit(model, curves)
    past = TrainingCurves(history)
    assert past.description == show.training(history).description and past.state == "history"
    assert past.area.value == show.training(history)._repr_mimebundle_()["text/html"]
    past.log_chooser.value = True
    assert past.log_scale and past.description == show.training(history, log=True).description


def test_it_moves_while_fit_runs(model, monkeypatch):
    monkeypatch.setattr(steering, "INTERVAL", 0.0)
    monkeypatch.setattr(steering, "_SHARE", 1e9)  # as if looking took no time
    curves = TrainingCurves()
    states, epochs, pages = [], [], set()
    curves.observe(lambda change: states.append(change["new"]), "state")

    class Look(Callback):
        def on_epoch_end(self, epoch, logs=None):
            epochs.append(curves.progress["epoch"])
            pages.add(curves.area.value)

    fit(model, curves, callbacks=[Look()], batch_size=10)
    assert states == ["running", "finished"] and epochs == [1, 2, 3] and len(pages) == 3
    assert set(curves.metrics) == {"loss", "val_loss", "mae", "val_mae"}
    assert (
        curves.description["state"] == "finished" and curves.description["progress"]["epoch"] == 3
    )
    assert repr(curves).startswith("Training of line (Sequential)\n[=====")


def test_runs_are_kept_and_compared(model):
    curves = TrainingCurves()
    first = fit(model, curves, 2)
    second = fit(model, curves, 4)
    assert list(curves.runs) == ["1", "2"]
    assert curves.runs["1"] == first.history and curves.runs["2"] == second.history
    curves.compare_chooser.value = True
    runs = {s["run"] for s in curves.description["series"]}
    assert curves.compared and runs == {"1", "2"}
    curves.history = {"loss": [1.0, 2.0]}
    curves.compared = False
    assert curves.description["series"][0]["points"] == [[1, 1], [2, 2]]


def test_what_is_no_history_is_said():
    curves = TrainingCurves(3)
    assert "needs the History that `fit` returns" in curves.error and curves.area.value == ""
