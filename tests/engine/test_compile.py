"""What compile is told: losses, metrics and weights for each output, and what is trainable."""

import numpy as np
import pytest

import kerasnb
from kerasnb import backend as K
from kerasnb import losses, metrics
from kerasnb.layers import Activation, Dense, Input
from kerasnb.models import Model, Sequential


@pytest.fixture(autouse=True)
def fresh_names():
    K.clear_session()


def two_outputs():
    x = Input((4,))
    return Model(x, [Dense(2, name="a")(x), Dense(3, activation="softmax", name="b")(x)])


def one_output(units=2, activation=None):
    return Sequential([Dense(units, activation=activation, input_shape=(4,))])


X = np.random.RandomState(0).randn(6, 4)
Y = [np.ones((6, 2)), np.eye(3)[[0, 1, 2, 0, 1, 2]]]


class TestLosses:
    @pytest.mark.parametrize(
        "loss",
        [
            "mse",
            losses.mean_squared_error,
            losses.MeanSquaredError(),
            lambda y, p: K.mean(K.square(y - p), axis=-1),
            {"dense_1": "mse"},
            ["mse"],
        ],
    )
    def test_forms(self, loss):
        model = one_output()
        model.compile("sgd", loss)
        expected = np.mean((model.predict(X) - 1) ** 2)
        assert model.evaluate(X, Y[0], verbose=0) == pytest.approx(expected, rel=1e-5)

    def test_of_each_output(self):
        model = two_outputs()
        a, b = model.predict(X)
        mse, entropy = np.mean((a - 1) ** 2), np.mean(-np.log(b[Y[1] == 1]))
        for loss in (["mse", "categorical_crossentropy"],
                     {"b": "categorical_crossentropy", "a": "mse"}):  # fmt: skip
            for weights in ([2.0, 0.5], {"b": 0.5, "a": 2.0}):
                model.compile("sgd", loss, loss_weights=weights)
                assert model.metrics_names == ["loss", "a_loss", "b_loss"]
                got = model.evaluate(X, Y, verbose=0)
                assert got == pytest.approx([2 * mse + entropy / 2, mse, entropy], rel=1e-5)

    def test_an_output_without_loss(self):
        model = two_outputs()
        with pytest.warns(UserWarning, match='output "b" has no loss'):
            model.compile("sgd", {"a": "mse"})
        assert model.evaluate(X, Y[0], verbose=0)[0] > 0
        model.compile("sgd", ["mse", None])
        assert model._feed_output_names == ["a"]

    def test_a_loss_that_is_added_suffices(self):
        model = one_output()
        model.add_loss(K.mean(K.square(model.output)))
        model.compile("sgd")
        before = model.evaluate(X, verbose=0)
        model.fit(X, epochs=5, verbose=0)
        assert model.evaluate(X, verbose=0) < before

    def test_a_target_that_is_a_tensor(self):
        model = one_output()
        model.compile("sgd", "mse", target_tensors=K.ones((6, 2)))
        expected = np.mean((model.predict(X) - 1) ** 2)
        assert model.evaluate(X, None, batch_size=6, verbose=0) == pytest.approx(expected, rel=1e-5)

    def test_an_object_of_one_s_own(self):
        class Doubled:
            def __call__(self, y_true, y_pred, sample_weight=None):
                return 2 * K.mean(K.abs(y_true - y_pred))

        model = one_output()
        model.compile("sgd", Doubled())
        expected = 2 * np.mean(np.abs(model.predict(X) - 1))
        assert model.evaluate(X, Y[0], verbose=0) == pytest.approx(expected, rel=1e-5)

    @pytest.mark.parametrize(
        ("arguments", "error", "problem"),
        [
            ({"loss": ["mse"]}, ValueError, r"each of the 2 outputs \(a, b\); got 1"),
            ({"loss": {"c": "mse"}}, ValueError, "Unknown entries in loss dictionary: .'c'"),
            ({"loss": losses.MeanSquaredError}, TypeError, r"an object: MeanSquaredError\(\)"),
            ({"loss": None}, ValueError, '"model_1" has no loss to minimize'),
            ({"loss_weights": [1.0]}, ValueError, "loss_weights needs one for each of the 2"),
            ({"loss_weights": 2.0}, TypeError, "loss_weights must be a list or a dictionary"),
            ({"sample_weight_mode": "time"}, ValueError, "sample_weight_mode must be None"),
            ({"sample_weight_mode": [None]}, ValueError, "an entry for each of the 2 outputs"),
            ({"metrics": "mae"}, TypeError, "metrics must be a list or a dictionary"),
            ({"metrics": [["mae"]]}, ValueError, "one for each of the 2 outputs"),
            ({"metrics": {"c": "mae"}}, ValueError, "Unknown entries in metrics dictionary"),
            ({"target_tensors": 3}, TypeError, "target_tensors must be a tensor"),
        ],
    )
    def test_mistakes(self, arguments, error, problem):
        with pytest.raises(error, match=problem):
            two_outputs().compile("sgd", **{"loss": "mse", **arguments})


class TestMetrics:
    @pytest.mark.parametrize(
        ("loss", "units", "expected"),
        [
            ("binary_crossentropy", 1, metrics.binary_accuracy),
            ("binary_crossentropy", 3, metrics.binary_accuracy),
            ("mse", 1, metrics.binary_accuracy),
            ("categorical_crossentropy", 3, metrics.categorical_accuracy),
            ("mse", 3, metrics.categorical_accuracy),
            ("sparse_categorical_crossentropy", 3, metrics.sparse_categorical_accuracy),
            (losses.SparseCategoricalCrossentropy(), 3, metrics.sparse_categorical_accuracy),
        ],
    )
    def test_what_accuracy_means(self, loss, units, expected):
        model = one_output(units, "sigmoid")
        model.compile("sgd", loss, metrics=["accuracy"])
        assert model.metrics[0]._fn is expected
        assert model.metrics_names == ["loss", "accuracy"]

    def test_names(self):
        def mine(y_true, y_pred):
            return K.mean(y_pred)

        model = two_outputs()
        model.compile("sgd", "mse", metrics=["mae", mine], weighted_metrics={"b": ["mae"]})
        assert model.metrics_names == [
            "loss", "a_loss", "b_loss", "a_mae", "a_mine", "b_mae", "b_mine", "b_mae_1",
        ]  # fmt: skip
        got = dict(zip(model.metrics_names, model.evaluate(X, Y, verbose=0), strict=True))
        a, b = model.predict(X)
        assert got["a_mine"] == pytest.approx(a.mean(), abs=1e-6)
        assert got["b_mae"] == got["b_mae_1"] == pytest.approx(np.abs(Y[1] - b).mean(), rel=1e-5)

    @pytest.mark.parametrize("given", [{"b": "mae"}, {"b": ["mae"]}, [[], ["mae"]], [[], "mae"]])
    def test_of_some_outputs(self, given):
        model = two_outputs()
        model.compile("sgd", "mse", metrics=given)
        assert model.metrics_names[3:] == ["b_mae"]

    def test_over_an_epoch(self):
        model = one_output()
        model.compile("sgd", "mse", metrics=["mae"])
        parts = [model.test_on_batch(X[s], Y[0][s])[1] for s in (slice(0, 4), slice(4, 6))]
        got = model.evaluate(X, Y[0], batch_size=4, verbose=0)[1]
        assert got == pytest.approx((4 * parts[0] + 2 * parts[1]) / 6, rel=1e-6)

    def test_metric_objects(self):
        model = one_output()
        mean = metrics.MeanMetricWrapper(lambda y, p: K.abs(y - p), name="distance")
        model.compile("sgd", "mse", metrics=[mean, "mae"])
        assert model.metrics_names == ["loss", "distance", "mae"] and model.metrics[0] is mean
        _, distance, mae = model.evaluate(X, Y[0], verbose=0)
        assert distance == pytest.approx(mae, rel=1e-6)

    def test_added_by_layers(self):
        class Noting(Activation):
            def call(self, inputs):
                self.add_metric(K.mean(inputs), name="mean_in")
                return super().call(inputs)

        inner = Sequential([Noting("linear", input_shape=(4,))])
        model = Sequential([inner, Dense(2)])
        model.add_metric(K.max(model.output), name="highest")
        model.compile("sgd", "mse")
        assert sorted(model.metrics_names) == ["highest", "loss", "mean_in"]
        got = dict(zip(model.metrics_names, model.evaluate(X, Y[0], verbose=0), strict=True))
        assert got["mean_in"] == pytest.approx(X.mean(), abs=1e-6)
        assert got["highest"] == pytest.approx(model.predict(X).max(), rel=1e-6)


class TestTrainable:
    def model(self):
        frozen, free = Dense(3, input_shape=(4,)), Dense(2)
        model = Sequential([frozen, free])
        return model, frozen, free

    def change(self, model):
        before = model.get_weights()
        model.train_on_batch(X, Y[0])
        return [np.any(a != b) for a, b in zip(before, model.get_weights(), strict=True)]

    def test_is_read_at_compile(self):
        model, frozen, _ = self.model()
        frozen.trainable = False
        model.compile("sgd", "mse")
        assert self.change(model)[0] is np.False_
        frozen.trainable = True
        with pytest.warns(UserWarning, match="`trainable` was changed after `compile`"):
            assert not self.change(model)[0]
        model.compile("sgd", "mse")
        assert all(self.change(model))

    def test_a_layer_of_two_models_follows_each(self):
        x = Input((4,))
        layer = Dense(3)
        layer.trainable = False
        frozen = Model(x, Dense(2)(layer(x)))
        frozen.compile("sgd", "mse")
        layer.trainable = True
        learning = Model(x, Dense(2)(layer(x)))
        learning.compile("sgd", "mse")
        with pytest.warns(UserWarning, match="changed after"):
            assert not self.change(frozen)[0]
        assert self.change(learning)[0]

    def test_nothing_to_learn(self):
        model = one_output()
        model.trainable = False
        model.compile("sgd", "mse", metrics=["mae"])
        before = model.get_weights()
        model.fit(X, Y[0], verbose=0)
        np.testing.assert_array_equal(before[0], model.get_weights()[0])


def test_compiling_again_begins_anew():
    model = one_output()
    model.compile("sgd", "mse", metrics=["mae"])
    model.fit(X, Y[0], verbose=0)
    model.compile(kerasnb.optimizers.get("sgd"), "mae")
    assert model.metrics_names == ["loss"]
    expected = np.abs(model.predict(X) - 1).mean()
    assert model.evaluate(X, Y[0], verbose=0) == pytest.approx(expected, rel=1e-5)
