"""Metrics as functions: a number for each sample."""

from __future__ import annotations

from typing import Any

from .. import backend as K
from ..utils.losses_utils import as_tensors


def accuracy(y_true: Any, y_pred: Any) -> Any:
    """Return 1 where prediction and target are equal, else 0."""
    y_true, y_pred = as_tensors(y_true, y_pred)
    return K.cast(K.equal(y_true, y_pred), K.floatx())


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """Return the share of right predictions over the last axis.

    Args:
        y_true: targets 0 or 1, (samples, ..., n).
        y_pred: predictions of the same shape; above the threshold they count as 1.
        threshold: the threshold.
    """
    y_true, y_pred = as_tensors(y_true, y_pred)
    if threshold != 0.5:
        said = K.cast(K.greater(y_pred, threshold), K.dtype(y_pred))
    else:
        said = K.round(y_pred)
    return K.mean(K.cast(K.equal(y_true, said), K.floatx()), axis=-1)


def categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Return 1 where the largest prediction is that of the right class, else 0.

    Args:
        y_true: one-hot rows (samples, ..., classes).
        y_pred: predictions of the same shape.
    """
    y_true, y_pred = as_tensors(y_true, y_pred)
    right = K.equal(K.argmax(y_true, axis=-1), K.argmax(y_pred, axis=-1))
    return K.cast(right, K.floatx())


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Return 1 where the largest prediction is that of the right class, else 0.

    Args:
        y_true: numbers of classes (samples, ...), or (samples, ..., 1).
        y_pred: predictions (samples, ..., classes).
    """
    y_true, y_pred = as_tensors(y_true, y_pred)
    if K.ndim(y_true) == K.ndim(y_pred):
        y_true = K.squeeze(y_true, -1)
    said = K.cast(K.argmax(y_pred, axis=-1), K.dtype(y_true))
    return K.cast(K.equal(y_true, said), K.floatx())


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """Return 1 where the right class is among the k largest predictions, else 0.

    Args:
        y_true: one-hot rows (samples, classes).
        y_pred: predictions of the same shape.
        k: how many predictions count.
    """
    y_true, y_pred = as_tensors(y_true, y_pred)
    return K.cast(K.in_top_k(y_pred, K.argmax(y_true, axis=-1), k), K.floatx())


def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """Return 1 where the right class is among the k largest predictions, else 0.

    Args:
        y_true: numbers of classes (samples,) or (samples, 1).
        y_pred: predictions (samples, classes).
        k: how many predictions count.
    """
    y_true, y_pred = as_tensors(y_true, y_pred)
    return K.cast(K.in_top_k(y_pred, K.cast(K.flatten(y_true), "int32"), k), K.floatx())


def cosine_proximity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Return the cosine of the angle between targets and predictions; 1 is best.

    The loss of this name has a minus.
    """
    y_true, y_pred = (K.l2_normalize(y, axis=axis) for y in as_tensors(y_true, y_pred))
    return K.sum(y_true * y_pred, axis=axis)


cosine = cosine_similarity = cosine_proximity
