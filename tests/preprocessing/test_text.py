"""Texts as numbers: words, hashes, the index, and what the matrices say."""

import math
import pickle
import random
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from kerasnb.preprocessing.text import (
    Tokenizer,
    hashing_trick,
    one_hot,
    text_to_word_sequence,
    tokenizer_from_json,
)

VOCABULARY = [f"word{i}" for i in range(12)]


def random_texts(count=15):
    """Return texts of random words, some of them empty."""
    texts = []
    for _ in range(count):
        texts.append(" ".join(random.choices(VOCABULARY, k=random.randrange(12))))
    return texts


def test_words_of_a_text():
    assert text_to_word_sequence("  Hello,\tWORLD\n(again) ") == ["hello", "world", "again"]
    assert text_to_word_sequence("don't stop") == ["don't", "stop"]
    assert text_to_word_sequence("A b", lower=False) == ["A", "b"]
    assert text_to_word_sequence("a|b c", filters="", split="|") == ["a", "b c"]
    assert text_to_word_sequence("") == []


class TestHashing:
    def test_range_and_repetition(self):
        text = " ".join(random.choices(VOCABULARY, k=100))
        for numbers in (one_hot(text, 7), hashing_trick(text, 7), hashing_trick(text, 7, "md5")):
            assert len(numbers) == 100 and set(numbers) <= set(range(1, 7))
            pairs = set(zip(text.split(), numbers, strict=True))
            assert len(pairs) == len(set(text.split()))  # a word has one number

    def test_own_function(self):
        assert hashing_trick("a bb cccccc", 5, len) == [2, 3, 3]

    def test_md5_is_the_same_in_every_process(self):
        code = "from kerasnb.preprocessing.text import hashing_trick as h; print(h('a b c', 99, 'md5'))"
        run = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert run.stdout.strip() == str(hashing_trick("a b c", 99, "md5"))

    def test_errors(self):
        with pytest.raises(ValueError, match="n=1; needs at least 2"):
            one_hot("a", 1)
        with pytest.raises(ValueError, match="hash_function='sha1'"):
            hashing_trick("a", 5, "sha1")


class TestTokenizer:
    def test_the_index_goes_by_frequency(self):
        texts = random_texts()
        tokenizer = Tokenizer()
        tokenizer.fit_on_texts(texts)
        counts = Counter(word for text in texts for word in text.split())
        by_rank = sorted(tokenizer.word_index, key=tokenizer.word_index.get)
        assert [tokenizer.word_index[word] for word in by_rank] == list(range(1, len(counts) + 1))
        assert tokenizer.word_counts == counts
        ranked = [counts[word] for word in by_rank]
        assert ranked == sorted(ranked, reverse=True)
        assert tokenizer.document_count == len(texts)
        for word, index in tokenizer.word_index.items():
            documents = sum(word in text.split() for text in texts)
            assert tokenizer.word_docs[word] == tokenizer.index_docs[index] == documents
            assert tokenizer.index_word[index] == word

    def test_there_and_back(self):
        texts = random_texts()
        tokenizer = Tokenizer()
        tokenizer.fit_on_texts(texts)
        assert tokenizer.sequences_to_texts(tokenizer.texts_to_sequences(texts)) == texts

    def test_num_words_and_oov(self):
        texts = ["a a a a b b b c c d"]
        plain, marked = Tokenizer(num_words=3), Tokenizer(num_words=3, oov_token="<oov>")
        for tokenizer in (plain, marked):
            tokenizer.fit_on_texts(texts)
        assert plain.texts_to_sequences(["a b c d e"]) == [[1, 2]]
        assert marked.texts_to_sequences(["a b c d e"]) == [[2, 1, 1, 1, 1]]
        assert plain.sequences_to_texts([[1, 2, 3, 4, 77]]) == ["a b"]
        assert marked.sequences_to_texts([[2, 3, 4, 77]]) == ["a <oov> <oov> <oov>"]
        assert len(plain.word_index) == 4  # the index itself holds all

    def test_generators(self):
        tokenizer = Tokenizer()
        tokenizer.fit_on_texts(text for text in ["a b", "b"])
        stream = tokenizer.texts_to_sequences_generator(iter(["b", "a b"]))
        assert next(stream) == [1] and next(stream) == [2, 1]
        assert next(tokenizer.sequences_to_texts_generator([[2, 1]])) == "a b"

    def test_more_texts_later(self):
        both, later = Tokenizer(), Tokenizer()
        both.fit_on_texts(["a b", "c b a", "a"])
        later.fit_on_texts(["a b"])
        later.fit_on_texts(["c b a", "a"])
        assert both.to_json() == later.to_json()

    def test_chinese(self):
        characters = Tokenizer(char_level=True)
        characters.fit_on_texts(["今天天气好", "天气不好"])
        assert characters.word_index["天"] == 1
        assert characters.sequences_to_texts(characters.texts_to_sequences(["天气好"])) == [
            "天 气 好"
        ]
        whole = Tokenizer()
        whole.fit_on_texts(["今天天气好"])
        assert whole.word_index == {
            "今天天气好": 1
        }  # no space, one word: what the module's text says
        spaced = Tokenizer(filters="，。")
        spaced.fit_on_texts(["今天 天气 好，天气 不 冷。"])
        assert spaced.word_index == {"天气": 1, "今天": 2, "好": 3, "不": 4, "冷": 5}
        again = tokenizer_from_json(spaced.to_json(ensure_ascii=False))
        assert again.word_index == spaced.word_index

    @pytest.mark.parametrize("num_words", [None, 5])
    def test_matrices(self, num_words):
        texts = random_texts()
        tokenizer = Tokenizer(num_words)
        tokenizer.fit_on_texts(texts)
        sequences = [np.random.randint(1, 12, random.randrange(9)).tolist() for _ in range(6)]
        columns = num_words or len(tokenizer.word_index) + 1
        got = {
            mode: tokenizer.sequences_to_matrix(sequences, mode)
            for mode in ("binary", "count", "freq", "tfidf")
        }
        for i, sequence in enumerate(sequences):
            for j in range(columns):
                count = sequence.count(j)
                seen = tokenizer.index_docs.get(j, 0)
                weight = math.log(1 + len(texts) / (1 + seen))
                assert got["count"][i, j] == count
                assert got["binary"][i, j] == (count > 0)
                assert got["freq"][i, j] == (count / len(sequence) if count else 0)
                tfidf = (1 + math.log(count)) * weight if count else 0
                assert got["tfidf"][i, j] == pytest.approx(tfidf, rel=1e-12)
        assert all(m.shape == (6, columns) and m.dtype == np.float64 for m in got.values())
        np.testing.assert_array_equal(
            tokenizer.texts_to_matrix(texts, "count"),
            tokenizer.sequences_to_matrix(tokenizer.texts_to_sequences(texts), "count"),
        )

    def test_matrix_errors(self):
        with pytest.raises(ValueError, match="needs `num_words`, or fit_on_texts"):
            Tokenizer().texts_to_matrix(["a"])
        with pytest.raises(ValueError, match="'tfidf' needs fit_on_texts"):
            Tokenizer(num_words=3).sequences_to_matrix([[1]], "tfidf")
        with pytest.raises(ValueError, match="mode='counts'"):
            Tokenizer(num_words=3).sequences_to_matrix([[1]], "counts")

    def test_json_and_pickle(self):
        tokenizer = Tokenizer(num_words=6, oov_token="?", filters="!")
        tokenizer.fit_on_texts(random_texts())
        for again in (
            tokenizer_from_json(tokenizer.to_json()),
            pickle.loads(pickle.dumps(tokenizer)),
        ):
            assert again.to_json() == tokenizer.to_json()
            more = [*VOCABULARY, "new"]
            assert again.texts_to_sequences([more]) == tokenizer.texts_to_sequences([more])
            again.fit_on_texts(["goes on"])
            assert again.document_count == tokenizer.document_count + 1

    def test_old_and_unknown_arguments(self):
        with pytest.warns(UserWarning, match="`nb_words` is now called `num_words`"):
            assert Tokenizer(nb_words=4).num_words == 4
        with pytest.raises(TypeError, match="unknown arguments \\['numwords'\\]"):
            Tokenizer(numwords=4)
