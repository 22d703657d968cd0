"""What metrics are made of: the recording of updates, and the counts of a confusion matrix."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

from .. import backend as K
from ..graph import ops
from .generic_utils import to_list as to_list
from .losses_utils import broadcast_weights, squeeze_or_expand_dimensions

NEG_INF = -1e10
"""A prediction that is below every threshold."""


class Reduction:
    """How a metric makes one number of the values that it has seen.

    * `SUM`: the sum of the weighted values.
    * `SUM_OVER_BATCH_SIZE`: that sum divided by the number of values.
    * `WEIGHTED_MEAN`: that sum divided by the sum of the weights.
    """

    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"
    WEIGHTED_MEAN = "weighted_mean"


class ConfusionMatrix(Enum):
    """What a prediction can be: true or false, positive or negative."""

    TRUE_POSITIVES = "tp"
    FALSE_POSITIVES = "fp"
    TRUE_NEGATIVES = "tn"
    FALSE_NEGATIVES = "fn"


class AUCCurve(Enum):
    """The curve whose area is taken."""

    ROC = "ROC"
    PR = "PR"

    @staticmethod
    def from_str(key: str) -> AUCCurve:
        """Return the curve of a name."""
        return _member(AUCCurve, key, "AUC curve")


class AUCSummationMethod(Enum):
    """How the area between two points of a curve is taken."""

    INTERPOLATION = "interpolation"
    MAJORING = "majoring"
    MINORING = "minoring"

    @staticmethod
    def from_str(key: str) -> AUCSummationMethod:
        """Return the method of a name."""
        return _member(AUCSummationMethod, key, "AUC summation method")


def _member(kind: Any, key: Any, what: str) -> Any:
    for member in kind:
        if str(key).lower() == member.value.lower():
            return member
    names = ", ".join(repr(member.value) for member in kind)
    raise ValueError(f'Invalid {what} value "{key}"; needs one of {names}.')


def update_state_wrapper(update_state_fn: Callable[..., Any]) -> Callable[..., Any]:
    """Return `update_state` as a method that also adds its updates to the metric's."""

    def recorded(metric: Any, *args: Any, **kwargs: Any) -> Any:
        updates = update_state_fn(metric, *args, **kwargs)
        metric.add_update(updates)
        return updates

    return recorded


def result_wrapper(result_fn: Callable[..., Any]) -> Callable[..., Any]:
    """Return `result` as a method that gives a tensor of its own each time."""

    def tensor(metric: Any, *args: Any, **kwargs: Any) -> Any:
        result: Any = K.identity(result_fn(metric, *args, **kwargs))
        result._is_metric = True
        return result

    return tensor


def divide_or_zero(x: Any, y: Any) -> Any:
    """Return x / y, and 0 where y is not above 0."""
    return K.switch(K.greater(y, 0.0), x / y, K.zeros_like(x / y))


def filter_top_k(x: Any, k: int) -> Any:
    """Return x with all but the k largest values of each row put far below zero."""
    _, places = ops.top_k(x, k=int(k))
    best = K.sum(K.one_hot(places, x.shape[-1]), axis=-2)
    return K.switch(K.greater(best, 0.0), x, NEG_INF * K.ones_like(x))


def assert_thresholds_range(thresholds: Sequence[Any] | None) -> None:
    """Raise a ValueError if a threshold is not between 0 and 1."""
    bad = [t for t in thresholds or () if t is None or not 0 <= t <= 1]
    if bad:
        raise ValueError(f"Threshold values must be in [0, 1]. Invalid values: {bad}")


def parse_init_thresholds(thresholds: Any, default_threshold: float = 0.5) -> list[float]:
    """Return thresholds, given as a number or a sequence or None, as a list."""
    if thresholds is None:
        return [default_threshold]
    listed = list(thresholds) if isinstance(thresholds, list | tuple) else [thresholds]
    assert_thresholds_range(listed)
    return listed


def update_confusion_matrix_variables(
    variables_to_update: Mapping[ConfusionMatrix, Any],
    y_true: Any,
    y_pred: Any,
    thresholds: Any = 0.5,
    top_k: int | None = None,
    class_id: int | None = None,
    sample_weight: Any = None,
) -> list[Any]:
    """Return updates that count right and wrong predictions, for each threshold.

    A prediction is positive if it is above the threshold; a target if it is not zero.

    Args:
        variables_to_update: variable (thresholds) for each kind of count that is wanted.
        y_true: targets (samples, ...).
        y_pred: predictions of the same shape.
        thresholds: number, or list of numbers.
        top_k: if given, only the k largest predictions of a sample can be positive.
        class_id: if given, only this place of the last axis counts.
        sample_weight: what each prediction counts for; 1 by default.

    Raises:
        ValueError: if a key is not a ConfusionMatrix, or if shapes or `class_id` do not fit.
    """
    unknown = [key for key in variables_to_update if key not in list(ConfusionMatrix)]
    if unknown or not variables_to_update:
        raise ValueError(
            f"Invalid keys: {unknown}. Valid variable key options are: {list(ConfusionMatrix)}; "
            "at least one is needed."
        )
    y_true, y_pred = (K.cast(y, K.floatx()) for y in (y_true, y_pred))
    y_pred, y_true = squeeze_or_expand_dimensions(y_pred, y_true)
    _check_shapes(y_true, y_pred)
    if top_k is not None:
        y_pred = filter_top_k(y_pred, top_k)
    weights = None if sample_weight is None else K.cast(sample_weight, K.floatx())
    if class_id is not None:
        classes = K.int_shape(y_pred)[-1]
        if classes is not None and not 0 <= class_id < classes:
            raise ValueError(
                f"class_id must be from 0 to {classes - 1} for predictions of shape "
                f"{K.int_shape(y_pred)}; got {class_id}."
            )
        if weights is not None and K.ndim(weights) == K.ndim(y_pred):
            if K.int_shape(weights)[-1] != 1:
                weights = weights[..., class_id]
        y_true, y_pred = y_true[..., class_id], y_pred[..., class_id]

    positive = K.cast(K.flatten(K.cast(y_true, "bool")), K.floatx())
    negative = 1.0 - positive
    if weights is not None:
        y_pred, _, weights = squeeze_or_expand_dimensions(y_pred, None, weights)
        weights = K.flatten(broadcast_weights(y_pred, weights))
        positive, negative = positive * weights, negative * weights
    limits = K.constant(list(thresholds) if isinstance(thresholds, list | tuple) else [thresholds])
    above = K.greater(K.expand_dims(K.flatten(y_pred), 0), K.expand_dims(limits, 1))

    def count(kind: ConfusionMatrix) -> Any:
        # One product of (thresholds, predictions) with (predictions,) adds up a count each.
        said = above if kind.value[1] == "p" else ~above
        is_so = positive if kind.value in ("tp", "fn") else negative
        return K.flatten(K.dot(K.cast(said, K.floatx()), K.expand_dims(is_so, -1)))

    return [K.update_add(v, count(kind)) for kind, v in variables_to_update.items()]


def _check_shapes(y_true: Any, y_pred: Any) -> None:
    shapes = K.int_shape(y_true), K.int_shape(y_pred)
    same = len(shapes[0]) == len(shapes[1])
    if not same or any(None not in (n, m) and n != m for n, m in zip(*shapes, strict=True)):
        raise ValueError(
            f"Shapes {shapes[0]} of the targets and {shapes[1]} of the predictions are "
            "incompatible; a target for each prediction is needed."
        )
