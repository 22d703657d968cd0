"""What callbacks that watch a result have in common."""

from __future__ import annotations

import warnings
from typing import Any


def should_grow(who: str, monitor: str, mode: str) -> bool:
    """Whether a result is better the larger it is.

    Args:
        who: name of the callback, for messages.
        monitor: name of the result.
        mode: "min", "max", or "auto": a name with "acc" in it, or "fmeasure", should grow.
    """
    if mode not in ("auto", "min", "max"):
        warnings.warn(
            f"{who}: mode must be 'auto', 'min' or 'max'; got {mode!r} and goes on with 'auto'.",
            RuntimeWarning,
            stacklevel=3,
        )
        mode = "auto"
    return mode == "max" or (mode == "auto" and ("acc" in monitor or monitor == "fmeasure"))


def result_of(who: str, monitor: str, logs: dict[str, Any]) -> Any:
    """Return the result to look at; None, with a warning, if there is none.

    Args:
        who: name of the callback, for messages.
        monitor: name of the result.
        logs: the results of an epoch.
    """
    value = logs.get(monitor)
    if value is None:
        warnings.warn(
            f"{who} watches `{monitor}`, which is not there; there are: {','.join(logs)}.",
            RuntimeWarning,
            stacklevel=3,
        )
    return value
