"""The published holes of Keras, tried here: nothing runs, no file is read, no address is asked.

Each attack is built in its true form, and comes in by every door: files, JSON, YAML, configs.
SECURITY.md names these tests.
"""

import base64
import functools
import importlib
import inspect
import io
import itertools
import json
import marshal
import pickle
import re
import tarfile
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb import layers, optimizers, preprocessing, utils
from kerasnb.datasets import cifar, imdb
from kerasnb.layers import Dense
from kerasnb.models import (
    Model,
    Sequential,
    load_model,
    model_from_config,
    model_from_json,
    model_from_yaml,
)
from kerasnb.utils.generic_utils import allow_code, func_load
from tests.fuzz.limits import Broken, guard, nothing_else, on_purpose

CANARY = "kerasnb-canary"  # a file that only the attacker's code makes
SECRET = "kerasnb-secret"  # a file that only the attacker wants to be read


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A folder to be attacked in, and a secret beside it."""
    K.clear_session()
    inside = tmp_path / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    (tmp_path / SECRET).write_text("the secret\n")
    guard(inside)
    yield inside
    assert not list(tmp_path.rglob(CANARY))


def code():
    """Return a function that makes the canary, as files hold functions."""
    source = f"import pathlib; pathlib.Path({CANARY!r}).touch()"
    made = compile(f"lambda *args, **kwargs: exec({source!r})", "<file>", "eval").co_consts[0]
    return base64.encodebytes(marshal.dumps(made)).decode()


def lambda_layer(function, kind, **more):
    config = {"name": "evil", "function": function, "function_type": kind, **more}
    config = {"output_shape": None, "output_shape_type": "raw", "arguments": {}, **config}
    return {"class_name": "Lambda", "name": "evil", "config": config}


def sequential(*made):
    first = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 2], "name": "x"}}
    return {"class_name": "Sequential", "config": {"name": "s", "layers": [first, *made]}}


def functional(layer, **call):
    """Return a model that calls a layer; Keras 3 lets the file say with which arguments."""
    first = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 2], "name": "x"}}
    first |= {"name": "x", "inbound_nodes": []}
    layer = {**layer, "name": "evil", "inbound_nodes": [[["x", 0, 0, call]]]}
    config = {"name": "m", "layers": [first, layer]}
    config |= {"input_layers": [["x", 0, 0]], "output_layers": [["evil", 0, 0]]}
    return {"class_name": "Model", "config": config}


def within(layer):
    """Yield models with a layer in all places where a config may have one."""
    yield sequential(layer)
    yield functional(layer)
    yield functional(layer, command=f"touch {CANARY}")
    yield sequential(sequential(layer))
    yield sequential({"class_name": "TimeDistributed", "config": {"name": "t", "layer": layer}})
    yield sequential({"class_name": "Bidirectional", "config": {"name": "b", "layer": layer}})
    yield sequential({"class_name": "RNN", "config": {"name": "r", "cell": layer}})
    cells = {"class_name": "StackedRNNCells", "config": {"name": "c", "cells": [layer]}}
    yield sequential({"class_name": "RNN", "config": {"name": "r", "cell": cells}})
    for name in ("activation", "kernel_initializer", "kernel_regularizer", "kernel_constraint"):
        dense = {"class_name": "Dense", "config": {"name": "d", "units": 1, name: layer}}
        yield sequential(dense)
    yield layer


def written(described, training=None):
    """Write a model's config to a file as Keras does."""
    with h5py.File("model.h5", "w") as file:
        file.attrs["keras_version"] = b"2.3.1"
        file.attrs["model_config"] = json.dumps(described).encode()
        if training is not None:
            file.attrs["training_config"] = json.dumps(training).encode()
        file.create_group("model_weights").attrs["layer_names"] = []
    return "model.h5"


def doors(described):
    """Yield functions that load a model, one for each way in which it may come."""
    text = json.dumps(described)
    yield lambda: load_model(written(described))
    yield lambda: load_model(written(described), compile=False)
    yield lambda: load_model(io.BytesIO(Path(written(described)).read_bytes()))
    yield lambda: model_from_json(text)
    yield lambda: model_from_yaml(text)
    yield lambda: model_from_config(json.loads(text))
    yield lambda: layers.deserialize(json.loads(text))
    if described["class_name"] in ("Model", "Sequential"):
        cls = {"Model": Model, "Sequential": Sequential}[described["class_name"]]
        yield lambda: cls.from_config(json.loads(text)["config"])


def refused(load, message="."):
    """Load what must be refused, in our words, and see that nothing else happens."""
    with nothing_else(), pytest.raises((ValueError, TypeError, OSError), match=message) as raised:
        load()
    assert on_purpose(raised.value, (TypeError,)), raised.value


def refused_everywhere(layer, message="."):
    for place, described in enumerate(within(layer)):
        some = None if place < 2 else 1  # by all doors in two places, by the first in the others
        for load in itertools.islice(doors(described), some):
            refused(load, message)


# -- CVE-2024-3660 and CVE-2025-9905: code in a Lambda, and in .h5 whatever safe_mode says

FORMS = {
    "function": lambda: lambda_layer([code(), None, None], "lambda"),
    "text": lambda: lambda_layer(code(), "lambda"),
    "shape": lambda: lambda_layer(
        "x", "raw", output_shape=[code(), None, None], output_shape_type="lambda"
    ),
    "Keras 3": lambda: lambda_layer(
        {
            "class_name": "__lambda__",
            "config": {"code": code(), "defaults": None, "closure": None},
        },
        "lambda",
    ),
    "Keras 3 without a type": lambda: {
        "class_name": "Lambda",
        "module": "keras.layers",
        "config": {
            "name": "evil",
            "function": {"class_name": "__lambda__", "config": {"code": code()}},
        },
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_code_in_a_lambda(form):
    """CVE-2024-3660, CVE-2025-9905."""
    refused_everywhere(FORMS[form]())


def test_the_attack_is_real(place):
    """With `safe_mode=False` the code runs: this is what is kept from it elsewhere."""
    path = written(sequential(FORMS["function"]()))
    with pytest.raises(ValueError):
        load_model(path, safe_mode=False)
    assert Path(CANARY).exists()
    Path(CANARY).unlink()
    refused(lambda: load_model(path), "holds Python code")  # and it has stayed off
    with pytest.raises(Broken), nothing_else():
        Path(place, "..", SECRET).read_text()
    with pytest.raises(Broken), nothing_else(), allow_code():
        func_load(code())


# -- CVE-2025-1550: a config names a module and what in it

NAMES = [
    ("os", "system"),
    ("subprocess", "Popen"),
    ("builtins", "eval"),
    ("builtins", "exec"),
    ("builtins", "__import__"),
    ("importlib", "import_module"),
    ("pickle", "loads"),
    ("shutil", "rmtree"),
    ("webbrowser", "open"),
    ("numpy", "load"),
    ("numpy.testing", "runstring"),
]


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_names_of_other_modules(module, name):
    """CVE-2025-1550."""
    assert callable(getattr(importlib.import_module(module), name))
    keras_3 = {"module": module, "class_name": "function", "config": name, "registered_name": name}
    for layer in (
        {"class_name": name, "module": module, "config": {"name": "evil"}},
        {"class_name": f"{module}.{name}", "config": {"command": f"touch {CANARY}"}},
        {"class_name": f"{module}>{name}", "config": {"name": "evil"}},
        keras_3 | {"config": {"name": "evil"}},
        lambda_layer(name, "function", module=module, arguments={"command": f"touch {CANARY}"}),
        lambda_layer(f"{module}.{name}", "function"),
        lambda_layer(keras_3, "function", module=module),
        lambda_layer(keras_3, "raw", module=module),
    ):
        if name == "system" and layer["class_name"] in ("system", "Lambda"):
            refused_everywhere(layer)
        else:
            described = functional(layer, command=f"touch {CANARY}")
            refused(functools.partial(model_from_json, json.dumps(described)))
            refused(functools.partial(layers.deserialize, layer))


@pytest.mark.parametrize("key", ["optimizer_config", "loss", "metrics", "weighted_metrics"])
def test_names_in_what_a_model_was_trained_with(key):
    """CVE-2025-1550: how it was compiled is a config, too."""
    training = {"optimizer_config": {"class_name": "SGD", "config": {}}, "loss": "mse"}
    for module, name in NAMES:
        for value in (
            name,
            f"{module}.{name}",
            {"class_name": name, "module": module, "config": {"command": f"touch {CANARY}"}},
            {"class_name": "function", "module": module, "config": name, "registered_name": name},
        ):
            given = [value] if "metrics" in key else value
            path = written(sequential(), {**training, key: given})
            refused(functools.partial(load_model, path), "compile=False")


def test_a_zip_archive_is_no_model():
    """CVE-2025-1550, -8747, -9906 came in `.keras` archives: they are not opened at all."""
    with zipfile.ZipFile("model.keras", "w") as made:
        made.writestr("config.json", json.dumps(sequential(FORMS["Keras 3"]())))
        made.writestr("metadata.json", "{}")
    refused(lambda: load_model("model.keras"), "zip archive")


# -- CVE-2025-8747: functions of Keras itself are turned against its user

OWN = [
    "get_file",
    "keras.utils.get_file",
    "kerasnb.utils.data_utils.get_file",
    "load_model",
    "keras.models.load_model",
    "save_model",
    "plot_model",
    "load_img",
    "save_img",
    "HDF5Matrix",
    "H5Dict",
    "extract_archive",
    "func_load",
    "install_as_keras",
]


@pytest.mark.parametrize("name", OWN)
def test_functions_of_ours(name, tmp_path):
    """CVE-2025-8747: a Lambda that downloads, unpacks, loads or overwrites."""
    address = (tmp_path / SECRET).as_uri()
    given = {
        "origin": address,
        "fname": CANARY,
        "cache_dir": ".",
        "cache_subdir": "",
        "extract": True,
    }
    given |= {"filepath": "model.h5", "safe_mode": False, "path": str(tmp_path / SECRET)}
    module = "keras.utils"
    keras_3 = {"module": module, "class_name": "function", "config": name, "registered_name": name}
    for layer in (
        lambda_layer(name, "function", module=module, arguments=given),
        lambda_layer(keras_3, "function", arguments=given),
        {"class_name": name, "module": module, "config": given},
        {"class_name": "Activation", "config": {"name": "a", "activation": name}},
        {"class_name": "Activation", "config": {"name": "a", "activation": keras_3}},
    ):
        if name == "get_file":
            refused_everywhere(layer)
        else:
            refused(functools.partial(model_from_json, json.dumps(functional(layer, **given))))
            refused(functools.partial(layers.deserialize, layer))


def test_get_file_would_do_it(tmp_path):
    utils.get_file("copied", (tmp_path / SECRET).as_uri(), cache_dir=tmp_path)
    with pytest.raises(Broken), nothing_else():
        utils.get_file("again", (tmp_path / SECRET).as_uri(), cache_dir=".")


# -- CVE-2025-9906: the config itself switches the safety off, and then brings code

SWITCHES = [
    ("keras.config", "enable_unsafe_deserialization"),
    ("keras.src.backend.common.global_state", "set_global_attribute"),
    ("kerasnb.utils.generic_utils", "allow_code"),
    ("kerasnb.engine.saving", "load_model"),
]


@pytest.mark.parametrize(("module", "name"), SWITCHES)
def test_nothing_in_a_config_allows_code(module, name):
    """CVE-2025-9906."""
    switch = {"module": module, "class_name": "function", "config": name, "registered_name": name}
    for first in (
        {"class_name": name, "module": module, "config": {}},
        lambda_layer(name, "function", module=module, arguments={"safe_mode": False}),
        lambda_layer(switch, "function", arguments={"allowed": True, "value": False}),
    ):
        both = sequential(first, FORMS["function"]())
        both |= {"safe_mode": False, "build_config": {"safe_mode": False}}
        both["config"]["safe_mode"] = False
        for load in doors(both):
            refused(load)
        for load in doors(sequential(FORMS["function"]())):
            refused(load, "holds Python code")


# -- CVE-2025-12058: a layer's setting is a file that is read, or an address that is asked


@pytest.mark.parametrize("name", ["StringLookup", "IntegerLookup", "TextVectorization"])
@pytest.mark.parametrize("scheme", ["", "file://", "http://127.0.0.1:9/"])
def test_vocabularies(name, scheme, tmp_path):
    """CVE-2025-12058."""
    config = {"name": "evil", "vocabulary": f"{scheme}{tmp_path / SECRET}"}
    described = {"class_name": name, "config": config, "module": "keras.layers"}
    for load in doors(functional(described)):
        refused(load, f"Unknown .*{name}")
    if name == "StringLookup" and not scheme:
        refused_everywhere(described, f"Unknown .*{name}")


def test_no_setting_of_ours_is_a_file(tmp_path):
    """CVE-2025-12058: every setting of everything that a config may name, set to a path."""
    count = 0
    parts = {
        layers: "layer",
        optimizers: "optimizer",
        importlib.import_module("kerasnb.initializers"): "kernel_initializer",
        importlib.import_module("kerasnb.regularizers"): "kernel_regularizer",
        importlib.import_module("kerasnb.constraints"): "kernel_constraint",
        importlib.import_module("kerasnb.losses"): "loss",
        importlib.import_module("kerasnb.metrics"): "metric",
    }
    for module, what in parts.items():
        for name, cls in vars(module).items():
            if not inspect.isclass(cls) or not cls.__module__.startswith("kerasnb."):
                continue
            settings = inspect.signature(cls).parameters
            config = dict.fromkeys(settings, str(tmp_path / SECRET))
            for chosen in [config, *({key: value} for key, value in config.items())]:
                described = {"class_name": name, "config": chosen}
                if what.startswith("kernel"):
                    inner = {"name": "d", "units": 1, what: described}
                    described = {"class_name": "Dense", "config": inner}
                with nothing_else():
                    try:
                        if what in ("layer", "optimizer", "loss", "metric"):
                            made = module.deserialize(described)
                        else:
                            made = model_from_config(sequential(described))
                    except Exception:
                        made = None  # a path is no number: most of them
                count += made is None
    assert count > 300


# -- CVE-2021-37678: constructors in YAML

YAML = [
    f"!!python/object/apply:os.system ['touch {CANARY}']",
    f"!!python/object/new:os.system ['touch {CANARY}']",
    f"!!python/object/apply:subprocess.Popen\n- [touch, {CANARY}]",
    (
        "!!python/object/new:type\n  args: ['z', !!python/tuple [], {'extend': !!python/name:exec }]\n"
        f"  listitems: \"open('{CANARY}', 'w')\""
    ),
    (
        "!!python/object/new:tuple\n- !!python/object/new:map\n  - !!python/name:eval\n"
        f"  - [\"open('{CANARY}', 'w')\"]"
    ),
    f"!!python/object/apply:builtins.open ['{CANARY}', 'w']",
    "!!python/module:antigravity",
    f"!<tag:yaml.org,2002:python/object/apply:os.system> ['touch {CANARY}']",
    f"%TAG ! tag:yaml.org,2002:python/\n---\n!object/apply:os.system ['touch {CANARY}']",
    f"%TAG !e! tag:yaml.org,2002:python/object/apply:\n---\n!e!os.system ['touch {CANARY}']",
]


@pytest.mark.parametrize("text", YAML)
@pytest.mark.parametrize("where", ["whole", "class_name", "config", "key", "tuple"])
def test_constructors_in_yaml(text, where):
    """CVE-2021-37678."""
    head, mark, body = text.rpartition("---\n")
    indented = body.replace("\n", "\n  ")
    text = {
        "whole": body,
        "class_name": f"class_name: {indented}\nconfig: {{}}",
        "config": f"class_name: Sequential\nconfig:\n  layers: {indented}",
        "key": f"? {indented}\n: x",
        "tuple": f"class_name: Dense\nconfig: !!python/tuple\n- {indented}",
    }[where]
    refused(lambda: model_from_yaml(head + mark + text), "no YAML of plain values")


def test_yaml_would_do_it():
    yaml = pytest.importorskip("yaml")
    yaml.unsafe_load(YAML[0].replace("os.system ['touch", "pathlib.Path ['touch"))
    with pytest.raises(Broken), nothing_else():
        yaml.unsafe_load(YAML[0])


# -- the holes that are not of models


class Evil:
    """Makes the canary when it is unpickled by others."""

    def __reduce__(self):
        return (eval, (f"open({CANARY!r}, 'w').close()",))


def test_pickles_of_data_sets():
    """Keras's loaders unpickle what they have downloaded, and `.npz` files with objects."""
    Path("batch").write_bytes(pickle.dumps({b"data": Evil(), b"labels": []}))
    refused(lambda: cifar.load_batch("batch"), "asks for builtins.eval")
    evil = np.empty(2, object)
    evil[:] = [[1], Evil()]
    np.savez("imdb.npz", x_train=evil, y_train=[0, 1], x_test=evil, y_test=[0, 1])
    refused(lambda: imdb.load_data(str(Path("imdb.npz").resolve())), "asks for builtins.eval")


@pytest.mark.parametrize("name", [f"../{CANARY}", f"a/../../{CANARY}", f"/{CANARY}", "link/x"])
def test_archives_that_leave_their_folder(name, place):
    """CVE-2024-55459, CVE-2025-12638: what `get_file` unpacks."""
    with tarfile.open("evil.tar.gz", "w:gz") as made:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, ".."
        if name.startswith("link"):
            made.addfile(link)
        made.addfile(tarfile.TarInfo(name), io.BytesIO())
    with pytest.raises(ValueError, match="not unpacked|cannot be unpacked|leaves|outside|link"):
        utils.get_file("evil", (place / "evil.tar.gz").as_uri(), untar=True, cache_dir=place / "c")
    assert not list(place.parent.rglob("x"))


def test_numbers_in_another_file(tmp_path):
    """CVE-2026-1669: an array in a model's file says that its numbers stand in another one."""
    model = Sequential([Dense(2, input_shape=(4,), name="d")])
    model.save("model.h5")
    with h5py.File("model.h5", "r+") as file:
        kernel = file["model_weights/d/d/kernel:0"].name
        del file[kernel]
        file.create_dataset(kernel, (4, 2), "float32", external=[(tmp_path / SECRET, 0, 32)])
    refused(lambda: load_model("model.h5"), "stand in another file")
    refused(lambda: model.load_weights("model.h5"), "stand in another file")


def test_tokenizers_and_series_are_plain():
    for load in (
        preprocessing.text.tokenizer_from_json,
        preprocessing.sequence.timeseries_generator_from_json,
    ):
        refused(functools.partial(load, '{"class_name": "os.system", "config": {"command": "x"}}'))


HOLES = (
    "2024-3660 2025-9905 2025-1550 2025-8747 2025-9906 2025-12058 2021-37678 2024-55459 2026-1669"
)


@pytest.mark.parametrize("language", ["", ".zh-CN"])
@pytest.mark.parametrize("number", HOLES.split())
def test_each_hole_has_its_test(number, language):
    text = (Path(__file__).parents[1] / f"SECURITY{language}.md").read_text("utf-8")
    (line,) = (line for line in text.splitlines() if line.startswith(f"| CVE-{number}"))
    named = re.findall(r"`(test_\w+)`", line)
    assert any(f"CVE-{number}" in (globals()[name].__doc__ or "") for name in named)
    assert all(callable(globals()[name]) for name in named)
