"""Trainings that are paused, steered and stopped by another thread."""

import _thread
import gc
import threading
import weakref

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.callbacks import Callback, LearningRateScheduler, session
from kerasnb.layers import Dense, Dropout
from kerasnb.models import Sequential
from kerasnb.notebook import Training, steering, trainings
from kerasnb.optimizers import SGD

X, Y = np.random.RandomState(0).rand(64, 3), np.random.RandomState(1).rand(64)


def model(lr=0.1):
    made = Sequential([Dense(8, input_shape=(3,)), Dropout(0.5), Dense(1)], name="small")
    made.compile(SGD(lr, momentum=0.9), "mse")
    return made


class At(Callback):
    """Calls something at the end of a batch, counted over all epochs."""

    def __init__(self, **calls):
        self.calls = {int(key.removeprefix("batch")): call for key, call in calls.items()}
        self.done = 0

    def on_batch_end(self, batch, logs=None):
        self.done += 1
        if self.done in self.calls:
            self.calls[self.done]()


def fit(made, *callbacks, **arguments):
    options = {"epochs": 3, "batch_size": 8, "verbose": 0, "callbacks": list(callbacks)}
    return made.fit(X, Y, **{**options, **arguments})


def in_thread(function, *arguments):
    thread = threading.Thread(target=function, args=arguments, daemon=True)
    thread.start()
    return thread


def until_paused(training):
    """Wait until a training waits; there is no time limit but that of the whole test run."""
    while training.state != "paused":
        pass


def seeded(run):
    """Run with the same random numbers as every other time."""
    np.random.seed(7)
    K.clear_session()
    return run()


def test_a_paused_training_gives_the_same_numbers():
    def unpaused():
        made = model()
        return fit(made).history["loss"], made.get_weights()

    def paused():
        made, training = model(), Training()

        def go_on():
            until_paused(training)
            places.append(training.progress["step"])
            training.resume()

        def pause():
            training.pause()
            in_thread(go_on)

        calls = At(batch3=pause, batch8=pause, batch17=pause)
        return fit(made, calls, training).history["loss"], made.get_weights()

    places = []
    loss, weights = seeded(unpaused)
    paused_loss, paused_weights = seeded(paused)
    assert places == [3, 8, 1] and paused_loss == loss
    for one, other in zip(weights, paused_weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_paused_time_is_not_counted():
    now = [0.0]
    training = Training(clock=lambda: now[0])

    def tick():
        now[0] += 1

    def go_on():
        until_paused(training)
        now[0] += 1000
        training.resume()

    def pause():
        training.pause()
        in_thread(go_on)

    calls = At(batch2=pause, **{f"batch{i}": tick for i in range(3, 25)})
    fit(model(), calls, training)
    assert training.progress["seconds"] == 22
    assert training.progress["rate"] == pytest.approx(3 * 64 / 22)


def test_the_learning_rate_counts_from_the_next_batch_on():
    def steered():
        made, training = model(), Training()
        first = At(batch5=lambda: training.set_learning_rate(0.001))
        fit(made, first, training)
        return made.get_weights(), training.progress["learning_rate"]

    def told():
        made = model()
        fit(made, At(batch5=lambda: K.set_value(made.optimizer.lr, 0.001)))
        return made.get_weights()

    weights, rate = seeded(steered)
    assert rate == pytest.approx(0.001)
    for one, other in zip(weights, seeded(told), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_learning_rate_can_be_set_while_it_waits():
    made, training = model(), Training()
    told = []

    def steer():
        until_paused(training)
        training.set_learning_rate(0.25)
        while training.progress["learning_rate"] != 0.25:
            pass
        told.append(training.state)
        training.resume()

    def pause():
        training.pause()
        in_thread(steer)

    fit(made, At(batch4=pause), training)
    assert told == ["paused"] and K.get_value(made.optimizer.lr) == 0.25


def test_a_scheduler_has_the_last_word():
    made, training = model(), Training()
    scheduler = LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1))
    fit(made, training, scheduler, At(batch5=lambda: training.set_learning_rate(7)))
    assert K.get_value(made.optimizer.lr) == pytest.approx(0.1 / 3)


@pytest.mark.parametrize("batch, epochs, steps", [(3, [0], 3), (8, [0], 8), (11, [0, 1], 3)])
def test_stop_ends_within_a_batch_with_a_history(batch, epochs, steps):
    training = Training()
    past = fit(model(), At(**{f"batch{batch}": training.stop}), training)
    assert past.epoch == epochs and len(past.history["loss"]) == len(epochs)
    assert training.state == "stopped" and training.progress["step"] == steps


def test_stop_in_the_last_epoch():
    training = Training()
    fit(model(), At(batch20=training.stop), training)
    assert training.state == "stopped"
    fit(model(), training)
    assert training.state == "finished"  # and it may be used again


def test_stop_in_the_validation_begins_no_further_epoch():
    class Stop(Callback):
        def on_test_batch_end(self, batch, logs=None):
            training.stop()

    training = Training()
    past = fit(model(), Stop(), training, validation_data=(X, Y))
    assert past.epoch == [0] and "val_loss" in training.metrics


def test_stop_while_it_waits():
    training = Training()

    def stop():
        until_paused(training)
        training.stop()

    def pause():
        training.pause()
        in_thread(stop)

    past = fit(model(), At(batch3=pause), training)
    assert past.epoch == [0] and training.state == "stopped"


def test_interrupt_while_it_waits():
    made, training = model(), Training()

    def interrupt():
        until_paused(training)
        _thread.interrupt_main()

    def pause():
        training.pause()
        in_thread(interrupt)

    with pytest.raises(KeyboardInterrupt):
        fit(made, At(batch3=pause), training)
    assert made.history.epoch == [0] and training.state == "interrupted"


def test_a_training_in_a_thread():
    training = Training()
    made = model()
    training.pause()  # before it has begun: this counts for the one before
    thread = in_thread(fit, made, At(batch2=training.pause), training)
    until_paused(training)
    assert trainings() == [training] and not training.in_main_thread
    told = training.described()
    assert told["model"] == {"name": "small", "class": "Sequential"} and told["state"] == "paused"
    training.resume()
    thread.join()
    assert trainings() == [] and steering.past_trainings()[-1]["state"] == "finished"


def test_two_at_once():
    one, other = Training(), Training()
    threads = [in_thread(fit, model(), At(batch2=t.pause), t) for t in (one, other)]
    for training in (one, other):
        until_paused(training)
    assert set(trainings()) == {one, other} and one.number != other.number
    other.resume()
    threads[1].join()
    assert other.state == "finished" and trainings() == [one] and one.state == "paused"
    one.stop()
    threads[0].join()
    assert one.state == "stopped"


def test_one_within_another():
    outer, inner = Training(), Training()
    seen = []

    def within():
        fit(model(), inner, At(batch1=lambda: seen.append(trainings())))

    fit(model(), At(batch2=within), outer)
    assert seen == [[outer, inner]] and (outer.state, inner.state) == ("finished", "finished")


def test_generators_and_unknown_lengths():
    training = Training()
    batches = iter([(X[:8], Y[:8])] * 5)
    with pytest.warns(UserWarning):
        model().fit_generator(batches, steps_per_epoch=4, epochs=2, verbose=0, callbacks=[training])
    assert training.state == "stopped"
    assert training.progress["epoch"] == 2 and training.progress["step"] == 1


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1, "x", None])
def test_what_is_no_learning_rate(value):
    training = Training()

    def wrong():
        with pytest.raises((ValueError, TypeError)):
            training.set_learning_rate(value)
        asked.append(value)

    asked = []
    fit(model(), At(batch2=wrong), training)
    assert len(asked) == 1 and training.progress["learning_rate"] == pytest.approx(0.1)


def test_models_die_as_ever():
    training = Training()
    made = model()
    dead = weakref.ref(made)
    fit(made, training)
    del made
    gc.collect()
    assert dead() is None and training.metrics["loss"] > 0


def test_a_training_that_fails_is_forgotten():
    def fail():
        raise RuntimeError("trouble")

    with pytest.raises(RuntimeError, match="trouble"):
        fit(model(), At(batch2=fail), Training())
    gc.collect()
    assert trainings() == []


def test_the_bar_is_there_unless_a_view_shows_progress(capsys):
    session.add_maker(make := lambda model, params: Training())
    try:
        fit(model(), verbose=1)
    finally:
        session.remove_maker(make)
    assert "64/64 [====" in capsys.readouterr().out
