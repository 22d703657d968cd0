"""Which edition the loaders take, and what they say about it."""

import dataclasses
import hashlib
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from kerasnb.datasets import (
    boston_housing,
    catalog,
    cifar10,
    cifar100,
    fashion_mnist,
    imdb,
    mnist,
    reuters,
)


@pytest.fixture
def full_mnist(cache, monkeypatch):
    """A tiny file in place of the official one, known by its checksum."""
    place = cache / "mnist.npz"
    place.parent.mkdir(parents=True)
    pictures = np.arange(5 * 28 * 28, dtype=np.uint8).reshape(5, 28, 28)
    labels = np.arange(5, dtype=np.uint8)
    np.savez(
        place,
        x_train=pictures[:3],
        y_train=labels[:3],
        x_test=pictures[3:],
        y_test=labels[3:],
    )
    digest = hashlib.sha256(place.read_bytes()).hexdigest()
    official = catalog.Official("mnist.npz", digest, "https://example.org/mnist.npz")
    changed = dataclasses.replace(catalog.CATALOG["mnist"], forms=((official,),))
    monkeypatch.setitem(catalog.CATALOG, "mnist", changed)
    return place


def sizes(data):
    return [len(array) for part in data for array in part]


def test_without_a_full_copy_the_bundled_one_is_loaded_and_named_once(capsys):
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    assert x_train.shape == (8000, 28, 28) and x_test.shape == (2000, 28, 28)
    assert y_train.shape == (8000,) and y_test.shape == (2000,)
    assert {array.dtype for array in (x_train, y_train, x_test, y_test)} == {np.dtype("uint8")}
    mnist.load_data()
    said = capsys.readouterr().out
    assert said.startswith("MNIST: the edition bundled") and said.count("\n") == 1


def test_a_full_copy_in_the_cache_is_loaded(full_mnist, capsys):
    assert sizes(mnist.load_data()) == [3, 3, 2, 2]
    assert sizes(mnist.load_data(edition="full")) == [3, 3, 2, 2]
    assert capsys.readouterr().out == f"MNIST: the full data set in {full_mnist.parent}.\n"
    assert sizes(mnist.load_data(edition="mini")) == [8000, 8000, 2000, 2000]


def test_the_environment_decides_and_the_argument_overrules_it(full_mnist, monkeypatch):
    monkeypatch.setenv("KERASNB_DATASETS", "mini")
    assert sizes(mnist.load_data())[0] == 8000
    assert sizes(mnist.load_data(edition="auto"))[0] == 3


@pytest.mark.parametrize("how", ["argument", "environment"])
def test_an_unknown_edition_is_refused(how, monkeypatch):
    if how == "environment":
        monkeypatch.setenv("KERASNB_DATASETS", "big")
    who = "edition" if how == "argument" else "KERASNB_DATASETS"
    with pytest.raises(ValueError, match=f"{who} is one of auto, full, mini; got 'big'"):
        mnist.load_data(edition="big" if how == "argument" else None)


def test_a_damaged_copy_is_not_used(full_mnist, capsys):
    full_mnist.write_bytes(full_mnist.read_bytes()[:-1])
    assert sizes(mnist.load_data())[0] == 8000
    assert "not the file that its makers publish, or it is damaged" in capsys.readouterr().out


def test_a_file_of_the_callers_own_is_taken_as_it_is(cache):
    place = cache / "mine.npz"
    place.parent.mkdir(parents=True)
    parts = ("x_train", "y_train", "x_test", "y_test")
    np.savez(place, **{name: np.zeros(1, np.uint8) for name in parts})
    assert sizes(mnist.load_data("mine.npz")) == [1, 1, 1, 1]
    assert sizes(mnist.load_data(str(place))) == [1, 1, 1, 1]


ALL = (mnist, fashion_mnist, cifar10, cifar100, imdb, reuters, boston_housing)


@pytest.mark.parametrize("module", ALL)
def test_loading_takes_little_memory(module):
    module.load_data()
    tracemalloc.start()
    data = module.load_data()
    size, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    arrays = [array for part in data for array in part]
    if all(array.dtype != object for array in arrays):  # else the lists count with what is in them
        size = sum(array.nbytes for array in arrays)
    assert peak < 1.5 * size


def test_the_bundled_clothes():
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
    assert x_train.shape == (5000, 28, 28) and x_test.shape == (1000, 28, 28)
    assert set(y_train) == set(y_test) == set(range(10))


def test_no_module_is_needed_to_load_digits():
    code = (
        "import sys, kerasnb; kerasnb.install_as_keras(); from keras.datasets import mnist;"
        "mnist.load_data(); sys.exit(bool({'scipy', 'h5py', 'matplotlib'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
