"""Settings of the session."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kerasnb import backend as K

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def settings():
    before = K.floatx(), K.epsilon(), K.image_data_format()
    yield
    K.set_floatx(before[0])
    K.set_epsilon(before[1])
    K.set_image_data_format(before[2])


def test_backend():
    assert K.backend() == "numpy"


@pytest.mark.parametrize("name", ["float16", "float32", "float64"])
def test_floatx(name):
    K.set_floatx(name)
    assert K.floatx() == name
    made = [K.variable(1), K.constant(1), K.placeholder((2,)), K.zeros(2), K.eye(2)]
    made += [K.random_normal((2,)), K.random_binomial((2,)), K.mean(K.constant([1, 2], "int32"))]
    made += [made[2] * 2.5, made[0] + 1]
    assert {x.dtype for x in made} == {name}
    assert K.cast_to_floatx([1, 2]).dtype == name
    assert K.cast_to_floatx(K.constant(1, dtype="int32")).dtype == name


def test_epsilon():
    assert K.epsilon() == 1e-7
    K.set_epsilon(0.25)
    assert K.epsilon() == 0.25
    clipped = K.eval(K.binary_crossentropy(K.constant([1.0]), K.constant([0.0])))
    np.testing.assert_allclose(clipped, [-np.log(0.25)], rtol=1e-6)


def test_image_data_format():
    assert K.image_data_format() == "channels_last"
    x = K.placeholder((2, 4, 6, 8))
    assert K.pool2d(x, (2, 2), (2, 2)).shape == (2, 2, 3, 8)
    K.set_image_data_format("channels_first")
    assert K.image_data_format() == "channels_first" == K.normalize_data_format(None)
    assert K.normalize_data_format("channels_last") == "channels_last"
    assert K.pool2d(x, (2, 2), (2, 2)).shape == (2, 4, 3, 4)
    assert K.spatial_2d_padding(x).shape == (2, 4, 8, 10)
    assert K.bias_add(x, K.zeros((4,))).shape == x.shape


def test_keras_1_names_of_formats():
    assert K.image_dim_ordering() == "tf"
    K.set_image_dim_ordering("th")
    assert K.image_dim_ordering() == "th" and K.image_data_format() == "channels_first"
    with pytest.raises(ValueError, match="got 'mx'; needs 'tf' or 'th'"):
        K.set_image_dim_ordering("mx")


def test_keras_home(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "settings"))
    assert K.keras_home() == tmp_path / "settings"
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert K.keras_home() == tmp_path / ".keras"


def test_keras_json(tmp_path):
    written = {"floatx": "float64", "epsilon": 1e-3, "image_data_format": "channels_first"}
    code = (
        "from kerasnb import backend as K\n"
        "print(K.floatx(), K.epsilon(), K.image_data_format(), K.backend())"
    )
    for text, said in [
        (json.dumps({**written, "backend": "tensorflow"}), "float64 0.001 channels_first numpy"),
        ("{not json", "float32 1e-07 channels_last numpy"),
        (json.dumps({"floatx": "int8"}), "float32 1e-07 channels_last numpy"),
    ]:
        (tmp_path / "keras.json").write_text(text)
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT,
            env={"KERAS_HOME": str(tmp_path), "PATH": ""},
        )  # fmt: skip
        assert done.stdout.strip() == said
