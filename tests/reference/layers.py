"""Ask real Keras for values and gradients of all layers.

Run `python -m tests.reference.layers` from the repository's root in an environment with tf_keras
(see `generate.py`); names of modules of `tests/layers/cases` may follow. Inputs and weights come
from seeds, so that `layers_<module>.npz` holds nothing but results, all in float64.
"""

import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_USE_LEGACY_KERAS"] = "1"

import numpy as np

from tests.layers.contract import all_cases

HERE = Path(__file__).parent


def as_list(x):
    return list(x) if isinstance(x, (list, tuple)) else [x]


def one(items):
    return items[0] if len(items) == 1 else items


def results(keras, tf, case, phase):
    """Return the outputs, and the gradients by inputs and by trainable weights of their sum.

    The sum has factors, so that every output counts in its own way.
    """
    layer = case.make(keras.layers)
    xs = [tf.constant(a) for a in case.inputs()]
    layer(one(xs))
    weights = layer.weights
    values = case.weights([w.name for w in weights], [tuple(w.shape) for w in weights])
    layer.set_weights(values)
    takes_phase = "training" in layer._call_spec.arg_names
    with tf.GradientTape(persistent=True) as tape:
        for x in xs:
            tape.watch(x)
        ys = as_list(layer(one(xs), **({"training": bool(phase)} if takes_phase else {})))
        factors = case.cotangents([tuple(y.shape) for y in ys])
        total = sum(tf.reduce_sum(y * f) for y, f in zip(ys, factors, strict=True))
    by = (xs if case.words is None else []) + layer.trainable_weights
    grads = tape.gradient(total, by, unconnected_gradients="zero") if by else []
    return [np.asarray(tf.convert_to_tensor(r)) for r in [*ys, *grads]]


def main():
    import tensorflow as tf
    import tf_keras as keras

    keras.backend.set_floatx("float64")
    made_with = np.array(f"tf_keras {keras.__version__}, tensorflow {tf.__version__}")
    files = {}
    for case in (case for cases in all_cases().values() for case in cases):
        if sys.argv[1:] and case.module not in sys.argv[1:]:
            continue
        if case.differs:
            continue
        arrays = files.setdefault(case.module, {})
        for phase in case.phases:
            for i, array in enumerate(results(keras, tf, case, phase)):
                arrays[f"{case.name}|{phase}|{i}"] = array
    for module in files:
        path = HERE / f"layers_{module}.npz"
        np.savez_compressed(path, made_with=made_with, **files[module])
        print(f"{path}: {len(files[module])} arrays, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
