"""Shows that the order of words matters in the bundled reviews: `python datasets/build/order_matters.py`.

Three readers, trained with kerasnb on the same reviews and tested on the others: one that knows which
words are in a review, one that knows which pairs of neighbours are, and an LSTM that reads from left to
right. The LSTM must be at least 5 points better than the first; the second lies between.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from kerasnb import backend as K
from kerasnb.datasets import imdb
from kerasnb.layers import LSTM, Dense, Embedding
from kerasnb.models import Sequential
from kerasnb.optimizers import Adam
from kerasnb.regularizers import l2

LENGTH = 100


def words(review: list[int]) -> list[tuple[int, ...]]:
    """Return the words of a review."""
    return [(word,) for word in review]


def words_and_pairs(review: list[int]) -> list[tuple[int, ...]]:
    """Return the words of a review and the pairs of neighbours."""
    return words(review) + list(zip(review, review[1:], strict=False))


def bags(texts: np.ndarray, features, known: dict[tuple[int, ...], int]) -> np.ndarray:
    """Return for each review which of the known features it has: 0 or 1."""
    found = np.zeros((len(texts), len(known)), np.float32)
    for row, text in zip(found, texts, strict=True):
        row[[known[feature] for feature in features(text) if feature in known]] = 1
    return found


def of_bags(data, features, size: int) -> float:
    """Return the test accuracy of a reader of bags: logistic regression."""
    (x_train, y_train), (x_test, y_test) = data
    counts = Counter(feature for text in x_train for feature in features(text))
    known = {feature: i for i, (feature, _) in enumerate(counts.most_common(size))}
    model = Sequential(
        [Dense(1, activation="sigmoid", kernel_regularizer=l2(5e-4), input_dim=len(known))]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.fit(bags(x_train, features, known), y_train, batch_size=32, epochs=15, verbose=0)
    return model.evaluate(bags(x_test, features, known), y_test, verbose=0)[1]


def padded(texts: np.ndarray) -> np.ndarray:
    """Return reviews as rows of numbers, with zeros in front."""
    rows = np.zeros((len(texts), LENGTH), np.int32)
    for row, text in zip(rows, texts, strict=True):
        row[LENGTH - len(text[-LENGTH:]) :] = text[-LENGTH:]
    return rows


def of_sequences(data, epochs: int) -> float:
    """Return the test accuracy of a reader from left to right."""
    (x_train, y_train), (x_test, y_test) = data
    model = Sequential(
        [Embedding(1500, 32, input_length=LENGTH), LSTM(32), Dense(1, activation="sigmoid")]
    )
    model.compile(Adam(lr=0.003), "binary_crossentropy", metrics=["accuracy"])
    model.fit(padded(x_train), y_train, batch_size=32, epochs=epochs, verbose=2)
    return model.evaluate(padded(x_test), y_test, verbose=0)[1]


def main(epochs: int = 5) -> None:
    """Train the three readers and compare them."""
    K.set_random_seed(1)
    data = imdb.load_data(num_words=1500, edition="mini")
    bag = of_bags(data, words, 1500)
    pairs = of_bags(data, words_and_pairs, 6000)
    lstm = of_sequences(data, epochs)
    print(f"words {bag:.1%}, pairs of words {pairs:.1%}, LSTM {lstm:.1%}")
    assert bag < pairs < lstm and lstm - bag >= 0.05


if __name__ == "__main__":
    main()
