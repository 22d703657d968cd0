"""Files and texts with random damage load, or are refused in our words; and nothing else happens."""

import json
import os
import subprocess
import sys
from pathlib import Path

import h5py
import pytest

from kerasnb import backend as K
from kerasnb.engine.yaml_format import write_yaml
from kerasnb.layers import Conv2D, Conv2DTranspose, Dense, Flatten, Input, Reshape, UpSampling2D
from kerasnb.models import Model

from .models import MODELS, inputs_of, targets_of
from .test_safety import CANARY, with_code

ROOT = Path(__file__).resolve().parents[2]
NAMES = ["stack", "pictures", "sequences", "shared", "words"]


def spread():
    """Return a model whose settings are sizes."""
    x = Input((6,))
    y = UpSampling2D(2)(Conv2DTranspose(2, 2)(Reshape((2, 3, 1))(x)))
    y = Dense(2, kernel_initializer={"class_name": "Orthogonal", "config": {}})(y)
    return Model(x, Flatten()(Conv2D(2, 2, padding="same", dilation_rate=2)(y)))


def write_originals(form, folder):
    """Write what is to be damaged: models of several kinds, and one with code in it."""
    for name, make in {**{name: MODELS[name] for name in NAMES}, "spread": spread}.items():
        K.clear_session()
        model = make()
        if form == "h5":
            if name == "stack":
                model.compile("adam", "mse", metrics=["mae", "AUC"])
                model.train_on_batch(inputs_of(model), targets_of(model))
            model.save(folder / f"{name}.h5")
        else:
            text = model.to_json() if form == "json" else model.to_yaml()
            (folder / f"{name}.{form}").write_text(text)
    with_code(folder / "code.h5")
    if form != "h5":
        with h5py.File(folder / "code.h5") as file:
            config = json.loads(file.attrs["model_config"])
        text = json.dumps(config) if form == "json" else write_yaml(config)
        (folder / f"code.{form}").write_text(text)


@pytest.mark.slow
@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="asks Linux how much memory it has"
)
@pytest.mark.parametrize("form", ["h5", "json", "yaml"])
def test_mutations(form, tmp_path):
    """`KERASNB_MUTATIONS=2000` tries more than the usual 200."""
    write_originals(form, tmp_path)
    count = int(os.environ.get("KERASNB_MUTATIONS", "200"))
    command = [sys.executable, "-m", "tests.saving.mutations", form, str(tmp_path), str(count)]
    run = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120 + 2 * count, check=False
    )
    assert run.returncode == 0, run.stdout[-100:] + run.stderr[-3000:]
    results = json.loads(run.stdout.splitlines()[-1])
    problems = results.pop("problems")
    assert not problems, "\n".join(f"{seed}: {text}" for seed, text in problems[:3])
    assert sum(results.values()) == count
    assert results["loaded"] > count / 50
    assert results["refused"] > count / 10
    assert not list(tmp_path.rglob(CANARY))
    print(form, results, run.stderr.strip())
