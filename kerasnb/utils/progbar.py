"""The text progress bar of Keras, character by character."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import Any

import numpy as np


class Progbar:
    """A line of text that shows how far a training is.

    Args:
        target: number of steps; None if it is not known.
        width: width of the bar in characters.
        verbose: 0 nothing, 1 a bar that is redrawn, 2 one line at the end.
        interval: seconds between two drawings.
        stateful_metrics: names whose values are shown as they are; others are averaged over
            the steps.

    Example:
        >>> bar = Progbar(2, width=4)  # doctest: +SKIP
        >>> bar.update(2, [("loss", 0.5)])  # doctest: +SKIP
        2/2 [====] - 0s 12us/step - loss: 0.5000
    """

    def __init__(
        self,
        target: int | None,
        width: int = 30,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
    ) -> None:
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.stateful_metrics = set(stateful_metrics or ())
        self._redraws = "ipykernel" in sys.modules or (
            hasattr(sys.stdout, "isatty") and sys.stdout.isatty()
        )
        self._total_width = 0
        self._seen_so_far = 0
        self._values: dict[str, list[Any]] = {}  # name -> [weighted sum, weight]
        self._start = time.time()
        self._last_update = 0.0

    def update(self, current: int, values: Iterable[tuple[str, Any]] | None = None) -> None:
        """Go to a step.

        Args:
            current: number of steps done.
            values: pairs (name, value of this stretch of steps).
        """
        weight = current - self._seen_so_far
        for name, value in values or ():
            if name in self.stateful_metrics:
                self._values[name] = [value, 1]
            elif name in self._values:
                entry = self._values[name]
                entry[0] += value * weight
                entry[1] += weight
            else:
                self._values[name] = [value * weight, weight]
        self._seen_so_far = current

        now = time.time()
        done = self.target is not None and current >= self.target
        if self.verbose == 1:
            # A clock that was set back does not stop the bar.
            recent = 0 <= now - self._last_update < self.interval
            if self.target is not None and not done and recent:
                return
            self._draw(current, now, done)
        elif self.verbose == 2 and (self.target is None or done):
            # Keras writes negative averages in full precision here, and so do we.
            averages = self._averages(lambda average: average > 1e-3)
            _write(f" - {max(now - self._start, 0):.0f}s{averages}\n")
        self._last_update = now

    def add(self, n: int, values: Iterable[tuple[str, Any]] | None = None) -> None:
        """Go `n` steps on."""
        self.update(self._seen_so_far + n, values)

    def _draw(self, current: int, now: float, done: bool) -> None:
        before = self._total_width
        bar = self._bar(current)
        info = self._timing(current, now) + self._averages(lambda average: abs(average) > 1e-3)
        self._total_width = len(bar) + len(info)
        info += " " * (before - self._total_width)  # wipes the rest of a longer line
        start = "\b" * before + "\r" if self._redraws else "\n"
        _write(start + bar + info + ("\n" if done else ""))

    def _bar(self, current: int) -> str:
        if self.target is None:
            return f"{current:7d}/Unknown"
        filled = int(self.width * current / self.target)
        arrow = "=" * (filled - 1) + (">" if current < self.target else "=") if filled > 0 else ""
        dots = "." * (self.width - filled)
        target = int(self.target)
        return f"{current:{len(str(target))}d}/{target} [{arrow}{dots}]"

    def _timing(self, current: int, now: float) -> str:
        elapsed = max(now - self._start, 0.0)
        per_step = elapsed / current if current else 0
        if self.target is not None and current < self.target:
            left = per_step * (self.target - current)
            if left > 3600:
                eta = f"{left // 3600:.0f}:{left % 3600 // 60:02.0f}:{int(left % 60):02d}"
            elif left > 60:
                eta = f"{left // 60:.0f}:{int(left % 60):02d}"
            else:
                eta = f"{int(left)}s"
            return f" - ETA: {eta}"
        for size, unit in ((1, "s"), (1e-3, "ms")):
            if per_step >= size:
                return f" - {elapsed:.0f}s {per_step / size:.0f}{unit}/step"
        return f" - {elapsed:.0f}s {per_step * 1e6:.0f}us/step"

    def _averages(self, plain: Any) -> str:
        text = ""
        for name, (total, weight) in self._values.items():
            average = np.mean(total / max(1, weight))
            text += f" - {name}: {average:.4f}" if plain(average) else f" - {name}: {average:.4e}"
        return text


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
