"""Sequences: one length for all, word pairs for skip-grams, windows of a time series."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence as Rows
from typing import Any

import numpy as np

from ..utils.sequence import Sequence
from .kept import config_of

__all__ = [
    "TimeseriesGenerator",
    "make_sampling_table",
    "pad_sequences",
    "skipgrams",
    "timeseries_generator_from_json",
]


def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> np.ndarray:
    """Return sequences as one array: short ones are filled up, long ones are cut.

    Args:
        sequences: list of sequences; each element is a number or an array, all of one shape.
        maxlen: length of all; by default that of the longest.
        dtype: type of the result; `object` for strings of any length.
        padding: where to fill, 'pre' (before the sequence) or 'post'.
        truncating: where to cut, 'pre' (the beginning goes) or 'post'.
        value: what to fill with.

    Returns:
        Array of shape (number of sequences, maxlen, *shape of an element).

    Raises:
        ValueError: if it is no list of sequences, elements differ in shape, or `value` is a
            string that `dtype` cannot hold.

    Example:
        >>> pad_sequences([[1, 2, 3], [4], []], maxlen=2)
        array([[2, 3],
               [0, 4],
               [0, 0]], dtype=int32)
    """
    for name, where in (("padding", padding), ("truncating", truncating)):
        if where not in ("pre", "post"):
            raise ValueError(f"pad_sequences: got {name}={where!r}; needs 'pre' or 'post'.")
    lengths = _lengths(sequences)
    if maxlen is None:
        if not lengths:
            raise ValueError("pad_sequences: got no sequence; needs `maxlen` then.")
        maxlen = max(lengths)
    dtype = np.dtype(dtype)
    if isinstance(value, str) and dtype.kind not in "OUS":
        raise ValueError(
            f"pad_sequences: got value={value!r} for dtype={dtype}; needs a number, or "
            "dtype=object for strings of any length."
        )
    first = next((row for row, length in zip(sequences, lengths, strict=True) if length), ())
    shape = np.asarray(first).shape[1:]
    padded = np.full((len(lengths), maxlen, *shape), value, dtype=dtype)
    for index, (row, length) in enumerate(zip(sequences, lengths, strict=True)):
        if length > maxlen:
            row = row[length - maxlen :] if truncating == "pre" else row[:maxlen]
            length = maxlen
        if not length:
            continue
        if isinstance(row, str) and dtype.kind not in "OUS":
            raise ValueError(
                f"pad_sequences: got the text {row!r} for dtype={dtype}; needs numbers: a "
                "Tokenizer's `texts_to_sequences` makes them."
            )
        kept = np.asarray(row, dtype=dtype)
        if kept.shape[1:] != shape:
            raise ValueError(
                f"pad_sequences: elements of sequence {index} have shape {kept.shape[1:]}, those "
                f"of the first have {shape}; all must have one shape."
            )
        if padding == "pre":
            padded[index, maxlen - length :] = kept
        else:
            padded[index, :length] = kept
    return padded


def _lengths(sequences: Any) -> list[int]:
    if not hasattr(sequences, "__len__"):
        raise ValueError(f"pad_sequences: got {type(sequences).__name__}; needs a list.")
    try:
        return [len(row) for row in sequences]
    except TypeError:
        wrong = next(row for row in sequences if not hasattr(row, "__len__"))
        raise ValueError(
            f"pad_sequences: got {wrong!r} among the sequences; needs a list of lists."
        ) from None


def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> np.ndarray:
    """Return with which probability skip-grams keep the word of each rank, 1 for rare ones.

    `p = min(1, sqrt(factor / frequency))`, as in word2vec. The frequency of the word of rank r
    (1 is the most frequent) is that of Zipf's law,
    `1 / frequency = r * (log(r) + 0.577) + 1/2 - 1 / (12 r)`.

    Args:
        size: number of words.
        sampling_factor: the lower, the less of the frequent words is kept.

    Returns:
        Array of shape (size,); entry i is for the word of rank i (0 counts as 1).

    See: Mikolov et al., https://arxiv.org/abs/1310.4546
    """
    if not size >= 0:
        raise ValueError(
            f"make_sampling_table: got size={size}; needs a number of words from 0 on."
        )
    rank = np.maximum(np.arange(size), 1)
    inverse_frequency = rank * (np.log(rank) + 0.577) + 0.5 - 1.0 / (12.0 * rank)
    ratio = sampling_factor * inverse_frequency
    return np.minimum(1.0, ratio / np.sqrt(ratio))


def skipgrams(
    sequence: Rows[int],
    vocabulary_size: int,
    window_size: int = 4,
    negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False,
    sampling_table: Any = None,
    seed: int | None = None,
) -> tuple[list[list[int]], list[Any]]:
    """Return pairs of words that stand near each other, and pairs with random words.

    Random numbers are those of Python's `random`.

    Args:
        sequence: numbers of words; 0 means no word and is left out.
        vocabulary_size: random words go from 1 to `vocabulary_size - 1`.
        window_size: largest distance of the two words of a pair.
        negative_samples: random pairs for each near pair; 0 for none.
        shuffle: whether to mix the pairs.
        categorical: whether labels are [0, 1] and [1, 0] instead of 1 and 0.
        sampling_table: probability to keep each word as the first of pairs, as
            `make_sampling_table` gives it.
        seed: makes the mixing repeatable. Words are sampled before; `random.seed` for those.

    Returns:
        Pairs `[word, other]`, and labels: 1 for near pairs, 0 for random ones.

    Example:
        >>> skipgrams([5, 6, 7], 10, window_size=1, negative_samples=0, shuffle=False)
        ([[5, 6], [6, 5], [6, 7], [7, 6]], [1, 1, 1, 1])

    See: Mikolov et al., https://arxiv.org/abs/1301.3781
    """
    sequence = list(sequence)
    couples = []
    for place, word in enumerate(sequence):
        if not word:
            continue
        if sampling_table is not None and sampling_table[word] < random.random():
            continue
        near = range(max(0, place - window_size), min(len(sequence), place + window_size + 1))
        couples += [[word, sequence[j]] for j in near if j != place and sequence[j]]
    positives = len(couples)
    negatives = int(positives * negative_samples) if negative_samples > 0 else 0
    if negatives and vocabulary_size < 2:
        raise ValueError(
            f"skipgrams: got vocabulary_size={vocabulary_size}; needs at least 2, as random words "
            "go from 1 to vocabulary_size - 1."
        )
    if negative_samples > 0:
        words = [word for word, _ in couples]
        random.shuffle(words)
        couples += [
            [words[i % positives], random.randint(1, vocabulary_size - 1)] for i in range(negatives)
        ]
    labels: list[Any] = [1] * positives + [0] * negatives
    if categorical:
        labels = [[1 - label, label] for label in labels]
    if shuffle:
        if seed is None:
            seed = random.randint(0, 10_000_000)
        for mixed in (couples, labels):  # the same seed before each: the same order
            random.seed(seed)
            random.shuffle(mixed)
    return couples, labels


def _remove_long_seq(maxlen: int, seq: Any, label: Any) -> tuple[list[Any], list[Any]]:
    """Return the sequences shorter than `maxlen`, and their labels."""
    kept = [(x, y) for x, y in zip(seq, label, strict=False) if len(x) < maxlen]
    return [x for x, _ in kept], [y for _, y in kept]


class TimeseriesGenerator(Sequence):
    """Windows of a time series, each with the target that follows it, in batches.

    The sample of row r is `data[r - length : r : sampling_rate]`, its target `targets[r]`.

    Args:
        data: array or list, time along the first axis.
        targets: array or list as long as `data`.
        length: steps in a window, before `sampling_rate` thins them out.
        sampling_rate: every how many steps of a window are kept.
        stride: steps between two windows.
        start_index: where in `data` the first window begins.
        end_index: last row that may be a target; by default the last of all.
        shuffle: whether to draw rows at random (with NumPy's seed) instead of in order.
        reverse: whether time runs backwards in each sample.
        batch_size: samples in a batch; the last may have less.

    Raises:
        ValueError: if lengths differ, or nothing lies between the indices.

    Example:
        >>> data = np.arange(10)
        >>> windows = TimeseriesGenerator(data, data, length=3, batch_size=4)
        >>> len(windows)
        2
        >>> windows[1]
        (array([[4, 5, 6],
               [5, 6, 7],
               [6, 7, 8]]), array([7, 8, 9]))
    """

    def __init__(
        self,
        data: Any,
        targets: Any,
        length: int,
        sampling_rate: int = 1,
        stride: int = 1,
        start_index: int = 0,
        end_index: int | None = None,
        shuffle: bool = False,
        reverse: bool = False,
        batch_size: int = 128,
    ) -> None:
        if len(data) != len(targets):
            raise ValueError(
                f"TimeseriesGenerator: data has {len(data)} steps and targets {len(targets)}; "
                "both must have the same length."
            )
        self.data = data
        self.targets = targets
        self.length = length
        self.sampling_rate = sampling_rate
        self.stride = stride
        self.start_index = start_index + length  # of the first target, as in Keras
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle = shuffle
        self.reverse = reverse
        self.batch_size = batch_size
        self._check(start_index)

    def _check(self, start: int) -> None:
        for name in ("length", "sampling_rate", "stride", "batch_size"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"TimeseriesGenerator: got {name}={getattr(self, name)}; needs at least 1."
                )
        if start < 0 or self.end_index >= len(self.data):
            raise ValueError(
                f"TimeseriesGenerator: got start_index={start}, end_index={self.end_index}; "
                f"{len(self.data)} steps go from 0 to {len(self.data) - 1}."
            )
        if self.start_index > self.end_index:
            raise ValueError(
                f"TimeseriesGenerator: `start_index+length={self.start_index} > "
                f"end_index={self.end_index}` leaves no step to be a target."
            )

    def __len__(self) -> int:
        """Return the number of batches."""
        rows = self.batch_size * self.stride
        return (self.end_index - self.start_index + rows) // rows

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the samples and targets of a batch: (batch, steps, ...) and (batch, ...)."""
        rows: Any
        if self.shuffle:
            rows = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)
        else:
            start = self.start_index + self.batch_size * self.stride * index
            stop = min(start + self.batch_size * self.stride, self.end_index + 1)
            rows = range(start, stop, self.stride)  # exact for any stride
        samples = np.array([self.data[r - self.length : r : self.sampling_rate] for r in rows])
        targets = np.array([self.targets[r] for r in rows])
        return (samples[:, ::-1, ...] if self.reverse else samples), targets

    def get_config(self) -> dict[str, Any]:
        """Return all settings; data and targets as JSON, `start_index` as that of the first target.

        Raises:
            TypeError: if data or targets hold what JSON cannot.
        """
        return {
            "data": _as_json("data", self.data),
            "targets": _as_json("targets", self.targets),
            "length": self.length,
            "sampling_rate": self.sampling_rate,
            "stride": self.stride,
            "start_index": self.start_index,
            "end_index": self.end_index,
            "shuffle": self.shuffle,
            "reverse": self.reverse,
            "batch_size": self.batch_size,
        }

    def to_json(self, **kwargs: Any) -> str:
        """Return class name and settings as JSON; `kwargs` go to `json.dumps`."""
        config = {"class_name": type(self).__name__, "config": self.get_config()}
        return json.dumps(config, **kwargs)


def _as_json(name: str, values: Any) -> str:
    try:
        return json.dumps(values.tolist() if isinstance(values, np.ndarray) else values)
    except TypeError as error:
        raise TypeError(f"TimeseriesGenerator: {name} cannot be written as JSON: {error}") from None


def timeseries_generator_from_json(json_string: str) -> TimeseriesGenerator:
    """Return the generator that `TimeseriesGenerator.to_json` has written; its data are lists.

    Raises:
        ValueError: if the text is no such JSON.
    """
    who = "timeseries_generator_from_json"
    config = config_of(who, json_string, _KINDS, ("data", "targets"))
    for name in ("data", "targets"):
        try:
            fits = np.asarray(config[name]).ndim > 0
        except ValueError:  # rows of different lengths
            fits = False
        if not fits:
            raise ValueError(f"{who}: {name} needs a list of numbers, or of lists of one length.")
    config["start_index"] -= config["length"]  # written with the length, taken without
    return TimeseriesGenerator(**config)


_KINDS = {
    **dict.fromkeys(
        ("length", "sampling_rate", "stride", "start_index", "end_index", "batch_size"), int
    ),
    "shuffle": bool,
    "reverse": bool,
}
