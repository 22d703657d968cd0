"""KerasClassifier and KerasRegressor: as in Keras 2.3.1, and with scikit-learn's own tools."""

import functools
import pickle
import subprocess
import sys

import numpy as np
import pytest

from kerasnb.callbacks import Callback, History
from kerasnb.layers import Dense
from kerasnb.models import Sequential
from kerasnb.optimizers import SGD, Adam
from kerasnb.wrappers.scikit_learn import BaseWrapper, KerasClassifier, KerasRegressor

rng = np.random.RandomState(0)
X = rng.randn(60, 4)
LABELS = np.where(X[:, 0] > 0.3, "yes", np.where(X[:, 0] < -0.3, "no", "maybe"))
TARGETS = X @ [1.0, -2.0, 0.5, 0.0]
QUIET = {"epochs": 20, "batch_size": 10, "verbose": 0}


def classifier_model(units=8, lr=0.05, loss="sparse_categorical_crossentropy", classes=3):
    np.random.seed(1)
    model = Sequential([Dense(units, activation="relu", input_shape=(4,))])
    model.add(Dense(classes, activation="softmax"))
    model.compile(Adam(lr), loss, metrics=["accuracy"])
    return model


def binary_model():
    np.random.seed(1)
    model = Sequential([Dense(1, activation="sigmoid", input_shape=(4,))])
    model.compile(SGD(0.5), "binary_crossentropy", metrics=["acc"])
    return model


def regressor_model(units=8, outputs=1):
    np.random.seed(1)
    model = Sequential([Dense(units, activation="relu", input_shape=(4,)), Dense(outputs)])
    model.compile(Adam(0.05), "mse")
    return model


class Own(KerasClassifier):
    """The subclass way: no build_fn."""

    def __call__(self, units=8):
        return classifier_model(units, classes=self.n_classes_)


class Instance:
    """The other way of Keras: an object with __call__."""

    def __call__(self, units=8):
        return classifier_model(units)


# -- parameters


@pytest.mark.parametrize(
    "estimator",
    [
        KerasClassifier(classifier_model, units=5, **QUIET),
        KerasClassifier(Instance(), units=5, **QUIET),
        KerasClassifier(functools.partial(classifier_model, lr=0.1), units=5, **QUIET),
        Own(units=5, **QUIET),
    ],
    ids=["function", "instance", "partial", "subclass"],
)
def test_ways_to_make_a_model(estimator):
    history = estimator.fit(X, LABELS)
    assert isinstance(history, History) and len(history.epoch) == 20
    assert estimator.model.layers[0].units == 5
    assert estimator.score(X, LABELS) > 0.7


@pytest.mark.parametrize("wrapper", [BaseWrapper, KerasClassifier, KerasRegressor])
def test_nothing_that_makes_a_model(wrapper):
    with pytest.raises(TypeError, match=f"{wrapper.__name__}: needs build_fn.*got build_fn=None"):
        wrapper()


def test_parameters_that_fit_nowhere():
    with pytest.raises(ValueError, match="unts is not a legal parameter: .* classifier_model"):
        KerasClassifier(classifier_model, unts=3)
    estimator = KerasClassifier(classifier_model, units=3)
    with pytest.raises(ValueError, match="layers is not a legal parameter"):
        estimator.set_params(layers=3)
    with pytest.raises(ValueError, match="lr is not a legal parameter"):
        estimator.set_params(build_fn=binary_model, lr=1)
    assert estimator.get_params() == {"build_fn": classifier_model, "units": 3}


@pytest.mark.parametrize("name", ["epochs", "batch_size", "verbose", "steps", "sample_weight"])
def test_arguments_of_the_model_s_methods_fit(name):
    assert KerasRegressor(regressor_model, **{name: 1}).get_params()[name] == 1


def test_get_and_set_params():
    callbacks = [Callback()]
    estimator = KerasClassifier(classifier_model, units=3, callbacks=callbacks)
    assert estimator.get_params(deep=True)["callbacks"] is callbacks
    assert estimator.set_params(units=4, epochs=2) is estimator
    assert estimator.sk_params == {"units": 4, "epochs": 2, "callbacks": callbacks}
    assert estimator.set_params(build_fn=binary_model).build_fn is binary_model


def test_filter_sk_params():
    estimator = KerasClassifier(classifier_model, units=3, epochs=2, batch_size=5)
    assert estimator.filter_sk_params(classifier_model) == {"units": 3}
    found = estimator.filter_sk_params(Sequential.fit, {"batch_size": 7, "shuffle": False})
    assert found == {"epochs": 2, "batch_size": 7, "shuffle": False}
    assert estimator.filter_sk_params(Sequential.evaluate) == {"batch_size": 5}


def test_arguments_of_fit_go_before_parameters():
    estimator = KerasClassifier(classifier_model, **QUIET)
    assert len(estimator.fit(X, LABELS, epochs=3).epoch) == 3


def test_keras_1_s_name_of_epochs():
    estimator = KerasClassifier(classifier_model, nb_epoch=2, verbose=0)
    with pytest.warns(UserWarning, match="nb_epoch"):
        assert len(estimator.fit(X, LABELS).epoch) == 2


def test_each_fit_begins_anew_and_with_copies_of_the_arguments():
    callback = Callback()
    estimator = KerasRegressor(regressor_model, callbacks=[callback], **QUIET)
    first = estimator.fit(X, TARGETS).history["loss"]
    model = estimator.model
    assert estimator.fit(X, TARGETS).history["loss"][0] == pytest.approx(first[0], rel=0.2)
    assert estimator.model is not model and callback.model is None


def test_a_short_text():
    text = repr(KerasClassifier(classifier_model, units=3))
    assert text == "KerasClassifier(build_fn=classifier_model, units=3)"


# -- the classifier


@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "categorical_crossentropy"])
@pytest.mark.parametrize("column", [False, True])
def test_labels_of_any_kind(loss, column):
    labels = LABELS[:, None] if column else LABELS
    estimator = KerasClassifier(classifier_model, loss=loss, **QUIET)
    estimator.fit(X, labels)
    assert estimator.classes_.tolist() == ["maybe", "no", "yes"] and estimator.n_classes_ == 3
    predicted = estimator.predict(X)
    assert predicted.shape == (60,) and set(predicted) <= set(LABELS)
    assert estimator.score(X, labels) == pytest.approx(np.mean(predicted == LABELS), abs=1e-6)
    probabilities = estimator.predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert (estimator.classes_[probabilities.argmax(axis=1)] == predicted).all()


def test_one_hot_labels():
    one_hot = np.eye(3)[np.searchsorted(["maybe", "no", "yes"], LABELS)]
    estimator = KerasClassifier(classifier_model, loss="categorical_crossentropy", **QUIET)
    estimator.fit(X, one_hot)
    assert estimator.classes_.tolist() == [0, 1, 2]
    predicted = estimator.predict(X)
    expected = np.mean(predicted == one_hot.argmax(axis=1))
    assert estimator.score(X, one_hot) == pytest.approx(expected, abs=1e-6)


def test_two_classes_by_one_output():
    labels = np.where(X[:, 1] > 0, "b", "a")
    estimator = KerasClassifier(binary_model, **QUIET)
    estimator.fit(X, labels)
    probabilities, predicted = estimator.predict_proba(X), estimator.predict(X)
    assert probabilities.shape == (60, 2) and predicted.shape == (60,)
    np.testing.assert_allclose(probabilities[:, 0], 1 - probabilities[:, 1])
    assert (predicted == np.where(probabilities[:, 1] > 0.5, "b", "a")).all()
    assert estimator.score(X, labels) > 0.9  # the metric "acc" counts too


def test_labels_with_three_axes():
    with pytest.raises(ValueError, match=r"Invalid shape for y: \(2, 1, 1\)"):
        KerasClassifier(binary_model).fit(X[:2], np.zeros((2, 1, 1)))


def test_labels_that_fit_has_not_seen():
    estimator = KerasClassifier(classifier_model, **QUIET)
    estimator.fit(X, LABELS)
    with pytest.raises(ValueError, match=r"\['perhaps'\], which fit has not seen"):
        estimator.score(X[:2], ["yes", "perhaps"])


def test_sample_weights():
    def fitted(weights):
        estimator = KerasClassifier(binary_model, shuffle=False, **QUIET)
        estimator.fit(X, LABELS == "yes", sample_weight=weights)
        return estimator.model.get_weights()[0]

    assert not np.allclose(fitted(None), fitted(np.linspace(0, 1, 60)))
    np.testing.assert_allclose(fitted(None), fitted([1.0] * 60), rtol=1e-5)


def test_a_model_without_accuracy():
    def make():
        model = Sequential([Dense(1, activation="sigmoid", input_shape=(4,))])
        model.compile("sgd", "binary_crossentropy")
        return model

    estimator = KerasClassifier(make, verbose=0)
    estimator.fit(X, LABELS == "yes")
    with pytest.raises(ValueError, match="not configured to compute accuracy"):
        estimator.score(X, LABELS == "yes")


# -- the regressor


def test_a_regressor():
    estimator = KerasRegressor(regressor_model, **QUIET)
    estimator.fit(X, TARGETS)
    assert estimator.predict(X).shape == (60,) and estimator.predict(X[:1]).shape == (1,)
    error = np.mean((estimator.predict(X) - TARGETS) ** 2)
    assert estimator.score(X, TARGETS) == pytest.approx(-error, rel=1e-4) and error < 1


def test_a_regressor_of_several_outputs():
    estimator = KerasRegressor(regressor_model, outputs=2, **QUIET)
    estimator.fit(X, np.stack([TARGETS, -TARGETS], axis=1))
    assert estimator.predict(X).shape == (60, 2)


def test_arguments_of_predict_and_evaluate():
    estimator = KerasRegressor(regressor_model, **QUIET)
    estimator.fit(X, TARGETS)
    np.testing.assert_allclose(estimator.predict(X, batch_size=7), estimator.predict(X), rtol=1e-5)
    with pytest.raises(TypeError, match="size"):
        estimator.predict(X, size=7)


# -- without scikit-learn


def test_scikit_learn_is_not_imported():
    code = """
import sys
sys.modules["sklearn"] = None
import numpy as np
from kerasnb.wrappers.scikit_learn import KerasRegressor
from kerasnb.models import Sequential
from kerasnb.layers import Dense
def make():
    model = Sequential([Dense(1, input_shape=(4,))])
    model.compile("sgd", "mse")
    return model
estimator = KerasRegressor(make, verbose=0)
try:
    estimator.predict(np.zeros((2, 4)))
except AttributeError as error:
    print(error)
estimator.fit(np.zeros((2, 4)), np.zeros(2))
print(estimator.predict(np.zeros((2, 4))).tolist(), "scipy" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.splitlines() == [
        "This KerasRegressor has no model yet; call fit(x, y) first.",
        "[0.0, 0.0] False",
    ]


# -- with scikit-learn


def test_before_fit():
    exceptions = pytest.importorskip("sklearn.exceptions", reason="scikit-learn is not installed")
    for estimator in (KerasClassifier(classifier_model), KerasRegressor(regressor_model)):
        for call in (estimator.predict, lambda x, e=estimator: e.score(x, LABELS)):
            with pytest.raises(exceptions.NotFittedError, match=r"call fit\(x, y\) first"):
                call(X)


def test_scikit_learn_s_view_of_the_estimators():
    base = pytest.importorskip("sklearn.base", reason="scikit-learn is not installed")
    from sklearn.utils.validation import check_is_fitted

    classifier, regressor = KerasClassifier(classifier_model), KerasRegressor(regressor_model)
    assert base.is_classifier(classifier) and not base.is_regressor(classifier)
    assert base.is_regressor(regressor) and not base.is_classifier(regressor)
    regressor.fit(X, TARGETS, verbose=0)
    check_is_fitted(regressor)


def test_clone_keeps_parameters_and_drops_the_model():
    base = pytest.importorskip("sklearn.base", reason="scikit-learn is not installed")
    estimator = KerasClassifier(classifier_model, units=3, callbacks=[Callback()], **QUIET)
    estimator.fit(X, LABELS)
    copy = base.clone(estimator)
    assert not hasattr(copy, "model") and not hasattr(copy, "classes_")
    ours, theirs = copy.get_params(), estimator.get_params()
    assert ours.pop("callbacks") is not theirs.pop("callbacks") and ours == theirs
    assert base.clone(Own(units=3)).get_params() == {"build_fn": None, "units": 3}


def test_pipelines():
    pipeline = pytest.importorskip("sklearn.pipeline", reason="scikit-learn is not installed")
    from sklearn.preprocessing import StandardScaler

    estimator = KerasClassifier(classifier_model, **QUIET)
    steps = pipeline.make_pipeline(StandardScaler(), estimator)
    assert steps.fit(X * 100, LABELS) is steps
    assert steps.score(X * 100, LABELS) > 0.7 and steps.classes_.tolist() == ["maybe", "no", "yes"]
    steps.set_params(kerasclassifier__units=2).fit(X, LABELS, kerasclassifier__epochs=1)
    assert estimator.model.layers[0].units == 2
    assert "KerasClassifier" in repr(steps) and "KerasClassifier" in steps._repr_html_()


def test_searches():
    selection = pytest.importorskip(
        "sklearn.model_selection", reason="scikit-learn is not installed"
    )
    estimator = KerasClassifier(classifier_model, **QUIET)
    search = selection.GridSearchCV(estimator, {"units": [2, 8], "epochs": [1, 20]}, cv=3)
    search.fit(X, LABELS)
    assert search.best_params_["epochs"] == 20 and search.best_score_ > 0.6
    assert len(search.best_estimator_.model.history.epoch) == 20
    assert search.predict(X).shape == (60,)


def test_scores_of_cross_validation():
    selection = pytest.importorskip(
        "sklearn.model_selection", reason="scikit-learn is not installed"
    )
    regressor = KerasRegressor(regressor_model, **QUIET)
    by_loss = selection.cross_val_score(regressor, X, TARGETS, cv=3)
    by_name = selection.cross_val_score(
        regressor, X, TARGETS, cv=3, scoring="neg_mean_squared_error"
    )
    assert by_loss.shape == (3,) and (by_loss < 0).all() and (by_name < 0).all()
    for scoring in ("accuracy", "roc_auc_ovr"):
        classifier = KerasClassifier(classifier_model, **QUIET)
        scores = selection.cross_val_score(classifier, X, LABELS, cv=3, scoring=scoring)
        assert (scores > 0.5).all()


def test_committees():
    ensemble = pytest.importorskip("sklearn.ensemble", reason="scikit-learn is not installed")
    members = [("a", KerasClassifier(binary_model, **QUIET)), ("b", Own(**QUIET))]
    labels = np.where(X[:, 1] > 0, "b", "a")
    for voting in ("hard", "soft"):
        committee = ensemble.VotingClassifier(members, voting=voting).fit(X, labels)
        assert committee.score(X, labels) > 0.8


def test_fitted_estimators_can_be_pickled():
    estimator = KerasClassifier(classifier_model, **QUIET)
    estimator.fit(X, LABELS)
    copy = pickle.loads(pickle.dumps(estimator))
    assert (copy.predict(X) == estimator.predict(X)).all()
