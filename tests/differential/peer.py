"""Measure models with tf_keras: `python -m tests.differential.peer FIRST COUNT FILE.npz`."""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_USE_LEGACY_KERAS"] = "1"

import numpy as np


def main() -> None:
    import tensorflow as tf
    import tf_keras

    from .measure import measured

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    first, count = int(sys.argv[1]), int(sys.argv[2])
    results = {}
    for seed in range(first, first + count):
        try:
            story, _, arrays = measured(tf_keras, seed)
            found = {"story": np.array("\n".join(story)), **arrays}
        except Exception as error:  # the next ones may do better
            found = {"error": np.array(f"{type(error).__name__}: {error}")}
        results.update({f"{seed}|{name}": array for name, array in found.items()})
    np.savez(sys.argv[3], **results)


if __name__ == "__main__":
    main()
