"""The contract can fail: each of its checks finds a layer that breaks it."""

import numpy as np
import pytest

import kerasnb.layers
from kerasnb import backend as K
from kerasnb.layers.configured import Configured, given
from tests.layers import checks
from tests.layers.contract import Case


class Fine(Configured):
    """Multiplies by a factor and by weights."""

    def __init__(self, factor=1.0, data_format="channels_last", **kwargs):
        super().__init__(given(locals()), **kwargs)
        self.supports_masking = True

    def build(self, input_shape):
        self.kernel = self.add_weight("kernel", (1,), initializer="ones")
        self.built = True

    def call(self, inputs):
        return inputs * self.factor * self.kernel

    def compute_output_shape(self, input_shape):
        return input_shape


class ForgetsItsFactor(Fine):
    def get_config(self):
        return {**super().get_config(), "factor": 1.0}


class MakesWeightsAnew(Fine):
    def set_weights(self, weights):
        super().set_weights([np.zeros_like(w) for w in weights])


class SaysAnotherShape(Fine):
    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 7)


class KnowsFloat32Only(Fine):
    def call(self, inputs):
        return K.cast(super().call(inputs), "float32")


class LearnsNothing(Fine):
    def call(self, inputs):
        return K.stop_gradient(super().call(inputs))


class SwallowsMasks(Fine):
    def compute_mask(self, inputs, mask=None):
        return None


class MixesFormats(Fine):
    def call(self, inputs):
        return K.cumsum(super().call(inputs), axis=-1)


class LooksAtItsNeighbours(Fine):
    def call(self, inputs):
        return super().call(inputs) - K.mean(inputs, axis=0, keepdims=True)


def checked(cls, check, monkeypatch):
    monkeypatch.setattr(kerasnb.layers, cls.__name__, cls, raising=False)
    case = Case((3, 4), {"factor": 2.0}, mask="passed")
    case.layer = cls.__name__
    check(case)


EVERY = [
    checks.check_config,
    checks.check_weights,
    checks.check_shapes,
    checks.check_types,
    checks.check_training,
    checks.check_masks,
    checks.check_data_formats,
    checks.check_device,
    checks.check_batches,
]


@pytest.mark.parametrize("check", EVERY)
def test_a_layer_that_keeps_it(check, monkeypatch):
    checked(Fine, check, monkeypatch)


@pytest.mark.parametrize(
    ("cls", "check"),
    [
        (ForgetsItsFactor, checks.check_config),
        (MakesWeightsAnew, checks.check_weights),
        (SaysAnotherShape, checks.check_shapes),
        (KnowsFloat32Only, checks.check_types),
        (LearnsNothing, checks.check_training),
        (SwallowsMasks, checks.check_masks),
        (MixesFormats, checks.check_data_formats),
        (LooksAtItsNeighbours, checks.check_batches),
    ],
)
def test_a_layer_that_breaks_it(cls, check, monkeypatch):
    with pytest.raises((AssertionError, ValueError)):
        checked(cls, check, monkeypatch)
