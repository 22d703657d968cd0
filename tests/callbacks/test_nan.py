"""What TerminateOnNaN says of where NaN came from: the data, the learning rate, a layer, the loss."""

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.callbacks import TerminateOnNaN
from kerasnb.layers import Dense, Dropout, Embedding, Flatten, Input, Lambda, add
from kerasnb.models import Model, Sequential
from kerasnb.optimizers import SGD

random = np.random.RandomState(0)
X, Y = random.randn(32, 3).astype("float32"), random.randn(32, 1).astype("float32")


@pytest.fixture(autouse=True)
def fresh_names():
    K.clear_session()


def model(rate=0.01, loss="mse", last=None):
    made = Sequential([Dense(4, input_shape=(3,)), Dropout(0.5), Dense(1, activation=last)])
    made.compile(SGD(rate), loss)
    return made


def said(made, capsys, x=X, y=Y, **kwargs):
    with np.errstate(all="ignore"):
        made.fit(x, y, batch_size=8, verbose=0, callbacks=[TerminateOnNaN()], **kwargs)
    assert made.stop_training
    return capsys.readouterr().out


def spoilt(array, place, value=np.nan):
    array = array.copy()
    array[place] = value
    return array


def test_nan_in_the_inputs(capsys):
    text = said(model(), capsys, x=spoilt(X, (10, 1)), shuffle=False)
    assert text == (
        "Batch 1: the loss is nan, so the training ends. NaN is in the data: the input "
        '"dense_1_input", in 1 of the 8 samples of this batch, first in number 2; it appears '
        'first in the layer "dense_1".\n'
    )


@pytest.mark.parametrize(("value", "told"), [(np.nan, "NaN is"), (np.inf, "Infinite numbers are")])
def test_in_the_targets(value, told, capsys):
    text = said(model(), capsys, y=spoilt(Y, 3, value), shuffle=False)
    assert f'{told} in the data: the targets of "dense_2", in 1 of the 8' in text
    assert "first in number 3; it appears first in the loss." in text
    assert "learning rate" not in text


def test_in_sample_weights_of_a_generator(capsys):
    def batches():
        while True:
            yield X[:8], Y[:8], np.array([1, 1, 1, 1, np.nan, 1, 1, np.nan])

    made = model()
    with np.errstate(all="ignore"):
        made.fit_generator(batches(), 3, verbose=0, callbacks=[TerminateOnNaN()])
    assert 'the sample weights of "dense_2", in 2 of the 8' in capsys.readouterr().out


def test_in_the_second_input_of_several(capsys):
    one, two = Input((3,), name="one"), Input((3,), name="two")
    made = Model([one, two], Dense(1)(add([Dense(2, name="a")(one), Dense(2, name="b")(two)])))
    made.compile("sgd", "mse")
    text = said(made, capsys, x=[X, spoilt(X, (0, 0))], shuffle=False)
    assert 'the input "two"' in text and 'first in the layer "b"' in text


@pytest.mark.parametrize("rate", [0.5, 3.0])
def test_a_learning_rate_that_is_too_high(rate, capsys):
    """The data is not to blame, whether the loss grows for long or for a few batches."""
    text = said(model(rate), capsys, epochs=99, shuffle=False)
    assert f"the learning rate ({rate:g}) is too high. Try a tenth of it, or clipnorm." in text
    assert "in the data" not in text


def test_a_loss_that_is_lost_at_once(capsys):
    """It may be the learning rate, or not: both are said."""
    text = said(model(1e15), capsys, shuffle=False)
    assert "The data of this batch is finite. The loss was " in text
    assert "the learning rate (1e+15) may be too high" in text and "the log or root of 0" in text


def test_a_log_of_zero_in_a_layer(capsys):
    made = Sequential([
        Dense(2, input_shape=(3,), kernel_initializer="zeros"), Lambda(K.log, name="logs"), Dense(1)
    ])  # fmt: skip
    made.compile("sgd", "mse")
    made.layers[0].trainable = made.layers[2].trainable = False
    made.compile(SGD(0.0), "mse")
    with np.errstate(all="ignore"):
        made.fit(X, Y, batch_size=8, verbose=0, callbacks=[TerminateOnNaN()])
    text = capsys.readouterr().out
    assert '"logs" is the first layer with infinite numbers in its output. ' in text
    assert "The data of this batch is finite. No batch was learned from before: " in text


def test_a_loss_of_ones_own(capsys):
    made = model(0.0, lambda y_true, y_pred: K.mean(K.log(0 * y_pred), axis=-1))
    made.layers[0].trainable = made.layers[2].trainable = False
    made.compile(SGD(0.0), lambda y_true, y_pred: K.mean(K.log(0 * y_pred), axis=-1))
    assert "The outputs of all layers are finite, so it appears first in the loss." in said(
        made, capsys
    )


def test_whole_numbers_and_a_batch_that_is_let_go(capsys):
    made = Sequential([Embedding(5, 2, input_length=3), Flatten(), Dense(1)])
    made.compile(SGD(1e30), "mse")
    watcher = TerminateOnNaN()
    with np.errstate(all="ignore"):
        made.fit(
            random.randint(5, size=(32, 3)), Y, batch_size=8, verbose=0, callbacks=[watcher]
        )  # fmt: skip
    assert "may be too high" in capsys.readouterr().out
    assert len(watcher.arrays) == 0


def test_models_that_are_no_graph_or_stand_for_another(capsys):
    class Own(Model):
        def __init__(self):
            super().__init__()
            self.dense = Dense(1)

        def call(self, x):
            return self.dense(x)

    own = Own()
    own.compile("sgd", "mse")
    assert 'NaN is in the data: the targets of "output_1"' in said(own, capsys, y=spoilt(Y, 0))
    made, shown = model(), Sequential([Dense(1, input_shape=(3,))])
    made.callback_model = shown
    with np.errstate(all="ignore"):
        made.fit(X, spoilt(Y, 0), 32, verbose=0, callbacks=[TerminateOnNaN()])
    text = capsys.readouterr().out
    assert "NaN is in the data: an array of the batch, in 1 of the 32" in text
    assert "the loss" not in text.split("ends. ")[1]
