"""What callbacks are, and the list of them that a training calls."""

from __future__ import annotations

import re
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from statistics import median
from typing import Any

_SLOW = 0.1  # seconds in one hook from which on the user is told


class Logs(dict):
    """Results by name, in which accuracy is found as 'acc' and as 'accuracy'.

    Example:
        >>> logs = Logs(val_accuracy=0.9)
        >>> logs["val_acc"], logs.get("val_acc"), list(logs)
        (0.9, 0.9, ['val_accuracy'])
    """

    def __missing__(self, name: str) -> Any:
        other = _other_name(name)
        if other is None or not dict.__contains__(self, other):
            raise KeyError(name)
        return dict.__getitem__(self, other)

    def __contains__(self, name: object) -> bool:
        return dict.__contains__(self, name) or dict.__contains__(self, _other_name(name))

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a name, or `default`."""
        return self[name] if name in self else default


def _other_name(name: object) -> str | None:
    found = re.fullmatch(r"(.*_|)(acc|accuracy)(_\d+|)", str(name))
    if found is None:
        return None
    return f"{found[1]}{'accuracy' if found[2] == 'acc' else 'acc'}{found[3]}"


class Callback:
    """Base of callbacks: define the methods that matter, the others do nothing.

    `logs` holds results by name: "loss", the metrics and, at the end of an epoch, the same of
    the validation ("val_loss"); at the end of a batch also "batch" and "size".

    Attributes:
        params: how the training was called (epochs, batch_size, verbose, metrics, ...).
        model: the model that is trained.
        validation_data: the arrays of the validation: inputs, targets, sample weights.

    Example:
        >>> class Stop(Callback):
        ...     def on_batch_end(self, batch, logs=None):
        ...         if logs["loss"] < 0.1:
        ...             self.model.stop_training = True
    """

    params: dict[str, Any]
    model: Any = None
    validation_data: Any = None

    def set_params(self, params: dict[str, Any]) -> None:
        """Take note of how the training was called."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Take note of the model."""
        self.model = model

    def on_train_begin(self, logs: Any = None) -> None:
        """Called before the first epoch."""

    def on_train_end(self, logs: Any = None) -> None:
        """Called after the last epoch."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Called before an epoch; they are counted from 0."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Called after an epoch and its validation, with the results of both."""

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called before a batch of training."""

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called after a batch of training."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called before a batch of training; another name of `on_batch_begin`."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called after a batch of training; another name of `on_batch_end`."""
        self.on_batch_end(batch, logs)

    def on_test_begin(self, logs: Any = None) -> None:
        """Called before an evaluation or validation."""

    def on_test_end(self, logs: Any = None) -> None:
        """Called after an evaluation or validation."""

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called before a batch of an evaluation or validation."""

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called after a batch of an evaluation or validation."""

    def on_predict_begin(self, logs: Any = None) -> None:
        """Called before a prediction."""

    def on_predict_end(self, logs: Any = None) -> None:
        """Called after a prediction."""

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called before a batch of a prediction."""

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called after a batch of a prediction; `logs["outputs"]` are its results."""


class Remembering(Callback):
    """Base of callbacks whose next epoch depends on those before.

    What the attributes named in `_memory` hold is kept by `Resume`.
    """

    _memory: tuple[str, ...] = ()

    def get_state(self) -> dict[str, Any]:
        """Return what is remembered, as numbers, arrays, lists and dictionaries."""
        return {name: getattr(self, name) for name in self._memory}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from a state."""
        for name, value in state.items():
            setattr(self, name, value)


def _listens(callback: Any, hook: str) -> bool:
    """Whether a callback defines a hook itself."""
    names = [hook, hook.replace("_train_", "_")]
    return any(
        name in vars(callback) or getattr(type(callback), name, None) is not getattr(Callback, name)
        for name in names
    )


class CallbackList:
    """Calls callbacks in order; those that do not listen to batches cost nothing in them.

    Args:
        callbacks: the callbacks.
        queue_length: over how many batches the time of a hook is looked at.
    """

    def __init__(self, callbacks: Iterable[Any] | None = None, queue_length: int = 10) -> None:
        self.callbacks = list(callbacks or ())
        self.queue_length = queue_length
        self.params: dict[str, Any] = {}
        self.model: Any = None
        self._reset_hooks()

    def __iter__(self) -> Iterator[Any]:
        return iter(self.callbacks)

    def append(self, callback: Any) -> None:
        """Add a callback at the end."""
        self.callbacks.append(callback)
        self._reset_hooks()

    def set_params(self, params: dict[str, Any]) -> None:
        """Tell all callbacks how the training was called."""
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model: Any) -> None:
        """Tell all callbacks the model."""
        self.model = model
        for callback in self.callbacks:
            if not hasattr(callback, "set_model"):
                raise TypeError(
                    f"`callbacks` needs a list of Callback objects; got {callback!r:.80}."
                )
            callback.set_model(model)

    def _reset_hooks(self) -> None:
        self._hooks: dict[str, list[Callable[..., Any]]] = {}
        self._durations: dict[tuple[str, str], deque[float]] = {}
        self._left = time.perf_counter()  # when the last hook was done
        self._batch_time = 0.0

    def hooks(self, mode: str, when: str) -> list[Callable[..., Any]]:
        """Return the methods that listen to the "begin" or "end" of batches.

        Args:
            mode: "train", "test" or "predict".
            when: "begin" or "end".
        """
        name = f"on_{mode}_batch_{when}"
        if name not in self._hooks:
            self._hooks[name] = [getattr(c, name) for c in self.callbacks if _listens(c, name)]
        return self._hooks[name]

    def _call_batch_hook(self, mode: str, when: str, batch: int, logs: Any = None) -> None:
        start = time.perf_counter()
        if when == "end":
            self._batch_time = start - self._left
        logs = Logs() if logs is None else logs
        for hook in self.hooks(mode, when):
            hook(batch, logs)
        self._left = time.perf_counter()
        took = self._left - start
        # All are noted, and the median counts: one that was slow for once is not told.
        last = self._durations.get((mode, when))
        if last is None:
            last = self._durations[mode, when] = deque(maxlen=self.queue_length)
        last.append(took)
        if took > _SLOW and self._batch_time:
            self._warn_if_slow(f"on_{mode}_batch_{when}", median(last))

    def _warn_if_slow(self, name: str, took: float) -> None:
        if took > max(_SLOW, 0.95 * self._batch_time):
            warnings.warn(
                f"Callbacks take long: {name} {took:.2f} s a batch, the batch itself "
                f"{self._batch_time:.2f} s.",
                RuntimeWarning,
                stacklevel=4,
            )

    def _call_begin_hook(self, mode: str) -> None:
        self._reset_hooks()
        getattr(self, f"on_{mode}_begin")()

    def _call_end_hook(self, mode: str) -> None:
        getattr(self, f"on_{mode}_end")()

    def _call(self, name: str, *args: Any) -> None:
        for callback in self.callbacks:
            getattr(callback, name)(*args)

    def on_train_begin(self, logs: Any = None) -> None:
        """Call the callbacks."""
        self._call("on_train_begin", logs)

    def on_train_end(self, logs: Any = None) -> None:
        """Call the callbacks."""
        self._call("on_train_end", logs)

    def on_test_begin(self, logs: Any = None) -> None:
        """Call the callbacks."""
        self._call("on_test_begin", logs)

    def on_test_end(self, logs: Any = None) -> None:
        """Call the callbacks."""
        self._call("on_test_end", logs)

    def on_predict_begin(self, logs: Any = None) -> None:
        """Call the callbacks."""
        self._call("on_predict_begin", logs)

    def on_predict_end(self, logs: Any = None) -> None:
        """Call the callbacks."""
        self._call("on_predict_end", logs)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Call the callbacks."""
        self._call("on_epoch_begin", epoch, Logs() if logs is None else logs)
        self._reset_hooks()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Call the callbacks."""
        self._call("on_epoch_end", epoch, Logs() if logs is None else logs)

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Call the callbacks that listen."""
        self._call_batch_hook("train", "begin", batch, logs)

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Call the callbacks that listen."""
        self._call_batch_hook("train", "end", batch, logs)

    on_train_batch_begin = on_batch_begin
    on_train_batch_end = on_batch_end

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Call the callbacks that listen."""
        self._call_batch_hook("test", "begin", batch, logs)

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Call the callbacks that listen."""
        self._call_batch_hook("test", "end", batch, logs)

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Call the callbacks that listen."""
        self._call_batch_hook("predict", "begin", batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """Call the callbacks that listen."""
        self._call_batch_hook("predict", "end", batch, logs)
