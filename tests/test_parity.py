"""Training and `summary()` give what real Keras gives (see reference/generate.py)."""

import json
from pathlib import Path

import numpy as np
import pytest

import kerasnb
from tests.reference import summaries, training

HERE = Path(__file__).parent / "reference"
KERAS = json.loads((HERE / "keras-2.3.1.json").read_text("utf-8"))
TF_KERAS = json.loads((HERE / "tf_keras.json").read_text("utf-8"))


# Weights whose gradient is rounding and nothing else, which RMSprop makes full steps of. The cnn's
# second bias: where a channel is active at every place, it moves all outputs of the Dense behind
# it by the same number, and batch normalization takes that away (in float64 the gradients of three
# of the 16 channels are 1e-17).
NO_SLOPE = {"cnn": [7]}


@pytest.mark.parametrize("name", training.TRAININGS)
def test_twenty_steps(name):
    """Losses and metrics of each step, and the final weights."""
    model, steps = training.train(kerasnb, name)
    expected = KERAS["trainings"][name]
    assert model.metrics_names == expected["metrics_names"]
    np.testing.assert_allclose(steps, expected["steps"], rtol=1e-4)
    np.testing.assert_allclose(steps, TF_KERAS["trainings"][name]["steps"], rtol=1e-4)
    # The final weights of tf_keras are not compared: its moving variances follow another formula.
    weights = np.array([training.fingerprint(weight) for weight in model.get_weights()])
    weights = np.delete(weights, NO_SLOPE.get(name, []), axis=0)
    expected = np.delete(np.array(expected["weights"]), NO_SLOPE.get(name, []), axis=0)
    norms = expected[:, 1:]
    np.testing.assert_allclose(weights / norms, expected / norms, atol=2e-3)


@pytest.mark.parametrize("name", summaries.SUMMARIES)
def test_summary(name):
    assert summaries.summary(kerasnb, name).split("\n") == KERAS["summaries"][name]
