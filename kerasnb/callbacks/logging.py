"""Callbacks that write down what happens: averages, the History, bars, files, a server."""

from __future__ import annotations

import csv
import io
import json
import urllib.parse
import urllib.request
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ..utils.io_utils import append_whole
from ..utils.progbar import Progbar
from .base import Callback, Logs, Remembering

_PATIENCE = 10.0  # seconds that a server may take to answer


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


class History(Remembering):
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

    def get_state(self) -> dict[str, Any]:
        """Return the epochs and the values."""
        return {"epoch": self.epoch, "history": dict(self.history)}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from a state."""
        self.epoch = state["epoch"]
        self.history = Logs(state["history"])


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


class CSVLogger(Remembering):
    """Write the results of each epoch to a table, a row an epoch.

    Args:
        filename: the file.
        separator: what stands between two columns.
        append: whether rows are added to a file that is there; else it is replaced.
    """

    def __init__(self, filename: Any, separator: str = ",", append: bool = False) -> None:
        self.filename = filename
        self.sep = separator
        self.append = append
        self.keys: list[str] | None = None
        self._goes_on = append

    def on_train_begin(self, logs: Any = None) -> None:
        """Begin a table with the first epoch's results."""
        self.keys = None
        self._goes_on = self.append

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write a row; what an epoch has no result for is NA."""
        logs = logs or {}
        path = Path(self.filename)
        begin = not (self._goes_on and path.exists() and path.stat().st_size)
        if self.keys is None:
            self.keys = sorted(logs)
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self.sep, lineterminator="\n")
        if begin:
            writer.writerow(["epoch", *self.keys])
        writer.writerow([epoch, *(_cell(logs.get(key, "NA")) for key in self.keys)])
        # Opened for each row: the file is whole whatever happens to the training.
        append_whole(path, text.getvalue().encode(), begin)
        self._goes_on = True

    def get_state(self) -> dict[str, Any]:
        """Return the columns, and how long the file is by now."""
        path = Path(self.filename)
        return {"keys": self.keys, "size": path.stat().st_size if path.exists() else 0}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take away rows that were written after the state was kept, and go on."""
        self.keys = state["keys"]
        self._goes_on = True
        path = Path(self.filename)
        if path.exists() and path.stat().st_size > state["size"]:
            with path.open("r+b") as file:
                file.truncate(state["size"])


def _cell(value: Any) -> Any:
    if isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim):
        return f'"[{", ".join(map(str, value))}]"'
    return value


class RemoteMonitor(Callback):
    """Send the results of each epoch to a server, by HTTP POST.

    A server that cannot be reached is told by a warning; the training goes on.

    Args:
        root: address of the server.
        path: path on it.
        field: name of the form's field that holds the results as JSON.
        headers: dictionary of HTTP headers.
        send_as_json: whether JSON is all that is sent, instead of a form.
    """

    def __init__(
        self,
        root: str = "http://localhost:9000",
        path: str = "/publish/epoch/end/",
        field: str = "data",
        headers: dict[str, str] | None = None,
        send_as_json: bool = False,
    ) -> None:
        self.root = root
        self.path = path
        self.field = field
        self.headers = headers
        self.send_as_json = send_as_json

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Send the epoch's number and results."""
        values = {name: np.asarray(value).tolist() for name, value in (logs or {}).items()}
        text = json.dumps({"epoch": epoch, **values})
        if self.send_as_json:
            kind, body = "application/json", text
        else:
            kind, body = (
                "application/x-www-form-urlencoded",
                urllib.parse.urlencode({self.field: text}),
            )
        headers = {"Content-Type": kind, **(self.headers or {})}
        try:
            request = urllib.request.Request(
                self.root + self.path, body.encode(), headers, method="POST"
            )
            with urllib.request.urlopen(request, timeout=_PATIENCE):
                pass
        except (OSError, ValueError) as error:  # no server, no answer, no address
            warnings.warn(
                f"RemoteMonitor could not send epoch {epoch + 1} to {self.root}: {error}",
                stacklevel=2,
            )
