"""Pages of data sets, and confusion matrices."""

import base64
import json

import numpy as np
import pytest

from kerasnb.notebook import show
from kerasnb.notebook.describe import describe_confusion, describe_dataset
from kerasnb.notebook.describe.data import as_labels
from kerasnb.notebook.language import set_language
from kerasnb.notebook.png import decode
from tests.notebook.pages import read

PIXELS = np.random.RandomState(0).randint(0, 256, (10, 8, 8)).astype("uint8")
LABELS = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2, 0])


def shown(found, place):
    return decode(base64.b64decode(found["samples"][place]["picture"]["png"]))


@pytest.fixture(autouse=True)
def bundled(monkeypatch):
    monkeypatch.setenv("KERASNB_DATASETS", "mini")


def test_pages():
    found = describe_dataset((PIXELS, LABELS), start=3, page_size=4)
    assert [s["index"] for s in found["samples"]] == [3, 4, 5, 6] and found["total"] == 10
    np.testing.assert_array_equal(shown(found, 0), PIXELS[3])
    assert [(c["label"], c["count"]) for c in found["classes"]] == [(0, 4), (1, 3), (2, 3)]
    assert found["statistics"]["mean"] == pytest.approx(PIXELS.mean())
    assert describe_dataset((PIXELS, LABELS), start=99)["samples"] == []


def test_by_class_and_what_is_wrong():
    found = describe_dataset((PIXELS, LABELS), label=1, class_names=["a", "b", "c"])
    assert [s["index"] for s in found["samples"]] == [1, 4, 7] and found["filter"] == "only b"
    guesses = np.eye(3)[(LABELS + (np.arange(10) > 6)) % 3]  # the last three are wrong
    found = describe_dataset((PIXELS, LABELS), predictions=guesses, wrong_only=True)
    assert [s["index"] for s in found["samples"]] == [7, 8, 9]
    assert found["samples"][0]["predicted"] == 2 and found["samples"][0]["label"] == 1


@pytest.mark.parametrize(
    "make, shape",
    [
        (lambda x: x / 255.0, (8, 8)),
        (lambda x: x / 255.0 - 0.5, (8, 8)),
        (lambda x: x.astype("float32"), (8, 8)),
        (lambda x: x[..., None], (8, 8)),
        (lambda x: np.stack([x] * 3, -1), (8, 8, 3)),
        (lambda x: x.reshape(10, 64), (8, 8)),
        (lambda x: np.where(x > 200, np.nan, x), (8, 8)),
    ],
)
def test_arrays_that_are_pictures(make, shape):
    found = describe_dataset((make(PIXELS), LABELS))
    assert shown(found, 0).shape == shape
    json.dumps(found, allow_nan=False)


def test_rows_of_numbers_and_texts():
    found = describe_dataset((np.array([[1.5, np.nan], [2, 3]]), np.array([0.5, 7.25])))
    assert found["samples"][0]["values"] == [["0", 1.5], ["1", None]]
    assert found["samples"][1]["label"] == 7.25 and found["classes"] == []
    found = describe_dataset((["some words", "others"], [0, 1]))
    assert found["samples"][0]["text"] == "some words"
    found = describe_dataset((np.array([[4, 5], [6]], dtype=object), None))
    assert found["samples"][0]["text"] == "4 5" and found["samples"][0]["label"] is None


def test_bundled_data_sets():
    found = describe_dataset("imdb", page_size=2, split="test")
    assert found["source"]["synthetic"] and found["samples"][0]["name"] in ("negative", "positive")
    assert " the " in found["samples"][0]["text"] + found["samples"][1]["text"]
    set_language("zh")
    assert describe_dataset("mnist", page_size=2)["samples"][0]["name"] in "零一二三四五六七八九"


@pytest.mark.parametrize(
    "values, expected",
    [
        ([[0.1, 0.9], [0.8, 0.2]], [1, 0]),
        ([[0.2], [0.9]], [0, 1]),
        ([[3], [4]], [3, 4]),
        ([1.0, 2.0], [1, 2]),
        ([True, False], [1, 0]),
    ],
)
def test_labels(values, expected):
    assert as_labels(values).tolist() == expected


def test_what_is_no_class():
    assert as_labels(None) is None and as_labels([1.5, 2.5]) is None
    assert as_labels(["a", "b"]) is None


def test_confusion():
    found = describe_confusion([0, 0, 1, 1, 2], [0, 1, 1, 1, 0], ["a", "b", "c", "d"])
    assert found["matrix"] == [[1, 1, 0, 0], [0, 2, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    assert found["accuracy"] == 0.6 and found["total"] == 5
    a, b, c, d = found["rows"]
    assert (a["precision"], a["recall"]) == (0.5, 0.5) and b["precision"] == 2 / 3
    assert c["precision"] is None and c["recall"] == 0 and d["recall"] is None
    assert found["mixed_up"] == [
        {"true": "a", "predicted": "b", "count": 1},
        {"true": "c", "predicted": "a", "count": 1},
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_all_forms(language):
    set_language(language)
    for display in (
        show.dataset("mnist", page_size=9),
        show.dataset("boston_housing", page_size=2),
        show.dataset((PIXELS, LABELS), predictions=LABELS, page_size=3),
        show.dataset((PIXELS, LABELS), label=7),
        show.dataset((["x"], [1])),
        show.confusion(LABELS, LABELS[::-1]),
        show.confusion(LABELS, LABELS),
        show.confusion(np.arange(40), np.arange(40)),
    ):
        read(display)
        assert len(repr(display)) > 20
        json.dumps(display.description, allow_nan=False)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: show.dataset((PIXELS, LABELS[:3])), "10 samples and 3 labels"),
        (lambda: show.dataset((PIXELS, None), label=1), "needs labels"),
        (lambda: show.dataset((PIXELS, LABELS), wrong_only=True), "needs labels and predictions"),
        (lambda: show.dataset("mnist", split="both"), "'train' or 'test'"),
        (lambda: show.dataset("nothing"), "no data set 'nothing'"),
        (lambda: show.confusion([0, 1], [0]), "got 2 and 1 classes"),
        (lambda: show.confusion([0, -1], [0, 1]), "got class -1"),
        (lambda: show.confusion([1.5], [1]), "got none and 1"),
    ],
)
def test_mistakes(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_what_is_mixed_up_with_what():
    guesses = (LABELS + (np.arange(10) > 6)) % 3  # 1 for 2, 2 for 0, 0 for 1
    found = describe_dataset((PIXELS, LABELS), predictions=guesses, mistake=(2, 0))
    assert [s["index"] for s in found["samples"]] == [8] and found["filter"] == "2 taken for 0"
    assert show.dataset((PIXELS, LABELS), predictions=guesses, mistake=(0, 2)).description[
        "samples"
    ] == []  # fmt: skip
    with pytest.raises(ValueError, match="needs labels and predictions"):
        describe_dataset((PIXELS, LABELS), mistake=(2, 0))
