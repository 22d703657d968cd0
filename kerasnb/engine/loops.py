"""The loops of training, evaluation and prediction, batch by batch."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from .. import callbacks as cbks
from ..callbacks import session
from ..graph import LearningPhase, Rows
from ..utils.generic_utils import unpack_singleton
from ..utils.progbar import Progbar
from .training_utils import batch_shuffle, check_steps, make_batches, should_run_validation


class Feed:
    """Arrays from which batches are taken.

    Rows are gathered where a function reads them, in its own memory: nothing is copied here.

    Args:
        arrays: arrays with the same samples.
    """

    def __init__(self, arrays: Sequence[Any]) -> None:
        if any(array is None for array in arrays):
            raise ValueError("Data is needed for each input and each target; got None for one.")
        self.arrays = list(arrays)
        self.samples = int(arrays[0].shape[0]) if arrays else 0
        self._takers = [_taker(a) for a in arrays]

    def batch(self, index: Any) -> list[Any]:
        """Return the rows at `index`, a slice or an array of integers."""
        return [take(index) for take in self._takers]

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


class ArrayBatches:
    """The batches of arrays. Iterating gives those of one epoch: (size, arrays of the batch).

    Args:
        feed: the arrays.
        batch_size: samples at a time; None with `steps`.
        steps: number of steps an epoch, each of all samples; in place of `batch_size`.
        shuffle: whether the samples come in another order in each epoch; "batch" for whole
            batches.

    Attributes:
        steps: number of batches an epoch.
        samples: number of samples that a progress bar counts; None if it counts steps.
        params: what callbacks are told of it.
    """

    def __init__(
        self,
        feed: Feed,
        batch_size: int | None = None,
        steps: int | None = None,
        shuffle: Any = False,
    ) -> None:
        check_steps(batch_size, steps)
        self.feed = feed
        self.batch_size = batch_size
        self.shuffle = shuffle
        self._whole = steps is not None
        self._slices = feed.slices(batch_size, steps) or [slice(0, 0)]
        self._order = np.arange(feed.samples if shuffle else 0)
        self.steps = len(self._slices)
        self.samples = None if self._whole else feed.samples
        self.params = {"batch_size": batch_size, "steps": steps, "samples": self.samples}

    def __iter__(self) -> Iterator[tuple[int, list[Any]]]:
        for rows in self._rows():
            yield 1 if self._whole else _count(rows), self.feed.batch(rows)

    def _rows(self) -> list[Any]:
        if not self.shuffle or self._whole:
            return self._slices
        if self.shuffle == "batch":
            self._order = batch_shuffle(self._order, self.batch_size or 1)
        else:
            np.random.shuffle(self._order)
        return [self._order[rows] for rows in self._slices]

    def rows(self, count: int) -> int | None:
        """Return the number of rows of all batches, given that of the first."""
        return self.steps * count if self._whole else self.feed.samples

    def end_epoch(self) -> None:
        """Nothing is to be done between epochs."""

    def get_state(self) -> Any:
        """Return the order of the samples, which the next epoch's order is made from."""
        return self._order if self.shuffle else None

    def set_state(self, state: Any) -> None:
        """Go on from a state."""
        if state is not None:
            self._order = np.array(state)


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


class Validation:
    """Evaluates a model in the midst of a training.

    Args:
        model: the model.
        batches: gives the batches.
        feed: the arrays that they come from, if they do.

    Attributes:
        arrays: what callbacks see of the data.
    """

    def __init__(self, model: Any, batches: Callable[[], Any], feed: Feed | None = None) -> None:
        model._make_test_function()
        self.model = model
        self.batches = batches
        self.arrays = feed.arrays + phase_of(model.test_function, 0) if feed else []

    def __call__(self, hooks: cbks.CallbackList) -> list[Any]:
        return test_loop(self.model, self.model.test_function, self.batches(), callbacks=hooks)


def fit_loop(
    model: Any,
    function: Any,
    source: Any,
    *,
    epochs: int,
    verbose: int,
    callbacks: Any,
    validation: Validation | None,
    initial_epoch: int,
    validation_freq: Any,
) -> Any:
    """Train for some epochs and return the History.

    Args:
        model: the model.
        function: one step of training: loss and metrics from a batch.
        source: the batches, as `ArrayBatches`.
        epochs: number of the last epoch.
        verbose: 0 nothing, 1 a progress bar, 2 a line an epoch.
        callbacks: the user's callbacks.
        validation: evaluates the model.
        initial_epoch: number of the first epoch, from 0.
        validation_freq: after which epochs to validate.
    """
    labels = model.metrics_names
    metrics = labels + ([f"val_{n}" for n in labels] if validation else [])
    params = {"epochs": epochs, "verbose": verbose, "do_validation": validation is not None}
    params = {**source.params, **params, "metrics": metrics}
    logger = cbks.BaseLogger(stateful_metrics=labels[1:])
    hooks = _hooks_of_training(model, logger, source, params, callbacks)
    for callback in hooks:
        callback.validation_data = validation.arrays if validation else []
    phase = phase_of(function, 1)
    keepers = [callback for callback in hooks if isinstance(callback, cbks.Resume)]
    watchers = [callback for callback in hooks if isinstance(callback, cbks.TerminateOnNaN)]
    hooks._call_begin_hook("train")
    first, epoch, done = initial_epoch, initial_epoch, 0
    try:
        for keeper in keepers:
            first = max(first, keeper.restore(function, source, hooks))
            _tell_steps(hooks, source)
        for epoch in range(first, first if hooks.model.stop_training else epochs):
            done = 0
            model.reset_metrics()
            hooks.on_epoch_begin(epoch)
            logs = cbks.Logs()
            for size, arrays in source:
                batch_logs = cbks.Logs(batch=done, size=size)
                if hooks.hooks("train", "begin"):
                    hooks.on_batch_begin(done, batch_logs)
                for watcher in watchers:
                    watcher.arrays = arrays  # where NaN comes from, they look for it here first
                outputs = function(arrays + phase)
                batch_logs.update(zip(labels, as_numbers(outputs), strict=True))
                hooks.on_batch_end(done, batch_logs)
                done += 1
                if hooks.model.stop_training:
                    break
            if done == source.steps:
                if validation and should_run_validation(validation_freq, epoch):
                    results = validation(hooks)
                    logs.update(zip([f"val_{n}" for n in labels], results, strict=False))
            elif not hooks.model.stop_training:  # a generator has no more batches
                hooks.model.stop_training = True
                if not done:
                    break
            hooks.on_epoch_end(epoch, logs)
            source.end_epoch()
            _tell_steps(hooks, source)
            for keeper in keepers:
                keeper.keep(epoch)
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
    for keeper in keepers:
        keeper.finish()
    return model.history


def _tell_steps(hooks: cbks.CallbackList, source: Any) -> None:
    """Let the callbacks know that a Sequence has another length now."""
    if hooks.params["steps"] != source.params["steps"]:
        hooks.set_params({**hooks.params, **source.params})


def _hooks_of_training(
    model: Any, logger: Any, source: Any, params: dict[str, Any], callbacks: Any
) -> cbks.CallbackList:
    """Return the callbacks of a training: the user's, our own, and those of the session."""
    model.history = cbks.History()
    own: list[Any] = [logger, *session.callbacks_for(model, params)]
    if params["verbose"] and not any(getattr(c, "shows_progress", False) for c in own):
        mode = "steps" if source.samples is None else "samples"
        own.append(cbks.ProgbarLogger(mode, stateful_metrics=logger.stateful_metrics))
    hooks = cbks.CallbackList([*own, *(callbacks or []), model.history])
    hooks.set_model(model._get_callback_model())
    hooks.set_params(params)
    hooks.model.stop_training = False
    return hooks


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


def _set_up(model: Any, callbacks: Any, source: Any, verbose: int) -> cbks.CallbackList:
    """Return the callbacks of an evaluation or prediction, ready to be called."""
    if isinstance(callbacks, cbks.CallbackList):
        return callbacks
    hooks = cbks.CallbackList(callbacks)
    hooks.set_model(model._get_callback_model())
    metrics = model.metrics_names if model._is_compiled else []
    hooks.set_params({**source.params, "verbose": verbose, "metrics": metrics})
    return hooks


def test_loop(
    model: Any,
    function: Any,
    source: Any,
    *,
    verbose: int = 0,
    callbacks: Any = None,
) -> list[Any]:
    """Return loss and metrics over all samples: the loss averaged, metrics as they stand.

    The list is empty if a generator has given no batch.

    Args:
        model: the model.
        function: loss and metrics of a batch.
        source: the batches, as `ArrayBatches`.
        verbose: 1 shows a progress bar.
        callbacks: the user's callbacks, or the list of those of the training around it.
    """
    phase = phase_of(function, 0)
    model.reset_metrics()
    hooks = _set_up(model, callbacks, source, verbose)
    labels = model.metrics_names
    bar = Progbar(source.samples or source.steps) if verbose == 1 else None
    hooks._call_begin_hook("test")
    total, seen = 0.0, 0
    outputs: list[Any] = []
    for number, (size, arrays) in enumerate(source):
        logs = cbks.Logs(batch=number, size=size)
        if hooks.hooks("test", "begin"):
            hooks.on_test_batch_begin(number, logs)
        outputs = as_numbers(function(arrays + phase))
        total += outputs[0] * size
        seen += size
        if hooks.hooks("test", "end"):
            logs.update(zip(labels, outputs, strict=True))
            hooks.on_test_batch_end(number, logs)
        if bar:
            bar.update(seen if source.samples else number + 1)
    hooks._call_end_hook("test")
    source.end_epoch()
    return [total / seen, *outputs[1:]] if outputs else []


def predict_loop(
    model: Any,
    function: Any,
    source: Any,
    *,
    verbose: int = 0,
    callbacks: Any = None,
) -> Any:
    """Return the outputs for all samples, an array or a list of arrays.

    Args:
        model: the model.
        function: outputs of a batch.
        source: the batches, as `ArrayBatches`.
        verbose: 1 shows a progress bar.
        callbacks: the user's callbacks.
    """
    phase = phase_of(function, 0)
    hooks = _set_up(model, callbacks, source, verbose)
    bar = Progbar(source.samples or source.steps) if verbose == 1 else None
    hooks._call_begin_hook("predict")
    results = _Results()
    for number, (size, arrays) in enumerate(source):
        logs = cbks.Logs(batch=number, size=size)
        if hooks.hooks("predict", "begin"):
            hooks.on_predict_batch_begin(number, logs)
        outputs = function(arrays + phase)
        count = arrays[0].shape[0] if arrays else len(outputs[0])
        _check_rows(outputs, count)
        results.add(outputs, source.rows(count))
        if hooks.hooks("predict", "end"):
            logs["outputs"] = outputs
            hooks.on_predict_batch_end(number, logs)
        if bar:
            bar.update(results.done if source.samples else number + 1)
    if not results.parts:
        raise ValueError("predict_generator: got no batch; needs at least one.")
    hooks._call_end_hook("predict")
    source.end_epoch()
    return unpack_singleton(results.together())


class _Results:
    """The outputs of all batches, written to their rows if it is known how many there are."""

    def __init__(self) -> None:
        self.done = 0
        self.parts: list[list[Any]] = []  # of batches, or one of arrays for all

    def add(self, outputs: list[Any], total: int | None) -> None:
        start, self.done = self.done, self.done + len(outputs[0])
        if total is None or total == len(outputs[0]):
            self.parts.append(outputs)
            return
        if not self.parts:
            self.parts = [[np.empty((total, *o.shape[1:]), o.dtype) for o in outputs]]
        for result, output in zip(self.parts[0], outputs, strict=True):
            result[start : self.done] = output

    def together(self) -> list[Any]:
        if len(self.parts) == 1:
            return self.parts[0]
        return [np.concatenate(parts) for parts in zip(*self.parts, strict=True)]


def _check_rows(outputs: list[Any], count: int) -> None:
    for output in outputs:
        if output.ndim == 0 or len(output) != count:
            raise ValueError(
                f"predict: an output has shape {output.shape} for {count} samples; needs a row "
                "for each. Use predict_on_batch for outputs that have none."
            )
