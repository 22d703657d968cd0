"""Losses: what training makes small, as functions of a batch and as objects."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from . import backend as K
from .utils.generic_utils import (
    deserialize_keras_object,
    public_objects,
    serialize_keras_object,
)
from .utils.losses_utils import Reduction, as_tensors, compute_weighted_loss

_MEAN = Reduction.SUM_OVER_BATCH_SIZE


class Loss:
    """Base of losses as objects: a loss for each sample, weighted and made one number.

    A loss of one's own defines `call(y_true, y_pred)`.

    Args:
        reduction: "sum_over_batch_size" (the mean), "sum" or "none".
        name: name.

    Example:
        >>> class Distance(Loss):
        ...     def call(self, y_true, y_pred):
        ...         return K.mean(K.abs(y_true - y_pred), axis=-1)
        >>> float(K.eval(Distance()(K.constant([[0.0, 2.0]]), K.constant([[1.0, 1.0]]))))
        1.0
    """

    def __init__(self, reduction: str = _MEAN, name: str | None = None) -> None:
        Reduction.validate(reduction)
        self.reduction = reduction
        self.name = name

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the loss of a batch.

        Args:
            y_true: targets (samples, ...).
            y_pred: predictions of the same shape.
            sample_weight: number, or weights whose axes are the first ones of the losses.
        """
        with K.name_scope(self.name or type(self).__name__):
            losses = self.call(y_true, y_pred)
            return compute_weighted_loss(losses, sample_weight, reduction=self.reduction)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of each sample."""
        raise NotImplementedError(
            f"{type(self).__name__}: a loss of one's own defines call(y_true, y_pred)."
        )

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Loss:
        """Make a loss from what `get_config` gave."""
        return cls(**config)

    def get_config(self) -> dict[str, Any]:
        """Return the reduction and the name."""
        return {"reduction": self.reduction, "name": self.name}


class LossFunctionWrapper(Loss):
    """A loss function as an object.

    Args:
        fn: function of targets and predictions.
        reduction: "sum_over_batch_size" (the mean), "sum" or "none".
        name: name.
        **kwargs: further arguments of `fn`.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: str = _MEAN,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(reduction=reduction, name=name)
        self.fn = fn
        self._fn_kwargs = kwargs

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return what the function returns."""
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def get_config(self) -> dict[str, Any]:
        """Return the reduction, the name and the function's further arguments."""
        kwargs = {k: K.eval(v) if K.is_tensor(v) else v for k, v in self._fn_kwargs.items()}
        return {**super().get_config(), **kwargs}


class MeanSquaredError(LossFunctionWrapper):
    """`mean_squared_error` as an object."""

    def __init__(self, reduction: str = _MEAN, name: str = "mean_squared_error") -> None:
        super().__init__(mean_squared_error, reduction, name)


class MeanAbsoluteError(LossFunctionWrapper):
    """`mean_absolute_error` as an object."""

    def __init__(self, reduction: str = _MEAN, name: str = "mean_absolute_error") -> None:
        super().__init__(mean_absolute_error, reduction, name)


class MeanAbsolutePercentageError(LossFunctionWrapper):
    """`mean_absolute_percentage_error` as an object."""

    def __init__(
        self, reduction: str = _MEAN, name: str = "mean_absolute_percentage_error"
    ) -> None:
        super().__init__(mean_absolute_percentage_error, reduction, name)


class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """`mean_squared_logarithmic_error` as an object."""

    def __init__(
        self, reduction: str = _MEAN, name: str = "mean_squared_logarithmic_error"
    ) -> None:
        super().__init__(mean_squared_logarithmic_error, reduction, name)


class BinaryCrossentropy(LossFunctionWrapper):
    """`binary_crossentropy` as an object.

    Args:
        from_logits: whether predictions are logits.
        label_smoothing: how far targets are moved towards 1/2.
        reduction: "sum_over_batch_size" (the mean), "sum" or "none".
        name: name.
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0,
        reduction: str = _MEAN,
        name: str = "binary_crossentropy",
    ) -> None:
        super().__init__(
            binary_crossentropy,
            reduction,
            name,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )
        self.from_logits = from_logits


class CategoricalCrossentropy(LossFunctionWrapper):
    """`categorical_crossentropy` as an object.

    Args:
        from_logits: whether predictions are logits.
        label_smoothing: how far targets are moved towards equal probabilities.
        reduction: "sum_over_batch_size" (the mean), "sum" or "none".
        name: name.
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0,
        reduction: str = _MEAN,
        name: str = "categorical_crossentropy",
    ) -> None:
        super().__init__(
            categorical_crossentropy,
            reduction,
            name,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """`sparse_categorical_crossentropy` as an object.

    Args:
        from_logits: whether predictions are logits.
        reduction: "sum_over_batch_size" (the mean), "sum" or "none".
        name: name.
    """

    def __init__(
        self,
        from_logits: bool = False,
        reduction: str = _MEAN,
        name: str = "sparse_categorical_crossentropy",
    ) -> None:
        super().__init__(sparse_categorical_crossentropy, reduction, name, from_logits=from_logits)


class Hinge(LossFunctionWrapper):
    """`hinge` as an object."""

    def __init__(self, reduction: str = _MEAN, name: str = "hinge") -> None:
        super().__init__(hinge, reduction, name)


class SquaredHinge(LossFunctionWrapper):
    """`squared_hinge` as an object."""

    def __init__(self, reduction: str = _MEAN, name: str = "squared_hinge") -> None:
        super().__init__(squared_hinge, reduction, name)


class CategoricalHinge(LossFunctionWrapper):
    """`categorical_hinge` as an object."""

    def __init__(self, reduction: str = _MEAN, name: str = "categorical_hinge") -> None:
        super().__init__(categorical_hinge, reduction, name)


class Poisson(LossFunctionWrapper):
    """`poisson` as an object."""

    def __init__(self, reduction: str = _MEAN, name: str = "poisson") -> None:
        super().__init__(poisson, reduction, name)


class LogCosh(LossFunctionWrapper):
    """`logcosh` as an object."""

    def __init__(self, reduction: str = _MEAN, name: str = "logcosh") -> None:
        super().__init__(logcosh, reduction, name)


class KLDivergence(LossFunctionWrapper):
    """`kullback_leibler_divergence` as an object."""

    def __init__(self, reduction: str = _MEAN, name: str = "kullback_leibler_divergence") -> None:
        super().__init__(kullback_leibler_divergence, reduction, name)


class Huber(LossFunctionWrapper):
    """`huber_loss` as an object.

    Args:
        delta: error at which the loss goes over from squares to absolute values.
        reduction: "sum_over_batch_size" (the mean), "sum" or "none".
        name: name.
    """

    def __init__(
        self, delta: float = 1.0, reduction: str = _MEAN, name: str = "huber_loss"
    ) -> None:
        super().__init__(huber_loss, reduction, name, delta=delta)


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """Return `mean((y_pred - y_true) ** 2)` over the last axis.

    Args:
        y_true: targets (samples, ..., n).
        y_pred: predictions of the same shape.

    Returns:
        Tensor (samples, ...).
    """
    y_true, y_pred = as_tensors(y_true, y_pred)
    return K.mean(K.square(y_pred - y_true), axis=-1)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """Return `mean(abs(y_pred - y_true))` over the last axis."""
    y_true, y_pred = as_tensors(y_true, y_pred)
    return K.mean(K.abs(y_pred - y_true), axis=-1)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """Return `100 * mean(abs((y_true - y_pred) / y_true))` over the last axis.

    Targets count as at least `K.epsilon()` away from zero.
    """
    y_true, y_pred = as_tensors(y_true, y_pred)
    size = K.clip(K.abs(y_true), K.epsilon(), None)
    return 100.0 * K.mean(K.abs((y_true - y_pred) / size), axis=-1)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """Return `mean((log(y_pred + 1) - log(y_true + 1)) ** 2)` over the last axis.

    Targets and predictions count as at least `K.epsilon()`.
    """
    y_true, y_pred = as_tensors(y_true, y_pred)
    logs = [K.log(K.clip(y, K.epsilon(), None) + 1.0) for y in (y_pred, y_true)]
    return K.mean(K.square(logs[0] - logs[1]), axis=-1)


def _signs(y_true: Any) -> Any:
    """Return targets that are all 0 or 1 as -1 and 1, and others as they are."""
    binary = K.all((K.equal(y_true, 0.0)) | (K.equal(y_true, 1.0)))
    return K.switch(binary, 2.0 * y_true - 1.0, y_true)


def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """Return `mean(max(1 - y_true * y_pred, 0) ** 2)` over the last axis.

    Args:
        y_true: targets -1 or 1; if all are 0 or 1, 0 counts as -1.
        y_pred: predictions of the same shape.
    """
    y_true, y_pred = as_tensors(y_true, y_pred)
    return K.mean(K.square(K.maximum(1.0 - _signs(y_true) * y_pred, 0.0)), axis=-1)


def hinge(y_true: Any, y_pred: Any) -> Any:
    """Return `mean(max(1 - y_true * y_pred, 0))` over the last axis.

    Args:
        y_true: targets -1 or 1; if all are 0 or 1, 0 counts as -1.
        y_pred: predictions of the same shape.
    """
    y_true, y_pred = as_tensors(y_true, y_pred)
    return K.mean(K.maximum(1.0 - _signs(y_true) * y_pred, 0.0), axis=-1)


def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """Return `max(0, 1 + best - right)`.

    `right` is the prediction for the right class, `best` the largest of the others; both are
    taken along the last axis.
    """
    y_true, y_pred = as_tensors(y_true, y_pred)
    right = K.sum(y_true * y_pred, axis=-1)
    best = K.max((1.0 - y_true) * y_pred, axis=-1)
    return K.maximum(0.0, best - right + 1.0)


def logcosh(y_true: Any, y_pred: Any) -> Any:
    """Return `mean(log(cosh(y_pred - y_true)))` over the last axis.

    It is about `x ** 2 / 2` for small errors x and `abs(x) - log(2)` for large ones, so that a
    few wild predictions do not weigh too much.
    """
    y_true, y_pred = as_tensors(y_true, y_pred)
    x = y_pred - y_true
    return K.mean(x + K.softplus(-2.0 * x) - math.log(2.0), axis=-1)


def huber_loss(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """Return `x ** 2 / 2` where `abs(x) <= delta`, else `delta * abs(x) - delta ** 2 / 2`.

    x is `y_pred - y_true`; nothing is averaged, so the result has the shape of the predictions.

    See: Huber, https://doi.org/10.1214/aoms/1177703732
    """
    y_true, y_pred = as_tensors(y_true, y_pred)
    size = K.abs(y_pred - y_true)
    near = K.minimum(size, delta)
    return 0.5 * K.square(near) + delta * (size - near)


def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0
) -> Any:
    """Return `-sum(y_true * log(y_pred))` over the last axis.

    Args:
        y_true: probabilities of the classes (samples, ..., classes), one-hot rows say.
        y_pred: predictions of the same shape.
        from_logits: whether predictions are logits, and not probabilities.
        label_smoothing: share of the targets that is spread evenly over all classes.
    """
    y_true, y_pred = as_tensors(y_true, y_pred)
    if label_smoothing:
        classes = K.int_shape(y_pred)[-1] or K.cast(K.shape(y_pred)[-1], K.dtype(y_pred))
        y_true = y_true * (1.0 - label_smoothing) + label_smoothing / classes
    return K.categorical_crossentropy(y_true, y_pred, from_logits=from_logits)


def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """Return `-log(y_pred[y_true])`.

    Args:
        y_true: numbers of classes (samples, ...), or (samples, ..., 1).
        y_pred: predictions (samples, ..., classes).
        from_logits: whether predictions are logits, and not probabilities.
        axis: axis of the classes.
    """
    y_true, y_pred = K.cast(y_true, "int64"), as_tensors(0, y_pred)[1]
    return K.sparse_categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)


def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0
) -> Any:
    """Return `mean(-y_true * log(y_pred) - (1 - y_true) * log(1 - y_pred))` over the last axis.

    Args:
        y_true: targets from 0 to 1.
        y_pred: predictions of the same shape.
        from_logits: whether predictions are logits, and not probabilities.
        label_smoothing: how far targets are moved towards 1/2, from 0 (not at all) to 1.
    """
    y_true, y_pred = as_tensors(y_true, y_pred)
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing
    return K.mean(K.binary_crossentropy(y_true, y_pred, from_logits=from_logits), axis=-1)


def kullback_leibler_divergence(y_true: Any, y_pred: Any) -> Any:
    """Return `sum(y_true * log(y_true / y_pred))` over the last axis.

    Targets and predictions count as at least `K.epsilon()` and at most 1.
    """
    y_true, y_pred = (K.clip(y, K.epsilon(), 1.0) for y in as_tensors(y_true, y_pred))
    return K.sum(y_true * K.log(y_true / y_pred), axis=-1)


def poisson(y_true: Any, y_pred: Any) -> Any:
    """Return `mean(y_pred - y_true * log(y_pred + epsilon))` over the last axis."""
    y_true, y_pred = as_tensors(y_true, y_pred)
    return K.mean(y_pred - y_true * K.log(y_pred + K.epsilon()), axis=-1)


def cosine_proximity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Return the cosine of the angle between targets and predictions, with a minus.

    So -1 is best, when both point the same way.
    """
    y_true, y_pred = (K.l2_normalize(y, axis=axis) for y in as_tensors(y_true, y_pred))
    return -K.sum(y_true * y_pred, axis=axis)


mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
kld = KLD = kullback_leibler_divergence
cosine = cosine_similarity = cosine_proximity


def is_categorical_crossentropy(loss: Any) -> bool:
    """Return whether a loss is categorical cross-entropy: by name, as function or as object."""
    return (
        isinstance(loss, CategoricalCrossentropy)
        or "categorical_crossentropy" in (loss, getattr(loss, "__name__", None))
        or getattr(loss, "fn", None) is categorical_crossentropy
    )


def serialize(loss: Any) -> Any:
    """Return what a config says of a loss."""
    return serialize_keras_object(loss)


def deserialize(name: Any, custom_objects: Any = None) -> Any:
    """Return the loss that a name or a config means."""
    return deserialize_keras_object(
        name,
        module_objects=_OBJECTS,
        custom_objects=custom_objects,
        printable_module_name="loss function",
    )


def get(identifier: Any) -> Any:
    """Return a loss from None, a name, a config, a function or an object.

    Raises:
        ValueError: if it is none of these, or the name is not known.

    Example:
        >>> get("mse").__name__
        'mean_squared_error'
    """
    if identifier is None:
        return None
    if isinstance(identifier, str | dict):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError(
        f"Cannot make a loss function from {identifier!r} ({type(identifier).__name__}): "
        "a name, a function or a Loss is needed."
    )


_OBJECTS = public_objects(globals())
