"""The models whose `summary()` is compared with real Keras, letter by letter.

Every function takes the Keras module and returns a model; the file runs on Python 3.7, too.
"""

from . import training


def unnamed(keras):
    """The same layers twice: names are counted per class."""
    layers = keras.layers
    model = keras.models.Sequential()
    model.add(layers.Dense(32, input_dim=784))
    model.add(layers.Activation("relu"))
    model.add(layers.Dense(10))
    model.add(layers.Activation("softmax"))
    return model


def second_model(keras):
    """Counting goes on from one model to the next."""
    unnamed(keras)
    return unnamed(keras)


def frozen(keras):
    """A layer and a whole inner model that do not learn."""
    layers = keras.layers
    inner = keras.models.Sequential(
        [layers.Dense(5, input_shape=(8,)), layers.BatchNormalization()], name="inner"
    )
    inner.trainable = False
    model = keras.models.Sequential([inner, layers.Dense(7, trainable=False), layers.Dense(3)])
    model.compile("sgd", "mse")
    return model


def frozen_after_compile(keras):
    """What was frozen after compile() still counts as frozen in the table."""
    layers = keras.layers
    model = keras.models.Sequential([layers.Dense(5, input_shape=(8,)), layers.Dense(2)])
    model.layers[0].trainable = False
    return model


def long_names(keras):
    """Names and shapes that do not fit their columns are cut."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.Dense(4, input_shape=(3,), name="a_dense_layer_with_a_very_long_name"),
            layers.Reshape((2, 2, 1, 1, 1, 1, 1, 1, 1, 1), name="many"),
            layers.Flatten(name="exactly_twenty_two_abcd"),
            layers.Dense(123456789 // 4, name="wide"),
        ]
    )


def unknown_sizes(keras):
    """Sizes that depend on the data are None; a batch size may be known."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.Conv2D(8, 3, batch_input_shape=(4, None, None, 3)),
            layers.MaxPooling2D(),
            layers.Conv2D(16, (5, 1), padding="same", use_bias=False),
        ]
    )


def functional_chain(keras):
    """A functional model without branches looks like a Sequential with its input."""
    layers = keras.layers
    inputs = keras.Input(shape=(100,), dtype="int32", name="words")
    x = layers.Embedding(1000, 16)(inputs)
    x = layers.Flatten()(x)
    return keras.models.Model(inputs, layers.Dense(1, activation="sigmoid")(x), name="chain")


def branches(keras):
    """Two inputs, two outputs; a layer below several others lists each on its own line."""
    layers = keras.layers
    first = keras.Input(shape=(100,), dtype="int32", name="main_input")
    x = layers.Embedding(output_dim=8, input_dim=100, input_length=100)(first)
    x = layers.Dense(4)(layers.Flatten()(x))
    helper = layers.Dense(1, activation="sigmoid", name="helper_output")(x)
    second = keras.Input(shape=(5,), name="helper_input")
    x = layers.concatenate([x, second])
    for _ in range(3):
        x = layers.Dense(6, activation="relu")(x)
    main = layers.Dense(1, activation="sigmoid", name="main_output")(x)
    return keras.models.Model(inputs=[first, second], outputs=[main, helper])


def same_layer_three_times(keras):
    """A layer on its own output has several nodes, and stands where the last is."""
    layers = keras.layers
    inputs = keras.Input(shape=(6,))
    step = layers.Dense(6, activation="tanh")
    x = inputs
    for _ in range(3):
        x = step(x)
    return keras.models.Model(inputs, x)


def shared_on_two_shapes(keras):
    """A layer with outputs of several shapes shows 'multiple'."""
    layers = keras.layers
    flat = keras.Input(shape=(6,))
    sequence = keras.Input(shape=(3, 6))
    dense = layers.Dense(2)
    x = layers.concatenate([dense(flat), layers.Flatten()(dense(sequence))])
    return keras.models.Model([flat, sequence], layers.Dense(1)(x))


def nested(keras):
    """A model is a layer of another, here twice, once with two outputs."""
    layers = keras.layers
    pixels = keras.Input(shape=(12, 12, 1))
    x = layers.Flatten()(layers.Conv2D(4, (3, 3))(pixels))
    eye = keras.models.Model(pixels, [layers.Dense(3)(x), layers.Dense(4)(x)], name="eye")
    left = keras.Input(shape=(12, 12, 1))
    right = keras.Input(shape=(12, 12, 1))
    x = layers.concatenate(eye(left) + eye(right))
    head = keras.models.Sequential([layers.Dense(5, input_shape=(14,)), layers.Dense(1)])
    return keras.models.Model([left, right], head(x))


def from_the_middle(keras):
    """A model of some layers of another shows only its own nodes."""
    whole = branches(keras)
    middle = whole.get_layer("helper_output")
    return keras.models.Model(whole.input[0], middle.output)


# name -> (model, arguments of summary())
SUMMARIES = {
    "mlp": (training.mlp, {}),
    "cnn": (training.cnn, {}),
    "embedding": (training.embedding, {}),
    "shared": (training.shared, {}),
    "two_outputs": (training.two_outputs, {}),
    "unnamed": (unnamed, {}),
    "second_model": (second_model, {}),
    "frozen": (frozen, {}),
    "frozen_after_compile": (frozen_after_compile, {}),
    "long_names": (long_names, {}),
    "unknown_sizes": (unknown_sizes, {}),
    "functional_chain": (functional_chain, {}),
    "branches": (branches, {}),
    "same_layer_three_times": (same_layer_three_times, {}),
    "shared_on_two_shapes": (shared_on_two_shapes, {}),
    "nested": (nested, {}),
    "from_the_middle": (from_the_middle, {}),
    "narrow": (training.mlp, {"line_length": 40}),
    "wide": (branches, {"line_length": 120}),
    "relative_positions": (training.cnn, {"positions": [0.5, 0.9, 1.0]}),
    "absolute_positions": (branches, {"line_length": 80, "positions": [30, 50, 60, 80]}),
}


def summary(keras, name):
    """Return the text that `summary()` of one of SUMMARIES prints."""
    build, arguments = SUMMARIES[name]
    keras.backend.clear_session()
    lines = []
    build(keras).summary(print_fn=lines.append, **arguments)
    return "\n".join(lines)
