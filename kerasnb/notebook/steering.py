"""Trainings that go on: how far each is, and how others pause, steer and stop it."""

from __future__ import annotations

import itertools
import math
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from .. import backend as K
from ..callbacks import Callback
from .describe.training import as_number, named, steps_of

INTERVAL = 0.25  # seconds from one look to the next, at least
_SHARE = 0.006  # of the time that looks may take; when they are dear, they become fewer
_REMEMBERED = 8  # trainings that are over
_BREATH = 0.2  # seconds: a paused training looks up so often, on Windows to be interrupted too

_numbers = itertools.count(1)
_running: weakref.WeakValueDictionary[int, Training] = weakref.WeakValueDictionary()
_over: deque[dict[str, Any]] = deque(maxlen=_REMEMBERED)


class View(Protocol):
    """Something that a training is shown by."""

    shows_progress: bool

    def begin(self, training: Training) -> None:
        """A training begins."""

    def batches(self, epoch: int, logs: list[Any]) -> None:
        """These are the results of the batches since the last time."""

    def end_epoch(self, epoch: int, logs: dict[str, Any]) -> None:
        """These are the results of an epoch."""

    def show(self, state: str, progress: dict[str, Any]) -> None:
        """Show what there is."""


class Training(Callback):
    """A training as it goes on. Its methods may be called by any thread.

    `fit` keeps its thread busy; others only leave an order, which is followed between two
    batches: no number changes but those that the order is about. A notebook with
    `%load_ext kerasnb` has one in each training, see `trainings`.

    Args:
        views: what it is shown by.
        clock: function that returns the time in seconds.

    Attributes:
        number: which training it is in this session, from 1.
        state: "running", "paused", and at last "finished", "stopped" (before the last epoch),
            "interrupted" or "failed".
        progress: how far it is; see `progress` of a training in docs/displays.md.
        metrics: the last values by name.

    Example:
        >>> import numpy as np
        >>> from kerasnb.layers import Dense
        >>> from kerasnb.models import Sequential
        >>> model = Sequential([Dense(1, input_shape=(2,))])
        >>> model.compile("sgd", "mse")
        >>> training = Training()
        >>> _ = model.fit(np.ones((4, 2)), np.ones(4), callbacks=[training], verbose=0)
        >>> training.state, training.progress["epoch"]
        ('finished', 1)
    """

    def __init__(
        self, views: Sequence[View] = (), clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self.shows_progress = any(view.shows_progress for view in views)
        self.number = 0
        self.state = ""
        self.progress: dict[str, Any] = {}
        self.metrics: dict[str, float | None] = {}
        self._views = list(views)
        self._clock = clock
        self._go = threading.Event()
        self._begin_free()

    def _begin_free(self) -> None:
        self._ordered = self._stop = False
        self._rate: float | None = None
        self._go.set()

    # -- orders

    def pause(self) -> None:
        """Let it wait after the batch that it is at."""
        self._go.clear()
        self._ordered = True

    def resume(self) -> None:
        """Let it go on, as if it had never waited."""
        self._go.set()

    def stop(self) -> None:
        """Let it end after the batch that it is at, with its History, paused or not."""
        self._stop = self._ordered = True
        self._go.set()

    def set_learning_rate(self, value: float) -> None:
        """Set the optimizer's learning rate, from the next batch on."""
        rate = float(value)
        if not (math.isfinite(rate) and rate >= 0):
            raise ValueError(f"set_learning_rate: got {value!r}; needs a number from 0 on.")
        if getattr(getattr(self.model, "optimizer", None), "lr", None) is None:
            raise ValueError("set_learning_rate: the training's optimizer has no learning rate.")
        self._rate = rate
        self._ordered = True

    def _obey(self) -> None:
        self._ordered = False  # first: what is ordered from now on is seen the next time
        self._take_rate()
        if not self._go.is_set():
            self._wait()
        if self._stop:
            self.model.stop_training = True

    def _wait(self) -> None:
        begin = self._clock()
        self._look("paused")
        while not self._go.wait(_BREATH):
            if self._take_rate():
                self._look("paused")
        self._take_rate()
        self._entered = now = self._clock()
        self._begin += now - begin  # nor is it time that the training takes
        self._look("running")

    def _take_rate(self) -> bool:
        rate, self._rate = self._rate, None
        if rate is None:
            return False
        K.set_value(self.model.optimizer.lr, rate)
        self._next = -math.inf
        return True

    # -- hooks

    def on_train_begin(self, logs: Any = None) -> None:
        """Note when it begins; say so."""
        self._begin_free()
        self.number = next(_numbers)
        self.name = named(self.model)
        self.thread = threading.get_ident()
        self.in_main_thread = threading.current_thread() is threading.main_thread()
        self._pending: list[Any] = []
        self._epoch = 0
        self._first: int | None = None
        self._in_epoch = False
        self._step = self._done = self._samples = 0
        self._begin = self._entered = self._clock()
        self._spent = 0.0  # in batches, which the rate is made from
        _running[self.number] = self
        for view in self._views:
            view.begin(self)
        self._look("running")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Note which epoch it is."""
        self._epoch, self._step, self._in_epoch = epoch, 0, True
        if self._first is None:
            self._first = epoch
        self._entered = self._clock()
        if self._ordered:
            self._obey()

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Note the results; look at them if it is time."""
        self._pending.append(logs)
        if self._ordered:
            self._obey()
        if self._clock() >= self._next:
            self._look("running")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Note the results of the epoch and its validation."""
        self._take()
        self._in_epoch = False
        self.metrics = {**self.metrics, **{n: as_number(v) for n, v in (logs or {}).items()}}
        for view in self._views:
            view.end_epoch(epoch, logs or {})
        if self._stop:
            self.model.stop_training = True
        if self._clock() >= self._next:
            self._look("running")

    def on_train_end(self, logs: Any = None) -> None:
        """Say how it has ended."""
        if self._in_epoch:
            self.end("interrupted")
            return
        epochs, steps = self.params.get("epochs"), steps_of(self.params)
        last = epochs is None or self._epoch + 1 >= epochs
        whole = steps is None or self._step >= steps
        self.end("finished" if last and whole else "stopped")

    def end(self, state: str) -> None:
        """Say that it is over, once."""
        if self.number not in _running:
            return
        self._look(state)
        _over.append(self.described())  # first: it is never in neither of the two
        _running.pop(self.number, None)
        self.model = self.validation_data = None  # whoever keeps this keeps no model alive

    # -- looking

    def _take(self) -> None:
        """Look at the batches since the last time."""
        pending, self._pending = self._pending, []
        if pending:
            self._step += len(pending)
            self._done += len(pending)
            self._samples += sum(log["size"] for log in pending)
            last = pending[-1]
            names = [name for name in last if name not in ("batch", "size")]
            self.metrics = {**self.metrics, **{n: as_number(last[n]) for n in names}}
            for view in self._views:
                view.batches(self._epoch, pending)
        now = self._clock()
        if self._in_epoch:
            self._spent += now - self._entered
            self._entered = now

    def _look(self, state: str) -> None:
        start = self._clock()
        self._take()
        self.progress = self._how_far(start)
        self.state = state
        for view in self._views:
            view.show(state, self.progress)
        end = self._clock()
        self._next = end + max(INTERVAL, (end - start) / _SHARE)
        self._entered = end  # what showing took is no training

    def _how_far(self, now: float) -> dict[str, Any]:
        epochs, steps = self.params.get("epochs"), steps_of(self.params)
        elapsed = now - self._begin
        left = None
        if self._done and steps and epochs:
            total = steps * (epochs - (self._first or 0))
            left = max(elapsed / self._done * (total - self._done), 0.0)
        return {
            "epoch": self._epoch + 1,
            "epochs": epochs,
            "step": self._step,
            "steps": steps,
            "seconds": elapsed,
            "left": left,
            "rate": self._samples / self._spent if self._samples and self._spent > 0 else None,
            "learning_rate": learning_rate(self.model),
        }

    def described(self) -> dict[str, Any]:
        """Return what there is to tell as plain numbers and strings."""
        return {
            "number": self.number,
            "model": self.name,
            "state": self.state,
            "progress": self.progress,
            "metrics": self.metrics,
            "in_main_thread": self.in_main_thread,
        }


def learning_rate(model: Any) -> float | None:
    """Return the learning rate of a model's optimizer, None if it has none that is a number."""
    try:
        return as_number(K.get_value(model.optimizer.lr))
    except AttributeError:
        return None


def trainings() -> list[Training]:
    """Return the trainings that go on, in the order of their beginning."""
    return [training for _, training in sorted(_running.items())]


def past_trainings() -> list[dict[str, Any]]:
    """Return what was last told of the trainings that are over, the last few of them."""
    return list(_over)
