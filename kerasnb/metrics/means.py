"""Means of losses and accuracies over all batches since the last reset."""

from __future__ import annotations

from .. import losses
from . import functions
from .base import MeanMetricWrapper


class MeanSquaredError(MeanMetricWrapper):
    """Mean of `mean_squared_error`."""

    def __init__(self, name: str = "mean_squared_error", dtype: str | None = None) -> None:
        super().__init__(losses.mean_squared_error, name, dtype)


class MeanAbsoluteError(MeanMetricWrapper):
    """Mean of `mean_absolute_error`."""

    def __init__(self, name: str = "mean_absolute_error", dtype: str | None = None) -> None:
        super().__init__(losses.mean_absolute_error, name, dtype)


class MeanAbsolutePercentageError(MeanMetricWrapper):
    """Mean of `mean_absolute_percentage_error`."""

    def __init__(
        self, name: str = "mean_absolute_percentage_error", dtype: str | None = None
    ) -> None:
        super().__init__(losses.mean_absolute_percentage_error, name, dtype)


class MeanSquaredLogarithmicError(MeanMetricWrapper):
    """Mean of `mean_squared_logarithmic_error`."""

    def __init__(
        self, name: str = "mean_squared_logarithmic_error", dtype: str | None = None
    ) -> None:
        super().__init__(losses.mean_squared_logarithmic_error, name, dtype)


class Hinge(MeanMetricWrapper):
    """Mean of `hinge`."""

    def __init__(self, name: str = "hinge", dtype: str | None = None) -> None:
        super().__init__(losses.hinge, name, dtype)


class SquaredHinge(MeanMetricWrapper):
    """Mean of `squared_hinge`."""

    def __init__(self, name: str = "squared_hinge", dtype: str | None = None) -> None:
        super().__init__(losses.squared_hinge, name, dtype)


class CategoricalHinge(MeanMetricWrapper):
    """Mean of `categorical_hinge`."""

    def __init__(self, name: str = "categorical_hinge", dtype: str | None = None) -> None:
        super().__init__(losses.categorical_hinge, name, dtype)


class LogCoshError(MeanMetricWrapper):
    """Mean of `logcosh`."""

    def __init__(self, name: str = "logcosh", dtype: str | None = None) -> None:
        super().__init__(losses.logcosh, name, dtype)


class Poisson(MeanMetricWrapper):
    """Mean of `poisson`."""

    def __init__(self, name: str = "poisson", dtype: str | None = None) -> None:
        super().__init__(losses.poisson, name, dtype)


class KLDivergence(MeanMetricWrapper):
    """Mean of `kullback_leibler_divergence`."""

    def __init__(self, name: str = "kullback_leibler_divergence", dtype: str | None = None) -> None:
        super().__init__(losses.kullback_leibler_divergence, name, dtype)


class Accuracy(MeanMetricWrapper):
    """Mean of `accuracy`."""

    def __init__(self, name: str = "accuracy", dtype: str | None = None) -> None:
        super().__init__(functions.accuracy, name, dtype)


class CategoricalAccuracy(MeanMetricWrapper):
    """Mean of `categorical_accuracy`."""

    def __init__(self, name: str = "categorical_accuracy", dtype: str | None = None) -> None:
        super().__init__(functions.categorical_accuracy, name, dtype)


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """Mean of `sparse_categorical_accuracy`."""

    def __init__(self, name: str = "sparse_categorical_accuracy", dtype: str | None = None) -> None:
        super().__init__(functions.sparse_categorical_accuracy, name, dtype)


class BinaryAccuracy(MeanMetricWrapper):
    """Mean of `binary_accuracy`.

    Args:
        name: name.
        dtype: type of the state.
        threshold: what a prediction must be above to count as 1.
    """

    def __init__(
        self, name: str = "binary_accuracy", dtype: str | None = None, threshold: float = 0.5
    ) -> None:
        super().__init__(functions.binary_accuracy, name, dtype, threshold=threshold)


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """Mean of `top_k_categorical_accuracy`.

    Args:
        k: how many predictions count.
        name: name.
        dtype: type of the state.
    """

    def __init__(
        self, k: int = 5, name: str = "top_k_categorical_accuracy", dtype: str | None = None
    ) -> None:
        super().__init__(functions.top_k_categorical_accuracy, name, dtype, k=k)


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """Mean of `sparse_top_k_categorical_accuracy`.

    Args:
        k: how many predictions count.
        name: name.
        dtype: type of the state.
    """

    def __init__(
        self, k: int = 5, name: str = "sparse_top_k_categorical_accuracy", dtype: str | None = None
    ) -> None:
        super().__init__(functions.sparse_top_k_categorical_accuracy, name, dtype, k=k)


class CosineSimilarity(MeanMetricWrapper):
    """Mean of `cosine_similarity`; 1 is best.

    Args:
        name: name.
        dtype: type of the state.
        axis: axis along which the vectors lie.
    """

    def __init__(
        self, name: str = "cosine_similarity", dtype: str | None = None, axis: int = -1
    ) -> None:
        super().__init__(functions.cosine_similarity, name, dtype, axis=axis)


class BinaryCrossentropy(MeanMetricWrapper):
    """Mean of `binary_crossentropy`.

    Args:
        name: name.
        dtype: type of the state.
        from_logits: whether predictions are logits.
        label_smoothing: how far targets are moved towards 1/2.
    """

    def __init__(
        self,
        name: str = "binary_crossentropy",
        dtype: str | None = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ) -> None:
        super().__init__(
            losses.binary_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


class CategoricalCrossentropy(MeanMetricWrapper):
    """Mean of `categorical_crossentropy`.

    Args:
        name: name.
        dtype: type of the state.
        from_logits: whether predictions are logits.
        label_smoothing: how far targets are moved towards equal probabilities.
    """

    def __init__(
        self,
        name: str = "categorical_crossentropy",
        dtype: str | None = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ) -> None:
        super().__init__(
            losses.categorical_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """Mean of `sparse_categorical_crossentropy`.

    Args:
        name: name.
        dtype: type of the state.
        from_logits: whether predictions are logits.
        axis: axis of the classes.
    """

    def __init__(
        self,
        name: str = "sparse_categorical_crossentropy",
        dtype: str | None = None,
        from_logits: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(
            losses.sparse_categorical_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            axis=axis,
        )
