"""Ask TensorFlow's Keras for CTC: `python -m tests.reference.ctc`, from the repository's root.

It writes `ctc.json`: what `K.ctc_batch_cost`, its gradient and `K.ctc_decode` return for predictions
that `predictions` makes anew. The environment is that of `tf_keras.json` (see `generate.py`).
"""

import json
import os
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
FIXTURE = HERE / "ctc.json"

CASES = {
    "short": {"seed": 1, "shape": (2, 5, 4), "frames": [5, 3], "labels": [[0, 1, 2], [2, 0, 0]],
              "counts": [3, 1]},
    "equal neighbours": {"seed": 2, "shape": (3, 6, 3), "frames": [6, 5, 6],
                         "labels": [[0, 0, 1], [1, 1, 0], [0, 1, 0]], "counts": [3, 2, 3]},
    "long": {"seed": 3, "shape": (2, 60, 30), "frames": [60, 47],
             "labels": [list(range(20)), [7, 7, 7, 3, 3, 1, *[0] * 14]], "counts": [20, 6]},
}  # fmt: skip


def predictions(case):
    """Probabilities of classes, (samples, steps, classes), in float32."""
    logits = 2 * np.random.RandomState(case["seed"]).standard_normal(case["shape"])
    e = np.exp(logits - logits.max(-1, keepdims=True))
    return (e / e.sum(-1, keepdims=True)).astype("float32")


def decodings(case):
    """Return the arguments of `ctc_decode` that are tried."""
    few = {"greedy": False, "beam_width": 8, "top_paths": 3}
    return {"greedy": {}, "beam": few, "merged": {**few, "merge_repeated": True}}


def answers(case):
    import tensorflow as tf
    from tf_keras import backend as K

    y = tf.constant(predictions(case))
    frames, counts = np.array(case["frames"]), np.array(case["counts"])
    labels = np.array(case["labels"])
    with tf.GradientTape() as tape:
        tape.watch(y)
        cost = K.ctc_batch_cost(labels, y, frames[:, None], counts[:, None])
    slope = tape.gradient(cost, y).numpy()
    decoded = {}
    for name, kwargs in decodings(case).items():
        if kwargs:  # not by tf_keras, which merges always; Keras 2.3.1 asks
            logits = tf.math.log(tf.transpose(y, [1, 0, 2]) + K.epsilon())
            found, logs = tf.compat.v1.nn.ctc_beam_search_decoder(
                logits,
                frames.astype("int32"),
                kwargs["beam_width"],
                kwargs["top_paths"],
                kwargs.get("merge_repeated", False),
            )
            rows = [tf.sparse.to_dense(f, default_value=-1) for f in found]
        else:
            rows, logs = K.ctc_decode(y, frames)
        paths = [[[int(k) for k in row if k >= 0] for row in r.numpy()] for r in rows]
        decoded[name] = {"labels": paths, "logs": logs.numpy().astype(float).tolist()}
    some = slope.ravel()[:: max(1, slope.size // 50)]
    return {
        "cost": cost.numpy().ravel().tolist(),
        "gradient": [float(f"{g:.7g}") for g in some],
        "decoded": decoded,
    }


def main():
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    import tensorflow
    import tf_keras

    fixture = {
        "made_with": {"tf_keras": tf_keras.__version__, "tensorflow": tensorflow.__version__},
        "answers": {name: answers(case) for name, case in CASES.items()},
    }
    FIXTURE.write_text(json.dumps(fixture, indent=1) + "\n")
    print(f"{FIXTURE}: {FIXTURE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
