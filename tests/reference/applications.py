"""What is known of Keras 2.3.1's applications: `python -m tests.reference.applications`.

It runs from the root, in an environment with tensorflow-cpu, tf_keras and keras-applications
1.0.8 (that is what Keras 2.3.1 took its applications from; here it builds with tf_keras's layers),
and writes `applications.json`. tf_keras counts the names that it makes up from 0, Keras 2.3.1
from 1: the names in the table are Keras 2.3.1's. `models`, `variants` or `values` as an argument
makes that part of the table anew.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np

PATH = Path(__file__).parent / "applications.json"

# module of keras_applications (and of kerasnb.applications) -> its architectures
ARCHITECTURES = {
    "densenet": ["DenseNet121", "DenseNet169", "DenseNet201"],
    "inception_resnet_v2": ["InceptionResNetV2"],
    "inception_v3": ["InceptionV3"],
    "mobilenet": ["MobileNet"],
    "mobilenet_v2": ["MobileNetV2"],
    "nasnet": ["NASNetLarge", "NASNetMobile"],
    "resnet": ["ResNet50", "ResNet101", "ResNet152"],
    "resnet50": ["ResNet50"],
    "resnet_v2": ["ResNet50V2", "ResNet101V2", "ResNet152V2"],
    "vgg16": ["VGG16"],
    "vgg19": ["VGG19"],
    "xception": ["Xception"],
}

# Variants of which only the names of all layers and the counts are kept.
VARIANTS = {
    "mobilenet.MobileNet": {"alpha": 0.5, "depth_multiplier": 2, "dropout": 0.1, "classes": 7},
    "mobilenet_v2.MobileNetV2": {"alpha": 1.4, "classes": 7},
    "nasnet.NASNetMobile": {"include_top": False, "pooling": "max"},
    "densenet.DenseNet121": {"include_top": False, "pooling": "avg"},
    "xception.Xception": {"include_top": False, "input_shape": (None, None, 3)},
}

POOLED = {"include_top": False, "pooling": "avg"}  # where the last softmax gives zeros and a one

# architecture -> (settings, shape of the pictures) where numbers are compared, in float64
VALUES = {
    "densenet.DenseNet121": ({}, (1, 32, 32, 3)),
    "inception_resnet_v2.InceptionResNetV2": ({}, (1, 75, 75, 3)),
    "inception_v3.InceptionV3": ({}, (1, 75, 75, 3)),
    "mobilenet.MobileNet": ({}, (2, 40, 36, 3)),
    "mobilenet_v2.MobileNetV2": ({}, (2, 33, 48, 3)),
    "nasnet.NASNetMobile": ({}, (1, 65, 64, 3)),
    "resnet.ResNet50": (POOLED, (1, 32, 32, 3)),
    "resnet50.ResNet50": (POOLED, (1, 33, 32, 3)),
    "resnet_v2.ResNet50V2": (POOLED, (1, 35, 32, 3)),
    "vgg16.VGG16": ({"include_top": False}, (1, 32, 32, 3)),
    "xception.Xception": ({}, (1, 71, 72, 3)),
}
KEPT = 6  # numbers of an output that are kept


def draw_weights(model):
    """Give every layer of a model (kerasnb's or tf_keras's) weights that depend on its place."""
    for place, layer in enumerate(model.layers):
        random = np.random.RandomState(place)
        weights = []
        for old in layer.get_weights():
            drawn = random.random_sample(old.shape)
            if old.ndim == 1:
                drawn += 0.5  # scales and variances have to be positive
            else:
                fan_in = old.size // old.shape[-1] if old.shape[-2] > 1 else old.size
                drawn = (2 * drawn - 1) * np.sqrt(6 / fan_in)
            weights.append(drawn)
        if weights:
            layer.set_weights(weights)


def pictures(shape):
    """Return pictures, with numbers between -1 and 1."""
    return 2 * np.random.RandomState(9).random_sample(shape) - 1


def kept(output):
    """Return how many numbers an output has, and the few of them that are compared."""
    flat = np.asarray(output).ravel()
    places = np.linspace(0, flat.size - 1, KEPT).astype(int)
    return {"size": flat.size, "mean": float(flat.mean()), "some": flat[places].tolist()}


def facts(model):
    """Return the table's row of a model (kerasnb's or tf_keras's)."""
    return {
        "name": model.name,
        "params": model.count_params(),
        "trainable": int(sum(np.prod(w.shape) for w in model.trainable_weights)),
        "output_shape": list(model.output_shape),
        "layers": [f"{x.name} {type(x).__name__} {x.count_params()}" for x in model.layers],
    }


def main():
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras_applications
    import tf_keras
    from tf_keras.src.engine import base_layer

    set_name = base_layer.Layer._init_set_name
    base_layer.Layer._init_set_name = lambda self, name, zero_based=False: set_name(
        self, name, zero_based
    )
    keras = {name: getattr(tf_keras, name) for name in ("backend", "layers", "models", "utils")}

    def build(full, **settings):
        module, name = full.split(".")
        tf_keras.backend.clear_session()
        make = getattr(getattr(keras_applications, module), name)
        return make(weights=None, **settings, **keras)

    table = json.loads(PATH.read_text()) if PATH.exists() else {}
    parts = sys.argv[1:] or ["models", "variants", "values"]
    if "models" in parts:
        names = [f"{module}.{name}" for module, names in ARCHITECTURES.items() for name in names]
        table["models"] = {full: facts(build(full)) for full in names}
    if "variants" in parts:
        table["variants"] = {full: facts(build(full, **s)) for full, s in VARIANTS.items()}
    if "values" in parts:
        table["values"] = {}
        tf_keras.backend.set_floatx("float64")
        for full, (settings, shape) in VALUES.items():
            model = build(full, input_shape=shape[1:], **settings)
            draw_weights(model)
            table["values"][full] = kept(model.predict(pictures(shape), verbose=0))
    PATH.write_text(json.dumps(table, indent=0) + "\n")


if __name__ == "__main__":
    main()
