"""Curves of trainings: of a History, and live."""

import json
import math
import signal

import numpy as np
import pytest

from kerasnb.callbacks import Callback, EarlyStopping, History, session
from kerasnb.layers import Dense
from kerasnb.models import Sequential
from kerasnb.notebook import show
from kerasnb.notebook.describe import describe_history
from kerasnb.notebook.describe.training import MOST_POINTS, Thinned, fit_points
from kerasnb.notebook.display import MIME
from kerasnb.notebook.language import set_language
from kerasnb.notebook.steering import INTERVAL, Training
from kerasnb.notebook.watch import Watch
from tests.notebook.pages import read

X, Y = np.ones((64, 2)), np.ones(64)


def model(lr=0.01):
    from kerasnb.optimizers import SGD

    made = Sequential([Dense(1, input_shape=(2,), kernel_initializer="zeros")], name="small")
    made.compile(SGD(lr), "mse", metrics=["mae"])
    return made


class Screen:
    """Takes the place of a notebook: notes what is published, and the time that a clock shows.

    Attributes:
        tick: seconds that a batch takes; nothing else takes any.
    """

    def __init__(self):
        self.shown, self.times = [], []
        self.now, self.tick = 0.0, 0.05

    def publish(self, bundle, display_id, update):
        self.shown.append((bundle, display_id, update))
        self.times.append(self.now)

    @property
    def last(self):
        return self.shown[-1][0][MIME]

    def make(self, model, params):
        training = Training([Watch(lambda *shown: self.publish(*shown))], lambda: self.now)
        end = training.on_batch_end

        def on_batch_end(batch, logs=None):
            self.now += self.tick
            end(batch, logs)

        training.on_batch_end = on_batch_end
        return training


@pytest.fixture
def screen():
    made = Screen()
    session.add_maker(made.make)
    yield made
    session.remove_maker(made.make)


def points(description, name, split, axis="epoch"):
    found = [
        s["points"]
        for s in description["series"]
        if (s["name"], s["split"], s["axis"]) == (name, split, axis)
    ]
    return found[0] if found else None


# -- of a History


def history(**values):
    made = History()
    made.epoch = list(range(len(values["loss"])))
    made.history = values
    return made


def test_curves_of_a_history():
    past = history(loss=[3.0, 2.0, math.nan], val_loss=[4.0, 3.0, 5.0], acc=[0.1, 0.5, 0.4])
    found = describe_history(past)
    assert points(found, "loss", "train") == [[1, 3], [2, 2], [3, None]]
    assert points(found, "loss", "validation") == [[1, 4], [2, 3], [3, 5]]
    loss, accuracy = found["last"]
    assert (loss["train"], loss["validation"], loss["best"], loss["best_epoch"]) == (None, 5, 3, 2)
    assert (accuracy["best"], accuracy["best_epoch"]) == (0.5, 2)
    assert "not a number" in found["signs"][0]


def test_several_runs():
    runs = {"slow": history(loss=[3.0, 2.9]), "fast": {"loss": [3.0, 1.0]}}
    display = show.training(runs, log=True)
    assert [entry["run"] for entry in display.description["last"]] == ["slow", "fast"]
    assert "slow" in read(display).text and "fast: loss 1" in repr(display)


def test_overfitting_is_told():
    past = history(loss=[5.0, 4, 3, 2, 1, 0.5], val_loss=[5.0, 4, 4.5, 5, 5.5, 6])
    (sign,) = describe_history(past)["signs"]
    assert "epoch 2 (4)" in sign and "6" in sign
    assert describe_history(history(loss=[5.0, 4], val_loss=[5.0, 6]))["signs"] == []


def test_validation_in_some_epochs_only():
    past = history(loss=[4.0, 3, 2, 1], val_loss=[2.0, 1])
    assert [y for _, y in points(describe_history(past), "loss", "validation")] == [2, 1]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_all_forms(language):
    set_language(language)
    for past in (history(loss=[1.0]), {"loss": [1e-9, 0.0, -1.0]}, {"loss": [math.inf, math.nan]}):
        for log in (False, True):
            display = show.training(past, log)
            read(display)
            json.dumps(display.description, allow_nan=False)


def test_mistakes():
    for wrong in (3, {}, [1, 2]):
        with pytest.raises(TypeError, match="needs the History"):
            show.training(wrong)


def test_thinned_curves_keep_means_and_order():
    curve = Thinned(100)
    for i in range(100_000):
        curve.add(i, float(i))
    assert 50 <= len(curve.points) <= 100
    xs = [x for x, _ in curve.points]
    assert xs == sorted(xs)
    stride = xs[1] - xs[0]
    assert all(y == x - (stride - 1) / 2 for x, y in curve.points)
    many = [{"points": [[i, i] for i in range(10_000)]} for _ in range(3)]
    fitted = fit_points(many, 300)
    assert sum(len(s["points"]) for s in fitted) == 300
    assert all(s["points"][-1] == [9999, 9999] for s in fitted)


# -- live


def test_one_display_is_updated(screen, capsys):
    past = model().fit(X, Y, epochs=3, batch_size=8, validation_data=(X, Y))
    assert "[" not in capsys.readouterr().out  # no progress bar beside it
    assert len({identity for _, identity, _ in screen.shown}) == 1
    assert [update for _, _, update in screen.shown] == [False] + [True] * (len(screen.shown) - 1)
    assert all(set(b) == {MIME, "text/html", "text/plain"} for b, _, _ in screen.shown)
    last = screen.last
    assert last["state"] == "finished" and last["progress"]["epoch"] == 3
    assert last["progress"]["step"] == 8 and last["progress"]["learning_rate"] == pytest.approx(
        0.01
    )
    for split, name in (("train", "loss"), ("validation", "val_loss")):
        values = [y for _, y in points(last, "loss", split)]
        assert values == pytest.approx(past.history[name], rel=1e-5)
    assert len(points(last, "mae", "train", "batch")) == 24
    assert points(last, "mae", "train", "batch")[-1][0] == 3


def test_it_is_the_users_training_that_is_trained(screen):
    with_watch = model().fit(X, Y, epochs=2, verbose=1).history
    session.remove_maker(screen.make)
    assert with_watch == model().fit(X, Y, epochs=2, verbose=0).history


def test_at_most_four_updates_a_second_and_few_points(screen):
    screen.tick = 0.005
    model().fit(X, Y, epochs=400, batch_size=4, verbose=1)
    gaps = np.diff(screen.times)
    assert len(gaps) > 50 and (gaps[:-1] >= INTERVAL).all()
    counts = [sum(len(s["points"]) for s in b[MIME]["series"]) for b, _, _ in screen.shown]
    assert max(counts) <= MOST_POINTS and max(counts) == counts[-1]


def test_dear_updates_become_fewer(screen):
    publish = screen.publish

    def slow(*args):
        publish(*args)
        screen.now += 1.0

    screen.publish, screen.tick = slow, 0.1
    model().fit(X, Y, epochs=300, batch_size=4, verbose=1)
    assert (np.diff(screen.times)[:-1] > 50).all()


def test_progress(screen):
    model().fit(X, Y, epochs=4, batch_size=8, verbose=1)
    middle = screen.shown[len(screen.shown) // 2][0][MIME]
    now = middle["progress"]
    assert middle["state"] == "running" and 1 < now["epoch"] < 4 and now["epochs"] == 4
    done = (now["epoch"] - 1) * 8 + now["step"]
    assert now["left"] == pytest.approx(now["seconds"] / done * (32 - done))
    assert now["rate"] > 0
    assert "left" in middle["text"] and "samples/s" in middle["text"]


@pytest.mark.parametrize("verbose, shows", [(0, True), (2, True)])
def test_the_maker_decides(screen, capsys, verbose, shows):
    """With a maker that always shows, the bar gives way; what is asked of it is its own affair."""
    model().fit(X, Y, verbose=verbose)
    assert bool(screen.shown) is shows and "loss" not in capsys.readouterr().out


def test_early_stopping_and_generators(screen):
    early = EarlyStopping("loss", min_delta=100)
    model().fit(X, Y, epochs=9, callbacks=[early], verbose=1)
    assert screen.last["state"] == "stopped" and screen.last["progress"]["epoch"] == 2
    batches = iter([(X[:8], Y[:8])] * 6)
    model().fit_generator(batches, steps_per_epoch=3, epochs=2)
    assert screen.last["state"] == "finished" and screen.last["progress"]["steps"] == 3


def test_interrupt_ends_with_a_history(screen):
    class Press(Callback):
        def on_batch_end(self, batch, logs=None):
            if batch == 2:
                signal.raise_signal(signal.SIGINT)

    made = model()
    with pytest.raises(KeyboardInterrupt):
        made.fit(X, Y, epochs=3, batch_size=8, callbacks=[Press()], verbose=1)
    assert screen.last["state"] == "interrupted" and made.history.epoch == [0]
    assert "Interrupted" in screen.last["text"]


def test_not_a_number(screen):
    model(1e30).fit(X, Y, epochs=6, verbose=1)
    assert any("not a number" in sign for sign in screen.last["signs"])
    json.dumps(screen.last, allow_nan=False)


# -- the session's callbacks


def test_makers():
    asked = []

    def make(model, params):
        asked.append((model.name, params["epochs"]))

    session.add_maker(make)
    session.add_maker(make)
    try:
        model().fit(X, Y, epochs=2, verbose=0)
    finally:
        session.remove_maker(make)
    session.remove_maker(make)
    model().fit(X, Y, verbose=0)
    assert asked == [("small", 2)]


def test_a_callback_without_progress_leaves_the_bar(capsys):
    seen = []

    class Quiet(Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(logs["loss"])

    def make(model, params):
        return Quiet()

    session.add_maker(make)
    try:
        past = model().fit(X, Y, verbose=1)
    finally:
        session.remove_maker(make)
    assert seen == past.history["loss"] and "64/64 [====" in capsys.readouterr().out
