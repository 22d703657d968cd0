"""Training, evaluation and prediction: numbers of real Keras, orders, data of every form."""

import json
from pathlib import Path

import numpy as np
import pytest

import kerasnb
from kerasnb import backend as K
from kerasnb.layers import Dense, Dropout, Input, Layer, concatenate
from kerasnb.models import Model, Sequential
from tests.engine.fit_cases import CASES, dense

KERAS = json.loads(Path(__file__).with_name("fit_cases.json").read_text("utf-8"))


@pytest.fixture(autouse=True)
def fresh_names():
    K.clear_session()


@pytest.mark.parametrize("name", CASES)
def test_as_real_keras(name):
    got, expected = CASES[name](kerasnb), KERAS[name]
    assert list(got) == list(expected)
    for key, values in expected.items():
        np.testing.assert_allclose(got[key], values, rtol=2e-5, err_msg=key)


def linear(**kwargs):
    """One weight, which starts at 0; a step of 'sgd' on mse moves it by 0.02 * mean(x * error)."""
    model = Sequential([Dense(1, use_bias=False, kernel_initializer="zeros", input_shape=(1,))])
    model.compile("sgd", "mse", **kwargs)
    return model


def weight(model):
    return float(model.get_weights()[0][0, 0])


class Seen(Layer):
    """Hands on, and keeps what it has seen of its input: one value a sample."""

    def build(self, input_shape):
        self.batch = self.add_weight("batch", (3, 1), initializer="zeros", trainable=False)
        super().build(input_shape)

    def call(self, inputs):
        self.add_update(K.update(self.batch, inputs), inputs)
        return inputs


class TestSteps:
    def test_one_step(self):
        model = linear()
        assert model.train_on_batch(np.array([[2.0]]), np.array([[3.0]])) == 9.0
        assert weight(model) == pytest.approx(0.02 * 2 * 3)

    def test_test_on_batch_learns_nothing(self):
        model = linear(metrics=["mae"])
        assert model.test_on_batch(np.array([2.0]), np.array([3.0])) == [9.0, 3.0]
        assert weight(model) == 0

    def test_metrics_begin_anew(self):
        model = linear(metrics=["mae"])
        x = np.zeros(1)
        assert model.test_on_batch(x, np.array([1.0]), reset_metrics=False)[1] == 1
        assert model.test_on_batch(x, np.array([3.0]), reset_metrics=False)[1] == 2
        model.reset_metrics()
        assert model.test_on_batch(x, np.array([3.0]), reset_metrics=False)[1] == 3
        assert model.test_on_batch(x, np.array([1.0]))[1] == 1
        assert model.evaluate(x, np.array([5.0]), verbose=0)[1] == 5
        assert model.train_on_batch(x, np.array([1.0]))[1] == 1

    def test_dropout_only_when_training(self):
        model = Sequential([Dropout(0.5, input_shape=(100,))])
        ones = np.ones((4, 100))
        np.testing.assert_array_equal(model.predict(ones), ones)
        model.compile("sgd", "mse")
        assert model.test_on_batch(ones, ones) == 0
        assert model.train_on_batch(ones, ones) == pytest.approx(1, abs=0.2)

    def test_a_fixed_learning_phase(self):
        K.set_learning_phase(1)
        model = Sequential([Dropout(0.5, input_shape=(100,))])
        assert (model.predict(np.ones((4, 100))) == 0).any()


class TestOrder:
    def batches(self, **kwargs):
        """Return the samples in the order in which the model sees them, batch by batch."""
        model = Sequential([Seen(input_shape=(1,)), Dense(1)])
        model.compile("sgd", "mse")
        seen = []
        note = kerasnb.callbacks.LambdaCallback(
            on_batch_end=lambda *_: seen.append(K.get_value(model.layers[0].batch)[:, 0].tolist())
        )
        x = np.arange(9.0)
        model.fit(x, x, batch_size=3, verbose=0, callbacks=[note], **kwargs)
        return seen

    def test_as_they_come(self):
        assert self.batches(shuffle=False) == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]

    def test_shuffled_in_each_epoch(self):
        np.random.seed(5)
        seen = self.batches(epochs=2)
        first, second = sum(seen[:3], []), sum(seen[3:], [])
        assert sorted(first) == sorted(second) == list(range(9))
        assert first != second and first != sorted(first)

    def test_whole_batches(self):
        np.random.seed(1)
        seen = self.batches(shuffle="batch", epochs=4)
        whole = [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
        assert all(batch in whole for batch in seen) and seen[:3] != whole

    def test_the_caller_s_data_stay_as_they_are(self):
        x = np.arange(10.0)
        linear().fit(x, x, verbose=0)
        np.testing.assert_array_equal(x, np.arange(10.0))


class TestEpochs:
    def test_goes_on_at_an_epoch(self):
        history = linear().fit(np.ones(4), np.ones(4), initial_epoch=3, epochs=5, verbose=0)
        assert history.epoch == [3, 4] and len(history.history["loss"]) == 2

    def test_validation_now_and_then(self):
        x = np.ones(4)
        model = linear()
        held = (x, x)
        history = model.fit(x, x, epochs=5, verbose=0, validation_data=held, validation_freq=2)
        assert len(history.history["val_loss"]) == 2
        history = model.fit(x, x, epochs=5, verbose=0, validation_data=held, validation_freq=[1, 5])
        assert len(history.history["val_loss"]) == 2
        with pytest.raises(ValueError, match="validation_freq must be at least 1"):
            model.fit(x, x, verbose=0, validation_data=held, validation_freq=0)

    def test_validation_does_not_disturb_metrics(self):
        x = np.zeros(4)
        y = np.array([1.0, 1.0, 1.0, 5.0])
        history = linear(metrics=["mae"]).fit(x, y, verbose=0, validation_split=0.25).history
        assert (history["mae"], history["val_mae"]) == ([1.0], [5.0])

    def test_accuracy_is_found_under_both_names(self):
        model = Sequential([Dense(1, activation="sigmoid", input_shape=(1,))])
        model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
        history = model.fit(np.ones(4), np.ones(4), validation_split=0.5, verbose=0).history
        assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
        assert history["acc"] is history["accuracy"]
        assert history["val_acc"] is history["val_accuracy"]

    def test_stop_training(self):
        def stop(batch, logs):
            model.stop_training = batch == 1

        model = linear()
        note = kerasnb.callbacks.LambdaCallback(on_batch_end=stop)
        x = np.ones(12)
        history = model.fit(x, x, batch_size=3, epochs=5, verbose=0, callbacks=[note])
        assert history.epoch == [0] and "val_loss" not in history.history
        assert history.params["samples"] == 12

    def test_old_spelling(self):
        with pytest.warns(UserWarning, match=r"write fit\(epochs=2\)"):
            history = linear().fit(np.ones(4), np.ones(4), nb_epoch=2, verbose=0)
        assert history.epoch == [0, 1]
        with pytest.raises(TypeError, match="fit: got an unknown argument, 'epoch'"):
            linear().fit(np.ones(4), np.ones(4), epoch=2)


class TestData:
    def two(self):
        a, b = Input((2,), name="a"), Input((3,), name="b")
        return Model([a, b], Dense(1)(concatenate([a, b])))

    def test_forms_of_inputs(self):
        model = self.two()
        a, b = np.random.rand(5, 2), np.random.rand(5, 3)
        expected = model.predict([a, b])
        for x in ((a, b), {"b": b, "a": a, "unknown": None}, [a.tolist(), b.tolist()]):
            np.testing.assert_array_equal(model.predict(x), expected)

    def test_numbers_of_every_type(self):
        model = linear()
        model.set_weights([[[2.0]]])
        for dtype in ("float64", "float32", "float16", "int64", "uint8", "bool"):
            got = model.predict(np.ones((3, 1), dtype))
            assert got.dtype == "float32" and got.tolist() == [[2.0]] * 3

    def test_batches_of_all_sizes(self):
        model = linear()
        model.set_weights([[[2.0]]])
        for size in (1, 3, 7, 100):
            got = model.predict(np.arange(7.0), batch_size=size)
            np.testing.assert_array_equal(got[:, 0], 2 * np.arange(7.0))

    def test_no_samples(self):
        model = linear()
        assert model.predict(np.zeros((0, 1))).shape == (0, 1)
        for method in (model.fit, model.evaluate):
            with pytest.raises(ValueError, match="got 0 samples"):
                method(np.zeros((0, 1)), np.zeros((0, 1)))
        one, none = np.zeros((1, 1)), np.zeros((0, 1))
        with pytest.raises(ValueError, match="validation_data: got 0 samples"):
            model.fit(one, one, validation_data=(none, none))
        with pytest.raises(ValueError, match="validation_split=0.5, training: got 0 samples"):
            model.fit(one, one, validation_split=0.5)

    def test_a_longer_second_input_is_accepted_in_prediction(self):
        got = self.two().predict([np.ones((2, 2)), np.ones((5, 3))])
        assert got.shape == (2, 1)

    def test_rows_that_strides_leave_out(self):
        model = linear()
        model.set_weights([[[2.0]]])
        x = np.arange(20.0)[::-2]
        np.testing.assert_array_equal(model.predict(x)[:, 0], 2 * x)
        np.testing.assert_array_equal(model.predict(np.broadcast_to(3.0, (4, 1))), [[6.0]] * 4)

    def test_data_in_a_file(self, tmp_path):
        h5py = pytest.importorskip("h5py")
        with h5py.File(tmp_path / "data.h5", "w") as file:
            x = file.create_dataset("x", data=np.arange(10.0)[:, None])
            model = linear()
            model.fit(x, np.arange(10.0), batch_size=4, shuffle="batch", verbose=0)
            assert model.predict(x).shape == (10, 1)
            with pytest.raises(TypeError, match="shuffle='batch'"):
                model.fit(x, np.arange(10.0), batch_size=4, verbose=0)

    def test_sparse_rows(self):
        sparse = pytest.importorskip("scipy.sparse")
        model = Sequential([Dense(2, input_shape=(6,))])
        x = sparse.random(9, 6, 0.3, "csr", random_state=0)
        np.testing.assert_allclose(
            model.predict(x, batch_size=4), model.predict(x.toarray()), rtol=1e-6
        )

    def test_steps(self):
        model = linear()
        x = np.ones((4, 1))
        assert model.predict(x, steps=3).shape == (12, 1)
        assert model.evaluate(x, x, steps=3, verbose=0) == 1
        for arguments, problem in (
            ({"steps_per_epoch": 2, "batch_size": 2}, "`batch_size` must be left out"),
            ({"steps_per_epoch": 2, "validation_data": (x, x)}, "needs `validation_steps`"),
            ({"validation_steps": 2}, "`validation_steps` needs `steps_per_epoch`"),
            ({"batch_size": 0}, "`batch_size` must be at least 1; got 0"),
        ):
            with pytest.raises(ValueError, match=problem):
                model.fit(x, x, verbose=0, **arguments)

    def test_a_fixed_batch_size(self):
        model = Sequential([Dense(1, batch_input_shape=(4, 2))])
        assert model.predict(np.ones((8, 2))).shape == (8, 1)
        with pytest.raises(ValueError, match="fixed batch size of 4; got batch_size=3"):
            model.predict(np.ones((8, 2)), batch_size=3)


class TestMistakes:
    @pytest.mark.parametrize(
        ("x", "y", "problem"),
        [
            (np.ones((4, 3)), np.ones((4, 2)), r'"dense_1_input" needs shape \(4,\).*got \(3,\)'),
            (np.ones((4, 4, 1)), np.ones((4, 2)), r"needs 2 dimensions.*got an array with shape"),
            (np.ones((4, 4)), np.ones((4, 3)), r'target data for "dense_2" needs shape \(2,\)'),
            (np.ones((4, 4)), np.ones((3, 2)), "got 4 input samples, 3 target samples"),
            (np.ones((4, 4)), None, "learns from targets for dense_2; got none"),
            ([np.ones((4, 4))] * 2, np.ones((4, 2)), "needs 1 input array.*got 2: shapes"),
            ({"x": np.ones((4, 4))}, np.ones((4, 2)), "No input data for 'dense_1_input'"),
        ],
    )
    def test_data_that_do_not_fit(self, x, y, problem):
        with pytest.raises(ValueError, match=problem):
            dense(kerasnb).fit(x, y)

    @pytest.mark.parametrize(
        ("arguments", "error", "problem"),
        [
            ({"sample_weight": np.ones(3)}, ValueError, r"needs shape \(4,\).*got \(3,\)"),
            ({"sample_weight": np.ones((4, 2))}, ValueError, "needs 1 dimension.*temporal"),
            ({"class_weight": {0: 1.0}}, ValueError, r"the targets also hold \[1\]"),
            ({"sample_weight": [np.ones(4)] * 2}, ValueError, "sample_weight needs"),
        ],
    )
    def test_weights_that_do_not_fit(self, arguments, error, problem):
        with pytest.raises(error, match=problem):
            dense(kerasnb).fit(np.ones((4, 4)), np.eye(2)[[0, 1, 0, 1]], verbose=0, **arguments)

    def test_hints(self):
        x, numbers, rows = np.ones((4, 4)), np.zeros(4), np.eye(2)[[0, 1, 0, 1]]
        with pytest.raises(ValueError, match="to_categorical"):
            dense(kerasnb, "categorical_crossentropy").fit(x, numbers)
        with pytest.raises(ValueError, match="use the loss categorical_crossentropy"):
            dense(kerasnb, "sparse_categorical_crossentropy").fit(x, rows)
        with pytest.raises(ValueError, match="needs a column for each class"):
            dense(kerasnb, "categorical_crossentropy", units=1).fit(x, numbers)

    def test_own_losses_take_any_targets(self):
        def first(y_true, y_pred):
            return K.square(y_true[:, 0] - y_pred[:, 0])

        model = dense(kerasnb, first)
        assert np.isfinite(model.train_on_batch(np.ones((4, 4)), np.ones((4, 7))))

    def test_before_compile(self):
        model = Sequential([Dense(1, input_shape=(2,))])
        for call in (model.fit, model.evaluate, model.train_on_batch, model.test_on_batch):
            with pytest.raises(RuntimeError, match='"sequential_1": compile the model'):
                call(np.ones((2, 2)), np.ones(2))


def test_the_functions_share_memory():
    model = dense(kerasnb)
    x, y = np.ones((64, 4)), np.ones((64, 2))
    model.fit(x, y, verbose=0)
    before = model._pool.nbytes
    model.evaluate(x, y, verbose=0)
    model.predict(x)
    assert model._pool.nbytes == before > 0


def test_users_reach_into_the_step():
    """What programs do with K.function: gradients of the loss for a batch."""
    model = dense(kerasnb)
    gradients = K.gradients(model.total_loss, model.trainable_weights)
    inputs = model.inputs + model.targets + model.sample_weights + [K.learning_phase()]
    values = K.function(inputs, gradients)([np.ones((3, 4)), np.ones((3, 2)), np.ones(3), 0])
    assert [v.shape for v in values] == [(4, 3), (3,), (3, 2), (2,)]
    model._make_train_function()
    loss = model.train_function([np.ones((3, 4)), np.ones((3, 2)), np.ones(3)])
    assert len(loss) == 1 and loss[0] > 0


def test_the_learning_phase_is_asked_for_where_it_matters():
    model = Sequential([Dense(4, input_shape=(4,)), Dropout(0.5)])
    model.compile("sgd", "mse")
    assert model._uses_dynamic_learning_phase()
    K.clear_session()  # the model goes on with the phase that it was built with
    K.set_learning_phase(0)
    model._make_train_function()
    loss = model.train_function([np.ones((3, 4)), np.ones((3, 4)), np.ones(3), 1])
    assert len(loss) == 1 and loss[0] > 0
    model.set_weights([np.eye(4), np.zeros(4)])
    ones = np.ones((50, 4))
    assert model.test_on_batch(ones, ones) == 0 < model.train_on_batch(ones, ones)
