"""Trainings as curves: live ones as they go on, past ones from their History."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from ...callbacks import History
from ..language import say
from ..numbers import count, duration, real

MOST_POINTS = 2000
ON_THE_WAY = ("running", "paused")
_LIVE_POINTS = 240  # while it goes on; the last description has them all
_MORE_IS_BETTER = ("acc", "auc", "precision", "recall", "iou", "f1", "fmeasure")
_PATIENCE = 3  # epochs for which the validation loss rises until it is said

Point = list[Any]  # [epochs done, value]


def describe_history(history: Any) -> dict[str, Any]:
    """Return the curves of past trainings.

    Args:
        history: what `fit` has returned, a dictionary of lists by name, or a dictionary of those
            by the names of the runs, to compare them.

    Returns:
        A description of kind "training" (see docs/displays.md).
    """
    runs = _runs(history)
    series = [
        {"name": name, "run": run, "split": split, "axis": "epoch", "points": points}
        for run, epochs, values in runs
        for name, split, points in _curves(epochs, values)
    ]
    model = getattr(history, "model", None)
    return {
        "kind": "training",
        "model": named(model) if model is not None else {"name": "", "class": ""},
        "state": "history",
        "progress": None,
        "facts": [],
        "done": 1.0,
        "series": fit_points(series, MOST_POINTS),
        "last": last_values(series),
        "signs": signs(series),
    }


def named(model: Any) -> dict[str, str]:
    """Return a model's name and class."""
    return {"name": str(model.name), "class": type(model).__name__}


def _runs(history: Any) -> list[tuple[str, Sequence[float], dict[str, Any]]]:
    """Return (name, epochs done, values by name) of each run."""
    if isinstance(history, History):
        return [("", [e + 1 for e in history.epoch], dict(history.history))]
    if not isinstance(history, dict) or not history:
        raise TypeError(
            f"training: got {type(history).__name__}; needs the History that `fit` returns, a "
            "dictionary of lists, or a dictionary of those by the names of the runs."
        )
    if not all(isinstance(value, dict | History) for value in history.values()):
        longest = max(len(values) for values in history.values())
        return [("", range(1, longest + 1), history)]
    return [(str(name), *_runs(run)[0][1:]) for name, run in history.items()]


def _curves(
    epochs: Sequence[float], values: dict[str, Any]
) -> Iterable[tuple[str, str, list[Point]]]:
    for name, column in values.items():
        split = "validation" if name.startswith("val_") else "train"
        # The validation need not take place in each epoch: then its last values stand last.
        when = epochs if len(column) == len(epochs) else epochs[-len(column) :]
        points = [[x, as_number(y)] for x, y in zip(when, column, strict=False)]
        yield name.removeprefix("val_"), split, points


def as_number(value: Any) -> float | None:
    """Return a result as JSON can hold it; None for what is no finite number."""
    try:
        value = float(value)
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None


class Thinned:
    """A curve that keeps at most so many points: neighbours become one, their mean, in time.

    Args:
        limit: number of points, even.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.points: list[Point] = []
        self._stride = 1
        self._sum, self._count = 0.0, 0

    def add(self, x: float, value: float) -> None:
        """Add a point; x must not go back."""
        self._sum += value
        self._count += 1
        if self._count == self._stride:
            mean = self._sum / self._count
            self.points.append([x, mean if math.isfinite(mean) else None])
            self._sum, self._count = 0.0, 0
            if len(self.points) >= self.limit:
                self._halve()

    def _halve(self) -> None:
        pairs = zip(self.points[::2], self.points[1::2], strict=True)
        self.points = [[b[0], _mean(a[1], b[1])] for a, b in pairs]
        self._stride *= 2


def _mean(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else (a + b) / 2


def steps_of(params: dict[str, Any]) -> int | None:
    """Return the number of steps of an epoch, None if it is not known."""
    samples, size = params.get("samples"), params.get("batch_size")
    if params.get("steps") is None and samples and size:
        return -(-int(samples) // int(size))
    return params.get("steps")


class Recorder:
    """Takes down a training that goes on.

    Args:
        model: the model.
        params: how the training was called, as callbacks are told.
    """

    def __init__(self, model: Any, params: dict[str, Any]) -> None:
        self.model = named(model)
        self.epochs = params.get("epochs")
        self.steps = steps_of(params)
        self.names = [n for n in params.get("metrics", ()) if not n.startswith("val_")]
        limit = max(MOST_POINTS // (2 * max(len(self.names), 1)) // 2 * 2, 16)
        self._batches = {name: Thinned(limit) for name in self.names}
        self._epochs: dict[tuple[str, str], list[Point]] = {}

    def add_batches(self, epoch: int, logs: Iterable[dict[str, Any]]) -> None:
        """Take down the results of batches."""
        steps = self.steps or 1
        for log in logs:
            x = epoch + (log["batch"] + 1) / steps
            for name, curve in self._batches.items():
                try:
                    curve.add(x, float(log[name]))
                except (KeyError, TypeError, ValueError):
                    continue

    def end_epoch(self, epoch: int, logs: dict[str, Any]) -> None:
        """Take down the results of an epoch."""
        for name in self.names:
            for split, key in (("train", name), ("validation", f"val_{name}")):
                if key in logs:
                    points = self._epochs.setdefault((name, split), [])
                    points.append([epoch + 1, as_number(logs[key])])

    def describe(self, state: str, progress: dict[str, Any]) -> dict[str, Any]:
        """Return what has been taken down: while it goes on, in few points."""
        self.steps = progress.get("steps", self.steps)  # a Sequence may have another length now
        most = _LIVE_POINTS if state in ON_THE_WAY else MOST_POINTS
        series = [
            {"name": name, "run": "", "split": split, "axis": "epoch", "points": points}
            for (name, split), points in self._epochs.items()
        ]
        for name, curve in self._batches.items():
            if len(curve.points) > 1:
                batches = {"name": name, "run": "", "split": "train", "axis": "batch"}
                series.append({**batches, "points": curve.points})
        return {
            "kind": "training",
            "model": self.model,
            "state": state,
            "progress": progress,
            "facts": facts(state, progress),
            "done": done(state, progress),
            "series": fit_points(series, most),
            "last": last_values(series),
            "signs": signs(series),
        }


def facts(state: str, now: dict[str, Any]) -> list[str]:
    """Return how far a training is, in short parts."""
    found = []
    if state != "running":
        found.append(say(f"training.{state}"))
    found.append(say("training.epoch_of", epoch=now["epoch"], epochs=now["epochs"]))
    if now["steps"] and state != "finished":
        found.append(say("training.step_of", step=count(now["step"]), steps=count(now["steps"])))
    found.append(duration(now["seconds"]))
    if state == "running" and now["left"] is not None:
        found.append(say("training.time_left", time=duration(now["left"])))
    if now["rate"]:
        found.append(say("training.rate", rate=count(round(now["rate"]))))
    if now["learning_rate"] is not None:
        found.append(say("training.learning_rate_is", value=real(now["learning_rate"])))
    return found


def done(state: str, now: dict[str, Any]) -> float:
    """Return which part of a training is done."""
    if state == "finished":
        return 1.0
    epochs = now["epoch"] - 1 + now["step"] / (now["steps"] or 1)
    return round(min(max(epochs / (now["epochs"] or 1), 0.0), 1.0), 4)


def fit_points(series: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """Return curves of at most `most` points in all; the last point of each stays."""
    share = max(most // max(len(series), 1), 2)
    fitted = []
    for one in series:
        points = one["points"]
        if len(points) > share:
            step = (len(points) - 1) / (share - 1)
            points = [points[round(i * step)] for i in range(share)]
        fitted.append({**one, "points": [[_short(x), _short(y)] for x, y in points]})
    return fitted


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")


def last_values(series: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return for each name (of each run) the last values and the best one."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in series:
        if one["axis"] != "epoch" or not one["points"]:
            continue
        key = (one["run"], one["name"])
        entry = found.setdefault(
            key, {"name": one["name"], "run": one["run"], "train": None, "validation": None}
        )
        entry[one["split"]] = one["points"][-1][1]
        good = [(y, x) for x, y in one["points"] if y is not None]
        # The validation's best counts, if there is one.
        if good and (one["split"] == "validation" or "best" not in entry):
            sign = -1 if more_is_better(one["name"]) else 1
            best = min(good, key=lambda point: (sign * point[0], point[1]))
            entry.update(best=best[0], best_epoch=int(best[1]))
    return [{"best": None, "best_epoch": None, **entry} for entry in found.values()]


def more_is_better(name: str) -> bool:
    """Whether large values of a metric are good ones, as its name tells."""
    return any(part in name.lower() for part in _MORE_IS_BETTER)


def signs(series: list[dict[str, Any]]) -> list[str]:
    """Return in words what looks wrong."""
    found = []
    curves = {(s["run"], s["split"]): s["points"] for s in series if _is_epoch_loss(s)}
    for (run, split), points in curves.items():
        values = [y for _, y in points]
        prefix = f"{run}: " if run else ""
        if values and values[-1] is None:
            found.append(prefix + say("training.sign_not_a_number"))
        elif split == "validation" and None not in values:
            best = min(range(len(values)), key=values.__getitem__)
            train = [y for _, y in curves.get((run, "train"), [])]
            falls = len(train) > best and None not in train and train[-1] < train[best]
            if len(values) - 1 - best >= _PATIENCE and falls:
                found.append(
                    prefix
                    + say(
                        "training.sign_overfitting",
                        epoch=int(points[best][0]),
                        best=real(values[best]),
                        last=real(values[-1]),
                    )
                )
    return found


def _is_epoch_loss(one: dict[str, Any]) -> bool:
    return one["axis"] == "epoch" and one["name"] == "loss"
