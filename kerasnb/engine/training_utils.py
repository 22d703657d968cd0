"""Data as users give it, brought into the order of a model's inputs and outputs, and checked."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

import numpy as np

from .. import backend as K
from ..utils.enqueuers import is_generator, is_sequence

MOST_SHOWN = 200  # characters of the user's data in an error message


def standardize_input_data(
    data: Any,
    names: Sequence[str],
    shapes: Sequence[Any] | None = None,
    check_batch_axis: bool = True,
    exception_prefix: str = "",
    hints: Sequence[str] | None = None,
) -> list[Any]:
    """Return data as a list of arrays in the order of `names`, each with at least two axes.

    Args:
        data: an array, a list of arrays, or a dictionary of arrays by name.
        names: names of the inputs (or of the outputs that have targets).
        shapes: for each the shape that it needs, None in it fitting every size; or None.
        check_batch_axis: whether the number of samples counts.
        exception_prefix: "input" or "target", for error messages.
        hints: for each what to say further if its shape does not fit.

    Raises:
        ValueError: if an array is missing or does not fit.
    """
    what = exception_prefix or "array"
    if not names:
        if data is not None and hasattr(data, "__len__") and len(data):
            raise ValueError(f"The model takes no {what} data; got {_short(data)}.")
        return []
    if data is None:
        return [None for _ in names]
    arrays = [_as_array(a, n, what) for a, n in zip(_listed(data, names, what), names, strict=True)]
    for i, (array, name) in enumerate(zip(arrays, names, strict=True)):
        if shapes and shapes[i] is not None and not K.is_tensor(array):
            problem = _misfit(tuple(array.shape), tuple(shapes[i]), check_batch_axis)
            if problem:
                hint = hints[i] if hints else ""
                raise ValueError(f'The {what} data for "{name}" {problem}.{hint}')
    return arrays


def _listed(data: Any, names: Sequence[str], what: str) -> list[Any]:
    if isinstance(data, Mapping):
        missing = [name for name in names if name not in data]
        if missing:
            raise ValueError(
                f"No {what} data for {', '.join(map(repr, missing))}; got the keys {list(data)}, "
                f"needs {list(names)}."
            )
        return [data[name] for name in names]
    if not isinstance(data, list | tuple):
        data = [data]
    elif len(names) == 1 and data and isinstance(data[0], int | float):
        data = [np.asarray(data)]
    if len(data) != len(names):
        raise ValueError(
            f"The model needs {len(names)} {what} array(s), for {', '.join(names)}; got "
            f"{len(data)}: {_shapes_of(data)}."
        )
    return list(data)


def _shapes_of(data: Any) -> str:
    if len(data) > 5 or not all(hasattr(a, "shape") for a in data):
        return _short(data)
    return "shapes " + ", ".join(str(tuple(a.shape)) for a in data)


def _short(data: Any) -> str:
    text = repr(data)
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "..."


def _as_array(array: Any, name: str, what: str) -> Any:
    """Return an array of numbers with a second axis, if need be of size 1."""
    if array is None or K.is_tensor(array):
        return array
    if type(array).__name__ in ("DataFrame", "Series"):
        array = array.values
    if not hasattr(array, "shape") or not hasattr(array, "dtype"):
        array = np.asarray(array)
    kind = getattr(array.dtype, "kind", "f")
    if kind not in "biuf":
        hint = " Are its rows of different lengths?" if kind == "O" else ""
        raise ValueError(
            f'The {what} data for "{name}" must be numbers, which become {K.floatx()}; got an '
            f"array of dtype {array.dtype} and shape {tuple(array.shape)}.{hint}"
        )
    return np.expand_dims(array, 1) if len(array.shape) == 1 else array


def _misfit(got: tuple[int, ...], shape: tuple[Any, ...], batch_axis: bool) -> str | None:
    if len(got) != len(shape):
        return f"needs {len(shape)} dimensions, {shape}; got an array with shape {got}"
    if batch_axis:
        fits = all(n in (None, m) for n, m in zip(shape, got, strict=True))
        return None if fits else f"needs shape {shape}; got {got}"
    if any(n not in (None, m) for n, m in zip(shape[1:], got[1:], strict=True)):
        return f"needs shape {shape[1:]} for a sample; got {got[1:]} (an array of shape {got})"
    return None


def standardize_sample_or_class_weights(
    x_weight: Any, output_names: Sequence[str], weight_type: str
) -> list[Any]:
    """Return `sample_weight` or `class_weight` as a list with an entry for each output."""
    count = len(output_names)
    if x_weight is None or len(x_weight) == 0:
        return [None] * count
    if isinstance(x_weight, list) and len(x_weight) == count:
        return x_weight
    if isinstance(x_weight, dict) and (count > 1 or output_names[0] in x_weight):
        return [x_weight.get(name) for name in output_names]
    if count == 1:
        return [x_weight]
    if isinstance(x_weight, list):
        raise ValueError(
            f"`{weight_type}` needs {count} entries, one for each output; got {len(x_weight)}."
        )
    raise TypeError(
        f"`{weight_type}` of a model with {count} outputs must be a list or a dictionary with an "
        f"entry for each of {', '.join(output_names)}; got {_short(x_weight)}."
    )


def standardize_sample_weights(sample_weight: Any, output_names: Sequence[str]) -> list[Any]:
    """Return `sample_weight` as a list with an entry for each output."""
    return standardize_sample_or_class_weights(sample_weight, output_names, "sample_weight")


def standardize_class_weights(class_weight: Any, output_names: Sequence[str]) -> list[Any]:
    """Return `class_weight` as a list with an entry for each output."""
    return standardize_sample_or_class_weights(class_weight, output_names, "class_weight")


def standardize_weights(
    y: Any,
    sample_weight: Any = None,
    class_weight: Any = None,
    sample_weight_mode: str | None = None,
) -> np.ndarray:
    """Return the weight of each sample (or of each of its time steps).

    Args:
        y: targets.
        sample_weight: weight of each sample, or of each time step if the mode is "temporal".
        class_weight: weight of each class, by its number.
        sample_weight_mode: None or "temporal".

    Returns:
        The product of what is given; ones that take no memory, if nothing is.
    """
    axes = 2 if sample_weight_mode == "temporal" else 1
    if sample_weight_mode not in (None, "temporal"):
        raise ValueError(
            f'sample_weight_mode must be None or "temporal"; got {sample_weight_mode!r}.'
        )
    if axes == 2 and len(y.shape) < 3:
        raise ValueError(
            'sample_weight_mode="temporal" needs an output with time steps, of 3 dimensions or '
            f"more; got targets of shape {tuple(y.shape)}."
        )
    weights = np.broadcast_to(np.ones((), K.floatx()), y.shape[:axes])
    if sample_weight is not None:
        sample_weight = _numbers("sample_weight", sample_weight)
        if sample_weight.ndim != axes:
            hint = 'or compile with sample_weight_mode="temporal"' if axes == 1 else "of time steps"
            raise ValueError(
                f"sample_weight needs {axes} dimension(s), {hint}; got shape {sample_weight.shape}."
            )
        if sample_weight.shape != tuple(y.shape[:axes]):
            raise ValueError(
                f"sample_weight needs shape {tuple(y.shape[:axes])} for targets of shape "
                f"{tuple(y.shape)}; got {sample_weight.shape}."
            )
        weights = sample_weight
    if isinstance(class_weight, Mapping):
        if len(y.shape) > 2:
            raise ValueError(
                "class_weight needs targets of at most 2 dimensions; got shape "
                f"{tuple(y.shape)}. Give sample_weight."
            )
        by_class = _weights_of_classes(np.asarray(y), class_weight)
        weights = by_class if sample_weight is None else weights * by_class
    return weights


def _numbers(who: str, values: Any) -> np.ndarray:
    """Return values as an array, which they have to be already or to become."""
    try:
        array = np.asarray(values)
    except ValueError as error:  # rows of different lengths
        raise ValueError(f"{who} needs an array of numbers: {error}") from error
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{who} needs an array of numbers; got {_short(values)}.")
    return array


def _weights_of_classes(y: np.ndarray, class_weight: Mapping[Any, float]) -> np.ndarray:
    one_hot = y.ndim == 2 and y.shape[1] > 1
    numbers = np.argmax(y, axis=1) if one_hot else y.reshape(len(y))
    classes, where = np.unique(numbers, return_inverse=True)
    missing = [c.item() for c in classes if c.item() not in class_weight]
    if missing:
        raise ValueError(
            f"class_weight needs a weight for each class; got {sorted(class_weight)}, and the "
            f"targets also hold {missing}."
        )
    return np.array([class_weight[c.item()] for c in classes], K.floatx())[where]


def check_array_length_consistency(inputs: Any, targets: Any, weights: Any = None) -> None:
    """Raise a ValueError unless inputs, targets and weights have the same number of samples."""
    counts: dict[str, set[int]] = {}
    for what, arrays in (("input", inputs), ("target", targets), ("sample_weight", weights)):
        found = {int(a.shape[0]) for a in arrays or () if a is not None}
        if len(found) > 1:
            raise ValueError(
                f"All {what} arrays must have the same number of samples; got shapes "
                f"{', '.join(str(tuple(a.shape)) for a in arrays if a is not None)}."
            )
        if found:
            counts[what] = found
    if counts.get("sample_weight") == counts.get("target"):
        counts.pop("sample_weight", None)  # made for the targets: the user may have given none
    if len(set.union(*counts.values())) > 1:
        got = ", ".join(f"{next(iter(n))} {what} samples" for what, n in counts.items())
        raise ValueError(f"Inputs and targets must have the same number of samples; got {got}.")


def is_generator_or_sequence(x: Any) -> bool:
    """Whether `x` yields batches, as a generator or a `Sequence` does."""
    return is_generator(x) or is_sequence(x)


def check_generator_arguments(who: str, **given: Any) -> None:
    """Raise a ValueError if arguments are given that a generator leaves no room for.

    Args:
        who: the function that was called.
        **given: the arguments by name; what is None, or 0, is not given.
    """
    for name, value in given.items():
        if value is not None and not (isinstance(value, int | float) and value == 0):
            raise ValueError(
                f"{who}: data from a generator or Sequence comes in batches of (x, y, "
                f"sample_weight); leave out `{name}`."
            )


def check_validation_steps(
    validation: Any, steps_per_epoch: int | None, validation_steps: int | None
) -> None:
    """Raise a ValueError unless both numbers of steps are given, or none."""
    if steps_per_epoch is None and validation_steps:
        raise ValueError("fit: `validation_steps` needs `steps_per_epoch`.")
    if steps_per_epoch is not None and validation is not None and not validation_steps:
        raise ValueError("fit: with `steps_per_epoch`, validation needs `validation_steps`.")


def make_batches(size: int, batch_size: int) -> list[tuple[int, int]]:
    """Return (start, stop) of each batch.

    >>> make_batches(5, 2)
    [(0, 2), (2, 4), (4, 5)]
    """
    return [(i, min(size, i + batch_size)) for i in range(0, size, batch_size)]


def batch_shuffle(index_array: np.ndarray, batch_size: int) -> np.ndarray:
    """Return the indices with whole batches in another order; the incomplete last one stays."""
    whole = len(index_array) // batch_size * batch_size
    batches = index_array[:whole].reshape(-1, batch_size)
    np.random.shuffle(batches)
    return np.append(batches.reshape(-1), index_array[whole:])


def should_run_validation(validation_freq: Any, epoch: int) -> bool:
    """Whether to validate after an epoch (counted from 0).

    Args:
        validation_freq: validate each so many epochs, or a collection of epochs counted from 1.
        epoch: the epoch.
    """
    if isinstance(validation_freq, int):
        if validation_freq < 1:
            raise ValueError(f"validation_freq must be at least 1; got {validation_freq}.")
        return (epoch + 1) % validation_freq == 0
    if not isinstance(validation_freq, Container):
        raise ValueError(
            f"validation_freq must be an integer or a collection of epochs; got {validation_freq!r}."
        )
    return epoch + 1 in validation_freq


def check_steps(batch_size: int | None, steps: int | None, steps_name: str = "steps") -> None:
    """Raise a ValueError unless one of `batch_size` and `steps` is given, and is positive."""
    if steps is not None and batch_size is not None:
        raise ValueError(f"If `{steps_name}` is given, `batch_size` must be left out.")
    for name, value in (("batch_size", batch_size), (steps_name, steps)):
        if value is not None and value < 1:
            raise ValueError(f"`{name}` must be at least 1; got {value}.")
