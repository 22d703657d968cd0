"""Layers and networks from configs."""

import subprocess
import sys

import pytest

from kerasnb import layers
from kerasnb.engine.base_layer import Layer
from kerasnb.layers import Dense, Input, deserialize, serialize
from kerasnb.models import Model, Sequential


class Mine(Layer):
    """A layer of one's own."""


def test_other_names_are_known():
    assert type(deserialize({"class_name": "MaxPool2D", "config": {}})) is layers.MaxPooling2D
    assert type(deserialize({"class_name": "InputLayer", "config": {"input_shape": (3,)}}))


def test_networks():
    x = Input((3,))
    for model in (Sequential([Dense(2, input_shape=(3,))]), Model(x, Dense(2)(x))):
        again = deserialize(serialize(model))
        assert type(again) is type(model)
        assert again.get_config() == model.get_config()


def test_networks_are_known_without_anything_else_imported():
    program = (
        "from kerasnb.layers import deserialize\n"
        "layer = {'class_name': 'Dense', 'config': {'units': 2, 'batch_input_shape': (None, 3)}}\n"
        "model = deserialize({'class_name': 'Sequential', 'config': [layer]})\n"
        "print(model.output_shape)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert run.stdout.strip() == "(None, 2)"


def test_ones_own():
    described = serialize(Mine(name="own"))
    assert type(deserialize(described, custom_objects={"Mine": Mine})) is Mine
    with pytest.raises(ValueError, match="Unknown layer: Mine.*custom_objects"):
        deserialize(described)


def test_mistakes():
    with pytest.raises(ValueError, match="Unknown layer: Dens.*Did you mean 'Dense'"):
        deserialize({"class_name": "Dens", "config": {}})
    with pytest.raises(ValueError, match="Unknown layer: serialize"):
        deserialize({"class_name": "serialize", "config": {}})
    with pytest.raises(ValueError, match='needs the keys "class_name" and "config"'):
        deserialize({"units": 3})
