"""Metrics: what is reported of a training, as functions of a batch and as objects with a state."""

from __future__ import annotations

from typing import Any

from .. import losses as _losses
from ..losses import binary_crossentropy as binary_crossentropy
from ..losses import categorical_crossentropy as categorical_crossentropy
from ..losses import categorical_hinge as categorical_hinge
from ..losses import hinge as hinge
from ..losses import kullback_leibler_divergence as kullback_leibler_divergence
from ..losses import logcosh as logcosh
from ..losses import mean_absolute_error as mean_absolute_error
from ..losses import mean_absolute_percentage_error as mean_absolute_percentage_error
from ..losses import mean_squared_error as mean_squared_error
from ..losses import mean_squared_logarithmic_error as mean_squared_logarithmic_error
from ..losses import poisson as poisson
from ..losses import sparse_categorical_crossentropy as sparse_categorical_crossentropy
from ..losses import squared_hinge as squared_hinge
from ..utils.generic_utils import (
    deserialize_keras_object,
    public_objects,
    serialize_keras_object,
)
from .base import Mean as Mean
from .base import MeanIoU as MeanIoU
from .base import MeanMetricWrapper as MeanMetricWrapper
from .base import MeanRelativeError as MeanRelativeError
from .base import Metric as Metric
from .base import Reduce as Reduce
from .base import RootMeanSquaredError as RootMeanSquaredError
from .base import Sum as Sum
from .confusion import AUC as AUC
from .confusion import FalseNegatives as FalseNegatives
from .confusion import FalsePositives as FalsePositives
from .confusion import Precision as Precision
from .confusion import Recall as Recall
from .confusion import SensitivityAtSpecificity as SensitivityAtSpecificity
from .confusion import SensitivitySpecificityBase as SensitivitySpecificityBase
from .confusion import SpecificityAtSensitivity as SpecificityAtSensitivity
from .confusion import TrueNegatives as TrueNegatives
from .confusion import TruePositives as TruePositives
from .functions import accuracy as accuracy
from .functions import binary_accuracy as binary_accuracy
from .functions import categorical_accuracy as categorical_accuracy
from .functions import cosine_proximity as cosine_proximity
from .functions import sparse_categorical_accuracy as sparse_categorical_accuracy
from .functions import sparse_top_k_categorical_accuracy as sparse_top_k_categorical_accuracy
from .functions import top_k_categorical_accuracy as top_k_categorical_accuracy
from .means import Accuracy as Accuracy
from .means import BinaryAccuracy as BinaryAccuracy
from .means import BinaryCrossentropy as BinaryCrossentropy
from .means import CategoricalAccuracy as CategoricalAccuracy
from .means import CategoricalCrossentropy as CategoricalCrossentropy
from .means import CategoricalHinge as CategoricalHinge
from .means import CosineSimilarity as CosineSimilarity
from .means import Hinge as Hinge
from .means import KLDivergence as KLDivergence
from .means import LogCoshError as LogCoshError
from .means import MeanAbsoluteError as MeanAbsoluteError
from .means import MeanAbsolutePercentageError as MeanAbsolutePercentageError
from .means import MeanSquaredError as MeanSquaredError
from .means import MeanSquaredLogarithmicError as MeanSquaredLogarithmicError
from .means import Poisson as Poisson
from .means import SparseCategoricalAccuracy as SparseCategoricalAccuracy
from .means import SparseCategoricalCrossentropy as SparseCategoricalCrossentropy
from .means import SparseTopKCategoricalAccuracy as SparseTopKCategoricalAccuracy
from .means import SquaredHinge as SquaredHinge
from .means import TopKCategoricalAccuracy as TopKCategoricalAccuracy

mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
cosine = cosine_similarity = cosine_proximity


def clone_metric(metric: Any) -> Any:
    """Return an equal metric with a state of its own; a function or a name as it is."""
    return type(metric).from_config(metric.get_config()) if isinstance(metric, Metric) else metric


def clone_metrics(metrics: Any) -> Any:
    """Return a list or a dictionary of metrics with each of them cloned; None for None."""
    if metrics is None:
        return None
    if isinstance(metrics, dict):
        return {key: clone_metric(metric) for key, metric in metrics.items()}
    return [clone_metric(metric) for metric in metrics]


def serialize(metric: Any) -> Any:
    """Return what a config says of a metric."""
    return serialize_keras_object(metric)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """Return the metric that a name or a config means."""
    return deserialize_keras_object(
        config,
        module_objects=_OBJECTS,
        custom_objects=custom_objects,
        printable_module_name="metric function",
    )


def get(identifier: Any) -> Any:
    """Return a metric from a name, a config, a function or an object.

    Raises:
        ValueError: if it is none of these, or the name is not known.

    Example:
        >>> get("mse").__name__
        'mean_squared_error'
    """
    if isinstance(identifier, str | dict):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError(
        f"Cannot make a metric function from {identifier!r} ({type(identifier).__name__}): "
        "a name, a function or a Metric is needed."
    )


# Every loss is a metric, too; where both have a name, the metric counts.
_OBJECTS = {**public_objects(vars(_losses)), **public_objects(globals())}
