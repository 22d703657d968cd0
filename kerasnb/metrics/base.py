"""Metrics with a state: sums and means over all batches since the last reset."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import backend as K
from ..engine.base_layer import Layer
from ..graph.substitute import substitute
from ..utils.losses_utils import broadcast_weights, squeeze_or_expand_dimensions
from ..utils.metrics_utils import Reduction, divide_or_zero, result_wrapper, update_state_wrapper


class Metric(Layer):
    """Base of all metrics: a state that takes in batches, and a result read from it.

    A metric of one's own makes its state in `__init__` with `add_weight`, and defines
    `update_state(...)`, which returns the updates that a batch brings, and `result()`.

    Args:
        name: name; made from the class's by default.
        dtype: type of the state; `K.floatx()` by default.

    Example:
        >>> class Count(Metric):
        ...     def __init__(self, name="count", **kwargs):
        ...         super().__init__(name=name, **kwargs)
        ...         self.count = self.add_weight("count", initializer="zeros")
        ...     def update_state(self, y_true, y_pred, sample_weight=None):
        ...         return K.update_add(self.count, K.cast(K.shape(y_pred)[0], self.dtype))
        ...     def result(self):
        ...         return self.count
        >>> float(K.eval(Count()([0, 1, 1], [0.2, 0.8, 0.9])))
        3.0
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Metric:
        metric: Any = super().__new__(cls)
        metric.update_state = types.MethodType(update_state_wrapper(cls.update_state), metric)
        metric.result = types.MethodType(result_wrapper(cls.result), metric)
        return metric

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in vars(self).items() if k not in ("update_state", "result")}

    def __init__(self, name: str | None = None, dtype: str | None = None, **kwargs: Any) -> None:
        super().__init__(name=name, dtype=dtype, **kwargs)
        self.stateful = True
        self.built = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Take in a batch; return the result as it is with that batch.

        Args:
            *args: what `update_state` takes.
            **kwargs: what `update_state` takes.
        """
        before = len(self._updates)
        self.update_state(*args, **kwargs)
        updates = [K.update(*u) for u in self._updates[before:]]
        result: Any = substitute([self.result()], {u.variable: u.value for u in updates})[0]
        result._is_metric = True
        result._metric_obj = self
        result._updates = updates  # K.eval(result) carries them out
        self._call_result = result
        return result

    def update_state(self, *args: Any, **kwargs: Any) -> Any:
        """Return the updates that a batch brings to the state."""
        raise NotImplementedError(f"{type(self).__name__} must define update_state.")

    def result(self) -> Any:
        """Return the metric's value, computed from the state."""
        raise NotImplementedError(f"{type(self).__name__} must define result.")

    def reset_states(self) -> None:
        """Set the state to zero."""
        K.batch_set_value([(v, np.zeros(v.shape)) for v in self.weights])

    def add_weight(  # type: ignore[override]
        self,
        name: str,
        shape: tuple[int, ...] = (),
        initializer: Any = None,
        dtype: str | None = None,
    ) -> Any:
        """Add a state variable.

        Args:
            name: name.
            shape: shape.
            initializer: initializer or its name.
            dtype: type, the metric's by default.
        """
        return super().add_weight(
            name, shape, dtype or self.dtype, initializer=initializer, trainable=False
        )

    def get_config(self) -> dict[str, Any]:
        """Return what makes an equal metric, with a state of its own."""
        return {"name": self.name, "dtype": self.dtype}


class Reduce(Metric):
    """A sum or a mean of all values since the last reset.

    Args:
        reduction: a `Reduction`.
        name: name.
        dtype: type of the state.
    """

    def __init__(self, reduction: str, name: str | None, dtype: str | None = None) -> None:
        super().__init__(name=name, dtype=dtype)
        known = (Reduction.SUM, Reduction.SUM_OVER_BATCH_SIZE, Reduction.WEIGHTED_MEAN)
        if reduction not in known:
            raise NotImplementedError(f"reduction {reduction!r} is none of {', '.join(known)}.")
        self.reduction = reduction
        self.total = self.add_weight("total", initializer="zeros")
        if reduction != Reduction.SUM:
            self.count = self.add_weight("count", initializer="zeros")

    def update_state(self, values: Any, sample_weight: Any = None) -> Any:
        """Return the updates that take in values.

        Args:
            values: tensor.
            sample_weight: what each value, or each of the first axes, counts for.
        """
        values = K.cast(values, self.dtype)
        weights: Any = None
        if sample_weight is not None:
            weights = K.cast(sample_weight, self.dtype)
            values, _, weights = squeeze_or_expand_dimensions(values, None, weights)
            weights = broadcast_weights(values, weights)
            values = values * weights
        updates = [K.update_add(self.total, K.sum(values))]
        if self.reduction != Reduction.SUM:
            by_weight = self.reduction == Reduction.WEIGHTED_MEAN and weights is not None
            count = K.sum(weights) if by_weight else K.cast(K.size(values), self.dtype)
            updates.append(K.update_add(self.count, count))
        return updates

    def result(self) -> Any:
        """Return the sum or the mean; a mean of nothing is NaN."""
        return self.total if self.reduction == Reduction.SUM else self.total / self.count


class Sum(Reduce):
    """Sum of all values, times their weights if there are any.

    Example:
        >>> float(K.eval(Sum()([1, 3, 5, 7])))
        16.0
    """

    def __init__(self, name: str = "sum", dtype: str | None = None) -> None:
        super().__init__(Reduction.SUM, name, dtype)


class Mean(Reduce):
    """Mean of all values, as their weights count if there are any.

    Example:
        >>> float(K.eval(Mean()([1, 3, 5, 7], sample_weight=[1, 1, 0, 0])))
        2.0
    """

    def __init__(self, name: str = "mean", dtype: str | None = None) -> None:
        super().__init__(Reduction.WEIGHTED_MEAN, name, dtype)


class MeanMetricWrapper(Mean):
    """Mean of what a function says of targets and predictions.

    Args:
        fn: function of targets and predictions.
        name: name.
        dtype: type of the state.
        **kwargs: further arguments of `fn`.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        name: str | None = None,
        dtype: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, dtype=dtype)  # type: ignore[arg-type]
        self._fn = fn
        self._fn_kwargs = kwargs

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:  # type: ignore[override]
        """Return the updates that a batch brings.

        Args:
            y_true: targets.
            y_pred: predictions.
            sample_weight: what each sample counts for.
        """
        y_true, y_pred = K.cast(y_true, self.dtype), K.cast(y_pred, self.dtype)
        y_pred, y_true = squeeze_or_expand_dimensions(y_pred, y_true)
        values = self._fn(y_true, y_pred, **self._fn_kwargs)
        return super().update_state(values, sample_weight=sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Return name, type and further arguments; also the function, unless the class says it."""
        kwargs = {k: K.eval(v) if K.is_tensor(v) else v for k, v in self._fn_kwargs.items()}
        if type(self) is MeanMetricWrapper:
            kwargs["fn"] = self._fn
        return {**super().get_config(), **kwargs}


class MeanRelativeError(Mean):
    """Mean of `abs(y_pred - y_true) / normalizer`, 0 where the normalizer is 0.

    Args:
        normalizer: numbers of the targets' shape.
        name: name.
        dtype: type of the state.
    """

    def __init__(
        self, normalizer: Any, name: str = "mean_relative_error", dtype: str | None = None
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.normalizer = np.asarray(normalizer, self.dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:  # type: ignore[override]
        """Return the updates that a batch brings."""
        y_true, y_pred = K.cast(y_true, self.dtype), K.cast(y_pred, self.dtype)
        y_pred, y_true = squeeze_or_expand_dimensions(y_pred, y_true)
        safe = np.where(self.normalizer == 0, np.inf, self.normalizer)
        error = K.abs(y_true - y_pred) / safe
        return super().update_state(error, sample_weight=sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Return name, type and normalizer."""
        return {**super().get_config(), "normalizer": self.normalizer.tolist()}


class RootMeanSquaredError(Mean):
    """Root of the mean of `(y_pred - y_true) ** 2`."""

    def __init__(self, name: str = "root_mean_squared_error", dtype: str | None = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:  # type: ignore[override]
        """Return the updates that a batch brings."""
        y_true, y_pred = K.cast(y_true, self.dtype), K.cast(y_pred, self.dtype)
        y_pred, y_true = squeeze_or_expand_dimensions(y_pred, y_true)
        return super().update_state(K.square(y_pred - y_true), sample_weight=sample_weight)

    def result(self) -> Any:
        """Return the root of the mean."""
        return K.sqrt(self.total / self.count)


class MeanIoU(Metric):
    """Mean over the classes of intersection over union: `tp / (tp + fp + fn)`.

    Classes that are neither among targets nor among predictions do not count.

    Args:
        num_classes: number of classes.
        name: name.
        dtype: type of the state.
    """

    def __init__(self, num_classes: int, name: str | None = None, dtype: str | None = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.num_classes = num_classes
        self.total_cm = self.add_weight(
            "total_confusion_matrix", (num_classes, num_classes), initializer="zeros"
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the updates that a batch brings.

        Args:
            y_true: numbers of classes (samples, ...).
            y_pred: predicted numbers of classes, of the same shape.
            sample_weight: what each entry counts for.
        """
        one_hot = K.constant(np.eye(self.num_classes), dtype=self.dtype)
        # Looking rows up refuses numbers that are no class.
        true, pred = (K.gather(one_hot, K.flatten(K.cast(y, "int32"))) for y in (y_true, y_pred))
        if sample_weight is not None:
            weights = K.cast(sample_weight, self.dtype)
            like, _, weights = squeeze_or_expand_dimensions(
                K.cast(y_pred, self.dtype), None, weights
            )
            pred = pred * K.expand_dims(K.flatten(broadcast_weights(like, weights)), -1)
        return K.update_add(self.total_cm, K.dot(K.transpose(true), pred))

    def result(self) -> Any:
        """Return the mean over the classes that have been seen."""
        right = K.sum(self.total_cm * np.eye(self.num_classes), axis=0)
        union = K.sum(self.total_cm, axis=0) + K.sum(self.total_cm, axis=1) - right
        seen = K.sum(K.cast(K.greater(union, 0.0), self.dtype))
        return divide_or_zero(K.sum(divide_or_zero(right, union)), seen)

    def get_config(self) -> dict[str, Any]:
        """Return name, type and number of classes."""
        return {**super().get_config(), "num_classes": self.num_classes}
