"""Data sets, page by page, and how predictions mix classes up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from ... import datasets
from ..language import language, say
from ..numbers import real
from ..png import grey, picture
from .statistics import statistics

_TEXTS = ("imdb", "reuters")
_WORDS = 60  # of a text that are shown
_COLUMNS = 40  # of a row of numbers that are shown
_STATISTICS_OF = 2_000_000  # numbers, at most
_SPECIAL_WORDS = {0: "", 1: "", 2: "…"}  # padding, start, words that were left out
_MIXED_UP = 10
_MOST_NUMBERS = 80_000  # of samples in a description, beyond its first page


class Loaded(NamedTuple):
    """Samples and what is known of them: pages of them need no loading.

    Attributes:
        name: the data set's title.
        source: see "dataset" in docs/displays.md.
        x, y: samples and labels.
        names: names of the classes.
        columns: names of the columns.
    """

    name: str
    source: dict[str, Any] | None
    x: Any
    y: Any
    names: list[str]
    columns: Sequence[str]


def describe_dataset(
    data: Any,
    start: int = 0,
    page_size: int = 24,
    split: str = "train",
    label: int | None = None,
    predictions: Any = None,
    wrong_only: bool = False,
    class_names: Sequence[str] | None = None,
    mistake: tuple[int, int] | None = None,
    pages: int = 1,
) -> dict[str, Any]:
    """Return a page of a data set.

    Args:
        data: name of a data set of `kerasnb.datasets`, a pair of arrays (x, y), y may be None, or
            what `load` has returned.
        start: how many samples, of those that are left by `label` and `wrong_only`, to skip.
        page_size: how many samples to show.
        split: "train" or "test", of a data set given by its name.
        label: the only class to show.
        predictions: what a model says of the samples, classes or probabilities of classes.
        wrong_only: whether only samples are shown that the predictions have wrong.
        class_names: names of the classes.
        mistake: (true class, predicted class): only samples that are so mixed up.
        pages: at most so many pages are described, and no more than one if that is large already.

    Returns:
        A description of kind "dataset" (see docs/displays.md).
    """
    name, source, x, y, names, columns = load(data, split)
    names = list(class_names) if class_names is not None else names
    count = len(x)
    labels = as_labels(y)
    guesses = as_labels(predictions)
    for what, values in (("labels", labels), ("predictions", guesses)):
        if values is not None and len(values) != count:
            raise ValueError(
                f"dataset: got {count} samples and {len(values)} {what}; needs as many."
            )
    chosen = _choose(count, labels, guesses, label, wrong_only or mistake is not None)
    if mistake is not None and labels is not None and guesses is not None:
        chosen = chosen[(labels[chosen] == mistake[0]) & (guesses[chosen] == mistake[1])]
    start = max(start, 0)
    x_array = x if isinstance(x, np.ndarray) and x.dtype != object else None
    size = _WORDS * 4 if x_array is None else x_array[:1].size
    pages = min(pages, max(_MOST_NUMBERS // max(size * page_size, 1), 1))
    rows = chosen[start : start + page_size * pages]
    part = [x[i] for i in rows]
    found = None if x_array is None else statistics(_some(x_array))
    shape = str(tuple(np.shape(x_array))) if x_array is not None else f"({count},)"
    dtype = str(x_array.dtype) if x_array is not None else say("dataset.sequences")
    return {
        "kind": "dataset",
        "name": name,
        "split": split if source else "",
        "source": source,
        "total": len(chosen),
        "start": start,
        "page_size": page_size,
        "filter": _filter(label, wrong_only, names, mistake),
        "classes": _classes(labels, names),
        "facts": facts(shape, dtype, found, source),
        "statistics": found,
        "shape": shape,
        "dtype": dtype,
        "samples": [
            {
                "index": int(i),
                "label": _plain(labels, i, y),
                "name": _class_name(labels, i, names),
                "predicted": _plain(guesses, i, predictions),
                "predicted_name": _class_name(guesses, i, names) if guesses is not None else None,
                **shown,
            }
            for i, shown in zip(rows, _samples(part, name, x_array, columns), strict=True)
        ],
    }


def facts(
    shape: str, dtype: str, numbers: dict[str, Any] | None, source: dict[str, Any] | None
) -> list[str]:
    """Return what is known of a data set as a whole, in sentences."""
    found = [f"{say('common.shape')} {shape}, {dtype}"]
    if numbers:
        names = ("min", "max", "mean", "std")
        found.append(", ".join(f"{say(f'common.{n}')} {real(numbers[n])}" for n in names))
    if source:
        found.append(say("dataset.edition", name=source["edition"], licence=source["licence"]))
        if source["synthetic"]:
            found.append(say("dataset.synthetic"))
        found += source["problems"]
    return found


def load(data: Any, split: str = "train", arrays: Any = None) -> Loaded:
    """Return what `describe_dataset` shows pages of.

    Args:
        data, split: as for `describe_dataset`.
        arrays: what the data set's `load_data` has returned; by default it is called.
    """
    if isinstance(data, Loaded):
        return data
    if not isinstance(data, str):
        x, y = data if isinstance(data, tuple | list) and len(data) == 2 else (data, None)
        x = x if isinstance(x, np.ndarray | list | tuple) else np.asarray(x)
        return Loaded(say("dataset.own"), None, x, y, [], ())
    if split not in ("train", "test"):
        raise ValueError(f"dataset: got split={split!r}; needs 'train' or 'test'.")
    known = datasets.info(data)
    train, test = arrays or import_module(f"kerasnb.datasets.{data}").load_data()
    x, y = train if split == "train" else test
    source = {
        "edition": known.edition,
        "synthetic": known.synthetic,
        "licence": known.licence,
        "problems": list(known.problems),
    }
    names = known.classes.get(language()) or known.classes.get("en") or ()
    return Loaded(known.title, source, x, y, list(names), known.features)


def as_labels(values: Any) -> np.ndarray | None:
    """Return labels, one-hot rows or probabilities as class numbers; None if they are none."""
    if values is None:
        return None
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] > 1:
        return array.argmax(axis=1)
    array = array.reshape(len(array), -1)[:, 0] if array.ndim > 1 else array
    if array.dtype.kind in "biu":
        return array.astype(int)
    if array.dtype.kind != "f" or not array.size or not np.isfinite(array).all():
        return None
    if (array == np.round(array)).all():
        return array.astype(int)
    within = array.min() >= 0 and array.max() <= 1
    return (array > 0.5).astype(int) if within else None  # else a regression's targets


def _choose(
    count: int, labels: Any, guesses: Any, label: int | None, wrong_only: bool
) -> np.ndarray:
    keep = np.ones(count, bool)
    if label is not None:
        if labels is None:
            raise ValueError(f"dataset: got label={label}; needs labels that are classes.")
        keep &= labels == label
    if wrong_only:
        if labels is None or guesses is None:
            raise ValueError("dataset: wrong_only needs labels and predictions of classes.")
        keep &= labels != guesses
    return np.flatnonzero(keep)


def _filter(
    label: int | None, wrong_only: bool, names: Sequence[str], mistake: tuple[int, int] | None
) -> str:
    parts = []
    if label is not None:
        parts.append(say("dataset.only_class", name=_name_of(label, names)))
    if wrong_only:
        parts.append(say("dataset.only_wrong"))
    if mistake is not None:
        true, predicted = (_name_of(one, names) for one in mistake)
        parts.append(say("dataset.only_mistake", true=true, predicted=predicted))
    return say("dataset.and").join(parts)


def _classes(labels: Any, names: Sequence[str]) -> list[dict[str, Any]]:
    if labels is None or not len(labels):
        return []
    values, counts = np.unique(labels, return_counts=True)
    if len(values) > 1000:
        return []
    return [
        {"label": int(v), "name": _name_of(int(v), names), "count": int(n)}
        for v, n in zip(values, counts, strict=True)
    ]


def _name_of(label: int, names: Sequence[str]) -> str:
    return str(names[label]) if 0 <= label < len(names) else str(label)


def _class_name(labels: Any, index: int, names: Sequence[str]) -> str | None:
    return None if labels is None else _name_of(int(labels[index]), names)


def _plain(labels: Any, index: int, values: Any) -> float | int | None:
    if labels is not None:
        return int(labels[index])
    if values is None:
        return None
    value = np.asarray(values[index]).ravel()
    return float(value[0]) if value.size == 1 and math.isfinite(value[0]) else None


def _some(x: np.ndarray) -> np.ndarray:
    return x[:: max(1, -(-x.size // _STATISTICS_OF))]


def _samples(
    part: list[Any], name: str, x: np.ndarray | None, columns: Sequence[str]
) -> list[dict[str, Any]]:
    """Return each sample as a picture, a text or a row of numbers."""
    empty = {"picture": None, "text": None, "values": None}
    if not part:
        return []
    if x is None:
        return [{**empty, "text": _as_text(sample, name)} for sample in part]
    pictures = as_pictures(np.stack(part))
    if pictures is not None:
        alt = say("dataset.picture_alt")
        return [{**empty, "picture": picture(pixels, alt)} for pixels in pictures]
    rows = np.stack(part).reshape(len(part), -1)[:, :_COLUMNS]
    names = [columns[i] if i < len(columns) else str(i) for i in range(rows.shape[1])]
    return [
        {
            **empty,
            "values": [
                [n, float(v) if math.isfinite(v) else None] for n, v in zip(names, row, strict=True)
            ],
        }
        for row in rows.astype(float)
    ]


def as_pictures(samples: np.ndarray) -> list[np.ndarray] | None:
    """Return samples as pixels of 0 to 255; None if they do not look like pictures."""
    if samples.ndim == 2:
        side = math.isqrt(samples.shape[1])
        if side * side != samples.shape[1] or side < 8:
            return None
        samples = samples.reshape(len(samples), side, side)
    if samples.ndim == 4 and samples.shape[-1] == 1:
        samples = samples[..., 0]
    if not (samples.ndim == 3 or (samples.ndim == 4 and samples.shape[-1] == 3)):
        return None
    if min(samples.shape[1:3]) < 4 or max(samples.shape[1:3]) > 512:
        return None
    if samples.dtype == np.uint8:
        return list(samples)
    finite = np.nan_to_num(samples.astype(float), posinf=0, neginf=0)
    if finite.min() >= 0 and 1 < finite.max() <= 255:
        return list(np.round(finite).astype(np.uint8))
    if finite.min() >= 0 and finite.max() <= 1:
        return list(np.round(255 * finite).astype(np.uint8))
    return list(grey(finite))


def _as_text(sample: Any, name: str) -> str:
    """Return the beginning of a text, in words where they are known."""
    numbers = list(sample)[:_WORDS] if not isinstance(sample, str) else None
    if numbers is None:
        words = sample.split()[:_WORDS]
    else:
        known = _words(name)
        words = [known.get(int(n), str(int(n))) if known else str(n) for n in numbers]
    more = len(sample) > _WORDS and not isinstance(sample, str)
    return " ".join(w for w in words if w) + (" …" if more else "")


def _words(title: str) -> dict[int, str]:
    for name in _TEXTS:
        if datasets.info(name).title == title:
            index = import_module(f"kerasnb.datasets.{name}").get_word_index()
            return {number + 3: word for word, number in index.items()} | _SPECIAL_WORDS
    return {}


def describe_confusion(
    y_true: Any, y_pred: Any, class_names: Sequence[str] | None = None
) -> dict[str, Any]:
    """Return how often each class is taken for each.

    Args:
        y_true: classes, or one-hot rows.
        y_pred: classes, or probabilities of classes.
        class_names: names of the classes.

    Returns:
        A description of kind "confusion" (see docs/displays.md).
    """
    truth, guess = as_labels(y_true), as_labels(y_pred)
    if truth is None or guess is None or len(truth) != len(guess) or not len(truth):
        got = ("none" if v is None else len(v) for v in (truth, guess))
        raise ValueError(
            f"confusion: got {' and '.join(map(str, got))} classes; needs as many true as predicted."
        )
    lowest = int(min(truth.min(), guess.min()))
    if lowest < 0:
        raise ValueError(f"confusion: got class {lowest}; needs numbers from 0.")
    names = list(class_names or ())
    size = max(int(max(truth.max(), guess.max())) + 1, len(names))
    matrix = np.bincount(truth * size + guess, minlength=size * size).reshape(size, size)
    right, of_true, of_guess = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    labels = [_name_of(i, names) for i in range(size)]
    wrong = matrix - np.diag(right)
    order = np.argsort(-wrong, axis=None, kind="stable")[:_MIXED_UP]
    pairs = [divmod(int(k), size) for k in order]
    return {
        "kind": "confusion",
        "classes": labels,
        "matrix": matrix.tolist(),
        "total": len(truth),
        "accuracy": float(right.sum() / len(truth)),
        "rows": [
            {
                "name": labels[i],
                "count": int(of_true[i]),
                "precision": float(right[i] / of_guess[i]) if of_guess[i] else None,
                "recall": float(right[i] / of_true[i]) if of_true[i] else None,
            }
            for i in range(size)
        ],
        "mixed_up": [
            {"true": labels[i], "predicted": labels[j], "count": int(wrong[i, j])}
            for i, j in pairs
            if wrong[i, j]
        ],
    }
