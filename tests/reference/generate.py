"""Ask real Keras for the fixtures: `python -m tests.reference.generate`, from the repository's root.

Run it twice, in two environments; each run writes the file named after its Keras:

* Keras 2.3.1, the reference (`keras-2.3.1.json`). It needs Python 3.7:

      python3.7 -m venv k231
      k231/bin/pip install keras==2.3.1 tensorflow==1.15.5 'h5py<3' 'protobuf<3.21' 'numpy<1.19'
      k231/bin/python -m tests.reference.generate

* tf_keras, the Keras 2 that is still maintained (`tf_keras.json`), on any Python it supports:

      python3 -m venv tf
      tf/bin/pip install tensorflow-cpu tf_keras
      tf/bin/python -m tests.reference.generate

A fixture holds what 20 steps of each training returned and the fingerprints of the final weights.
Keras 2.3.1's has the text of each summary, too: tf_keras counts names from 0 and prints other sizes.
"""

import json
import os
import platform
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_USE_LEGACY_KERAS"] = "1"

from . import summaries, training

HERE = Path(__file__).parent


def real_keras():
    """Return the Keras 2 of this environment, its module name and its version."""
    try:
        import tf_keras as keras

        name = "tf_keras"
    except ImportError:
        import keras

        name = "keras"
    return keras, name, keras.__version__


def count_steps_last(keras):
    """Make Keras 2.3.1 count a step when all who read the count are done.

    It leaves the order to TensorFlow, so that Adam's correction and `decay` see this step's number
    in one run and the next step's in another.
    """
    import tensorflow as tf

    def counting_last(get_updates):
        def wrapped(self, loss, params):
            _, *rest = get_updates(self, loss, params)
            with tf.control_dependencies(rest):
                return [*rest, tf.compat.v1.assign_add(self.iterations, 1)]

        return wrapped

    for name in ("SGD", "RMSprop", "Adam"):
        optimizer = getattr(keras.optimizers, name)
        optimizer.get_updates = counting_last(optimizer.get_updates)


def trainings(keras):
    """Return what every training gives."""
    results = {}
    for name in training.TRAININGS:
        model, steps = training.train(keras, name)
        results[name] = {
            "metrics_names": model.metrics_names,
            "steps": steps,
            "weights": [training.fingerprint(weight) for weight in model.get_weights()],
        }
    return results


def main():
    import tensorflow

    keras, name, version = real_keras()
    if name == "keras":
        if version != "2.3.1":
            raise SystemExit(f"this environment has Keras {version}, not 2.3.1")
        count_steps_last(keras)
    fixture = {
        "made_with": {
            name: version,
            "tensorflow": tensorflow.__version__,
            "python": platform.python_version(),
        },
        "trainings": trainings(keras),
    }
    if name == "keras":
        fixture["summaries"] = {
            case: summaries.summary(keras, case).split("\n") for case in summaries.SUMMARIES
        }
    path = HERE / ("keras-2.3.1.json" if name == "keras" else "tf_keras.json")
    path.write_text(json.dumps(fixture, indent=1) + "\n")
    print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
