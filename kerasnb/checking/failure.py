"""The error of a check: words for the learner, and no stack of ours."""

from __future__ import annotations

from ..notebook.language import say


class CheckFailed(AssertionError):
    """What was expected of what, what came, and a hint.

    IPython shows only these words: where in the checks it was found helps nobody who learns.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        self.message = message
        self.hint = hint
        super().__init__(message + ("\n" + say("check.hint", hint=hint) if hint else ""))

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()
