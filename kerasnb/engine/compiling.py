"""What `compile` is told, brought into the order of a model's outputs: losses, weights, metrics."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .. import backend as K
from .. import losses
from .. import metrics as metrics_module
from ..graph.autodiff import applications
from ..utils.generic_utils import check_for_unexpected_keys, has_arg, to_list
from ..utils.losses_utils import Reduction, squeeze_or_expand_dimensions


class Reported(NamedTuple):
    """A metric as a training step computes it.

    Attributes:
        metric: the metric.
        result: its value after the step.
        updates: what the step does to its state.
    """

    metric: Any
    result: Any
    updates: list[Any]


def prepare_loss_functions(loss: Any, output_names: Sequence[str]) -> list[Any]:
    """Return a loss for each output; None where there is none."""
    if isinstance(loss, Mapping):
        check_for_unexpected_keys("loss", loss, output_names)
        for name in output_names:
            if name not in loss:
                warnings.warn(
                    f'compile: the output "{name}" has no loss, so training needs no targets for '
                    "it. If that is meant, give it the loss None.",
                    stacklevel=4,
                )
        return [get_loss_function(loss.get(name)) for name in output_names]
    if isinstance(loss, list | tuple):
        if len(loss) != len(output_names):
            raise ValueError(
                f"compile: a list of losses needs one for each of the {len(output_names)} outputs "
                f"({', '.join(output_names)}); got {len(loss)}."
            )
        return [get_loss_function(x) for x in loss]
    return [get_loss_function(loss) for _ in output_names]


def get_loss_function(loss: Any) -> Any:
    """Return a loss object for a name, a function, a config or an object; None for None."""
    if loss is None or isinstance(loss, losses.Loss):
        return loss
    if isinstance(loss, type) and issubclass(loss, losses.Loss):
        raise TypeError(
            f"compile: got the loss class {loss.__name__}; needs an object: {loss.__name__}()."
        )
    if isinstance(loss, Mapping):
        loss = losses.get(loss)
        if isinstance(loss, losses.Loss):
            return loss
    if callable(loss) and not hasattr(loss, "__name__"):
        if has_arg(loss, "sample_weight", accept_all=True):
            return loss
        return losses.LossFunctionWrapper(loss, name=type(loss).__name__)
    function = losses.get(loss)
    if isinstance(function, losses.Loss):  # the name of a class
        return function
    return losses.LossFunctionWrapper(
        function, reduction=Reduction.SUM_OVER_BATCH_SIZE, name=function.__name__
    )


def is_loss(loss: Any, function: Any, kind: Any) -> bool:
    """Whether a loss is one of ours, as a function or as a class."""
    return isinstance(loss, kind) or getattr(loss, "fn", None) is function


def is_sparse(loss: Any) -> bool:
    """Whether a loss takes numbers of classes."""
    return is_loss(
        loss, losses.sparse_categorical_crossentropy, losses.SparseCategoricalCrossentropy
    )


def is_categorical(loss: Any) -> bool:
    """Whether a loss takes one-hot rows."""
    return is_loss(loss, losses.categorical_crossentropy, losses.CategoricalCrossentropy)


def target_shape(loss: Any, output_shape: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Return the shape of targets that a loss needs; None for a loss of one's own."""
    if is_sparse(loss):
        if K.image_data_format() == "channels_first" and len(output_shape) in (4, 5):
            return (output_shape[0], 1, *output_shape[2:])
        return (*output_shape[:-1], 1)
    known = getattr(loss, "fn", type(loss))
    return output_shape if getattr(losses, getattr(known, "__name__", ""), 0) is known else None


def target_hint(loss: Any) -> str:
    """Return what may help if targets do not have the shape that a loss needs."""
    if is_sparse(loss):
        return " For one-hot rows use the loss categorical_crossentropy."
    if is_categorical(loss):
        return (
            " For class numbers use the loss sparse_categorical_crossentropy, or turn them into "
            "one-hot rows with keras.utils.to_categorical."
        )
    return ""


def check_targets(targets: Sequence[Any], loss_fns: Sequence[Any], names: Sequence[str]) -> None:
    """Raise a ValueError where class numbers are given and one-hot rows are needed."""
    for y, loss, name in zip(targets, loss_fns, names, strict=True):
        if y is not None and is_categorical(loss) and y.shape[-1] == 1:
            raise ValueError(
                f'The target data for "{name}" has shape {tuple(y.shape)}; '
                f"categorical_crossentropy needs a column for each class.{target_hint(loss)}"
            )


def prepare_loss_weights(output_names: Sequence[str], loss_weights: Any = None) -> list[float]:
    """Return the factor of each output's loss."""
    if loss_weights is None:
        return [1.0] * len(output_names)
    if isinstance(loss_weights, Mapping):
        check_for_unexpected_keys("loss_weights", loss_weights, output_names)
        return [loss_weights.get(name, 1.0) for name in output_names]
    if isinstance(loss_weights, list | tuple):
        if len(loss_weights) != len(output_names):
            raise ValueError(
                f"compile: a list of loss_weights needs one for each of the {len(output_names)} "
                f"outputs; got {loss_weights}."
            )
        return list(loss_weights)
    raise TypeError(
        f"compile: loss_weights must be a list or a dictionary of numbers; got {loss_weights!r}."
    )


def prepare_sample_weight_modes(output_names: Sequence[str], modes: Any) -> list[str | None]:
    """Return for each output None, or "temporal" if each time step has a weight of its own."""
    if isinstance(modes, Mapping):
        check_for_unexpected_keys("sample_weight_mode", modes, output_names)
        modes = [modes.get(name) for name in output_names]
    elif not isinstance(modes, list | tuple):
        modes = [modes] * len(output_names)
    if len(modes) != len(output_names):
        raise ValueError(
            f"compile: sample_weight_mode needs an entry for each of the {len(output_names)} "
            f"outputs; got {list(modes)}."
        )
    for mode in modes:
        if mode not in (None, "temporal"):
            raise ValueError(f'sample_weight_mode must be None or "temporal"; got {mode!r}.')
    return list(modes)


def prepare_target_tensors(target_tensors: Any, output_names: Sequence[str]) -> list[Any]:
    """Return for each output the tensor that is its target; None where data is given."""
    if target_tensors is None:
        return [None] * len(output_names)
    if isinstance(target_tensors, Mapping):
        check_for_unexpected_keys("target_tensors", target_tensors, output_names)
        return [target_tensors.get(name) for name in output_names]
    if not isinstance(target_tensors, list | tuple) and not K.is_tensor(target_tensors):
        raise TypeError(
            "compile: target_tensors must be a tensor, or a list or dictionary of tensors; got "
            f"{target_tensors!r}."
        )
    tensors = to_list(target_tensors, allow_tuple=True)
    if len(tensors) != len(output_names):
        raise ValueError(
            f"compile: target_tensors needs one for each of the {len(output_names)} outputs; got "
            f"{len(tensors)}."
        )
    return tensors


def collect_metrics(
    metrics: Any, output_names: Sequence[str], output_shapes: Sequence[Any], loss_fns: Sequence[Any]
) -> list[list[tuple[str, Any]]]:
    """Return for each output its metrics: pairs of a name and a metric object.

    Args:
        metrics: list for all outputs, list of lists, or dictionary by output.
        output_names: names of the outputs.
        output_shapes: their shapes, which say what "accuracy" means.
        loss_fns: their losses, which say so too.
    """
    count = len(output_names)
    if not metrics:
        return [[] for _ in output_names]
    if isinstance(metrics, Mapping):
        check_for_unexpected_keys("metrics", metrics, output_names)
        given = [to_list(metrics.get(name, []), True) for name in output_names]
    elif not isinstance(metrics, list | tuple):
        raise TypeError(
            f"compile: metrics must be a list or a dictionary, ['accuracy'] say; got {metrics!r}."
        )
    elif any(isinstance(m, list | tuple) for m in metrics):
        if len(metrics) != count:
            raise ValueError(
                f"compile: a list of lists of metrics needs one for each of the {count} outputs; "
                f"got {metrics}."
            )
        given = [to_list(m, True) for m in metrics]
    elif count > 1:
        given = [[metrics_module.clone_metric(m) for m in metrics] for _ in output_names]
    else:
        given = [list(metrics)]
    return [
        [(_metric_name(m), _metric_object(m, shape, loss)) for m in chosen]
        for chosen, shape, loss in zip(given, output_shapes, loss_fns, strict=True)
    ]


def _metric_name(metric: Any) -> str:
    if isinstance(metric, str):
        return metric
    metric = metrics_module.get(metric)
    return getattr(metric, "name", None) or metric.__name__


def _metric_object(metric: Any, output_shape: Any, loss: Any) -> Any:
    name = _metric_name(metric)
    function = _meant(metric, output_shape, loss)
    if isinstance(function, metrics_module.Metric):
        return function
    return metrics_module.MeanMetricWrapper(function, name=name)


def _meant(metric: Any, output_shape: Any, loss: Any) -> Any:
    """Return the function that a metric's name stands for; "accuracy" depends on the loss."""
    short = {"accuracy": "accuracy", "acc": "accuracy", "crossentropy": "crossentropy"}
    short["ce"] = "crossentropy"
    if not isinstance(metric, str) or metric not in short:
        return metrics_module.get(metric)
    binary = is_loss(loss, losses.binary_crossentropy, losses.BinaryCrossentropy)
    if output_shape[-1] == 1 or binary:
        kind = "binary"
    else:
        kind = "sparse_categorical" if is_sparse(loss) else "categorical"
    return getattr(metrics_module, f"{kind}_{short[metric]}")


def masked_weights(mask: Any, weights: Any, y_pred: Any) -> Any:
    """Return sample weights that are zero where a mask is."""
    if mask is None:
        return weights
    mask = K.cast(mask, K.dtype(y_pred))
    if weights is None:
        return mask
    mask, _, weights = squeeze_or_expand_dimensions(mask, None, weights)
    return weights * mask


def report(metric: Any, *values: Any, sample_weight: Any = None) -> Reported:
    """Let a metric take in values at every step."""
    before = len(metric.updates)
    with K.name_scope(metric.name):
        result = metric(*values, sample_weight=sample_weight)
    return Reported(metric, result, metric.updates[before:])


def report_added(values: Sequence[Any], inputs: Sequence[Any]) -> list[Reported]:
    """Report tensors that `add_metric` was given, and results of metric objects.

    A layer adds its metrics at each call. Of those with one name the first counts that follows
    from the model's inputs.
    """
    found: dict[str, Reported] = {}
    for value in values:
        metric = getattr(value, "_metric_obj", None)
        name = metric.name if metric else value._metric_name
        if name in found or not _follows(value, inputs):
            continue
        if metric:
            updates = [u for u in metric.updates if _follows(u[1], inputs)]
            found[name] = Reported(metric, value, updates)
        else:
            found[name] = report(metrics_module.Mean(name=name), value)
    return list(found.values())


def _follows(x: Any, inputs: Sequence[Any]) -> bool:
    """Whether a tensor can be computed from some placeholders."""
    leaves = (n for n in applications([x], stop=inputs) if K.is_placeholder(n))
    return all(n in inputs or n is K.learning_phase() for n in leaves)
