"""Reuters: news wires on 46 topics, as numbers of words."""

from __future__ import annotations

from typing import Any

import numpy as np

from .classes import CLASSES
from .editions import find, find_word_index
from .reading import Arrays, read_npz, read_word_index
from .texts import Texts, numbered, renamed, shuffled


def load_data(
    path: str = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int | None = 3,
    edition: str | None = None,
    **kwargs: Any,
) -> Arrays:
    """Load the wires. Words are numbered by how frequent they are; 0 is left for padding.

    Args:
        path: name of the full data set's file in `~/.keras/datasets`.
        num_words, skip_top, maxlen, seed, start_char, oov_char, index_from: see
            `kerasnb.datasets.imdb.load_data`.
        test_split: share of the wires for testing.
        edition: 'full', 'mini' or 'auto' (None: see `KERASNB_DATASETS`).

    Returns:
        `(x_train, y_train), (x_test, y_test)`: arrays of lists of numbers, and of topics from 0
        to 45, shape (n,).

    Raises:
        ValueError: if `maxlen` is so short that no wire is left.

    See: Lewis, Reuters-21578 text categorization test collection.
    """
    num_words = renamed(kwargs, num_words)
    found = find("reuters", edition, path)
    if found.edition == "full":
        texts = Texts.of_lists(*read_npz(found.paths[0], "x", "y"))
    else:
        texts = Texts.of_numbers(*read_npz(found.paths[0], "x", "lengths", "y"))
    texts = shuffled(texts, np.random.RandomState(seed))
    ((lists, labels),) = numbered(
        [texts], num_words, skip_top, maxlen, start_char, oov_char, index_from
    )
    split = int(len(labels) * (1 - test_split))
    return (lists[:split], labels[:split]), (lists[split:], labels[split:])


def get_word_index(
    path: str = "reuters_word_index.json", edition: str | None = None
) -> dict[str, int]:
    """Return the words and their numbers, 1 for the most frequent.

    `load_data` adds `index_from` to them: the word of number `i` there is the one of `i - 3` here.

    Args:
        path: name of the file in `~/.keras/datasets`.
        edition: as for `load_data`; the index belongs to the edition that it loads.
    """
    return read_word_index(find_word_index("reuters", edition, path))


def get_label_names() -> tuple[str, ...]:
    """Return the names of the 46 topics.

    Example:
        >>> get_label_names()[:4]
        ('cocoa', 'grain', 'veg-oil', 'earn')
    """
    return CLASSES["reuters"]["en"]
