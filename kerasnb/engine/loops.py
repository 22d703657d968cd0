"""The loops over arrays: training, evaluation and prediction, batch by batch."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from .. import callbacks as cbks
from ..graph import LearningPhase, Rows
from ..utils.generic_utils import unpack_singleton
from ..utils.progbar import Progbar
from .training_utils import batch_shuffle, check_steps, make_batches, should_run_validation


class Feed:
    """Arrays from which batches are taken.

    Rows are gathered where a function reads them, in its own memory: nothing is copied here.

    Args:
        arrays: arrays with the same samples.

    Attributes:
        phase: the learning phase, if the function takes it; the last of what it is given.
    """

    def __init__(self, arrays: Sequence[Any]) -> None:
        self.arrays = list(arrays)
        self.phase: list[int] = []
        self.samples = int(arrays[0].shape[0]) if arrays else 0
        self._takers = [_taker(a) for a in arrays]

    def batch(self, index: Any) -> list[Any]:
        """Return the rows at `index`, a slice or an array of integers."""
        return [take(index) for take in self._takers] + self.phase

    def slices(self, batch_size: int | None, steps: int | None) -> list[slice]:
        """Return the rows of each batch in order, or all rows for each of some steps."""
        if steps is not None or batch_size is None:
            return [slice(0, self.samples)] * (steps or 1)
        return [slice(*r) for r in make_batches(self.samples, batch_size)]

    def need_samples(self, who: str) -> None:
        """Raise a ValueError if there are arrays, and they are empty."""
        if self.arrays and not self.samples:
            raise ValueError(f"{who}: got 0 samples; needs at least one.")

    def split(self, at: int) -> tuple[Feed, Feed]:
        """Return the samples before and those from a place on."""
        return (
            Feed([a[:at] for a in self.arrays]),
            Feed([a[at:] for a in self.arrays]),
        )


def _taker(array: Any) -> Callable[[Any], Any]:
    """Return the function that takes rows of an array, of whatever kind it is."""
    if isinstance(array, np.ndarray):
        if array.size and not any(array.strides):
            return lambda index: array[: _count(index)]  # the same number everywhere
        return partial(Rows, array)
    if hasattr(array, "toarray"):
        return lambda index: array[index].toarray()
    return partial(_take_from_file, array)


def _count(index: Any) -> int:
    return index.stop - index.start if isinstance(index, slice) else len(index)


def _take_from_file(array: Any, index: Any) -> Any:
    # An HDF5 data set takes rows in ascending order only; stretches are far faster.
    if not isinstance(index, slice):
        first, last = index[0], index[-1]
        whole = last - first == len(index) - 1 and np.all(np.diff(index) == 1)
        index = slice(first, last + 1) if whole else index.tolist()
    try:
        return np.asarray(array[index])
    except TypeError as error:
        raise TypeError(
            f"A batch cannot be taken from {type(array).__name__}: {error}. With data in an HDF5 "
            "file, use shuffle='batch' or shuffle=False."
        ) from error


def phase_of(function: Any, value: int) -> list[int]:
    """Return the learning phase as often as a function takes it: once, if it matters."""
    return [value for node in function.inputs if isinstance(node, LearningPhase)]


def as_numbers(outputs: Sequence[Any]) -> list[Any]:
    """Return results as Python numbers where they are single ones."""
    return [o.item() if o.ndim == 0 else o for o in outputs]


def fit_loop(
    model: Any,
    function: Any,
    feed: Feed,
    *,
    batch_size: int | None,
    epochs: int,
    verbose: int,
    callbacks: Any,
    validate: Callable[..., list[Any]] | None,
    validation: Feed | None,
    shuffle: Any,
    initial_epoch: int,
    steps_per_epoch: int | None,
    validation_freq: Any,
) -> Any:
    """Train for some epochs and return the History.

    Args:
        model: the model.
        function: one step of training: loss and metrics from a batch.
        feed: the data.
        batch_size: samples a step; None with `steps_per_epoch`, where each step takes all.
        epochs: number of the last epoch.
        verbose: 0 nothing, 1 a progress bar, 2 a line an epoch.
        callbacks: the user's callbacks.
        validate: evaluates the model, given the list of callbacks.
        validation: the data that it does that on.
        shuffle: whether the samples come in another order in each epoch; "batch" for whole batches.
        initial_epoch: number of the first epoch, from 0.
        steps_per_epoch: steps an epoch.
        validation_freq: after which epochs to validate.
    """
    check_steps(batch_size, steps_per_epoch, "steps_per_epoch")
    feed.need_samples("fit")
    feed.phase = phase_of(function, 1)
    if verbose and validation is not None:
        print(f"Train on {feed.samples} samples, validate on {validation.samples} samples")
    labels = model.metrics_names
    model.history = cbks.History()
    logger = cbks.BaseLogger(stateful_metrics=labels[1:])
    own: list[Any] = [logger]
    if verbose:
        mode = "samples" if steps_per_epoch is None else "steps"
        own.append(cbks.ProgbarLogger(mode, stateful_metrics=labels[1:]))
    hooks = cbks.CallbackList([*own, *(callbacks or []), model.history])
    hooks.set_model(model._get_callback_model())
    hooks.set_params(
        {
            "batch_size": batch_size,
            "epochs": epochs,
            "steps": steps_per_epoch,
            "samples": feed.samples if steps_per_epoch is None else None,
            "verbose": verbose,
            "do_validation": validate is not None,
            "metrics": labels + ([f"val_{n}" for n in labels] if validate else []),
        }
    )
    hooks.model.stop_training = False
    for callback in hooks:
        callback.validation_data = validation.arrays + validation.phase if validation else []
    hooks._call_begin_hook("train")
    index = np.arange(feed.samples)
    epoch, done = initial_epoch, 0
    try:
        for epoch in range(initial_epoch, epochs):
            done = 0
            model.reset_metrics()
            hooks.on_epoch_begin(epoch)
            logs = cbks.Logs()
            if steps_per_epoch is not None:
                batches: list[Any] = feed.slices(None, steps_per_epoch)
            else:
                index, batches = _shuffled(feed, index, batch_size or 1, shuffle)
            for rows in batches:
                size = 1 if steps_per_epoch is not None else _count(rows)
                batch_logs = cbks.Logs(batch=done, size=size)
                if hooks.hooks("train", "begin"):
                    hooks.on_batch_begin(done, batch_logs)
                outputs = function(feed.batch(rows))
                batch_logs.update(zip(labels, as_numbers(outputs), strict=True))
                hooks.on_batch_end(done, batch_logs)
                done += 1
                if hooks.model.stop_training:
                    break
            finished = done == len(batches)
            if finished and validate and should_run_validation(validation_freq, epoch):
                results = validate(callbacks=hooks)
                logs.update(zip([f"val_{n}" for n in labels], results, strict=True))
            hooks.on_epoch_end(epoch, logs)
            if hooks.model.stop_training:
                break
    except KeyboardInterrupt:
        _interrupted(model, hooks, logger, epoch, done, verbose)
        if not _is_interactive():
            raise
        print(
            f"Interrupted in epoch {epoch + 1} of {epochs}, after {done} batches; "
            "the model keeps what it has learned."
        )
        return model.history
    hooks._call_end_hook("train")
    return model.history


def _shuffled(
    feed: Feed, index: np.ndarray, batch_size: int, shuffle: Any
) -> tuple[np.ndarray, list[Any]]:
    """Return the order of the samples and the rows of each batch."""
    slices = feed.slices(batch_size, None)
    if not shuffle:
        return index, slices
    if shuffle == "batch":
        index = batch_shuffle(index, batch_size)
    else:
        np.random.shuffle(index)
    return index, [index[rows] for rows in slices]


def _interrupted(model: Any, hooks: Any, logger: Any, epoch: int, done: int, verbose: int) -> None:
    """Write down what was done of an epoch, and tell the callbacks that the training is over."""
    if verbose:
        print()
    if done and getattr(logger, "seen", 0) and epoch not in model.history.epoch:
        logs = cbks.Logs()
        logger.on_epoch_end(epoch, logs)
        model.history.on_epoch_end(epoch, logs)
    hooks.model.stop_training = True
    hooks._call_end_hook("train")


def _is_interactive() -> bool:
    """Whether somebody sits at a prompt, where an interrupted call should end in peace."""
    ipython = sys.modules.get("IPython")
    return hasattr(sys, "ps1") or (ipython is not None and ipython.get_ipython() is not None)


def _set_up(
    model: Any, callbacks: Any, batch_size: int | None, steps: int | None, feed: Feed, verbose: int
) -> cbks.CallbackList:
    """Return the callbacks of an evaluation or prediction, ready to be called."""
    if isinstance(callbacks, cbks.CallbackList):
        return callbacks
    hooks = cbks.CallbackList(callbacks)
    hooks.set_model(model._get_callback_model())
    hooks.set_params(
        {
            "batch_size": batch_size,
            "steps": steps,
            "samples": feed.samples if steps is None else None,
            "verbose": verbose,
            "metrics": model.metrics_names if model._is_compiled else [],
        }
    )
    return hooks


def test_loop(
    model: Any,
    function: Any,
    feed: Feed,
    *,
    batch_size: int | None,
    steps: int | None = None,
    verbose: int = 0,
    callbacks: Any = None,
) -> list[Any]:
    """Return loss and metrics over all samples: the loss averaged, metrics as they stand.

    Args:
        model: the model.
        function: loss and metrics of a batch.
        feed: the data.
        batch_size: samples at a time; None with `steps`, where each step takes all.
        steps: number of steps.
        verbose: 1 shows a progress bar.
        callbacks: the user's callbacks, or the list of those of the training around it.
    """
    check_steps(batch_size, steps)
    feed.need_samples("evaluate")
    feed.phase = phase_of(function, 0)
    model.reset_metrics()
    hooks = _set_up(model, callbacks, batch_size, steps, feed, verbose)
    labels = model.metrics_names
    bar = Progbar(steps or feed.samples) if verbose == 1 else None
    hooks._call_begin_hook("test")
    total, seen = 0.0, 0
    outputs: list[Any] = []
    for number, rows in enumerate(feed.slices(batch_size, steps)):
        size = 1 if steps else _count(rows)
        logs = cbks.Logs(batch=number, size=size)
        if hooks.hooks("test", "begin"):
            hooks.on_test_batch_begin(number, logs)
        outputs = as_numbers(function(feed.batch(rows)))
        total += outputs[0] * size
        seen += size
        if hooks.hooks("test", "end"):
            logs.update(zip(labels, outputs, strict=True))
            hooks.on_test_batch_end(number, logs)
        if bar:
            bar.update(seen)
    hooks._call_end_hook("test")
    return [total / seen, *outputs[1:]]


def predict_loop(
    model: Any,
    function: Any,
    feed: Feed,
    *,
    batch_size: int | None,
    steps: int | None = None,
    verbose: int = 0,
    callbacks: Any = None,
) -> Any:
    """Return the outputs for all samples, an array or a list of arrays.

    Args:
        model: the model.
        function: outputs of a batch.
        feed: the data.
        batch_size: samples at a time; None with `steps`, where each step takes all.
        steps: number of steps.
        verbose: 1 shows a progress bar.
        callbacks: the user's callbacks.
    """
    check_steps(batch_size, steps)
    feed.phase = phase_of(function, 0)
    hooks = _set_up(model, callbacks, batch_size, steps, feed, verbose)
    bar = Progbar(steps or feed.samples) if verbose == 1 else None
    hooks._call_begin_hook("predict")
    results: list[Any] = []
    done = 0
    for number, rows in enumerate(feed.slices(batch_size, steps) or [slice(0, 0)]):
        logs = cbks.Logs(batch=number, size=1 if steps else _count(rows))
        if hooks.hooks("predict", "begin"):
            hooks.on_predict_batch_begin(number, logs)
        outputs = function(feed.batch(rows))
        count = _count(rows) if feed.arrays else len(outputs[0])
        _check_rows(outputs, count)
        results = _store(results, outputs, done, steps * count if steps else feed.samples)
        done += count
        if hooks.hooks("predict", "end"):
            logs["outputs"] = outputs
            hooks.on_predict_batch_end(number, logs)
        if bar:
            bar.update(number + 1 if steps else rows.stop)
    hooks._call_end_hook("predict")
    return unpack_singleton(results)


def _store(results: list[Any], outputs: list[Any], start: int, total: int) -> list[Any]:
    """Write the outputs of a batch to their rows; the first batch says how they look."""
    if total == len(outputs[0]):
        return outputs
    results = results or [np.empty((total, *o.shape[1:]), o.dtype) for o in outputs]
    for result, output in zip(results, outputs, strict=True):
        result[start : start + len(output)] = output
    return results


def _check_rows(outputs: list[Any], count: int) -> None:
    for output in outputs:
        if output.ndim == 0 or len(output) != count:
            raise ValueError(
                f"predict: an output has shape {output.shape} for {count} samples; needs a row "
                "for each. Use predict_on_batch for outputs that have none."
            )
