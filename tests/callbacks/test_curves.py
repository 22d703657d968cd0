"""An MLP and a CNN train with every callback at once, and learn as they do in real Keras."""

import csv
import json

import numpy as np
import pytest

import kerasnb
from kerasnb import backend as K
from kerasnb import callbacks
from kerasnb.models import load_model
from tests.reference import edge_curves

from .test_logging import server  # noqa: F401 - a fixture

FIXTURE = json.loads(edge_curves.PATH.read_text("utf-8"))


def watching(folder, address, seen):
    """Return the callbacks that only look at a training."""
    return [
        callbacks.TensorBoard(
            folder / "logs", histogram_freq=3, write_grads=True, write_images=True, update_freq=32
        ),
        callbacks.ModelCheckpoint(folder / "best.h5", save_best_only=True),
        callbacks.CSVLogger(folder / "table.csv"),
        callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs: seen.append(epoch),
            on_batch_end=lambda batch, logs: seen.append(logs["loss"]),
        ),
        callbacks.RemoteMonitor(address),
        callbacks.Resume(folder / "training.npz"),
        callbacks.BaseLogger(stateful_metrics=["accuracy", "mae"]),
        callbacks.History(),
        callbacks.ProgbarLogger("samples"),
    ]


def test_none_is_missing(tmp_path):
    some = {type(c) for c in [*edge_curves.steering(kerasnb), *watching(tmp_path, "", [])]}
    every = {c for c in vars(callbacks).values() if isinstance(c, type)}
    assert every - some == {callbacks.Callback, callbacks.CallbackList, callbacks.Logs}


@pytest.mark.filterwarnings("ignore:Callbacks take long")  # they do, beside models this small
@pytest.mark.parametrize("name", edge_curves.MODELS)
def test_curves(name, tmp_path, server):  # noqa: F811
    K.clear_session()
    seen = []
    watchers = watching(tmp_path, server.root, seen)
    model, history, results = edge_curves.train(kerasnb, name, watchers)
    expected = FIXTURE[name]["curves"]
    assert set(history.history) == set(expected)
    epochs = len(expected["loss"])
    assert 8 < epochs < edge_curves.EPOCHS, "it stops early"
    for curve, values in expected.items():
        np.testing.assert_allclose(history.history[curve], values, rtol=1e-4, err_msg=curve)
    np.testing.assert_allclose(results, FIXTURE[name]["results"], rtol=1e-4)

    # The rate falls each time by the schedule, and more where nothing became better.
    rates = np.array(history.history["lr"], float)
    falls = np.round(rates[1:] / rates[:-1], 3)
    assert set(falls) == {0.97, 0.485}
    # The best weights are back, and they are those in the file.
    best = min(history.history["val_loss"])
    assert results[0] == pytest.approx(best, rel=1e-6)
    saved = load_model(tmp_path / "best.h5")
    _, validation = edge_curves.data(name)
    assert saved.evaluate(*validation, verbose=0)[0] == pytest.approx(best, rel=1e-5)
    # All the others have seen it, too.
    with (tmp_path / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["loss"]) for row in rows] == history.history["loss"]
    assert len(server.got) == epochs
    assert len(seen) == epochs * (1 + 5)  # 70 samples are 5 batches
    assert next((tmp_path / "logs").iterdir()).stat().st_size > 10_000
    assert watchers[-2].history == history.history
    assert not (tmp_path / "training.npz").exists(), "a training that has ended needs it no more"
