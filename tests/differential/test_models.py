"""Random models, as tf_keras has computed them: predictions, losses, gradients, a step of training.

`models.json` holds numbers that stand for its arrays; `python -m tests.differential --models 50
--write` makes it.
"""

import json

import pytest

import kerasnb
from kerasnb import backend as K

from .__main__ import FIXTURE
from .compare import TOLERANCE, difference, projected
from .measure import measured

MODELS = json.loads(FIXTURE.read_text("utf-8"))


@pytest.fixture(autouse=True)
def settings():
    """A model sets the types of floats and epsilon."""
    floatx, epsilon = K.floatx(), K.epsilon()
    yield
    K.set_floatx(floatx)
    K.set_epsilon(epsilon)


def test_there_are_fifty():
    assert len(MODELS) == 50
    assert sum(len(m["numbers"]) for m in MODELS.values()) > 500


@pytest.mark.parametrize("seed", MODELS)
def test_model(seed):
    story, floatx, arrays = measured(kerasnb, int(seed))
    wanted = MODELS[seed]
    assert len(story) == wanted["story"], "\n".join(story)
    assert set(arrays) == set(wanted["numbers"])
    for name, numbers in wanted["numbers"].items():
        d = difference(projected(name, arrays[name]), numbers)
        assert d < TOLERANCE[floatx], "\n".join([f"{name} is off by {d:.1e}:", *story])
