"""Models as estimators of scikit-learn: in pipelines, cross-validation and searches.

scikit-learn is not needed to import or use this file: its own tools ask the estimators what they
need to know, and only then is anything of it imported.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from ..losses import is_categorical_crossentropy
from ..models import Sequential
from ..utils.generic_utils import has_arg, to_list
from ..utils.np_utils import to_categorical


class BaseWrapper:
    """What the estimators share: parameters, and a model that is made anew by each `fit`.

    A subclass may have a method `__call__` in place of `build_fn`. It can use `self.n_classes_` of
    a classifier.

    Args:
        build_fn: function, or other callable, that returns a compiled model.
        **sk_params: arguments of `build_fn` and of the model's `fit`, `predict`, `predict_classes`
            and `evaluate`. They are the parameters that scikit-learn sees and searches.

    Attributes:
        model: the model, after `fit`.

    Raises:
        ValueError: if a parameter is an argument of none of them.
        TypeError: if there is nothing to make a model.
    """

    _kind: str | None = None

    def __init__(self, build_fn: Any = None, **sk_params: Any) -> None:
        self.build_fn = build_fn
        self.sk_params = sk_params
        self.check_params(sk_params)

    def __repr__(self) -> str:
        given = {"build_fn": getattr(self.build_fn, "__name__", self.build_fn), **self.sk_params}
        return f"{type(self).__name__}({', '.join(f'{k}={v}' for k, v in given.items())})"

    def _builder(self) -> Callable[..., Any]:
        """Return what makes the model: `build_fn`, or the estimator itself by its `__call__`."""
        builder: Any = self if self.build_fn is None else self.build_fn
        if not callable(builder):
            raise TypeError(
                f"{type(self).__name__}: needs build_fn, a function that returns a compiled model, "
                f"or a subclass with a method __call__; got build_fn={self.build_fn!r}."
            )
        return builder

    def check_params(self, params: dict[str, Any]) -> None:
        """Raise ValueError if a parameter fits nowhere.

        Args:
            params: the parameters by name.
        """
        builder = self._builder()
        takers = (
            builder,
            Sequential.fit,
            Sequential.predict,
            Sequential.predict_classes,
            Sequential.evaluate,
        )
        for name in params:
            if name != "nb_epoch" and not any(has_arg(taker, name) for taker in takers):
                raise ValueError(
                    f"{name} is not a legal parameter: it is no argument of "
                    f"{getattr(builder, '__name__', builder)}, nor of a model's fit, predict, "
                    "predict_classes or evaluate."
                )

    def get_params(self, **params: Any) -> dict[str, Any]:
        """Return `build_fn` and the parameters: the objects themselves, as scikit-learn needs.

        Args:
            **params: `deep`, which scikit-learn passes; there are no estimators inside.
        """
        return {**self.sk_params, "build_fn": self.build_fn}

    def set_params(self, **params: Any) -> Any:
        """Change parameters; return the estimator.

        Args:
            **params: their new values.
        """
        params = dict(params)
        build_fn = params.pop("build_fn", self.build_fn)
        before, self.build_fn = self.build_fn, build_fn
        try:
            self.check_params(params)
        except Exception:
            self.build_fn = before
            raise
        self.sk_params.update(params)
        return self

    def fit(self, x: Any, y: Any, **kwargs: Any) -> Any:
        """Make a new model and train it.

        Args:
            x: inputs, shape (n_samples, n_features) or what else the model takes.
            y: targets, shape (n_samples,) or (n_samples, n_outputs).
            **kwargs: further arguments of the model's `fit`, before those in `sk_params`.

        Returns:
            The `History` of the training, as in Keras; scikit-learn's own return themselves.
        """
        builder = self._builder()
        self.model = builder(**self.filter_sk_params(builder))
        if self._needs_one_hot(y):
            y = to_categorical(y)
        fit_args = copy.deepcopy(self.filter_sk_params(Sequential.fit))
        if "nb_epoch" in self.sk_params:  # as Keras 1 called epochs; the model's fit knows it
            fit_args["nb_epoch"] = self.sk_params["nb_epoch"]
        return self.model.fit(x, y, **{**fit_args, **kwargs})

    def filter_sk_params(
        self, fn: Callable[..., Any], override: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the parameters that are arguments of a function.

        Args:
            fn: the function.
            override: what to add to them, and put in their place.
        """
        found = {name: value for name, value in self.sk_params.items() if has_arg(fn, name)}
        return {**found, **(override or {})}

    def _fitted(self) -> Any:
        """Return the model; raise what scikit-learn expects if there is none yet."""
        if not self.__sklearn_is_fitted__():
            theirs = sys.modules.get("sklearn.exceptions")
            error = AttributeError if theirs is None else theirs.NotFittedError
            raise error(f"This {type(self).__name__} has no model yet; call fit(x, y) first.")
        return self.model

    def _needs_one_hot(self, y: Any) -> bool:
        """Whether the model's loss needs one-hot rows, and these are class numbers."""
        if not is_categorical_crossentropy(self.model.loss):
            return False
        shape = np.asarray(y).shape
        return len(shape) != 2 or shape[1] == 1

    def _evaluate(self, x: Any, y: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Return the loss and the metrics by name."""
        model = self._fitted()
        values = to_list(model.evaluate(x, y, **self.filter_sk_params(Sequential.evaluate, kwargs)))
        return dict(zip(model.metrics_names, values, strict=True))

    # -- what scikit-learn asks

    def __sklearn_is_fitted__(self) -> bool:
        return "model" in vars(self)

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, RegressorTags, Tags, TargetTags

        return Tags(
            estimator_type=self._kind,
            target_tags=TargetTags(required=True, multi_output=self._kind == "regressor"),
            classifier_tags=ClassifierTags() if self._kind == "classifier" else None,
            regressor_tags=RegressorTags() if self._kind == "regressor" else None,
            input_tags=InputTags(two_d_array=True, three_d_array=True, sparse=True),
            non_deterministic=True,  # weights begin at random, samples are shuffled
        )

    @property
    def _estimator_type(self) -> Any:  # the same for scikit-learn before 1.6
        return self._kind


class KerasClassifier(BaseWrapper):
    """A model as a classifier of scikit-learn.

    Args:
        build_fn: function, or other callable, that returns a compiled model.
        **sk_params: arguments of `build_fn` and of the model's `fit`, `predict`, `predict_classes`
            and `evaluate`.

    Attributes:
        model: the model, after `fit`.
        classes_: the labels, sorted, after `fit`.
        n_classes_: how many there are.

    Example:
        >>> from kerasnb.layers import Dense
        >>> def make(units=4):
        ...     layers = [Dense(units, input_shape=(2,)), Dense(1, activation="sigmoid")]
        ...     model = Sequential(layers)
        ...     model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
        ...     return model
        >>> estimator = KerasClassifier(make, units=3, epochs=2, verbose=0)
        >>> x = np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 2.0], [2.0, 0.0]])
        >>> history = estimator.fit(x, ["up", "down", "up", "down"])
        >>> estimator.classes_.tolist(), estimator.predict_proba(x).shape
        (['down', 'up'], (4, 2))
    """

    _kind = "classifier"

    def fit(self, x: Any, y: Any, sample_weight: Any = None, **kwargs: Any) -> Any:
        """Make a new model and train it.

        Args:
            x: inputs, shape (n_samples, n_features) or what else the model takes.
            y: labels of any kind, shape (n_samples,) or (n_samples, 1), or one-hot, shape
                (n_samples, n_classes).
            sample_weight: weight of each sample in the loss.
            **kwargs: further arguments of the model's `fit`.

        Returns:
            The `History` of the training.
        """
        y = np.array(y)
        if y.ndim == 2 and y.shape[1] > 1:
            self.classes_ = np.arange(y.shape[1])
        elif y.ndim == 1 or (y.ndim == 2 and y.shape[1] == 1):
            self.classes_ = np.unique(y)
            y = np.searchsorted(self.classes_, y)
        else:
            raise ValueError(
                f"{type(self).__name__}: Invalid shape for y: {y.shape}; needs (n_samples,), "
                "(n_samples, 1) or (n_samples, n_classes)."
            )
        self.n_classes_ = len(self.classes_)
        if sample_weight is not None:
            kwargs["sample_weight"] = np.asarray(sample_weight)
        return super().fit(x, y, **kwargs)

    def predict(self, x: Any, **kwargs: Any) -> Any:
        """Return the likeliest label of each sample, shape (n_samples,).

        Args:
            x: inputs.
            **kwargs: further arguments of the model's `predict`.
        """
        kwargs = self.filter_sk_params(Sequential.predict_classes, kwargs)
        probabilities = self._fitted().predict(x, **kwargs)
        if probabilities.shape[-1] > 1:
            return self.classes_[probabilities.argmax(axis=-1)]
        return self.classes_[(probabilities[..., 0] > 0.5).astype("int32")]

    def predict_proba(self, x: Any, **kwargs: Any) -> Any:
        """Return the probability of each class for each sample, shape (n_samples, n_classes).

        Args:
            x: inputs.
            **kwargs: further arguments of the model's `predict`.
        """
        kwargs = self.filter_sk_params(Sequential.predict_proba, kwargs)
        probabilities = self._fitted().predict(x, **kwargs)
        if probabilities.shape[1] == 1:  # of the second class
            probabilities = np.hstack([1 - probabilities, probabilities])
        return probabilities

    def score(self, x: Any, y: Any, **kwargs: Any) -> Any:
        """Return the mean accuracy, which the model must have among its metrics.

        Args:
            x: inputs.
            y: labels, or one-hot labels, as for `fit`.
            **kwargs: further arguments of the model's `evaluate`.

        Raises:
            ValueError: if the model does not compute accuracy, or `fit` has not seen a label.
        """
        self._fitted()
        y = np.asarray(y)
        if y.ndim < 2 or y.shape[1] == 1:
            unseen = np.setdiff1d(y, self.classes_)
            if unseen.size:
                raise ValueError(
                    f"{type(self).__name__}.score: y has the labels {unseen.tolist()}, which fit "
                    f"has not seen; it has seen {self.classes_.tolist()}."
                )
            y = np.searchsorted(self.classes_, y)
        if self._needs_one_hot(y):
            y = to_categorical(y, len(self.classes_))
        found = self._evaluate(x, y, kwargs)
        for name in ("accuracy", "acc"):
            if name in found:
                return found[name]
        raise ValueError(
            "The model is not configured to compute accuracy. "
            'Pass metrics=["accuracy"] to model.compile().'
        )


class KerasRegressor(BaseWrapper):
    """A model as a regressor of scikit-learn.

    Args:
        build_fn: function, or other callable, that returns a compiled model.
        **sk_params: arguments of `build_fn` and of the model's `fit`, `predict` and `evaluate`.

    Attributes:
        model: the model, after `fit`.
    """

    _kind = "regressor"

    def predict(self, x: Any, **kwargs: Any) -> Any:
        """Return the predictions, shape (n_samples,), or (n_samples, n_outputs) of several outputs.

        Args:
            x: inputs.
            **kwargs: further arguments of the model's `predict`.
        """
        kwargs = self.filter_sk_params(Sequential.predict, kwargs)
        predictions = self._fitted().predict(x, **kwargs)
        return predictions[..., 0] if predictions.shape[-1] == 1 else predictions

    def score(self, x: Any, y: Any, **kwargs: Any) -> Any:
        """Return the loss with the sign changed, so that more is better.

        Args:
            x: inputs.
            y: targets.
            **kwargs: further arguments of the model's `evaluate`.
        """
        return -self._evaluate(x, y, kwargs)["loss"]
