"""Texts as numbers: words, their index, and vectors.

Words are what stands between spaces. Chinese has no spaces between words: either put some (a
segmenter such as jieba does: `" ".join(jieba.cut(text))`), or take every character for a word with
`Tokenizer(char_level=True)`. The filters are ASCII; add `"，。！？、；：“”（）《》"` for Chinese.
"""

from __future__ import annotations

import json
import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator
from hashlib import md5
from typing import Any

import numpy as np

from .kept import config_of

__all__ = [
    "Tokenizer",
    "hashing_trick",
    "one_hot",
    "text_to_word_sequence",
    "tokenizer_from_json",
]

_FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


def text_to_word_sequence(
    text: str, filters: str = _FILTERS, lower: bool = True, split: str = " "
) -> list[str]:
    """Return the words of a text.

    Args:
        text: the text.
        filters: characters that count as `split`.
        lower: whether to make all letters small.
        split: what stands between words.

    Example:
        >>> text_to_word_sequence("The cat, the mat.")
        ['the', 'cat', 'the', 'mat']
        >>> text_to_word_sequence("我 喜欢 学习，真的", filters="，")
        ['我', '喜欢', '学习', '真的']
    """
    if not isinstance(text, str):
        raise TypeError(f"text_to_word_sequence: got {text!r:.60}; needs a string.")
    if not split:
        raise ValueError("text_to_word_sequence: got split=''; needs what stands between words.")
    if lower:
        text = text.lower()
    text = text.translate({ord(character): split for character in filters})
    return [word for word in text.split(split) if word]


def one_hot(
    text: str, n: int, filters: str = _FILTERS, lower: bool = True, split: str = " "
) -> list[int]:
    """Return a number from 1 to `n - 1` for each word; different words may share one.

    It is `hashing_trick` with Python's `hash`, which is another one in every process unless
    PYTHONHASHSEED is set.

    Args:
        text: the text.
        n: one more than the largest number.
        filters, lower, split: as in `text_to_word_sequence`.
    """
    return hashing_trick(text, n, hash, filters, lower, split)


def hashing_trick(
    text: str,
    n: int,
    hash_function: str | Callable[[str], int] | None = None,
    filters: str = _FILTERS,
    lower: bool = True,
    split: str = " ",
) -> list[int]:
    """Return `hash(word) % (n - 1) + 1` for each word: no index is needed, words may collide.

    Args:
        text: the text.
        n: one more than the largest number; 0 stands for no word.
        hash_function: None for Python's `hash`, 'md5' for one that is the same everywhere, or a
            function from a word to an integer.
        filters, lower, split: as in `text_to_word_sequence`.

    Raises:
        ValueError: if `n` is below 2, or the hash is not known.

    Example:
        >>> hashing_trick("the cat the mat", 100, "md5")
        [51, 3, 51, 26]
    """
    if n < 2:
        raise ValueError(f"hashing_trick: got n={n}; needs at least 2, as numbers go to n - 1.")
    if hash_function is None:
        hash_function = hash
    elif hash_function == "md5":
        hash_function = _md5
    elif not callable(hash_function):
        raise ValueError(
            f"hashing_trick: got hash_function={hash_function!r}; needs None, 'md5' or a function."
        )
    words = text_to_word_sequence(text, filters, lower, split)
    return [hash_function(word) % (n - 1) + 1 for word in words]


def _md5(word: str) -> int:
    return int(md5(word.encode(), usedforsecurity=False).hexdigest(), 16)


class Tokenizer:
    """Gives every word of some texts a number, 1 for the most frequent, and texts as numbers.

    A text is a string, or a list of its words. 0 is no word's number.

    Args:
        num_words: only words with numbers below this count later on: `num_words - 1` of them.
            The index itself holds all.
        filters, lower, split: as in `text_to_word_sequence`.
        char_level: whether every character is a word.
        oov_token: word that stands for all without a number ("out of vocabulary"); it gets
            number 1. Without it they are left out.
        document_count: number of texts seen already.

    Attributes:
        word_counts: how often each word was seen.
        word_docs, index_docs: in how many texts each word was seen, by word and by number.
        word_index, index_word: numbers of words, words of numbers.
        document_count: number of texts seen.

    Example:
        >>> tokenizer = Tokenizer()
        >>> tokenizer.fit_on_texts(["The cat sat.", "The dog"])
        >>> tokenizer.word_index
        {'the': 1, 'cat': 2, 'sat': 3, 'dog': 4}
        >>> tokenizer.texts_to_sequences(["the big dog"])
        [[1, 4]]

        Chinese needs spaces between its words, or each character taken for one:

        >>> words = Tokenizer()
        >>> words.fit_on_texts(["我 喜欢 猫", "我 喜欢 学习"])
        >>> words.word_index
        {'我': 1, '喜欢': 2, '猫': 3, '学习': 4}
        >>> characters = Tokenizer(char_level=True)
        >>> characters.fit_on_texts(["我喜欢猫", "我喜欢学习"])
        >>> characters.texts_to_sequences(["喜欢我"])
        [[2, 3, 1]]
    """

    def __init__(
        self,
        num_words: int | None = None,
        filters: str = _FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        document_count: int = 0,
        **kwargs: Any,
    ) -> None:
        if "nb_words" in kwargs:
            warnings.warn("Tokenizer: `nb_words` is now called `num_words`.", stacklevel=2)
            num_words = kwargs.pop("nb_words")
        if kwargs:
            raise TypeError(f"Tokenizer: got unknown arguments {sorted(kwargs)}.")
        self.word_counts: dict[str, int] = OrderedDict()
        self.word_docs: dict[str, int] = defaultdict(int)
        self.filters = filters
        self.split = split
        self.lower = lower
        self.num_words = num_words
        self.document_count = document_count
        self.char_level = char_level
        self.oov_token = oov_token
        self.index_docs: dict[int, int] = defaultdict(int)
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}

    def _words(self, text: Any) -> Any:
        if not self.char_level and isinstance(text, str):
            return text_to_word_sequence(text, self.filters, self.lower, self.split)
        if not isinstance(text, str) and not all(isinstance(word, str) for word in text):
            raise TypeError(f"Tokenizer: got {text!r:.60}; a text is a string or a list of words.")
        if not self.lower:
            return text
        return text.lower() if isinstance(text, str) else [word.lower() for word in text]

    def fit_on_texts(self, texts: Iterable[Any]) -> None:
        """Count words and number them anew; may be called again with more texts.

        Args:
            texts: strings, or lists of words; a generator will do.
        """
        for text in texts:
            self.document_count += 1
            words = self._words(text)
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in dict.fromkeys(words):
                self.word_docs[word] += 1
        # Sorting is stable: words that are equally frequent stay in the order of their coming.
        ranked = sorted(self.word_counts, key=self.word_counts.__getitem__, reverse=True)
        if self.oov_token is not None:
            ranked.insert(0, self.oov_token)
        self.word_index = {word: index for index, word in enumerate(ranked, 1)}
        self.index_word = {index: word for word, index in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences: Any) -> None:
        """Count in how many sequences each number is: needed for 'tfidf' where no text was seen.

        Args:
            sequences: list of sequences of numbers.
        """
        self.document_count += len(sequences)
        for sequence in sequences:
            for index in dict.fromkeys(sequence):
                self.index_docs[index] += 1

    def texts_to_sequences(self, texts: Iterable[Any]) -> list[list[int]]:
        """Return the numbers of the words of each text."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Iterable[Any]) -> Iterator[list[int]]:
        """Give the numbers of the words of one text after the other."""
        oov_index = self.word_index.get(self.oov_token) if self.oov_token is not None else None
        for text in texts:
            found = (
                self._known(self.word_index.get(word), oov_index) for word in self._words(text)
            )
            yield [index for index in found if index is not None]

    def sequences_to_texts(self, sequences: Iterable[Any]) -> list[str]:
        """Return the words of each sequence of numbers, with spaces between."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences: Iterable[Any]) -> Iterator[str]:
        """Give the text of one sequence of numbers after the other."""
        oov_index = self.word_index.get(self.oov_token) if self.oov_token is not None else None
        for sequence in sequences:
            found = (
                self._known(number if number in self.index_word else None, oov_index)
                for number in sequence
            )
            yield " ".join(self.index_word[i] for i in found if i in self.index_word)

    def _known(self, index: int | None, oov_index: int | None) -> int | None:
        """Return a number if it counts, else that of `oov_token`."""
        if index is None or (self.num_words and index >= self.num_words):
            return oov_index
        return index

    def texts_to_matrix(self, texts: Iterable[Any], mode: str = "binary") -> np.ndarray:
        """Return a row for each text; see `sequences_to_matrix`."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode=mode)

    def sequences_to_matrix(self, sequences: Any, mode: str = "binary") -> np.ndarray:
        """Return a row for each sequence, a column for each number.

        With c the number's count in the sequence, l the sequence's length, N all texts seen, and
        d those with this number:

        * 'binary': 1 where c > 0
        * 'count': c
        * 'freq': c / l
        * 'tfidf': (1 + log c) * log(1 + N / (1 + d)) where c > 0

        Args:
            sequences: list of sequences of numbers; numbers from `num_words` on are left out.
            mode: 'binary', 'count', 'freq' or 'tfidf'.

        Returns:
            Array of shape (sequences, num_words), or all words plus one if `num_words` is None.

        Raises:
            ValueError: if the number of columns is not known, 'tfidf' has seen no text, or the
                mode is unknown.

        Example:
            >>> Tokenizer(num_words=4).sequences_to_matrix([[1, 3, 3], [2, 9]], mode="count")
            array([[0., 1., 0., 2.],
                   [0., 0., 1., 0.]])
        """
        if mode not in ("binary", "count", "freq", "tfidf"):
            raise ValueError(
                f"Tokenizer: got mode={mode!r}; needs 'binary', 'count', 'freq' or 'tfidf'."
            )
        if not self.num_words and not self.word_index:
            raise ValueError("Tokenizer: needs `num_words`, or fit_on_texts first.")
        if mode == "tfidf" and not self.document_count:
            raise ValueError(
                "Tokenizer: mode 'tfidf' needs fit_on_texts or fit_on_sequences first."
            )
        columns = self.num_words or len(self.word_index) + 1
        if columns < 0:
            raise ValueError(f"Tokenizer: got num_words={columns}; needs at least 1.")
        matrix = np.zeros((len(sequences), columns))
        for row, sequence in zip(matrix, sequences, strict=True):
            if len(sequence):
                numbers = np.asarray(sequence)
                if numbers.dtype.kind not in "biu" or numbers.min() < 0:
                    raise ValueError(
                        f"Tokenizer: got the sequence {sequence!r:.60}; needs numbers of words, "
                        "whole and from 0 on."
                    )
                row[:] = np.bincount(numbers[numbers < columns], minlength=columns)
                if mode == "freq":
                    row /= len(sequence)
        if mode == "binary":
            return (matrix > 0).astype(matrix.dtype)
        if mode == "tfidf":
            seen = np.array([self.index_docs.get(index, 0) for index in range(columns)])
            weights = np.log(1 + self.document_count / (1 + seen))
            return np.where(matrix > 0, 1 + np.log(np.maximum(matrix, 1)), 0) * weights
        return matrix

    def get_config(self) -> dict[str, Any]:
        """Return settings and counts; the counts as JSON."""
        return {
            "num_words": self.num_words,
            "filters": self.filters,
            "lower": self.lower,
            "split": self.split,
            "char_level": self.char_level,
            "oov_token": self.oov_token,
            "document_count": self.document_count,
            "word_counts": json.dumps(self.word_counts),
            "word_docs": json.dumps(self.word_docs),
            "index_docs": json.dumps(self.index_docs),
            "index_word": json.dumps(self.index_word),
            "word_index": json.dumps(self.word_index),
        }

    def to_json(self, **kwargs: Any) -> str:
        """Return class name, settings and counts as JSON; `kwargs` go to `json.dumps`."""
        return json.dumps(
            {"class_name": type(self).__name__, "config": self.get_config()}, **kwargs
        )


def tokenizer_from_json(json_string: str) -> Tokenizer:
    """Return the Tokenizer that `Tokenizer.to_json` has written, here or in Keras.

    Raises:
        ValueError: if the text is no such JSON.
    """
    names = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
    config = config_of("tokenizer_from_json", json_string, _KINDS, names)
    counts = {name: config.pop(name) for name in names}
    for name, found in counts.items():
        words = name == "index_word"
        if not isinstance(found, dict) or not all(
            type(value) is (str if words else int) for value in found.values()
        ):
            what = "words" if words else "whole numbers"
            raise ValueError(f"tokenizer_from_json: {name} needs a dictionary of {what}.")
    filters = config.get("filters", "")
    if not all(isinstance(character, str) and len(character) == 1 for character in filters):
        raise ValueError(f"tokenizer_from_json: filters needs characters; got {filters!r:.80}.")
    tokenizer = Tokenizer(**config)
    tokenizer.word_counts = OrderedDict(counts["word_counts"])
    tokenizer.word_docs = defaultdict(int, counts["word_docs"])
    tokenizer.word_index = counts["word_index"]
    # JSON has made strings of the numbers.
    tokenizer.index_docs.update(_by_number("index_docs", counts["index_docs"]))
    tokenizer.index_word = _by_number("index_word", counts["index_word"])
    return tokenizer


_KINDS = {
    "num_words": int | None,
    "filters": str | list,
    "lower": bool | int,
    "split": str,
    "char_level": bool | int,
    "oov_token": str | None,
    "document_count": int,
}


def _by_number(name: str, found: dict[str, Any]) -> dict[int, Any]:
    try:
        return {int(index): value for index, value in found.items()}
    except ValueError as error:
        raise ValueError(f"tokenizer_from_json: {name} needs numbers of words: {error}.") from error
