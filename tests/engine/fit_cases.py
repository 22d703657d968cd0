"""Trainings that are compared with real Keras: weights, masks, several outputs, orders of samples.

Every case takes the Keras module and returns numbers by name. `python -m tests.engine.fit_cases`
in an environment with Keras 2.3.1 prints what stands in fit_cases.json.
"""

import json

import numpy as np

FIT = {"batch_size": 4, "epochs": 2, "shuffle": False, "verbose": 0}


def data():
    """Return inputs, targets, classes and sample weights of ten samples."""
    random = np.random.RandomState(0)
    x, y = random.randn(10, 4), random.randn(10, 2)
    return x, y, (x[:, 0] > 0).astype("int"), random.rand(10)


def sequences():
    """Return inputs, targets and weights of six sequences, two of them with steps to skip."""
    random = np.random.RandomState(1)
    x = random.randn(6, 5, 3)
    x[0, 3:] = 0
    x[2, 1:] = 0
    return x, random.randn(6, 5, 2), random.rand(6, 5)


def fixed(model):
    """Give all weights values that depend on nothing but their place."""
    for i, layer in enumerate(model.layers):
        values = [np.cos(np.arange(w.size) + i).reshape(w.shape) for w in layer.get_weights()]
        layer.set_weights([0.5 * v for v in values])
    return model


def dense(keras, loss="mse", activation=None, units=2, **kwargs):
    layers = keras.layers
    first = layers.Dense(3, activation="tanh", input_shape=(4,))
    model = keras.models.Sequential([first, layers.Dense(units, activation=activation)])
    fixed(model).compile("sgd", loss, **kwargs)
    return model


def results(history):
    return {name: [float(v) for v in values] for name, values in history.history.items()}


def numbers(values):
    return {"values": [float(v) for v in values]}


def split(keras):
    """A part at the end of the data is for validation."""
    x, y, _, _ = data()
    return results(dense(keras, metrics=["mae"]).fit(x, y, validation_split=0.3, **FIT))


def sample_weights(keras):
    """Weights count for the loss and for weighted metrics, in validation, too."""
    x, y, _, w = data()
    model = dense(keras, metrics=["mae"], weighted_metrics=["mse"])
    held = (x[:3], y[:3], w[:3])
    return results(model.fit(x, y, sample_weight=w, validation_data=held, **FIT))


def class_weights(keras):
    """A class counts three times as much."""
    x, _, c, _ = data()
    model = dense(keras, "binary_crossentropy", "sigmoid", 1, metrics=["accuracy"])
    return results(model.fit(x, c, class_weight={0: 1.0, 1: 3.0}, **FIT))


def class_numbers(keras):
    """Short names of metrics mean the sparse ones."""
    x, _, c, _ = data()
    model = dense(keras, "sparse_categorical_crossentropy", "softmax", metrics=["acc", "ce"])
    return results(model.fit(x, c, **FIT))


def evaluation(keras):
    """Loss over batches of different sizes, metrics as they stand at the end."""
    x, _, c, _ = data()
    model = dense(keras, "sparse_categorical_crossentropy", "softmax", metrics=["acc", "ce"])
    return numbers(model.evaluate(x, c, batch_size=3, verbose=0))


def one_batch(keras):
    """train_on_batch with weights, which plain metrics do not see."""
    x, _, c, w = data()
    model = dense(keras, "sparse_categorical_crossentropy", "softmax", metrics=["acc", "ce"])
    return numbers(model.train_on_batch(x, c, sample_weight=w))


def _sequence(keras, masked, mode):
    layers = keras.layers
    inputs = keras.Input((5, 3))
    model = keras.models.Model(
        inputs, layers.Dense(2)(layers.Masking()(inputs) if masked else inputs)
    )
    fixed(model).compile(
        "sgd", "mse", metrics=["mae"], weighted_metrics=["mse"], sample_weight_mode=mode
    )
    return model


def masks(keras):
    """Steps to skip count neither for the loss nor for metrics."""
    x, y, _ = sequences()
    return results(_sequence(keras, True, None).fit(x, y, **FIT))


def temporal_weights(keras):
    """Each time step has a weight of its own."""
    x, y, w = sequences()
    return results(_sequence(keras, False, "temporal").fit(x, y, sample_weight=w, **FIT))


def masks_and_temporal_weights(keras):
    """Masks and weights multiply."""
    x, y, w = sequences()
    return results(_sequence(keras, True, "temporal").fit(x, y, sample_weight=w, **FIT))


def _two_outputs(keras):
    layers = keras.layers
    inputs = keras.Input((4,), name="in")
    hidden = layers.Dense(3, activation="tanh")(inputs)
    a = layers.Dense(2, name="a")(hidden)
    b = layers.Dense(1, activation="sigmoid", name="b")(hidden)
    model = fixed(keras.models.Model(inputs, [a, b]))
    model.compile(
        "sgd",
        {"a": "mse", "b": "binary_crossentropy"},
        metrics={"a": ["mae", "mse"], "b": "acc"},
        loss_weights=[1, 0.3],
    )
    return model


def two_outputs(keras):
    """Data, losses, metrics and weights by name."""
    x, y, c, w = data()
    model = _two_outputs(keras)
    return results(model.fit({"in": x}, {"a": y, "b": c}, sample_weight={"a": w}, **FIT))


def two_outputs_evaluated(keras):
    """Data in lists."""
    x, y, c, _ = data()
    return numbers(_two_outputs(keras).evaluate([x], [y, c], batch_size=3, verbose=0))


def steps(keras):
    """Every step takes all the data."""
    x, y, _, _ = data()
    return results(dense(keras, metrics=["mae"]).fit(x, y, steps_per_epoch=3, epochs=2, verbose=0))


def shuffled(keras):
    """NumPy's seed gives the same order of samples."""
    x, y, _, _ = data()
    model = dense(keras)
    np.random.seed(3)
    return results(model.fit(x, y, batch_size=3, epochs=3, verbose=0))


def shuffled_batches(keras):
    """Whole batches change places, the last and smaller one stays."""
    x, y, _, _ = data()
    model = dense(keras)
    np.random.seed(3)
    return results(model.fit(x, y, batch_size=3, epochs=3, verbose=0, shuffle="batch"))


def added(keras):
    """Regularizers, a loss and a metric that are added."""
    x, y, _, _ = data()
    inputs = keras.Input((4,))
    layer = keras.layers.Dense(2, kernel_regularizer="l2", activity_regularizer="l1")
    output = layer(inputs)
    model = keras.models.Model(inputs, output)
    model.add_loss(keras.backend.mean(output))
    model.add_metric(keras.backend.sum(output), name="total")
    fixed(model).compile("sgd", "mse", metrics=["mae"])
    return results(model.fit(x, y, **FIT))


CASES = {
    case.__name__: case
    for case in (
        split,
        sample_weights,
        class_weights,
        class_numbers,
        evaluation,
        one_batch,
        masks,
        temporal_weights,
        masks_and_temporal_weights,
        two_outputs,
        two_outputs_evaluated,
        steps,
        shuffled,
        shuffled_batches,
        added,
    )
}

if __name__ == "__main__":
    import keras

    print(json.dumps({name: case(keras) for name, case in CASES.items()}, indent=1))
