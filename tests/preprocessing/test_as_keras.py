"""What is exactly determined is exactly as in real Keras: see cases.py and the fixtures beside it."""

import json
from pathlib import Path

import pytest

from kerasnb import preprocessing
from tests.preprocessing import cases, image_cases

FOLDER = Path(__file__).parent
REAL = json.loads((FOLDER / "cases.json").read_text("utf-8"))
REAL_IMAGES = json.loads((FOLDER / "image_cases.json").read_text("utf-8"))


def compare(got, expected, where="", rel=1e-13, abs=1e-15):
    """Fail unless both are the same, floats up to tolerances; `where` says what differs."""
    if isinstance(expected, dict):
        assert sorted(got) == sorted(expected), where
        for key in expected:
            compare(got[key], expected[key], f"{where}[{key!r}]", rel, abs)
    elif isinstance(expected, list):
        assert isinstance(got, (list, tuple)) and len(got) == len(expected), where
        for index, pair in enumerate(zip(got, expected, strict=True)):
            compare(*pair, f"{where}[{index}]", rel, abs)
    elif isinstance(expected, float):
        assert got == pytest.approx(expected, rel=rel, abs=abs), where
    else:
        assert type(got) is type(expected) and got == expected, where


@pytest.mark.parametrize("name", cases.CASES)
def test_sequences_and_texts(name):
    compare(cases.CASES[name](preprocessing), REAL[name])


@pytest.mark.parametrize("name", image_cases.CASES)
def test_images(name):
    # float32, values up to 255
    compare(image_cases.CASES[name](preprocessing, dict), REAL_IMAGES[name], rel=1e-5, abs=5e-5)


def test_the_comparison_can_fail():
    compare({"a": [1, 0.5, "x"]}, {"a": [1, 0.5, "x"]})
    for wrong in ([1, 0.5], [1.0, 0.5, "x"], [1, 0.6, "x"], [1, 0.5, "y"], None):
        with pytest.raises(AssertionError):
            compare({"a": wrong}, {"a": [1, 0.5, "x"]})
