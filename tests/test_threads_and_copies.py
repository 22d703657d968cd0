"""Models in several threads and processes at once, and copies of them: right, or refused in words."""

import copy
import os
import pickle
import threading
import time
import warnings

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb import callbacks, losses, metrics, optimizers
from kerasnb.array.compiled.threads import compiling
from kerasnb.graph.memory import Pool, keep_whole
from kerasnb.graph.node import first_value
from kerasnb.layers import (
    LSTM,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    Reshape,
)
from kerasnb.models import Model, Sequential


def data(seed=0):
    random = np.random.RandomState(seed)
    x = random.standard_normal((48, 16)).astype("float32")
    return x, np.eye(3, dtype="float32")[x[:, :3].argmax(1)]


def mlp():
    return [Dense(24, activation="relu", input_shape=(16,)), BatchNormalization()]


def cnn():
    return [
        Reshape((4, 4, 1), input_shape=(16,)),
        Conv2D(6, 3, padding="same", activation="relu"),
        Flatten(),
    ]


def lstm():
    return [Reshape((4, 4), input_shape=(16,)), LSTM(6)]


def model_of(layers, seed):
    """Return a compiled model whose first weights come from the seed."""
    model = Sequential([*layers(), Dropout(0.2, seed=seed), Dense(3, activation="softmax")])
    random = np.random.RandomState(seed)
    model.set_weights([
        0.3 * random.standard_normal(w.shape) if w.ndim > 1 else w for w in model.get_weights()
    ])  # fmt: skip
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model


def trained(layers, seed):
    """Return the weights after a training, and its losses."""
    model = model_of(layers, seed)
    history = model.fit(*data(seed), batch_size=16, epochs=4, shuffle=False, verbose=0)
    return model.get_weights(), history.history["loss"]


def in_threads(*calls):
    """Make the calls at once, each in a thread; return what they return, or raise what they raise."""
    results = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(index):
        start.wait()
        try:
            results[index] = calls[index]()
        except BaseException as error:
            results[index] = error

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


def test_trainings_at_once():
    """Each gives the bytes that it gives alone: models, plans and kernels do not meet."""
    jobs = [(mlp, 1), (mlp, 2), (cnn, 3), (lstm, 4)]
    alone = [trained(*job) for job in jobs]
    K.clear_session()
    at_once = in_threads(*(lambda job=job: trained(*job) for job in jobs))
    for (weights, history), (others, other_history) in zip(alone, at_once, strict=True):
        assert history == other_history
        for a, b in zip(weights, others, strict=True):
            np.testing.assert_array_equal(a, b)


def test_prediction_while_the_model_trains():
    """Every prediction is that of weights between two steps, and training notices nothing."""
    x, y = data()
    alone = model_of(mlp, 5)
    between = [alone.predict_on_batch(x[:4])]
    expected = []
    for _ in range(12):
        expected.append(alone.train_on_batch(x, y))
        between.append(alone.predict_on_batch(x[:4]))
    model = model_of(mlp, 5)
    done = threading.Event()

    def train():
        try:
            return [model.train_on_batch(x, y) for _ in range(12)]
        finally:
            done.set()

    def predict():
        seen = [model.predict_on_batch(x[:4])]
        while not done.is_set():
            seen.append(model.predict_on_batch(x[:4]))
        return seen

    results, *seen = in_threads(train, predict, predict)
    assert results == expected
    for found in sum(seen, []):
        off = min(abs(found - known).max() for known in between)
        assert off == 0


def test_names_are_given_once():
    def build():
        return [Dense(1).name for _ in range(200)]

    names = sum(in_threads(*[build] * 4), [])
    assert len({*names}) == 800


def test_a_weight_gets_one_first_value():
    for _ in range(20):
        kernel = Dense(64, input_shape=(64,))
        kernel.build((None, 64))
        first, *others = in_threads(*[lambda kernel=kernel: kernel.get_weights()[0]] * 4)
        assert all((w == first).all() for w in others)


def test_the_learning_phase_of_a_scope_is_the_threads_own():
    inside, outside = threading.Event(), threading.Event()

    def scoped():
        with K.learning_phase_scope(1):
            inside.set()
            outside.wait()
            return K.learning_phase()

    def other():
        inside.wait()
        phase = K.learning_phase()
        outside.set()
        return phase

    found = in_threads(scoped, other)
    assert found[0] == 1 and K.is_tensor(found[1]) and K.is_tensor(K.learning_phase())
    with K.learning_phase_scope(1):
        K.set_learning_phase(0)  # until the scope ends, as in Keras
        assert K.learning_phase() == 0
        with K.learning_phase_scope(1):
            assert K.learning_phase() == 1
        assert K.learning_phase() == 0
    assert K.is_tensor(K.learning_phase())


def forked(work):
    """Return what `work` returns in a child of a fork, as bytes."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
        child = os.fork()
    if not child:
        try:
            os.write(writing, work())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        result = file.read()
    os.waitpid(child, 0)
    return result


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_fork_in_the_middle_of_a_training():
    """The child can use the model at once, and finds weights of the end of a step."""
    x, y = data()
    model = model_of(lstm, 6)
    model.predict_on_batch(x[:4])
    done = threading.Event()

    def train():
        while not done.is_set():
            model.train_on_batch(x, y)

    thread = threading.Thread(target=train)
    thread.start()
    try:
        for _ in range(5):
            sent = forked(lambda: model.predict_on_batch(x[:4]).astype("float32").tobytes())
            got = np.frombuffer(sent, "float32").reshape(4, 3)
            np.testing.assert_allclose(got.sum(1), 1, rtol=1e-5)
        assert forked(lambda: b"%r" % bool(model.train_on_batch(x, y)[0])) == b"True"
    finally:
        done.set()
        thread.join()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
@pytest.mark.parametrize("lock", [compiling, first_value], ids=["compiling", "first_value"])
def test_a_fork_and_a_run_do_not_wait_for_each_other(lock):
    """A run holds its memory, then makes kernels, or variables their first values."""
    pool = Pool()
    keep_whole(pool)
    inside, got = threading.Event(), []

    def run():
        with pool.lock:
            inside.set()
            time.sleep(0.2)  # in which the fork begins to wait for the memory
            got.append(lock.acquire(timeout=20))
            lock.release()

    thread = threading.Thread(target=run)
    thread.start()
    assert inside.wait(20)
    assert forked(lambda: b"free" if lock.acquire(timeout=5) else b"") == b"free"
    thread.join()
    assert got == [True]


def small():
    model = Sequential([Dense(4, activation="tanh", input_shape=(16,)), Dense(3)])
    model.compile(optimizers.Adam(0.01), "mse")
    model.train_on_batch(*data())
    return model


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))]
)
def test_copies_of_models_are_models_of_their_own(copied):
    """With the optimizer's state: both go on in the same way, and apart."""
    x, y = data()
    model = small()
    other = copied(model)
    before = model.get_weights()
    losses_of_other = [other.train_on_batch(x, y) for _ in range(3)]
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert [model.train_on_batch(x, y) for _ in range(3)] == losses_of_other


def test_a_copy_of_a_layer_works_in_another_model():
    x, y = data()
    model = Sequential([Dense(4, input_shape=(16,)), Dropout(0.5), Dense(3)])
    model.compile("sgd", "mse")
    model.train_on_batch(x, y)
    before = model.get_weights()
    inputs = Input((16,))
    dense, dropout = (copy.deepcopy(layer) for layer in model.layers[:2])
    other = Model(inputs, Dense(3)(dropout(dense(inputs))))
    other.compile("sgd", "mse")
    np.testing.assert_array_equal(dense.get_weights()[0], before[0])
    other.train_on_batch(x, y)
    assert (dense.get_weights()[0] != before[0]).any()
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    dropped = K.function([inputs, K.learning_phase()], [other.get_layer(index=2).get_output_at(-1)])
    assert (dropped([x, 1])[0] == 0).any() and (dropped([x, 0])[0] != 0).all()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Dense(3, kernel_regularizer="l2"),
        lambda: optimizers.Adam(0.01, clipnorm=1.0),
        losses.Huber,
        metrics.MeanSquaredError,
        callbacks.EarlyStopping,
        lambda: K.variable([1.0, 2.0]),
    ],
)
def test_parts_can_be_pickled(make):
    part = make()
    other = pickle.loads(pickle.dumps(part))
    assert type(other) is type(part)
    if hasattr(part, "get_config"):
        assert other.get_config() == part.get_config()


def test_a_pickled_metric_measures():
    metric = pickle.loads(pickle.dumps(metrics.MeanSquaredError()))
    K.eval(metric.update_state(np.zeros((2, 1)), np.ones((2, 1))))
    assert K.eval(metric.result()) == 1


def test_what_cannot_be_pickled_says_what_to_do():
    model = small()
    for part in (model.layers[0], model.output, model.optimizer):
        with pytest.raises(TypeError, match=r"Pickle the model; or keep a layer's get_config\(\)"):
            pickle.dumps(part)
    function = K.function([model.input], [model.output])
    for copied in (pickle.dumps, copy.deepcopy, copy.copy):
        with pytest.raises(TypeError, match=r"make the function anew with K\.function"):
            copied(function)


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_joblib(backend):
    joblib = pytest.importorskip("joblib", reason="scikit-learn, which brings joblib, is missing")
    x, _ = data()
    model = small()
    want = model.predict(x)
    work = [joblib.delayed(Sequential.predict)(model, x[i : i + 16]) for i in (0, 16)]
    with joblib.parallel_config(backend=backend, n_jobs=2):
        got = joblib.Parallel()(work)
    if backend == "loky":
        joblib.externals.loky.get_reusable_executor().shutdown(wait=True)
    np.testing.assert_allclose(np.concatenate(got), want[:32], rtol=1e-6)
