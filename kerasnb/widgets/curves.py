"""Training curves: of a training that goes on, of past ones, of several compared."""

from __future__ import annotations

from typing import Any

import traitlets

from ..notebook.describe.training import ON_THE_WAY, Recorder, describe_history
from ..notebook.display import Display
from ..notebook.forms import training as training_form
from ..notebook.language import say
from ..notebook.steering import Training
from .view import View, bind, checkbox


class TrainingCurves(View):
    """Curves of trainings: give `callback` to `fit`, or a History to see a past one.

    The curves move while `fit` runs. Controls that are used meanwhile are heard when it has ended.

    Args:
        history: what `fit` has returned; or a dictionary of those by the names of the runs.

    Attributes:
        history: what was given.
        log_scale: whether the vertical axes are logarithmic.
        compared: whether all runs are shown, not only the last.
        runs: the values by epoch of the trainings that it was the callback of, by name.
        state: "history", or that of the training: see `kerasnb.notebook.Training`.
        progress: how far the training is: see docs/displays.md.
        metrics: the last values by name.
        callback: what to give to `fit`.

    Example:
        >>> import numpy as np
        >>> from kerasnb.layers import Dense
        >>> from kerasnb.models import Sequential
        >>> model = Sequential([Dense(1, input_shape=(2,))])
        >>> model.compile("sgd", "mse")
        >>> curves = TrainingCurves()
        >>> _ = model.fit(np.ones((4, 2)), np.ones(4), verbose=0, callbacks=[curves.callback])
        >>> curves.state, list(curves.runs), list(curves.metrics)
        ('finished', ['1'], ['loss'])
    """

    shown_by = ("history", "log_scale", "compared")
    live = True
    shows_progress = False  # of the text progress bar: that is the user's, as this is
    history = traitlets.Any()
    log_scale = traitlets.Bool(False)
    compared = traitlets.Bool(False)
    runs = traitlets.Dict()
    state = traitlets.Unicode("", read_only=True)
    progress = traitlets.Dict(read_only=True)
    metrics = traitlets.Dict(read_only=True)

    def __init__(self, history: Any = None, **traits: Any) -> None:
        self._recorder: Recorder | None = None
        self._training: Training | None = None
        self.callback = Training([self])
        self.log_chooser = checkbox(say("training.log_scale"))
        self.compare_chooser = checkbox(say("widgets.compare_runs"))
        bind(self, "log_scale", self.log_chooser)
        bind(self, "compared", self.compare_chooser)
        super().__init__([self.log_chooser, self.compare_chooser], history=history, **traits)

    @traitlets.observe("history")
    def _take_history(self, change: Any) -> None:
        self._recorder = None  # what was given last is shown
        self.set_trait("state", "history" if change["new"] is not None else "")
        self.set_trait("progress", {})

    def display(self) -> Display | None:
        """Return the display of the training, of the history, or of all runs."""
        if self.compared and self.runs:
            found = describe_history(self.runs)
        elif self._recorder is not None:
            found = self._recorder.describe(self.state, self.progress)
        elif self.history is not None:
            found = describe_history(self.history)
        else:
            return None
        return Display({**found, "log": self.log_scale}, training_form.FORM)

    def hint(self) -> str:
        """Say how to see a training."""
        return say("widgets.no_training")

    # -- a training that goes on; see kerasnb.notebook.steering.View

    def begin(self, training: Training) -> None:
        """Begin to take down."""
        self._training = training
        self._recorder = Recorder(training.model, training.params)
        self._values: dict[str, list[Any]] = {}

    def batches(self, epoch: int, logs: list[Any]) -> None:
        """Take down the results of batches."""
        if self._recorder is not None:
            self._recorder.add_batches(epoch, logs)

    def end_epoch(self, epoch: int, logs: dict[str, Any]) -> None:
        """Take down the results of an epoch."""
        for name, value in logs.items():
            self._values.setdefault(name, []).append(value)
        if self._recorder is not None:
            self._recorder.end_epoch(epoch, logs)

    def show(self, state: str, progress: dict[str, Any]) -> None:
        """Show how far it is."""
        self.set_trait("progress", dict(progress))
        if self._training is not None:
            self.set_trait("metrics", dict(self._training.metrics))
        if state not in ON_THE_WAY and self._values:
            self.runs = {**self.runs, str(len(self.runs) + 1): self._values}
        self.set_trait("state", state)
        self.refresh()
