"""What fuzzing has found once, as small as it can be."""

import contextlib
import gzip
import io
import json
import pickle
import tracemalloc
import zipfile

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb import optimizers
from kerasnb.datasets import imdb, mnist
from kerasnb.datasets.reading import read_npz
from kerasnb.datasets.unpickling import unpickle
from kerasnb.grading.notebooks import to_run
from kerasnb.layers import (
    ActivityRegularization,
    BatchNormalization,
    Dense,
    Dropout,
    GaussianDropout,
    Input,
    Lambda,
    Masking,
    RepeatVector,
    Softmax,
)
from kerasnb.models import Sequential, model_from_json
from kerasnb.preprocessing.image import load_img
from kerasnb.preprocessing.sequence import (
    TimeseriesGenerator,
    make_sampling_table,
    skipgrams,
    timeseries_generator_from_json,
)
from kerasnb.preprocessing.text import Tokenizer, text_to_word_sequence, tokenizer_from_json
from kerasnb.utils.archives import extract_archive
from tests.datasets import stand_ins

TWICE = b"2\x86" * 60  # a tuple of twice the same tuple, of twice the same tuple, ...


@pytest.mark.parametrize(
    ("data", "message"),
    [
        # A number for a value, for which Python would make a table of 32 GB.
        (b"Nr\xff\xff\xff\x7f.", "numbers more values than it has"),
        (b"Np2147483647\n.", "numbers more values than it has"),
        # Few bytes that would take longer than the world has been there.
        (b"K\x01\x85" + TWICE + b".", "the same list many times"),
        (b"}K\x01\x85" + TWICE + b"Ns.", "keys that are no numbers or strings"),
        (b"}(K\x01\x85" + TWICE + b"Nu.", "keys that are no numbers or strings"),
        (b"(K\x01\x85" + TWICE + b"Nd.", "keys that are no numbers or strings"),
        (b"\x8f(K\x01\x85" + TWICE + b"\x90.", "sets is not read"),
        (b"(K\x01\x85" + TWICE + b"\x91.", "sets is not read"),
        # The word for a shape, taken a billion times.
        (b"cnumpy\nndarray\n)R(K\x01(V" + b"x" * 9 + b"\nJ\x00\xca\x9a;tcnumpy\ndtype\n(Vf4\ntR\x89"
         b"C\x00tb.", "array of no shape"),
        # Python's and the codecs' own words, which do not say what they are about.
        (b"cos\xff\nsystem\n.", "the pickle is damaged: "),
        (b"I1x\n.", "the pickle is damaged: "),
        (b"\x80\xff.", "the pickle is damaged: "),
        (b"X\x05\x00\x00\x00ab.", "the pickle is damaged: it ends in the middle of a text"),
        (b"Vab", "the pickle is damaged: it ends in the middle of a line"),
    ],
)  # fmt: skip
def test_pickles(data, message):
    with pytest.raises(ValueError, match=message):
        unpickle(data)


def test_lists_that_are_named_twice_are_read():
    one = [1, 2]
    found = unpickle(pickle.dumps([one, one, (one, "x"), {"a": one}, [3] * 40]))
    assert found[0] is found[1] is found[2][0] is found[3]["a"]


def archive(path, **files):
    with zipfile.ZipFile(path, "w") as made:
        for name, content in files.items():
            made.writestr(f"{name}.npy", content)
    return path


def test_headers_that_are_no_python(tmp_path):
    header = b"\x93NUMPY\x01\x00\x06\x00{'a': ("
    with pytest.raises(ValueError, match=r"x\.npz cannot be read: x\.npy has a header that says"):
        read_npz(archive(tmp_path / "x.npz", x=header), "x")


def test_texts_that_are_no_numbers(tmp_path):
    words = stand_ins.objects([["the", 1], [2]])
    arrays = {"x_train": words, "y_train": [0, 1], "x_test": words, "y_test": [0, 1]}
    np.savez(tmp_path / "mine.npz", **arrays)
    with pytest.raises(ValueError, match="lists of the numbers of their words"):
        imdb.load_data(str(tmp_path / "mine.npz"))
    with pytest.raises(ValueError, match="cannot be read"):
        mnist.load_data(str(archive(tmp_path / "y.npz", x_train=b"")))


@pytest.mark.parametrize("flag", [1, 32])
def test_zip_archives_of_other_kinds(tmp_path, flag):
    """Encrypted, and patched."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("a", b"text")
    data = bytearray(buffer.getvalue())
    for place in (6, data.index(b"PK\x01\x02") + 8):
        data[place] |= flag
    (tmp_path / "x.zip").write_bytes(data)
    with pytest.raises(ValueError, match=r"x\.zip cannot be unpacked: "):
        extract_archive(tmp_path / "x.zip", tmp_path / "out")


def test_archives_that_end_too_soon_or_have_no_names(tmp_path):
    (tmp_path / "x.tar.gz").write_bytes(gzip.compress(bytes(1000))[:15])
    with pytest.raises(ValueError, match="cannot be unpacked"):
        extract_archive(tmp_path / "x.tar.gz", tmp_path / "out")
    (tmp_path / "z.zip").write_bytes(
        archive(tmp_path / "y.zip", é=b"").read_bytes().replace(b"\xc3", b"\xff")
    )
    with pytest.raises(ValueError, match=r"z\.zip cannot be unpacked: "):
        extract_archive(tmp_path / "z.zip", tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "y.zip", "w") as made:
        made.writestr(zipfile.ZipInfo("x"), b"")
    data = (tmp_path / "y.zip").read_bytes().replace(b"x", b"\0")
    (tmp_path / "y.zip").write_bytes(data)
    with pytest.raises(ValueError, match="entry without a name"):
        extract_archive(tmp_path / "y.zip", tmp_path / "out")


def tokenizer(**changes):
    made = Tokenizer()
    made.fit_on_texts(["the cat", "the dog"])
    return json.dumps({"class_name": "Tokenizer", "config": {**made.get_config(), **changes}})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no JSON text"),
        ("[" * 100_000, "levels deep"),
        ("[]", "no dictionary `config`"),
        ('{"config": {}}', "has no 'num_words'"),
        (tokenizer(num_words="x"), "num_words='x'; needs int | None"),
        (tokenizer(filters=5), "filters=5"),
        (tokenizer(more=5), "unknown settings"),
        (tokenizer(word_docs="{"), "word_docs is no JSON text"),
        (tokenizer(word_docs="[1]"), "word_docs needs a dictionary of whole numbers"),
        (tokenizer(word_index='{"a": "b"}'), "word_index needs a dictionary of whole numbers"),
        (tokenizer(index_word='{"1": 5}'), "index_word needs a dictionary of words"),
        (tokenizer(index_word='{"a": "b"}'), "index_word needs numbers of words"),
        (tokenizer(index_docs='{"a": 1}'), "index_docs needs numbers of words"),
    ],
)
def test_tokenizers(text, message):
    with pytest.raises(ValueError, match=message):
        tokenizer_from_json(text)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"length": "x"}, "length='x'; needs int"),
        ({"length": True}, "length=True; needs int"),
        ({"data": "[[1], [2, 3]]"}, "data needs a list"),
        ({"data": "5"}, "data needs a list"),
        ({"stride": 0}, "stride=0; needs at least 1"),
    ],
)
def test_series(changes, message):
    made = TimeseriesGenerator([[1], [2], [3], [4]], [1, 2, 3, 4], 2)
    config = {**made.get_config(), **changes}
    with pytest.raises(ValueError, match=message):
        timeseries_generator_from_json(json.dumps({"config": config}))


def test_a_word_for_unknown_words_that_has_no_number():
    made = tokenizer_from_json(tokenizer(oov_token="?", word_index='{"?": 99}'))
    assert made.sequences_to_texts([[1, 50]]) == ["the"]


def test_arguments_of_texts_and_sequences():
    with pytest.raises(TypeError, match="got 5; needs a string"):
        text_to_word_sequence(5)
    with pytest.raises(ValueError, match="needs what stands between words"):
        text_to_word_sequence("a b", split="")
    with pytest.raises(TypeError, match=r"got \[5\]; a text is a string or a list of words"):
        Tokenizer().fit_on_texts([[5]])
    with pytest.raises(ValueError, match=r"got the sequence \[-1\]; needs numbers of words"):
        Tokenizer(num_words=3).sequences_to_matrix([[-1]])
    with pytest.raises(ValueError, match="got num_words=-1"):
        Tokenizer(num_words=-1).sequences_to_matrix([[1]])
    with pytest.raises(ValueError, match="got size=nan"):
        make_sampling_table(float("nan"))
    assert skipgrams({1: 1, 2: 2}, 5, negative_samples=0, shuffle=False)[0] == [[1, 2], [2, 1]]


@pytest.mark.parametrize("layer", [GaussianDropout(0.5), Softmax(), Dropout(0.5, (None, 1))])
def test_a_list_for_a_layer_of_one_input(layer):
    with pytest.raises(ValueError, match="One tensor is needed; got a list of 2"):
        layer([Input((3,)), Input((3,))])


def test_layers():
    with pytest.raises(ValueError, match="At least one tensor is needed"):
        BatchNormalization()(K.placeholder((2,)))
    with pytest.raises(ValueError, match=r"RepeatVector\) needs n from 0 on; got -1"):
        RepeatVector(-1)
    with pytest.raises(ValueError, match="L1L2 needs two numbers; got l1='same'"):
        ActivityRegularization(l1="same")
    with pytest.raises(ValueError, match="made of numbers; got 'same'"):
        Masking("same")(Input((2, 3)))
    with pytest.raises(ValueError, match="function_type.* is missing"):
        Lambda.from_config({"name": "x"})
    config = {"function": 5, "function_type": "raw", "output_shape": None}
    with pytest.raises(ValueError, match="needs a function; got 5"):
        Lambda.from_config({**config, "output_shape_type": "raw"})


@pytest.mark.parametrize("initializer", [[1], {"seed": "x"}])
def test_python_s_words_in_a_config_are_not_all_that_is_said(initializer):
    model = Sequential([Dense(1, input_shape=(2,), name="d")])
    config = json.loads(model.to_json())
    described = {"class_name": "RandomNormal", "config": initializer}
    config["config"]["layers"][0]["config"]["kernel_initializer"] = described
    with pytest.raises(
        ValueError, match=r"the text cannot be read: it is damaged, .*\((Type|Value)E"
    ):
        model_from_json(json.dumps(config))


def test_fit():
    model = Sequential([Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse")
    x, y = np.ones((2, 2)), np.ones((2, 1))
    with pytest.raises(TypeError, match="needs a list of Callback objects; got 'x'"):
        model.fit(x, y, callbacks=["x"], verbose=0)
    for given in ((None, y), (x, None)):
        with pytest.raises(ValueError, match="got None for one|got none: give y"):
            model.fit(*given, verbose=0)
    for weights in ([[1], [1, 2]], ["a", "b"]):
        with pytest.raises(ValueError, match="sample_weight needs an array of numbers"):
            model.fit(x, y, sample_weight=weights, verbose=0)
    with pytest.raises(ValueError, match="Improper config format for a optimizer"):
        optimizers.get({})


def test_a_picture_that_claims_two_gigabytes(tmp_path):
    """A PNG's chunk says how long it is; room for it was made before it was read."""
    image = pytest.importorskip("PIL.Image")
    path = tmp_path / "x.png"
    image.fromarray(np.zeros((3, 3), "uint8")).save(path)
    data = path.read_bytes()
    place = data.index(b"IDAT") - 4
    path.write_bytes(data[:place] + b"\x7f\x00\x00\x83" + data[place + 4 :])
    tracemalloc.start()
    with contextlib.suppress(OSError):
        load_img(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10**7


def test_a_reason_for_a_picture_that_has_none(tmp_path, monkeypatch):
    image = pytest.importorskip("PIL.Image")

    def fails(*args, **kwargs):
        raise EOFError

    (tmp_path / "x.png").touch()
    monkeypatch.setattr(image, "open", fails)
    with pytest.raises(OSError, match="cannot be read as a picture: EOFError"):
        load_img(tmp_path / "x.png")


@pytest.mark.parametrize("source", [None, 5, {"a": 1}])
def test_a_submission_with_a_cell_without_text(source):
    """One student's notebook must not end the grading of a class."""
    cell = {"cell_type": "code", "source": source, "metadata": {}}
    (found,) = to_run({"cells": [cell]}, {"cells": []})
    assert found.source == "" and found.code


@pytest.mark.parametrize("filters", [[["!"]], ["!", "??"], [1], [""]])
def test_filters_of_a_kept_tokenizer_are_characters(filters):
    kept = json.loads(Tokenizer().to_json())
    kept["config"]["filters"] = filters
    with pytest.raises(ValueError, match="filters needs characters"):
        tokenizer_from_json(json.dumps(kept))
    kept["config"]["filters"] = ["!", "?"]
    again = tokenizer_from_json(json.dumps(kept))
    again.fit_on_texts(["a!b?c"])
    assert again.word_index == {"a": 1, "b": 2, "c": 3}


def test_encrypted_arrays_are_refused(tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, x=np.ones(3))
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the flag of an encrypted entry, here and in the table at the end
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"x.npz cannot be read: .*encrypted"):
        read_npz(path, "x")


def test_a_stride_beyond_all_numbers_of_numpy():
    x = np.arange(8.0)
    made = TimeseriesGenerator(x, x, length=2, stride=2**63, batch_size=1)
    samples, targets = made[0]
    assert len(made) == 1 and samples.tolist() == [[0, 1]] and targets.tolist() == [2]


def test_nan_is_no_number_of_times_and_no_seed():
    with pytest.raises(ValueError, match="needs n from 0 on; got nan"):
        RepeatVector(float("nan"))
    with pytest.raises(ValueError, match="a seed needs to be a whole number; got nan"):
        K.random_uniform((2,), seed=float("nan"))


def test_a_batch_is_normalized_without_scale_where_sizes_are_not_known():
    x = K.placeholder((None, None))
    normed, *_ = K.normalize_batch_in_training(x, None, None, [0], epsilon=0)
    values = np.array([[1.0, 2.0], [3.0, 6.0]])
    np.testing.assert_allclose(K.function([x], [normed])([values])[0], [[-1, -1], [1, 1]], 1e-6)
