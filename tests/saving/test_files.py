"""Files of other Kerases (`reference/saving.py` makes them): they load, predict, and train on."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb import losses, optimizers
from kerasnb.models import load_model

from .peer import listed
from .peer import losses as losses_of

FILES = Path(__file__).parent / "files"
EXPECTED = np.load(FILES / "expected.npz")
NAMES = sorted(path.stem for path in FILES.glob("*.h5"))


@pytest.fixture(autouse=True)
def fresh_names():
    K.clear_session()


def expected(name, key):
    return [EXPECTED[k] for k in EXPECTED.files if k.startswith(f"{name}|{key}")]


def loaded(name):
    with h5py.File(FILES / f"{name}.h5") as file:
        trained = "training_config" in file.attrs
    return load_model(FILES / f"{name}.h5", compile=trained)


def test_all_are_there():
    assert NAMES == [
        "keras_perceptron",
        "keras_shared",
        "keras_words",
        "tf_keras_branches",
        "tf_keras_stack",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_predictions(name):
    predictions = listed(loaded(name).predict(expected(name, "x")))
    for p, wanted in zip(predictions, expected(name, "p"), strict=True):
        np.testing.assert_allclose(p, wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", [n for n in NAMES if f"{n}|losses" in EXPECTED.files])
def test_training_goes_on(name):
    found = losses_of(loaded(name), expected(name, "x"), expected(name, "y"))
    np.testing.assert_allclose(found, EXPECTED[f"{name}|losses"], rtol=1e-4)


def test_what_they_are_trained_with():
    model = loaded("tf_keras_branches")
    assert type(model.optimizer) is optimizers.RMSprop
    assert K.get_value(model.optimizer.lr) == np.float32(0.01)
    assert model.loss["p"] == "mse"
    assert isinstance(model.loss["q"], losses.Huber)
    assert model.loss["q"].get_config()["delta"] == 0.5
    names = ["loss", "p_loss", "q_loss", "q_mae", "q_root_mean_squared_error"]
    assert model.metrics_names == names
    assert loaded("tf_keras_stack").metrics_names == ["loss", "accuracy", "mae"]
    assert loaded("keras_perceptron").metrics_names == ["loss", "accuracy"]


def test_state_of_keras():
    model = loaded("keras_perceptron")
    with h5py.File(FILES / "keras_perceptron.h5") as file:
        group = file["optimizer_weights"]
        state = [group[name][()] for name in group.attrs["weight_names"]]
    for a, b in zip(model.optimizer.get_weights(), state, strict=True):
        np.testing.assert_array_equal(a, b)


def test_they_are_written_as_they_were_read(tmp_path):
    """Names, groups and shapes of what Keras 2.3.1 writes and of what we write are the same."""

    def contents(path):
        with h5py.File(path) as file:
            found = {"": sorted(file.attrs)}
            file.visititems(
                lambda name, item: found.update(
                    {name: getattr(item, "shape", [str(v) for v in item.attrs.items()])}
                )
            )
            config = json.loads(file.attrs["model_config"])
        for group in ("model_weights",):
            found[group] = [text for text in found[group] if "backend" not in text]
        return found, config

    for name in NAMES[:3]:
        model = loaded(name)
        model.save(tmp_path / "model.h5", include_optimizer=name == "keras_perceptron")
        (ours, our_config), (theirs, config) = map(
            contents, (tmp_path / "model.h5", FILES / f"{name}.h5")
        )
        if name == "keras_shared":
            theirs[""].remove("training_config")
        assert ours == theirs, name
        assert our_config == config, name


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"groups": 3}, "has groups=3, which Keras 2.3.1 has no equal for .only 1."),
        ({"ragged": True}, "Conv2D 'conv2d' has ragged=True"),
        ({"unheard_of": 1}, "unheard_of"),
    ],
)
def test_what_has_no_equal(change, message, tmp_path):
    path = tmp_path / "model.h5"
    path.write_bytes((FILES / "tf_keras_stack.h5").read_bytes())
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        layer = config["config"]["layers"][1]
        assert layer["class_name"] == "Conv2D"
        layer["config"].update(change)
        file.attrs["model_config"] = json.dumps(config)
    with pytest.raises(ValueError, match=message):
        load_model(path)


def test_types_and_names_of_newer_versions(tmp_path):
    path = tmp_path / "model.h5"
    path.write_bytes((FILES / "tf_keras_stack.h5").read_bytes())
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}}
    mixed = {"class_name": "Policy", "config": {"name": "mixed_float16"}}
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        layers = config["config"]["layers"]
        layers[1]["config"]["dtype"] = policy
        layers[2]["config"]["dtype"] = mixed
        layers[1]["module"], layers[1]["registered_name"] = "keras.layers", None
        layers[5]["config"]["activation"] = {"class_name": "function", "config": "softmax"}
        layers[5]["class_name"] = "Package>Dense"
        file.attrs["model_config"] = json.dumps(config)
    model = load_model(path)
    assert [layer.dtype for layer in model.layers] == ["float32"] * 5
    name = "tf_keras_stack"
    (p,) = expected(name, "p")
    np.testing.assert_allclose(model.predict(expected(name, "x")), p, rtol=1e-5, atol=1e-6)
