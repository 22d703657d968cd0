"""Watching trainings in a notebook: one display a training, updated in place."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any

from ..callbacks import session
from .describe.training import Recorder
from .display import Display
from .forms import training as training_form
from .panel import Panel, connect, disconnect
from .steering import Training, View, trainings

Publish = Callable[[dict[str, Any], str, bool], None]


class Watch:
    """Shows a training as it goes on.

    Nothing waits for a browser: an update is a message that is sent.

    Args:
        publish: function of (MIME bundle, display_id, whether it is an update).
    """

    shows_progress = True

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._display_id = uuid.uuid4().hex
        self._updates = False

    def begin(self, training: Training) -> None:
        """Begin to take down."""
        self._recorder = Recorder(training.model, training.params)

    def batches(self, epoch: int, logs: list[Any]) -> None:
        """Take down the results of batches."""
        self._recorder.add_batches(epoch, logs)

    def end_epoch(self, epoch: int, logs: dict[str, Any]) -> None:
        """Take down the results of an epoch."""
        self._recorder.end_epoch(epoch, logs)

    def show(self, state: str, progress: dict[str, Any]) -> None:
        """Show it, in the place where it is shown."""
        description = self._recorder.describe(state, progress)
        bundle = Display(description, training_form.FORM)._repr_mimebundle_()
        self._publish(bundle, self._display_id, self._updates)
        self._updates = True


# -- in IPython


def is_notebook(shell: Any) -> bool:
    """Whether what a shell displays goes to a front end that can show it, not to a terminal."""
    return hasattr(shell, "kernel")


class Watching:
    """Lets every training of a shell be steered and, until that is switched off, be shown.

    Args:
        shell: IPython's shell.

    Attributes:
        on: whether trainings are shown.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._panel: Panel | None = None
        self.on = False

    def begin(self) -> None:
        """Be there for all trainings from now on."""
        self.on = True
        session.add_maker(self._make)
        self._shell.events.register("post_run_cell", self._after_cell)
        self._panel = connect(self._shell)

    def end(self) -> None:
        """Leave trainings alone."""
        self.on = False
        session.remove_maker(self._make)
        self._shell.events.unregister("post_run_cell", self._after_cell)
        if self._panel is not None:
            disconnect(self._shell, self._panel)

    def switch(self, on: bool) -> None:
        """Begin or end to show trainings; in a terminal the text progress bar does so."""
        self.on = on

    def _make(self, model: Any, params: dict[str, Any]) -> Training:
        views: list[View] = [] if self._panel is None else [self._panel]
        if self.on and params.get("verbose") and is_notebook(self._shell):
            views.append(Watch(self._publish))
        return Training(views)

    def _publish(self, bundle: dict[str, Any], display_id: str, update: bool) -> None:
        transient = {"display_id": display_id}
        self._shell.display_pub.publish(
            data=bundle, metadata={}, transient=transient, update=update
        )

    def _after_cell(self, result: Any = None) -> None:
        """Say of trainings that an error has ended that they have ended."""
        for training in trainings():
            if training.thread == threading.get_ident():
                training.end("failed")
