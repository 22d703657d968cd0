"""Training by the workers of a Dask cluster gives what one machine gives."""

import os
import signal
import sys
import warnings

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.callbacks import LambdaCallback, Resume
from kerasnb.layers import (
    BatchNormalization,
    Dense,
    Embedding,
    Input,
    Lambda,
    SimpleRNN,
    concatenate,
)
from kerasnb.models import Model, Sequential
from kerasnb.optimizers import SGD, Adam
from kerasnb.wrappers import dask as kerasnb_dask

from .own_objects import Twice, fourth_power, make_classifier, trainings

distributed = pytest.importorskip("distributed", reason="Dask's distributed is not installed")

pytestmark = pytest.mark.slow  # a cluster takes some seconds to come up

rng = np.random.RandomState(0)
X = rng.randn(100, 6)
Y = np.eye(3)[rng.randint(0, 3, 100)]


@pytest.fixture(scope="module")
def client():
    """Two workers, each a process of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ports, loopback addresses: of the machine, not of ours
        cluster = distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        )
    with cluster, distributed.Client(cluster) as client:
        yield client


def chain(optimizer="adam", **kwargs) -> Sequential:
    np.random.seed(1)
    model = Sequential([Dense(16, activation="tanh", input_shape=(6,), kernel_regularizer="l2")])
    model.add(Dense(3, activation="softmax"))
    model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"], **kwargs)
    return model


def assert_same_training(client, make, x, y, atol=1e-6, **kwargs):
    """Train one model here and one on the workers: the same weights, history and optimizer."""
    alone, shared = make(), make()
    kwargs = {"verbose": 0, **kwargs}
    np.random.seed(2)
    expected = alone.fit(x, y, **kwargs)
    np.random.seed(2)
    found = kerasnb_dask.fit(shared, x, y, client, **kwargs)
    assert found.epoch == expected.epoch and found.history.keys() == expected.history.keys()
    for name, values in expected.history.items():
        np.testing.assert_allclose(found.history[name], values, rtol=1e-5, err_msg=name)
    for ours, theirs in zip(shared.get_weights(), alone.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=atol)
    states = (m.optimizer.get_weights() for m in (shared, alone))
    for ours, theirs in zip(*states, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=atol)
    return shared, alone


def test_twenty_steps(client):
    """Shuffled, with parts of unequal size: 25 samples for 2 workers."""
    shared, alone = assert_same_training(client, chain, X, Y, batch_size=25, epochs=5)
    assert K.get_value(shared.optimizer.iterations) == 20
    assert not np.allclose(shared.get_weights()[0], chain().get_weights()[0], atol=0.01)
    # A training here goes on where that one stopped.
    for model in (shared, alone):
        model.fit(X, Y, shuffle=False, verbose=0)
    for ours, theirs in zip(shared.get_weights(), alone.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_both_workers_compute(client):
    before = client.run(trainings)
    kerasnb_dask.fit(chain(), X, Y, client, verbose=0)
    new = [set(found) - set(before[worker]) for worker, found in client.run(trainings).items()]
    assert len(new) == 2 and new[0] == new[1] and len(new[0]) == 1


@pytest.mark.parametrize("optimizer", [
    lambda: SGD(0.1, momentum=0.9, nesterov=True, clipnorm=0.1),
    lambda: Adam(0.01, decay=0.1, clipvalue=0.01),
])  # fmt: skip
def test_optimizers_see_the_whole_gradient(client, optimizer):
    assert_same_training(client, lambda: chain(optimizer()), X, Y, batch_size=40)


def test_weights_of_samples_and_classes_and_validation(client):
    assert_same_training(
        client,
        lambda: chain(weighted_metrics=["mse"]),
        X,
        Y,
        sample_weight=np.linspace(0, 2, 100),
        class_weight={0: 1.0, 1: 2.0, 2: 0.5},
        validation_split=0.2,
        epochs=2,
    )


def test_several_inputs_and_outputs(client):
    def make():
        np.random.seed(1)
        a, b = Input((6,), name="a"), Input((2,), name="b")
        both = concatenate([a, b])
        model = Model([a, b], [Dense(3, name="p")(both), Dense(1, name="q")(both)])
        model.compile("sgd", {"p": "mse", "q": "mae"}, metrics=["mse"], loss_weights=[1, 0.5])
        return model

    assert_same_training(client, make, {"a": X, "b": X[:, :2]}, [Y, X[:, :1]])


def test_masks_and_frozen_layers(client):
    def make():
        np.random.seed(1)
        model = Sequential([Embedding(5, 4, mask_zero=True, input_length=3, trainable=False)])
        model.add(SimpleRNN(4, return_sequences=True))
        model.add(Dense(1))
        model.compile("sgd", "mse")
        return model

    numbers = rng.randint(0, 5, (100, 3))
    assert_same_training(client, make, numbers, rng.randn(100, 3, 1))


def test_fewer_samples_than_workers(client):
    assert_same_training(client, chain, X[:3], Y[:3], batch_size=1)


def test_a_model_that_waits_for_data(client):
    def make():
        np.random.seed(1)
        model = Sequential([Dense(4, activation="relu"), Dense(3)])
        model.compile("sgd", "mse")
        return model

    kerasnb_dask.fit(model := make(), X, Y, client, verbose=0)
    assert model.output_shape == (None, 3)


def test_moving_means_come_back(client):
    model = Sequential([BatchNormalization(input_shape=(6,), momentum=0.5), Dense(3)])
    model.compile("sgd", "mse")
    kerasnb_dask.fit(model, X, Y, client, batch_size=100, verbose=0)
    mean = K.get_value(model.layers[0].moving_mean)
    np.testing.assert_allclose(mean, 0.5 * X.mean(axis=0), atol=1e-6)  # the halves' mean


@pytest.mark.parametrize("shuffle", [True, False, "batch"])
def test_dask_arrays(client, shuffle):
    da = pytest.importorskip("dask.array", reason="Dask's arrays are not installed")
    labels = Y.argmax(axis=1)

    def trained(x, y):
        np.random.seed(1)
        model = Sequential([Dense(3, activation="softmax", input_shape=(6,))])
        model.compile("sgd", "sparse_categorical_crossentropy")
        np.random.seed(2)
        kerasnb_dask.fit(model, x, y, client, batch_size=30, shuffle=shuffle, verbose=0)
        return model.get_weights()

    chunked = trained(da.from_array(X, chunks=(17, 3)), da.from_array(labels, chunks=13))
    for ours, theirs in zip(chunked, trained(X, labels), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_a_training_goes_on_where_it_was_stopped(client, tmp_path):
    def trained(**kwargs):
        model = chain()
        np.random.seed(2)
        kerasnb_dask.fit(model, X, Y, client, verbose=0, **kwargs)
        return model.get_weights()

    whole = trained(epochs=3)
    begun: list[int] = []
    watch = LambdaCallback(on_epoch_begin=lambda epoch, logs: begun.append(epoch))
    for epochs in (1, 3):
        resume = Resume(tmp_path / "state.npz", delete=False)
        found = trained(epochs=epochs, callbacks=[resume, watch])
    assert begun == [0, 1, 2]
    for ours, theirs in zip(found, whole, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_own_layers_and_losses_are_imported_by_the_workers(client):
    def make():
        np.random.seed(1)
        model = Sequential([Dense(3, input_shape=(6,)), Twice()])
        model.compile(SGD(1e-3), fourth_power)
        return model

    own = {"Twice": Twice, "fourth_power": fourth_power}
    model, alone = make(), make()
    kerasnb_dask.fit(model, X, Y, client, custom_objects=own, shuffle=False, verbose=0)
    alone.fit(X, Y, shuffle=False, verbose=0)
    np.testing.assert_allclose(model.get_weights()[0], alone.get_weights()[0], atol=1e-6)


def test_code_does_not_travel(client):
    model = Sequential([Lambda(lambda x: x * 2, input_shape=(6,)), Dense(3)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="code"):
        kerasnb_dask.fit(model, X, Y, client, verbose=0)

    class Inner(Twice):
        """Not at the top of a module."""

    with pytest.raises(ValueError, match=r"workers must import custom_objects\['Inner'\]"):
        kerasnb_dask.fit(chain(), X, Y, client, custom_objects={"Inner": Inner})


def test_what_is_refused(client):
    model = Sequential([SimpleRNN(2, stateful=True, batch_input_shape=(10, 3, 2))])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="keeps states from batch to batch"):
        kerasnb_dask.fit(model, np.zeros((10, 3, 2)), np.zeros((10, 2)), client)
    with pytest.raises(TypeError, match="got a generator"):
        kerasnb_dask.fit(chain(), (pair for pair in [(X, Y)]), None, client)
    with pytest.raises(RuntimeError, match="compile the model"):
        kerasnb_dask.fit(Sequential([Dense(1, input_shape=(6,))]), X, Y, client)


def test_grid_search_over_the_workers(client):
    selection = pytest.importorskip(
        "sklearn.model_selection", reason="scikit-learn is not installed"
    )
    import joblib

    from kerasnb.wrappers.scikit_learn import KerasClassifier

    x = rng.randn(60, 4)
    y = np.where(x[:, 0] > 0, "b", "a")
    estimator = KerasClassifier(make_classifier, batch_size=10, verbose=0)
    grid = {"epochs": [1, 20]}
    search = selection.GridSearchCV(estimator, grid, cv=2)
    with joblib.parallel_config(backend="dask"):
        search.fit(x, y)
    assert search.best_params_["epochs"] == 20 and search.score(x, y) > 0.8
    here = selection.GridSearchCV(estimator, grid, cv=2).fit(x, y)
    np.testing.assert_allclose(
        search.cv_results_["mean_test_score"], here.cv_results_["mean_test_score"], atol=0.05
    )


def test_a_worker_lost_in_mid_epoch(client):
    """Last of the file: the cluster is another one afterwards."""
    pids = list(client.run(os.getpid).values())

    def end_a_worker(batch, logs):
        if batch == 3 and len(pids) == 2:
            os.kill(pids.pop(), signal.SIGKILL)

    model, alone = chain(), chain()
    kwargs = {"batch_size": 10, "shuffle": False, "verbose": 0}
    kerasnb_dask.fit(
        model, X, Y, client, callbacks=[LambdaCallback(on_batch_begin=end_a_worker)], **kwargs
    )
    assert len(pids) == 1
    alone.fit(X, Y, **kwargs)
    assert K.get_value(model.optimizer.iterations) == 10
    for ours, theirs in zip(model.get_weights(), alone.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_without_dask(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match=r'pip install "kerasnb\[dask\]"'):
        kerasnb_dask.fit(chain(), X, Y)
