"""Makes the stand-ins for IMDB and Reuters: `python datasets/build/texts.py [FOLDER]`.

Texts lie one after another in one array of word numbers, with their lengths in another: read without
pickle, unlike the lists of the official files. Words are numbered by how frequent they are, from 1.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import reviews
import wires
from files import OUT, save, save_json


def word_index(texts: list[list[str]]) -> dict[str, int]:
    """Return the rank of every word, 1 for the most frequent."""
    counts = Counter(word for text in texts for word in text)
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    return {word: rank for rank, word in enumerate(ranked, 1)}


def flat(texts: list[list[str]], index: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return all words of all texts as numbers, and the texts' lengths."""
    words = np.array([index[word] for text in texts for word in text], np.uint16)
    return words, np.array([len(text) for text in texts], np.uint16)


def main(folder: Path = OUT) -> None:
    """Write both stand-ins and their word indices."""
    train, y_train = reviews.reviews(4000, seed=113)
    test, y_test = reviews.reviews(1000, seed=114)
    index = word_index(train + test)
    (x_train, lengths_train), (x_test, lengths_test) = flat(train, index), flat(test, index)
    save(
        folder / "imdb_like.npz",
        x_train=x_train,
        lengths_train=lengths_train,
        y_train=np.array(y_train, np.int64),
        x_test=x_test,
        lengths_test=lengths_test,
        y_test=np.array(y_test, np.int64),
    )
    save_json(folder / "imdb_like_word_index.json", index)

    texts, labels = wires.wires(2500, seed=113)
    index = word_index(texts)
    x, lengths = flat(texts, index)
    save(folder / "reuters_like.npz", x=x, lengths=lengths, y=np.array(labels, np.int64))
    save_json(folder / "reuters_like_word_index.json", index)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
