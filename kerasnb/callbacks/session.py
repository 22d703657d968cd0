"""Callbacks of a session: what every `fit` has beside the callbacks that it is given.

A front end that shows trainings, a notebook say, adds a maker. It is asked at the beginning of
each training, and gives a callback for it, or None to leave that training alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Maker = Callable[[Any, dict[str, Any]], Any]

_makers: list[Maker] = []


def add_maker(maker: Maker) -> None:
    """Ask a maker at the beginning of each training from now on; a second time changes nothing.

    Args:
        maker: function of the model and the training's `params` (epochs, verbose, ...) that
            returns a callback or None. A callback with a true attribute `shows_progress` takes the
            place of the text progress bar.
    """
    if maker not in _makers:
        _makers.append(maker)


def remove_maker(maker: Maker) -> None:
    """Ask a maker no longer."""
    if maker in _makers:
        _makers.remove(maker)


def callbacks_for(model: Any, params: dict[str, Any]) -> list[Any]:
    """Return the session's callbacks for a training."""
    made = (maker(model, params) for maker in _makers)
    return [callback for callback in made if callback is not None]
