"""Losses and metrics at the edges: weights of zero, one class only, NaN, infinity, ties.

Real Keras has computed what is expected (`tests/reference/edge.py`), but for what stands in
`OTHERWISE`: there Keras 2.3.1 does other things than tf_keras.
"""

import json

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb import losses, metrics
from tests.reference import parts
from tests.reference.edge import EDGES, PATH, edge_data

FIXTURE = json.loads(PATH.read_text("utf-8"))
MEANS = [n for n, m in vars(metrics).items() if isinstance(m, type) and issubclass(m, metrics.Mean)]
MEANS.append("RootMeanSquaredError")


def cross_entropy(settings, edge):
    """Return binary cross-entropy of each sample: a probability is clipped, and that is all.

    tf_keras adds epsilon once more within the logarithm, so that certainty costs less.
    """
    t, p, w = edge_data("binary", edge)
    smooth = settings.get("label_smoothing", 0)
    t, p = t * (1 - smooth) + smooth / 2, np.clip(p, 1e-7, 1 - 1e-7)
    return -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean(-1), w


# What tf_keras computes in another way, and why; the case's name may go on after a slash.
SURE = ("infinite prediction", "certain", "zero predictions")
OTHERWISE = {
    # `round` leaves NaN as it is, which is no target; tf_keras finds it not above 0.5, so 0.
    ("BinaryAccuracy", "nan prediction"): [10 / 16, 0.75],
    # The largest is left to the backend: NumPy takes NaN for it, TensorFlow passes over NaN.
    ("SparseCategoricalAccuracy", "nan prediction"): [0.25, 2 / 3],
    ("TopKCategoricalAccuracy", "nan target"): [0.75, 8 / 9],
}


def evaluated(value):
    return np.asarray(K.eval(value))


def check(got, want, what):
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-8, err_msg=what)


@pytest.fixture(autouse=True)
def float64():
    K.set_floatx("float64")
    yield
    K.set_floatx("float32")


@pytest.mark.parametrize("case", parts.LOSSES)
def test_losses(case):
    name = case.partition("/")[0]
    settings, kind = parts.LOSSES[case]
    reductions = ("none", "sum_over_batch_size")
    each, mean = (getattr(losses, name)(reduction=r, **settings) for r in reductions)
    assert set(FIXTURE["losses"][case]) == {e for e in EDGES if edge_data(kind, e) is not None}
    for edge, (plain, weighted, number) in FIXTURE["losses"][case].items():
        t, p, w = edge_data(kind, edge)
        if name == "BinaryCrossentropy" and kind == "binary" and edge in SURE:
            plain, w = cross_entropy(settings, edge)
            weighted, number = plain * w, (plain * w).mean()
        check(evaluated(each(t, p)), plain, edge)
        check(evaluated(each(t, p, sample_weight=w)), weighted, edge)
        check(evaluated(mean(t, p, sample_weight=w)), number, edge)


@pytest.mark.parametrize("case", parts.METRICS)
def test_metrics(case):
    """Without weights, with them, and how it goes on with other data."""
    name = case.partition("/")[0]
    settings, kind = parts.METRICS[case]
    assert len(FIXTURE["metrics"][case]) >= len(EDGES) - 3
    for edge, (plain, *weighted, more) in FIXTURE["metrics"][case].items():
        t, p, w = edge_data(kind, edge)
        goes_on = True
        if edge == "no weight" and name in MEANS and weighted:
            weighted = [np.nan]  # 0 / 0, as it is; tf_keras says 0
        elif name == "BinaryCrossentropy" and kind == "binary" and edge in SURE:
            values, w = cross_entropy(settings, edge)
            plain, weighted = values.mean(), [(values * w).sum() / w.sum()]
            goes_on = False
        elif (case, edge) in OTHERWISE:
            plain, *weighted = OTHERWISE[case, edge]
            goes_on = False
        metric = getattr(metrics, name)(**settings)
        K.eval(metric.update_state(t, p))
        check(evaluated(metric.result()), plain, edge)
        if weighted:
            metric.reset_states()
            K.eval(metric.update_state(t, p, sample_weight=w))
            check(evaluated(metric.result()), *weighted, edge)
        K.eval(metric.update_state(*parts.data(kind, 12)[:2]))
        if goes_on:
            check(evaluated(metric.result()), more, edge)


def test_every_class_is_here():
    """In the fixture, or below."""
    below = {"Huber", "MeanRelativeError", "SensitivityAtSpecificity", "SpecificityAtSensitivity"}
    below |= {"Sum", "Mean"}
    bases = {"Loss", "LossFunctionWrapper", "Metric", "Reduce", "MeanMetricWrapper"}
    bases |= {"SensitivitySpecificityBase"}
    for module, base, cases in (
        (losses, losses.Loss, parts.LOSSES), (metrics, metrics.Metric, parts.METRICS),
    ):  # fmt: skip
        found = {n for n, c in vars(module).items() if isinstance(c, type) and issubclass(c, base)}
        assert found - below - bases == {case.partition("/")[0] for case in cases}


@pytest.mark.parametrize("edge", EDGES)
class TestByHand:
    """What tf_keras computes in another way altogether, or has no class for."""

    def test_huber(self, edge):
        t, p, w = edge_data("real", edge)
        size = abs(p - t)
        want = np.where(size <= 1, size**2 / 2, size - 0.5)  # not averaged over the last axis
        check(evaluated(losses.huber_loss(t, p)), want, edge)
        with np.errstate(invalid="ignore"):  # infinity may weigh nothing
            want = (want * w[:, None]).mean()
        check(evaluated(losses.Huber()(t, p, sample_weight=w)), want, edge)

    def test_sums_and_means(self, edge):
        _, values, w = edge_data("real", edge)
        for weight in (None, w):
            weights = np.ones(values.shape) * (1 if weight is None else w[:, None])
            with np.errstate(invalid="ignore"):  # infinity may weigh nothing
                total = (values * weights).sum()
                mean = total / weights.sum()
            check(evaluated(metrics.Sum()(values, sample_weight=weight)), total, edge)
            check(evaluated(metrics.Mean()(values, sample_weight=weight)), mean, edge)

    def test_relative_errors(self, edge):
        t, p, _ = edge_data("real", edge)
        normalizer = np.array([1.0, 2.0, 0.0, 4.0])
        want = abs(p - t) / np.where(normalizer == 0, np.inf, normalizer)
        check(evaluated(metrics.MeanRelativeError(normalizer)(t, p)), want.mean(), edge)

    @pytest.mark.parametrize("wish", [0.0, 0.4, 1.0])
    def test_one_at_a_given_other(self, edge, wish):
        """At the threshold that comes closest; a share of nothing is 0, NaN is above nothing."""
        t, p, w = edge_data("binary", edge)
        yes = np.where(np.isnan(t), 1, t) != 0
        for weight in (None, w):
            weights = np.ones_like(p) * (1 if weight is None else w[:, None])
            shares = []
            for limit in np.linspace(0, 1, 20):
                said = p > limit
                tp, fn = (weights * (yes & said)).sum(), (weights * (yes & ~said)).sum()
                tn, fp = (weights * (~yes & ~said)).sum(), (weights * (~yes & said)).sum()
                shares.append([
                    tp / (tp + fn) if tp + fn else 0.0, tn / (tn + fp) if tn + fp else 0.0,
                ])  # fmt: skip
            sensitivity, specificity = np.array(shares).T
            m = metrics.SensitivityAtSpecificity(wish, 20)(t, p, sample_weight=weight)
            check(evaluated(m), sensitivity[abs(specificity - wish).argmin()], edge)
            m = metrics.SpecificityAtSensitivity(wish, 20)(t, p, sample_weight=weight)
            check(evaluated(m), specificity[abs(sensitivity - wish).argmin()], edge)
