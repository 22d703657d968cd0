"""What Keras does to texts of numbered words before it hands them out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

import numpy as np


class Texts(NamedTuple):
    """Texts in an order of their own, whose words stand somewhere in one array.

    Attributes:
        words: numbers of all words, shape (words,), in any whole type.
        starts: where each text's words begin, shape (texts,).
        lengths: number of words of each text, shape (texts,).
        labels: a class for each text, shape (texts,).
    """

    words: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    labels: np.ndarray

    @classmethod
    def of_lists(cls, lists: np.ndarray, labels: np.ndarray) -> Texts:
        """Return the texts of an array of lists, as the official files have them."""
        try:
            lengths = np.fromiter(map(len, lists), np.int64, len(lists))
            words = np.fromiter(chain.from_iterable(lists), np.int64, int(lengths.sum()))
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"Texts need lists of the numbers of their words: {error}.") from error
        return cls.of_numbers(words, lengths, labels)

    @classmethod
    def of_numbers(cls, words: np.ndarray, lengths: np.ndarray, labels: np.ndarray) -> Texts:
        """Return the texts of the bundled files, which stand one after another."""
        lengths = lengths.astype(np.int64)
        return cls(words, np.cumsum(lengths) - lengths, lengths, labels)

    def take(self, order: np.ndarray) -> Texts:
        """Return some of the texts, in another order; the words stay where they are."""
        return Texts(self.words, self.starts[order], self.lengths[order], self.labels[order])

    def each(self) -> Iterator[np.ndarray]:
        """Yield each text's words."""
        for start, length in zip(self.starts.tolist(), self.lengths.tolist(), strict=True):
            yield self.words[start : start + length]


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
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return lists of shifted numbers, a sign at the start, without some words and texts; and labels.

    In Keras's order: `index_from` is added to every number and `start_char` put before each text;
    then only texts shorter than `maxlen` stay; then words below `skip_top` or from `num_words` up (by
    their shifted number, and `start_char` like any word) become `oov_char`, or go if it is None. Without
    `num_words` the largest number of all parts stands for it, so that the rarest word always goes.

    Raises:
        ValueError: if `maxlen` leaves no text.
    """
    shift = index_from or 0
    signs = [] if start_char is None else [start_char]
    if maxlen:
        parts = [part.take(np.flatnonzero(part.lengths + len(signs) < maxlen)) for part in parts]
        if not any(len(part.lengths) for part in parts):
            raise ValueError(
                f"After filtering for sequences shorter than maxlen={maxlen}, no sequence was kept. "
                "Increase maxlen."
            )
    end = num_words or max(
        0, *signs, *(int(text.max()) + shift for part in parts for text in part.each() if len(text))
    )

    # One text at a time: arrays of all words would take more room than the lists.
    def kept(words: np.ndarray) -> list[int]:
        known = (words >= skip_top) & (words < end)
        return (words[known] if oov_char is None else np.where(known, words, oov_char)).tolist()

    before = kept(np.array(signs, np.int64))
    found = []
    for part in parts:
        lists = np.empty(len(part.lengths), object)
        for i, text in enumerate(part.each()):
            lists[i] = before + kept(text.astype(np.int64) + shift)
        found.append((lists, part.labels))
    return found


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
