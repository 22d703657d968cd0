"""Losses and metrics of tf_keras at the edges: `python -m tests.reference.edge`, from the root.

It needs an environment with tensorflow-cpu and tf_keras, and writes `edge.json`: for each case of
`parts`, what comes of data that are extreme: weights of zero, one class only, NaN, infinity, ties.
Where tf_keras raises an error, there is its first word in the place of numbers.
"""

import json
import os
from pathlib import Path

import numpy as np

from .parts import LOSSES, METRICS, data

PATH = Path(__file__).parent / "edge.json"
EDGES = [
    "no weight", "one weight", "first class", "last class", "nan target", "nan prediction",
    "infinite prediction", "certain", "zero predictions", "ties", "one sample",
]  # fmt: skip
ROWS = 4


def edge_data(kind, edge):
    """Return targets, predictions and weights; None where the edge has no meaning for the kind."""
    t, p, w = (a[:ROWS].copy() for a in data(kind, 11))
    whole = kind == "labels" or kind.startswith("classes")
    t = t.astype("int64" if whole else "float64")
    p = p.astype("float64")
    if edge == "no weight":
        w[:] = 0
    elif edge == "one weight":
        w[:] = np.eye(ROWS)[2]
    elif edge in ("first class", "last class"):
        last = edge == "last class"
        if whole:
            t[:] = 3 * last
        elif kind.startswith("one_hot"):
            t[:] = np.eye(4)[3 * last]
        else:
            t[:] = last
    elif edge == "nan target":
        if whole:
            return None
        t[1, 0] = np.nan
    elif edge in ("nan prediction", "infinite prediction"):
        if kind == "labels":
            return None
        p[1, 0] = np.nan if edge.startswith("nan") else np.inf
    elif edge == "certain":
        p = certain(kind, t, p)
    elif edge == "zero predictions":
        p[:] = 0
    elif edge == "ties":
        p[:] = 2 if kind == "labels" else 0.25
    elif edge == "one sample":
        t, p, w = t[:1], p[:1], w[:1] + 1
    return t, p, w


def certain(kind, t, p):
    """Return predictions without any doubt: right in the first half of the rows, wrong after."""
    if kind.endswith("logits"):
        return 1e4 * np.sign(p)
    if kind == "binary":
        right = t
    elif kind in ("one_hot", "classes"):
        right = np.eye(4)[t[:, 0]] if kind == "classes" else t
    else:
        return t.astype("float64") if kind == "labels" else 1e6 * p
    wrong = np.roll(right, 1, axis=-1) if kind != "binary" else 1 - right
    return np.where(np.arange(ROWS)[:, None] < ROWS // 2, right, wrong)


def rounded(value):
    """Return numbers as JSON text can hold them shortly."""
    return [rounded(v) for v in value] if isinstance(value, list) else float(f"{value:.9g}")


def result(function):
    """Return what a function returns as numbers, or the name of its error."""
    try:
        return rounded(np.asarray(function()).tolist())
    except Exception as error:
        return type(error).__name__


def losses(keras):
    """Return for each case and edge the losses, the weighted ones, and their mean."""
    results = {}
    for case, (settings, kind) in LOSSES.items():
        make = getattr(keras.losses, case.partition("/")[0])
        each, mean = (make(reduction=r, **settings) for r in ("none", "sum_over_batch_size"))
        results[case] = {}
        for edge in EDGES:
            found = edge_data(kind, edge)
            if found is not None:
                t, p, w = found
                results[case][edge] = [
                    result(lambda: each(t, p)),  # noqa: B023 - called here and now
                    result(lambda: each(t, p, sample_weight=w)),  # noqa: B023
                    result(lambda: mean(t, p, sample_weight=w)),  # noqa: B023
                ]
    return results


def metrics(keras):
    """Return for each case and edge the result without and with weights, and after more data."""
    results = {}
    for case, (settings, kind) in METRICS.items():
        results[case] = {}
        # TensorFlow looks for the best only among numbers of single precision.
        keras.backend.set_floatx("float32" if "TopK" in case or "top_k" in case else "float64")
        for edge in EDGES:
            found = edge_data(kind, edge)
            if found is None or (case, edge) == ("MeanIoU", "nan prediction"):
                continue
            t, p, w = found
            metric = getattr(keras.metrics, case.partition("/")[0])(**settings)

            def step(t, p, w=None, metric=metric):
                metric.update_state(t, p, sample_weight=w)
                return metric.result()

            values = [result(lambda: step(t, p))]  # noqa: B023
            if case != "CosineSimilarity/axis":  # its values do not belong to samples
                metric.reset_state()
                values.append(result(lambda: step(t, p, w)))  # noqa: B023
            values.append(result(lambda: step(*data(kind, 12)[:2])))  # noqa: B023
            results[case][edge] = values
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
        "losses": losses(keras),
        "metrics": metrics(keras),
    }
    PATH.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
    print(f"{PATH.name}: {PATH.stat().st_size} bytes")


if __name__ == "__main__":
    main()
