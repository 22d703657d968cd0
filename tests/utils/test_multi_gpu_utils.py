"""multi_gpu_model: what it refuses, and that cutting the batch changes no result."""

import numpy as np
import pytest

from kerasnb.layers import Dense, Input, add
from kerasnb.models import Model, Sequential
from kerasnb.utils import multi_gpu_model, multi_gpu_utils

x = np.random.RandomState(0).rand(11, 4)


def two_ends() -> Model:
    a, b = Input((4,)), Input((4,))
    y = add([a, b])
    return Model([a, b], [Dense(3, name="p")(y), Dense(2, name="q")(y)])


@pytest.fixture
def gpus(monkeypatch):
    """A machine with three GPUs, as far as multi_gpu_model sees; all is computed where it is."""
    monkeypatch.setattr(multi_gpu_utils, "devices", lambda: ["cpu", "gpu:0", "gpu:1", "gpu:2"])


@pytest.mark.parametrize("gpus", [0, 1, None, -2, [0], (1,), []])
def test_less_than_two(gpus, monkeypatch):
    monkeypatch.setattr(multi_gpu_utils, "devices", lambda: ["cpu", "gpu:0"])
    with pytest.raises(ValueError, match=r"needs two GPUs or more.*\['/cpu:0', '/gpu:0'\]"):
        multi_gpu_model(Sequential([Dense(1, input_shape=(4,))]), gpus=gpus)


@pytest.mark.parametrize("asked", [4, [0, 3]])
def test_more_than_there_are(gpus, asked):
    with pytest.raises(ValueError, match="needs the devices .*'/gpu:3'.*this machine has.*smaller"):
        multi_gpu_model(Sequential([Dense(1, input_shape=(4,))]), gpus=asked)


def test_without_a_gpu(monkeypatch):
    monkeypatch.setattr(multi_gpu_utils, "devices", lambda: ["cpu"])
    with pytest.raises(ValueError, match=r"this machine has \['/cpu:0'\]"):
        multi_gpu_model(Sequential([Dense(1, input_shape=(4,))]), gpus=2)


@pytest.mark.parametrize("asked", [2, 3, [2, 0], None])
@pytest.mark.parametrize("samples", [11, 3])
def test_the_results_are_the_model_s(gpus, asked, samples):
    model = two_ends()
    parallel = multi_gpu_model(model, asked)
    assert parallel.output_names == ["p", "q"]
    inputs = [x[:samples], -2 * x[:samples]]
    for ours, theirs in zip(parallel.predict(inputs), model.predict(inputs), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_training_changes_the_model_s_own_weights(gpus):
    def trained(parallel):
        model = Sequential([Dense(1, input_shape=(4,), kernel_initializer="ones")])
        runs = multi_gpu_model(model, 3) if parallel else model
        runs.compile("sgd", "mse")
        runs.fit(x, x.sum(axis=1) * 2, epochs=2, batch_size=5, shuffle=False, verbose=0)
        return model.get_weights()

    for ours, theirs in zip(trained(True), trained(False), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_outputs_of_one_name_get_numbers(gpus):
    shared = Dense(1, name="shared")
    a, b = Input((4,)), Input((4,))
    assert multi_gpu_model(Model([a, b], [shared(a), shared(b)]), 2).output_names == [
        "shared",
        "shared_1",
    ]


def test_a_copy_has_weights_of_its_own(gpus):
    model = Sequential([Dense(1, input_shape=(4,))])
    parallel = multi_gpu_model(model, 2, cpu_relocation=True)
    parallel.set_weights([w + 1 for w in model.get_weights()])
    assert not np.array_equal(parallel.get_weights()[0], model.get_weights()[0])
