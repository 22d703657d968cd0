"""IMDB: reviews of films, liked or not, as numbers of words."""

from __future__ import annotations

from typing import Any

import numpy as np

from .editions import find, find_word_index
from .reading import Arrays, read_npz, read_word_index
from .texts import Texts, numbered, renamed, shuffled


def load_data(
    path: str = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int | None = 3,
    edition: str | None = None,
    **kwargs: Any,
) -> Arrays:
    """Load the reviews. Words are numbered by how frequent they are; 0 is left for padding.

    Args:
        path: name of the full data set's file in `~/.keras/datasets`.
        num_words: numbers from here up become `oov_char`.
        skip_top: numbers below this one become `oov_char`: the most frequent words.
        maxlen: only reviews shorter than this are kept.
        seed: decides the order of the reviews.
        start_char: stands before each review; None for nothing.
        oov_char: stands for words that are left out; with None they are dropped.
        index_from: is added to every word's number, to make room for the signs above.
        edition: 'full', 'mini' or 'auto' (None: see `KERASNB_DATASETS`).

    Returns:
        `(x_train, y_train), (x_test, y_test)`: arrays of lists of numbers, and of labels, 1 for
        reviews by somebody who liked the film and 0 for others, shape (n,).

    Raises:
        ValueError: if `maxlen` is so short that no review is left.

    See: Maas et al., Learning word vectors for sentiment analysis, 2011.
    """
    num_words = renamed(kwargs, num_words)
    found = find("imdb", edition, path)
    parts = []
    for part in ("train", "test"):
        if found.edition == "full":
            parts.append(Texts.of_lists(*read_npz(found.paths[0], f"x_{part}", f"y_{part}")))
        else:
            names = (f"x_{part}", f"lengths_{part}", f"y_{part}")
            parts.append(Texts.of_numbers(*read_npz(found.paths[0], *names)))
    generator = np.random.RandomState(seed)
    parts = [shuffled(texts, generator) for texts in parts]
    # Each part is filtered by itself. Keras joins them, and cuts at the old length after `maxlen`
    # has shortened them: test reviews would be trained with.
    train, test = numbered(parts, num_words, skip_top, maxlen, start_char, oov_char, index_from)
    return train, test


def get_word_index(
    path: str = "imdb_word_index.json", edition: str | None = None
) -> dict[str, int]:
    """Return the words and their numbers, 1 for the most frequent.

    `load_data` adds `index_from` to them: the word of number `i` there is the one of `i - 3` here.

    Args:
        path: name of the file in `~/.keras/datasets`.
        edition: as for `load_data`; the index belongs to the edition that it loads.
    """
    return read_word_index(find_word_index("imdb", edition, path))
