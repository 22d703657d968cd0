"""Make the files of other Kerases that `tests/saving` loads.

Run `python -m tests.reference.saving` from the repository's root in an environment with tf_keras
(see `generate.py`). It writes to `tests/saving/files`:

* `keras_*.h5`: files as Keras 2.3.1 on TensorFlow lays them out, made with h5py alone, from the
  configs below. What they should predict comes from tf_keras, which must be able to read them.
* `tf_keras_*.h5`: files that tf_keras saves.
* `expected.npz`: for each file inputs, targets, predictions, and the losses of three further steps
  of training (from the file's optimizer state, where tf_keras can read that).
"""

import json
import os
import sys
import warnings
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_USE_LEGACY_KERAS"] = "1"

import h5py
import numpy as np

from tests.saving.peer import data, listed, losses

FILES = Path(__file__).parents[1] / "saving" / "files"

VARIANCE_SCALING = {
    "class_name": "VarianceScaling",
    "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None},
}
ORTHOGONAL = {"class_name": "Orthogonal", "config": {"gain": 1.0, "seed": None}}
ZEROS = {"class_name": "Zeros", "config": {}}
ONES = {"class_name": "Ones", "config": {}}


def settings(name, **own):
    """Return a layer's config with what all layers have."""
    return {"name": name, "trainable": True, "dtype": "float32", **own}


def with_kernel(**own):
    """Return what layers with kernel and bias have, as Keras 2.3.1 writes it."""
    return {
        "use_bias": True,
        "kernel_initializer": VARIANCE_SCALING,
        "bias_initializer": ZEROS,
        "kernel_regularizer": None,
        "bias_regularizer": None,
        "activity_regularizer": None,
        "kernel_constraint": None,
        "bias_constraint": None,
        **own,
    }


def dense(name, units, activation="linear", **own):
    config = settings(name, units=units, activation=activation, **with_kernel(**own))
    return {"class_name": "Dense", "config": config}


def batch_normalization(name):
    config = settings(
        name,
        axis=-1,
        momentum=0.99,
        epsilon=0.001,
        center=True,
        scale=True,
        beta_initializer=ZEROS,
        gamma_initializer=ONES,
        moving_mean_initializer=ZEROS,
        moving_variance_initializer=ONES,
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
    )
    return {"class_name": "BatchNormalization", "config": config}


def recurrent(kind, name, units, **own):
    config = settings(
        name,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        units=units,
        activation="tanh",
        recurrent_activation="hard_sigmoid",
        recurrent_initializer=ORTHOGONAL,
        recurrent_regularizer=None,
        recurrent_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        implementation=1,
        **with_kernel(),
    )
    if kind == "LSTM":
        config["unit_forget_bias"] = True
    else:
        config["reset_after"] = False
    config.update(own)
    return {"class_name": kind, "config": config}


def node(layer, *inbound):
    """Return a layer of a functional model, with the calls by which it gets its inputs."""
    calls = [[[*place, {}] for place in call] for call in inbound]
    return {"name": layer["config"]["name"], **layer, "inbound_nodes": calls}


def entry(name, *shape):
    config = {"batch_input_shape": [None, *shape], "dtype": "float32", "sparse": False}
    return {"class_name": "InputLayer", "config": {**config, "name": name}}


def perceptron():
    """A stack with Adam's state."""
    layers = [
        dense("dense_1", 5, "relu", kernel_regularizer=l2(0.01)),
        batch_normalization("batch_normalization_1"),
        dense("dense_2", 3, "softmax"),
    ]
    layers[0]["config"]["batch_input_shape"] = [None, 4]
    config = {"class_name": "Sequential", "config": {"name": "sequential_1", "layers": layers}}
    weights = {
        "dense_1": {"dense_1/kernel:0": (4, 5), "dense_1/bias:0": (5,)},
        "batch_normalization_1": {
            f"batch_normalization_1/{name}:0": (5,)
            for name in ("gamma", "beta", "moving_mean", "moving_variance")
        },
        "dense_2": {"dense_2/kernel:0": (5, 3), "dense_2/bias:0": (3,)},
    }
    training = training_config("Adam", "categorical_crossentropy", ["accuracy"])
    shapes = [(4, 5), (5,), (5,), (5,), (5, 3), (3,)]
    state = {"Adam/iterations:0": ()}
    state |= {f"training/Adam/m_{i}:0": s for i, s in enumerate(shapes)}
    state |= {f"training/Adam/v_{i}:0": s for i, s in enumerate(shapes)}
    state |= {f"training/Adam/vhat_{i}:0": (1,) for i in range(len(shapes))}
    return config, weights, training, state


def l2(factor):
    return {"class_name": "L1L2", "config": {"l1": 0.0, "l2": factor}}


def training_config(optimizer, loss, metrics):
    configs = {
        "Adam": {
            "learning_rate": 0.0010000000474974513,
            "beta_1": 0.8999999761581421,
            "beta_2": 0.9990000128746033,
            "decay": 0.0,
            "epsilon": 1e-07,
            "amsgrad": False,
        },
        "SGD": {
            "learning_rate": 0.009999999776482582,
            "momentum": 0.0,
            "decay": 0.0,
            "nesterov": False,
        },
    }
    return {
        "optimizer_config": {"class_name": optimizer, "config": configs[optimizer]},
        "loss": loss,
        "metrics": metrics,
        "weighted_metrics": None,
        "sample_weight_mode": None,
        "loss_weights": None,
    }


def shared():
    """Two inputs, a layer and a model that are called twice, two outputs."""
    inner = {
        "class_name": "Sequential",
        "config": {"name": "inner", "layers": [dense("inner_dense", 3, "tanh")]},
    }
    inner["config"]["layers"][0]["config"]["batch_input_shape"] = [None, 3]
    concatenate = {"class_name": "Concatenate", "config": settings("concatenate_1", axis=-1)}
    config = {
        "class_name": "Model",
        "config": {
            "name": "model_1",
            "layers": [
                node(entry("left", 4)),
                node(entry("right", 4)),
                node(dense("step", 3), [["left", 0, 0]], [["right", 0, 0]]),
                node(inner, [["step", 0, 0]], [["step", 1, 0]]),
                node(concatenate, [["inner", 1, 0], ["inner", 2, 0]]),
                node(dense("first", 2), [["concatenate_1", 0, 0]]),
                node(dense("second", 1, "sigmoid"), [["concatenate_1", 0, 0]]),
            ],
            "input_layers": [["left", 0, 0], ["right", 0, 0]],
            "output_layers": [["first", 0, 0], ["second", 0, 0]],
        },
    }
    weights = {
        "left": {},
        "right": {},
        "step": {"step/kernel:0": (4, 3), "step/bias:0": (3,)},
        "inner": {"inner_dense/kernel:0": (3, 3), "inner_dense/bias:0": (3,)},
        "concatenate_1": {},
        "first": {"first/kernel:0": (6, 2), "first/bias:0": (2,)},
        "second": {"second/kernel:0": (6, 1), "second/bias:0": (1,)},
    }
    training = training_config(
        "SGD", {"first": "mean_squared_error", "second": "binary_crossentropy"}, {"first": ["mae"]}
    )
    training["loss_weights"] = {"first": 1.0, "second": 0.5}
    return config, weights, training, {}


def words():
    """Recurrent layers on an embedding, masked."""
    embedding = settings(
        "embedding_1",
        batch_input_shape=[None, None],
        input_dim=10,
        output_dim=4,
        embeddings_initializer={
            "class_name": "RandomUniform",
            "config": {"minval": -0.05, "maxval": 0.05, "seed": None},
        },
        embeddings_regularizer=None,
        activity_regularizer=None,
        embeddings_constraint=None,
        mask_zero=True,
        input_length=None,
    )
    long = recurrent("LSTM", "lstm_1", 3, return_sequences=True)
    both = settings("bidirectional_1", merge_mode="concat", layer=long)
    each = settings("time_distributed_1", layer=dense("dense_1", 3, "tanh"))
    layers = [
        {"class_name": "Embedding", "config": embedding},
        {"class_name": "Bidirectional", "config": both},
        {"class_name": "TimeDistributed", "config": each},
        recurrent("GRU", "gru_1", 2),
        dense("dense_2", 1),
    ]
    config = {"class_name": "Sequential", "config": {"name": "sequential_1", "layers": layers}}
    one = {"kernel:0": (4, 12), "recurrent_kernel:0": (3, 12), "bias:0": (12,)}
    weights = {
        "embedding_1": {"embedding_1/embeddings:0": (10, 4)},
        "bidirectional_1": {
            f"bidirectional_1/{way}_lstm_1/{name}": shape
            for way in ("forward", "backward")
            for name, shape in one.items()
        },
        "time_distributed_1": {
            "time_distributed_1/kernel:0": (6, 3),
            "time_distributed_1/bias:0": (3,),
        },
        "gru_1": {
            "gru_1/kernel:0": (3, 6),
            "gru_1/recurrent_kernel:0": (2, 6),
            "gru_1/bias:0": (6,),
        },
        "dense_2": {"dense_2/kernel:0": (2, 1), "dense_2/bias:0": (1,)},
    }
    return config, weights, None, {}


KERAS = {f.__name__: f for f in (perceptron, shared, words)}


def write_keras(path, config, weights, training, state):
    """Write a file as Keras 2.3.1 lays it out."""
    random = np.random.RandomState(0)
    with h5py.File(path, "w") as file:
        for group in (file, file.create_group("model_weights")):
            group.attrs["keras_version"] = b"2.3.1"
            group.attrs["backend"] = b"tensorflow"
        file.attrs["model_config"] = json.dumps(config).encode()
        layers = file["model_weights"]
        layers.attrs["layer_names"] = np.array([name.encode() for name in weights])
        for name, arrays in weights.items():
            write_arrays(layers.create_group(name), arrays, random)
        if training:
            file.attrs["training_config"] = json.dumps(training).encode()
        if state:
            group = file.create_group("optimizer_weights")
            write_arrays(group, state, random)
            del group["Adam/iterations:0"]
            group["Adam/iterations:0"] = np.int64(3)


def write_arrays(group, shapes, random):
    names = [name.encode() for name in shapes]
    group.attrs["weight_names"] = np.array(names) if names else names
    for name, shape in shapes.items():
        group[name] = np.float32(random.random_sample(shape) * 0.1 + 0.01)


def stack_of_tf(keras):
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Conv2D(3, 3, padding="same", activation="relu", input_shape=(6, 6, 1)),
            layers.BatchNormalization(),
            layers.SeparableConv2D(2, 2, kernel_regularizer="l1"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, activation="softmax", kernel_initializer="he_normal"),
        ]
    )
    model.compile("adam", keras.losses.CategoricalCrossentropy(), metrics=["accuracy", "mae"])
    return model


def branches_of_tf(keras):
    layers = keras.layers
    x = keras.Input((5, 3), name="x")
    left = layers.Bidirectional(layers.LSTM(3, name="long"), name="both")(x)
    right = layers.GRU(4, name="short", kernel_constraint="max_norm")(x)
    inner = keras.Sequential([layers.Dense(2, input_shape=(10,))])
    y = inner(layers.Concatenate(name="joined")([left, right]))
    model = keras.Model(x, [layers.Activation("tanh", name="p")(y), layers.Dense(1, name="q")(y)])
    model.compile(
        keras.optimizers.legacy.RMSprop(0.01),
        loss={"p": "mse", "q": keras.losses.Huber(delta=0.5)},
        loss_weights={"p": 2.0, "q": 1.0},
        metrics={"q": ["mae", keras.metrics.RootMeanSquaredError()]},
    )
    return model


TF_KERAS = {"stack": stack_of_tf, "branches": branches_of_tf}


def main():
    import tf_keras as keras

    warnings.simplefilter("ignore")
    FILES.mkdir(exist_ok=True)
    keras.utils.set_random_seed(0)
    for name, make in KERAS.items():
        write_keras(FILES / f"keras_{name}.h5", *make())
    for name, make in TF_KERAS.items():
        model = make(keras)
        losses(model, *data(model, seed=2))
        model.save(FILES / f"tf_keras_{name}.h5")
    arrays = {"made_with": np.array(f"tf_keras {keras.__version__}")}
    for path in sorted(FILES.glob("*.h5")):
        model = keras.models.load_model(path)
        x, y = data(model)
        found = {f"x{i}": a for i, a in enumerate(x)} | {f"y{i}": a for i, a in enumerate(y)}
        found |= {f"p{i}": a for i, a in enumerate(listed(model.predict_on_batch(x)))}
        # tf_keras leaves the state of Keras's Adam out, which has more variables than its own.
        if model.optimizer is not None and path.stem != "keras_perceptron":
            found["losses"] = losses(model, x, y)
        arrays |= {f"{path.stem}|{key}": value for key, value in found.items()}
        print(f"{path}: {path.stat().st_size} bytes", file=sys.stderr)
    np.savez_compressed(FILES / "expected.npz", **arrays)


if __name__ == "__main__":
    main()
