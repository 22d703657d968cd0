"""Layers, names, counts and outputs of all networks, beside those of real Keras."""

import inspect
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from kerasnb import applications
from kerasnb import backend as K
from tests.reference.applications import (
    ARCHITECTURES,
    PATH,
    VALUES,
    VARIANTS,
    draw_weights,
    facts,
    kept,
    pictures,
)

TABLE = json.loads(PATH.read_text("utf-8"))
API = json.loads((PATH.parent / "keras_api.json").read_text("utf-8"))
MODULES = [name for name in API if name.startswith("keras.applications")]

# Those that take more than a few seconds.
SLOW = ["inception_resnet_v2.InceptionResNetV2", "inception_v3.InceptionV3", "vgg16.VGG16"]
SLOW += ["resnet.ResNet50"]


def maker(full):
    module, name = full.split(".")
    return getattr(import_module(f"kerasnb.applications.{module}"), name)


def assert_is(model, expected):
    got = facts(model)
    assert got.pop("layers") == expected["layers"]
    assert json.loads(json.dumps(got)) == {k: v for k, v in expected.items() if k != "layers"}


def test_the_table_has_all_networks_of_the_page():
    public = [n for n in API["keras.applications"]["names"] if hasattr(applications, n)]
    assert len(public) == 18
    names = [f"{module}.{name}" for module, names in ARCHITECTURES.items() for name in names]
    assert list(TABLE["models"]) == names
    assert {full.split(".")[1] for full in names} == set(public)


@pytest.mark.parametrize("full", TABLE["models"])
def test_layers_names_and_counts(full):
    assert_is(maker(full)(weights=None), TABLE["models"][full])


@pytest.mark.parametrize("full", VARIANTS)
def test_variants(full):
    assert_is(maker(full)(weights=None, **VARIANTS[full]), TABLE["variants"][full])


@pytest.mark.parametrize(
    "full", [pytest.param(f, marks=pytest.mark.slow) if f in SLOW else f for f in VALUES]
)
def test_values(full, float64):
    """The same weights and pictures give the same features or probabilities."""
    settings, shape = VALUES[full]
    model = maker(full)(weights=None, input_shape=shape[1:], **settings)
    draw_weights(model)
    got, expected = kept(model.predict(pictures(shape))), TABLE["values"][full]
    assert got["size"] == expected["size"]
    np.testing.assert_allclose(got["mean"], expected["mean"], rtol=1e-9)
    np.testing.assert_allclose(got["some"], expected["some"], rtol=1e-9)
    assert np.std(expected["some"]) > 0


@pytest.mark.slow
@pytest.mark.parametrize("full", TABLE["models"])
def test_a_picture_of_full_size(full):
    model = maker(full)(weights=None)
    y = model.predict(pictures((1, *model.input_shape[1:])).astype("float32"))
    assert y.shape == (1, 1000) and y.dtype == np.float32
    np.testing.assert_allclose(y.sum(), 1, rtol=1e-5)
    assert (y >= 0).all() and y.std() > 0


@pytest.mark.parametrize("module", MODULES)
def test_names_and_arguments(module):
    """Every name of Keras's module is there, with its arguments, in order."""
    ours = import_module(module.replace("keras", "kerasnb", 1))
    for name, entry in API[module]["names"].items():
        found = getattr(ours, name)
        if entry["kind"] != "function":
            continue
        got = [
            p.name if p.default is p.empty else f"{p.name}={p.default!r}"
            for p in inspect.signature(found).parameters.values()
        ]
        expected = entry["sig"].split(", ")
        assert got[: len(expected)] == expected, name


def test_the_first_resnet50_is_the_public_one():
    assert applications.ResNet50 is applications.resnet50.ResNet50
    assert applications.ResNet50 is not applications.resnet.ResNet50


# The most memory it had, in KiB, from the system: ru_maxrss would count the parent's, too.
BUILD_AND_COUNT = """
from pathlib import Path
from kerasnb.applications import NASNetLarge
assert NASNetLarge(weights=None).count_params() == 88949818
print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_building_makes_no_weights():
    """NASNetLarge's weights would take 340 MiB."""
    command = [sys.executable, "-c", BUILD_AND_COUNT]
    root = Path(__file__).resolve().parents[2]
    run = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    assert int(run.stdout) < 300 * 1024


@pytest.mark.parametrize("name", ["MobileNet", "MobileNetV2", "ResNet50V2", "Xception"])
def test_both_data_formats(name, float64, request):
    """With its channels first, a network makes the same of the same picture."""
    make, x = getattr(applications, name), pictures((1, 72, 74, 3))
    settings = {"weights": None, "include_top": False, "pooling": "avg"}
    model = make(input_shape=x.shape[1:], **settings)
    draw_weights(model)
    expected = model.predict(x)
    request.getfixturevalue("channels_first")
    K.clear_session()
    other = make(input_shape=(3, 72, 74), **settings)
    assert other.output_shape == model.output_shape
    other.set_weights(model.get_weights())
    np.testing.assert_allclose(other.predict(x.transpose(0, 3, 1, 2)), expected, rtol=1e-9)


def test_nasnet_keeps_channels_last(channels_first):
    with pytest.warns(UserWarning, match=r"NASNetMobile exists .* last only.*'channels_first'"):
        model = applications.NASNetMobile(weights=None)
    assert model.input_shape == (None, 224, 224, 3)
    assert K.image_data_format() == "channels_first"
