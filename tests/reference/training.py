"""The trainings that are compared with real Keras: models, first weights and batches.

Every model function takes the Keras module: `keras` (2.3.1), `tf_keras` or `kerasnb`. Weights and
batches come from RandomState, whose numbers are the same in every NumPy, and from operations
without rounding, so that the fixtures hold nothing but results. The file runs on Python 3.7.
"""

import numpy as np

STEPS = 20
BATCH = 32


def mlp(keras):
    """Dense layers with three activations; SGD with momentum."""
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.Dense(64, activation="relu", input_shape=(20,)),
            layers.Dense(48),
            layers.Activation("tanh"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    sgd = optimizers_of(keras).SGD(learning_rate=0.05, momentum=0.9)
    model.compile(optimizer=sgd, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def mlp_batch(random):
    x = random.standard_normal((BATCH, 20))
    return x, np.eye(10)[x[:, :10].argmax(axis=1)]


def cnn(keras):
    """Convolution, pooling, batch normalization and a Dropout that is off; RMSprop."""
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.Conv2D(8, (3, 3), activation="relu", input_shape=(14, 14, 2)),
            layers.BatchNormalization(),
            layers.Conv2D(16, (3, 3), strides=(2, 2), padding="same"),
            layers.Activation("relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Dropout(0.0),
            layers.Flatten(),
            layers.Dense(32, use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    rmsprop = optimizers_of(keras).RMSprop(learning_rate=0.001)
    model.compile(optimizer=rmsprop, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def cnn_batch(random):
    y = random.randint(0, 10, size=(BATCH, 1))
    x = random.standard_normal((BATCH, 14, 14, 2))
    x[np.arange(BATCH), y[:, 0], y[:, 0]] += 4
    return x, y


def embedding(keras):
    """Words to one probability; Adam."""
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.Embedding(200, 16, input_length=12),
            layers.Flatten(),
            layers.Dense(24, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    adam = optimizers_of(keras).Adam(learning_rate=0.005)
    model.compile(optimizer=adam, loss="binary_crossentropy", metrics=["accuracy"])
    return model


def embedding_batch(random):
    x = random.randint(0, 200, size=(BATCH, 12))
    return x, (x[:, :6].sum(axis=1, keepdims=True) > 600).astype("float32")


def shared(keras):
    """Two inputs through one layer; Adam with decay."""
    layers = keras.layers
    left = keras.Input(shape=(16,), name="left")
    right = keras.Input(shape=(16,), name="right")
    encoder = layers.Dense(32, activation="tanh", name="encoder")
    both = layers.concatenate([encoder(left), encoder(right)])
    hidden = layers.Dense(24, activation="relu")(both)
    output = layers.Dense(1, name="distance")(hidden)
    model = keras.models.Model(inputs=[left, right], outputs=output)
    adam = optimizers_of(keras).Adam(learning_rate=0.01, decay=0.05)
    model.compile(optimizer=adam, loss="mse", metrics=["mae"])
    return model


def shared_batch(random):
    left, right = random.standard_normal((2, BATCH, 16))
    return [left, right], (left - right)[:, :1]


def two_outputs(keras):
    """Two weighted losses and a sum of branches; SGD with Nesterov momentum."""
    layers = keras.layers
    inputs = keras.Input(shape=(16,), name="inputs")
    first = layers.Dense(24, activation="relu")(inputs)
    second = layers.Dense(24, activation="relu")(first)
    total = layers.add([first, second])
    kind = layers.Dense(4, activation="softmax", name="kind")(total)
    size = layers.Dense(1, name="size")(layers.BatchNormalization()(total))
    model = keras.models.Model(inputs=inputs, outputs=[kind, size])
    model.compile(
        optimizer=optimizers_of(keras).SGD(learning_rate=0.02, momentum=0.8, nesterov=True),
        loss={"kind": "categorical_crossentropy", "size": "mean_absolute_error"},
        loss_weights={"kind": 1.0, "size": 0.5},
        metrics={"kind": "accuracy"},
    )
    return model


def two_outputs_batch(random):
    x = random.standard_normal((BATCH, 16))
    return x, [np.eye(4)[x[:, :4].argmax(axis=1)], x[:, 4:5]]


# name -> (model, batch)
TRAININGS = {
    "mlp": (mlp, mlp_batch),
    "cnn": (cnn, cnn_batch),
    "embedding": (embedding, embedding_batch),
    "shared": (shared, shared_batch),
    "two_outputs": (two_outputs, two_outputs_batch),
}


def optimizers_of(keras):
    """Return the optimizers that follow Keras 2.3.1's formulas; tf_keras calls them legacy."""
    return getattr(keras.optimizers, "legacy", keras.optimizers)


def first_weights(model):
    """Give every weight a value that depends on its place in the model and its shape only."""
    for i, layer in enumerate(model.layers):
        values = []
        for j, weight in enumerate(layer.get_weights()):
            noise = np.random.RandomState(100 * i + j).standard_normal(weight.shape)
            if weight.ndim > 1:
                values.append(noise * (2.0 / np.prod(weight.shape[:-1])) ** 0.5)
            elif type(layer).__name__ == "BatchNormalization":
                values.append(1 + 0.1 * np.clip(noise, -3, 3))  # fits a variance, too
            else:
                values.append(0.1 * noise)
        layer.set_weights(values)


def batches(batch):
    """Return the batches of a training."""
    return [batch(np.random.RandomState(1000 + step)) for step in range(STEPS)]


def train(keras, name):
    """Train one of TRAININGS: return the trained model and what each step returned."""
    build, batch = TRAININGS[name]
    keras.backend.clear_session()
    model = build(keras)
    first_weights(model)
    steps = [np.ravel(model.train_on_batch(x, y)).tolist() for x, y in batches(batch)]
    return model, steps


def fingerprint(weight):
    """Return the sum and the norm of a weight, enough to tell whether it is the expected one."""
    weight = np.asarray(weight, "float64")
    return [float(weight.sum()), float((weight**2).sum() ** 0.5)]
