"""scikit-learn's own checks of estimators, and why some do not hold for models."""

import warnings

import numpy as np
import pytest

from kerasnb.layers import Dense
from kerasnb.models import Sequential
from kerasnb.optimizers import Adam
from kerasnb.wrappers.scikit_learn import KerasClassifier, KerasRegressor

checks = pytest.importorskip(
    "sklearn.utils.estimator_checks", reason="scikit-learn is not installed"
)

KERAS_2 = "Keras 2.3.1 does so, and programs count on it: "
MODEL = "the model looks at the data, with words of its own: "
EXPECTED = {
    "check_no_attributes_set_in_init": KERAS_2 + "parameters are kept in `sk_params`",
    "check_do_not_raise_errors_in_init_or_set_params": KERAS_2 + "parameters are checked at once",
    "check_dont_overwrite_parameters": KERAS_2 + "`fit` sets the attribute `model`",
    "check_estimators_fit_returns_self": KERAS_2 + "`fit` returns the History",
    "check_readonly_memmap_input": KERAS_2 + "`fit` returns the History",
    "check_n_features_in": "inputs need not be tables: there may be no number of features",
    "check_n_features_in_after_fitting": "inputs need not be tables",
    "check_complex_data": MODEL + "complex numbers",
    "check_dtype_object": MODEL + "arrays of objects",
    "check_estimator_sparse_array": MODEL + "sparse formats other than CSR",
    "check_estimator_sparse_matrix": MODEL + "sparse formats other than CSR",
    "check_fit1d": MODEL + "inputs of one axis are tables of one column, as in Keras",
    "check_fit2d_predict1d": MODEL + "samples without features",
    "check_requires_y_none": MODEL + "missing targets",
    "check_estimators_empty_data_messages": "no samples: trains on nothing, as in Keras",
    "check_estimators_nan_inf": "NaN goes through a model and shows in its loss, as in Keras",
    "check_supervised_y_no_nan": "NaN goes through a model and shows in its loss, as in Keras",
}
CLASSIFIER = EXPECTED | {
    "check_classifiers_train": "a list is several inputs of a model, not rows",
    "check_classifiers_regression_target": KERAS_2 + "each number is a label",
    "check_supervised_y_2d": KERAS_2 + "labels in a column need no warning",
    "check_all_zero_sample_weights_error": "weights of 0 make a loss of 0, as in Keras",
    "check_sample_weight_equivalence_on_dense_data": "trains in batches, which weights do not fill",
    "check_sample_weight_equivalence_on_sparse_data": "trains in batches, which weights do not fill",
}
REGRESSOR = EXPECTED | {
    "check_regressors_train": "a list is several inputs of a model, not rows",
    "check_regressor_multioutput": "this model has one output",
}


class Classifier(KerasClassifier):
    """Learns the same from the same, for the checks that compare."""

    def __call__(self, units=16):
        np.random.seed(0)
        model = Sequential([Dense(units, activation="relu")])
        model.add(Dense(max(2, self.n_classes_), activation="softmax"))
        model.compile(Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model


class Regressor(KerasRegressor):
    """Learns the same from the same."""

    def __call__(self, units=16):
        np.random.seed(0)
        model = Sequential([Dense(units, activation="relu"), Dense(1)])
        model.compile(Adam(0.02), "mse")
        return model


with warnings.catch_warnings():
    # kerasnb works without scikit-learn, so the estimators inherit nothing of it.
    warnings.filterwarnings(
        "ignore", message=".* does not inherit from `sklearn.base.BaseEstimator`"
    )
    all_checks = checks.parametrize_with_checks(
        [Classifier(epochs=5, verbose=0), Regressor(epochs=5, verbose=0)],
        expected_failed_checks=lambda e: CLASSIFIER if isinstance(e, Classifier) else REGRESSOR,
    )


@all_checks
@pytest.mark.filterwarnings("ignore:TypeError occurred during set_params of param build_fn")
def test_scikit_learn_s_checks(estimator, check):
    check(estimator)
