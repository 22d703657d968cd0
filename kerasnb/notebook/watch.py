"""Watching trainings in a notebook: one display a training, updated in place."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from .. import backend as K
from ..callbacks import Callback, session
from .describe.training import MOST_POINTS, Recorder, steps_of
from .display import Display
from .forms import training as training_form

INTERVAL = 0.1  # seconds from one update to the next, at least
_SHARE = 0.01  # of the time that updates may take; when they are dear, they become fewer
_LIVE_POINTS = 400  # while it goes on; the last update has them all

Publish = Callable[[dict[str, Any], str, bool], None]

_running: set[Watch] = set()


class Watch(Callback):
    """Shows a training as it goes on.

    Nothing waits for a browser: an update is a message that is sent. What has happened in the
    batches since the last one is only looked at when the next is due.

    Args:
        publish: function of (MIME bundle, display_id, whether it is an update).
        clock: function that returns the time in seconds.
    """

    shows_progress = True

    def __init__(self, publish: Publish, clock: Callable[[], float] = time.perf_counter) -> None:
        self._publish = publish
        self._clock = clock
        self._display_id = uuid.uuid4().hex
        self._thread = threading.get_ident()

    def on_train_begin(self, logs: Any = None) -> None:
        """Show that a training begins."""
        self._recorder = Recorder(self.model, self.params)
        self._pending: list[Any] = []
        self._epoch = 0
        self._first: int | None = None
        self._in_epoch = False
        self._step = self._done = self._samples = 0
        self._begin = self._next = self._clock()
        self._spent = 0.0  # in batches, which the rate is made from
        self._updates = False
        _running.add(self)
        self._show("running")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Note which epoch it is."""
        self._epoch, self._step, self._in_epoch = epoch, 0, True
        if self._first is None:
            self._first = epoch
        self._entered = self._clock()

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Note the results; show them if it is time."""
        self._pending.append(logs)
        if self._clock() >= self._next:
            self._show("running")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Note the results of the epoch and its validation."""
        self._take()
        self._in_epoch = False
        self._recorder.end_epoch(epoch, logs or {})
        if self._clock() >= self._next:
            self._show("running")

    def on_train_end(self, logs: Any = None) -> None:
        """Show how it has ended."""
        whole = self._recorder.epochs is None or self._epoch + 1 >= self._recorder.epochs
        interrupted = self._in_epoch
        self.end("interrupted" if interrupted else "finished" if whole else "stopped")

    def end(self, state: str) -> None:
        """Show the last state, with all points."""
        if self in _running:
            _running.discard(self)
            self._show(state)

    def _take(self) -> None:
        """Look at the batches since the last time."""
        pending, self._pending = self._pending, []
        if pending:
            self._step += len(pending)
            self._done += len(pending)
            self._samples += self._recorder.add_batches(self._epoch, pending)
        now = self._clock()
        if self._in_epoch:
            self._spent += now - self._entered
            self._entered = now

    def _show(self, state: str) -> None:
        start = self._clock()
        self._take()
        points = _LIVE_POINTS if state == "running" else MOST_POINTS
        description = self._recorder.describe(state, self._progress(start), points)
        bundle = Display(description, training_form.FORM)._repr_mimebundle_()
        self._publish(bundle, self._display_id, self._updates)
        self._updates = True
        end = self._clock()
        self._next = end + max(INTERVAL, (end - start) / _SHARE)
        self._entered = end  # what showing took is no training

    def _progress(self, now: float) -> dict[str, Any]:
        recorder = self._recorder
        recorder.steps = steps = steps_of(self.params)  # a Sequence may have another length now
        epochs = recorder.epochs
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
            "learning_rate": _learning_rate(self.model),
        }


def _learning_rate(model: Any) -> float | None:
    try:
        return float(K.get_value(model.optimizer.lr))
    except (AttributeError, TypeError, ValueError):
        return None


# -- in IPython


def is_notebook(shell: Any) -> bool:
    """Whether what a shell displays goes to a front end that can show it, not to a terminal."""
    return hasattr(shell, "kernel")


class Watching:
    """Lets every training of a shell be shown, until it is switched off.

    Args:
        shell: IPython's shell.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self.on = False

    def switch(self, on: bool) -> None:
        """Begin or end to show trainings; in a terminal the text progress bar does so."""
        if on == self.on:
            return
        self.on = on
        if on:
            session.add_maker(self._make)
            self._shell.events.register("post_run_cell", self._after_cell)
        else:
            session.remove_maker(self._make)
            self._shell.events.unregister("post_run_cell", self._after_cell)

    def _make(self, model: Any, params: dict[str, Any]) -> Watch | None:
        if not params.get("verbose") or not is_notebook(self._shell):
            return None
        return Watch(self._publish)

    def _publish(self, bundle: dict[str, Any], display_id: str, update: bool) -> None:
        transient = {"display_id": display_id}
        self._shell.display_pub.publish(
            data=bundle, metadata={}, transient=transient, update=update
        )

    def _after_cell(self, result: Any = None) -> None:
        """Say of trainings that an error has ended that they have ended."""
        for watch in list(_running):
            if watch._thread == threading.get_ident():
                watch.end("failed")
