"""Callbacks that steer a training: stop it, or change the learning rate."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .base import Callback


class EarlyStopping(Callback):
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
        if mode not in ("auto", "min", "max"):
            warnings.warn(
                f"EarlyStopping: mode must be 'auto', 'min' or 'max'; got {mode!r} and goes on "
                "with 'auto'.",
                RuntimeWarning,
                stacklevel=2,
            )
            mode = "auto"
        grows = mode == "max" or (mode == "auto" and "acc" in monitor)
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
        value = logs.get(self.monitor)
        if value is None:
            warnings.warn(
                f"EarlyStopping watches `{self.monitor}`, which is not there; there are: "
                f"{','.join(logs)}.",
                RuntimeWarning,
                stacklevel=2,
            )
        return value
