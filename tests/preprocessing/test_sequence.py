"""Sequences: padding, sampling, skip-grams, windows of a time series; fresh numbers every time."""

import itertools
import json
import random
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasnb.preprocessing.sequence import (
    TimeseriesGenerator,
    make_sampling_table,
    pad_sequences,
    skipgrams,
    timeseries_generator_from_json,
)
from kerasnb.utils import Sequence

sides = st.sampled_from(["pre", "post"])
numbers = st.integers(-(2**31), 2**31 - 1)


class TestPadSequences:
    @settings(deadline=None)
    @given(
        rows=st.lists(st.lists(numbers, max_size=8), min_size=1, max_size=6),
        maxlen=st.none() | st.integers(0, 10),
        padding=sides,
        truncating=sides,
        value=numbers,
    )
    def test_every_row(self, rows, maxlen, padding, truncating, value):
        got = pad_sequences(rows, maxlen, padding=padding, truncating=truncating, value=value)
        length = max(map(len, rows)) if maxlen is None else maxlen
        assert got.shape == (len(rows), length) and got.dtype == np.int32
        for padded, row in zip(got.tolist(), rows, strict=True):
            while len(row) > length:
                row = row[1:] if truncating == "pre" else row[:-1]
            while len(row) < length:
                row = [value, *row] if padding == "pre" else [*row, value]
            assert padded == row

    @settings(deadline=None)
    @given(st.lists(st.integers(0, 5), min_size=1, max_size=5), st.integers(1, 4), sides)
    def test_vectors(self, lengths, size, padding):
        rows = [np.random.randn(length, size) for length in lengths]
        got = pad_sequences(rows, 6, dtype="float64", padding=padding, value=0.5)
        shape = (size,) if any(lengths) else ()  # what an empty array does not tell
        assert got.shape == (len(rows), 6, *shape)
        for padded, row in zip(got, rows, strict=True):
            if len(row):
                start = 6 - len(row) if padding == "pre" else 0
                assert (padded[start : start + len(row)] == row).all()
            assert (padded == 0.5).sum() == (6 - len(row)) * int(np.prod(shape))

    def test_the_rows_are_not_touched(self):
        rows = [[1, 2, 3], [4]]
        pad_sequences(rows, 2)
        assert rows == [[1, 2, 3], [4]]

    def test_types(self):
        assert pad_sequences([[1]], dtype="uint8").dtype == np.uint8
        assert pad_sequences(np.ones((2, 3)), dtype="float32").dtype == np.float32
        assert pad_sequences([["a", "b", "c"], ["d"]], dtype="U1", value=" ").tolist() == [
            ["a", "b", "c"],
            [" ", " ", "d"],
        ]

    @pytest.mark.parametrize(
        ("arguments", "problem"),
        [
            ((5,), "got int; needs a list"),
            (([[1], 2],), "got 2 among the sequences"),
            (([],), "got no sequence"),
            (([[1]], 2, "int32", "left"), "padding='left'"),
            (([[1]], 2, "int32", "pre", "middle"), "truncating='middle'"),
            (([[1]], 2, "int32", "pre", "pre", "x"), "value='x' for dtype=int32"),
            (([[[1, 2]], [[3]]],), r"sequence 1 have shape \(1,\), those of the first have \(2,\)"),
        ],
    )
    def test_errors(self, arguments, problem):
        with pytest.raises(ValueError, match=problem):
            pad_sequences(*arguments)

    def test_no_sequences_of_a_known_length(self):
        assert pad_sequences([], maxlen=4).shape == (0, 4)

    def test_as_many_reviews_as_imdb_has_are_quick(self):
        rows = [[7] * length for length in np.random.randint(20, 460, 25_000)]
        start = time.perf_counter()
        assert pad_sequences(rows, 400).shape == (25_000, 400)
        assert time.perf_counter() - start < 5  # 0.2 s on an idle machine


def test_sampling_table_keeps_rare_words():
    table = make_sampling_table(10_000, 1e-4)
    assert table.shape == (10_000,) and (np.diff(table[1:]) >= 0).all() and table[-1] == 1
    rank = 57
    frequency = 1 / (rank * (np.log(rank) + 0.577) + 0.5 - 1 / (12 * rank))
    assert table[rank] == pytest.approx(min(1, np.sqrt(1e-4 / frequency)))
    assert table[0] == table[1]
    assert make_sampling_table(0).shape == (0,)


class TestSkipgrams:
    @pytest.mark.parametrize("window", [1, 2, 5])
    def test_near_pairs(self, window):
        words = np.random.randint(0, 6, 30).tolist()
        couples, labels = skipgrams(words, 6, window, negative_samples=0)
        expected = [
            [words[i], words[j]]
            for i, j in itertools.permutations(range(30), 2)
            if abs(i - j) <= window and words[i] and words[j]
        ]
        assert sorted(couples) == sorted(expected)
        assert labels == [1] * len(expected)

    def test_random_pairs(self):
        words = list(range(1, 9)) * 40
        couples, labels = skipgrams(words, 9, 2, negative_samples=1.5)
        assert len(couples) == len(labels)
        assert labels.count(0) == int(1.5 * labels.count(1))
        drawn = [other for (_, other), label in zip(couples, labels, strict=True) if not label]
        assert set(drawn) == set(range(1, 9))
        near = {(a, b) for a in range(1, 9) for d in (1, 2) for b in ((a + d - 1) % 8 + 1,)}
        for (word, other), label in zip(couples, labels, strict=True):
            if label:
                assert (word, other) in near or (other, word) in near

    def test_labels_follow_the_mixing(self):
        couples, labels = skipgrams([1, 2, 1, 2], 100, 1, shuffle=True, seed=3)
        for (word, other), label in zip(couples, labels, strict=True):
            assert label == 0 or {word, other} == {1, 2}

    def test_categorical(self):
        random.seed(1)
        _, labels = skipgrams([1, 2, 3], 9, seed=2)
        random.seed(1)
        _, categories = skipgrams([1, 2, 3], 9, seed=2, categorical=True)
        assert categories == [[1 - label, label] for label in labels]

    def test_sampling_table(self):
        table = np.array([0.0, 0.0, 2.0])  # 1 is never kept, 2 is always
        couples, _ = skipgrams([1, 2] * 9, 3, 1, negative_samples=0, sampling_table=table)
        assert couples and all(couple == [2, 1] for couple in couples)

    def test_nothing_in_nothing_out(self):
        assert skipgrams([], 5) == ([], [])
        assert skipgrams([0, 0], 5) == ([], [])

    def test_no_word_to_draw(self):
        with pytest.raises(ValueError, match="vocabulary_size=1; needs at least 2"):
            skipgrams([1, 2], 1)


@st.composite
def generators(draw):
    """Return the settings of a TimeseriesGenerator that leave at least one target."""
    steps = draw(st.integers(3, 40))
    length = draw(st.integers(1, steps - 2))
    start = draw(st.integers(0, steps - 1 - length))
    return steps, {
        "length": length,
        "sampling_rate": draw(st.integers(1, 5)),
        "stride": draw(st.integers(1, 5)),
        "start_index": start,
        "end_index": draw(st.none() | st.integers(start + length, steps - 1)),
        "reverse": draw(st.booleans()),
        "batch_size": draw(st.integers(1, 9)),
    }


class TestTimeseriesGenerator:
    @settings(deadline=None)
    @given(generators(), st.booleans())
    def test_every_window(self, case, as_list):
        steps, kwargs = case
        data, targets = np.random.randn(steps, 2), np.random.randn(steps)
        given_data = data.tolist() if as_list else data
        generator = TimeseriesGenerator(given_data, targets, **kwargs)
        last = steps - 1 if kwargs["end_index"] is None else kwargs["end_index"]
        rows = range(kwargs["start_index"] + kwargs["length"], last + 1, kwargs["stride"])
        samples = []
        for row in rows:
            sample = [data[t] for t in range(row - kwargs["length"], row, kwargs["sampling_rate"])]
            samples.append(sample[::-1] if kwargs["reverse"] else sample)
        batches = list(generator)
        assert len(batches) == len(generator) == -(-len(rows) // kwargs["batch_size"])
        assert all(len(x) == kwargs["batch_size"] for x, _ in batches[:-1])
        np.testing.assert_array_equal(np.concatenate([x for x, _ in batches]), samples)
        np.testing.assert_array_equal(
            np.concatenate([y for _, y in batches]), [targets[row] for row in rows]
        )

    @settings(deadline=None, max_examples=20)
    @given(generators())
    def test_json_and_back(self, case):
        steps, kwargs = case
        data = np.random.randn(steps)
        generator = TimeseriesGenerator(data, data, **kwargs)
        again = timeseries_generator_from_json(generator.to_json(indent=1))
        assert again.to_json() == generator.to_json()
        for (x, y), (x_again, y_again) in zip(generator, again, strict=True):
            np.testing.assert_array_equal(x, x_again)
            np.testing.assert_array_equal(y, y_again)

    def test_shuffle_draws_rows(self):
        data = np.arange(50)
        generator = TimeseriesGenerator(data, data, 5, shuffle=True, batch_size=16, end_index=30)
        np.random.seed(3)
        x, y = generator[0]
        assert x.shape == (16, 5) and (x == y[:, None] - np.arange(5, 0, -1)).all()
        assert y.min() >= 5 and y.max() <= 30 and len(set(y.tolist())) > 3
        np.random.seed(3)
        np.testing.assert_array_equal(generator[1][1], y)  # whatever the batch, rows are drawn

    def test_it_is_a_sequence(self):
        assert issubclass(TimeseriesGenerator, Sequence)
        assert TimeseriesGenerator.use_sequence_api

    def test_json_of_what_json_cannot_hold(self):
        generator = TimeseriesGenerator([{1}, {2}, {3}], [1, 2, 3], 1)
        with pytest.raises(TypeError, match="data cannot be written as JSON"):
            generator.to_json()
        assert json.loads(TimeseriesGenerator([1, 2], [1, 2], 1).to_json())["class_name"] == (
            "TimeseriesGenerator"
        )

    @pytest.mark.parametrize(
        ("kwargs", "problem"),
        [
            ({"targets": range(9)}, "data has 10 steps and targets 9"),
            ({"length": 10}, r"`start_index\+length=10 > end_index=9`"),
            ({"length": 3, "start_index": 4, "end_index": 6}, "=7 > end_index=6"),
            ({"length": 0}, "length=0; needs at least 1"),
            ({"stride": 0}, "stride=0"),
            ({"sampling_rate": 0}, "sampling_rate=0"),
            ({"batch_size": 0}, "batch_size=0"),
            ({"end_index": 10}, "10 steps go from 0 to 9"),
            ({"start_index": -1}, "start_index=-1"),
        ],
    )
    def test_errors(self, kwargs, problem):
        arguments = {"data": range(10), "targets": range(10), "length": 2, **kwargs}
        with pytest.raises(ValueError, match=problem):
            TimeseriesGenerator(**arguments)


class TestSequence:
    def test_a_subclass_needs_both_methods(self):
        with pytest.raises(NotImplementedError, match="Sequence needs a method __len__"):
            list(Sequence())
        with pytest.raises(NotImplementedError, match="needs a method __getitem__"):
            Sequence()[0]

    def test_it_can_be_gone_through_again(self):
        data = TimeseriesGenerator([1, 2, 3], [1, 2, 3], 1, batch_size=1)
        data.on_epoch_end()
        assert len(list(data)) == len(list(data)) == 2


def test_texts_are_refused_where_numbers_are_needed():
    with pytest.raises(ValueError, match=r"got the text 'bad film'.*Tokenizer"):
        pad_sequences([[1], "bad film"])
    words = pad_sequences([["a", "bad", "film"]], maxlen=2, dtype=object, value="")
    assert words.tolist() == [["bad", "film"]]
