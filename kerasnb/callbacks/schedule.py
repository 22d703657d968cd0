"""Callbacks that steer a training: stop it, or change the learning rate."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import backend as K
from .base import Callback, Remembering
from .monitor import result_of, should_grow
from .nan import cause_of


class EarlyStopping(Remembering):
    """Stop when a result has not become better for some epochs.

    Args:
        monitor: name of the result.
        min_delta: by how much it must become better to count.
        patience: number of epochs without an improvement that are waited.
        verbose: 1 says when it stops.
        mode: "min", "max", or "auto": a name with "acc" in it should grow.
        baseline: value to become better than.
        restore_best_weights: whether the model gets the weights of the best epoch back.
    """

    _memory = ("wait", "stopped_epoch", "best", "best_weights")

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
    ) -> None:
        self.monitor = monitor
        self.baseline = baseline
        self.patience = patience
        self.verbose = verbose
        self.restore_best_weights = restore_best_weights
        self.wait = 0
        self.stopped_epoch = 0
        self.best_weights: Any = None
        grows = should_grow("EarlyStopping", monitor, mode)
        self.monitor_op = np.greater if grows else np.less
        self.min_delta = min_delta if grows else -min_delta

    def on_train_begin(self, logs: Any = None) -> None:
        """Begin anew."""
        self.wait = 0
        self.stopped_epoch = 0
        worst = np.inf if self.monitor_op is np.less else -np.inf
        self.best = worst if self.baseline is None else self.baseline

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Compare with the best epoch so far."""
        current = self.get_monitor_value(logs or {})
        if current is None:
            return
        if self.monitor_op(current - self.min_delta, self.best):
            self.best = current
            self.wait = 0
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            return
        self.wait += 1
        if self.wait >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True
            if self.restore_best_weights and self.best_weights is not None:
                if self.verbose > 0:
                    print("Going back to the weights of the best epoch")
                self.model.set_weights(self.best_weights)

    def on_train_end(self, logs: Any = None) -> None:
        """Say that it has stopped."""
        if self.stopped_epoch > 0 and self.verbose > 0:
            print(f"Epoch {self.stopped_epoch + 1:05d}: early stopping")

    def get_monitor_value(self, logs: dict[str, Any]) -> Any:
        """Return the result to look at; None, with a warning, if there is none."""
        return result_of("EarlyStopping", self.monitor, logs)


class TerminateOnNaN(Callback):
    """Stop the training when the loss is no number any more, or infinite, and say why.

    Attributes:
        arrays: the batch that is being learned from; the training sets it.
    """

    arrays: Sequence[Any] = ()
    _finite: tuple[float, ...] = ()  # the least and the last loss that were finite

    def on_train_begin(self, logs: Any = None) -> None:
        """Begin anew."""
        self.arrays = ()
        self._finite = ()

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Look at the loss; if it is lost, say where that came from."""
        loss = (logs or {}).get("loss")
        if loss is None:
            return
        if np.isfinite(loss):
            self._finite = (min(loss, *self._finite[:1]) if self._finite else loss, loss)
            return
        self.model.stop_training = True
        why = cause_of(self.model, self.arrays, self._finite)
        print(f"Batch {batch}: the loss is {loss}, so the training ends. {why}")

    def on_train_end(self, logs: Any = None) -> None:
        """Let the batch go."""
        self.arrays = ()


class LearningRateScheduler(Callback):
    """Set the learning rate before each epoch.

    Args:
        schedule: function of the epoch (from 0) and the learning rate as it is, or of the epoch
            alone, that returns the learning rate.
        verbose: 1 says what it is set to.

    Example:
        >>> halving = LearningRateScheduler(lambda epoch, lr: lr * 0.5)
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Set it."""
        optimizer = _with_rate(self.model, "LearningRateScheduler")
        before = float(K.get_value(optimizer.lr))
        takes_rate = _takes_two(self.schedule)
        rate = self.schedule(epoch, before) if takes_rate else self.schedule(epoch)
        if not isinstance(rate, float | np.floating):
            raise ValueError(
                "LearningRateScheduler: the schedule must return a float; got "
                f"{rate!r} of type {type(rate).__name__} for epoch {epoch}."
            )
        K.set_value(optimizer.lr, rate)
        if self.verbose > 0:
            print(
                f"\nEpoch {epoch + 1:05d}: LearningRateScheduler sets the learning rate to {rate}."
            )

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Put it into the logs, as "lr"."""
        if logs is not None:
            logs["lr"] = K.get_value(self.model.optimizer.lr)


def _with_rate(model: Any, who: str) -> Any:
    """Return the model's optimizer, which must have a learning rate."""
    if not hasattr(model.optimizer, "lr"):
        raise ValueError(
            f'{who}: the optimizer {type(model.optimizer).__name__} needs an attribute "lr".'
        )
    return model.optimizer


def _takes_two(function: Callable[..., Any]) -> bool:
    """Whether a function can be called with two arguments."""
    try:
        inspect.signature(function).bind(0, 0.0)
    except (TypeError, ValueError):  # ValueError: a function in C that does not say what it takes
        return False
    return True


class ReduceLROnPlateau(Remembering):
    """Lower the learning rate when a result has not become better for some epochs.

    Args:
        monitor: name of the result.
        factor: what the learning rate is multiplied by, less than 1.
        patience: number of epochs without an improvement that are waited.
        verbose: 1 says when it happens.
        mode: "min", "max", or "auto": a name with "acc" in it should grow.
        min_delta: by how much the result must become better to count.
        cooldown: number of epochs after a change that are not looked at.
        min_lr: the lowest learning rate.
        **kwargs: `epsilon`, an old name of `min_delta`.
    """

    _memory = ("best", "wait", "cooldown_counter")

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0,
        **kwargs: Any,
    ) -> None:
        if factor >= 1.0:
            raise ValueError(f"ReduceLROnPlateau: factor must be less than 1; got {factor}.")
        if "epsilon" in kwargs:
            min_delta = kwargs.pop("epsilon")
            warnings.warn(
                f"ReduceLROnPlateau(epsilon={min_delta}) is an old spelling; write "
                f"min_delta={min_delta}.",
                stacklevel=2,
            )
        if kwargs:
            raise TypeError(
                f"ReduceLROnPlateau: got an unknown argument, {', '.join(map(repr, kwargs))}."
            )
        self.monitor = monitor
        self.factor = factor
        self.patience = patience
        self.verbose = verbose
        self.mode = mode
        self.min_delta = min_delta
        self.cooldown = cooldown
        self.min_lr = min_lr
        self.on_train_begin()

    def on_train_begin(self, logs: Any = None) -> None:
        """Begin anew."""
        grows = should_grow("ReduceLROnPlateau", self.monitor, self.mode)
        self.monitor_op: Callable[[Any, Any], Any] = self._is_more if grows else self._is_less
        self.best = -np.inf if grows else np.inf
        self.wait = 0
        self.cooldown_counter = 0

    def _is_less(self, a: Any, b: Any) -> Any:
        return np.less(a, b - self.min_delta)

    def _is_more(self, a: Any, b: Any) -> Any:
        return np.greater(a, b + self.min_delta)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Compare with the best epoch so far; put the learning rate into the logs, as "lr"."""
        logs = {} if logs is None else logs
        optimizer = _with_rate(self.model, "ReduceLROnPlateau")
        logs["lr"] = K.get_value(optimizer.lr)
        current = result_of("ReduceLROnPlateau", self.monitor, logs)
        if current is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.monitor_op(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(optimizer, epoch)

    def _reduce(self, optimizer: Any, epoch: int) -> None:
        old = float(K.get_value(optimizer.lr))
        if old <= float(np.asarray(self.min_lr, optimizer.lr.dtype)):
            return
        rate = max(old * self.factor, self.min_lr)
        K.set_value(optimizer.lr, rate)
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1:05d}: ReduceLROnPlateau lowers the learning rate to {rate}.")
        self.cooldown_counter = self.cooldown
        self.wait = 0

    def in_cooldown(self) -> bool:
        """Whether a change was so recently that epochs are not looked at."""
        return self.cooldown_counter > 0
