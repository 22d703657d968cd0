"""Callbacks that write down what happens: averages, the History, bars, files, a server."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..utils.progbar import Progbar
from .base import Callback, Logs


class BaseLogger(Callback):
    """Average the results of batches over an epoch, weighted by their sizes.

    Every training has one, first in the list: the callbacks after it find the averages in the
    logs of `on_epoch_end`.

    Args:
        stateful_metrics: names whose last value counts instead, as metrics average themselves.
    """

    def __init__(self, stateful_metrics: Iterable[str] | None = None) -> None:
        self.stateful_metrics = set(stateful_metrics or ())

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Begin anew."""
        self.seen = 0
        self.totals: dict[str, Any] = {}

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Add a batch."""
        logs = logs or {}
        size = logs.get("size", 0)
        self.seen += size
        totals = self.totals
        for name, value in logs.items():
            if name in self.stateful_metrics:
                totals[name] = value
            else:
                totals[name] = totals.get(name, 0) + value * size

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Put the averages into the logs."""
        if logs is None:
            return
        for name in self.params["metrics"]:
            if name in self.totals:
                stateful = name in self.stateful_metrics
                logs[name] = self.totals[name] if stateful else self.totals[name] / self.seen


class History(Callback):
    """What happened in each epoch; `fit` returns it.

    Attributes:
        epoch: the epochs' numbers, from 0.
        history: for each name ("loss", "val_accuracy", ...) the value after each epoch.
    """

    def on_train_begin(self, logs: Any = None) -> None:
        """Begin anew."""
        self.epoch: list[int] = []
        self.history: dict[str, list[Any]] = Logs()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write an epoch down."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


class ProgbarLogger(Callback):
    """Print a progress bar with the results.

    Args:
        count_mode: "samples" or "steps": what the bar counts.
        stateful_metrics: names whose last value is shown; others are averaged over the epoch.
    """

    def __init__(
        self, count_mode: str = "samples", stateful_metrics: Iterable[str] | None = None
    ) -> None:
        if count_mode not in ("samples", "steps"):
            raise ValueError(f"count_mode must be 'samples' or 'steps'; got {count_mode!r}.")
        self.use_steps = count_mode == "steps"
        self.stateful_metrics = set(stateful_metrics or ())

    def on_train_begin(self, logs: Any = None) -> None:
        """Take note of what to show."""
        self.verbose = self.params["verbose"]
        self.epochs = self.params["epochs"]

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Begin a bar."""
        self.seen = 0
        self.log_values: list[tuple[str, Any]] = []
        self.target = self.params["steps" if self.use_steps else "samples"]
        if self.verbose:
            print(f"Epoch {epoch + 1}/{self.epochs}")
            self.progbar = Progbar(
                self.target, verbose=self.verbose, stateful_metrics=self.stateful_metrics
            )

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Forget the batch before, unless it was the last."""
        if self.seen < self.target:
            self.log_values = []

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Move the bar; the end of the epoch does so for the last batch."""
        logs = logs or {}
        self.seen += 1 if self.use_steps else logs.get("size", 0)
        self._take(logs)
        if self.verbose and self.seen < self.target:
            self.progbar.update(self.seen, self.log_values)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Complete the bar."""
        self._take(logs or {})
        if self.verbose:
            self.progbar.update(self.seen, self.log_values)

    def _take(self, logs: dict[str, Any]) -> None:
        self.log_values += [(n, logs[n]) for n in self.params["metrics"] if n in logs]


class LambdaCallback(Callback):
    """A callback of functions.

    Args:
        on_epoch_begin, on_epoch_end: functions of (epoch, logs).
        on_batch_begin, on_batch_end: functions of (batch, logs).
        on_train_begin, on_train_end: functions of (logs).
        **kwargs: further methods, `on_test_end` say, or attributes.

    Example:
        >>> losses = []
        >>> note = LambdaCallback(on_batch_end=lambda batch, logs: losses.append(logs["loss"]))
    """

    def __init__(
        self,
        on_epoch_begin: Any = None,
        on_epoch_end: Any = None,
        on_batch_begin: Any = None,
        on_batch_end: Any = None,
        on_train_begin: Any = None,
        on_train_end: Any = None,
        **kwargs: Any,
    ) -> None:
        given = {k: v for k, v in locals().items() if k.startswith("on_") and v is not None}
        self.__dict__.update(kwargs)
        self.__dict__.update(given)
