"""All loaders on tiny files in the official formats, against Keras 2.3.1's processing."""

import itertools
import json
import pickle

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb import datasets
from kerasnb.datasets import boston_housing, cifar, cifar10, cifar100, fashion_mnist, imdb, reuters
from kerasnb.datasets.catalog import CATALOG
from kerasnb.datasets.editions import bundled_folder
from tests.datasets import stand_ins

R = np.random.RandomState(5)


def reference(maxlen, num_words, skip_top, start_char, oov_char, index_from, parts):
    """Keras 2.3.1's way with texts, one word after another.

    Args:
        parts: the texts of each part with their labels; the largest number is that of all.
    """
    done = []
    for x, y in parts:
        if start_char is not None:
            x = [[start_char] + [word + index_from for word in text] for text in x]
        elif index_from:
            x = [[word + index_from for word in text] for text in x]
        if maxlen:
            kept = [(text, label) for text, label in zip(x, y, strict=True) if len(text) < maxlen]
            x, y = [text for text, _ in kept], [label for _, label in kept]
        done.append((x, y))
    if not num_words:
        num_words = max(max(text) for x, _ in done for text in x)
    result = []
    for x, y in done:
        if oov_char is None:
            x = [[word for word in text if skip_top <= word < num_words] for text in x]
        else:
            x = [[w if skip_top <= w < num_words else oov_char for w in text] for text in x]
        result.append((x, list(y)))
    return result


ARGUMENTS = [
    {},
    *({"num_words": n} for n in (1, 5, 20, 1000)),
    *({"skip_top": n} for n in (2, 6)),
    *({"maxlen": n} for n in (4, 9, 100)),
    *({"seed": n} for n in (0, 7)),
    *({"start_char": n} for n in (None, 0, 9)),
    *({"oov_char": n} for n in (None, 0, 99)),
    *({"index_from": n} for n in (0, 1, 10)),
    *(
        dict(
            zip(("num_words", "skip_top", "maxlen", "start_char", "oov_char"), values, strict=True)
        )
        for values in itertools.product((None, 12), (0, 4), (None, 6), (None, 1), (None, 2))
    ),
]
DEFAULTS = {
    "num_words": None,
    "skip_top": 0,
    "maxlen": None,
    "seed": 113,
    "start_char": 1,
    "oov_char": 2,
    "index_from": 3,
}


def same(found, expected):
    for (x, y), (lists, labels) in zip(found, expected, strict=True):
        assert isinstance(x, np.ndarray) and x.dtype == object and x.ndim == 1
        assert all(type(text) is list for text in x)
        assert all(type(word) is int for text in x for word in text)
        assert list(x) == lists
        assert y.dtype == np.int64 and y.tolist() == labels


IMDB = {
    "x_train": stand_ins.texts(23),
    "y_train": R.randint(0, 2, 23),
    "x_test": stand_ins.texts(17, longest=15),
    "y_test": R.randint(0, 2, 17),
}


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=str)
def test_imdb(arguments, cache, monkeypatch):
    stand_ins.put(monkeypatch, cache, "imdb", {"imdb.npz": stand_ins.npz(**IMDB)})
    wanted = DEFAULTS | arguments
    generator = np.random.RandomState(wanted.pop("seed"))
    parts = []
    for part in ("train", "test"):
        order = np.arange(len(IMDB[f"x_{part}"]))
        generator.shuffle(order)
        parts.append((list(IMDB[f"x_{part}"][order]), IMDB[f"y_{part}"][order].tolist()))
    same(imdb.load_data(**arguments), reference(parts=parts, **wanted))


REUTERS = {"x": stand_ins.texts(31), "y": R.randint(0, 46, 31)}


@pytest.mark.parametrize(
    "arguments", [*ARGUMENTS, {"test_split": 0.0}, {"test_split": 0.33, "maxlen": 7}], ids=str
)
def test_reuters(arguments, cache, monkeypatch):
    stand_ins.put(monkeypatch, cache, "reuters", {"reuters.npz": stand_ins.npz(**REUTERS)})
    wanted = DEFAULTS | arguments
    share = 1 - wanted.pop("test_split", 0.2)
    order = np.arange(31)
    np.random.RandomState(wanted.pop("seed")).shuffle(order)
    parts = [(list(REUTERS["x"][order]), REUTERS["y"][order].tolist())]
    ((x, y),) = reference(parts=parts, **wanted)
    split = int(len(x) * share)
    same(reuters.load_data(**arguments), [(x[:split], y[:split]), (x[split:], y[split:])])


@pytest.mark.parametrize("module", [imdb, reuters])
def test_texts_of_one_length_stay_a_list_of_lists(module, cache, monkeypatch):
    x, y = stand_ins.objects([[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]]), np.arange(5)
    content = stand_ins.npz(x_train=x, y_train=y, x_test=x, y_test=y, x=x, y=y)
    name = module.__name__.rpartition(".")[2]
    stand_ins.put(monkeypatch, cache, name, {f"{name}.npz": content})
    (x_train, _), (x_test, _) = module.load_data()
    assert x_train.ndim == x_test.ndim == 1 and len(x_train[0]) == 3


@pytest.mark.parametrize("module", [imdb, reuters])
def test_arguments_of_texts(module):
    with pytest.raises(ValueError, match="maxlen=1, no sequence was kept. Increase maxlen"):
        module.load_data(maxlen=1)
    with pytest.raises(TypeError, match="Unrecognized keyword arguments: {'words': 3}"):
        module.load_data(words=3)
    with pytest.warns(UserWarning, match="`nb_words`.* has been renamed `num_words`"):
        (x, _), _ = module.load_data(nb_words=50)
    assert max(map(max, x)) == 49


@pytest.mark.parametrize("module", [imdb, reuters])
def test_the_bundled_word_index_belongs_to_the_bundled_texts(module):
    (x_train, _), (x_test, _) = module.load_data(start_char=None, index_from=0, num_words=10**6)
    index = module.get_word_index()
    assert sorted(index.values()) == list(range(1, len(index) + 1))
    counts = np.bincount([word for text in [*x_train, *x_test] for word in text])
    assert counts[0] == 0 and len(counts) == len(index) + 1
    assert (np.diff(counts[1:]) <= 0).all()  # the most frequent word is number 1
    assert len(index) > 2000


@pytest.mark.parametrize("module", [imdb, reuters])
def test_the_word_index_of_the_full_texts_comes_with_them_or_not_at_all(module, cache, monkeypatch):
    name = module.__name__.rpartition(".")[2]
    content = stand_ins.npz(**(IMDB if module is imdb else REUTERS))
    stand_ins.put(monkeypatch, cache, name, {f"{name}.npz": content}, stand_ins.word_index())
    assert module.get_word_index() == json.loads(stand_ins.word_index())
    assert len(module.get_word_index(edition="mini")) > 2000
    (cache / f"{name}_word_index.json").unlink()
    # The bundled index would give other words to the numbers.
    with pytest.raises(FileNotFoundError, match=f"{name}_word_index.json"):
        module.get_word_index()


def test_topics():
    assert len(reuters.get_label_names()) == 46 and reuters.get_label_names()[3] == "earn"


BATCHES = [stand_ins.batch(2, labels=R.randint(0, 10, 2).tolist()) for _ in range(6)]
NAMES = [f"cifar-10-batches-py/{name}" for name in [f"data_batch_{i}" for i in range(1, 6)]]
NAMES.append("cifar-10-batches-py/test_batch")
HUNDRED = [
    stand_ins.batch(n, fine_labels=R.randint(0, 100, n).tolist(), coarse_labels=list(range(n)))
    for n in (5, 3)
]


@pytest.fixture(params=["channels_last", "channels_first"])
def data_format(request):
    before = K.image_data_format()
    K.set_image_data_format(request.param)
    yield request.param
    K.set_image_data_format(before)


def pictures(batches, data_format):
    found = np.concatenate([batch[b"data"] for batch in batches]).reshape(-1, 3, 32, 32)
    return found.transpose(0, 2, 3, 1) if data_format == "channels_last" else found


@pytest.mark.parametrize("form", ["archive", "folder"])
def test_cifar10(form, data_format, cache, monkeypatch):
    files = {n: stand_ins.as_python_2(b) for n, b in zip(NAMES, BATCHES, strict=True)}
    if form == "archive":
        backwards = dict(reversed([*files.items(), ("cifar-10-batches-py/readme.html", b"")]))
        files = {"cifar-10-batches-py.tar.gz": stand_ins.tar(backwards)}
    stand_ins.put(monkeypatch, cache, "cifar10", files)
    (x_train, y_train), (x_test, y_test) = cifar10.load_data()
    assert np.array_equal(x_train, pictures(BATCHES[:5], data_format))
    assert np.array_equal(x_test, pictures(BATCHES[5:], data_format))
    assert y_train.ravel().tolist() == [y for batch in BATCHES[:5] for y in batch[b"labels"]]
    assert (y_train.shape, y_test.shape) == ((10, 1), (2, 1))
    assert {a.dtype for a in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}


@pytest.mark.parametrize("label_mode", ["fine", "coarse"])
def test_cifar100(label_mode, data_format, cache, monkeypatch):
    names = ("cifar-100-python/train", "cifar-100-python/test")
    files = {n: stand_ins.as_python_2(b) for n, b in zip(names, HUNDRED, strict=True)}
    stand_ins.put(monkeypatch, cache, "cifar100", {"cifar-100-python.tar.gz": stand_ins.tar(files)})
    (x_train, y_train), (x_test, y_test) = cifar100.load_data(label_mode)
    assert np.array_equal(x_train, pictures(HUNDRED[:1], data_format))
    assert np.array_equal(x_test, pictures(HUNDRED[1:], data_format))
    key = f"{label_mode}_labels".encode()
    assert y_train.ravel().tolist() == HUNDRED[0][key] and y_train.shape == (5, 1)
    assert y_test.ravel().tolist() == HUNDRED[1][key] and y_test.dtype == np.uint8


def test_cifar100_has_two_kinds_of_labels():
    with pytest.raises(ValueError, match="label_mode"):
        cifar100.load_data("medium")
    (x, fine), _ = cifar100.load_data()
    (_, coarse), _ = cifar100.load_data("coarse")
    assert fine.shape == coarse.shape == (3960, 1)
    groups = set(zip(fine.ravel().tolist(), coarse.ravel().tolist(), strict=True))
    assert len(groups) == len(set(fine.ravel().tolist())) == 88  # each thing is in one group
    names = datasets.info("cifar100")
    assert (names.classes["en"][0], names.coarse_classes["en"][4]) in {
        (names.classes["en"][f], names.coarse_classes["en"][c]) for f, c in groups
    }


def test_the_bundled_pictures_follow_the_data_format(data_format):
    (x_train, _), (x_test, _) = cifar10.load_data()
    one = (32, 32, 3) if data_format == "channels_last" else (3, 32, 32)
    assert x_train.shape == (4000, *one) and x_test.shape == (1000, *one)


@pytest.mark.parametrize("protocol", range(5))
def test_load_batch(protocol, tmp_path):
    place = tmp_path / "batch"
    place.write_bytes(pickle.dumps(BATCHES[0], protocol=protocol))
    data, labels = cifar.load_batch(str(place))
    assert np.array_equal(data.reshape(2, -1), BATCHES[0][b"data"])
    assert labels == BATCHES[0][b"labels"]
    with pytest.raises(ValueError, match=r"batch cannot be read: no pictures with fine_labels"):
        cifar.load_batch(place, label_key="fine_labels")


def test_fashion_mnist(cache, monkeypatch):
    x = R.randint(0, 256, (7, 28, 28)).astype(np.uint8)
    y = R.randint(0, 10, 7).astype(np.uint8)
    arrays = {"train-labels-idx1": y[:4], "train-images-idx3": x[:4]}
    arrays |= {"t10k-labels-idx1": y[4:], "t10k-images-idx3": x[4:]}
    files = {f"fashion-mnist/{k}-ubyte.gz": stand_ins.idx(v) for k, v in arrays.items()}
    stand_ins.put(monkeypatch, cache, "fashion_mnist", files)
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
    for found, expected in ((x_train, x[:4]), (y_train, y[:4]), (x_test, x[4:]), (y_test, y[4:])):
        assert np.array_equal(found, expected) and found.dtype == np.uint8


@pytest.mark.parametrize("seed", [113, 0])
@pytest.mark.parametrize("test_split", [0.2, 0.0, 0.5])
def test_boston_housing(seed, test_split, cache, monkeypatch):
    x, y = R.rand(11, 13), R.rand(11)
    stand_ins.put(
        monkeypatch, cache, "boston_housing", {"boston_housing.npz": stand_ins.npz(x=x, y=y)}
    )
    before = np.random.get_state()[1].copy()
    (x_train, y_train), (x_test, y_test) = boston_housing.load_data(
        seed=seed, test_split=test_split
    )
    assert np.array_equal(before, np.random.get_state()[1])  # other chance is left alone
    order = np.arange(11)
    np.random.RandomState(seed).shuffle(order)
    split = int(11 * (1 - test_split))
    assert np.array_equal(np.concatenate([x_train, x_test]), x[order])
    assert np.array_equal(np.concatenate([y_train, y_test]), y[order])
    assert len(x_train) == len(y_train) == split


def test_the_bundled_districts(capsys):
    (x_train, y_train), (x_test, _) = boston_housing.load_data()
    assert (x_train.shape, x_test.shape, y_train[0]) == ((404, 13), (102, 13), 15.2)
    assert "column B was made from the share of Black residents" in capsys.readouterr().out
    (without, _), _ = boston_housing.load_data(without_b=True)
    assert np.array_equal(without, np.delete(x_train, 11, axis=1))
    assert boston_housing.FEATURE_NAMES[11] == "B"
    for wrong in (-0.1, 1, 1.5):
        with pytest.raises(ValueError, match=f"test_split is at least 0 and below 1; got {wrong}"):
            boston_housing.load_data(test_split=wrong)


LABELS = {
    "mnist": 10,
    "fashion_mnist": 10,
    "cifar10": 10,
    "cifar100": 100,
    "imdb": 2,
    "reuters": 46,
}


@pytest.mark.parametrize("name", CATALOG)
def test_info(name):
    known = datasets.info(name)
    module = getattr(datasets, name)
    (x_train, y_train), (x_test, _) = module.load_data()
    assert (len(x_train), len(x_test)) == (known.train, known.test)
    assert known.title in str(known) and known.licence and known.source and known.problems
    assert ("SYNTHETIC" in str(known)) == known.synthetic
    if name in LABELS:
        for language in ("en", "zh"):
            names = known.classes[language]
            assert len(names) == len(set(names)) == LABELS[name] > y_train.max()
    else:
        assert len(known.features) == x_train.shape[1]


def test_info_follows_what_would_be_loaded(cache, monkeypatch):
    assert datasets.info("imdb").synthetic and datasets.info("imdb").edition == "mini"
    stand_ins.put(monkeypatch, cache, "imdb", {"imdb.npz": stand_ins.npz(**IMDB)})
    known = datasets.info("imdb")
    assert (known.edition, known.synthetic, known.train) == ("full", False, 25000)
    with pytest.raises(ValueError, match="There is no data set 'iris'; there are mnist,"):
        datasets.info("iris")


@pytest.mark.parametrize("name", [name for name in CATALOG if CATALOG[name].synthetic])
def test_loaders_say_that_data_is_synthetic(name, capsys):
    getattr(datasets, name).load_data()
    assert "SYNTHETIC" in capsys.readouterr().out


def test_all_bundled_editions_are_small():
    folder = bundled_folder()
    files = [folder / f for d in CATALOG.values() for f in (d.bundled, d.bundled_index) if f]
    assert sum(file.stat().st_size for file in files) < 13_000_000
    assert {f.name for f in files} == {
        f.name for f in folder.iterdir() if f.suffix in (".npz", ".json")
    }
