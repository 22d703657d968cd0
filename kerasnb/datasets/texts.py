"""What Keras does to texts of numbered words before it hands them out, on all words at once."""

from __future__ import annotations

from itertools import chain
from typing import NamedTuple

import numpy as np


class Texts(NamedTuple):
    """Texts one after another.

    Attributes:
        words: numbers of all words, shape (words,).
        lengths: number of words of each text, shape (texts,).
        labels: a class for each text, shape (texts,).
    """

    words: np.ndarray
    lengths: np.ndarray
    labels: np.ndarray

    @classmethod
    def of_lists(cls, lists: np.ndarray, labels: np.ndarray) -> Texts:
        """Return the texts of an array of lists, as the official files have them."""
        lengths = np.fromiter(map(len, lists), np.int64, len(lists))
        words = np.fromiter(chain.from_iterable(lists), np.int64, int(lengths.sum()))
        return cls(words, lengths, labels)

    @classmethod
    def of_numbers(cls, words: np.ndarray, lengths: np.ndarray, labels: np.ndarray) -> Texts:
        """Return the texts of the bundled files, where numbers are stored small."""
        return cls(words.astype(np.int64), lengths.astype(np.int64), labels)

    def lists(self) -> np.ndarray:
        """Return the texts as an array of lists."""
        found = np.empty(len(self.lengths), object)
        ends = np.cumsum(self.lengths)
        for i, (begin, end) in enumerate(zip(ends - self.lengths, ends, strict=True)):
            found[i] = self.words[begin:end].tolist()
        return found

    def take(self, order: np.ndarray) -> Texts:
        """Return some of the texts, in another order."""
        starts = (np.cumsum(self.lengths) - self.lengths)[order]
        lengths = self.lengths[order]
        # Each word's place: where its text begins, and how far into the text it is.
        inside = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return Texts(self.words[np.repeat(starts, lengths) + inside], lengths, self.labels[order])

    def keep(self, kept: np.ndarray) -> Texts:
        """Return the texts without some of their words; `kept` says for each whether it stays."""
        text = np.repeat(np.arange(len(self.lengths)), self.lengths)[kept]
        lengths = np.bincount(text, minlength=len(self.lengths))
        return Texts(self.words[kept], lengths, self.labels)


def shuffled(texts: Texts, generator: np.random.RandomState) -> Texts:
    """Return the texts in an order by chance."""
    order = np.arange(len(texts.lengths))
    generator.shuffle(order)
    return texts.take(order)


def numbered(
    parts: list[Texts],
    num_words: int | None,
    skip_top: int,
    maxlen: int | None,
    start_char: int | None,
    oov_char: int | None,
    index_from: int | None,
) -> list[Texts]:
    """Return texts with shifted numbers, a sign at the start, and without some words and texts.

    In Keras's order: `index_from` is added to every number and `start_char` put before each text;
    then only texts shorter than `maxlen` stay; then words below `skip_top` or from `num_words` up (by
    their shifted number, and `start_char` like any word) become `oov_char`, or go if it is None. Without
    `num_words` the largest number of all parts stands for it, so that the rarest word always goes.

    Raises:
        ValueError: if `maxlen` leaves no text.
    """
    parts = [_started(texts, start_char, index_from or 0) for texts in parts]
    if maxlen:
        parts = [texts.take(np.flatnonzero(texts.lengths < maxlen)) for texts in parts]
        if not any(len(texts.lengths) for texts in parts):
            raise ValueError(
                f"After filtering for sequences shorter than maxlen={maxlen}, no sequence was kept. "
                "Increase maxlen."
            )
    end = num_words or max(int(texts.words.max(initial=0)) for texts in parts)
    return [_without(texts, skip_top, end, oov_char) for texts in parts]


def _started(texts: Texts, start_char: int | None, index_from: int) -> Texts:
    words = texts.words + index_from
    if start_char is None:
        return texts._replace(words=words)
    starts = np.cumsum(texts.lengths) - texts.lengths
    return Texts(np.insert(words, starts, start_char), texts.lengths + 1, texts.labels)


def _without(texts: Texts, first: int, end: int, oov_char: int | None) -> Texts:
    known = (texts.words >= first) & (texts.words < end)
    if oov_char is None:
        return texts.keep(known)
    return texts._replace(words=np.where(known, texts.words, oov_char))


def renamed(kwargs: dict[str, int | None], num_words: int | None) -> int | None:
    """Return `num_words`, also if it comes under its name of Keras 1, `nb_words`."""
    if "nb_words" in kwargs:
        import warnings

        warnings.warn(
            "The `nb_words` argument in `load_data` has been renamed `num_words`.", stacklevel=3
        )
        num_words = kwargs.pop("nb_words")
    if kwargs:
        raise TypeError(f"Unrecognized keyword arguments: {kwargs}")
    return num_words
