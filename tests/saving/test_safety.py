"""A file from somebody else: it is refused, or read, and nothing else happens."""

import base64
import json
import marshal
from pathlib import Path

import h5py
import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.engine.yaml_format import parse_yaml
from kerasnb.layers import Dense, Input
from kerasnb.models import (
    Model,
    Sequential,
    load_model,
    model_from_config,
    model_from_json,
    model_from_yaml,
)

from .models import MODELS, inputs_of, targets_of


@pytest.fixture(autouse=True)
def fresh_names():
    K.clear_session()


@pytest.fixture
def path(tmp_path):
    """A file with a model that has been trained."""
    model = MODELS["stack"]()
    model.compile("adam", "mse", metrics=["mae"])
    model.train_on_batch(inputs_of(model), targets_of(model))
    model.save(tmp_path / "model.h5")
    return tmp_path / "model.h5"


KERNEL = "dense_1/dense_1/kernel:0"


def replaced(path, **how):
    """Put another data set in the place of a kernel."""
    with h5py.File(path, "r+") as file:
        weights = file["model_weights"]
        del weights[KERNEL]
        weights.create_dataset(KERNEL, **how)


def refuses(path, message, error=ValueError):
    with pytest.raises(error, match=message):
        load_model(path)


class TestArrays:
    def test_absurd_shapes(self, path):
        """A data set may claim any size, and take no room in the file."""
        for shape in ((10**6, 10**6), (6, 10**15), (10**18,)):
            replaced(path, shape=shape, dtype="float32", chunks=(1,) * len(shape))
            refuses(path, "cannot read 'dense_1/kernel:0': its shape .* more than the file has")

    def test_numbers_that_were_never_written(self, path):
        replaced(path, shape=(6, 8), dtype="float32")
        refuses(path, "needs 192 bytes, more than the file has")

    def test_packed_numbers(self, path):
        """Packing is fine within reason; a few bytes do not make a gigabyte."""
        x = np.random.rand(6, 8).astype("float32")
        replaced(path, data=x, compression="gzip", shuffle=True)
        np.testing.assert_array_equal(load_model(path).get_weights()[0], x)
        replaced(path, shape=(4096, 2**16), dtype="float32", chunks=(4096, 16), compression="gzip")
        with h5py.File(path, "r+") as file:
            file["model_weights"][KERNEL][:, :16] = 0
        refuses(path, "more than the file has")

    def test_the_same_bytes_count_once(self, path):
        """A thousand names for one large array would fill the memory."""
        with h5py.File(path, "w") as file:
            file.create_dataset("big", data=np.zeros(100_000, "float32"))
            group = file.create_group("model_weights/d")
            names = [f"w{i}" for i in range(50)]
            for name in names:
                group[name] = file["big"]
            group.attrs["weight_names"] = [n.encode() for n in names]
            file["model_weights"].attrs["layer_names"] = [b"d"]
        model = Sequential([Dense(2, input_shape=(3,), name="d")])
        with pytest.raises(ValueError, match="more than the file has"):
            model.load_weights(path)

    def test_numbers_elsewhere(self, path, tmp_path):
        (tmp_path / "secret").write_bytes(bytes(192))
        replaced(path, shape=(6, 8), dtype="float32", external=[(tmp_path / "secret", 0, 192)])
        refuses(path, "its numbers stand in another file")
        with h5py.File(path, "r+") as file:
            weights = file["model_weights"]
            del weights[KERNEL]
            layout = h5py.VirtualLayout((6, 8), "float32")
            layout[:] = h5py.VirtualSource(tmp_path / "other.h5", "x", (6, 8))
            weights.create_virtual_dataset(KERNEL, layout)
        refuses(path, "its numbers stand in another file")

    @pytest.mark.parametrize("link", [h5py.ExternalLink("other.h5", "/x"), h5py.SoftLink("/y")])
    def test_links(self, path, tmp_path, link):
        with h5py.File(tmp_path / "other.h5", "w") as other:
            other["x"] = np.zeros((6, 8))
        for place in (f"model_weights/{KERNEL}", "model_weights/dense_1", "model_weights"):
            with h5py.File(path, "r+") as file:
                file["y"] = file[place]
                del file[place]
                file[place] = link
            refuses(path, f"it is a link .{type(link).__name__}")
            with h5py.File(path, "r+") as file:
                del file[place]
                file[place] = file["y"]
                del file["y"]
        load_model(path)

    @pytest.mark.parametrize("data", ["text", np.void(b"bytes"), np.zeros(3, [("a", "f4")])])
    def test_no_numbers(self, path, data):
        replaced(path, data=data)
        refuses(path, "needs numbers")

    def test_names_that_lead_elsewhere(self, path):
        with h5py.File(path, "r+") as file:
            layer = file["model_weights/dense_1"]
            layer.attrs["weight_names"] = [b"/model_weights/dense_1/dense_1/kernel:0", b"no"]
        refuses(path, "names must not begin with '/'")
        with h5py.File(path, "r+") as file:
            layer = file["model_weights/dense_1"]
            layer.attrs["weight_names"] = [b"../x", b"dense_1/bias:0"]
        refuses(path, "there is no array of this name")


class TestTexts:
    def config(self, path, text):
        with h5py.File(path, "r+") as file:
            file.attrs["model_config"] = text

    def test_nesting(self, path):
        for text in ("[" * 100_000, '{"a":' * 100_000, '"' + "\\" * 98 + '"' + "[" * 300):
            self.config(path, text)
            refuses(path, "nested more than 200 levels deep")
            with pytest.raises(ValueError, match="nested more than 200 levels deep"):
                model_from_json(text)

    def test_brackets_in_texts_are_no_nesting(self):
        model = Sequential([Dense(1, input_shape=(1,), name='a"\\' + "[" * 300)])
        assert model_from_json(model.to_json()).layers[0].name == model.layers[0].name

    @pytest.mark.parametrize("text", ["", "no JSON", '{"class_name": ', '"' * 3, b"\xff\xfe"])
    def test_no_json(self, path, text):
        self.config(path, text)
        refuses(path, "is no JSON text|no UTF-8 text|codec")

    def test_a_long_text_takes_no_long_time(self, path):
        self.config(path, '"' + '\\"' * 1_000_000)
        refuses(path, "is no JSON text")

    @pytest.mark.parametrize("value", [5, [1, 2], None, "text", {}, {"class_name": 3, "config": 4}])
    def test_other_values(self, path, value):
        self.config(path, json.dumps(value))
        refuses(
            path,
            "holds no model|model_from_config|Unknown layer|Improper config|Cannot make a layer",
        )

    def test_huge_layers_take_no_memory(self, path):
        """What a config claims is paid for when there are weights for it."""

        with h5py.File(path) as file:
            config = json.loads(file.attrs["model_config"])
        settings = config["config"]["layers"][0]["config"]
        settings["units"] = 10**12
        settings["kernel_initializer"] = {"class_name": "Orthogonal", "config": {}}
        self.config(path, json.dumps(config))
        refuses(path, r"'dense_1/kernel:0' has shape \(6, 1000000000000\)")

    def test_huge_attributes(self, path):
        """Each name of a list may stand for one large text in the file."""
        with h5py.File(path, "r+") as file:
            file.attrs["filler"] = "x" * 10**6
            attrs = file["model_weights"].attrs
            names = attrs["layer_names"].tolist() * 600
            del attrs["layer_names"]
            attrs.create("layer_names", names, dtype=h5py.string_dtype())
        refuses(path, "is too large for the file")

    def test_attributes_of_other_types(self, path):
        with h5py.File(path, "r+") as file:
            file.attrs["model_config"] = 5
        refuses(path, "cannot read 'model_config': needs text, got 5")
        with h5py.File(path, "r+") as file:
            file.attrs["model_config"] = file.ref
        refuses(path, "attributes of type .* have no place here")
        with h5py.File(path, "r+") as file:
            file.attrs["model_config"] = h5py.Empty("S1")
        refuses(path, "No model found")


class TestNames:
    @pytest.mark.parametrize(
        "name", ["os.system", "subprocess.Popen", "builtins.eval", "eval", "print", "K", "np"]
    )
    def test_they_mean_nothing_but_ours(self, name):
        config = {"class_name": name, "config": {"name": "x"}, "module": "os"}
        with pytest.raises(ValueError, match=f"Unknown layer: {name.rpartition('>')[2]}"):
            model_from_config(config)
        settings = {"units": 1, "batch_input_shape": [None, 1]}
        for key, kind in (
            ("activation", "activation function"),
            ("kernel_initializer", "initializer"),
            ("kernel_regularizer", "regularizer"),
            ("kernel_constraint", "constraint"),
        ):
            for value in (name, {"class_name": name, "config": {}, "module": "os"}):
                layer = {"class_name": "Dense", "config": {**settings, key: value}}
                stack = {"class_name": "Sequential", "config": {"name": "s", "layers": [layer]}}
                with pytest.raises(ValueError, match=f"Unknown {kind}: {name}"):
                    model_from_config(stack)

    @pytest.mark.parametrize("key", ["optimizer_config", "loss", "metrics"])
    def test_names_in_the_training_config(self, path, key):
        with h5py.File(path, "r+") as file:
            config = json.loads(file.attrs["training_config"])
            config[key] = {"class_name": "os.system", "config": {"command": "true"}}
            file.attrs["training_config"] = json.dumps(config)
        refuses(path, "Unknown .*: os.system.*compile=False")
        assert load_model(path, compile=False).built

    def test_huge_metrics(self, path):
        with h5py.File(path, "r+") as file:
            config = json.loads(file.attrs["training_config"])
            config["metrics"] = [{"class_name": "AUC", "config": {"num_thresholds": 10**11}}]
            file.attrs["training_config"] = json.dumps(config)
        refuses(path, "a number is too large")


class TestYaml:
    def test_tuples_of_keras(self):
        text = "a: !!python/tuple [1, 2]\nb: !!python/tuple\n- !!python/tuple [x]\n"
        assert parse_yaml(text) == {"a": [1, 2], "b": [["x"]]}

    @pytest.mark.parametrize(
        "text",
        [
            "!!python/object/apply:os.system ['touch canary']",
            "!!python/name:os.system",
            "a: !!python/object/new:subprocess.Popen [[touch, canary]]",
            "!!python/module:os",
            "class_name: !!python/object/apply:eval ['1']",
            "a: [",
        ],
    )
    def test_objects(self, text, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(ValueError, match="no YAML of plain values"):
            model_from_yaml(text)
        assert not list(tmp_path.iterdir())

    def test_what_unfolds(self):
        lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
        lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
        with pytest.raises(ValueError, match="unfolds to too many values"):
            model_from_yaml("\n".join(lines))
        with pytest.raises(ValueError, match="unfolds to too many values"):
            model_from_yaml("&a [*a]")
        assert parse_yaml("a: &x [1]\nb: *x") == {"a": [1], "b": [1]}

    def test_deep_and_empty_texts(self):
        with pytest.raises(ValueError, match="no YAML of plain values|levels deep"):
            model_from_yaml("[" * 5000 + "]" * 5000)
        with pytest.raises(ValueError, match="The text is empty"):
            model_from_yaml("")


CANARY = "kerasnb-canary"


def with_code(path):
    """Write a model whose Lambda makes a file, in all places where a Lambda may hold code."""
    source = f"import pathlib; pathlib.Path({CANARY!r}).touch()"
    code = compile(f"lambda *args: exec({source!r})", "<file>", "eval").co_consts[0]
    text = base64.encodebytes(marshal.dumps(code)).decode()
    K.clear_session()
    x = Input((2,))
    Model(x, Dense(1)(x)).save(path)
    layer = {
        "class_name": "Lambda",
        "name": "evil",
        "config": {
            "name": "evil",
            "function": [text, None, None],
            "function_type": "lambda",
            "output_shape": [text, None, None],
            "output_shape_type": "lambda",
            "arguments": {},
        },
        "inbound_nodes": [[["input_1", 0, 0, {}]]],
    }
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        config["config"]["layers"].append(layer)
        file.attrs["model_config"] = json.dumps(config)


def test_code_does_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with_code("model.h5")
    refuses("model.h5", r"holds Python code .*anything to your machine.*safe_mode=False")
    assert not Path(CANARY).exists()
    with pytest.raises(ValueError):
        load_model("model.h5", safe_mode=False)
    assert Path(CANARY).exists(), "the canary works: this is what is kept from running"


def test_shapes_with_too_many_axes(path):
    """They would cost time without end, and no array can have them."""
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        config["config"]["layers"][0]["config"]["batch_input_shape"] = [None, 6] * 1000
        file.attrs["model_config"] = json.dumps(config)
    refuses(path, "64 axes at most; got 2000")
