"""Sample weights beside losses, and how the losses of a batch become one number."""

from __future__ import annotations

from typing import Any

from .. import backend as K


class Reduction:
    """How the losses of a batch become one number.

    * `NONE`: they stay as they are.
    * `SUM`: their sum.
    * `SUM_OVER_BATCH_SIZE`: their sum divided by how many there are, whatever they weigh.
    """

    NONE = "none"
    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """Return the three ways."""
        return cls.NONE, cls.SUM, cls.SUM_OVER_BATCH_SIZE

    @classmethod
    def validate(cls, key: Any) -> None:
        """Raise a ValueError if `key` is none of the three."""
        if key not in cls.all():
            raise ValueError(
                f"Invalid Reduction key {key!r}; needs one of {', '.join(map(repr, cls.all()))}."
            )


def as_tensors(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Return targets and predictions as tensors of one type, that of the predictions."""
    if not K.is_tensor(y_pred):
        y_pred = K.constant(y_pred)
    if not K.dtype(y_pred).startswith("float"):
        y_pred = K.cast(y_pred, K.floatx())
    return K.cast(y_true, K.dtype(y_pred)), y_pred


def squeeze_or_expand_dimensions(y_pred: Any, y_true: Any = None, sample_weight: Any = None) -> Any:
    """Take away, or add, a last axis of size 1 where tensors differ by one axis.

    Args:
        y_pred: predictions, or losses.
        y_true: targets; None if there are none.
        sample_weight: weights; None if there are none.

    Returns:
        `(y_pred, y_true)`, or `(y_pred, y_true, sample_weight)` if there are weights.
    """
    if y_true is not None:
        more = K.ndim(y_pred) - K.ndim(y_true)
        if more == 1 and K.int_shape(y_pred)[-1] == 1:
            y_pred = K.squeeze(y_pred, -1)
        elif more == -1 and K.int_shape(y_true)[-1] == 1:
            y_true = K.squeeze(y_true, -1)
    if sample_weight is None:
        return y_pred, y_true
    more = K.ndim(sample_weight) - K.ndim(y_pred)
    if K.ndim(sample_weight) == 1 and more == 1:
        y_pred = K.expand_dims(y_pred, -1)
    elif more == 1:
        sample_weight = K.squeeze(sample_weight, -1)
    elif more == -1 and K.ndim(sample_weight):
        sample_weight = K.expand_dims(sample_weight, -1)
    return y_pred, y_true, sample_weight


def broadcast_weights(values: Any, sample_weight: Any) -> Any:
    """Return weights in the shape of the values that they belong to.

    Args:
        values: tensor.
        sample_weight: tensor whose axes are the first ones of `values`, or have size 1.

    Raises:
        ValueError: if the shapes do not fit.
    """
    shape, weights_shape = K.int_shape(values), K.int_shape(sample_weight)
    fits = all(n == m or m == 1 or None in (n, m) for n, m in zip(shape, weights_shape))  # noqa: B905
    if len(weights_shape) > len(shape) or not fits:
        raise ValueError(
            f"Incompatible shapes: sample weights of shape {weights_shape} for values of shape "
            f"{shape}; needs a weight for each value, or for each of the first axes."
        )
    for _ in range(len(weights_shape), len(shape)):
        sample_weight = K.expand_dims(sample_weight, -1)
    if K.int_shape(sample_weight) == shape:
        return sample_weight
    return sample_weight * K.ones_like(values)


def reduce_weighted_loss(weighted_losses: Any, reduction: str = "sum_over_batch_size") -> Any:
    """Return the losses as one number, as a `Reduction` says."""
    if reduction == Reduction.NONE:
        return weighted_losses
    if reduction == Reduction.SUM:
        return K.sum(weighted_losses)
    return K.mean(weighted_losses)


def compute_weighted_loss(
    losses: Any,
    sample_weight: Any = None,
    reduction: str = "sum_over_batch_size",
    name: str | None = None,
) -> Any:
    """Return losses times their weights, as one number.

    Args:
        losses: tensor (samples, ...).
        sample_weight: number, or tensor whose axes are the first ones of `losses`.
        reduction: a `Reduction`.
        name: name of the scope.

    Raises:
        ValueError: if the reduction is not known or the shapes do not fit.
    """
    Reduction.validate(reduction)
    with K.name_scope(name or "weighted_loss"):
        if not K.dtype(losses).startswith("float"):
            losses = K.cast(losses, K.floatx())
        if sample_weight is not None:
            sample_weight = K.cast(sample_weight, K.dtype(losses))
            losses, _, sample_weight = squeeze_or_expand_dimensions(losses, None, sample_weight)
            losses = losses * broadcast_weights(losses, sample_weight)
        return reduce_weighted_loss(losses, reduction)
