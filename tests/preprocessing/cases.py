"""Calls whose results are compared with real Keras: sequences and texts.

A case takes keras.preprocessing (ours or the real one) and returns what JSON can hold.
`python -m tests.reference.preprocessing` writes down what the real one gives.
"""

import random

import numpy as np

ENGLISH = [
    "The cat sat on the mat; the dog sat on the log.",
    "A dog chased THE cat!",
    "",
    "Mats, logs & dogs (and a cat)...",
]
CHINESE = ["我 喜欢 学习 深度 学习", "猫 喜欢 鱼 ， 我 喜欢 猫", "深度 学习 需要 数据"]
UNSEEN = ["the bird sat on a cat", "我 喜欢 数据 和 狗", ""]


def padded(keras):
    """All ways to pad and cut."""
    rows = [[1, 2, 3, 4], [5], [], [6, 7]]
    results = {}
    for padding in ("pre", "post"):
        for truncating in ("pre", "post"):
            for maxlen in (None, 3, 6):
                array = keras.sequence.pad_sequences(
                    rows, maxlen, padding=padding, truncating=truncating, value=9
                )
                results[f"{padding} {truncating} {maxlen}"] = array.tolist()
    return results


def padded_vectors(keras):
    """Elements that are vectors, as floats; strings as objects."""
    rows = [[[0.5, 1.5], [2.5, 3.5]], [[4.5, 5.5]]]
    vectors = keras.sequence.pad_sequences(rows, 3, dtype="float64", value=-1.0)
    words = keras.sequence.pad_sequences([["a", "bc"], ["d"]], dtype=object, value="-")
    return [vectors.tolist(), words.tolist()]


def sampling_table(keras):
    return [
        keras.sequence.make_sampling_table(12).tolist(),
        keras.sequence.make_sampling_table(9, sampling_factor=0.01).tolist(),
    ]


def skipgrams(keras):
    """The same random numbers as Python's `random` gives the real one."""
    words = [3, 1, 0, 4, 1, 5, 9, 2, 6, 5, 3, 5]
    settings = [
        {"negative_samples": 0.0, "shuffle": False},
        {"window_size": 2, "shuffle": False},
        {"window_size": 1, "seed": 7},
        {"window_size": 2, "categorical": True, "negative_samples": 0.5, "seed": 7},
        {"sampling_table": [0.0, 0.5, 0.9, 0.2, 0.7, 0.4, 1.0, 1.0, 1.0, 0.5], "seed": 1},
        {},
    ]
    results = []
    for kwargs in settings:
        random.seed(11)
        results.append([list(part) for part in keras.sequence.skipgrams(words, 10, **kwargs)])
        results.append(random.random())
    return results


def removed(keras):
    return [
        list(part) for part in keras.sequence._remove_long_seq(3, [[1], [2, 3, 4], [5, 6]], "abc")
    ]


def windows(keras):
    """Settings of TimeseriesGenerator: all batches, length, JSON."""
    data = np.arange(40).reshape(20, 2)
    targets = np.arange(20) * 10
    settings = [
        {"length": 3},
        {"length": 4, "sampling_rate": 2, "batch_size": 5},
        {"length": 4, "sampling_rate": 3, "stride": 2, "batch_size": 3},
        {"length": 2, "start_index": 5, "end_index": 15, "batch_size": 4},
        {"length": 3, "stride": 3, "reverse": True, "batch_size": 2},
        {"length": 5, "shuffle": True, "batch_size": 3},
    ]
    results = []
    for kwargs in settings:
        np.random.seed(5)
        generator = keras.sequence.TimeseriesGenerator(data, targets, **kwargs)
        batches = [[part.tolist() for part in generator[i]] for i in range(len(generator))]
        results.append([batches, generator.to_json()])
    lists = keras.sequence.TimeseriesGenerator([1, 2, 3, 4, 5], [6, 7, 8, 9, 10], 2)
    results.append([[part.tolist() for part in lists[0]], lists.to_json()])
    return results


def words(keras):
    split = keras.text.text_to_word_sequence
    return [
        [split(text) for text in ENGLISH + CHINESE],
        split("A-b c", filters="", lower=False),
        split("a,b--c,,d", filters="-", split=","),
        split("x y z", split=" y "),
    ]


def hashed(keras):
    return [
        keras.text.hashing_trick(ENGLISH[0], 50, "md5"),
        keras.text.hashing_trick(CHINESE[0], 1000, "md5"),
        keras.text.hashing_trick("a bb ccc", 4, len),
    ]


def tokenized(keras):
    """Index, sequences, texts and matrices, for every setting."""
    settings = [
        {},
        {"num_words": 5},
        {"oov_token": "<unk>"},
        {"num_words": 4, "oov_token": "<unk>"},
        {"char_level": True, "lower": False},
        {"char_level": True, "num_words": 6, "oov_token": "?"},
        {"split": "a", "filters": "o"},
        {"oov_token": "cat"},
    ]
    results = []
    for kwargs in settings:
        for texts in (ENGLISH, CHINESE, [["The", "cat"], ["cat", "the dog"]]):
            tokenizer = keras.text.Tokenizer(**kwargs)
            tokenizer.fit_on_texts(texts)
            sequences = tokenizer.texts_to_sequences(texts + UNSEEN)
            results.append(
                {
                    "word_index": tokenizer.word_index,
                    "word_counts": list(tokenizer.word_counts.items()),
                    "word_docs": sorted(tokenizer.word_docs.items()),
                    "index_docs": sorted(tokenizer.index_docs.items()),
                    "document_count": tokenizer.document_count,
                    "sequences": sequences,
                    "texts": tokenizer.sequences_to_texts([*sequences, [0, 1, 99]]),
                    "matrices": {
                        mode: tokenizer.texts_to_matrix(texts + UNSEEN, mode=mode).tolist()
                        for mode in ("binary", "count", "freq", "tfidf")
                    },
                }
            )
    return results


def tokenizer_json(keras):
    """What is written is read again, and the other way round."""
    tokenizer = keras.text.Tokenizer(num_words=7, oov_token="<unk>")
    tokenizer.fit_on_texts(["one text", "another text"])
    again = keras.text.tokenizer_from_json(tokenizer.to_json())
    config = tokenizer.get_config()
    for name in ("word_docs", "index_docs"):  # their order is not defined
        del config[name]
    return [config, again.texts_to_sequences(["text one two"])]


def fitted_on_sequences(keras):
    tokenizer = keras.text.Tokenizer(num_words=6)
    tokenizer.fit_on_sequences([[1, 2, 2], [2, 5], [3, 9]])
    return [
        tokenizer.document_count,
        sorted(tokenizer.index_docs.items()),
        tokenizer.sequences_to_matrix([[1, 1, 2], [9, 5], []], mode="tfidf").tolist(),
    ]


CASES = {
    function.__name__: function
    for function in (
        padded,
        padded_vectors,
        sampling_table,
        skipgrams,
        removed,
        windows,
        words,
        hashed,
        tokenized,
        tokenizer_json,
        fitted_on_sequences,
    )
}
