"""Metrics: values beside NumPy's and real Keras's over several batches, state, names, errors."""

import json

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb import losses, metrics
from kerasnb.utils import metrics_utils
from tests.reference import parts

FIXTURE = json.loads(parts.PATH.read_text("utf-8"))["metrics"]
CLASSES = {
    name: kind
    for name, kind in vars(metrics).items()
    if isinstance(kind, type) and issubclass(kind, metrics.Metric)
}
BASES = ("Metric", "Reduce", "SensitivitySpecificityBase")
NEEDED = {  # arguments that have no default
    "MeanIoU": {"num_classes": 3},
    "MeanMetricWrapper": {"fn": metrics.mean_squared_error},
    "MeanRelativeError": {"normalizer": [1.0, 2.0]},
    "SensitivityAtSpecificity": {"specificity": 0.3},
    "SpecificityAtSensitivity": {"sensitivity": 0.3},
}


@pytest.fixture
def float64():
    K.set_floatx("float64")
    yield
    K.set_floatx("float32")


def made(case):
    settings = parts.METRICS[case][0]
    return getattr(metrics, case.partition("/")[0])(**settings)


def stepping(metric, *shapes):
    """Return a function that lets the metric take in a batch, and returns the result."""
    inputs = [K.placeholder(shape) for shape in shapes]
    names = ["y_true", "y_pred", "sample_weight"]
    result = metric(**dict(zip(names, inputs, strict=False)))
    return K.function(inputs, [result], metric.updates)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("case", parts.METRICS)
def test_real_keras(case, weighted):
    """Each batch in turn, in a function as `fit` makes it, and without one."""
    expected = FIXTURE[case]
    if weighted and len(expected) == parts.BATCHES:
        return  # a value for each column has no use for weights of samples
    expected = expected[-parts.BATCHES :] if weighted else expected[: parts.BATCHES]
    batches = [parts.data(parts.METRICS[case][1], i)[: 3 if weighted else 2] for i in range(3)]
    metric = made(case)
    step = stepping(metric, *((None, *a.shape[1:]) for a in batches[0]))
    for batch, want in zip(batches, expected, strict=True):
        np.testing.assert_allclose(step(list(batch))[0], want, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(K.eval(metric.result()), want, rtol=1e-6, atol=1e-8)
    metric.reset_states()
    assert all((w.read() == 0).all() for w in metric.weights)
    for batch, want in zip(batches, expected, strict=True):
        K.eval(metric.update_state(*batch[:2], sample_weight=batch[2] if weighted else None))
        np.testing.assert_allclose(K.eval(metric.result()), want, rtol=1e-6, atol=1e-8)


class TestFunctions:
    def test_accuracies(self):
        t, p, _ = parts.data("one_hot", np.random.randint(10**6))
        numbers, rank = t.argmax(-1), (-p).argsort(-1)
        first = rank[:, 0] == numbers
        at = dict(enumerate((rank == numbers[:, None]).cumsum(-1).T, start=1))
        for name, y, kwargs, want in [
            ("categorical_accuracy", t, {}, first),
            ("sparse_categorical_accuracy", numbers, {}, first),
            ("sparse_categorical_accuracy", numbers[:, None], {}, first),
            ("top_k_categorical_accuracy", t, {"k": 2}, at[2]),
            ("top_k_categorical_accuracy", t, {}, np.ones(7)),  # 5 of 4 classes
            ("sparse_top_k_categorical_accuracy", numbers, {"k": 3}, at[3]),
            ("sparse_top_k_categorical_accuracy", numbers[:, None], {"k": 1}, at[1]),
        ]:
            got = K.eval(getattr(metrics, name)(y, p, **kwargs))
            np.testing.assert_array_equal(got, want, err_msg=name)

    def test_binary_accuracy(self):
        t, p = [[0, 1, 1, 0]], [[0.5, 0.6, 0.2, 0.1]]
        assert K.eval(metrics.binary_accuracy(t, p)) == 0.75  # 0.5 is not above
        assert K.eval(metrics.binary_accuracy(t, p, threshold=0.15)) == 0.75
        assert K.eval(metrics.binary_accuracy([0, 1], [0.9, 0.8])) == 0.5

    def test_accuracy(self):
        np.testing.assert_array_equal(
            K.eval(metrics.accuracy([1, 2, 3], [1.0, 0.0, 3.0])), [1, 0, 1]
        )

    def test_cosine_has_no_minus(self):
        # As a metric; the loss of this name has one.
        t, p, _ = parts.data("real", 4)
        got, loss = (K.eval(m.cosine_proximity(t, p)) for m in (metrics, losses))
        np.testing.assert_allclose(got, -loss)
        assert metrics.cosine is metrics.cosine_similarity is metrics.cosine_proximity
        assert metrics.get("cosine_proximity") is metrics.cosine_proximity

    @pytest.mark.parametrize("name", ["mse", "mae", "mape", "msle"])
    def test_aliases(self, name):
        full = getattr(losses, name)
        assert getattr(metrics, name) is getattr(metrics, name.upper()) is metrics.get(name) is full


class TestState:
    def test_sum_as_2_3_1(self):
        m = metrics.Sum(name="my_sum")
        assert (m.name, m.stateful, m.dtype, len(m.weights)) == ("my_sum", True, "float32", 1)
        assert K.eval(m.total) == 0
        assert K.eval(m(100)) == 100
        assert K.eval(m.total) == 100
        K.eval(m.update_state([1, 5]))
        assert K.eval(m.result()) == K.eval(m.total) == 106
        m.reset_states()
        assert K.eval(m.total) == 0
        assert K.eval(m([1, 5], sample_weight=[1, 0.2])) == 2
        x, w = K.placeholder((None,)), K.placeholder((None,))
        step = K.function([x, w], [m(x, sample_weight=w)], m.updates[-1:])
        assert step([[1, 5], [1, 0.2]]) == [4]
        assert K.eval(m.total) == 4

    def test_mean_of_weighted_values(self):
        m = metrics.Mean()
        assert K.eval(m([[1, 2], [3, 4]], sample_weight=[1, 0])) == 1.5
        assert K.eval(m([10.0])) == pytest.approx(13 / 3)
        # A weight for each sample counts for each of its values.
        assert K.eval(m.count) == 3
        assert len(m.weights) == 2

    @pytest.mark.parametrize("known", [True, False])
    def test_weights_of_samples_with_many_values(self, known):
        values, weights = np.random.rand(4, 3, 2), np.random.rand(4)
        m = metrics.Mean()
        x, w = (
            K.placeholder(a.shape if known else (None, *a.shape[1:])) for a in (values, weights)
        )
        step = K.function([x, w], [m(x, sample_weight=w)], m.updates)
        (got,) = step([values, weights])
        want = (values * weights[:, None, None]).sum() / (6 * weights.sum())
        np.testing.assert_allclose(got, want, rtol=1e-5)

    def test_mean_over_the_batch(self):
        m = metrics.Reduce(metrics_utils.Reduction.SUM_OVER_BATCH_SIZE, "m")
        assert K.eval(m([1, 3, 5, 7], sample_weight=[1, 1, 0, 0])) == 1
        with pytest.raises(NotImplementedError, match="'median'"):
            metrics.Reduce("median", "m")

    def test_nothing_seen(self):
        assert np.isnan(K.eval(metrics.Mean().result()))  # as 2.3.1
        for m in (metrics.Precision(), metrics.Recall(), metrics.AUC(), metrics.MeanIoU(2)):
            assert K.eval(m.result()) == 0

    def test_types(self):
        m = metrics.MeanSquaredError(dtype="float64")
        assert {K.dtype(w) for w in m.weights} == {m.dtype} == {"float64"}
        K.eval(m([[1]], [[1 + 1e-9]]))
        assert K.eval(m.total) == pytest.approx(1e-18)

    @pytest.mark.parametrize(
        ("y_true", "y_pred"),
        [((5,), (5,)), ((5,), (5, 1)), ((5, 1), (5,)), ((5, 1), (5, 1)), ((1,), (1, 1))],
    )
    def test_a_last_axis_of_size_one(self, y_true, y_pred):
        t, p = np.random.randint(0, 2, y_true), np.random.rand(*y_pred)
        flat = t.ravel(), p.ravel()
        got = K.eval(metrics.MeanSquaredError()(t, p))
        np.testing.assert_allclose(got, ((flat[0] - flat[1]) ** 2).mean(), rtol=1e-5)
        got = K.eval(metrics.RootMeanSquaredError()(t, p))
        np.testing.assert_allclose(got, np.sqrt(((flat[0] - flat[1]) ** 2).mean()), rtol=1e-5)
        got = K.eval(metrics.TruePositives()(t, p))
        assert got == (flat[0].astype(bool) & (flat[1] > 0.5)).sum()
        got = K.eval(metrics.BinaryAccuracy()(t, p))
        np.testing.assert_allclose(got, (flat[0] == np.round(flat[1])).mean(), rtol=1e-6)

    def test_one_of_ones_own(self):
        class Largest(metrics.Metric):
            def __init__(self, name="largest", **kwargs):
                super().__init__(name=name, **kwargs)
                self.value = self.add_weight("value", initializer="zeros")

            def update_state(self, y_true, y_pred, sample_weight=None):
                return K.update(self.value, K.maximum(self.value, K.max(y_pred)))

            def result(self):
                return 10 * self.value

        m = Largest()
        step = stepping(m, (None, 2), (None, 2))
        assert step([[[0, 0]], [[1, 2]]]) == [20]
        assert step([[[0, 0]], [[1, 1]]]) == [20]
        assert K.eval(m.value) == 2
        assert len(m.updates) == 1
        other = metrics.clone_metric(m)
        assert K.eval(other.result()) == 0

    def test_base_says_what_to_define(self):
        with pytest.raises(NotImplementedError, match="Metric must define update_state"):
            metrics.Metric()(1)
        with pytest.raises(NotImplementedError, match="Metric must define result"):
            metrics.Metric().result()

    def test_relative_error(self):
        m = metrics.MeanRelativeError([1, 3, 0, 4])
        got = K.eval(m([1, 3, 2, 3], [2, 4, 6, 8]))
        np.testing.assert_allclose(got, (1 + 1 / 3 + 0 + 5 / 4) / 4, rtol=1e-6)

    def test_log_of_a_run_does_not_add_up(self):
        """A result can be asked for often: only updates change the state."""
        m = metrics.Mean()
        K.eval(m([1.0, 3.0]))
        assert [K.eval(m.result()) for _ in range(3)] == [2, 2, 2]


def counts(t, p, w, threshold):
    yes, said = t.astype(bool), p > threshold
    return [(w * both).sum() for both in (yes & said, ~yes & said, ~yes & ~said, yes & ~said)]


class TestConfusion:
    def test_counts(self):
        rng = np.random.default_rng()
        t, p, w = rng.integers(0, 2, (9, 5)), rng.random((9, 5)), rng.random((9, 5))
        limits = [0.0, 0.25, 0.8, 1.0]
        want = np.array([counts(t, p, w, limit) for limit in limits]).T
        kinds = ["TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives"]
        got = [K.eval(getattr(metrics, k)(limits)(t, p, sample_weight=w)) for k in kinds]
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
        tp, fp, _, fn = want[:, 1]
        got = K.eval(metrics.Precision(0.25)(t, p, sample_weight=w))
        np.testing.assert_allclose(got, tp / (tp + fp), rtol=1e-5)
        got = K.eval(metrics.Recall(0.25)(t, p, sample_weight=w))
        np.testing.assert_allclose(got, tp / (tp + fn), rtol=1e-5)

    def test_one_class_with_weights(self):
        rng = np.random.default_rng()
        t, p, w = rng.integers(0, 2, (9, 3)), rng.random((9, 3)), rng.random((9, 3))
        for weights, column in ((w, w[:, 2]), (w[:, 0], w[:, 0]), (w[:, :1], w[:, 0])):
            tp, fp, _, _ = counts(t[:, 2], p[:, 2], column, 0.5)
            got = K.eval(metrics.Precision(class_id=2)(t, p, sample_weight=weights))
            np.testing.assert_allclose(got, tp / (tp + fp) if tp + fp else 0, rtol=1e-5)

    def test_the_best_few(self):
        t, p = [[0, 0, 1, 1, 0]], [[0.5, 0.1, 0.9, 0.2, 0.3]]
        assert K.eval(metrics.Precision(top_k=3)(t, p)) == pytest.approx(1 / 3)
        assert K.eval(metrics.Recall(top_k=3)(t, p)) == 0.5
        assert K.eval(metrics.Recall(thresholds=0.95, top_k=3)(t, p)) == 0

    @pytest.mark.parametrize("method", ["interpolation", "minoring", "majoring"])
    def test_area_under_roc(self, method):
        rng = np.random.default_rng()
        t, p = rng.integers(0, 2, 50), rng.random(50)
        limits = np.array([-1e-7, *np.sort(rng.random(6)), 1 + 1e-7])
        tp, fp, tn, fn = np.array([counts(t, p, 1.0, limit) for limit in limits]).T
        x, y = fp / (fp + tn), tp / (tp + fn)
        ends = np.stack([y[:-1], y[1:]])
        heights = {"interpolation": ends.mean(0), "minoring": ends.min(0)}.get(method, ends.max(0))
        m = metrics.AUC(thresholds=limits[1:-1].tolist(), summation_method=method)
        np.testing.assert_allclose(K.eval(m(t, p)), ((x[:-1] - x[1:]) * heights).sum(), rtol=1e-5)

    def test_perfect_and_hopeless(self):
        t = np.array([0, 0, 1, 1])
        for curve, worst in (("ROC", 0.0), ("PR", 0.3)):
            assert K.eval(metrics.AUC(curve=curve)(t, t)) == pytest.approx(1)
            assert K.eval(metrics.AUC(curve=curve)(t, 1 - t)) <= worst + 0.21

    @pytest.mark.parametrize("number", [1, 2, 30])
    def test_one_at_a_given_other(self, number):
        # 2.3.1's formula: the threshold that comes closest; tf_keras has another one now.
        rng = np.random.default_rng()
        t, p, w = rng.integers(0, 2, 40), rng.random(40), rng.random(40)
        limits = [0.5] if number == 1 else np.linspace(0, 1, number)
        tp, fp, tn, fn = np.array([counts(t, p, w, limit) for limit in limits]).T
        specificity, sensitivity = tn / (tn + fp), tp / (tp + fn)
        for wish in rng.random(3):
            got = K.eval(metrics.SensitivityAtSpecificity(wish, number)(t, p, sample_weight=w))
            want = sensitivity[abs(specificity - wish).argmin()]
            np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
            got = K.eval(metrics.SpecificityAtSensitivity(wish, number)(t, p, sample_weight=w))
            want = specificity[abs(sensitivity - wish).argmin()]
            np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)

    def test_mean_iou(self):
        t, p = [0, 0, 1, 1], [0, 1, 0, 1]
        assert K.eval(metrics.MeanIoU(num_classes=2)(t, p)) == pytest.approx(1 / 3)
        # A class that nobody names does not count.
        assert K.eval(metrics.MeanIoU(num_classes=5)(t, p)) == pytest.approx(1 / 3)
        weighted = metrics.MeanIoU(2)([[0, 0], [1, 1]], [[0, 1], [0, 1]], sample_weight=[0.5, 0.1])
        tp = np.array([0.5, 0.1])
        np.testing.assert_allclose(K.eval(weighted), (tp / np.array([1.1, 0.7])).mean(), rtol=1e-5)

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: metrics.Precision(1.5), r"\[0, 1\].*\[1.5\]"),
            (lambda: metrics.TruePositives([0.5, -1, None]), r"\[-1, None\]"),
            (lambda: metrics.AUC(num_thresholds=1), "must be > 1; got 1"),
            (lambda: metrics.AUC(curve="LOC"), "curve value \"LOC\"; needs one of 'ROC', 'PR'"),
            (lambda: metrics.AUC(summation_method="middle"), "summation method.*middle"),
            (lambda: metrics.SensitivityAtSpecificity(1.1), r"`specificity`.*\[0, 1\]; got 1.1"),
            (lambda: metrics.SpecificityAtSensitivity(-1), r"`sensitivity`.*\[0, 1\]; got -1"),
            (lambda: metrics.SpecificityAtSensitivity(0.5, 0), "must be > 0; got 0"),
            (lambda: metrics.Recall(class_id=3)([[0, 1]], [[0.1, 0.9]]), "from 0 to 1.*got 3"),
            (lambda: metrics.Precision(top_k=4)([[0, 1]], [[0.1, 0.9]]), "k=4"),
            (lambda: metrics.AUC()([[0, 1]], [[0.1, 0.9, 0.3]]), "incompatible"),
            (lambda: K.eval(metrics.MeanIoU(2)([0, 2], [0, 1])), "2"),
            (lambda: metrics.Mean()([1, 2, 3], sample_weight=[1, 2]), "shape"),
        ],
    )
    def test_errors(self, make, message):
        with pytest.raises((ValueError, IndexError), match=message):
            make()

    def test_keys_are_checked(self):
        with pytest.raises(ValueError, match="Invalid keys: .*'tp'"):
            metrics_utils.update_confusion_matrix_variables({"tp": K.variable([0.0])}, [1], [1])


@pytest.mark.parametrize("name", [n for n in CLASSES if n not in BASES])
class TestNames:
    def test_round_trip(self, name):
        metric = CLASSES[name](name="mine", dtype="float64", **NEEDED.get(name, {}))
        config = metric.get_config()
        assert config["name"] == "mine"
        assert config["dtype"] == "float64"
        clone = metrics.clone_metric(metric)
        assert type(clone) is CLASSES[name]
        assert clone is not metric
        assert clone.get_config() == config
        if name != "MeanMetricWrapper":  # it holds a function
            text = json.loads(json.dumps(metrics.serialize(metric)))
            for again in (metrics.deserialize(text), metrics.get(text)):
                assert again.get_config() == config

    def test_get(self, name):
        if name not in NEEDED:
            assert type(metrics.get(name)) is CLASSES[name]
        metric = CLASSES[name](**NEEDED.get(name, {}))
        assert metrics.get(metric) is metric


def test_default_names():
    K.clear_session()
    assert metrics.Mean().name == "mean"
    assert metrics.AUC().name == "auc_1"
    assert metrics.Precision().name == "precision_1"
    assert metrics.LogCoshError().name == "logcosh"
    assert metrics.KLDivergence().name == "kullback_leibler_divergence"


def test_clone_metrics():
    mean = metrics.Mean()
    assert metrics.clone_metrics(None) is None
    (clone, name) = metrics.clone_metrics([mean, "acc"])
    assert clone is not mean
    assert name == "acc"
    assert set(metrics.clone_metrics({"a": mean})) == {"a"}


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        ("accurracy", "Unknown metric function: accurracy.*accuracy"),
        (None, "metric function from None"),
        ({"class_name": "Meen", "config": {}}, "Unknown metric function: Meen"),
    ],
)
def test_get_says_what_is_wrong(thing, message):
    with pytest.raises(ValueError, match=message):
        metrics.get(thing)
