"""Every test starts like a new process on a new machine without a connection."""

import urllib.error

import pytest

from kerasnb import backend as K
from kerasnb.applications import imagenet_utils
from kerasnb.utils import downloading


@pytest.fixture(autouse=True)
def new_process(tmp_path, monkeypatch):
    """Names are counted anew, nothing is in the cache, and no address answers."""

    def unreachable(url, part):
        raise urllib.error.URLError("no connection")

    K.clear_session()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(downloading, "_whole", unreachable)
    monkeypatch.setattr(imagenet_utils, "_class_index", {})


@pytest.fixture
def models(tmp_path):
    """Return the folder of the cache where weights are looked for."""
    folder = tmp_path / "keras" / "models"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def float64():
    before = K.floatx()
    K.set_floatx("float64")
    yield
    K.set_floatx(before)


@pytest.fixture
def channels_first():
    before = K.image_data_format()
    K.set_image_data_format("channels_first")
    yield
    K.set_image_data_format(before)
