"""Loading data sets, and turning their pages."""

import inspect
import sys
import types
from importlib import import_module

import numpy as np
import pytest

pytest.importorskip("ipywidgets")

import traitlets

from kerasnb.datasets.catalog import CATALOG
from kerasnb.notebook import show
from kerasnb.preprocessing.image import ImageDataGenerator
from kerasnb.utils import downloading
from kerasnb.widgets import DatasetBrowser, DatasetLoader
from kerasnb.widgets.loader import arguments_of
from tests.datasets.server import serving
from tests.datasets.test_fetching import CONTENT, official

PIXELS = np.random.RandomState(0).randint(0, 256, (30, 8, 8)).astype("uint8")
LABELS = np.arange(30) % 3


@pytest.fixture(autouse=True)
def bundled(monkeypatch):
    monkeypatch.setenv("KERASNB_DATASETS", "mini")


# -- the loader


@pytest.mark.parametrize("name", CATALOG)
def test_every_argument_has_a_control(name):
    loader = DatasetLoader(name, namespace={})
    given = inspect.signature(import_module(f"kerasnb.datasets.{name}").load_data).parameters
    assert set(loader.argument_choosers) == set(given) - {"edition", "kwargs"}
    assert loader.arguments == {} and f"{name}.load_data()" in loader.code


@pytest.mark.parametrize("name", CATALOG)
def test_the_code_does_what_the_button_does(name, monkeypatch):
    loader = DatasetLoader(name, namespace={}, names="a,b, c,d")
    if "num_words" in arguments_of(name):
        loader.argument_choosers["num_words"].value = "50"
    if "test_split" in arguments_of(name):
        loader.argument_choosers["test_split"].value = 0.5
    if name == "cifar100":
        loader.argument_choosers["label_mode"].value = "coarse"
    loader.edition_chooser.value = "mini"
    loader.load_button.click()
    assert loader.error == "" and loader.progress == 1 and not loader.load_button.disabled
    module = types.ModuleType("keras.datasets")
    setattr(module, name, import_module(f"kerasnb.datasets.{name}"))
    monkeypatch.setitem(sys.modules, "keras.datasets", module)
    space: dict = {}
    exec(loader.code, space)
    for array in "abcd":
        np.testing.assert_array_equal(loader.namespace[array], space[array])
    assert loader.description["source"]["edition"] == "mini" or name in ("boston_housing",)


def test_arguments_are_a_trait_too():
    loader = DatasetLoader("imdb", namespace={})
    loader.arguments = {"num_words": 7, "start_char": None, "seed": 113}  # 113 is the default
    assert loader.code.endswith("imdb.load_data(num_words=7, start_char=None)")
    assert loader.argument_choosers["num_words"].value == "7"
    assert loader.argument_choosers["start_char"].value == ""
    loader.argument_choosers["num_words"].value = "many"
    assert loader.error == "'many' is no number." and loader.arguments["num_words"] == 7
    with pytest.raises(traitlets.TraitError, match="needs one of 'path', 'num_words'"):
        loader.arguments = {"words": 7}
    loader.dataset = "mnist"
    assert loader.arguments == {} and list(loader.argument_choosers) == ["path"]


def test_names_and_mistakes():
    loader = DatasetLoader(namespace={})
    with pytest.raises(traitlets.TraitError, match="Needs four names"):
        loader.names = "x, y"
    loader.names_chooser.value = "a, b, c, 4"
    assert "Needs four names" in loader.error and loader.names == loader.names_chooser.value
    loader = DatasetLoader("imdb", namespace={}, arguments={"maxlen": 1})
    assert loader.load() is None and "maxlen" in loader.error and not loader.namespace
    assert loader.bar.bar_style == "danger"


def test_without_a_namespace_the_users_names_get_the_arrays(monkeypatch):
    main = types.ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", main)
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    DatasetLoader("boston_housing").load()
    assert main.x_test.shape == (102, 13)


def test_the_progress_of_a_download(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(downloading, "CHUNK", 1 + len(CONTENT) // 5)
    loader = DatasetLoader("mnist", namespace={}, edition="full")
    seen = []
    loader.observe(lambda change: seen.append(change["new"]), "progress")
    with serving(CONTENT) as site:
        official(monkeypatch, "mnist", f"{site.url}/mnist.npz", CONTENT)
        loader.load()
    assert loader.error == "" and seen == sorted(seen) and len(seen) >= 5 and seen[-1] == 1
    assert "Downloading data from" in loader.said


def test_loaded_words_are_words():
    loader = DatasetLoader("imdb", namespace={})
    loader.load()
    browser = DatasetBrowser(loader.loaded("test"))
    assert " the " in browser.description["samples"][0]["text"]
    loader.arguments = {"index_from": 10}
    loader.load()
    text = DatasetBrowser(loader.loaded()).description["samples"][0]["text"]
    assert all(word.isdigit() or word == "…" for word in text.split())


# -- the browser


def test_pages():
    browser = DatasetBrowser((PIXELS, LABELS), page_size=8)
    assert browser.description == show.dataset((PIXELS, LABELS), page_size=8, pages=1).description
    assert browser.pages == 4 and browser.indices == list(range(8)) and browser.back_button.disabled
    browser.on_button.click()
    assert browser.page == 1 and browser.indices == list(range(8, 16))
    browser.page_chooser.value = 3
    assert browser.indices == [24, 25, 26, 27, 28, 29] and browser.on_button.disabled
    browser.turn(5)
    assert browser.page == 3
    browser.label_chooser.value = 2
    assert browser.page == 0 and browser.pages == 2 and browser.indices[:3] == [2, 5, 8]
    browser.data = (PIXELS[:5], None)
    assert browser.label is None and browser.pages == 1
    assert browser.page_chooser.layout.display == browser.label_chooser.layout.display == "none"


def test_what_is_predicted_wrong():
    guesses = LABELS.copy()
    guesses[[0, 3, 7]] = [1, 1, 0]
    browser = DatasetBrowser((PIXELS, LABELS), predictions=guesses, class_names=["a", "b", "c"])
    browser.wrong_chooser.value = True
    assert browser.indices == [0, 3, 7]
    assert browser.mistake_chooser.options[1] == ("a → b (2)", (0, 1))
    browser.mistake_chooser.value = (1, 0)
    assert browser.mistake == (1, 0) and browser.indices == [7]
    browser.what_chooser.value = "confusion"
    expected = show.confusion(LABELS, guesses, ["a", "b", "c"]).description
    assert browser.description == expected
    browser.what = "augmented"
    assert "ImageDataGenerator" in browser.error


def test_augmented():
    generator = ImageDataGenerator(horizontal_flip=True)
    browser = DatasetBrowser((PIXELS, LABELS), generator=generator, what="augmented")
    assert browser.description == show.augmentation(PIXELS[:6], generator).description
    browser.seed_chooser.value = 3
    assert browser.description == show.augmentation(PIXELS[:6], generator, seed=3).description


def test_by_name():
    browser = DatasetBrowser("fashion_mnist", page_size=4)
    assert browser.description == show.dataset("fashion_mnist", page_size=4, pages=1).description
    browser.split_chooser.value = "test"
    assert browser.description["total"] == 1000
    with pytest.raises(traitlets.TraitError, match="got data='minst'"):
        browser.data = "minst"
    assert repr(DatasetBrowser()) == "Give a data set, or arrays (x, y)."
