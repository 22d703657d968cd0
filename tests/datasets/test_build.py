"""The synthetic texts: made again the same, with words as uneven as in a language, in an order that matters."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kerasnb.datasets import imdb, reuters
from kerasnb.datasets.editions import bundled_folder

BUILD = Path(__file__).resolve().parents[2] / "datasets" / "build"


def run(script, *arguments):
    command = [sys.executable, BUILD / script, *arguments]
    # One thread: on a busy machine several wait for one another longer than they compute.
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_texts_can_be_made_again(tmp_path):
    run("texts.py", tmp_path)
    made = sorted(path.name for path in tmp_path.iterdir())
    assert len(made) == 4
    for name in made:
        old, new = bundled_folder() / name, tmp_path / name
        if name.endswith(".json"):
            assert old.read_bytes() == new.read_bytes()
        else:
            with np.load(old) as a, np.load(new) as b:
                assert a.files == b.files
                assert all(np.array_equal(a[key], b[key]) for key in a.files)


@pytest.mark.parametrize("module", [imdb, reuters])
def test_words_are_as_uneven_as_in_a_language(module):
    """Zipf's law: the r-th word comes about 1 / r as often as the first."""
    (x, _), _ = module.load_data(start_char=None, index_from=0, num_words=10**6)
    counts = np.bincount([word for text in x for word in text])[1:1501]
    slope = np.polyfit(np.log(np.arange(1, 1501)), np.log(counts + 1), 1)[0]
    assert -1.6 < slope < -0.8


@pytest.mark.slow
def test_the_order_of_words_matters():
    said = run("order_matters.py").splitlines()[-1]
    bag, pairs, lstm = (float(number) for number in re.findall(r"([\d.]+)%", said))
    assert 60 < bag < pairs < lstm and lstm - bag >= 5 and lstm > 90
