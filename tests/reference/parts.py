"""Losses, metrics and optimizers of tf_keras: `python -m tests.reference.parts`, from the root.

It needs an environment with tensorflow-cpu and tf_keras, and writes `parts.json`. All is computed
in float64. Keras 2.3.1's formulas are the same but for these: the Huber loss is not averaged over
the last axis, and SensitivityAtSpecificity takes the threshold whose specificity is closest to the
wish, not the best of those that reach it (so neither is in the fixture); `clipnorm` shortens the
gradients of all weights together, which tf_keras calls `global_clipnorm`.
"""

import json
import os
from pathlib import Path

import numpy as np

PATH = Path(__file__).parent / "parts.json"
STEPS = 20
BATCHES = 3

# name -> (class, settings of Keras 2.3.1)
OPTIMIZERS = {
    "sgd": ("SGD", {}),
    "sgd_decay": ("SGD", {"learning_rate": 0.1, "decay": 0.05}),
    "sgd_momentum": ("SGD", {"learning_rate": 0.05, "momentum": 0.9}),
    "sgd_nesterov": (
        "SGD",
        {"learning_rate": 0.05, "momentum": 0.8, "nesterov": True, "decay": 1e-2},
    ),
    "sgd_clipnorm": ("SGD", {"learning_rate": 0.1, "momentum": 0.5, "clipnorm": 0.7}),
    "sgd_clipvalue": ("SGD", {"learning_rate": 0.1, "clipvalue": 0.2}),
    "rmsprop": ("RMSprop", {"learning_rate": 0.001}),
    "rmsprop_decay": ("RMSprop", {"learning_rate": 0.02, "rho": 0.8, "decay": 0.1}),
    "rmsprop_epsilon": ("RMSprop", {"learning_rate": 0.02, "epsilon": 0.1, "clipvalue": 0.3}),
    "adagrad": ("Adagrad", {"learning_rate": 0.01}),
    "adagrad_decay": ("Adagrad", {"learning_rate": 0.1, "decay": 0.1, "clipnorm": 1.0}),
    "adadelta": ("Adadelta", {"learning_rate": 1.0}),
    "adadelta_rho": ("Adadelta", {"learning_rate": 0.5, "rho": 0.7, "epsilon": 1e-3, "decay": 0.1}),
    "adam": ("Adam", {"learning_rate": 0.001}),
    "adam_decay": (
        "Adam",
        {"learning_rate": 0.05, "beta_1": 0.8, "beta_2": 0.95, "decay": 0.05, "clipnorm": 0.5},
    ),
    "adam_amsgrad": ("Adam", {"learning_rate": 0.05, "amsgrad": True, "clipvalue": 0.5}),
    "adamax": ("Adamax", {"learning_rate": 0.002}),
    "adamax_decay": (
        "Adamax",
        {"learning_rate": 0.05, "beta_1": 0.7, "beta_2": 0.9, "decay": 0.1, "epsilon": 1e-2},
    ),
    "nadam": ("Nadam", {"learning_rate": 0.002}),
    "nadam_beta": (
        "Nadam",
        {"learning_rate": 0.05, "beta_1": 0.7, "beta_2": 0.9, "clipnorm": 0.6},
    ),
}

# name of a loss class -> (settings, kind of its data)
LOSSES = {
    "MeanSquaredError": ({}, "real"),
    "MeanAbsoluteError": ({}, "real"),
    "MeanAbsolutePercentageError": ({}, "real"),
    "MeanSquaredLogarithmicError": ({}, "real"),
    "LogCosh": ({}, "real"),
    "Poisson": ({}, "count"),
    "KLDivergence": ({}, "one_hot"),
    "Hinge": ({}, "binary"),
    "SquaredHinge": ({}, "binary"),
    "CategoricalHinge": ({}, "one_hot"),
    "BinaryCrossentropy": ({}, "binary"),
    "BinaryCrossentropy/smooth": ({"label_smoothing": 0.2}, "binary"),
    "BinaryCrossentropy/logits": ({"from_logits": True}, "binary_logits"),
    "CategoricalCrossentropy": ({}, "one_hot"),
    "CategoricalCrossentropy/smooth": ({"label_smoothing": 0.1}, "one_hot"),
    "CategoricalCrossentropy/logits": ({"from_logits": True}, "one_hot_logits"),
    "SparseCategoricalCrossentropy": ({}, "classes"),
    "SparseCategoricalCrossentropy/logits": ({"from_logits": True}, "classes_logits"),
}

# name of a metric class -> (settings, kind of its data)
METRICS = {
    **{name: LOSSES[name] for name in LOSSES if name.partition("/")[0] not in ("LogCosh", "Huber")},
    "LogCoshError": ({}, "real"),
    "RootMeanSquaredError": ({}, "real"),
    "CosineSimilarity": ({}, "real"),
    "CosineSimilarity/axis": ({"axis": 0}, "real"),
    "Accuracy": ({}, "labels"),
    "BinaryAccuracy": ({}, "binary"),
    "BinaryAccuracy/threshold": ({"threshold": 0.3}, "binary"),
    "CategoricalAccuracy": ({}, "one_hot"),
    "SparseCategoricalAccuracy": ({}, "classes"),
    "TopKCategoricalAccuracy": ({"k": 2}, "one_hot"),
    "SparseTopKCategoricalAccuracy": ({"k": 3}, "classes"),
    "TruePositives": ({}, "binary"),
    "TrueNegatives": ({"thresholds": 0.3}, "binary"),
    "FalsePositives": ({"thresholds": [0.2, 0.7]}, "binary"),
    "FalseNegatives": ({"thresholds": [0.4]}, "binary"),
    "Precision": ({}, "binary"),
    "Precision/thresholds": ({"thresholds": [0.1, 0.5, 0.9]}, "binary"),
    "Precision/top_k": ({"top_k": 2}, "binary"),
    "Precision/class_id": ({"class_id": 1}, "binary"),
    "Recall": ({}, "binary"),
    "Recall/thresholds": ({"thresholds": [0.1, 0.5, 0.9]}, "binary"),
    "Recall/top_k": ({"top_k": 1, "class_id": 0}, "binary"),
    **{
        f"AUC/{curve}-{method}": (
            {"curve": curve, "summation_method": method, "num_thresholds": 40},
            "binary",
        )
        for curve in ("ROC", "PR")
        for method in ("interpolation", "minoring", "majoring")
    },
    "AUC/thresholds": ({"thresholds": [0.9, 0.2, 0.5]}, "binary"),
    "MeanIoU": ({"num_classes": 4}, "labels"),
}


def random_of(*key):
    """Return a generator that depends on nothing but the key."""
    return np.random.RandomState(sum(map(ord, "/".join(map(str, key)))))


def data(kind, salt=0):
    """Return targets, predictions and a weight for each sample."""
    random = random_of(kind, salt)
    n, classes = 7, 4
    weights = random.randint(0, 9, size=n) / 4.0
    scores = random.standard_normal((n, classes))
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    numbers = random.randint(0, classes, size=(n, 1))
    one_hot = np.eye(classes)[numbers[:, 0]]
    zeros_and_ones = random.randint(0, 2, size=(n, classes)).astype("float64")
    made = {
        "real": (random.standard_normal((n, classes)), scores),
        "count": (random.poisson(2.0, size=(n, classes)).astype("float64"), np.exp(scores)),
        "binary": (zeros_and_ones, 1 / (1 + np.exp(-scores))),
        "binary_logits": (zeros_and_ones, scores),
        "one_hot": (one_hot, probabilities),
        "one_hot_logits": (one_hot, scores),
        "classes": (numbers, probabilities),
        "classes_logits": (numbers, scores),
        "labels": (numbers, random.randint(0, classes, size=(n, 1))),
    }
    return (*made[kind], weights)


def problem():
    """Return first weights, and a batch for each step: rows of `x`, with targets `y`."""
    random = random_of("problem")
    params = [random.standard_normal(shape) for shape in ((4, 3), (3,))]
    return params, [
        (random.standard_normal((6, 4)), 2 * random.standard_normal((6, 3))) for _ in range(STEPS)
    ]


def optimizers(keras, tf):
    """Return the weights after all steps, for each case."""
    results = {}
    for case, (name, settings) in OPTIMIZERS.items():
        settings = dict(settings)
        if "clipnorm" in settings:
            settings["global_clipnorm"] = settings.pop("clipnorm")
        if name == "Adagrad":
            settings["initial_accumulator_value"] = 0.0
        optimizer = getattr(keras.optimizers.legacy, name)(**settings)
        params, batches = problem()
        w, b = (tf.Variable(p, dtype="float64") for p in params)
        for x, y in batches:
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(x @ w + b - y))
            grads = tape.gradient(loss, [w, b])
            optimizer.apply_gradients(zip(grads, [w, b], strict=True))
        results[case] = [w.numpy().tolist(), b.numpy().tolist()]
    return results


def losses(keras):
    """Return for each case the loss in every reduction, without and with weights."""
    results = {}
    for case, (settings, kind) in LOSSES.items():
        y_true, y_pred, weights = data(kind)
        results[case] = {
            reduction: [
                np.asarray(loss(y_true, y_pred)).tolist(),
                np.asarray(loss(y_true, y_pred, sample_weight=weights)).tolist(),
            ]
            for reduction in ("none", "sum", "sum_over_batch_size")
            for loss in [
                getattr(keras.losses, case.partition("/")[0])(reduction=reduction, **settings)
            ]
        }
    return results


def metrics(keras):
    """Return for each case the result after every batch, without and with weights."""
    results = {}
    for case, (settings, kind) in METRICS.items():
        results[case] = []
        for weighted in (False, True):
            if case == "CosineSimilarity/axis" and weighted:
                continue  # its values do not belong to samples
            # TensorFlow looks for the best only among numbers of single precision.
            dtype = "float32" if "TopK" in case or "top_k" in case else "float64"
            keras.backend.set_floatx(dtype)
            metric = getattr(keras.metrics, case.partition("/")[0])(**settings)
            for batch in range(BATCHES):
                y_true, y_pred, weights = data(kind, batch)
                metric.update_state(y_true, y_pred, sample_weight=weights if weighted else None)
                results[case].append(np.asarray(metric.result()).tolist())
    keras.backend.set_floatx("float64")
    return results


def main():
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    import tensorflow as tf
    import tf_keras as keras

    keras.backend.set_floatx("float64")
    fixture = {
        "made_with": {"tf_keras": keras.__version__, "tensorflow": tf.__version__},
        "optimizers": optimizers(keras, tf),
        "losses": losses(keras),
        "metrics": metrics(keras),
    }
    PATH.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
    print(f"{PATH.name}: {PATH.stat().st_size} bytes")


if __name__ == "__main__":
    main()
