"""Every test starts like a new process on a new machine."""

import pytest

from kerasnb.datasets import editions


@pytest.fixture(autouse=True)
def new_process(tmp_path, monkeypatch):
    """Nothing said yet, an empty cache, no other one, and no wish from the environment."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("KERASNB_DATASETS", raising=False)
    monkeypatch.delenv("KERASNB_MIRROR", raising=False)
    monkeypatch.setattr(editions, "_said", set())


@pytest.fixture
def cache(tmp_path):
    """Return the folder where full data sets are looked for."""
    return tmp_path / "keras" / "datasets"
