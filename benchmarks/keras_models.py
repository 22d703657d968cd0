"""The models that are timed, as a Keras user writes them: `keras` is kerasnb, tf_keras or Keras 3."""


def mlp(keras):
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.Dense(512, activation="relu", input_shape=(784,)),
            layers.Dropout(0.2),
            layers.Dense(512, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10, activation="softmax"),
        ]
    )
    return compiled(model, keras.optimizers.RMSprop())


def mlp_small(keras):
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.Dense(64, activation="relu", input_shape=(20,)),
            layers.Dropout(0.5),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    sgd = keras.optimizers.SGD(learning_rate=0.01, momentum=0.9, nesterov=True)
    return compiled(model, sgd)


def mnist_cnn(keras):
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.Conv2D(32, kernel_size=(3, 3), activation="relu", input_shape=(28, 28, 1)),
            layers.Conv2D(64, (3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    return compiled(model, keras.optimizers.Adadelta())


def vgg_like(keras):
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.Conv2D(32, (3, 3), activation="relu", input_shape=(100, 100, 3)),
            layers.Conv2D(32, (3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Dropout(0.25),
            layers.Conv2D(64, (3, 3), activation="relu"),
            layers.Conv2D(64, (3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(256, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    sgd = keras.optimizers.SGD(learning_rate=0.01, momentum=0.9, nesterov=True)
    return compiled(model, sgd)


def imdb_lstm(keras):
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.Embedding(20000, 128),
            layers.LSTM(128),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    return compiled(model, keras.optimizers.Adam(), "binary_crossentropy")


def stacked_lstm(keras):
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.LSTM(32, return_sequences=True, input_shape=(8, 16)),
            layers.LSTM(32, return_sequences=True),
            layers.LSTM(32),
            layers.Dense(10, activation="softmax"),
        ]
    )
    return compiled(model, keras.optimizers.RMSprop())


def conv1d(keras):
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.Conv1D(64, 3, activation="relu", input_shape=(128, 100)),
            layers.Conv1D(64, 3, activation="relu"),
            layers.MaxPooling1D(3),
            layers.Conv1D(128, 3, activation="relu"),
            layers.Conv1D(128, 3, activation="relu"),
            layers.GlobalAveragePooling1D(),
            layers.Dropout(0.5),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    return compiled(model, keras.optimizers.RMSprop(), "binary_crossentropy")


def resnet(keras):
    layers = keras.layers

    def block(x):
        y = layers.Conv2D(16, 3, padding="same")(x)
        y = layers.Activation("relu")(layers.BatchNormalization()(y))
        y = layers.Conv2D(16, 3, padding="same")(y)
        y = layers.add([x, layers.BatchNormalization()(y)])
        return layers.Activation("relu")(y)

    image = layers.Input((32, 32, 16))
    x = layers.GlobalAveragePooling2D()(block(block(image)))
    model = keras.models.Model(image, layers.Dense(10, activation="softmax")(x))
    return compiled(model, keras.optimizers.Adam())


def empty(keras):
    """The least that can be trained: what `fit` takes for itself shows."""
    model = keras.models.Sequential([keras.layers.Dense(1, activation="sigmoid", input_shape=(1,))])
    return compiled(model, keras.optimizers.SGD(), "binary_crossentropy")


def compiled(model, optimizer, loss="categorical_crossentropy"):
    model.compile(loss=loss, optimizer=optimizer, metrics=["accuracy"])
    return model
