"""The callback that saves the model as it goes on."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from ..utils.io_utils import remove_leftovers
from .base import Logs, Remembering
from .monitor import result_of, should_grow


class ModelCheckpoint(Remembering):
    """Save the model after epochs.

    A file is written as a whole or not at all: a training that is killed leaves no half file.

    Args:
        filepath: the file. `{epoch}` in it is the epoch, from 1, and names of results stand for
            them: "weights.{epoch:02d}-{val_loss:.2f}.hdf5".
        monitor: name of the result that says which epoch is the best.
        verbose: 1 says what is saved.
        save_best_only: whether only an epoch that is better than all before is saved.
        save_weights_only: whether `save_weights` is used instead of `save`.
        mode: "min", "max", or "auto": a name with "acc" in it should grow.
        period: number of epochs from one time to the next.
    """

    _memory = ("best", "epochs_since_last_save")

    def __init__(
        self,
        filepath: Any,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        period: int = 1,
    ) -> None:
        self.monitor = monitor
        self.verbose = verbose
        self.filepath = filepath
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.period = period
        self.epochs_since_last_save = 0
        grows = should_grow("ModelCheckpoint", monitor, mode)
        self.monitor_op = np.greater if grows else np.less
        self.best: Any = -np.inf if grows else np.inf

    def on_train_begin(self, logs: Any = None) -> None:
        """Remove what a killed training has left beside the file."""
        remove_leftovers(os.path.dirname(os.fspath(self.filepath)) or ".")  # noqa: PTH120

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Save the model if it is time."""
        self.epochs_since_last_save += 1
        if self.epochs_since_last_save < self.period:
            return
        self.epochs_since_last_save = 0
        logs = Logs(logs or {})
        path = self._path(epoch, logs)
        if self.save_best_only:
            current = result_of("ModelCheckpoint", self.monitor, logs)
            if current is None:
                return
            if not self.monitor_op(current, self.best):
                self._say(epoch, f"{self.monitor} is not better than {self.best:.5f}")
                return
            self._say(
                epoch,
                f"{self.monitor} has gone from {self.best:.5f} to {current:.5f}, saving {path}",
            )
            self.best = current
        else:
            self._say(epoch, f"saving {path}")
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)

    def _path(self, epoch: int, logs: Logs) -> str:
        path = os.fspath(self.filepath)
        try:
            return path.format_map(Logs(logs, epoch=epoch + 1))
        except KeyError as error:
            raise KeyError(
                f"ModelCheckpoint: the file name {path!r} needs {error}, which is not among the "
                f"results: epoch, {', '.join(logs)}."
            ) from None

    def _say(self, epoch: int, text: str) -> None:
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1:05d}: {text}")
