"""Losses: values beside NumPy's and real Keras's, weights, reductions, names, gradients."""

import json

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb import losses
from kerasnb.utils import losses_utils
from kerasnb.utils.losses_utils import Reduction
from tests.reference import parts

FIXTURE = json.loads(parts.PATH.read_text("utf-8"))["losses"]
EPS = 1e-7


@pytest.fixture
def float64():
    K.set_floatx("float64")
    yield
    K.set_floatx("float32")


def clipped(p):
    return np.clip(p, EPS, 1 - EPS)


def signs(y):
    return 2 * y - 1 if np.isin(y, (0, 1)).all() else y


def unit(x):
    return x / np.sqrt(np.maximum((x**2).sum(axis=-1, keepdims=True), 1e-12))


def normed(p):
    return clipped(p / p.sum(axis=-1, keepdims=True))


def of_class(t, p):
    p = clipped(p) / clipped(p).sum(axis=-1, keepdims=True)
    return -np.log(np.take_along_axis(p, t, -1))[..., 0]


# Keras 2.3.1's formulas once more, and the kind of their data.
FORMULAS = {
    "mean_squared_error": ("real", lambda t, p: ((p - t) ** 2).mean(-1)),
    "mean_absolute_error": ("real", lambda t, p: abs(p - t).mean(-1)),
    "mean_absolute_percentage_error": (
        "real",
        lambda t, p: 100 * (abs(t - p) / np.maximum(abs(t), EPS)).mean(-1),
    ),
    "mean_squared_logarithmic_error": (
        "real",
        lambda t, p: ((np.log(np.maximum(p, EPS) + 1) - np.log(np.maximum(t, EPS) + 1)) ** 2).mean(
            -1
        ),
    ),
    "hinge": ("binary", lambda t, p: np.maximum(1 - signs(t) * p, 0).mean(-1)),
    "squared_hinge": ("binary", lambda t, p: (np.maximum(1 - signs(t) * p, 0) ** 2).mean(-1)),
    "categorical_hinge": (
        "one_hot",
        lambda t, p: np.maximum(0, ((1 - t) * p).max(-1) - (t * p).sum(-1) + 1),
    ),
    "logcosh": ("real", lambda t, p: np.log(np.cosh(p - t)).mean(-1)),
    # Not averaged: tf_keras's is.
    "huber_loss": (
        "real",
        lambda t, p: np.where(abs(p - t) <= 1, (p - t) ** 2 / 2, abs(p - t) - 0.5),
    ),
    "binary_crossentropy": (
        "binary",
        lambda t, p: -(t * np.log(clipped(p)) + (1 - t) * np.log(1 - clipped(p))).mean(-1),
    ),
    "categorical_crossentropy": ("one_hot", lambda t, p: -(t * np.log(normed(p))).sum(-1)),
    "sparse_categorical_crossentropy": ("classes", of_class),
    "kullback_leibler_divergence": (
        "one_hot",
        lambda t, p: (np.clip(t, EPS, 1) * np.log(np.clip(t, EPS, 1) / np.clip(p, EPS, 1))).sum(-1),
    ),
    "poisson": ("count", lambda t, p: (p - t * np.log(p + EPS)).mean(-1)),
    "cosine_proximity": ("real", lambda t, p: -(unit(t) * unit(p)).sum(-1)),
}
ALIASES = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "kld": "kullback_leibler_divergence",
}
CLASSES = [case for case in parts.LOSSES if "/" not in case] + ["Huber"]


@pytest.mark.parametrize("name", FORMULAS)
class TestFunctions:
    @pytest.mark.usefixtures("float64")
    def test_numpy(self, name):
        kind, formula = FORMULAS[name]
        for salt in np.random.randint(1, 10**6, size=3):
            y_true, y_pred, _ = parts.data(kind, salt)
            got = K.eval(getattr(losses, name)(y_true, y_pred))
            assert got.dtype == "float64"
            np.testing.assert_allclose(got, formula(y_true, y_pred), rtol=1e-9, atol=1e-12)

    def test_symbolic(self, name):
        """Outside of `compile`: on placeholders whose batch size is not known."""
        kind, formula = FORMULAS[name]
        y_true, y_pred, _ = parts.data(kind, 3)
        t, p = K.placeholder((None, y_true.shape[1])), K.placeholder((None, y_pred.shape[1]))
        y = getattr(losses, name)(t, p)
        run = K.function([t, p], [y])
        for rows in (slice(None), slice(0, 1)):  # a batch of one, too
            (got,) = run([y_true[rows], y_pred[rows]])
            assert got.dtype == "float32"
            want = formula(y_true[rows], y_pred[rows])
            np.testing.assert_allclose(got, want, rtol=2e-4, atol=1e-5)

    def test_whole_numbers_as_targets(self, name):
        kind, formula = FORMULAS[name]
        y_true, y_pred, _ = parts.data(kind, 5)
        y_true = np.round(y_true).astype("int32")
        got = K.eval(getattr(losses, name)(K.constant(y_true, dtype="int32"), y_pred))
        np.testing.assert_allclose(got, formula(y_true, y_pred), rtol=2e-4, atol=1e-5)

    @pytest.mark.usefixtures("float64")
    def test_gradient(self, name):
        kind, _ = FORMULAS[name]
        y_true, y_pred, _ = parts.data(kind, 7)
        p = K.variable(y_pred)
        loss = K.sum(getattr(losses, name)(K.constant(y_true, dtype=y_true.dtype.name), p))
        (slope,) = K.gradients(loss, [p])
        value = K.function([], [loss])
        got = K.eval(slope)
        step = 1e-6
        for place in [(0, 0), (3, 1), (6, y_pred.shape[1] - 1)]:
            ends = []
            for sign in (1, -1):
                moved = y_pred.copy()
                moved[place] += sign * step
                K.set_value(p, moved)
                ends.append(value([])[0])
            want = (ends[0] - ends[1]) / (2 * step)
            np.testing.assert_allclose(got[place], want, rtol=1e-4, atol=1e-6)

    def test_names(self, name):
        function = getattr(losses, name)
        assert losses.get(name) is function
        assert losses.serialize(function) == name
        assert losses.deserialize(name) is function
        assert losses.get(function) is function


class TestMeanings:
    def test_aliases(self):
        for short, name in ALIASES.items():
            assert getattr(losses, short) is getattr(losses, name)
            assert getattr(losses, short.upper()) is losses.get(short) is losses.get(short.upper())
        assert losses.cosine is losses.cosine_similarity is losses.cosine_proximity

    def test_hinge_takes_zeros_for_minus_ones(self):
        p = [[0.3, -0.4, 2.0]]
        for name in ("hinge", "squared_hinge"):
            loss = getattr(losses, name)
            got, want = (K.eval(loss([y], p)) for y in ([0, 1, 0], [-1, 1, -1]))
            np.testing.assert_allclose(got, want)
        # One target that is neither 0 nor 1: none is changed.
        got = K.eval(losses.hinge([[0.0, 1.0, 0.5]], p))
        np.testing.assert_allclose(got, [np.mean([1.0, 1.4, 0.0])])

    def test_huber_delta(self):
        got = K.eval(losses.huber_loss([[0.0, 0.0]], [[1.0, 4.0]], delta=2.0))
        np.testing.assert_allclose(got, [[0.5, 2 * 4 - 2]])

    def test_cosine_axis(self):
        t, p, _ = parts.data("real", 1)
        got = K.eval(losses.cosine_proximity(t, p, axis=0))
        np.testing.assert_allclose(got, -(unit(t.T) * unit(p.T)).sum(-1), rtol=1e-5)

    def test_hopeless_predictions_cost_a_limited_amount(self):
        # As in Keras 2.3.1 a probability counts as at least K.epsilon(): 16.118... is the most.
        for got in (
            losses.categorical_crossentropy([[0.0, 1.0]], [[1.0, 0.0]]),
            losses.sparse_categorical_crossentropy([1], [[1.0, 0.0]]),
        ):
            np.testing.assert_allclose(K.eval(got), -np.log(EPS), rtol=1e-4)
        got = K.eval(losses.binary_crossentropy([[0.0]], [[1.0]]))
        np.testing.assert_allclose(got, -np.log(EPS), rtol=2e-2)  # 1 - 1e-7 in single precision

    def test_smooth_labels(self):
        t, p, _ = parts.data("one_hot", 2)
        for classes in (4, None):
            y = K.placeholder((None, classes))
            loss = losses.categorical_crossentropy(y, K.constant(p), label_smoothing=0.2)
            (got,) = K.function([y], [loss])([t])
            want = FORMULAS["categorical_crossentropy"][1](t * 0.8 + 0.05, p)
            np.testing.assert_allclose(got, want, rtol=1e-5)

    def test_sequences(self):
        t, p = np.random.rand(2, 3, 5, 4)
        assert K.eval(losses.mse(t, p)).shape == (3, 5)
        labels = np.random.randint(0, 4, size=(3, 5, 1))
        for y in (labels, labels[..., 0]):
            got = K.eval(losses.sparse_categorical_crossentropy(y, p))
            np.testing.assert_allclose(got, of_class(labels, p), rtol=1e-5)

    def test_classes_first(self):
        p = np.random.rand(2, 4, 5) + 0.1
        labels = np.random.randint(0, 4, size=(2, 5))
        got = K.eval(losses.sparse_categorical_crossentropy(labels, p, axis=1))
        want = of_class(labels[..., None], p.swapaxes(1, 2))
        np.testing.assert_allclose(got, want, rtol=1e-5)

    def test_a_label_that_is_no_class(self):
        with pytest.raises(ValueError, match="label 4, but there are 4 classes"):
            K.eval(losses.sparse_categorical_crossentropy([4], np.full((1, 4), 0.25)))

    def test_no_shape_that_fits(self):
        with pytest.raises(ValueError, match="cannot be combined"):
            losses.mse(K.placeholder((None, 3)), K.placeholder((None, 4)))


def make(case):
    settings = parts.LOSSES.get(case, ({}, ""))[0]
    return lambda **more: getattr(losses, case.partition("/")[0])(**settings, **more)


class TestObjects:
    @pytest.mark.usefixtures("float64")
    @pytest.mark.parametrize("reduction", Reduction.all())
    @pytest.mark.parametrize("case", parts.LOSSES)
    def test_real_keras(self, case, reduction):
        y_true, y_pred, weights = parts.data(parts.LOSSES[case][1])
        loss = make(case)(reduction=reduction)
        plain, weighted = FIXTURE[case][reduction]
        np.testing.assert_allclose(K.eval(loss(y_true, y_pred)), plain, rtol=1e-6, atol=1e-9)
        got = K.eval(loss(y_true, y_pred, sample_weight=weights))
        np.testing.assert_allclose(got, weighted, rtol=1e-6, atol=1e-9)

    @pytest.mark.parametrize("name", CLASSES)
    def test_round_trip(self, name):
        loss = make(name)(reduction="sum", name="mine")
        config = json.loads(json.dumps(losses.serialize(loss)))
        assert config["class_name"] == name
        for again in (losses.deserialize(config), losses.get(config)):
            assert type(again) is type(loss)
            assert again.get_config() == loss.get_config()
        assert type(losses.get(name)) is type(loss)
        assert losses.get(loss) is loss

    def test_names(self):
        assert losses.MeanSquaredError().name == "mean_squared_error"
        assert losses.Huber().name == "huber_loss"
        assert losses.Huber(delta=2.0).get_config() == {
            "delta": 2.0,
            "reduction": "sum_over_batch_size",
            "name": "huber_loss",
        }

    def test_huber_of_a_batch(self):
        # 2.3.1: elementwise, a weight for each row.
        t, p, weights = parts.data("real")
        each = FORMULAS["huber_loss"][1](t, p)
        got = K.eval(losses.Huber()(t, p, sample_weight=weights))
        np.testing.assert_allclose(got, (each * weights[:, None]).mean(), rtol=1e-5)

    def test_one_of_ones_own(self):
        class Cubed(losses.Loss):
            def call(self, y_true, y_pred):
                return K.mean(K.pow(K.abs(y_true - y_pred), 3), axis=-1)

        loss = Cubed(reduction=Reduction.SUM, name="cubed")
        got = loss(K.constant([[0.0], [1.0]]), K.constant([[2.0], [0.0]]), sample_weight=[1, 0.5])
        assert K.eval(got) == 8.5
        assert Cubed.from_config(loss.get_config()).reduction == "sum"
        with pytest.raises(NotImplementedError, match=r"call\(y_true, y_pred\)"):
            losses.Loss()([1.0], [1.0])

    def test_a_function_as_an_object(self):
        loss = losses.LossFunctionWrapper(lambda t, p, power: K.abs(t - p) ** power, power=3)
        assert K.eval(loss(K.constant([0.0]), K.constant([2.0]))) == 8
        assert loss.get_config()["power"] == 3

    @pytest.mark.parametrize("loss", [losses.Loss, losses.MeanSquaredError])
    def test_reductions_are_checked(self, loss):
        with pytest.raises(ValueError, match="Invalid Reduction key 'mean'"):
            loss(reduction="mean")

    @pytest.mark.parametrize(
        ("loss", "yes"),
        [
            ("categorical_crossentropy", True),
            (losses.categorical_crossentropy, True),
            (losses.CategoricalCrossentropy(), True),
            (losses.LossFunctionWrapper(losses.categorical_crossentropy), True),
            ("mse", False),
            (losses.SparseCategoricalCrossentropy(), False),
        ],
    )
    def test_is_categorical_crossentropy(self, loss, yes):
        assert losses.is_categorical_crossentropy(loss) is yes

    @pytest.mark.parametrize(
        ("thing", "message"),
        [
            ("mean_square_error", "Unknown loss function: mean_square_error.*mean_squared_error"),
            (3, "loss function from 3"),
            ({"class_name": "Hinges", "config": {}}, "Unknown loss function: Hinges"),
        ],
    )
    def test_get_says_what_is_wrong(self, thing, message):
        with pytest.raises(ValueError, match=message):
            losses.get(thing)

    def test_get_knows_custom_objects(self):
        def mine(t, p):
            return K.abs(t - p)

        assert losses.deserialize("mine", custom_objects={"mine": mine}) is mine
        assert losses.get(None) is None


class TestWeights:
    @pytest.mark.parametrize(
        ("values", "weights"),
        [
            ((4,), ()),
            ((4,), (4,)),
            ((4,), (4, 1)),
            ((4,), (1,)),
            ((4, 3), (4,)),
            ((4, 3), (4, 1)),
            ((4, 3), (4, 3)),
            ((4, 3), (1, 3)),
            ((4, 3, 2), (4,)),
            ((4, 3, 2), (4, 3)),
            ((4, 3, 2), (4, 3, 1)),
        ],
    )
    def test_shapes(self, values, weights):
        x, w = np.random.rand(*values), np.random.rand(*weights)
        spread = w.reshape(4) if weights == (4, 1) and values == (4,) else w
        if len(values) > 1:
            spread = spread.reshape(*spread.shape, *[1] * (len(values) - spread.ndim))
        want = x * spread
        for known in (True, False):
            losses_, weights_ = K.placeholder(values), K.placeholder(weights)
            if not known:
                losses_ = K.placeholder((None, *values[1:]))
                weights_ = K.placeholder((None, *weights[1:])) if weights else weights_
            reduced = {"none": want, "sum": want.sum(), "sum_over_batch_size": want.mean()}
            for reduction, result in reduced.items():
                y = losses_utils.compute_weighted_loss(losses_, weights_, reduction)
                (got,) = K.function([losses_, weights_], [y])([x, w])
                np.testing.assert_allclose(got, result, rtol=1e-5)
        if len(weights) <= len(values):
            spread = K.eval(losses_utils.broadcast_weights(K.constant(x), K.constant(w)))
            np.testing.assert_allclose(x * spread, want, rtol=1e-5)
            assert spread.shape == values

    def test_zeros_hide_but_count(self):
        """The mean is over all samples, also those with weight 0."""
        got = losses.MeanSquaredError()([[1.0], [2.0]], [[0.0], [0.0]], sample_weight=[1.0, 0.0])
        assert K.eval(got) == 0.5

    @pytest.mark.parametrize(
        ("values", "weights"), [((4,), (3,)), ((4, 3), (3,)), ((4,), (4, 3)), ((4,), (1, 4, 1))]
    )
    def test_no_shape_that_fits(self, values, weights):
        with pytest.raises(ValueError, match="shape"):
            losses_utils.compute_weighted_loss(K.constant(np.ones(values)), np.ones(weights))

    def test_last_axis_of_size_one(self):
        def shapes(*tensors):
            made = losses_utils.squeeze_or_expand_dimensions(
                *(None if t is None else K.placeholder(t) for t in tensors)
            )
            return [None if t is None else t.shape for t in made]

        assert shapes((None, 1), (None,)) == [(None,), (None,)]
        assert shapes((None,), (None, 1)) == [(None,), (None,)]
        assert shapes((None, 3), (None,)) == [(None, 3), (None,)]
        assert shapes((None, 3), None, (None,)) == [(None, 3), None, (None, 1)]
        assert shapes((None,), None, (None, 1)) == [(None,), None, (None,)]
        assert shapes((), None, (None,)) == [(1,), None, (None,)]
        assert shapes((None,), None, ()) == [(None,), None, ()]

    def test_integer_losses(self):
        got = losses_utils.compute_weighted_loss(K.constant([1, 2], dtype="int32"), [0.5, 0.5])
        assert K.eval(got) == 0.75


def test_compile_takes_the_name_of_a_class():
    from kerasnb.layers import Dense
    from kerasnb.models import Sequential

    x, y = np.ones((2, 3)), np.zeros((2, 1))
    results = []
    for loss in ("MeanSquaredError", losses.MeanSquaredError(), "mean_squared_error", losses.mse):
        model = Sequential([Dense(1, kernel_initializer="ones", input_shape=(3,))])
        model.compile("sgd", loss)
        results.append(model.test_on_batch(x, y))
    assert results == [9.0] * 4
